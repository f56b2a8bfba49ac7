"""The trail as a file: CSV, XLSX or JSON Lines, streamed, and recorded before its first byte.

As ZIP it is the JSON Lines with all that a sceptic needs to check the allocations: the published
commitment, the proof, and the check itself. Every file is named after the commitment's root.

The record states filters, format, language, the number of rows and the highest entry, so that the
same file can be made again: entries never change, and one of a higher number came later.

The numbers of entries and rows of the database have gaps where something is hidden, by which a
daily dose could be told. To a reader who may not be told every arm the file numbers its own lines.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, func, select, type_coerce

from edc import clock
from edc.export.archive import Evidence, archive_chunks, no_evidence
from edc.export.sheets import csv_chunks, json_chunks, neutral, xlsx_chunks
from edc.forms.confidential import is_confidential
from edc.label import Label
from edc.models import AuditEntry, AuditTransaction, Site, Subject, User
from edc.models.audit import ENTRY_BITS
from edc.reports.audit_filter import TrailFilter, TrailQuery, resolve
from edc.reports.audit_words import (
    COMMITTED,
    DIGESTS,
    PROVING,
    SECRET_COLUMNS,
    Words,
    counts,
    moment_text,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from sqlalchemy.orm import Session

    from edc.label import Language
    from edc.reports.audit_scope import Scope
    from edc.services.unit_of_work import Actor, Database
    from edc.study.study import Study

ACTION = "audit.export"
_BATCH = 1000


class Format(StrEnum):
    """The kinds of file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    ZIP = "zip"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSONL: "application/x-ndjson",
    Format.ZIP: "application/zip",
}

