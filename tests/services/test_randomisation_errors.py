"""When randomisation goes wrong: nothing is deleted, no slot is swapped or given a second time.

One participant randomised twice is in ``test_linking``, envelopes in ``test_envelopes``.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from edc import clock
from edc.errors import NotPermitted
from edc.forms.derivations.endpoints import AnalysisSets, analysis_sets, target_site
from edc.models import (
    AllocationListRow,
    DeviationProposal,
    GateAct,
    Notice,
    Query,
    RecruitmentEvent,
    Slot,
    StratumRow,
)
from edc.permissions import Role
from edc.protocol import DESIGN, STUDY
from edc.randomization.lists import ListRefused, generate
from edc.services.allocation_lists import find_arm, load_list
from edc.services.casebooks import open_casebook
from edc.services.randomize import find_allocation, randomise_subject
from edc.services.recruitment import move
from edc.services.unit_of_work import system_actor
from edc.services.verification import verify_allocations
from tests.factories import open_database
from tests.services.casebook_support import KEY, Ward, dose, enter, ready_subject, screen
from tests.support.world import World, find_world

Used = dict[tuple[str, int], tuple[str | None, int | None, str]]
"""Used slots by stratum and sequence: number, participant, sealed arm."""

DOCTOR = Role.INVESTIGATOR
WHY = "source record corrected"


@pytest.fixture
def ward(any_world_url: str) -> Ward:
    """Give a site with a randomised participant in each arm."""
    database = open_database(any_world_url)
    world = find_world(database)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    return Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(DOCTOR))


@pytest.fixture
def world(ward: Ward) -> World:
    return find_world(ward.database)


def slots(ward: Ward) -> Used:
    with ward.database.reading() as session:
        rows = session.execute(
            select(
                StratumRow.stratum,
                Slot.sequence,
                Slot.randomisation_number,
                Slot.subject_id,
                Slot.sealed_arm,
            )
            .join(StratumRow, StratumRow.id == Slot.stratum_id)
            .where(Slot.subject_id.is_not(None))
        )
        return {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}


def sets_of(ward: Ward, subject_id: int) -> AnalysisSets:
    with ward.database.reading() as session:
        return analysis_sets(open_casebook(session, subject_id).book)


def proposed(ward: Ward, subject_id: int) -> set[tuple[str, str]]:
    with ward.database.reading() as session:
        rows = session.execute(
            select(DeviationProposal.dvcat, DeviationProposal.dvsev).where(
                DeviationProposal.subject_id == subject_id, DeviationProposal.state == "proposed"
            )
        )
        return {(row[0], row[1]) for row in rows}


def is_as_it_was(ward: Ward, before: Used) -> bool:
    """Tell whether no used slot changed, and all that is stored verifies."""
    with ward.database.reading() as session:
        checks = verify_allocations(session, design=DESIGN, purpose="test", key=KEY)
    after = slots(ward)
    return not [check for check in checks if check.problems] and before.items() <= after.items()


def test_an_ineligible_participant_keeps_the_slot_and_stays_in_the_analysis(
    ward: Ward, world: World
) -> None:
    subject_id, before = world.subjects["soc"], slots(ward)
    enter(
        ward, subject_id, ("SCR", "VIR", 1),
        {"HBSAG": "POS", "HBVDNAQ": "EQ", "HBVDNA": "25000"}, reason=WHY,
    )  # fmt: skip
    assert ("ELIG", "MAJ") in proposed(ward, subject_id)
    assert is_as_it_was(ward, before)
    assert sets_of(ward, subject_id).itt
    # Follow-up goes on.
    visit = {"SVSTAT": "DONE", "SVSTDAT": clock.today().isoformat(), "SVLOC": "IPD"}
    enter(ward, subject_id, ("BL", "SV", 1), visit)


def test_a_wrong_stratum_stays_as_used_and_the_true_one_is_recorded_beside_it(
    ward: Ward, world: World
) -> None:
    subject_id, before = world.subjects["soc"], slots(ward)
    today = clock.today().isoformat()
    skin = {"INJSKIN": "Y", "INJSKDAT": today, "INJPRIM": "SKIN"}
    enter(ward, subject_id, ("SCR", "INJ", 1), skin, reason=WHY)
    assert ("RAND", "MIN") in proposed(ward, subject_id)
    with ward.database.reading() as session:
        asked = session.scalars(
            select(Query.check_id).where(Query.subject_id == subject_id, Query.state == "open")
        ).all()
    assert "HSCT-06" in asked
    error = {"RDERR": "Y", "RDERRTX": "True stratum: skin"}
    enter(ward, subject_id, ("BL", "RAND", 1), error, role=DOCTOR)
    assert is_as_it_was(ward, before)
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
        found = find_allocation(session, subject_id)
    assert found is not None
    assert found.stratum == "ORAL/AUTO"
    # The analysis has both: the stratum used and the true one.
    assert (target_site(book).code if target_site(book) else None) == "ORAL"
    assert (book.value("RAND", "RDSTR1", "BL"), book.value("INJ", "INJPRIM", "SCR")) == (
        "ORAL", "SKIN",
    )  # fmt: skip


def test_the_wrong_person_keeps_the_slot_and_the_right_one_is_randomised_anew(
    ward: Ward, world: World
) -> None:
    wrong, right = world.subjects["ready"], ready_subject(ward)
    numbers = []
    for subject_id in (wrong, right):
        with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
            given = randomise_subject(
                uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
            )
        numbers.append(given.number)
        if subject_id == wrong:
            before = slots(ward)
            mixed = {"RDERR": "Y", "RDERRTX": "Number mixed up with the next participant"}
            enter(ward, wrong, ("BL", "RAND", 1), mixed, role=DOCTOR)
    assert len(set(numbers)) == 2
    assert is_as_it_was(ward, before)
    assert sets_of(ward, wrong).itt
    assert sets_of(ward, right).itt


def test_a_wrong_treatment_changes_no_arm_and_counts_as_given_for_safety(
    ward: Ward, world: World
) -> None:
    subject_id, before = world.subjects["soc"], slots(ward)
    enter(ward, subject_id, ("", "EX", 1), dose())
    with ward.database.reading() as session:
        assert find_arm(session, subject_id, key=KEY) == "SOC"
        told = session.scalars(select(Notice.check_id).where(Notice.subject_id == subject_id)).all()
    assert "EX-01" in told
    assert ("TRT", "CRIT") in proposed(ward, subject_id)
    assert is_as_it_was(ward, before)
    found = sets_of(ward, subject_id)
    assert (found.itt, found.treated_as) == (True, "MSC")


def test_whoever_withdrew_before_the_first_dose_keeps_the_slot_and_is_analysed(
    ward: Ward, world: World
) -> None:
    subject_id, before = world.subjects["ready"], slots(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )
    end = {"EOTDAT": clock.today().isoformat(), "EOTREAS": "WBS"}
    enter(ward, subject_id, ("", "EOT", 1), end)
    assert is_as_it_was(ward, before)
    assert len(slots(ward)) == len(before) + 1
    found = sets_of(ward, subject_id)
    assert (found.itt, found.treated_as) == (True, "SOC")


def test_a_wrong_list_is_stopped_kept_and_decided_on_by_the_independent_statistician(
    ward: Ward, world: World
) -> None:
    before = slots(ward)
    finder = ward.investigator
    with ward.work(finder, DOCTOR) as uow:
        move(uow, act=GateAct.STOP, reason="a test list", purpose="test", target=STUDY.target)
    other = generate(DESIGN, seed="ab" * 32, purpose="test").write()
    with (
        pytest.raises(ListRefused) as refused,
        ward.database.unit_of_work(system_actor(), "randomisation.load") as uow,
    ):
        load_list(uow, other, design=DESIGN, key=KEY, purpose="test", brought_by="statistician")
    assert refused.value.rule == "LIST-LOADED"
    with pytest.raises(NotPermitted), ward.work(finder, DOCTOR) as uow:
        move(uow, act=GateAct.RESUME, reason="mine", purpose="test", target=STUDY.target)
    for statement in (
        "DELETE FROM slot",
        "DELETE FROM allocation_list",
        "UPDATE slot SET subject_id = NULL, randomisation_number = NULL, allocated_at = NULL",
        "DELETE FROM recruitment_event",
    ):
        with pytest.raises(DBAPIError), ward.database.engine.begin() as connection:
            connection.execute(text(statement))
    assert is_as_it_was(ward, before)
    with ward.database.reading() as session:
        assert session.scalars(select(RecruitmentEvent.reason)).all() == ["a test list"]
        assert session.scalars(select(AllocationListRow.gate)).all() == ["stopped"]
    assert world.subjects["ready"]


@pytest.mark.parametrize("days", [0, 2])
def test_visits_are_counted_from_the_day_of_the_allocation_and_shown_at_once(
    ward: Ward, world: World, days: int
) -> None:
    day = clock.now() + timedelta(days=days)
    with clock.replaced(lambda: day), ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(
            uow, subject_id=world.subjects["ready"], confirmed="ORAL/AUTO", key=KEY, purpose="test"
        )
    with ward.database.reading() as session:
        visits = open_casebook(session, world.subjects["ready"]).book.visits
    zero = clock.local(day).date()
    assert visits["V28"].target == (zero + timedelta(days=28)).isoformat()
    assert screen(ward) > 0
