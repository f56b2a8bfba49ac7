"""The rows of a repeating group as a page sends them: which were entered, and what number they get.

A page lists the rows that the participant's other records know of, with what they are about. Such a
row is entered once anything else is answered in it; until then what the page listed is no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.label import Label
from edc.study import groups
from edc.study.casebook import EMPTY, Casebook, Cell, Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.crf import Crf, Section

CellKey = tuple[str, int]  # item, repeat


def settle(
    book: Casebook, crf: Crf, record: Record, typed: dict[CellKey, Cell]
) -> Iterator[tuple[CellKey, Label]]:
    """Bring *typed* to what was entered: rows with their numbers, and nothing of any other row.

    A saved row of which no answer is left is emptied whole, its number too. Yields each number
    that was sent and is another row's, with what to say of it.

    :param record: the CRF with what was typed.
    """
    for section in crf.sections:
        if section.repeats == groups.FIRST:
            continue
        for repeat in sorted({repeat for code, repeat in typed if code in section.codes}):
            number = (section.numbered, repeat)
            sent = typed.get(number, EMPTY).value
            if sent is not None and sent != str(repeat):
                yield number, _OTHER_NUMBER.filled(number=repeat)
            if _is_entered(book, record, section, repeat):
                typed[number] = Cell(str(repeat))
                continue
            for item in section.items:
                key = (item.code, repeat)
                if item.is_typed and key in record.cells:
                    typed[key] = EMPTY


def _is_entered(book: Casebook, record: Record, section: Section, repeat: int) -> bool:
    """Tell whether the row says more than the page listed of it."""
    told = groups.told_by(book, record, section, repeat)
    for item in section.items:
        cell = record.cells.get((item.code, repeat), EMPTY)
        if not (item.is_typed and cell.is_answered) or item.code == section.numbered:
            continue
        is_listed = told is not None and item.code in section.kept
        listed = told.cells.get((item.code, repeat), EMPTY) if told and is_listed else EMPTY
        if (cell.value, cell.missing) != (listed.value, listed.missing):
            return True
    return False


_OTHER_NUMBER = Label(
    en="The number of this row is {number}, and it stays so. Reload the page.",
    zh="该行编号固定为{number}，请刷新页面。",
)
