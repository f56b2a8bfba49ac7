"""The study's trail, a page at a time, and the history of one item.

Rows are ordered by entry id, newest first: by transaction, and within one as it was written. A page
is found by the id next to it, so the last page of a million rows costs what the first does, and a
page does not shift when the trail grows. Every transaction has an entry, so one table is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, true

from edc.models import AuditEntry, AuditTransaction
from edc.models.audit import ENTRY_BITS
from edc.randomization.masking import may_see_arm
from edc.reports.audit_filter import TrailQuery, tells_no_answer, withheld_acts
from edc.reports.audit_scope import visible_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.reports.audit_words import Words

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailRow:
    """One entry in words; codes stand beside the words where a page links or a reader filters."""

    id: int
    kind: str
    at: datetime
    username: str
    full_name: str
    role: str
    action: str
    site: str
    subject_id: int | None
    number: str
    visit: str
    visit_text: str
    form: str
    form_text: str
    row: int
    item: str
    item_text: str
    repeat: int
    old: str
    new: str
    reason: str
    request_id: str

    @property
    def what(self) -> str:
        """Return what the row is about: an item, a kind of row, or the act itself."""
        return self.action if self.kind == "event" else self.item_text

    @property
    def is_item(self) -> bool:
        """Tell whether the row is about one item, which has a history of its own."""
        return bool(self.item and self.subject_id)


def told(row: Row[Any], words: Words) -> TrailRow:
    """Return an entry in words."""
    is_item = bool(row.item)
    return TrailRow(
        id=row.id,
        kind=row.kind,
        at=row.at,
        username=row.username,
        full_name=row.full_name or "",
        role=words.role(row.role),
        action=words.action(row.action),
        site=row.site or "",
        subject_id=row.subject_id,
        number=row.number or "",
        visit=row.visit,
        visit_text=words.visit(row.visit),
        form=row.form,
        form_text=words.form(row.form, row.row),
        row=row.row,
        item=row.item,
        item_text=words.item(row.form, row.item, row.repeat) if is_item else words.table(row.table),
        repeat=row.repeat,
        old=words.change(row.table, row.form, row.item, row.old),
        new=words.change(row.table, row.form, row.item, row.new),
        reason=words.reason(row.reason, withheld=row.is_withheld),
        request_id=row.request_id,
    )


@dataclass(frozen=True, slots=True)
class TrailPage:
    """A page of the trail, newest first; *newer* and *older* are the keys of its neighbours."""

    rows: list[TrailRow]
    newer: int | None
    older: int | None


def find_page(
    session: Session,
    query: TrailQuery,
    *,
    words: Words,
    before: int | None = None,
    after: int | None = None,
    from_oldest: bool = False,
    size: int = PAGE_SIZE,
) -> TrailPage:
    """Return the page of entries before or after a key, or at either end; one statement."""
    backwards = from_oldest or after is not None
    statement = query.ordered(newest_first=not backwards).limit(size + 1)
    if after is not None:
        statement = statement.where(*_beyond(query, after, newer=True))
    elif before is not None:
        statement = statement.where(*_beyond(query, before, newer=False))
    found = list(session.execute(statement))
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    rows = [told(row, words) for row in found]
    if not rows:
        return TrailPage([], None, None)
    has_newer = more if backwards else before is not None
    has_older = after is not None if backwards else more
    return TrailPage(rows, rows[0].id if has_newer else None, rows[-1].id if has_older else None)


def _beyond(query: TrailQuery, key: int, *, newer: bool) -> Iterator[ColumnElement[bool]]:
    transaction, entry = AuditTransaction.id, AuditEntry.id
    if query.by_transaction:
        yield transaction >= key >> ENTRY_BITS if newer else transaction <= key >> ENTRY_BITS
    yield entry > key if newer else entry < key


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One event in the life of an item, as the timeline shows it; None is an empty item."""

    who: str
    role: str
    when: datetime
    old: str | None
    new: str | None
    reason: str
    action: str


def item_history(
    session: Session,
    subject_id: int,
    *,
    visit: str,
    form: str,
    row: int,
    item: str,
    repeat: int,
    words: Words,
    role: Role,
) -> list[HistoryEntry]:
    """Return what befell one item, newest first: its values, and the queries *role* may know."""
    place = and_(
        AuditEntry.subject_id == subject_id,
        AuditEntry.visit == visit,
        AuditEntry.form == form,
        AuditEntry.row == row,
        AuditEntry.item == item,
        AuditEntry.repeat == repeat,
        visible_to(role),
    )
    if not words.reads_confidential:
        place = and_(place, tells_no_answer())
    withheld = withheld_acts(None if may_see_arm(role) else true())
    query = TrailQuery(place, by_transaction=False, withheld=withheld)
    return [_event(entry, words) for entry in session.execute(query.ordered(newest_first=True))]


def _event(row: Row[Any], words: Words) -> HistoryEntry:
    is_value = row.table == "data_point"
    return HistoryEntry(
        who=row.full_name or row.username,
        role=words.role(row.role),
        when=row.at,
        old=words.change(row.table, row.form, row.item, row.old) or None,
        new=words.change(row.table, row.form, row.item, row.new) or None,
        reason=words.reason(row.reason, withheld=row.is_withheld),
        action="" if is_value else words.table(row.table),
    )
