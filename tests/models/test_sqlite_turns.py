"""SQLite's writers wait in line, across threads and processes, and nobody keeps the turn."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from edc.models import AuditTransaction
from edc.services.unit_of_work import Database, system_actor
from tests.factories import open_database
from tests.support.databases import migrate

THREADS, PROCESSES, WRITES = 4, 2, 10


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path / 'study.db'}"
    migrate(found)
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.engine.dispose()


def write(database: Database) -> None:
    with database.unit_of_work(system_actor("writer"), "writer.act") as uow:
        uow.record(done=True)


def write_from_threads(url: str) -> None:
    database = open_database(url)

    def write_often() -> None:
        for _ in range(WRITES):
            write(database)

    threads = [threading.Thread(target=write_often) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.engine.dispose()


def count_written(database: Database) -> int:
    with database.reading() as session:
        found = session.scalar(
            select(func.count())
            .select_from(AuditTransaction)
            .where(AuditTransaction.username == "writer")
        )
    return found or 0


def test_every_write_of_two_processes_with_four_threads_each_is_there(
    url: str, database: Database
) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_from_threads, args=(url,)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert count_written(database) == PROCESSES * THREADS * WRITES


def test_a_write_that_fails_gives_its_turn_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.unit_of_work(system_actor("writer"), "fail"):
        raise ZeroDivisionError
    written = threading.Thread(target=write, args=(database,), daemon=True)
    written.start()
    written.join(10)
    assert not written.is_alive()
    assert count_written(database) == 1


def test_a_reader_waits_for_no_writer(database: Database) -> None:
    with database.unit_of_work(system_actor("writer"), "writer.act") as uow:
        uow.record(done=True)
        uow.session.flush()
        assert count_written(database) == 0
    assert count_written(database) == 1
