"""The audit trail: what it holds, and the listener that writes it for every audited row.

Listeners write the trail; the database refuses the rest (``guards``). An audited row carries
``audit_id``, which names the entry of its last change. The listener gives each changed row of a
flush the next entry id before the flush and writes all entries in one statement after it, when the
keys of new rows are known; the foreign key is checked at commit, so a row whose entry never comes
cannot be committed. An act that changes no row (a sign-in, an export) is an entry too, of the kind
``event``; so every transaction has at least one, and the trail is read from one table.

An entry's id is its transaction's id shifted left by ``ENTRY_BITS`` plus its place within it. So
ids need no question to the database, grow with each change of a row, and sort by transaction.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    column,
    event,
    func,
    insert,
    inspect,
    literal,
    select,
    table,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from edc import clock
from edc.models.base import Base, BigKey, Moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnClause, Table
    from sqlalchemy.orm import Mapper, UOWTransaction
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

    __table_args__ = (
        Index("ix_audit_transaction_username_id", "username", "id"),
        Index("ix_audit_transaction_role_id", "role", "id"),
        Index("ix_audit_transaction_action_id", "action", "id"),
        Index("ix_audit_transaction_at_id", "at", "id"),
    )


class AuditEntry(Base):
    """One change of one row, or one act: where it stands, what was there and what is there now."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    transaction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_transaction.id"))
    kind: Mapped[str] = mapped_column(String(6))  # insert, update or event: nothing is deleted
    table: Mapped[str] = mapped_column("table_name", String(40))  # empty for an event
    row_key: Mapped[str] = mapped_column(String(120))  # JSON list of the primary key
    site_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    rule: Mapped[str] = mapped_column(String(40), default="")  # whose firing it tells of
    old: Mapped[str | None] = mapped_column("old_values", Text)  # JSON of the changed columns
    new: Mapped[str] = mapped_column("new_values", Text)  # an event's facts: never an arm or secret

    __table_args__ = (
        CheckConstraint(f"transaction_id = id / {1 << ENTRY_BITS}", name="numbered_by_transaction"),
        CheckConstraint("(kind = 'event') = (table_name = '')", name="event_has_no_row"),
        Index("ix_audit_entry_transaction_id_id", "transaction_id", "id"),
        Index("ix_audit_entry_subject_id_id", "subject_id", "id"),
        Index("ix_audit_entry_site_id_id", "site_id", "id"),
        Index("ix_audit_entry_visit_id", "visit", "id"),
        Index("ix_audit_entry_form_id", "form", "id"),
        Index("ix_audit_entry_item_id", "item", "id"),
        Index("ix_audit_entry_table_name_row_key", "table_name", "row_key"),
    )


# How many locks of data are in force (``data_lock``), asked with the number of the transaction so
# that it costs no statement. FOR SHARE takes the table in share even where it finds no row, before
# the statement sees anything: whoever locks waits for this transaction, or this one for the lock.
_UNLOCKED: ColumnClause[Any] = column("unlocked_at")
_LOCKS = (
    select(func.count())
    .select_from(
        select(literal(1))
        .select_from(table("data_lock", _UNLOCKED))
        .where(_UNLOCKED.is_(None))
        .with_for_update(read=True)
        .subquery()
    )
    .scalar_subquery()
)
# Made once, and for plain rows: nothing asks the session for what it has just written.
_BEGIN = insert(cast("Table", AuditTransaction.__table__)).returning(AuditTransaction.id, _LOCKS)
_WRITE = insert(cast("Table", AuditEntry.__table__))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change stands in the trial; *rule* is the check of whose firing it tells."""

    site_id: int | None = None
    subject_id: int | None = None
    visit: str = ""
    form: str = ""
    row: int = 0
    item: str = ""
    repeat: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that the flush is about to make; *old* and *new* are None for a new row."""

    row: Audited
    entry_id: int
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None


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
    transaction_id: int | None = None
    locks: int = 0
    entries: int = 0
    pending: list[Pending] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class MissingActorError(RuntimeError):
    """An audited row was written outside a unit of work."""


