"""Whoever changes one bit of a stored allocation is found out, on both databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from edc.randomization.lists import generate
from edc.services.proofs import find_commitment
from edc.services.unit_of_work import Database
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


def randomise(database: Database) -> list[int]:
    load(database, design=DESIGN)
    subjects = add_subjects(database, len(ARRIVALS))
    for subject, stratum in zip(subjects, ARRIVALS, strict=True):
        request(database, subject, stratum=stratum, design=DESIGN, target=8)
    return subjects


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
        assert find_commitment(session, design=DESIGN, purpose="test") == kept_commitment()
    assert [problem for check in checks for problem in check.problems] == []
    assert sum(check.count for check in checks) > 250


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
