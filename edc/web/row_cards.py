"""Sets out a repeating group as cards: one a row, those of earlier records listed beforehand.

A row's card shows its number, what it is about, and its fields. Rows that the participant's other
records know of are there with what they are about filled in; nothing of them counts as entered
until something else is answered (``edc.services.group_rows``). One blank card follows for a new
row; with script cards are made from a mould when they are asked for (``js/row_cards.js``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from edc.services.submissions import address
from edc.study import groups
from edc.study.casebook import EMPTY, Cell
from edc.web.kit import choice_layout, text_width
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.study.casebook import Casebook, Record
    from edc.study.crf import Section
    from edc.study.items import Item
    from edc.web.crf_form import Typed

CellKey = tuple[str, int]
Fields = list[dict[str, Any]]

_WIDEST_CELL = 10  # in Latin characters
_MOST_CELLS = 5
_WIDEST_LINE = 80  # of all answers that may stand in one line

MOULD = 0
"""The number of the card that is no row: script puts a row's number in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCards:
    """A repeating group of a record, and how its page shows it.

    :param typed: what was typed and is shown again.
    :param saved: the record as it is stored; a row of it is corrected, and never taken away.
    :param may_add: whether the person may enter rows.
    :param fields_of: returns a row's fields, given the cells that it shows as if they were its own.
    :param said: returns what a cell holds in words.
    """

    section: Section
    book: Casebook
    record: Record
    typed: Typed | None
    saved: Record | None
    may_add: bool
    fields_of: Callable[[int, Mapping[CellKey, Cell]], Fields]
    said: Callable[[Item, Cell], str]

    def drawn(self) -> dict[str, Any]:
        """Return the group as ``row_cards`` of ``components/row_cards.html`` takes it."""
        section, record = self.section, self.record
        stays = set(groups.known(self.book, record, section))
        stays |= set(groups.entered(self.saved, section)) if self.saved else set()
        shown = sorted({*groups.offered(self.book, record, section), *self._typed_rows()})
        rows = [
            self._card(repeat) | {"is_removable": self.may_add and repeat not in stays}
            for repeat in shown
        ]
        free = next((n for n in range(1, section.repeats + 1) if n > max(shown, default=0)), None)
        if self.may_add and free is not None:
            rows.append(self._card(free) | {"is_blank": True, "is_removable": bool(shown)})
        return {
            "rows": rows,
            "mould": self._card(MOULD) | {"is_removable": True} if self.may_add else None,
            "most": section.repeats,
            "row_label": text(section.row_label) if section.row_label else "",
        }

    def _card(self, repeat: int) -> dict[str, Any]:
        told = groups.told_by(self.book, self.record, self.section, repeat)
        listed: dict[CellKey, Cell] = {}
        if told is not None and repeat not in groups.entered(self.record, self.section):
            listed = self._about(told, repeat)
        fields = self.fields_of(repeat, listed)
        number = address((self.section.numbered, repeat))
        return {
            "number": repeat,
            "name": number,
            "about": self._words(listed or self._about(self.record, repeat)),
            "recalled": self._recalled(told, repeat),
            "number_field": next((one for one in fields if one["name"] == number), None),
            "fields": [_compact(one) for one in fields if one["name"] != number],
            "is_blank": False,
        }

    def _about(self, record: Record, repeat: int) -> dict[CellKey, Cell]:
        """Return the cells that say what a row is about."""
        keys = [(code, repeat) for code in self.section.kept]
        return {key: record.cells.get(key, EMPTY) for key in keys}

    def _words(self, cells: Mapping[CellKey, Cell]) -> str:
        items = {item.code: item for item in self.section.items}
        said = [self.said(items[code], cell) for (code, _), cell in cells.items()]
        return " · ".join(words for words in said if words)

    def _recalled(self, told: Record | None, repeat: int) -> str:
        """Return what the record before says beside what the row is about, with its day."""
        earlier = {one.place for one in self.book.scope(self.record).earlier()}
        if told is None or told.place not in earlier:
            return ""
        scope = self.book.scope(told, repeat)
        said = [
            f"{text(item.label)}{_(': ')}{self.said(item, scope.cell(item.code))}"
            for item in self.section.items
            if item.code in self.section.recalled and scope.cell(item.code).is_answered
        ]
        day = scope.text(scope.crf.date_item) or told.visit
        return " · ".join([day, *said]) if said else ""

    def _typed_rows(self) -> set[int]:
        """Return the rows in which something was typed beside what their cards list."""
        if self.typed is None:
            return set()
        asked = self.section.codes - {self.section.numbered, *self.section.kept}
        sent = {
            repeat for (code, repeat), given in self.typed.values.items() if code in asked and given
        }
        sent |= {
            repeat
            for (code, repeat), (missing, _reason) in self.typed.missing.items()
            if code in self.section.codes and missing
        }
        return {repeat for repeat in sent if 1 <= repeat <= self.section.repeats}


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