class LostOldValueError(RuntimeError):
    """A column was overwritten whose old value had not been loaded."""


class Audited:
    """Mix-in of every table whose rows may only change together with the trail.

    ``audit_together`` names columns of which a change of one is recorded with all, because a reader
    understands them only so: a missing code and its reason.
    """

    audit_together: ClassVar[tuple[str, ...]] = ()
    # Rows that change only while their participant is locked need no check of their own, which
    # would cost a statement a row.
    held_with_subject: ClassVar[bool] = False
    # Rows that are no data of the study, and may change while it is locked.
    open_when_locked: ClassVar[bool] = False

    @declared_attr
    def audit_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Name the entry of the row's last change."""
        return mapped_column(
            BigInteger,
            ForeignKey("audit_entry.id", deferrable=True, initially="DEFERRED"),
            unique=True,
            nullable=False,
        )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Let an update name the entry it read: of two at once the second fails, none is lost."""
        if cls.held_with_subject:
            return {}
        return {"version_id_col": cls.audit_id, "version_id_generator": False}

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
        values = {
            "at": clock.now(),
            "user_id": context.user_id,
            "username": context.username,
            "role": context.role,
            "action": context.action,
            "reason": context.reason,
            "request_id": context.request_id,
            "address": context.address,
        }
        begun = session.connection().execute(_BEGIN, values).one()
        context.transaction_id, context.locks = begun
    return context.transaction_id


def record_event(session: Session, detail: Mapping[str, Any]) -> int:
    """Enter an act into the trail with its facts, and return the id of its entry.

    It stands where the unit of work is about; it is written with the next flush or at the end.
    """
    entry_id = next_entry_id(session)
    context: AuditContext = session.info[CONTEXT]
    place = Place(site_id=context.site_id, subject_id=context.subject_id)
    context.events.append(audit_entry(entry_id, place, kind="event", table="", key=[], new=detail))
    return entry_id


def finish(session: Session) -> None:
    """Write what is left of the trail; a transaction that changed no row becomes an event."""
    context: AuditContext | None = session.info.get(CONTEXT)
    session.flush()
    if context is None:
        return
    if context.transaction_id is not None and not context.entries:
        record_event(session, {})
    _write(session, context)


def next_entry_id(session: Session) -> int:
    """Return the id of the transaction's next entry; whoever asks must write it.

    :raises MissingActorError: outside a unit of work.
    """
    transaction_id = begin_transaction(session)
    context: AuditContext = session.info[CONTEXT]
    context.entries += 1
    if context.entries >= 1 << ENTRY_BITS:
        message = "one unit of work changes more rows than an audit transaction can number"
        raise OverflowError(message)
    return (transaction_id << ENTRY_BITS) + context.entries


def audit_entry(
    entry_id: int,
    place: Place,
    *,
    kind: str,
    table: str,
    key: list[Any],
    new: Mapping[str, Any],
    old: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return an entry as a row of its table."""
    return {
        "id": entry_id,
        "transaction_id": entry_id >> ENTRY_BITS,
        "kind": kind,
        "table_name": table,
        # Without blanks, as SQLite's json_array writes it: the guard compares the two.
        "row_key": json.dumps(key, ensure_ascii=False, separators=(",", ":")),
        "site_id": place.site_id,
        "subject_id": place.subject_id,
        "visit": place.visit,
        "form": place.form,
        "row_number": place.row,
        "item": place.item,
        "item_repeat": place.repeat,
        "rule": place.rule,
        "old_values": None if old is None else json.dumps(old, ensure_ascii=False),
        "new_values": json.dumps(new, ensure_ascii=False),
    }


@cache
def recorded_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes of a table's columns, all but the pointer to the trail."""
    return tuple(a.key for a in mapper.column_attrs if a.key != "audit_id")


@cache
def key_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes of a table's primary key, in its order."""
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


