"""Items that the server writes when a CRF is saved: numbers, names and links nobody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc import clock
from edc.study.casebook import EMPTY, Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Record


def fill(uow: UnitOfWork, opened: Opened, record: Record) -> None:
    """Write the record's system items that are due and not there yet; none is ever replaced."""
    for (form, code), write in _ITEMS.items():
        if form != record.form or record.cells.get((code, 1), EMPTY).value is not None:
            continue
        item = opened.book.study.crfs[form].by_code[code]
        if not opened.book.scope(record).is_shown(item):
            continue
        value = write(uow, opened, record)
        if value is not None:
            record.cells[code, 1] = Cell(value)
    opened.book.put(record)


def _visit(_uow: UnitOfWork, _opened: Opened, record: Record) -> str | None:
    return record.visit


def _participant(_uow: UnitOfWork, opened: Opened, _record: Record) -> str | None:
    return opened.subject.subject_number


def _first_screening(uow: UnitOfWork, opened: Opened, _record: Record) -> str | None:
    """Return the number of the first screening, of somebody screened once more."""
    first = opened.subject.rescreen_of_id
    if first is None:
        return None
    found = uow.session.get(type(opened.subject), first)
    return found.screening_number if found else None


def _person(uow: UnitOfWork, _opened: Opened, _record: Record) -> str | None:
    return uow.actor.username


def _assessor(uow: UnitOfWork, opened: Opened, record: Record) -> str | None:
    """Return who assessed: the one signed in when the assessment is first said to be done."""
    is_done = opened.book.scope(record).item(f"{record.form}PERF") == "Y"
    return uow.actor.username if is_done else None


def _moment(_uow: UnitOfWork, _opened: Opened, _record: Record) -> str | None:
    """Return when the CRF was first saved, at the site."""
    return clock.local(clock.now()).isoformat(timespec="seconds")


def _row_number(_uow: UnitOfWork, _opened: Opened, record: Record) -> str | None:
    return str(record.row)


def _serious_number(_uow: UnitOfWork, opened: Opened, record: Record) -> str | None:
    """Return the next number of a serious event of the participant; a number is never reused."""
    if opened.book.scope(record).item("AESER") != "Y":
        return None
    given = [
        int(number)
        for other in opened.book.of_form(record.form)
        if (number := other.cells.get(("AESAENO", 1), EMPTY).value) is not None
    ]
    return str(max(given, default=0) + 1)


def _raised_by(uow: UnitOfWork, opened: Opened, _record: Record) -> str | None:
    """Return the check that proposed the deviation, else the person who entered it."""
    return opened.accepts.check_id if opened.accepts else uow.actor.username


_ITEMS: Final[dict[tuple[str, str], Callable[[UnitOfWork, Opened, Record], str | None]]] = {
    ("SV", "VISIT"): _visit,
    ("DM", "SUBJID"): _participant,
    ("DM", "SCRPREV"): _first_screening,
    ("IC", "ICWDBY"): _person,
    ("OM", "OMEVAL"): _assessor,
    ("SK", "SKEVAL"): _assessor,
    ("BC", "BCEVAL"): _assessor,
    ("PRO", "PROSTAMP"): _moment,
    ("AE", "AESPID"): _row_number,
    ("DV", "DVSRC"): _raised_by,
    ("UNBL", "UBBY"): _person,
    ("AE", "AESAENO"): _serious_number,
}
