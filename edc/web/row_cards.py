"""Sets out a repeating group as cards: one a row, those of earlier records listed beforehand.

A row's card shows its number, what it is about, and its fields. Rows that the participant's other
records know of are there with what they are about filled in; nothing of them counts as entered
until something else is answered (``edc.services.group_rows``). One blank card follows for a new
row; with script cards are made from a mould when they are asked for (``js/row_cards.js``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from edc.services.data_entry import address
from edc.study import groups
from edc.study.casebook import EMPTY, Cell
from edc.web import crf_form
from edc.web.kit import choice_layout, text_width
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.label import Label
    from edc.study.casebook import Casebook, Record
    from edc.study.crf import Section
    from edc.web.crf_form import Typed

CellKey = tuple[str, int]
Fields = list[dict[str, Any]]

_WIDEST_CELL = 10  # in Latin characters
_MOST_CELLS = 5
_WIDEST_LINE = 80  # of all answers that may stand in one line

MOULD = 0
"""The number of the card that is no row: script puts a row's number in its place."""


def cards(
    section: Section,
    book: Casebook,
    record: Record,
    *,
    typed: Typed | None,
    saved: Record | None,
    may_add: bool,
    fields_of: Callable[[int, Mapping[CellKey, Cell]], Fields],
) -> dict[str, Any]:
    """Return the group as ``row_cards`` of ``components/row_cards.html`` takes it.

    :param saved: the record as it is stored; a row of it is corrected, and never taken away.
    :param may_add: whether the person may enter rows.
    :param fields_of: returns a row's fields, given the cells that it shows as if they were its own.
    """
    offered = groups.offered(book, record, section)
    entered = set(groups.entered(saved, section)) if saved else set()
    known = set(groups.known(book, record, section))
    shown = sorted({*offered, *_typed_rows(section, typed)})
    found = [
        _card(section, book, record, repeat, fields_of=fields_of)
        | {"is_removable": may_add and repeat not in entered | known}
        for repeat in shown
    ]
    free = next((n for n in range(1, section.repeats + 1) if n > max(shown, default=0)), None)
    if may_add and free is not None:
        blank = _card(section, book, record, free, fields_of=fields_of)
        found.append(blank | {"is_blank": True, "is_removable": bool(shown)})
    return {
        "rows": found,
        "mould": _card(section, book, record, MOULD, fields_of=fields_of) | {"is_removable": True}
        if may_add
        else None,
        "most": section.repeats,
        "row_label": text(section.row_label) if section.row_label else "",
    }


def _card(
    section: Section,
    book: Casebook,
    record: Record,
    repeat: int,
    *,
    fields_of: Callable[[int, Mapping[CellKey, Cell]], Fields],
) -> dict[str, Any]:
    is_entered = repeat in groups.entered(record, section)
    told = groups.told_by(book, record, section, repeat)
    listed: dict[CellKey, Cell] = {}
    if told is not None and not is_entered:
        listed = {(code, repeat): told.cells.get((code, repeat), EMPTY) for code in section.kept}
    own = {(code, repeat): record.cells.get((code, repeat), EMPTY) for code in section.kept}
    fields = fields_of(repeat, listed)
    number = address((section.numbered, repeat))
    return {
        "number": repeat,
        "name": number,
        "about": _said(section, own if is_entered else listed),
        "recalled": _recalled(section, book, record, told=told, repeat=repeat),
        "number_field": next((one for one in fields if one["name"] == number), None),
        "fields": [_compact(one) for one in fields if one["name"] != number],
        "is_known": told is not None,
        "is_blank": False,
    }


def _compact(field: dict[str, Any]) -> dict[str, Any]:
    """Return a field as a card has room for it: short answers in cells, no usual range."""
    if field["kind"] != "choice":
        return field | {"range_text": None}
    words = [option.get("short", option["text"]) for option in field["options"]]
    widths = [text_width(one) for one in words]
    if max(widths) <= _WIDEST_CELL and len(words) <= _MOST_CELLS:
        return field | {"layout": "cells", "marks": words}
    if choice_layout(field["options"]) == "stack" and sum(widths) <= _WIDEST_LINE:
        return field | {"layout": "row"}
    return field


def _said(section: Section, cells: Mapping[CellKey, Cell]) -> str:
    items = {item.code: item for item in section.items}
    said = [crf_form.display(items[code], cell) for (code, _), cell in cells.items()]
    return " · ".join(words for words in said if words)


def _recalled(
    section: Section, book: Casebook, record: Record, *, told: Record | None, repeat: int
) -> str:
    """Return what the record before says beside what the row is about, with its day."""
    earlier = {one.place for one in book.scope(record).earlier()}
    if told is None or told.place not in earlier:
        return ""
    scope = book.scope(told, repeat)
    items: list[tuple[Label, str]] = [
        (item.label, crf_form.display(item, scope.cell(item.code)))
        for item in section.items
        if item.code in section.recalled and scope.cell(item.code).is_answered
    ]
    day = scope.text(scope.crf.date_item) or told.visit
    said = [f"{text(label)}{_(': ')}{words}" for label, words in items]
    return " · ".join([day, *said]) if said else ""


def _typed_rows(section: Section, typed: Typed | None) -> set[int]:
    """Return the rows in which something was typed beside what their cards list."""
    if typed is None:
        return set()
    listed = {section.numbered, *section.kept}
    sent = {
        repeat
        for (code, repeat), given in typed.values.items()
        if code in section.codes - listed and given
    }
    sent |= {
        repeat
        for (code, repeat), (missing, _reason) in typed.missing.items()
        if code in section.codes and missing
    }
    return {repeat for repeat in sent if 1 <= repeat <= section.repeats}
