"""A small simulated trial on each database, made once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from edc.models.session import create_engine_for
from edc.randomization.sealing import SealingKey
from edc.services.unit_of_work import Database
from edc.simulation.trial import simulate
from tests.conftest import DATABASES
from tests.factories import ALLOCATION_KEY, CHEAP

KEY = SealingKey.from_text(ALLOCATION_KEY)
PARTICIPANTS = 6


def ignore(_day: date) -> None:
    """Tell nobody how far the simulation is."""


def simulated(database: Database, *, participants: int, seed: int, secret: str = "a" * 43) -> None:
    """Fill a migrated database with a small trial."""
    simulate(
        database,
        participants=participants,
        seed=seed,
        secret=secret,
        key=KEY,
        progress=ignore,
        hashing=CHEAP,
    )


@pytest.fixture(scope="module", params=DATABASES)
def trial(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give a database with a simulated trial, which tests leave as it is."""
    template = request.getfixturevalue(f"{request.param}_templates")("migrated")
    url = template.create()
    engine = create_engine_for(url, is_durable=False)
    database = Database(engine)
    simulated(database, participants=PARTICIPANTS, seed=7)
    yield database
    engine.dispose()
    template.drop(url)
