"""The casebook as its page shows it: folded groups of visits, states summed up, the logs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from edc.protocol import STUDY, VISIT_GROUPS
from edc.services import admission
from edc.study.casebook import EMPTY
from edc.study.crf import Crf, Occurs
from edc.web import crf_form
from edc.web.crf_page import place_url
from edc.web.request import role, subject, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.reports.casebook import CasebookCell, CasebookRow, LogRow
    from edc.reports.visit_days import VisitDay
    from edc.services.casebooks import Opened, Place

FOLDED_FROM = 4
"""A group with fewer visits than this is shown whole."""
_WAITING = ("late", "due")
# Of the states in a column of a folded group the first of these found is the one to know.
_GRAVEST = (
    "late", "queried", "due", "started", "missed", "not_due", "closed", "signed", "complete",
)  # fmt: skip
_DONE = frozenset({"complete", "signed", "queried"})


def matrix_rows(
    rows: Sequence[CasebookRow], *, next_visit: str | None, today: str, unfolded: str
) -> list[dict[str, Any]]:
    """Return the rows of the matrix; a long run of visits of one group as one folded row.

    Of a folded run the first visit that waits, the next one and today's stay in sight. A run ends
    where a visit of another group comes between by its day.

    :param unfolded: the first visit of the run that is to be shown open.
    """
    found: list[dict[str, Any]] = []
    for group, members in groupby(rows, key=lambda row: row.visit.declared.group):
        run = list(members)
        shown = [_row(row, is_next=row.visit.code == next_visit) for row in run]
        if not group or len(run) < FOLDED_FROM:
            found.append({"rows": shown})
            continue
        starts, ends = run[0].visit.code, run[-1].visit.code
        is_open = starts == unfolded
        first = next((row.visit.code for row in run if row.visit.state in _WAITING), None)
        for row, entry in zip(run, shown, strict=True):
            code = row.visit.code
            entry["folds"] = code not in (first, next_visit) and row.visit.planned.target != today
        found.append(
            {
                "group": {
                    "code": starts,
                    "text": text(VISIT_GROUPS[group]) if group in VISIT_GROUPS else group,
                    "sub": f"{starts}–{ends} · "
                    + ngettext("%(num)d visit", "%(num)d visits", len(run)),
                    "is_open": is_open,
                    "href": url_for(
                        "subjects.casebook", subject_id=subject().id,
                        unfold=None if is_open else starts, _anchor=f"visits-{starts}",
                    ),
                    "cells": [
                        _summary([cell for cell in column if cell])
                        for column in zip(*(row.cells for row in run), strict=True)
                    ],
                },
                "rows": shown,
            }
        )  # fmt: skip
    return found


def _row(row: CasebookRow, *, is_next: bool) -> dict[str, Any]:
    visit = row.visit
    return {
        "code": visit.code,
        "text": text(visit.declared.label),
        "days": days_text(visit),
        "counts": day_counts(visit),
        "note": _("Ended by healing") if visit.is_ended and visit.state == "not_due" else None,
        "state": visit.state,
        "is_next": is_next,
        "cells": [_cell(cell) if cell else None for cell in row.cells],
    }


def days_text(visit: VisitDay) -> str:
    """Return a visit's day with its window, or the day on which an unplanned one was held."""
    planned = visit.planned
    if planned.start and planned.end and planned.start != planned.end:
        return f"{planned.target} ({planned.start[5:]}–{planned.end[5:]})"
    return visit.on.isoformat() if visit.on else ""


def day_counts(visit: VisitDay) -> list[str]:
    """Return the day from randomisation and that from the transplant, as far as they are known."""
    counts = (("D", visit.after_zero, "d"), ("T", visit.after_transplant, "+d"))
    return [f"{letter}{days:{form}}" for letter, days, form in counts if days is not None]


def _cell(cell: CasebookCell) -> dict[str, Any]:
    return {
        "state": cell.state,
        "href": place_url("crf.page", cell.place),
        "count": cell.open_queries or None,
    }


def _summary(cells: list[CasebookCell]) -> dict[str, Any] | None:
    """Return how many of a folded column are filled in, and the state that matters most."""
    if not cells:
        return None
    states = [cell.state for cell in cells]
    done = sum(state in _DONE for state in states)
    return {
        "state": min(states, key=lambda s: _GRAVEST.index(s) if s in _GRAVEST else len(_GRAVEST)),
        "mark": f"{done}/{len(cells)}",
        "count": sum(cell.open_queries for cell in cells) or None,
    }


def log_card(
    crf: Crf, rows: Sequence[LogRow], *, opened: Opened, is_consented: bool
) -> dict[str, Any]:
    """Return a log as a table: what names its rows, their states, and where one is added."""
    titles = [code for code in crf.row_title if code in crf.by_code]
    titles = titles or [item.code for item in crf.items[:3]]
    may_add = admission.may_enter(crf, role()) and not crf.system_only
    is_full = crf.occurs is Occurs.ONCE and bool(rows)
    is_open = is_consented or crf.code == "IC"
    return {
        "code": crf.code,
        "label": text(crf.label),
        "columns": [text(crf.by_code[code].label) for code in titles],
        "rows": [
            {
                "href": place_url("crf.page", row.record.place),
                "number": row.record.row,
                "cells": [
                    crf_form.display(crf.by_code[code], row.record.cells.get((code, 1), EMPTY))
                    for code in titles
                ],
                "state": row.cell.state,
            }
            for row in rows
        ],
        "add_url": place_url("crf.page", ("", crf.code, opened.next_row(crf.code)))
        if may_add and is_open and not is_full
        else None,
    }


def continue_link(place: Place | None) -> dict[str, str] | None:
    """Return the button that leads to the CRF to be entered next."""
    if place is None:
        return None
    crf = STUDY.crfs[place[1]].at(place[2])
    name = f"{place[0]} {crf.name}"
    return {
        "text": _("Continue: %(crf)s", crf=name),
        "title": text(crf.label),
        "href": place_url("crf.page", place),
    }
