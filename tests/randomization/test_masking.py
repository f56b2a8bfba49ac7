"""Who may see an arm, and by what an arm would be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.permissions import GRANTS, Permission, Role, grants
from edc.protocol import STUDY
from edc.randomization.masking import (
    is_restricted,
    is_visible,
    known_items,
    may_see_arm,
    person_may_see_arm,
    visible_items,
)
from edc.services.admission import may_enter

SEES_ARM = {
    Role.RESEARCH_NURSE: True,
    Role.INVESTIGATOR: True,
    Role.PHARMACIST: True,
    Role.UNMASKED_MONITOR: True,
    Role.INDEPENDENT_STATISTICIAN: True,
    Role.OUTCOME_ASSESSOR: False,
    Role.MONITOR: False,
    Role.DATA_MANAGER: False,
    Role.STATISTICIAN: False,
    Role.SAFETY_OFFICER: False,
    Role.ADMINISTRATOR: False,
    Role.AUDITOR: False,
}

TELLING = [
    ("EX", None),
    ("EX", "EXDOSE"),
    ("RAND", "RDARM"),
    ("PRO", "PRO10"),
    ("SAE", "SAEDRUG"),
    ("PREG", "PGEXP"),
    ("AE", "AEREL"),
    ("AE", "AERELPR"),
    ("AE", "AEACN"),
    ("SAE", "SAERELI"),
    ("SAE", "SAEACN"),
    ("SAE", "SAERECH"),
    ("SAE", "SAENARR"),
]
OF_THE_SPONSOR = [
    ("SAE", item) for item in ("SAERELS", "SUSAR", "SUSDUE", "SUSSUB", "SUSFUP")
]  # fmt: skip
OPEN = [("RAND", None), ("RAND", "RDNUM"), ("AE", None), ("AE", "AETERM"), ("OM", "OMWHO")]


def test_tables_by_arm_are_for_the_independent_statistician_alone() -> None:
    assert [role for role in Role if grants(role, Permission.ARM_TABULATE)] == [
        Role.INDEPENDENT_STATISTICIAN
    ]


@pytest.mark.parametrize("role", [Role.UNMASKED_MONITOR, Role.INDEPENDENT_STATISTICIAN])
def test_who_sees_the_arm_without_treating_enters_nothing(role: Role) -> None:
    # The independent statistician decides on incidents and on the release of the arms.
    decides = (
        {Permission.RANDOMISATION_STOP, Permission.RANDOMISATION_RESUME, Permission.ARMS_RELEASE}
        if role is Role.INDEPENDENT_STATISTICIAN
        else set()
    )
    assert {str(held).split(":")[1] for held in GRANTS[role] - decides} <= {
        "export", "list", "raise", "read", "tabulate"
    }  # fmt: skip
    assert not any(may_enter(crf, role) for crf in STUDY.all_crfs)


def test_every_role_is_decided_upon() -> None:
    assert set(SEES_ARM) == set(Role)


@pytest.mark.parametrize(("role", "sees"), SEES_ARM.items())
def test_only_who_treats_or_is_appointed_to_know_sees_the_arm(role: Role, *, sees: bool) -> None:
    assert may_see_arm(role) is sees
    assert person_may_see_arm([role]) is sees


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("form", "item"), TELLING)
def test_what_tells_an_arm_is_visible_only_to_who_may_see_the_arm(
    role: Role, form: str, item: str | None
) -> None:
    assert is_restricted(form, item=item)
    assert is_visible(role, form=form, item=item) is SEES_ARM[role]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("form", "item"), OPEN)
def test_masking_hides_nothing_else(role: Role, form: str, item: str | None) -> None:
    assert is_visible(role, form=form, item=item)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("form", "item"), OF_THE_SPONSOR)
def test_what_the_sponsor_judges_is_known_to_the_safety_officer_and_no_other_masked_role(
    role: Role, form: str, item: str
) -> None:
    assert is_restricted(form, item=item)
    assert is_visible(role, form=form, item=item) is (SEES_ARM[role] or role is Role.SAFETY_OFFICER)
    assert ((form, item) in known_items(role)) is (role is Role.SAFETY_OFFICER)


def test_a_masked_role_s_items_lack_the_telling_ones_and_keep_their_order() -> None:
    items = ["RDSTR1", "RDSTR2", "RDNUM", "RDARM", "RDSTAT"]

    assert visible_items(Role.MONITOR, form="RAND", items=items) == [
        "RDSTR1",
        "RDSTR2",
        "RDNUM",
        "RDSTAT",
    ]
    assert visible_items(Role.RESEARCH_NURSE, form="RAND", items=items) == items
    assert visible_items(Role.AUDITOR, form="EX", items=["EXDOSE", "EXLOT"]) == []


@given(st.sets(st.sampled_from(Role)))
def test_who_assesses_outcomes_stays_masked_whatever_else_they_do(roles: set[Role]) -> None:
    assert person_may_see_arm(roles | {Role.OUTCOME_ASSESSOR}) is False


@given(st.sets(st.sampled_from(Role)))
def test_roles_that_see_nothing_do_not_add_up_to_seeing(roles: set[Role]) -> None:
    masked = {role for role in roles if not SEES_ARM[role]}

    assert person_may_see_arm(masked) is False
    assert person_may_see_arm(roles - {Role.OUTCOME_ASSESSOR}) is any(
        SEES_ARM[role] for role in roles
    )
