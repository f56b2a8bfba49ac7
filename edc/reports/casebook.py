"""The casebook: one matrix of visits and CRFs, and the logs beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from edc.forms.states import Course
from edc.protocol import STUDY
from edc.randomization.masking import is_visible
from edc.services import admission
from edc.study.crf import Crf, Occurs

if TYPE_CHECKING:
    from edc.label import Label
    from edc.permissions import Role
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import PlannedVisit, Record
    from edc.study.visits import Visit


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
    """A visit: its days, its state, and a cell for each CRF column (None where it has none).

    :param after_transplant: days from the stem-cell infusion to the planned day (T+), where known.
    """

    planned: PlannedVisit
    declared: Visit
    state: str
    after_transplant: int | None = None
    cells: list[CasebookCell | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of a log."""

    record: Record
    cell: CasebookCell
    in_error: bool = False


@dataclass(slots=True)
class CasebookView:
    """What the casebook page shows."""

    columns: list[CasebookColumn]
    rows: list[CasebookRow]
    logs: dict[str, list[LogRow]]
    state: str


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
    columns = [
        column for crf in visible if crf.occurs is Occurs.VISIT for column in _columns(crf)
    ]
    transplanted = _transplant_day(opened)
    rows = []
    for code, planned in opened.book.visits.items():
        declared = STUDY.find_visit(code)
        if declared is None:
            continue
        row = CasebookRow(
            planned,
            declared,
            str(course.visit_state(code)),
            _days_between(transplanted, planned.target),
        )
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
        crf.code: [
            LogRow(record, cell(record.place))
            for record in sorted(opened.book.of_form(crf.code), key=lambda r: r.row)
            if is_visible(role, form=crf.code, row=record.row)
        ]
        for crf in visible
        if crf.occurs is not Occurs.VISIT
    }
    return CasebookView(columns, rows, logs, str(course.state))


def _columns(crf: Crf) -> list[CasebookColumn]:
    if not crf.parts:
        return [CasebookColumn(crf.code, 1, crf.code, crf.label)]
    return [
        CasebookColumn(crf.code, row, part.code, crf.at(row).label)
        for row, part in enumerate(crf.parts, 1)
    ]


def next_to_enter(view: CasebookView, *, role: Role, after: Place | None = None) -> Place | None:
    """Return the CRF that *role* would enter next, None when nothing waits for it.

    Behind *after* it is the next CRF of the same visit; else the first that is late or due in the
    order of the schedule, and failing that the first that was started and not finished.
    """
    if after is not None:
        cells = [cell for row in view.rows if row.planned.code == after[0] for cell in row.cells]
        places = [cell.place for cell in cells if cell]
        later = places[places.index(after) + 1 :] if after in places else []
        if found := next((place for place in later if _may_enter(place, role)), None):
            return found
    waiting = [
        cell
        for row in view.rows
        for cell in row.cells
        if cell and cell.place != after and _may_enter(cell.place, role)
    ]
    for states in (("late", "due"), ("started",)):
        for cell in waiting:
            if cell.state in states:
                return cell.place
    return None


def _may_enter(place: Place, role: Role) -> bool:
    crf = STUDY.crfs[place[1]]
    return not crf.system_only and admission.may_enter(crf, role)


def _transplant_day(opened: Opened) -> str | None:
    """Return T0 as recorded last: a second transplant counts anew."""
    found = opened.book.of_form("HSCT")
    return opened.book.scope(found[-1]).text("HCTDAT") if found else None


def _days_between(start: str | None, end: str | None) -> int | None:
    if not start or not end:
        return None
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


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