@cache
def _unset_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes that are NULL when nobody sets them."""
    return tuple(
        name
        for name in recorded_columns(mapper)
        if (column := mapper.columns[name]).nullable and not column.default
    )


@cache
def _digest_columns(mapper: Mapper[Any]) -> frozenset[str]:
    names = recorded_columns(mapper)
    return frozenset(name for name in names if mapper.columns[name].info.get(DIGEST_ONLY))


def recorded(mapper: Mapper[Any], name: str, value: Any) -> Any:  # noqa: ANN401 - any column's
    """Return a column's value as the trail holds it: moments in UTC, days as ISO text.

    Many people read the trail. Of a secret it proves that it changed, and to which, not what it is.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is not None and name in _digest_columns(mapper):
        return "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()
    return value


def _changes(state: InstanceState[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a stored row held and will hold, by changed column.

    :raises LostOldValueError: when an old value was expired before the new one was set.
    """
    mapper = state.mapper
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for name in recorded_columns(mapper):
        history = state.attrs[name].history
        if not history.has_changes():
            continue
        if not history.deleted or name in key_columns(mapper):
            # The trail would lie about what stood there before, or about which row this is.
            message = f"{mapper.class_.__name__}.{name} was set without its old value"
            raise LostOldValueError(message)
        old[name] = recorded(mapper, name, history.deleted[0])
        new[name] = recorded(mapper, name, history.added[0] if history.added else None)
    together = mapper.class_.audit_together
    if not new.keys().isdisjoint(together):
        for name in together:
            if name not in new:
                old[name] = new[name] = recorded(mapper, name, getattr(state.obj(), name))
    return old, new


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:  # noqa: ANN401
    """Give each changed audited row its entry id, and note what was there before."""
    if any(isinstance(row, Audited) for row in session.deleted):
        message = "audited rows are never deleted"
        raise MissingActorError(message)
    found: list[Pending] = []
    for row in session.new:
        if isinstance(row, Audited):
            # A column never set would count as one whose old value is unknown, at its next change.
            for name in _unset_columns(inspect(row).mapper):
                row.__dict__.setdefault(name, None)
            found.append(Pending(row, next_entry_id(session)))
    dirty = [inspect(row) for row in session.dirty if isinstance(row, Audited)]
    # The session keeps them in no order; the trail is read by people.
    for state in sorted(dirty, key=lambda state: (state.mapper.local_table.name, state.identity)):
        old, new = _changes(state)
        if new:
            found.append(Pending(state.obj(), next_entry_id(session), old, new))
    for change in found:
        change.row.audit_id = change.entry_id
        session.info[CONTEXT].pending.append(change)


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Write the entries of the flush in one statement, now that new rows have their keys.

    The hook is the one after the flush is settled: earlier a new row could not yet load what it
    points to, and so could not say where it stands.
    """
    context: AuditContext | None = session.info.get(CONTEXT)
    if context is not None:
        _write(session, context)


def _write(session: Session, context: AuditContext) -> None:
    entries = context.events
    for change in context.pending:
        row, mapper = change.row, inspect(change.row).mapper
        new = change.new
        if new is None:
            names = recorded_columns(mapper)
            new = {name: recorded(mapper, name, getattr(row, name)) for name in names}
        entries.append(
            audit_entry(
                change.entry_id,
                row.audit_place(),
                kind="insert" if change.old is None else "update",
                table=mapper.local_table.name,
                key=[getattr(row, name) for name in key_columns(mapper)],
                old=change.old,
                new=new,
            )
        )
    context.pending, context.events = [], []
    if entries:
        session.connection().execute(_WRITE, entries)


def listen(session_class: type[Session]) -> None:
    """Make every session of the class write the trail."""
    event.listen(session_class, "before_flush", _before_flush)
    event.listen(session_class, "after_flush_postexec", _after_flush)


def audited_tables() -> list[type[Audited]]:
    """Return every audited model, for the guards and for the house test."""
    return sorted(
        (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Audited)),
        key=lambda model: model.__tablename__,  # type: ignore[attr-defined]
    )


def audited_keys() -> dict[str, tuple[str, ...]]:
    """Return the key columns of every audited table, by table, as the guards need them."""
    mappers = [inspect(model) for model in audited_tables()]
    return {m.local_table.name: tuple(c.name for c in m.primary_key) for m in mappers}
