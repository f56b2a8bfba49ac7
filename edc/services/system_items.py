"""Items that the server writes when a CRF is saved: numbers, names and links nobody types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc import clock
from edc.forms.codelists_treatment import PRODUCT
from edc.study.casebook import EMPTY, Cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Record

BESIDE: Final = "; "  # between who gave a dose and who checked it
_VALUE: Final = 2  # of a stored data point


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


def withdraw_second_check(record: Record, changed: Iterable[str]) -> None:
    """Let a dose wait for its second check again, when what was confirmed has changed."""
    if record.form != "EX" or "EXBY" in changed:
        return
    first, mark, _second = (record.cells.get(("EXBY", 1), EMPTY).value or "").partition(BESIDE)
    if mark and any(changed):
        record.cells["EXBY", 1] = Cell(first)


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
        other.cells.get(("AESAENO", 1), EMPTY).value for other in opened.book.of_form(record.form)
    ]
    # An event entered in error keeps the number under which it may have been reported.
    given += [
        point[_VALUE]
        for place in opened.in_error
        if place[1] == record.form
        for point in opened.stored[place].rows()
        if point[0] == "AESAENO"
    ]
    return str(max((int(number) for number in given if number), default=0) + 1)


def _raised_by(uow: UnitOfWork, opened: Opened, _record: Record) -> str | None:
    """Return the check that proposed the deviation, else the person who entered it."""
    return opened.accepts.check_id if opened.accepts else uow.actor.username


def _report_number(_uow: UnitOfWork, opened: Opened, record: Record) -> str | None:
    """Return the number of a serious event's report: study, site, participant, event.

    A participant's number is that of the site and their own: ``NCT06599346-01-003-01``.
    """
    event = opened.book.records.get(("", "AE", record.row))
    number = event.cells.get(("AESAENO", 1), EMPTY).value if event else None
    if number is None:
        return None
    return f"{opened.book.study.code}-{opened.subject.subject_number}-{int(number):02}"


def _first_version(_uow: UnitOfWork, _opened: Opened, _record: Record) -> str | None:
    return "1"


def _study(_uow: UnitOfWork, opened: Opened, _record: Record) -> str | None:
    """Return the study's number, its title in both languages, and its type (ICH E2B C.5.4: 1)."""
    study = opened.book.study
    return f"{study.code} · {study.name.zh} / {study.name.en} · 临床试验 / clinical trial"


def _product(_uow: UnitOfWork, _opened: Opened, _record: Record) -> str | None:
    """Return what is given; there is one product, and the register says which batch it was."""
    return PRODUCT.values[0]


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
    ("AE", "AESAENO"): _serious_number,
    ("SAE", "SAENO"): _report_number,
    ("SAE", "SAEVER"): _first_version,
    ("SAE", "SAESTDY"): _study,
    ("EX", "EXTRT"): _product,
    ("EX", "EXBY"): _person,
}
