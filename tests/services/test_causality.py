"""AE-11: what is said of the product must fit the arm, judged where nobody masked can look."""

from __future__ import annotations

import pytest

from edc.errors import InvalidValues
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor
from tests.factories import open_database
from tests.services.casebook_support import KEY
from tests.support.world import adverse_event, find_world

NURSE = Actor(username="research_nurse", role=Role.RESEARCH_NURSE)


def save_event(url: str, arm: str, related: str, *, with_key: bool = True) -> None:
    """Save one more adverse event of the participant randomised to *arm*."""
    database = open_database(url)
    subject_id = find_world(database).subjects[arm]
    with database.reading() as session:
        versions = open_casebook(session, subject_id).versions
    row = max((row for _, form, row in versions if form == "AE"), default=0) + 1
    typed = {(code, 1): value for code, value in adverse_event(related=related).items()}
    with database.unit_of_work(NURSE, "crf.save") as uow:
        save_crf(
            uow, subject_id=subject_id, visit="", form="AE", row=row,
            submission=Submission(typed=typed), key=KEY if with_key else None,
        )  # fmt: skip


def test_an_event_of_the_control_arm_cannot_be_related_to_the_product(any_world_url: str) -> None:
    with pytest.raises(InvalidValues) as refusal:
        save_event(any_world_url, "soc", "POSS")

    assert [rule for rule, _ in refusal.value.problems["AEREL"]] == ["AE-11"]


@pytest.mark.parametrize(("arm", "related"), [("soc", "NA"), ("msc", "POSS")])
def test_an_event_whose_causality_fits_the_arm_is_saved(
    world_url: str, arm: str, related: str
) -> None:
    save_event(world_url, arm, related)


def test_the_check_is_never_left_out_for_want_of_the_key(world_url: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        save_event(world_url, "soc", "POSS", with_key=False)