# Name in JSON Lines, heading, width in a sheet.
FIELDS: tuple[tuple[str, Label, int], ...] = (
    ("entry", Label(en="Entry", zh="记录编号"), 12),
    ("time", Label(en="Time at the site (UTC+08:00)", zh="时间（北京时间，UTC+08:00）"), 26),
    ("time_utc", Label(en="Time (UTC)", zh="时间（UTC）"), 26),
    ("username", Label(en="User name", zh="用户名"), 14),
    ("full_name", Label(en="Full name", zh="姓名"), 14),
    ("role", Label(en="Role", zh="角色"), 16),
    ("action", Label(en="Act", zh="操作"), 20),
    ("site", Label(en="Site", zh="中心"), 6),
    ("participant", Label(en="Participant", zh="受试者编号"), 12),
    ("visit", Label(en="Visit", zh="访视代码"), 8),
    ("visit_text", Label(en="Visit name", zh="访视名称"), 20),
    ("form", Label(en="CRF", zh="CRF代码"), 8),
    ("form_text", Label(en="CRF name", zh="CRF名称"), 20),
    ("row", Label(en="Row", zh="行号"), 6),
    ("item", Label(en="Item", zh="数据项代码"), 12),
    ("item_text", Label(en="What", zh="数据项"), 28),
    ("repeat", Label(en="Repeat", zh="重复序号"), 6),
    ("kind", Label(en="Kind", zh="类型"), 8),
    ("old", Label(en="Old", zh="修改前"), 28),
    ("new", Label(en="New", zh="修改后"), 28),
    ("old_code", Label(en="Old, as stored", zh="修改前（存储值）"), 12),
    ("new_code", Label(en="New, as stored", zh="修改后（存储值）"), 12),
    ("reason", Label(en="Reason", zh="修改原因"), 28),
    ("request", Label(en="Request", zh="请求编号"), 18),
)
KIND_LABELS = {
    "insert": Label(en="first entry", zh="新增"),
    "update": Label(en="change", zh="修改"),
    "event": Label(en="act", zh="操作"),
}
SHEET_TITLE = Label(en="Audit trail", zh="稽查轨迹")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an export holds: its rows, and the highest entry among them (0 when empty)."""

    rows: int
    highest: int


class AuditExport:
    """An export that is recorded and ready to be streamed; close it when done or given up."""

    def __init__(
        self,
        format_: Format,
        *,
        chunks: Iterator[bytes],
        extent: Extent,
        held: ExitStack,
        root: str,
    ) -> None:
        """Keep the stream and what it holds open."""
        self.format = format_
        self.extent = extent
        self.media_type = MEDIA_TYPES[format_]
        marks = filter(None, ("audit-trail", f"{clock.local(clock.now()):%Y%m%d-%H%M%S}", root))
        self.filename = f"{'-'.join(marks)}.{format_}"
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
    actor: Actor,
    scope: Scope,
    wanted: TrailFilter,
    study: Study,
    language: Language,
    format_: Format,
    evidence: Callable[[Session], Evidence] = no_evidence,
) -> AuditExport:
    """Record the export in the trail and return its stream.

    Rows are those of one snapshot, taken before the export's own record is written.

    :param evidence: gives the commitment and the proof that the reader may have.
    """
    held = ExitStack()
    try:
        session = held.enter_context(database.reading())
        if database.engine.dialect.name == "postgresql":
            # SQLite keeps one snapshot for as long as a transaction reads, without being told.
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        query = resolve(session, wanted, scope=scope, study=study)
        extent = _extent(session, query, wanted)
        held_list = evidence(session)
        with database.unit_of_work(actor, ACTION) as uow:
            uow.record(
                format=str(format_),
                filters=wanted.facts(),
                language=language,
                rows=extent.rows,
                highest=extent.highest,
                **scope.facts(),
                **held_list.facts(),
            )
        words = Words(study, language, is_masked=not scope.tells_every_arm)
        rows = _read(session, query, extent)
        held.callback(rows.close)
        withheld = frozenset(session.scalars(query.withheld))
        chunks = _chunks(rows, words, format_, withheld=withheld)
        if format_ is Format.ZIP:
            chunks = archive_chunks(chunks, held_list, is_filtered=bool(wanted.facts()))
    except BaseException:
        held.close()
        raise
    return AuditExport(format_, chunks=chunks, extent=extent, held=held, root=held_list.mark)


def _extent(session: Session, query: TrailQuery, wanted: TrailFilter) -> Extent:
    statement = select(func.count(), func.max(AuditEntry.id)).select_from(AuditEntry)
    if wanted.reads_transactions:
        statement = statement.join(
            AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id
        )
    rows, highest = session.execute(statement.where(query.condition)).one()
    return Extent(rows, highest or 0)


def _read(
    session: Session, query: TrailQuery, extent: Extent
) -> Generator[Sequence[tuple[Any, ...]]]:
    """Yield plain tuples in batches, oldest first, through a cursor that holds no more."""
    statement = (
        query.rows()
        .with_only_columns(
            AuditEntry.id,
            # As the database gives it: the same moment is read once a transaction, not once a row.
            type_coerce(AuditTransaction.at, String),
            AuditTransaction.username, User.full_name, AuditTransaction.role,
            AuditTransaction.action, AuditTransaction.reason, AuditTransaction.request_id,
            Site.code, Subject.subject_number, Subject.screening_number,
            AuditEntry.visit, AuditEntry.form, AuditEntry.row, AuditEntry.item, AuditEntry.repeat,
            AuditEntry.kind, AuditEntry.table, AuditEntry.old, AuditEntry.new,
        )
        .where(AuditEntry.id <= extent.highest)
        .order_by(AuditEntry.id)
        .execution_options(yield_per=_BATCH)
    )  # fmt: skip
    with session.execute(statement) as result:
        yield from result.partitions()


def _chunks(
    batches: Iterator[Sequence[tuple[Any, ...]]],
    words: Words,
    format_: Format,
    *,
    withheld: frozenset[int],
) -> Iterator[bytes]:
    language = words.language
    header = [label.text(language) for _, label, _ in FIELDS]
    told = _Telling(words, format_, withheld=withheld)
    if format_ in {Format.JSONL, Format.ZIP}:
        return json_chunks(map(told.objects, batches))
    if format_ is Format.XLSX:
        return xlsx_chunks(
            header,
            map(told.rows, batches),
            title=SHEET_TITLE.text(language),
            widths=[width for _, _, width in FIELDS],
        )
    return csv_chunks(header, map(told.rows, batches))


class _Telling:
    """Turns what the database gives into cells; what a transaction's rows share is told once."""

    def __init__(self, words: Words, format_: Format, *, withheld: frozenset[int]) -> None:
        self.words = words
        self.withheld = withheld
        self.count = 0
        self.guard = neutral if format_ is Format.CSV else str
        self.kinds = {kind: label.text(words.language) for kind, label in KIND_LABELS.items()}
        self.transaction = 0
        self.shared: tuple[str, ...] = ()
        self.reason = ""

    def _share(self, row: tuple[Any, ...]) -> None:
        at = row[1] if isinstance(row[1], datetime) else datetime.fromisoformat(row[1])
        guard, words = self.guard, self.words
        self.transaction = row[0] >> ENTRY_BITS
        self.reason = guard(words.reason(row[6], withheld=self.transaction in self.withheld))
        self.shared = (
            moment_text(at),
            at.astimezone(UTC).isoformat(sep=" ", timespec="microseconds"),
            guard(row[2]),
            guard(row[3] or ""),
            words.role(row[4]),
            words.action(row[5]),
        )

    def rows(self, batch: Sequence[tuple[Any, ...]]) -> list[Sequence[Any]]:
        """Return a batch as rows of cells, in the order of FIELDS."""
        words, guard, kinds = self.words, self.guard, self.kinds
        visit_text, form_text, item_text = words.visit, words.form, words.item
        cells: list[Sequence[Any]] = []
        for row in batch:
            if row[0] >> ENTRY_BITS != self.transaction:
                self._share(row)
            (
                entry, _, _, _, _, _, _, request, site, number, screening,
                visit, form, line, item, repeat, kind, table, old, new,
            ) = row  # fmt: skip
            if table == "data_point":
                before, old_code = words.stored(form, item, old)
                after, new_code = words.stored(form, item, new)
            else:
                before, old_code = words.change(table, form, item, old), ""
                after, new_code = words.change(table, form, item, new), ""
            self.count += 1
            line_number = self.count if self.words.is_masked else entry
            cells.append(
                (
                    line_number, *self.shared, site, number or screening, visit, visit_text(visit),
                    form, form_text(form), line, item,
                    item_text(form, item) if item else words.table(table),
                    repeat, kinds[kind], guard(before), guard(after), guard(old_code),
                    guard(new_code), self.reason, request,
                )
            )  # fmt: skip
        return cells

    def _columns(self, table: str, values: str | None) -> dict[str, Any] | None:
        """Return the changed columns as stored, without those that would tell what is hidden."""
        if values is None:
            return None
        held: dict[str, Any] = json.loads(values)
        hidden = SECRET_COLUMNS | PROVING
        names = [name for name in held if name not in hidden and (table, name) not in DIGESTS]
        untold = counts(table, held) if self.words.is_masked else frozenset()
        if self.words.is_masked:
            names = [name for name in names if name != "id" and not name.endswith("_id")]
        if not table:  # an act: which list was loaded, which slot was given
            names = [name for name in held if name in names or name in COMMITTED]
        names = [name for name in names if name not in untold]
        return {name: held[name] for name in names}

    def objects(self, batch: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Return a batch as objects: the cells by name, and the changed columns as stored."""
        names = [name for name, _, _ in FIELDS]
        found = []
        for row, cells in zip(batch, self.rows(batch), strict=True):
            one = dict(zip(names, cells, strict=True))
            one |= {"kind": row[16], "table": row[17]}
            if is_confidential(row[12], row[14]):
                old, new = _passed(one["old_code"]), _passed(one["new_code"])
            else:
                old, new = (self._columns(row[17], one) for one in row[18:20])
            one |= {"old_values": old, "new_values": new}
            found.append(one)
        return found


def _passed(code: str) -> dict[str, Any] | None:
    """Return what stands for the columns of a data point whose answer only the site reads."""
    return {"value": code} if code else None
