"""Whoever changes one bit of a stored allocation is found out, on both databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from edc import clock
from edc.models import AllocationListRow, Slot, StratumRow
from edc.randomization.commitment import slot_hash
from edc.randomization.lists import generate
from edc.randomization.sealing import SlotAddress, open_arm, open_salt, seal_arm
from edc.services.proofs import MASKED_READER, find_commitment, find_proof
from edc.services.randomize import lock_stratum, take_slot
from edc.services.unit_of_work import Database, system_actor
from edc.services.verification import verify_allocations
from tests.randomization.support import SEED, TRANSPLANT, trial_design
from tests.services.allocation_support import (
    KEY,
    add_subjects,
    load,
    open_database,
    request,
)
from tests.services.tampering import disarm, try_all

DESIGN = trial_design(factors=(TRANSPLANT,), slots=8, target=8)
ARRIVALS = ("ALLO", "AUTO", "ALLO", "ALLO", "AUTO")

# In the suite every so many bits; `make tamper` turns each.
STRIDE = int(os.environ.get("EDC_TAMPER_STRIDE", "397"))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    randomise(opened)
    yield opened
    opened.engine.dispose()


def randomise(database: Database) -> None:
    load(database, design=DESIGN)
    subjects = add_subjects(database, len(ARRIVALS))
    for subject, stratum in zip(subjects, ARRIVALS, strict=True):
        request(database, subject, stratum=stratum, design=DESIGN, target=8)
    open_envelope(database, stratum="AUTO", sequence=4)


def open_envelope(database: Database, *, stratum: str, sequence: int) -> None:
    """Use a slot by envelope, out of turn: the ones before it are passed over."""
    (subject,) = add_subjects(database, 1)
    with database.unit_of_work(system_actor("nurse"), "envelope.confirm") as uow:
        row, stratum_row = lock_stratum(uow.session, purpose="test", stratum=stratum)
        slots = uow.session.scalars(
            select(Slot)
            .where(Slot.stratum_id == stratum_row.id, Slot.sequence <= sequence)
            .order_by(Slot.sequence)
        ).all()
        for slot in slots[:-1]:
            if slot.subject_id is None:
                slot.passed_over_at = clock.now()
        unsealed = (clock.now() - timedelta(hours=3), "pharmacist")
        take_slot(uow, slots[-1], subject_id=subject, row=row, stratum=stratum, unsealed=unsealed)


def found(session: Session, **asked: object) -> list[str]:
    key = asked.pop("key", KEY)
    checks = verify_allocations(session, design=DESIGN, purpose="test", key=key, **asked)  # type: ignore[arg-type]
    return [en for check in checks for en, _ in check.problems]


def kept_commitment(*, seed: str = SEED) -> dict[str, object]:
    return generate(DESIGN, seed=seed, purpose="test").commitment_document()


def test_allocations_made_by_the_system_pass_every_check(database: Database) -> None:
    clear = generate(DESIGN, seed=SEED, purpose="test").write().encode()
    with database.reading() as session:
        checks = verify_allocations(
            session,
            design=DESIGN,
            purpose="test",
            key=KEY,
            published=kept_commitment(),
            clear_list=clear,
        )
        assert find_commitment(session, purpose="test") == kept_commitment()
        made = find_proof(session, design=DESIGN, purpose="test", key=KEY, reader=MASKED_READER)
    assert [problem for check in checks for problem in check.problems] == []
    assert sum(check.count for check in checks) > 250
    assert made is not None
    assert [one["sequence"] for one in made["passed_over"]] == [3]  # type: ignore[attr-defined]
    assert "opened': {" not in str(made)


def test_every_changed_bit_of_an_allocation_row_is_detected(database: Database) -> None:
    disarm(database.engine)
    bare = create_engine(database.engine.url)
    published = kept_commitment()

    def holds(session: Session) -> bool:
        return not found(session, published=published)

    with Session(bare) as session:
        assert holds(session)
    tally = try_all(bare, holds, stride=STRIDE)
    with Session(bare) as session:
        assert holds(session), "put back, everything holds again"
    bare.dispose()

    sys.stdout.write(f"\n{database.engine.dialect.name}\n{tally}\n")
    assert tally.missed == []
    assert tally.caught.total() > 20_000 // STRIDE


def test_not_even_who_holds_database_trail_and_key_can_change_an_arm(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    randomise(database)
    disarm(database.engine)
    with database.reading() as session:
        slot, stratum, sha256 = session.execute(
            select(Slot, StratumRow.stratum, AllocationListRow.sha256)
            .join(StratumRow, StratumRow.id == Slot.stratum_id)
            .join(AllocationListRow, AllocationListRow.id == StratumRow.list_id)
            .where(Slot.randomisation_number == "R001")
        ).one()
        list_id = session.scalars(select(AllocationListRow.list_id)).one()
    where = SlotAddress(sha256, stratum=stratum, sequence=slot.sequence)
    salt = open_salt(slot.sealed_arm, address=where, key=KEY)
    arm = {"SOC": "MSC", "MSC": "SOC"}[open_arm(slot.sealed_arm, address=where, key=KEY)]
    other_hash = slot_hash(
        list_id=list_id, stratum=stratum, sequence=slot.sequence, arm=arm, salt=salt
    )
    other_seal = seal_arm(arm, salt=salt, address=where, key=KEY)

    def rewrite(before: str, after: str) -> list[str]:
        """Put one text for another wherever it stands, in the row and in the trail."""
        with bare.begin() as connection:
            for place in ("slot.sealed_arm", "slot.slot_hash", "audit_entry.new_values"):
                table, column = place.split(".")
                statement = f"UPDATE {table} SET {column} = replace({column}, :before, :after)"  # noqa: S608
                connection.execute(text(statement), {"before": before, "after": after})
        with Session(bare) as session:
            return found(session, published=kept_commitment())

    bare = create_engine(database.engine.url)
    assert rewrite(slot.sealed_arm, other_seal)[0] == f"{stratum} 1: the seal does not hold"
    assert "they build another root" in rewrite(slot.slot_hash, other_hash)
    assert rewrite(other_hash, slot.slot_hash) == [
        f"{stratum} 1: the seal does not hold",
    ]
    assert rewrite(other_seal, slot.sealed_arm) == []
    bare.dispose()
    database.engine.dispose()
