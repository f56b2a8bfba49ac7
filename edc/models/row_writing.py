"""write_rows(): audited rows written many at once, without an object for each.

The trail, the guards and the numbers of entries are the same as for objects. What the listener
learns from an object's history the caller says here, and the database is asked whether it is true:
a stored row is changed only where its last entry is still the one that was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, insert, inspect, update
from sqlalchemy.orm.exc import StaleDataError

from edc.models.audit import CONTEXT, key_columns, recorded, recorded_columns
from edc.models.audit_listener import audit_entry, next_entry_id
from edc.models.data_lock import require_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Insert, Table, Update
    from sqlalchemy.orm import Mapper, Session

    from edc.models.audit import Audited, Place

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row to be written; columns are named by their attributes.

    :param new: every column of a new row, or those that may change of a stored one.
    :param old: what the stored row holds in the columns of *new*; None for a new row.
    :param audit_id: the entry of the stored row's last change.
    """

    key: Values
    place: Place
    new: Values
    old: Values | None = None
    audit_id: int | None = None


def write_rows(session: Session, model: type[Audited], changes: Sequence[RowChange]) -> list[int]:
    """Write rows of one table, their entries with the next flush or at the end; return their ids.

    It numbers the transaction, so every lock is taken before: a row that another transaction
    changes while this one waits for its lock would bear the higher number, and not go back.

    :raises StaleDataError: when a stored row has changed since it was read.
    :raises EntryLocked: when the study, the casebook or the CRF is locked.
    """
    if not model.open_when_locked:
        places = [change.place for change in changes]
        require_open(session, [(place.visit, place.form, place.row) for place in places])
    mapper: Mapper[Any] = inspect(model)
    table = cast("Table", mapper.local_table)
    names = _column_names(mapper)
    inserts, updates, entries = [], [], []
    for change in changes:
        entry_id = next_entry_id(session)
        row = {names[name]: value for name, value in change.new.items()} | {"audit_id": entry_id}
        if change.old is None:
            inserts.append(row | {names[name]: value for name, value in change.key.items()})
            new = change.key | change.new
            told = {name: recorded(mapper, name, new[name]) for name in recorded_columns(mapper)}
            old = None
        else:
            was = {f"was_{names[name]}": value for name, value in change.key.items()}
            updates.append(row | was | {"was_audit_id": change.audit_id})
            old, told = _differences(mapper, change.old, change.new)
        entries.append(
            audit_entry(
                entry_id, change.place, kind="update" if old is not None else "insert",
                table=table.name,
                key=[change.key[name] for name in key_columns(mapper)], old=old, new=told,
            )
        )  # fmt: skip
    connection = session.connection()
    if inserts:
        connection.execute(_insert(mapper), inserts)
    if updates:
        found = connection.execute(_update(mapper, tuple(changes[0].new)), updates)
        if found.rowcount != len(updates):
            message = f"{table.name}: a row has changed since it was read"
            raise StaleDataError(message)
    session.info[CONTEXT].events += entries
    return [entry["id"] for entry in entries]


def _differences(mapper: Mapper[Any], old: Values, new: Values) -> tuple[Values, Values]:
    """Return what a stored row held and will hold, by changed column."""
    names = [name for name in new if old[name] != new[name]]
    together = mapper.class_.audit_together
    if not set(together).isdisjoint(names):
        names += [name for name in together if name not in names]
    return (
        {name: recorded(mapper, name, old[name]) for name in names},
        {name: recorded(mapper, name, new[name]) for name in names},
    )


@cache
def _column_names(mapper: Mapper[Any]) -> Values:
    return {attribute.key: attribute.columns[0].name for attribute in mapper.column_attrs}


@cache
def _insert(mapper: Mapper[Any]) -> Insert:
    return insert(cast("Table", mapper.local_table))


@cache
def _update(mapper: Mapper[Any], changing: tuple[str, ...]) -> Update:
    table = cast("Table", mapper.local_table)
    columns = [_column_names(mapper)[name] for name in changing]
    return (
        update(table)
        .where(
            *(column == bindparam(f"was_{column.name}") for column in table.primary_key),
            table.c.audit_id == bindparam("was_audit_id"),
        )
        .values({name: bindparam(name) for name in (*columns, "audit_id")})
    )
