"""Queries as CSV or XLSX: what the desk's filters find, each with its whole thread in words.

An export is recorded in the trail before its first byte is sent: who took what, and how much.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from edc import clock
from edc.export.sheets import csv_chunks, neutral, xlsx_chunks
from edc.label import Label
from edc.models import Query, QueryMessage
from edc.models.json_rows import json_rows
from edc.permissions import Permission
from edc.reports.audit_labels import MESSAGE_LABELS, QUERY_STATES
from edc.reports.audit_scope import scope_of
from edc.reports.audit_words import Words, moment_text
from edc.reports.query_desk import QueryFilter, export_rows
from edc.study.missing import MISSING_LABELS, Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from sqlalchemy.orm import Session

    from edc.label import Language
    from edc.services.unit_of_work import Actor, Database
    from edc.services.viewer import Viewer
    from edc.study.study import Study

_BATCH = 500


class Format(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    XLSX = "xlsx"


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

# Heading, width in a sheet.
FIELDS: tuple[tuple[Label, int], ...] = (
    (Label(en="Query", zh="质疑编号"), 8),
    (Label(en="Site", zh="中心"), 6),
    (Label(en="Participant", zh="受试者编号"), 12),
    (Label(en="Visit", zh="访视代码"), 8),
    (Label(en="Visit name", zh="访视名称"), 20),
    (Label(en="CRF", zh="CRF代码"), 8),
    (Label(en="CRF name", zh="CRF名称"), 20),
    (Label(en="Row", zh="行号"), 6),
    (Label(en="Item", zh="数据项代码"), 12),
    (Label(en="What", zh="数据项"), 28),
    (Label(en="Repeat", zh="重复序号"), 6),
    (Label(en="Check", zh="核查编号"), 14),
    (Label(en="Raised as", zh="发出人角色"), 14),
    (Label(en="Question", zh="质疑内容"), 40),
    (Label(en="State", zh="状态"), 10),
    (Label(en="Open since (UTC+08:00)", zh="发出时间（北京时间，UTC+08:00）"), 26),
    (Label(en="Answered at (UTC+08:00)", zh="回复时间（北京时间，UTC+08:00）"), 26),
    (Label(en="Closed at (UTC+08:00)", zh="关闭时间（北京时间，UTC+08:00）"), 26),
    (Label(en="Days", zh="天数"), 6),
    (Label(en="Thread", zh="质疑记录"), 60),
)
_TITLE = Label(en="Queries", zh="质疑")
_SYSTEM = Label(en="System", zh="系统")


class QueryExport:
    """An export that is recorded and ready to be streamed; close it when done or given up."""

    def __init__(self, format_: Format, *, chunks: Iterator[bytes], held: ExitStack) -> None:
        """Keep the stream and what it holds open."""
        self.media_type = _MEDIA_TYPES[format_]
        self.filename = f"queries-{clock.local(clock.now()):%Y%m%d-%H%M%S}.{format_}"
        self._chunks = chunks
        self._held = held

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file in chunks."""
        return self

    def __next__(self) -> bytes:
        """Return the next chunk, and close at the end."""
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give back the database connection, also when the reader went away."""
        self._held.close()


def open_export(
    database: Database,
    *,
    viewer: Viewer,
    actor: Actor,
    chosen: QueryFilter,
    study: Study,
    language: Language,
    format_: Format,
) -> QueryExport:
    """Record the export in the trail and return its stream, of one snapshot."""
    held = ExitStack()
    try:
        session = held.enter_context(database.reading())
        if database.engine.dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        statement = export_rows(viewer, chosen, permission=Permission.QUERY_EXPORT)
        found = statement.order_by(None).with_only_columns(Query.id).subquery()
        many = session.scalar(select(func.count()).select_from(found)) or 0
        with database.unit_of_work(actor, "query.export") as uow:
            uow.record(
                format=str(format_), filters=chosen.facts(), language=language, rows=many,
                **scope_of(viewer, Permission.QUERY_EXPORT).facts(),
            )  # fmt: skip
        rows = _read(session, viewer, chosen)
        held.callback(rows.close)
        chunks = _chunks(rows, Words(study, language), format_)
    except BaseException:
        held.close()
        raise
    return QueryExport(format_, chunks=chunks, held=held)


def _read(
    session: Session, viewer: Viewer, chosen: QueryFilter
) -> Generator[Sequence[tuple[Any, ...]]]:
    """Yield queries in batches, each with its thread as one text, in the order of the desk."""
    said = QueryMessage.__table__.alias("said")
    thread = (
        select(
            json_rows(
                said.c.number, said.c.kind, said.c.at, said.c.full_name, said.c.username,
                said.c.role, said.c.text_en, said.c.text_zh, said.c.value, said.c.missing,
            )
        )
        .where(said.c.query_id == Query.id)
        .scalar_subquery()
    )  # fmt: skip
    statement = (
        export_rows(viewer, chosen, permission=Permission.QUERY_EXPORT)
        .add_columns(thread)
        .execution_options(yield_per=_BATCH)
    )
    with session.execute(statement) as result:
        yield from result.partitions()


def _chunks(
    batches: Iterator[Sequence[tuple[Any, ...]]], words: Words, format_: Format
) -> Iterator[bytes]:
    language = words.language
    header = [label.text(language) for label, _ in FIELDS]
    guard = neutral if format_ is Format.CSV else str
    told = ([_told(row, words, guard) for row in batch] for batch in batches)
    if format_ is Format.XLSX:
        widths = [width for _, width in FIELDS]
        return xlsx_chunks(header, told, title=_TITLE.text(language), widths=widths)
    return csv_chunks(header, told)


def _told(row: tuple[Any, ...], words: Words, guard: Callable[[str], str]) -> Sequence[Any]:
    """Return a query as cells, in the order of FIELDS."""
    query: Query = row[0]
    number, site, thread = row[1], row[2], json.loads(row[-1] or "[]")
    language = words.language
    until = query.closed_at or clock.now()
    state = QUERY_STATES.get(query.state)
    return (
        query.id, site, number, query.visit, words.visit(query.visit), query.form,
        words.form(query.form, query.row) if query.form else "", query.row, query.item,
        words.item(query.form, query.item) if query.item else "", query.repeat, query.check_id,
        words.role(query.raised_role) if query.raised_role else _SYSTEM.text(language),
        guard(query.text_zh if language == "zh" else query.text_en),
        state.text(language) if state else query.state,
        moment_text(query.opened_at), _moment(query.answered_at), _moment(query.closed_at),
        max(0, (until - query.opened_at).days),
        guard("\n".join(_said(said, query, words) for said in sorted(thread, key=_number))),
    )  # fmt: skip


def _moment(at: datetime | None) -> str:
    return moment_text(at) if at else ""


def _number(said: list[Any]) -> int:
    return int(said[0])


def _said(said: list[Any], query: Query, words: Words) -> str:
    """Return one step of a thread in a line."""
    _, kind, at, full_name, username, role, text_en, text_zh, value, missing = said
    language = words.language
    label = MESSAGE_LABELS.get(kind)
    named = f"{full_name or username} ({words.role(role)})"
    who = named if username else _SYSTEM.text(language)
    held = words.data_point(query.form, query.item, {"value": value})
    if missing in set(Missing):
        held = MISSING_LABELS[Missing(missing)].text(language)
    parts = [
        moment_text(datetime.fromisoformat(at)), who, label.text(language) if label else kind,
        f"[{held}]" if held else "", text_zh if language == "zh" else text_en,
    ]  # fmt: skip
    return " ".join(part for part in parts if part)
