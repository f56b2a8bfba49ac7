"""A log as a table: what names its rows, their states and queries, and what can be done there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from edc.forms.confidential import withheld_items
from edc.randomization.masking import visible_items
from edc.services import admission
from edc.study.casebook import EMPTY
from edc.study.crf import Occurs
from edc.study.items import Date, DateTime, DecimalNumber, Integer, PartialDate, Time
from edc.web import cell_words
from edc.web.crf_page import place_url
from edc.web.request import role, subject, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.reports.casebook import LogRow
    from edc.services.casebooks import Opened
    from edc.study.crf import Crf
    from edc.study.items import Item

_SHORT = (Date, PartialDate, DateTime, Time, Integer, DecimalNumber)
ON_THE_CASEBOOK = 5
"""So many rows of a log stand on the casebook; the others on the log's own page."""


def titles(crf: Crf) -> list[str]:
    """Return the items that name a row, as far as the person may read them."""
    named = [code for code in crf.row_title if code in crf.by_code]
    named = named or [item.code for item in crf.items[:3]]
    withheld = withheld_items(role(), form=crf.code)
    return [
        code for code in visible_items(role(), form=crf.code, items=named) if code not in withheld
    ]


def may_mark(crf: Crf) -> bool:
    """Tell whether the person may mark a row of the log as entered in error."""
    return crf.occurs is Occurs.LOG and not crf.system_only and admission.may_start(crf, role())


def table(crf: Crf, rows: Sequence[LogRow], *, marks: bool) -> dict[str, Any]:
    """Return the columns and rows of a log, as ``components/table.html`` takes them.

    :param marks: whether each row leads to where it is marked as entered in error.
    """
    codes = _stacked(crf, titles(crf))
    shows_marks = marks and may_mark(crf)
    columns: list[dict[str, Any]] = [{"text": pgettext("row", "No.")}]
    columns += [_head([crf.by_code[code] for code in column]) for column in codes]
    columns += [{"text": _("State")}]
    if shows_marks:
        columns.append({"text": _("Entered in error"), "broken": True})
    return {
        "columns": columns,
        "rows": [_row(crf, row, codes, shows_marks=shows_marks) for row in rows],
    }


def _stacked(crf: Crf, codes: list[str]) -> list[tuple[str, ...]]:
    """Return the items of each column: what goes with the one before stands below it.

    The time belongs to its day, the container to its batch; side by side they would push the state
    of a row off an upright tablet.
    """
    found: list[tuple[str, ...]] = []
    for code in codes:
        item, above = crf.by_code[code], crf.by_code[found[-1][0]] if found else None
        goes_with = (isinstance(item, Time) and isinstance(above, Date)) or (
            _is_scanned(item) and above is not None and _is_scanned(above)
        )
        if goes_with and len(found[-1]) == 1:
            found[-1] = (*found[-1], code)
        else:
            found.append((code,))
    return found


def _head(items: list[Item]) -> dict[str, Any]:
    words = " · ".join(text(item.label) for item in items)
    return {"text": words, "broken": True, "wide": not _is_short(items[0])}


def _row(
    crf: Crf, row: LogRow, codes: list[tuple[str, ...]], *, shows_marks: bool
) -> dict[str, Any]:
    cells: list[Any] = [{"text": str(row.record.row)}]
    for column in codes:
        shown, *below = (
            cell_words.display(crf.by_code[code], row.record.cells.get((code, 1), EMPTY))
            for code in column
        )
        cell = {"text": shown or "—", "whole": _is_short(crf.by_code[column[0]])}
        cells.append(cell | {"sub": "".join(below) or None})
    state: dict[str, Any] = {"state": row.cell.state}
    if row.why is not None:
        state["sub"] = row.why
    elif row.cell.open_queries:
        count = row.cell.open_queries
        state["sub"] = ngettext("%(num)d open query", "%(num)d open queries", count)
    cells.append(state)
    if shows_marks:
        cells.append("" if row.why is not None else _mark(row))
    return {
        "href": place_url("crf.page", row.record.place),
        "cells": cells,
        "struck": row.why is not None,
    }


def _mark(row: LogRow) -> dict[str, Any]:
    href = url_for("logs.mark", subject_id=subject().id, form=row.record.form, row=row.record.row)
    return {"text": _("Mark"), "href": href, "whole": True}


def _is_short(item: Item) -> bool:
    """Tell whether an answer is read as one: a day, a figure, a number from a label."""
    return isinstance(item, _SHORT) or _is_scanned(item)


def _is_scanned(item: Item) -> bool:
    return bool(getattr(item, "scanned", False))


def may_add(crf: Crf, opened: Opened) -> bool:
    """Tell whether the person may add a row to the log now."""
    if crf.system_only or crf.rows_of or not admission.may_start(crf, role()):
        return False
    return opened.book.consent_date() is not None or crf.code == "IC"


def add_url(crf: Crf, opened: Opened, *, is_full: bool) -> str | None:
    """Return where a row is added, None where the person may not add one now."""
    if is_full or not may_add(crf, opened):
        return None
    return place_url("crf.page", ("", crf.code, opened.next_row(crf.code)))


def again_url(crf: Crf, rows: Sequence[LogRow], opened: Opened) -> str | None:
    """Return where a row is added with what is most often as in the last one filled in."""
    last = next((row for row in rows if row.why is None), None)
    target = add_url(crf, opened, is_full=False)
    if not crf.again or last is None or target is None:
        return None
    return f"{target}?again={last.record.row}"
