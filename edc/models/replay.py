"""Rebuilds every audited row from the trail alone, as a proof that the trail is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import inspect, select

from edc.models.audit import AuditEntry, audited_tables, recorded, recorded_columns

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

Rows: TypeAlias = dict[str, dict[str, dict[str, Any]]]
"""Table → key of the row, a JSON list → column → value as the trail holds it."""


class TrailBrokenError(ValueError):
    """An entry does not continue what the entries before it say."""


def replayed_rows(
    session: Session, *, until: int | None = None, tables: Collection[str] | None = None
) -> Rows:
    """Return every row as the trail says it is, from the first entry to that of id *until*.

    :param tables: the tables to be rebuilt; all audited ones when not given.
    :raises TrailBrokenError: when an entry's old values are not what the entries before it left.
    """
    rows: Rows = {model.__tablename__: {} for model in audited_tables()}  # type: ignore[attr-defined]
    columns = (
        AuditEntry.id, AuditEntry.kind, AuditEntry.table, AuditEntry.row_key,
        AuditEntry.old, AuditEntry.new,
    )  # fmt: skip
    wanted = select(*columns).where(AuditEntry.kind != "event").order_by(AuditEntry.id)
    if tables is not None:
        wanted = wanted.where(AuditEntry.table.in_(tables))
    if until is not None:
        wanted = wanted.where(AuditEntry.id <= until)
    with session.execute(wanted.execution_options(yield_per=1000)) as found:
        for entry in found:
            _apply(rows[entry.table], entry)
    return rows


def _apply(table: dict[str, dict[str, Any]], entry: Any) -> None:  # noqa: ANN401 - a result's row
    new = json.loads(entry.new)
    if entry.kind == "insert":
        if entry.row_key in table:
            message = f"entry {entry.id} inserts row {entry.row_key}, which is there already"
            raise TrailBrokenError(message)
        table[entry.row_key] = new
        return
    row = table.get(entry.row_key)
    if row is None:
        message = f"entry {entry.id} updates row {entry.row_key}, which was never inserted"
        raise TrailBrokenError(message)
    for name, value in json.loads(entry.old).items():
        if row[name] != value:
            message = f"entry {entry.id}: {name} of row {entry.row_key} was another value before"
            raise TrailBrokenError(message)
    row.update(new)


def current_rows(session: Session) -> Rows:
    """Return every audited row as it stands, in the shape of :func:`replayed_rows`."""
    rows: Rows = {}
    for model in audited_tables():
        mapper = inspect(model)
        names = recorded_columns(mapper)
        keys = [names.index(mapper.get_property_by_column(c).key) for c in mapper.primary_key]
        found: dict[str, dict[str, Any]] = {}
        columns = [mapper.attrs[name].columns[0] for name in names]
        for row in session.execute(select(*columns)):
            key = json.dumps([row[k] for k in keys], ensure_ascii=False, separators=(",", ":"))
            found[key] = {
                name: recorded(mapper, name, value) for name, value in zip(names, row, strict=True)
            }
        rows[mapper.local_table.name] = found
    return rows
