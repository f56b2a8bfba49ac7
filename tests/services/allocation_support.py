"""Participants to randomise, a loaded list, and workers that ask for slots from other processes."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import func, select

from edc import clock
from edc.models import Site, Slot, StratumRow, Subject
from edc.models.session import create_engine_for
from edc.randomization.design import Design
from edc.randomization.lists import Purpose, generate
from edc.randomization.sealing import SealingKey
from edc.services.allocation_lists import load_list
from edc.services.randomize import Allocation, allocate
from edc.services.unit_of_work import Database, UnitOfWork, system_actor
from tests.randomization.support import SEED, trial_design

KEY = SealingKey(bytes(range(32)))
OTHER_KEY = SealingKey(bytes(range(1, 33)))
TARGET = 330

_sites = itertools.count(1)


def long_design() -> Design:
    """Return this trial's strata with lists that last for a storm of requests."""
    return trial_design(slots=130, target=120)


def open_database(url: str) -> Database:
    """Open a database as one process of the server does."""
    return Database(create_engine_for(url))


def load(
    database: Database, *, design: Design | None = None, purpose: Purpose = "test", seed: str = SEED
) -> None:
    """Load a list of the design."""
    design = design or long_design()
    text = generate(design, seed=seed, purpose=purpose).write()
    with database.unit_of_work(system_actor(), "randomisation.load") as uow:
        load_list(uow, text, design=design, key=KEY, purpose=purpose, brought_by="statistician")


def add_subjects(database: Database, count: int) -> list[int]:
    """Register participants at a new site and return their ids."""
    code = f"{next(_sites):02d}"
    with database.unit_of_work(system_actor(), "subject.register") as uow:
        site = Site(code=code, name_en=f"Hospital {code}", name_zh=f"第{code}医院")
        uow.session.add(site)
        uow.session.flush()
        subjects = [
            Subject(
                site_id=site.id,
                screening_number=f"S{code}-{number:03d}",
                registered_at=clock.now(),
                state="ELIGIBLE",
                state_since=clock.now(),
            )
            for number in range(1, count + 1)
        ]
        uow.session.add_all(subjects)
        uow.session.flush()
        return [subject.id for subject in subjects]


def request(
    database: Database,
    subject_id: int,
    *,
    stratum: str = "ORAL/ALLO",
    design: Design | None = None,
    target: int = TARGET,
    key: SealingKey = KEY,
    purpose: Purpose = "test",
) -> Allocation:
    """Ask for an allocation in a unit of work of its own."""
    with database.unit_of_work(system_actor("nurse"), "subject.randomise") as uow:
        return allocate_in(
            uow,
            subject_id,
            stratum=stratum,
            design=design,
            target=target,
            key=key,
            purpose=purpose,
        )


def allocate_in(
    uow: UnitOfWork,
    subject_id: int,
    *,
    stratum: str = "ORAL/ALLO",
    design: Design | None = None,
    target: int = TARGET,
    key: SealingKey = KEY,
    purpose: Purpose = "test",
) -> Allocation:
    """Ask for an allocation in an open unit of work."""
    return allocate(
        uow,
        subject_id=subject_id,
        stratum=stratum,
        design=design or long_design(),
        key=key,
        target=target,
        purpose=purpose,
    )


def ask_from_a_process(
    url: str, requests: Sequence[tuple[int, str]], together: Barrier, answers: Connection
) -> None:
    """Ask for each (participant, stratum) in turn, sending each answer when it is committed.

    Runs in a process of its own, with an engine of its own, when all are ready.
    """
    database = open_database(url)
    design = long_design()
    together.wait(30)
    for subject_id, stratum in requests:
        got = request(database, subject_id, stratum=stratum, design=design)
        answers.send((subject_id, stratum, got.number, got.is_repeat))
    answers.close()
    database.engine.dispose()


def taken_slots(database: Database) -> dict[str, list[tuple[int, str, int]]]:
    """Return for each stratum its taken slots in order: sequence, number, participant."""
    taken: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    with database.reading() as session:
        rows = session.execute(
            select(StratumRow.stratum, Slot.sequence, Slot.randomisation_number, Slot.subject_id)
            .join(StratumRow, StratumRow.id == Slot.stratum_id)
            .where(Slot.subject_id.is_not(None))
            .order_by(StratumRow.stratum, Slot.sequence)
        )
        for stratum, sequence, number, subject_id in rows:
            assert number is not None
            assert subject_id is not None
            taken[stratum].append((sequence, number, subject_id))
    return dict(taken)


def count_slots(database: Database) -> int:
    """Return how many slots are stored, taken or free."""
    with database.reading() as session:
        return session.scalar(select(func.count(Slot.id))) or 0


def require_order(taken: dict[str, list[tuple[int, str, int]]]) -> int:
    """Require that no slot is skipped, doubled or out of order; return how many are taken.

    In each stratum the slots begin at the first and have no gap, and the numbers, which count
    through the whole trial, grow with the sequence.
    """
    numbers = []
    people = []
    for slots in taken.values():
        assert [sequence for sequence, _, _ in slots] == list(range(1, len(slots) + 1))
        own = [int(number.removeprefix("R")) for _, number, _ in slots]
        assert own == sorted(own)
        numbers += own
        people += [subject_id for _, _, subject_id in slots]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(set(people)) == len(people)
    return len(numbers)


def database_file(url: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(url.removeprefix("sqlite:///"))
