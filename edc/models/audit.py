"""The audit trail: what it holds, and the listener that writes it for every audited row.

Listeners write the trail; the database refuses the rest (``guards``). An audited row carries
``audit_id``, which names the entry of its last change. The listener gives each changed row of a
flush the next entry id before the flush and writes all entries in one statement after it, when the
keys of new rows are known; the foreign key is checked at commit, so a row whose entry never comes
cannot be committed.

An entry's id is its transaction's id shifted left by ``ENTRY_BITS`` plus its place within it. So ids
need no question to the database, grow with each change of a row, and sort by transaction.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger, ForeignKey, Index, String, Text, event, inspect, insert,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from edc import clock
from edc.models.base import Base, BigKey, Moment

if TYPE_CHECKING:
    from sqlalchemy.orm import UOWTransaction
    from sqlalchemy.orm.state import InstanceState

ENTRY_BITS = 20
CONTEXT = "audit_context"
DIGEST_ONLY = "digest_only"  # in a column's info: the trail holds only the value's SHA-256


class AuditTransaction(Base):
    """Who did what, in which role, when, why, and from where: one for each unit of work."""

    __tablename__ = "audit_transaction"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment())
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    username: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(45))
    site_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str | None] = mapped_column(Text)  # JSON; never an arm, a secret or a value

    __table_args__ = (
        Index("ix_audit_transaction_user_id_id", "user_id", "id"),
        Index("ix_audit_transaction_action_id", "action", "id"),
        Index("ix_audit_transaction_at", "at"),
        Index("ix_audit_transaction_subject_id_id", "subject_id", "id"),
    )


class AuditEntry(Base):
    """One change of one row: where it stands, what was there and what is there now."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    transaction_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("audit_transaction.id"), index=True
    )
    kind: Mapped[str] = mapped_column(String(6))  # insert or update: nothing is ever deleted
    table: Mapped[str] = mapped_column("table_name", String(40))
    row_key: Mapped[str] = mapped_column(String(120))  # JSON list of the primary key
    site_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    old: Mapped[str | None] = mapped_column("old_values", Text)  # JSON of the changed columns
    new: Mapped[str] = mapped_column("new_values", Text)

    __table_args__ = (
        Index("ix_audit_entry_subject_id_id", "subject_id", "id"),
        Index("ix_audit_entry_form_item_id", "form", "item", "id"),
        Index("ix_audit_entry_table_name_row_key", "table_name", "row_key"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change stands in the trial."""

    site_id: int | None = None
    subject_id: int | None = None
    visit: str = ""
    form: str = ""
    row: int = 0
    item: str = ""
    repeat: int = 0


@dataclass(slots=True)
class AuditContext:
    """What the open unit of work knows about itself; held in ``session.info``."""

    user_id: int | None
    username: str
    role: str
    action: str
    reason: str | None
    request_id: str
    address: str
    site_id: int | None = None
    subject_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    transaction_id: int | None = None
    entries: int = 0
    pending: list[tuple[Audited, int, dict[str, Any] | None, dict[str, Any] | None]] = field(
        default_factory=list
    )


class MissingActorError(RuntimeError):
    """An audited row was written outside a unit of work."""


class LostOldValueError(RuntimeError):
    """A column was overwritten whose old value had not been loaded."""


class Audited:
    """Mix-in of every table whose rows may only change together with the trail."""

    @declared_attr
    def audit_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Name the entry of the row's last change."""
        return mapped_column(
            BigInteger,
            ForeignKey("audit_entry.id", deferrable=True, initially="DEFERRED"),
            unique=True,
            nullable=False,
        )

    def audit_place(self) -> Place:
        """Return where the row stands in the trial."""
        return Place()


def begin_transaction(session: Session) -> int:
    """Return the id of the session's audit transaction, writing it the first time.

    :raises MissingActorError: outside a unit of work.
    """
    context: AuditContext | None = session.info.get(CONTEXT)
    if context is None:
        message = "audited rows change only within unit_of_work()"
        raise MissingActorError(message)
    if context.transaction_id is None:
        statement = (
            insert(AuditTransaction)
            .values(
                at=clock.now(),
                user_id=context.user_id,
                username=context.username,
                role=context.role,
                action=context.action,
                reason=context.reason,
                request_id=context.request_id,
                address=context.address,
                site_id=context.site_id,
                subject_id=context.subject_id,
                detail=json.dumps(context.detail, ensure_ascii=False) if context.detail else None,
            )
            .returning(AuditTransaction.id)
        )
        context.transaction_id = session.connection().execute(statement).scalar_one()
    return context.transaction_id


def _shown(state: InstanceState[Any], name: str, value: Any) -> Any:  # noqa: ANN401 - any column's
    """Return a column's value as the trail may hold it.

    Many people read the trail. Of a secret it proves that it changed, and to which, not what it is.
    """
    if value is not None and state.mapper.columns[name].info.get(DIGEST_ONLY):
        return "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()
    return value.isoformat() if isinstance(value, datetime) else value


def _columns(state: InstanceState[Any]) -> list[str]:
    return [a.key for a in state.mapper.column_attrs if a.key != "audit_id"]


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:  # noqa: ANN401
    """Give each changed audited row its entry id, and note what was there before."""
    changed = [row for row in (*session.new, *session.dirty) if isinstance(row, Audited)]
    if any(isinstance(row, Audited) for row in session.deleted):
        message = "audited rows are never deleted"
        raise MissingActorError(message)
    for row in changed:
        state: InstanceState[Any] = inspect(row)
        old: dict[str, Any] | None = None
        new: dict[str, Any] | None = None
        if state.persistent:
            old, new = {}, {}
            for name in _columns(state):
                history = state.attrs[name].history
                if not history.has_changes():
                    continue
                if not history.deleted:
                    # The old value was expired before it was set: the trail would lie about it.
                    message = f"{state.mapper.class_.__name__}.{name} was set without its old value"
                    raise LostOldValueError(message)
                old[name] = _shown(state, name, history.deleted[0])
                new[name] = _shown(state, name, history.added[0] if history.added else None)
            if not new:
                continue
        transaction_id = begin_transaction(session)
        context: AuditContext = session.info[CONTEXT]
        context.entries += 1
        if context.entries >= 1 << ENTRY_BITS:
            message = "one unit of work changes more rows than an audit transaction can number"
            raise OverflowError(message)
        row.audit_id = (transaction_id << ENTRY_BITS) + context.entries
        context.pending.append((row, row.audit_id, old, new))


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Write the entries of the flush in one statement, now that new rows have their keys."""
    context: AuditContext | None = session.info.get(CONTEXT)
    if context is None or not context.pending:
        return
    entries = []
    for row, entry_id, old, new in context.pending:
        state: InstanceState[Any] = inspect(row)
        values = (
            {name: _shown(state, name, getattr(row, name)) for name in _columns(state)}
            if new is None
            else new
        )
        place = row.audit_place()
        entries.append(
            {
                "id": entry_id,
                "transaction_id": context.transaction_id,
                "kind": "insert" if old is None else "update",
                "table": state.mapper.local_table.name,  # type: ignore[attr-defined]
                "row_key": json.dumps(
                    [getattr(row, c.key) for c in state.mapper.primary_key], ensure_ascii=False
                ),
                "site_id": place.site_id,
                "subject_id": place.subject_id,
                "visit": place.visit,
                "form": place.form,
                "row": place.row,
                "item": place.item,
                "repeat": place.repeat,
                "old": None if old is None else json.dumps(old, ensure_ascii=False),
                "new": json.dumps(values, ensure_ascii=False),
            }
        )
    context.pending.clear()
    session.execute(insert(AuditEntry), entries, execution_options={"render_nulls": True})


def listen(session_class: type[Session]) -> None:
    """Make every session of the class write the trail."""
    event.listen(session_class, "before_flush", _before_flush)
    event.listen(session_class, "after_flush", _after_flush)


def audited_tables() -> list[type[Audited]]:
    """Return every audited model, for the guards and for the house test."""
    return sorted(
        (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Audited)),
        key=lambda model: model.__tablename__,  # type: ignore[attr-defined]
    )
