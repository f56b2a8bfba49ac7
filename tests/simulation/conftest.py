"""A small simulated trial on each database, made once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import pytest

from edc.models.session import create_engine_for
from edc.protocol import STUDY
from edc.randomization.sealing import SealingKey
from edc.services import randomize
from edc.services.unit_of_work import Database
from edc.simulation import trial as simulation
from edc.simulation.trial import Simulated, simulate
from tests.factories import ALLOCATION_KEY, CHEAP

KEY = SealingKey.from_text(ALLOCATION_KEY)
# Enough for everybody of the cast, and a mistake for each check, to be among them.
WHOLE, LITTLE = 14, 3
SEED = 1


def ignore(_day: date) -> None:
    """Tell nobody how far the simulation is."""


def simulated(
    database: Database, *, participants: int, seed: int, secret: str = "a" * 43
) -> Simulated:
    """Fill a migrated database with a small trial."""
    return simulate(
        database,
        participants=participants,
        seed=seed,
        secret=secret,
        key=KEY,
        progress=ignore,
        hashing=CHEAP,
    )


@dataclass(frozen=True)
class Trial:
    """A database with a simulated trial, which tests leave as it is."""

    database: Database
    participants: int
    simulated: Simulated


@contextmanager
def filled(request: pytest.FixtureRequest, kind: str, *, participants: int) -> Iterator[Trial]:
    """Give a trial whose target is reached, so that the last who comes is too late (RAND-04)."""
    template = request.getfixturevalue(f"{kind}_templates")("migrated")
    url = template.create()
    engine = create_engine_for(url, is_durable=False)
    database = Database(engine)
    with pytest.MonkeyPatch.context() as patched:
        small = replace(STUDY, target=participants)
        patched.setattr(randomize, "STUDY", small)
        patched.setattr(simulation, "STUDY", small)
        found = simulated(database, participants=participants, seed=SEED)
    yield Trial(database, participants, found)
    engine.dispose()
    template.drop(url)


@pytest.fixture(scope="session")
def whole_trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Give a trial in which each of the cast comes, and every mistake is made."""
    with filled(request, "sqlite", participants=WHOLE) as trial:
        yield trial


@pytest.fixture(scope="session")
def little_trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Give a trial of a few on the other database."""
    with filled(request, "postgresql", participants=LITTLE) as trial:
        yield trial


@pytest.fixture(params=("whole", "little"))
def trial(request: pytest.FixtureRequest, whole_trial: Trial, little_trial: Trial) -> Trial:
    """Give each of the two."""
    return {"whole": whole_trial, "little": little_trial}[request.param]
