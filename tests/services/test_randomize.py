"""Loading a list and giving its slots, one request at a time, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import event, select

from edc.errors import AlreadyRandomised, RandomisationClosed
from edc.models import AllocationListRow, AuditEntry, AuditTransaction, Slot
from edc.permissions import Role
from edc.randomization.lists import ListRefused, generate
from edc.randomization.masking import UNMASKED_ROLES
from edc.randomization.sealing import SealBroken
from edc.randomization.verifier import merkle_root
from edc.services.allocation_lists import load_list, purpose_of, status
from edc.services.randomize import arm_of, find_allocation
from edc.services.unit_of_work import Database, system_actor
from tests.randomization.support import OTHER_SEED, SEED, trial_design
from tests.services.allocation_support import (
    KEY,
    OTHER_KEY,
    add_subjects,
    allocate_in,
    count_slots,
    load,
    long_design,
    open_database,
    request,
    require_order,
    taken_slots,
)

STRATA = [stratum.key for stratum in trial_design().strata()]
SHORT = trial_design(slots=120, target=120)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


class PowerCutError(Exception):
    """Something ends the unit of work before its commit."""


def arms_in_order(stratum: str, *, count: int) -> list[str]:
    found = generate(SHORT, seed=SEED, purpose="test").slots_of(stratum)
    return [slot.arm for slot in found[:count]]


def test_participants_take_the_slots_of_their_stratum_in_order(database: Database) -> None:
    load(database, design=SHORT)
    subjects = add_subjects(database, 12)
    given = [
        request(database, subject, stratum=STRATA[place % 3], design=SHORT)
        for place, subject in enumerate(subjects)
    ]
    assert [one.number for one in given] == [f"R{n:03d}" for n in range(1, 13)]
    assert require_order(taken_slots(database)) == 12
    with database.reading() as session:
        arms = [arm_of(session, s, role=Role.INVESTIGATOR, key=KEY) for s in subjects]
    for place, stratum in enumerate(STRATA[:3]):
        assert arms[place::3] == arms_in_order(stratum, count=4)


def test_a_repeated_request_returns_the_first_result(database: Database) -> None:
    load(database, design=SHORT)
    first, second = add_subjects(database, 2)
    given = request(database, first, design=SHORT)
    request(database, second, design=SHORT)
    again = request(database, first, design=SHORT)
    assert not given.is_repeat
    assert again.is_repeat
    assert (again.number, again.stratum, again.at, again.slot_hash) == (
        given.number,
        given.stratum,
        given.at,
        given.slot_hash,
    )
    assert require_order(taken_slots(database)) == 2


def test_a_repeated_request_changes_nothing_in_the_trail(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    request(database, subject, design=SHORT)

    def entries() -> list[int]:
        with database.reading() as session:
            return list(session.scalars(select(AuditEntry.id).order_by(AuditEntry.id)))

    before = entries()
    request(database, subject, design=SHORT)
    assert entries() == before


def test_somebody_randomised_is_refused_a_slot_of_another_stratum(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    request(database, subject, stratum="ORAL/ALLO", design=SHORT)
    with pytest.raises(AlreadyRandomised) as refused:
        request(database, subject, stratum="ORAL/AUTO", design=SHORT)
    assert refused.value.rule == "RAND-02"
    assert "R001" in refused.value.message.en
    assert "R001" in refused.value.message.zh
    assert require_order(taken_slots(database)) == 1


def test_nobody_is_randomised_after_the_target(database: Database) -> None:
    load(database, design=SHORT)
    subjects = add_subjects(database, 4)
    for subject in subjects[:3]:
        request(database, subject, design=SHORT, target=3)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, subjects[3], design=SHORT, target=3)
    assert refused.value.rule == "RAND-04"
    assert request(database, subjects[0], design=SHORT, target=3).number == "R001"
    assert require_order(taken_slots(database)) == 3


def test_an_exhausted_stratum_gives_nothing_and_says_so(database: Database) -> None:
    design = trial_design(slots=4, target=4)
    load(database, design=design)
    subjects = add_subjects(database, 5)
    for subject in subjects[:4]:
        request(database, subject, design=design, target=120)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, subjects[4], design=design, target=120)
    assert refused.value.rule == "STRATUM"
    assert "ORAL/ALLO" in refused.value.message.en
    other = request(database, subjects[4], stratum="SKIN/AUTO", design=design, target=120)
    assert other.number == "R005"


def test_without_a_list_nobody_is_randomised(database: Database) -> None:
    (subject,) = add_subjects(database, 1)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, subject)
    assert refused.value.rule == "LIST"


def test_a_stratum_that_the_list_does_not_have_is_refused(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, subject, stratum="LUNG/ALLO", design=SHORT)
    assert refused.value.rule == "STRATUM"


def test_a_list_made_for_another_design_gives_no_slot(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, subject, design=long_design())
    assert refused.value.rule == "LIST"
    assert taken_slots(database) == {}


def test_a_slot_that_cannot_be_opened_is_not_given(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    with pytest.raises(SealBroken):
        request(database, subject, design=SHORT, key=OTHER_KEY)
    assert taken_slots(database) == {}


def test_a_rolled_back_request_leaves_no_gap(database: Database) -> None:
    load(database, design=SHORT)
    first, second, third = add_subjects(database, 3)
    request(database, first, design=SHORT)

    def lose_power_after_the_answer() -> None:
        with database.unit_of_work(system_actor("nurse"), "subject.randomise") as uow:
            assert allocate_in(uow, second, design=SHORT).number == "R002"
            raise PowerCutError

    with pytest.raises(PowerCutError):
        lose_power_after_the_answer()
    given = request(database, third, design=SHORT)
    assert given.number == "R002"
    assert require_order(taken_slots(database)) == 2
    with database.reading() as session:
        assert find_allocation(session, second) is None


def test_an_allocation_takes_few_statements(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    statements: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: statements.append(statement),
    )
    request(database, subject, design=SHORT)
    asked = [text for text in statements if not text.startswith("BEGIN")]
    assert len(asked) <= 8, asked


@pytest.mark.parametrize("role", sorted(set(Role) - UNMASKED_ROLES))
def test_a_masked_role_is_never_told_an_arm(sqlite_url: str, role: Role) -> None:
    database = open_database(sqlite_url)
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    request(database, subject, design=SHORT)
    with database.reading() as session:
        assert arm_of(session, subject, role=role, key=KEY) is None
        assert arm_of(session, subject, role=Role.RESEARCH_NURSE, key=KEY) in {"SOC", "MSC"}
    database.engine.dispose()


def test_nobody_is_told_an_arm_before_randomisation(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    with database.reading() as session:
        assert arm_of(session, subject, role=Role.INVESTIGATOR, key=KEY) is None
        assert find_allocation(session, subject) is None
    database.engine.dispose()


def test_no_arm_stands_in_the_trail_or_in_the_slots(database: Database) -> None:
    load(database, design=SHORT)
    (subject,) = add_subjects(database, 1)
    given = request(database, subject, design=SHORT)
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry)).all()
        texts = [f"{entry.old}{entry.new}" for entry in entries]
        texts += [slot.sealed_arm for slot in session.scalars(select(Slot))]
        details = [
            json.loads(new)
            for new in session.scalars(
                select(AuditEntry.new)
                .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
                .where(AuditTransaction.action == "subject.randomise", AuditEntry.kind == "event")
            )
        ]
    assert len(texts) > 1400
    for arm in ("SOC", "MSC"):
        assert not [text for text in texts if f'"{arm}"' in text or text == arm]
    assert details == [
        {
            "randomisation_number": given.number,
            "stratum": "ORAL/ALLO",
            "slot_hash": given.slot_hash,
        }
    ]


def test_a_list_is_loaded_once(database: Database) -> None:
    load(database, design=SHORT)
    with pytest.raises(ListRefused) as refused:
        load(database, design=SHORT, seed=OTHER_SEED)
    assert refused.value.rule == "LIST-LOADED"
    assert "statistician" in refused.value.message.zh
    assert count_slots(database) == 720


@pytest.mark.parametrize(
    ("environment", "accepted"), [("production", "production"), ("test", "test"), ("demo", "test")]
)
def test_only_production_takes_the_production_list(
    sqlite_url: str, environment: str, accepted: str
) -> None:
    database = open_database(sqlite_url)
    refused = "test" if accepted == "production" else "production"
    texts = {
        purpose: generate(SHORT, seed=SEED, purpose=purpose).write()
        for purpose in ("production", "test")
    }
    purpose = purpose_of(environment)
    with (
        pytest.raises(ListRefused) as refusal,
        database.unit_of_work(system_actor(), "randomisation.load") as uow,
    ):
        load_list(
            uow, texts[refused], design=SHORT, key=KEY, purpose=purpose, brought_by="statistician"
        )
    assert refusal.value.rule == "LIST-PURPOSE"
    assert count_slots(database) == 0
    with database.unit_of_work(system_actor(), "randomisation.load") as uow:
        load_list(
            uow, texts[accepted], design=SHORT, key=KEY, purpose=purpose, brought_by="statistician"
        )
    assert count_slots(database) == 720
    database.engine.dispose()


def test_a_list_of_another_design_is_not_loaded(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    foreign = generate(trial_design(block_sizes=(4,)), seed=SEED, purpose="test").write()
    with (
        pytest.raises(ListRefused),
        database.unit_of_work(system_actor(), "randomisation.load") as uow,
    ):
        load_list(uow, foreign, design=SHORT, key=KEY, purpose="test", brought_by="statistician")
    assert count_slots(database) == 0
    database.engine.dispose()


def test_the_state_of_the_list_tells_use_and_nothing_of_what_comes(database: Database) -> None:
    with database.reading() as session:
        assert status(session, design=SHORT, key=KEY, purpose="test") is None
    load(database, design=SHORT)
    for subject in add_subjects(database, 3):
        request(database, subject, stratum="SKIN/ALLO", design=SHORT)
    with database.reading() as session:
        found = status(session, design=SHORT, key=KEY, purpose="test")
        foreign = status(session, design=long_design(), key=OTHER_KEY, purpose="test")
    assert found is not None
    assert foreign is not None
    assert {use.stratum: (use.used, use.length) for use in found.strata} == {
        stratum: (3 if stratum == "SKIN/ALLO" else 0, 120) for stratum in STRATA
    }
    assert (found.allocated, found.fits_key, found.fits_design) == (3, True, True)
    assert (foreign.fits_key, foreign.fits_design) == (False, False)
    told = {name for name in dir(found.strata[0]) if not name.startswith("_")}
    assert told == {"stratum", "label", "used", "length"}


def test_loading_leaves_the_checksum_and_the_commitment_in_the_trail(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    load(database, design=SHORT)
    made = generate(SHORT, seed=SEED, purpose="test")
    with database.reading() as session:
        (detail,) = session.scalars(
            select(AuditEntry.new)
            .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
            .where(AuditTransaction.action == "randomisation.load", AuditEntry.kind == "event")
        )
    assert detail is not None
    told = json.loads(detail)
    assert told["sha256"] == made.sha256()
    assert told["root"] == made.commitment().root
    assert told["list_id"] == made.list_id
    with database.reading() as session:
        stored = session.scalars(select(AllocationListRow)).one()
        slots = session.scalars(select(Slot.slot_hash).order_by(Slot.id)).all()
    assert (stored.list_id, stored.algorithm) == (made.list_id, made.algorithm)
    assert merkle_root([stored.header_hash, *slots]) == stored.root == made.commitment().root
    database.engine.dispose()
