"""Which checks a role may know to have fired."""

from __future__ import annotations

import pytest

from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.visible import may_know, restricted_checks
from edc.study.conditions import Expression


def test_the_safety_officer_is_told_of_a_susar_s_days_and_no_other_masked_role_is() -> None:
    def told(role: Role) -> bool:
        return may_know(role, form="SAE", item="SUSSUB", rule="SAE-04")

    assert [role for role in Role if told(role)] == [
        Role.RESEARCH_NURSE, Role.INVESTIGATOR, Role.UNMASKED_MONITOR,
        Role.INDEPENDENT_STATISTICIAN, Role.PHARMACIST, Role.SAFETY_OFFICER,
    ]  # fmt: skip


@pytest.mark.parametrize("rule", ["SAE-03", "SAE-05", "SAE-06", "AE-09", "AE-11", "AE-15"])
def test_a_check_that_reads_what_the_investigator_judges_is_told_to_no_masked_role(
    rule: str,
) -> None:
    masked = [Role.SAFETY_OFFICER, Role.MONITOR, Role.DATA_MANAGER, Role.OUTCOME_ASSESSOR]
    assert [role for role in masked if rule not in restricted_checks(role)] == []


@pytest.mark.parametrize("rule", ["SAE-01", "SAE-02", "SAE-07", "AE-08", "AE-12", "PREG-01"])
def test_a_check_that_reads_nothing_of_the_kind_is_told_to_everybody(rule: str) -> None:
    assert [role for role in Role if rule in restricted_checks(role)] == []


def test_no_condition_of_an_item_the_officer_knows_reads_one_that_the_officer_may_not() -> None:
    hidden = STUDY.restricted - {("SAE", item) for item in ("SAERELS", "SUSAR", "SUSDUE")}
    for code in ("SAERELS", "SUSAR", "SUSDUE", "SUSSUB", "SUSFUP"):
        condition = STUDY.crfs["SAE"].by_code[code].shown_when
        reads = condition.reads() if isinstance(condition, Expression) else frozenset()
        assert not {(form or "SAE", item) for form, item in reads} & hidden
