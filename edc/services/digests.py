"""Digests of the study's data and of the data's trail: what a lock says was locked.

Format ``edc-digest/1``. For each table that a study lock covers, by name: one line with the JSON
array ``[table, [columns]]``, then one line for each row in the order of its key, the JSON array of
its columns in that order; columns go by name, moments are UTC with their offset, days ISO text.
Lines are UTF-8, end with a line feed, and are hashed by SHA-256 one after another. So the digest
is the same on both databases, and anybody can compute it from a dump.

The trail's digest is of the same shape over the entries of those tables up to one entry, and then
over their transactions. What lies outside (sign-ins, mail, unmaskings) may go on under a lock.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import func, inspect, select

from edc.models import AuditEntry, AuditTransaction
from edc.models.data_lock import covered_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Executable, Table
    from sqlalchemy.orm import Session

FORMAT: Final = "edc-digest/1"
_AT_ONCE: Final = 5000  # rows in memory
_ENTRY: Final = (
    AuditEntry.id, AuditEntry.kind, AuditEntry.table, AuditEntry.row_key, AuditEntry.site_id,
    AuditEntry.subject_id, AuditEntry.visit, AuditEntry.form, AuditEntry.row, AuditEntry.item,
    AuditEntry.repeat, AuditEntry.rule, AuditEntry.old, AuditEntry.new,
)  # fmt: skip
_TRANSACTION: Final = (
    AuditTransaction.id, AuditTransaction.at, AuditTransaction.user_id, AuditTransaction.username,
    AuditTransaction.role, AuditTransaction.action, AuditTransaction.reason,
    AuditTransaction.request_id, AuditTransaction.address,
)  # fmt: skip


def tables() -> list[Table]:
    """Return the tables that the digest of the data covers, by name."""
    found = [cast("Table", inspect(model).local_table) for model in covered_tables()]
    return sorted(found, key=lambda table: table.name)


def data_sha256(session: Session) -> str:
    """Return the digest of the study's data as they stand; one statement a table."""
    digest = hashlib.sha256(_line([FORMAT, "data"]))
    for table in tables():
        columns = sorted(table.columns, key=lambda column: column.name)
        digest.update(_line([table.name, [column.name for column in columns]]))
        ordered = select(*columns).order_by(*table.primary_key.columns)
        for line in _lines(session, ordered):
            digest.update(line)
    return digest.hexdigest()


def last_entry(session: Session) -> int:
    """Return the highest entry of the data's trail, 0 when nothing was ever written."""
    names = [table.name for table in tables()]
    return session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.table.in_(names))) or 0


def trail_sha256(session: Session, *, up_to: int) -> str:
    """Return the digest of the data's trail up to the entry *up_to*, in two statements."""
    names = [table.name for table in tables()]
    digest = hashlib.sha256(_line([FORMAT, "trail", up_to]))
    covered = AuditEntry.table.in_(names) & (AuditEntry.id <= up_to)
    acts = select(AuditEntry.transaction_id).where(covered)
    for statement in (
        select(*_ENTRY).where(covered).order_by(AuditEntry.id),
        select(*_TRANSACTION).where(AuditTransaction.id.in_(acts)).order_by(AuditTransaction.id),
    ):
        for line in _lines(session, statement):
            digest.update(line)
    return digest.hexdigest()


def _lines(session: Session, statement: Executable) -> Iterable[bytes]:
    rows = session.connection().execute(statement.execution_options(yield_per=_AT_ONCE))
    return (_line(row) for row in rows)


def _plain(value: object) -> str:
    """Return what JSON has no word for."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    message = f"no canonical form of {type(value).__name__}"
    raise TypeError(message)


# Made once: json.dumps would make one for each line.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def _line(values: Sequence[Any]) -> bytes:
    return _encode(list(values)).encode("utf-8", "surrogatepass") + b"\n"
