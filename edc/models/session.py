"""Engines and sessions: how each database is opened so that its guarantees hold."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from edc.models import audit_listener, data_lock

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

SQLITE_BUSY_SECONDS = 30


class AuditedSession(Session):
    """A session that writes the trail of what it changes."""


audit_listener.listen(AuditedSession)
data_lock.listen(AuditedSession)


def create_engine_for(url: str, *, is_durable: bool = True) -> Engine:
    """Return an engine for *url*, SQLite or PostgreSQL, with the settings its guarantees need.

    :param is_durable: False while filling a database with invented data: a commit then does not
        wait for the disk, and a power failure may cost what was filled. All else stays guarded.
    """
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": SQLITE_BUSY_SECONDS})
        event.listen(engine, "connect", _sqlite_connect)
        if not is_durable:
            event.listen(engine, "connect", _sqlite_without_waiting)
        event.listen(engine, "begin", _sqlite_begin)
        event.listen(engine, "checkin", _sqlite_checkin)
        return engine
    options = {} if is_durable else {"options": "-c synchronous_commit=off"}
    # A worker's threads each hold at most one connection; a lost server is noticed before use.
    return create_engine(
        _with_driver(url),
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=False,
        connect_args=options,
    )


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _sqlite_connect(connection: Any, _record: Any) -> None:  # noqa: ANN401 - sqlite3's own types
    """Set the pragmas without which the audit guarantee or a commit's durability would not hold."""
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",  # NORMAL may lose a commit at power failure
        "foreign_keys = ON",  # the deferred key to the trail
        "recursive_triggers = ON",  # else REPLACE would slip past the delete guard
        f"busy_timeout = {SQLITE_BUSY_SECONDS * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_without_waiting(connection: Any, _record: Any) -> None:  # noqa: ANN401 - see above
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous = OFF")
    cursor.close()


WRITES = "writes"


_TURN = "edc_turn"


def _sqlite_begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's Connection
    """Take the write lock at once when writing: one that reads first and writes later can lose.

    SQLite lets writers who find the lock taken sleep and try again, and whoever sleeps longest is
    served last. So all writers, of all processes, first wait in line at a file beside the database.
    """
    if not connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("BEGIN")
        return
    path = connection.engine.url.database
    if path and path != ":memory:" and _TURN not in connection.info:
        connection.info[_TURN] = turn = os.open(f"{path}-turn", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(turn, fcntl.LOCK_EX)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _sqlite_checkin(_connection: Any, record: Any) -> None:  # noqa: ANN401 - the pool's own types
    """Let the next writer go, now that the transaction is over."""
    turn = record.info.pop(_TURN, None)
    if turn is not None:
        os.close(turn)


def session_factory(engine: Engine) -> sessionmaker[AuditedSession]:
    """Return the maker of sessions that may write; only ``unit_of_work`` uses it."""
    writing = engine.execution_options(**{WRITES: True})
    return sessionmaker(writing, class_=AuditedSession, expire_on_commit=False)


def read_session_factory(engine: Engine) -> sessionmaker[AuditedSession]:
    """Return the maker of sessions that only read; they never wait for a writer."""
    return sessionmaker(engine, class_=AuditedSession, expire_on_commit=False)
