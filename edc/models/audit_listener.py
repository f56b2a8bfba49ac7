"""The listener that writes the audit trail, and the entries that a unit of work makes itself.

It gives each changed row of a flush the next entry id before the flush and writes all entries in
one statement after it, when the keys of new rows are known.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    column,
    event,
    func,
    insert,
    inspect,
    literal,
    select,
    table,
)  # fmt: skip
from sqlalchemy.orm import Session

from edc import clock
from edc.models.audit import (
    CONTEXT,
    ENTRY_BITS,
    AuditContext,
    Audited,
    AuditEntry,
    AuditTransaction,
    LostOldValueError,
    MissingActorError,
    Pending,
    Place,
    key_columns,
    recorded,
    recorded_columns,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnClause, Table
    from sqlalchemy.orm import Mapper, UOWTransaction
    from sqlalchemy.orm.state import InstanceState


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
def _unset_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes that are NULL when nobody sets them."""
    return tuple(
        name
        for name in recorded_columns(mapper)
        if (column := mapper.columns[name]).nullable and not column.default
    )


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
