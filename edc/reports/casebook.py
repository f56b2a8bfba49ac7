"""The casebook: one matrix of visits and CRFs, and the logs beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from edc.forms.states import Course
from edc.protocol import STUDY
from edc.randomization.masking import is_visible
from edc.reports.visit_days import VisitDay, visit_days
from edc.services import admission
from edc.study.crf import Crf, Occurs

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.label import Label
    from edc.permissions import Role
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import Record

_NO_DATE = "9999"  # a row whose date is not given yet comes first


@dataclass(frozen=True, slots=True)
class CasebookCell:
    """A CRF at a visit: its state, and how many queries are open on it."""

    place: Place
    state: str
    open_queries: int = 0


@dataclass(frozen=True, slots=True)
class CasebookColumn:
    """A CRF of visits, or one part of it, such as a panel of the laboratory."""

    form: str
    row: int
    code: str
    label: Label


@dataclass(slots=True)
class CasebookRow:
    """A visit: where it stands in time, and a cell for each CRF column (None where it has none)."""

    visit: VisitDay
    cells: list[CasebookCell | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of a log; *why* says that it was entered in error, and for what reason."""

    record: Record
    cell: CasebookCell
    why: str | None = None


@dataclass(slots=True)
class CasebookView:
    """What the casebook page shows."""

    columns: list[CasebookColumn]
    rows: list[CasebookRow]
    logs: dict[str, list[LogRow]]
    state: str
    ends: dict[str, str] = field(default_factory=dict)  # of the CRFs that are there once


def casebook_view(opened: Opened, *, role: Role, today: date) -> CasebookView:
    """Return the casebook as *role* may see it: a CRF masked for the role is not there at all."""
    course = Course(opened.book, today)
    queries: dict[Place, int] = {}
    for query in opened.open_queries_for(role):
        place = (query.visit, query.form, query.row)
        queries[place] = queries.get(place, 0) + 1

    def cell(place: Place) -> CasebookCell:
        count = queries.get(place, 0)
        return CasebookCell(place, _state(course, opened, place, is_queried=count > 0), count)

    visible = [crf for crf in STUDY.all_crfs if is_visible(role, form=crf.code)]
    columns = [column for crf in visible if crf.occurs is Occurs.VISIT for column in _columns(crf)]
    rows = []
    for visit in visit_days(opened, course, role=role):
        row, code = CasebookRow(visit), visit.code
        offered = {(plan.crf, plan.part) for plan in course.planned_crfs(code)}
        for column in columns:
            place = (code, column.form, column.row)
            part = STUDY.crfs[column.form].part_of(column.row)
            if (column.form, part) in offered or place in opened.book.records:
                row.cells.append(cell(place))
            else:
                row.cells.append(None)
        rows.append(row)
    logs = {
        crf.code: _log_rows(opened, crf, role=role, cell=cell)
        for crf in visible
        if crf.occurs is not Occurs.VISIT
    }
    ends = {
        crf.code: str(course.crf_state("", crf.code))
        for crf in visible
        if crf.occurs is Occurs.ONCE
    }
    return CasebookView(*_used(columns, rows), logs, str(course.state), ends)


def _log_rows(
    opened: Opened, crf: Crf, *, role: Role, cell: Callable[[Place], CasebookCell]
) -> list[LogRow]:
    """Return the rows of a log by date, the latest first; those entered in error among them."""
    rows = [LogRow(record, cell(record.place)) for record in opened.book.of_form(crf.code)]
    for place, why in opened.in_error.items():
        record = opened.error_record(place) if place[1] == crf.code else None
        if record is not None:
            rows.append(LogRow(record, CasebookCell(place, "in_error"), why))
    rows = [row for row in rows if is_visible(role, form=crf.code, row=row.record.row)]

    def order(row: LogRow) -> tuple[str, int]:
        held = row.record.cells.get((crf.date_item, 1))
        return (held.value if held else None) or _NO_DATE, row.record.row

    return sorted(rows, key=order, reverse=True)


def _used(
    columns: list[CasebookColumn], rows: list[CasebookRow]
) -> tuple[list[CasebookColumn], list[CasebookRow]]:
    """Return the columns in which some visit of this participant has a cell, and their rows."""
    used = [any(row.cells[n] for row in rows) for n in range(len(columns))]
    for row in rows:
        row.cells = [cell for cell, is_used in zip(row.cells, used, strict=True) if is_used]
    return [column for column, is_used in zip(columns, used, strict=True) if is_used], rows


def _columns(crf: Crf) -> list[CasebookColumn]:
    if not crf.parts:
        return [CasebookColumn(crf.code, 1, crf.code, crf.label)]
    return [
        CasebookColumn(crf.code, row, part.code, crf.at(row).label)
        for row, part in enumerate(crf.parts, 1)
    ]


def next_to_enter(view: CasebookView, *, role: Role, after: Place | None = None) -> Place | None:
    """Return the CRF that *role* would enter next, None when nothing waits for it.

    Behind *after* it is what waits at the same visit, first behind it and then before it; else the
    first that is late or due in the order of the schedule, and failing that the first that was
    started and not finished.
    """
    cells = [cell for row in view.rows for cell in row.cells if cell]
    offered = [cell for cell in cells if cell.place != after and _may_enter(cell.place, role)]
    if after is not None:
        here = [cell for cell in cells if cell.place[0] == after[0]]
        at = next((n for n, cell in enumerate(here) if cell.place == after), -1)
        for cell in (*here[at + 1 :], *here[: at + 1]):
            if cell in offered and cell.state in ("late", "due", "started"):
                return cell.place
    for states in (("late", "due"), ("started",)):
        for cell in offered:
            if cell.state in states:
                return cell.place
    return None


def _may_enter(place: Place, role: Role) -> bool:
    crf = STUDY.crfs[place[1]]
    return not crf.system_only and admission.may_enter(crf, role)


def _state(course: Course, opened: Opened, place: Place, *, is_queried: bool) -> str:
    record = opened.book.records.get(place)
    visit, form, row = place
    if record is not None:
        if is_queried:
            return "queried"
        if record.is_signed:
            return "signed"
        return "complete" if record.is_complete else "started"
    return str(course.crf_state(visit, form, part=STUDY.crfs[form].part_of(row)))
