"""The next row of a log filled in as the one before: shown, and stored only when it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc import clock
from edc.services.derivation import derive
from edc.study.casebook import Cell, Record

if TYPE_CHECKING:
    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf

_LONGEST = 4


def filled(opened: Opened, crf: Crf, place: Place, like: str) -> Record | None:
    """Return a new row with today's date and what is most often as in the row *like*.

    None where nothing is to be filled in: the row exists, or the one it is to be like does not.
    """
    if place in opened.versions or not crf.again or not like.isascii() or not like.isdecimal():
        return None
    before = opened.book.log_row(crf.code, like) if len(like) <= _LONGEST else None
    if before is None:
        return None
    visit, form, row = place
    record = Record(form, visit, row)
    record.cells[crf.date_item, 1] = Cell(clock.today().isoformat())
    scope = opened.book.scope(before)
    for code in crf.again:
        value = scope.text(code)
        if value is not None:
            record.cells[code, 1] = Cell(value)
    opened.book.put(record)
    derive(opened.book, record)
    return record
