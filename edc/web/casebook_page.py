"""The casebook as its page shows it: folded groups of visits, states summed up, the logs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from edc.protocol import STUDY, VISIT_GROUPS
from edc.randomization.masking import FIRST_RESTRICTED_ROW, may_see_arm
from edc.study.crf import Crf, Occurs
from edc.web import log_table, safety_panel
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
        "note": visit_note(visit),
        "state": visit.shown_state,
        "is_next": is_next,
        "cells": [_cell(cell) if cell else None for cell in row.cells],
    }


def days_text(visit: VisitDay) -> str:
    """Return a visit's day with its window, or the day on which an unplanned one was held."""
    planned = visit.planned
    if planned.start and planned.end and planned.start != planned.end:
        return f"{planned.target} ({planned.start[5:]}–{planned.end[5:]})"
    return visit.on.isoformat() if visit.on else ""


def visit_note(visit: VisitDay) -> str:
    """Return what is to be said of a visit beside its state, empty for most."""
    if visit.is_ended and visit.state == "not_due":
        return str(_("Ended by healing"))
    if visit.is_held and visit.owed:
        return str(ngettext("%(num)d CRF not complete", "%(num)d CRFs not complete", visit.owed))
    return ""


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


def log_card(crf: Crf, rows: Sequence[LogRow], *, opened: Opened) -> dict[str, Any]:
    """Return a log as its card shows it: its latest rows, and where it is read and added to."""
    is_full = crf.occurs is Occurs.ONCE and bool(rows)
    shown = rows[: log_table.ON_THE_CASEBOOK]
    return {
        "code": crf.code,
        "label": text(crf.label),
        **log_table.table(crf, shown, marks=False),
        "count": len(rows),
        "all_url": url_for("logs.show", subject_id=subject().id, form=crf.code)
        if crf.occurs is Occurs.LOG and rows
        else None,
        "again_url": log_table.again_url(crf, rows, opened),
        "add_url": log_table.add_url(crf, opened, is_full=is_full),
        "waiting": safety_panel.unopened(opened, crf.code),
        "add_restricted_url": _restricted_row_url(crf, opened),
    }


def _restricted_row_url(crf: Crf, opened: Opened) -> str | None:
    """Return where a row that tells the arm is added, apart from the others."""
    first = FIRST_RESTRICTED_ROW.get(crf.code)
    if first is None or not may_see_arm(role()) or not log_table.may_add(crf, opened):
        return None
    return place_url("crf.page", ("", crf.code, opened.next_row(crf.code, like=first)))


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
