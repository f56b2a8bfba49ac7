"""The rows of a repeating group: which of them a record has, and which others know of.

A row's number is its own for the whole study: row 3 of one record and row 3 of another are about
the same thing, such as the same lesion of the skin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edc.study.casebook import Casebook, Record
    from edc.study.crf import Crf, Section

FIRST = 1


def touched(record: Record, section: Section) -> list[int]:
    """Return the rows of which the record holds a cell, were it an emptied one."""
    return sorted({repeat for code, repeat in record.cells if code in section.codes})


def touched_or_first(record: Record, crf: Crf, code: str) -> list[int]:
    """Return the rows for which a derived item is computed; the first for a single item."""
    return touched(record, crf.section_of(code)) if code in crf.repeating else [FIRST]


def entered(record: Record, section: Section) -> list[int]:
    """Return the rows in which anything is answered."""
    return sorted(
        {
            repeat
            for (code, repeat), cell in record.cells.items()
            if code in section.codes and cell.is_answered
        }
    )


def known(casebook: Casebook, record: Record, section: Section) -> list[int]:
    """Return the rows that other records of the CRF have, earlier or later ones."""

    def find() -> list[int]:
        others = (one for one in casebook.of_form(record.form) if one.place != record.place)
        return sorted({repeat for one in others for repeat in entered(one, section)})

    return casebook.once((known, record.place, section.code), find)


def offered(casebook: Casebook, record: Record, section: Section) -> list[int]:
    """Return the rows that stand on the record's page before anything is added."""
    if section.repeats == FIRST:
        return [FIRST]
    return sorted({*entered(record, section), *known(casebook, record, section)})


def asked(casebook: Casebook, record: Record, section: Section) -> list[int]:
    """Return the rows whose items may be owed: those entered, and the first that there ever is."""
    if section.repeats == FIRST:
        return [FIRST]
    return entered(record, section) or ([] if known(casebook, record, section) else [FIRST])


def told_by(casebook: Casebook, record: Record, section: Section, repeat: int) -> Record | None:
    """Return the record that says what a row is about: the last before this one, else the next."""
    ordered = casebook.of_form(record.form)
    here = next((n for n, one in enumerate(ordered) if one.place == record.place), len(ordered))
    for other in (*reversed(ordered[:here]), *ordered[here + 1 :]):
        if repeat in entered(other, section):
            return other
    return None


def rows_of(casebook: Casebook, record: Record, crf: Crf, code: str) -> list[int]:
    """Return the rows for which a rule about the item is asked; the first for a single item."""
    if code not in crf.repeating:
        return [FIRST]
    return offered(casebook, record, crf.section_of(code))
