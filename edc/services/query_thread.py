"""The thread of a query: each step kept with who took it and what the item held then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc import clock
from edc.forms.confidential import is_confidential
from edc.models import MessageKind, Query, QueryMessage
from edc.study.casebook import EMPTY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from edc.label import Label
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Cell

# What ends a wait, and since when the wait is counted.
_ANSWERS = frozenset({MessageKind.ANSWERED, MessageKind.CONFIRMED})
_SETTLES = frozenset({MessageKind.CLOSED, MessageKind.CURED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One step of a thread, as it is read."""

    query_id: int
    kind: MessageKind
    at: datetime
    username: str
    full_name: str
    role: str
    text_en: str
    text_zh: str
    value: str | None
    missing: str | None

    @property
    def is_by_system(self) -> bool:
        """Tell whether a check took this step, and no person."""
        return not self.username


def add(
    uow: UnitOfWork,
    opened: Opened,
    query: Query,
    *,
    kind: MessageKind,
    text: Label | str,
    by_system: bool = False,
) -> QueryMessage:
    """Add a step to the thread; call it before the query's own columns change, the count too.

    :param text: what was said: a sentence of the system's, or what a person typed.
    """
    actor = uow.actor
    words = (text, text) if isinstance(text, str) else (text.en, text.zh)
    cell = cell_of(opened, query)
    now = clock.now()
    message = QueryMessage(
        query=query, number=query.messages + 1, kind=kind, at=now,
        username="" if by_system else actor.username,
        full_name="" if by_system else actor.full_name,
        role="" if by_system else str(actor.role or ""),
        text_en=words[0], text_zh=words[1], value=cell.value, missing=cell.missing,
        waited=_waited(query, kind, now),
    )  # fmt: skip
    uow.session.add(message)
    return message


def _waited(query: Query, kind: MessageKind, now: datetime) -> int | None:
    """Return in seconds how long a step was waited for."""
    if kind in _ANSWERS:
        since = query.reopened_at or query.opened_at
    elif kind in _SETTLES:
        since = query.opened_at
    else:
        return None
    return max(0, int((now - since).total_seconds()))


def cell_of(opened: Opened, query: Query) -> Cell:
    """Return what the item asked about holds; nothing for a whole CRF or visit."""
    record = opened.book.records.get(query.place)
    if record is None or is_confidential(query.form, query.item):
        return EMPTY  # others than the site read the thread
    return record.cells.get((query.item, query.repeat), EMPTY)


COLUMNS = (
    QueryMessage.query_id, QueryMessage.kind, QueryMessage.at, QueryMessage.username,
    QueryMessage.full_name, QueryMessage.role, QueryMessage.text_en, QueryMessage.text_zh,
    QueryMessage.value, QueryMessage.missing,
)  # fmt: skip


def read(row: Any) -> Message:  # noqa: ANN401 - a result's row
    """Return a step from the columns of its row."""
    return Message(
        query_id=row.query_id, kind=MessageKind(row.kind), at=row.at, username=row.username,
        full_name=row.full_name, role=row.role, text_en=row.text_en, text_zh=row.text_zh,
        value=row.value, missing=row.missing,
    )  # fmt: skip


def threads_of(session: Session, queries: Iterable[Query]) -> dict[int, list[Message]]:
    """Return the steps of each query in their order, in one statement."""
    found: dict[int, list[Message]] = {query.id: [] for query in queries}
    if found:
        rows = session.execute(
            select(*COLUMNS)
            .where(QueryMessage.query_id.in_(found))
            .order_by(QueryMessage.query_id, QueryMessage.number)
        )
        for row in rows:
            found[row.query_id].append(read(row))
    return found
