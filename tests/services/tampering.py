"""Change one bit of a stored allocation row, as somebody with the file in hand, and verify.

The attacker is given everything but the trail and the key: guards, constraints and keys of the
three tables are gone, so that the database refuses nothing by itself. Of every column the value is
taken as bytes (a whole number as 64 bits, a text as UTF-8, a PostgreSQL moment as microseconds),
each bit is turned, and the row is stored, verified and put back.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

TABLES = ("allocation_list", "stratum", "slot")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Verify = Callable[[Session], bool]
"""Tells whether everything holds."""


@dataclass
class Tally:
    """What was tried, by table and column: caught, refused by the database's own types, missed."""

    caught: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        return self.caught.total() + self.refused.total() + len(self.missed)

    def __str__(self) -> str:
        lines = [
            f"{table}.{column}: {count} caught"
            + (f", {self.refused[table, column]} refused" if self.refused[table, column] else "")
            for (table, column), count in sorted(self.caught.items())
        ]
        total = (
            f"{self.tried} bits tried, {self.caught.total()} caught, "
            f"{self.refused.total()} refused, {len(self.missed)} missed"
        )
        return "\n".join([*lines, total])


def disarm(engine: Engine) -> None:
    """Take guards, keys and constraints off the three tables."""
    with engine.begin() as connection:
        for table in TABLES:
            if engine.dialect.name == "sqlite":
                connection.execute(text(f"CREATE TABLE bare_{table} AS SELECT * FROM {table}"))  # noqa: S608
            else:
                _disarm_postgresql(connection, table)
    if engine.dialect.name == "sqlite":
        _exchange(engine)


def _exchange(engine: Engine) -> None:
    """Put the bare copies in the tables' place; the driver's own connection has no guards on."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA foreign_keys = OFF")
        # Triggers of other tables look into these, and must not stand in the way of a renaming.
        names = cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            cursor.execute(f"DROP TRIGGER {name}")
        for table in reversed(TABLES):
            cursor.execute(f"DROP TABLE {table}")
            cursor.execute(f"ALTER TABLE bare_{table} RENAME TO {table}")
        raw.commit()
    finally:
        raw.close()


def _disarm_postgresql(connection: Connection, table: str) -> None:
    triggers = connection.execute(
        text(
            "SELECT tgname FROM pg_trigger "
            "WHERE tgrelid = CAST(:t AS regclass) AND NOT tgisinternal"
        ),
        {"t": table},
    )
    for (name,) in triggers.all():
        connection.execute(text(f'DROP TRIGGER "{name}" ON {table}'))
    constraints = connection.execute(
        text(
            "SELECT conname FROM pg_constraint "
            "WHERE conrelid = CAST(:t AS regclass) AND contype <> 'n'"
        ),
        {"t": table},
    )
    for (name,) in constraints.all():
        with suppress(DBAPIError), connection.begin_nested():
            connection.execute(text(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE'))


@dataclass(frozen=True)
class Flip:
    """One bit of one column of one row; *value* is what stands there afterwards."""

    table: str
    row: int
    column: str
    bit: int
    value: Any


def flips(connection: Connection) -> Iterator[Flip]:
    """Yield every bit of every column of every row of the three tables."""
    on_sqlite = connection.dialect.name == "sqlite"
    inspector = inspect(connection)
    for table in TABLES:
        names = [column["name"] for column in inspector.get_columns(table)]
        every = text(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - one of TABLES
        rows = connection.execute(every).mappings().all()
        for row in rows:
            for name in names:
                for bit, value in enumerate(_turned(row[name], on_sqlite=on_sqlite)):
                    yield Flip(table, row["id"], name, bit, value)


def _turned(value: Any, *, on_sqlite: bool) -> Iterator[Any]:
    """Yield a value with each of its bits turned; nothing stands where there is no value."""
    if isinstance(value, datetime):
        micros = (value - _EPOCH) // _MICROSECOND
        for turned in _turned(micros, on_sqlite=on_sqlite):
            # PostgreSQL is asked to add them up: Python's calendar ends before its own.
            yield ("moment", turned)
    elif isinstance(value, int):
        content = struct.pack(">q", value)
        for turned in _bits(content):
            yield struct.unpack(">q", turned)[0]
    elif isinstance(value, str):
        for turned in _bits(value.encode()):
            yield turned if on_sqlite else turned.decode(errors="surrogateescape")


def _bits(content: bytes) -> Iterator[bytes]:
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << (place % 8)
        yield bytes(changed)


def try_all(engine: Engine, verify: Verify, *, stride: int = 1, start: int = 0) -> Tally:
    """Turn every *stride*-th bit, beginning with *start*, and count what becomes of it."""
    tally = Tally()
    with engine.connect() as connection:
        found = list(flips(connection))[start::stride]
        connection.rollback()
        for flip in found:
            place = (flip.table, flip.column)
            if not _store(connection, flip):
                tally.refused[place] += 1
            elif _holds(connection, verify):
                tally.missed.append(f"{flip.table} {flip.row} {flip.column} bit {flip.bit}")
            else:
                tally.caught[place] += 1
            connection.rollback()
    return tally


def _store(connection: Connection, flip: Flip) -> bool:
    """Store the changed value; tell whether the database takes it."""
    given: Any = flip.value
    if isinstance(given, tuple):
        taken = "TIMESTAMPTZ '2000-01-01 00:00+00' + make_interval(secs => 0) "
        taken += "+ (CAST(:value AS bigint) * INTERVAL '1 microsecond')"
        given = given[1]
    elif isinstance(given, bytes):
        taken = "CAST(:value AS TEXT)"
    else:
        taken = ":value"
    statement = text(
        f"UPDATE {flip.table} SET {flip.column} = {taken} WHERE id = :row"  # noqa: S608
    )
    try:
        done = connection.execute(statement, {"value": given, "row": flip.row})
    except (DBAPIError, UnicodeEncodeError):
        return False
    assert done.rowcount == 1
    return True


def _holds(connection: Connection, verify: Verify) -> bool:
    with Session(bind=connection, autoflush=False) as session:
        return verify(session)
