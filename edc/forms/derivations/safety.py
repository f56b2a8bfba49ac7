"""What a safety report says that is recorded elsewhere, and when it is due.

A serious event is reported on the row of SAE that has the number of its row of AE.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from edc.forms.codelists_conduct import E2BOUT
from edc.forms.codelists_grades import AEOUT
from edc.forms.derivations.summaries import gathered
from edc.forms.derivations.values import day, number
from edc.study.conditions import day_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.casebook import RecordScope

RELATED: Final = frozenset({"DEF", "PROB", "POSS"})
"""Section 3.4, "related"."""
CRITERIA: Final = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
FIRST_SUSAR_REPORT: Final = timedelta(days=15)
FIRST_GRAVE_SUSAR_REPORT: Final = timedelta(days=7)
FURTHER_INFORMATION: Final = timedelta(days=8)
MEDICINES_BEFORE: Final = timedelta(days=14)
OVULATION: Final = timedelta(days=14)
"""Conception is estimated two weeks after the first day of the last menstrual period."""
MIDDLE_OF_MONTH: Final = 15
# ICH E2B(R3) E.i.7 numbers the outcomes that AEOUT names; both say them in the same words.
_OUTCOMES: Final = {
    code.value: next(one.value for one in E2BOUT.codes if one.label == code.label)
    for code in AEOUT.codes
}

Days = tuple[date, date]


def event_of(scope: RecordScope) -> RecordScope | None:
    """Return the adverse event that a row of SAE reports."""
    found = scope.casebook.records.get(("", "AE", scope.record.row))
    return scope.casebook.scope(found) if found is not None else None


def onset(scope: RecordScope) -> Days | None:
    """Return the first and the last day on which the event can have started."""
    event = event_of(scope)
    text = event.text("AESTDAT") if event else None
    return day_range(f"{text}--" if text and len(text) == len("2024") else text or "")


def is_grave(scope: RecordScope) -> bool:
    """Tell whether the event was fatal or life-threatening."""
    event = event_of(scope)
    return event is not None and "Y" in (event.item("AESDTH"), event.item("AESLIFE"))


def became_serious(scope: RecordScope) -> str | None:
    """Return the day on which the reported event became serious: AESERDAT of its row of AE."""
    event = event_of(scope)
    return event.text("AESERDAT") if event else None


def person(scope: RecordScope) -> str | None:
    """Return SAEPAT: age at onset, sex, and the last weight and height up to then (form SAE).

    The age is in whole years; as for AGE, a day of birth that is not given counts as the 15th.
    """
    started = onset(scope)
    if started is None:
        return None
    return gathered(
        [
            {
                "age": _age(scope, started),
                "sex": _latest_text(scope, "DM", "SEX"),
                "weight": _measured(scope, "WEIGHT", until=started[1]),
                "height": _measured(scope, "HEIGHT", until=started[1]),
            }
        ]
    )


def _latest_text(scope: RecordScope, form: str, code: str) -> str | None:
    value = scope.foreign(form, code)
    return value if isinstance(value, str) else None


def _age(scope: RecordScope, started: Days) -> str | None:
    """Return the age at onset, None where the days on which it may have been disagree."""
    given = (_latest_text(scope, "DM", code) for code in ("BRTHYR", "BRTHMO", "BRTHDY"))
    year, month, day_of_month = given
    if year is None or month is None:
        return None
    born = (int(month), int(day_of_month or MIDDLE_OF_MONTH))
    ages = {on.year - int(year) - ((on.month, on.day) < born) for on in started}
    return str(ages.pop()) if len(ages) == 1 else None


def _measured(scope: RecordScope, code: str, *, until: date) -> str | None:
    found = None
    for record in scope.casebook.of_form("VS"):
        vitals = scope.casebook.scope(record)
        on = day(vitals.item("VSDAT"))
        if on is not None and on <= until:
            found = vitals.text(code) or found
    return found


def history(scope: RecordScope) -> str | None:
    """Return SAEMH: disease, transplants, what MH lists, and allergies (forms MH, HSCT)."""
    book = scope.casebook
    transplants = [book.scope(record) for record in book.of_form("HSCT")]
    conditions = [book.scope(record) for record in book.of_form("MH")]
    codes = ("DX", "DXOT", "DXSTAT", "HCTTYP", "DONTYP", "HCTDAT")
    found = [{code: one.text(code) for code in codes} for one in transplants]
    found += [{"MHTERM": one.text("MHTERM"), "MHSTDAT": one.text("MHSTDAT")} for one in conditions]
    allergies = [{"MHALLTX": one.text("MHALLTX")} for one in conditions]
    return gathered([*found, *allergies])


def seriousness(scope: RecordScope) -> str | None:
    """Return SAESERC: the criteria of seriousness that the event meets (form SAE, from AE)."""
    event = event_of(scope)
    if event is None:
        return None
    met = [code for code in CRITERIA if event.item(code) == "Y"]
    return gathered([dict.fromkeys(met, "Y")])


def course(scope: RecordScope) -> str | None:
    """Return SAEST: start, end and outcome of the event, the outcome as E2B(R3) E.i.7 codes it."""
    event = event_of(scope)
    if event is None:
        return None
    start, at = event.text("AESTDAT"), event.text("AESTTIM")
    return gathered(
        [
            {
                "start": f"{start}T{at}" if start and at else start,
                "end": event.text("AEENDAT"),
                "outcome": _OUTCOMES.get(event.text("AEOUT") or ""),
            }
        ]
    )


def product_given(scope: RecordScope) -> str | None:
    """Return SAEDRUG: batch, route, number and volume of doses, first and last, up to the event.

    Form SAE, from EX; one entry for each batch and route.  Empty where no dose came before it.
    """
    event, started = event_of(scope), onset(scope)
    at = event.text("AESTTIM") if event else None
    groups: dict[tuple[str, str], list[RecordScope]] = {}
    for dose in _doses(scope):
        on, time = day(dose.item("EXSTDAT")), dose.text("EXSTTIM")
        if on is None or (started is not None and on > started[1]):
            continue
        is_same_day = started is not None and started[0] == started[1] == on
        if is_same_day and at and time and time > at:
            continue
        batch, route = dose.text("EXLOT") or "", dose.text("EXROUTE") or ""
        groups.setdefault((batch, route), []).append(dose)
    return gathered(
        [
            {
                "batch": batch,
                "route": route,
                "doses": str(len(doses)),
                "volume": _text(
                    sum((number(one, "EXDOSE") or Decimal() for one in doses), Decimal())
                ),
                "first": _moment(doses[0]),
                "last": _moment(doses[-1]),
            }
            for (batch, route), doses in groups.items()
        ]
    )


def _doses(scope: RecordScope) -> Iterator[RecordScope]:
    """Return the doses given, earliest first; those of one day by the clock."""
    book = scope.casebook
    given = [book.scope(record) for record in book.of_form("EX")]
    yield from sorted(
        (one for one in given if one.item("ECOCCUR") == "Y" and day(one.item("EXSTDAT"))),
        key=lambda one: (_moment(one), one.record.row),
    )


def _moment(dose: RecordScope) -> str:
    on, at = dose.text("EXSTDAT") or "", dose.text("EXSTTIM")
    return f"{on}T{at}" if at else on


def _text(volume: Decimal) -> str:
    return f"{volume:f}" if volume else ""


def other_medicines(scope: RecordScope) -> str | None:
    """Return SAECM: the medicines taken in the 14 days before the event (form SAE, from CM).

    What can have been taken then counts; what was given for this event or after it does not.
    """
    started = onset(scope)
    if started is None:
        return None
    book, row = scope.casebook, str(scope.record.row)
    codes = ("CMTRT", "CMROUTE", "CMSTDAT", "CMENDAT")
    found = []
    for record in book.of_form("CM"):
        taken = book.scope(record)
        if taken.text("CMTRT") is None or taken.text("CMAENO") == row:
            continue
        first, last = _range(taken, "CMSTDAT"), _range(taken, "CMENDAT")
        began_later = first is not None and first[0] > started[1]
        ended_before = last is not None and last[1] < started[0] - MEDICINES_BEFORE
        if not began_later and not ended_before:
            told = {code: taken.text(code) for code in codes}
            found.append(told | {"dose": _dose(taken)})
    return gathered(found)


def _dose(taken: RecordScope) -> str | None:
    """Return a single dose with its unit, without zeros that say nothing: ``100 mg``."""
    amount = number(taken, "CMDOSE")
    if amount is None:
        return None
    return f"{amount.normalize():f} {taken.text('CMDOSU') or ''}".strip()


def _range(scope: RecordScope, code: str) -> Days | None:
    value = scope.item(code)
    return day_range(value) if isinstance(value, str) else None


def is_susar(scope: RecordScope) -> str | None:
    """Return SUSAR: serious, unexpected, and related in the investigator's or sponsor's view.

    Form SAE and SAE-06: of two judgements the more cautious counts.  Open until the sponsor has
    said whether it was expected and, if not, somebody that it is related or both that it is not.
    """
    event, expected = event_of(scope), scope.text("SAEEXP")
    if event is None or expected not in ("EXP", "UNEXP"):
        return None
    if event.item("AESER") != "Y" or expected == "EXP":
        return "N"
    views = [scope.text("SAERELI"), scope.text("SAERELS")]
    if any(view in RELATED for view in views):
        return "Y"
    return None if None in views else "N"


def susar_due(scope: RecordScope) -> str | None:
    """Return SUSDUE: day 7 after the sponsor knew if fatal or life-threatening, else day 15.

    Section 3.4, "SUSAR clock": day 0 is the day of SAESPDTM, in calendar days.
    """
    known = day(scope.item("SAESPDTM"))
    if known is None or scope.item("SUSAR") != "Y":
        return None
    allowed = FIRST_GRAVE_SUSAR_REPORT if is_grave(scope) else FIRST_SUSAR_REPORT
    return (known + allowed).isoformat()


def follow_up_due(scope: RecordScope) -> str | None:
    """Return SUSFUP: 8 days after the first report of a fatal or life-threatening SUSAR (3.4)."""
    sent = day(scope.item("SUSSUB"))
    if sent is None or scope.item("SUSAR") != "Y" or not is_grave(scope):
        return None
    return (sent + FURTHER_INFORMATION).isoformat()


def days_to_conception(scope: RecordScope) -> str | None:
    """Return PGEXP: days from the last dose to the estimated conception (form PREG).

    Conception is taken as the 14th day after a last menstrual period whose day is known; a dose
    after it gives a negative number.
    """
    period = _range(scope, "PGLMP")
    doses = list(_doses(scope))
    if period is None or period[0] != period[1] or not doses:
        return None
    last = day(doses[-1].item("EXSTDAT"))
    return None if last is None else str((period[0] + OVULATION - last).days)
