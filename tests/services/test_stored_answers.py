"""What a save means for answers that were stored before it, on its own CRF and on others."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues, ReasonRequired
from edc.models import RoleGrant, Subject
from edc.permissions import Role
from edc.services import rules
from edc.services.casebooks import Place, open_casebook
from edc.services.randomize import randomise_subject
from edc.services.unit_of_work import system_actor
from tests.factories import open_database
from tests.services.casebook_support import (
    KEY,
    Ward,
    enter,
    open_ward,
    ready_subject,
    screen,
    screening_values,
)  # fmt: skip

CONSENT: Place = ("", "IC", 1)
PERSON: Place = ("SCR", "DM", 1)
RESPONSE: Place = ("V7", "RSP", 1)


@pytest.fixture
def ward(database_url: str) -> Ward:
    return open_ward(open_database(database_url))


def filled(ward: Ward, *places: Place) -> int:
    subject_id = screen(ward)
    values = screening_values(ward)
    for place in places:
        enter(ward, subject_id, place, values[place])
    return subject_id


def test_a_consent_can_be_corrected_after_its_investigator_has_left_the_site(ward: Ward) -> None:
    subject_id = filled(ward, CONSENT)
    with ward.database.unit_of_work(system_actor(), "account.role_end", reason="left") as uow:
        held = select(RoleGrant).where(RoleGrant.user_id == ward.investigator.id)
        uow.session.scalars(held).one().is_active = False

    saved = enter(ward, subject_id, CONSENT, {"ICBIO": "N"}, reason="mistyped")

    assert saved.record.cells["ICINV", 1].value == ward.investigator.username


@pytest.mark.parametrize("place", [("", "EOS", 1), ("", "AE", 1), PERSON])
def test_a_crf_on_which_nothing_was_typed_is_not_saved(ward: Ward, place: Place) -> None:
    subject_id = filled(ward, CONSENT)

    with pytest.raises(InvalidValues) as refusal:
        enter(ward, subject_id, place, {})

    assert [rule for rule, _ in refusal.value.problems[""]] == ["EMPTY"]
    with ward.database.reading() as session:
        assert place not in open_casebook(session, subject_id).versions


def test_an_answer_that_was_emptied_asks_for_a_reason_to_be_given_again(ward: Ward) -> None:
    subject_id = filled(ward, CONSENT, PERSON)
    enter(ward, subject_id, PERSON, {"SUBJINIT": ""}, reason="another person's")

    with pytest.raises(ReasonRequired):
        enter(ward, subject_id, PERSON, {"SUBJINIT": "LWJU"})
    saved = enter(ward, subject_id, PERSON, {"SUBJINIT": "LWJU"}, reason="from the source")

    assert saved.changed == [("SUBJINIT", 1)]


def test_a_crf_is_complete_no_longer_when_another_crf_makes_it_owe_an_answer(ward: Ward) -> None:
    subject_id = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )
    response = {
        "RSPDAT": clock.today().isoformat(), "RSPSURV": "Y", "RSPORAL": "PR", "RESCUE": "N",
        "DISREL": "REM",
    }  # fmt: skip
    saved = enter(ward, subject_id, RESPONSE, response)
    assert saved.is_complete

    skin = {"INJSKIN": "Y", "INJSKDAT": clock.today().isoformat()}
    enter(ward, subject_id, ("SCR", "INJ", 1), skin, reason="overlooked")

    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
    record = opened.book.records[RESPONSE]
    assert rules.owed(opened.book, record) == [("RSPSKIN", 1)]
    assert not record.is_complete
    assert opened.versions[RESPONSE] == saved.version, "nobody typed on it"


def test_an_unscheduled_visit_does_not_hide_one_that_is_overdue(ward: Ward) -> None:
    subject_id = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )
    enter(ward, subject_id, ("UNS01", "UNS", 1), {"UNSREAS": "REQ", "UNSFORM": ["VS"]})
    enter(ward, subject_id, PERSON, {"SUBJINIT": "LWJU"}, reason="mistyped")

    with ward.database.reading() as session:
        subject = session.get_one(Subject, subject_id)
        assert (subject.next_visit, subject.overdue_after is None) == ("SCR", False)
