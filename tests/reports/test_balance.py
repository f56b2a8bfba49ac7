"""The balance of the allocations adds up, follows the list, and is by arm only with the key."""

from __future__ import annotations

import pytest

from edc.permissions import Role
from edc.protocol import DESIGN
from edc.randomization.lists import generate
from edc.randomization.masking import person_may_tabulate
from edc.randomization.sealing import SealBroken
from edc.reports.balance import Balance, BalanceRow, find_balance
from edc.services.unit_of_work import Database
from tests.randomization.support import SEED, trial_design
from tests.services.allocation_support import (
    KEY,
    OTHER_KEY,
    add_subjects,
    load,
    open_database,
    request,
)
from tests.support.statements import counted

LIST = trial_design()
GIVEN = {"ORAL/ALLO": 7, "ORAL/AUTO": 4, "SKIN/ALLO": 3, "BLAD/ALLO": 1}


@pytest.fixture
def database(database_url: str) -> Database:
    opened = open_database(database_url)
    load(opened, design=LIST)
    subjects = iter(add_subjects(opened, sum(GIVEN.values())))
    for stratum, count in GIVEN.items():
        for _ in range(count):
            request(opened, next(subjects), stratum=stratum, design=LIST)
    return opened


def balance(database: Database, *, sites: set[int] | None = None, arms: bool = False) -> Balance:
    with database.reading() as session:
        return find_balance(session, sites, key=KEY if arms else None)


def parts(found: Balance) -> list[tuple[BalanceRow, ...]]:
    return [found.strata, *(rows for _, rows in found.levels)]


def test_allocations_are_counted_by_stratum_and_level_and_add_up(database: Database) -> None:
    for arms in (False, True):
        found = balance(database, arms=arms)

        assert {row.key: row.allocated for row in found.strata if row.allocated} == GIVEN
        by_level = [{row.key: row.allocated for row in rows} for _, rows in found.levels]
        assert by_level == [{"ORAL": 11, "SKIN": 3, "BLAD": 1}, {"AUTO": 4, "ALLO": 11}]
        assert [sum(row.allocated for row in rows) for rows in parts(found)] == [15] * 3
        assert found.whole.allocated == 15
        assert found.is_by_arm is arms


def test_arms_are_those_of_the_list(database: Database) -> None:
    made = generate(LIST, seed=SEED, purpose="test")
    arms = [arm.code for arm in DESIGN.arms]

    found = balance(database, arms=True)

    for row in found.strata:
        taken = [slot.arm for slot in made.slots_of(row.key)[: GIVEN.get(row.key, 0)]]
        assert row.arms == tuple(taken.count(arm) for arm in arms)
        assert row.difference == abs(row.arms[0] - row.arms[1])
    for rows in parts(found):
        columns = zip(*(row.arms for row in rows), strict=True)
        assert tuple(sum(column) for column in columns) == found.whole.arms


def test_without_the_key_no_arm_is_counted(database: Database) -> None:
    found = balance(database)

    assert all(row.arms == () and row.difference == 0 for rows in parts(found) for row in rows)


def test_another_key_opens_nothing(database: Database) -> None:
    with database.reading() as session, pytest.raises(SealBroken):
        find_balance(session, None, key=OTHER_KEY)


@pytest.mark.parametrize("arms", [False, True])
def test_only_the_reader_s_sites_count_and_one_statement_does(
    database: Database, arms: bool
) -> None:
    with counted(database.engine) as statements:
        assert balance(database, sites=set(), arms=arms).whole.allocated == 0

    assert len(statements) == 1


@pytest.mark.parametrize(
    ("roles", "may"),
    [
        ([Role.INDEPENDENT_STATISTICIAN], True),
        ([Role.INDEPENDENT_STATISTICIAN, Role.OUTCOME_ASSESSOR], False),
        ([Role.INDEPENDENT_STATISTICIAN, Role.AUDITOR], True),
        ([Role.INVESTIGATOR, Role.RESEARCH_NURSE, Role.PHARMACIST], False),
        ([Role.UNMASKED_MONITOR], False),
        ([Role.STATISTICIAN, Role.DATA_MANAGER, Role.MONITOR], False),
        ([], False),
    ],
)
def test_tables_by_arm_are_for_the_committee_s_statistician_alone(
    roles: list[Role], may: bool
) -> None:
    assert person_may_tabulate(roles) is may
