"""One row of every audited table, made from the tables' own declarations."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, Integer, String, inspect, select

from edc.models import Base, Subject, audited_tables
from edc.models.base import Moment
from edc.models.session import WRITES, create_engine_for
from edc.services.unit_of_work import Database, UnitOfWork, system_actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection

    from edc.models.audit import Audited

START = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)

SECOND = "subject, the second"
# What the tables' own conditions ask of a row besides what each column asks for itself: two
# registrations, and a decision by another person than the one who proposed.
POINTS_TO_SECOND = {("link_proposal", "counted_id")}
FILLED = {
    ("allocation_list", "confirmed_by"): 70,
    ("data_lock", "subject_id"): 0,
    ("envelope", "decided_by"): 70,
    ("link_proposal", "decided_by"): 70,
    ("list_proposal", "decided_by"): 70,
    ("unmasking", "decided_by"): 70,
    ("unmasking", "subject_id"): 0,
}


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open the database at *url* for a test and close it after."""
    database = Database(create_engine_for(url))
    try:
        yield database
    finally:
        database.engine.dispose()


def in_order() -> list[type[Audited]]:
    """Return the audited models, each after those that it points to."""
    place = {table.name: number for number, table in enumerate(Base.metadata.sorted_tables)}
    return sorted(audited_tables(), key=lambda model: place[inspect(model).local_table.name])


def sample_value(column: Column[Any], number: int) -> Any:
    """Return a value that the column accepts; another number gives another value."""
    kind = column.type
    if isinstance(kind, Moment):
        return START
    if isinstance(kind, Date):
        return date(2026, 1, 1 + number % 28)
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, Integer):
        return number
    assert isinstance(kind, String), f"{column} is of a kind that the sample does not know"
    return str(number)


def sample_row(model: type[Audited], *, keys: dict[str, int], number: int) -> Audited:
    """Return a new row of *model*: what it points to by *keys*, NULL where that is allowed."""
    values: dict[str, Any] = {}
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        numbered = column.primary_key and column.autoincrement is True
        place = (inspect(model).local_table.name, attribute.key)
        if attribute.key == "audit_id" or numbered or (column.nullable and place not in FILLED):
            continue
        if place in POINTS_TO_SECOND:
            values[attribute.key] = keys[SECOND]
        elif column.foreign_keys:
            values[attribute.key] = keys[next(iter(column.foreign_keys)).column.table.name]
        else:
            values[attribute.key] = sample_value(column, number + FILLED.get(place, 0))
    return model(**values)


def add_one_of_each(uow: UnitOfWork, *, number: int = 1) -> dict[str, Audited]:
    """Add a row to every audited table, of participants two, and return the rows by table."""
    rows: dict[str, Audited] = {}
    keys: dict[str, int] = {}
    for model in in_order():
        table = inspect(model).local_table.name
        names = {table: number, SECOND: number + 70} if model is Subject else {table: number}
        for name, sample in names.items():
            rows[name] = sample_row(model, keys=keys, number=sample)
            uow.session.add(rows[name])
            uow.session.flush()
            keys[name] = getattr(rows[name], "id", 0)
    return rows


def fill(database: Database, *, number: int = 1) -> dict[str, Audited]:
    """Add a row to every audited table in a unit of work of its own."""
    with database.unit_of_work(system_actor("sample"), "sample.fill") as uow:
        return add_one_of_each(uow, number=number)


def changeable(model: type[Audited]) -> tuple[str, Any]:
    """Return a column of *model* that may change, and a value that the sample does not hold."""
    for attribute in inspect(model).column_attrs:
        column = attribute.columns[0]
        plain = not (column.primary_key or column.foreign_keys or column.nullable)
        if plain and not isinstance(column.type, Moment | Date | Boolean):
            return attribute.key, sample_value(column, 7)
    message = f"{model.__name__} has no column that a test can change"
    raise AssertionError(message)


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """Open a connection that writes past the listener and commits, as a stray script would."""
    with database.engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, to be compared with a later look."""
    with database.engine.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(table))),
                key=repr,
            )
            for table in Base.metadata.sorted_tables
        }
