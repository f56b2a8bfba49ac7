"""Many processes ask for slots at once, and one of them is killed: order and answers must hold."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

import pytest

from edc.services.unit_of_work import Database
from tests.services.allocation_support import (
    add_subjects,
    ask_from_a_process,
    load,
    open_database,
    request,
    require_order,
    taken_slots,
)

PROCESSES = 8
REQUESTS_EACH = 40
STRATA = ("ORAL/ALLO", "ORAL/AUTO", "SKIN/ALLO")
# Workers are forked from a server that has only imported what they need: clean as spawned ones,
# with no connection or lock of this process, and ready in a moment.
PROCESSES_OF_OUR_OWN = multiprocessing.get_context("forkserver")
PROCESSES_OF_OUR_OWN.set_forkserver_preload(["tests.services.allocation_support"])


@dataclass
class Storm:
    """What the workers answered: (participant, stratum, number, is a repeat)."""

    answers: list[tuple[int, str, str, bool]] = field(default_factory=list)
    by_worker: dict[int, int] = field(default_factory=dict)
    exit_codes: list[int | None] = field(default_factory=list)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    load(opened)
    yield opened
    opened.engine.dispose()


def run_storm(
    url: str, plans: list[list[tuple[int, str]]], *, kill_after: int | None = None
) -> Storm:
    """Let a process a plan ask at the same time; kill the first after so many answers of all."""
    together = PROCESSES_OF_OUR_OWN.Barrier(len(plans))
    workers, readers = [], {}
    for index, plan in enumerate(plans):
        reader, writer = PROCESSES_OF_OUR_OWN.Pipe(duplex=False)
        worker = PROCESSES_OF_OUR_OWN.Process(
            target=ask_from_a_process, args=(url, plan, together, writer)
        )
        worker.start()
        writer.close()
        workers.append(worker)
        readers[reader] = index
    storm = Storm(by_worker=dict.fromkeys(range(len(plans)), 0))
    killed = False
    while readers:
        for ready in wait(list(readers)):
            assert isinstance(ready, Connection)
            try:
                answer = ready.recv()
            except EOFError:
                del readers[ready]
                continue
            storm.answers.append(answer)
            storm.by_worker[readers[ready]] += 1
            if kill_after is not None and not killed and len(storm.answers) >= kill_after:
                killed = True
                pid = workers[0].pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
    for worker in workers:
        worker.join(30)
        storm.exit_codes.append(worker.exitcode)
    return storm


def plans_for(subjects: list[int]) -> list[list[tuple[int, str]]]:
    """Deal the participants to the processes, their strata mixed."""
    asked = [(subject, STRATA[place % len(STRATA)]) for place, subject in enumerate(subjects)]
    return [asked[index::PROCESSES] for index in range(PROCESSES)]


def require_backing(storm: Storm, database: Database) -> None:
    """Require that every answer is the committed slot of that participant in that stratum."""
    stored = {
        subject: (stratum, number)
        for stratum, slots in taken_slots(database).items()
        for _, number, subject in slots
    }
    for subject, stratum, number, _ in storm.answers:
        assert stored[subject] == (stratum, number)


def test_eight_processes_get_every_slot_once_in_order_and_without_a_gap(
    database: Database, database_url: str
) -> None:
    subjects = add_subjects(database, PROCESSES * REQUESTS_EACH)
    storm = run_storm(database_url, plans_for(subjects))
    assert storm.exit_codes == [0] * PROCESSES
    assert len(storm.answers) == PROCESSES * REQUESTS_EACH
    assert not [answer for answer in storm.answers if answer[3]]
    require_backing(storm, database)
    assert require_order(taken_slots(database)) == PROCESSES * REQUESTS_EACH


def test_a_killed_worker_neither_takes_a_slot_twice_nor_leaves_a_gap(
    database: Database, database_url: str
) -> None:
    subjects = add_subjects(database, PROCESSES * REQUESTS_EACH)
    plans = plans_for(subjects)
    storm = run_storm(database_url, plans, kill_after=random.randint(5, 250))  # noqa: S311 - no secret
    assert storm.exit_codes[0] in {-signal.SIGKILL, 0}
    assert storm.exit_codes[1:] == [0] * (PROCESSES - 1)
    assert all(storm.by_worker[index] == REQUESTS_EACH for index in range(1, PROCESSES))
    require_backing(storm, database)
    given = require_order(taken_slots(database))
    # The killed worker's last commit may have been answered to nobody; it holds all the same.
    assert len(storm.answers) <= given <= len(storm.answers) + 1
    for subject, stratum in plans[0]:
        request(database, subject, stratum=stratum)
    require_backing(storm, database)
    assert require_order(taken_slots(database)) == PROCESSES * REQUESTS_EACH


def test_a_double_click_from_two_processes_gives_one_slot(
    database: Database, database_url: str
) -> None:
    subjects = add_subjects(database, 20)
    plan = [(subject, "SKIN/AUTO") for subject in subjects]
    storm = run_storm(database_url, [plan, plan])
    assert storm.exit_codes == [0, 0]
    require_backing(storm, database)
    assert require_order(taken_slots(database)) == len(subjects)
    for subject in subjects:
        answers = [answer for answer in storm.answers if answer[0] == subject]
        assert len({number for _, _, number, _ in answers}) == 1
        assert sorted(is_repeat for *_, is_repeat in answers) == [False, True]
