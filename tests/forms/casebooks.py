"""Casebooks for the tests of the rules: written as a nurse would fill them, no database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from edc.protocol import STUDY
from edc.study import groups
from edc.study.casebook import Casebook, Cell, PlannedVisit, Record
from edc.study.visits import Created, Visit

DAY_ZERO = date(2024, 3, 20)
TODAY = date(2024, 6, 3)

ICF = {
    "V2.0": {"ICVER": "V2.0", "ICVERDAT": "2023-12-20", "ICAPPDAT": "2024-01-10"},
    "V3.0": {"ICVER": "V3.0", "ICVERDAT": "2024-05-15", "ICAPPDAT": "2024-06-01"},
}
BATCH = {
    "MSC240301": {
        "BTLOT": "MSC240301", "BTMFG": "2024-03-01", "BTEXP": "2024-09-01", "BTSTORE": "C2_8",
        "BTVOL": "50.0", "BTSTER": "Y", "BTST": "REL", "BTSTDT": "2024-03-10",
        "BTREL": "2024-03-10", "BTRECV": "200", "BTDISP": "0", "BTRET": "0", "BTDEST": "0",
    },
}  # fmt: skip
CONSENT = {"ICTYPE": "INIT", "ICVER": "V2.0", "ICDAT": "2024-03-18"}
INJURY = {"INJORAL": "Y", "INJORDAT": "2024-03-17", "INJSKIN": "N", "INJBLAD": "N",
          "INJPRIM": "ORAL", "INJCAUSE": ["COND"]}  # fmt: skip

Place = str  # "VS", "VS@BL", "AE#2"
Values = Mapping[str, Any]


def place_of(text: Place) -> tuple[str, str, int]:
    """Return visit, form and row of ``FORM@VISIT#ROW``."""
    rest, _, row = text.partition("#")
    form, _, visit = rest.partition("@")
    return visit, form, int(row or 1)


def day(offset: int) -> str:
    """Return the ISO date of D + *offset*."""
    return (DAY_ZERO + timedelta(days=offset)).isoformat()


def fill(record: Record, values: Values) -> None:
    """Put *values* into the record.

    None empties an item, ``"?ND"`` is a missing code, and ``"!x"`` an x that was changed after
    randomisation. ``ITEM.2`` is the item in the second row of a repeating group.
    """
    for item, value in values.items():
        text = (
            json.dumps(value) if isinstance(value, list) else None if value is None else str(value)
        )
        if text is not None and text.startswith("?"):
            cell = Cell(missing=text[1:])
        elif text is not None and text.startswith("!"):
            cell = Cell(value=text[1:], changed_after_randomisation=True)
        else:
            cell = Cell(value=text)
        code, _, repeat = item.partition(".")
        record.cells[code, int(repeat or 1)] = cell


def casebook(
    records: Mapping[Place, Values],
    *,
    facts: Mapping[str, str] | None = None,
    day_zero: date | None = DAY_ZERO,
    today: date = TODAY,
    complete: bool = True,
    signed: tuple[str, ...] = (),
    registers: Mapping[str, Any] | None = None,
    elsewhere: Mapping[str, list[Any]] | None = None,
) -> Casebook:
    """Return a participant's casebook with everything derived.

    :param day_zero: the day of randomisation, None before it.
    :param registers: what the site's registers hold instead of the usual.
    :param elsewhere: what other participants' records hold, by CRF.
    """
    known = {"today": today.isoformat()} | dict(facts or {})
    if day_zero is not None:
        known = {"randomisation_date": day_zero.isoformat(), "randomised": "Y"} | known
    book = Casebook(
        study=STUDY, facts=known, visits=dict(planned_visits(day_zero)),
        registers={"ICF": ICF, "BATCH": BATCH} | dict(registers or {}),
        others=lambda form, item, values: [
            row for row in (elsewhere or {}).get(form, []) if row.get(item) in values
        ],
    )  # fmt: skip
    for text, values in records.items():
        visit, form, row = place_of(text)
        record = Record(form, visit, row, is_complete=complete, is_signed=text in signed)
        fill(record, values)
        book.put(record)
    return derive(book)


def planned_visits(day_zero: date | None) -> Iterator[tuple[str, PlannedVisit]]:
    """Return the schedule that screening and, on *day_zero*, randomisation give a participant."""
    for visit in STUDY.schedule.created_by(Created.REGISTRATION):
        yield visit.code, _plan(visit, day_zero)
    if day_zero is not None:
        for visit in STUDY.schedule.created_by(Created.RANDOMISATION):
            if visit.exists_for(day_zero):
                yield visit.code, _plan(visit, day_zero)


def _plan(visit: Visit, day_zero: date | None) -> PlannedVisit:
    target = visit.target_date(day_zero) if day_zero else None
    if target is None:
        return PlannedVisit(visit.code)
    start = target - timedelta(days=visit.window.before)
    end = target + timedelta(days=visit.window.after)
    return PlannedVisit(visit.code, target.isoformat(), start.isoformat(), end.isoformat())


def derive(book: Casebook) -> Casebook:
    """Compute every derived item until nothing changes."""
    for _ in range(4):
        for record in list(book.records.values()):
            crf = STUDY.crfs[record.form].at(record.row)
            for item in crf.calculated:
                for repeat in groups.touched_or_first(record, crf, item.code):
                    found = item.rule(book.scope(record, repeat))
                    record.cells[item.code, repeat] = Cell(found)
                    book.put(record)
    return book


def value(book: Casebook, place: Place, item: str, repeat: int = 1) -> str | None:
    """Return what an item holds."""
    return book.records[place_of(place)].cells[item, repeat].value


def fired(book: Casebook, place: Place) -> set[str]:
    """Return the ids of the checks of one record that fire."""
    return {rule for rule, _ in fired_rows(book, place)}


def fired_rows(book: Casebook, place: Place) -> set[tuple[str, int]]:
    """Return the checks of one record that fire, each with the row it is about."""
    record = book.records[place_of(place)]
    crf = STUDY.crfs[record.form].at(record.row)
    own = frozenset(crf.by_code)
    return {
        (rule.id, repeat)
        for rule in crf.checks
        for repeat in groups.rows_of(book, record, crf, rule.at_item(own))
        if rule.when.holds(book.scope(record, repeat))
    }


def mouth(who: int, on: str, **changes: Any) -> dict[str, Any]:
    """Return a full assessment of the mouth that fits the WHO grade *who*."""
    sites = ("UL", "LL", "RC", "LC", "RT", "LT", "FM", "SP", "HP")
    redness, ulcer = int(who > 0), int(who > 1)
    found = {"OMPERF": "Y", "OMDAT": on, "OMLOC": "IPD", "OMMASK": "Y", "OMWHO": who, "OMCTC": who}
    found |= {f"OM{site}E": redness for site in sites} | {f"OM{site}U": ulcer for site in sites}
    found |= {"OMDIET": ["SOL", "SOL", "SOFT", "LIQ", "NPO"][who], "OMPNRST": who, "OMPNSWL": who,
              "OMOPI": "N", "OMTOPAN": "N", "OMTPN": "N", "OMENT": "Y" if who > 3 else "N",
              "OMBLEED": 0, "OMINF": "N"}  # fmt: skip
    if who > 1:
        found["OMDIETRS"] = ["OM"]
    return found | changes


def lesion(number: int, **changes: Any) -> dict[str, Any]:
    """Return the row of a lesion of 4 by 2 cm, as the items of that row."""
    found = {"SLNUM": number, "SLTYPE": "PA", "SLLOC": "PERI", "SLLAT": "MIDLINE", "SLLEN": "4.0",
             "SLWID": "2.0", "SLDEPTH": "EPI", "SLEXUD": "LOW", "SLINF": "N",
             "SLHEAL": "N"}  # fmt: skip
    return {f"{code}.{number}": answer for code, answer in (found | changes).items()}


def healed(number: int, **changes: Any) -> dict[str, Any]:
    """Return the row of a lesion that has healed."""
    gone = {"SLLEN": "0.0", "SLWID": "0.0", "SLDEPTH": "INT", "SLEXUD": "NONE", "SLHEAL": "Y"}
    return lesion(number, **(gone | changes))


def skin(on: str, *lesions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an assessment of the skin with the rows of its lesions."""
    found = {"SKPERF": "Y", "SKDAT": on, "SKMASK": "Y", "SKBSA": "1.0", "SKCTCUL": 2, "SKPAIN": 3,
             "SKITCH": 1}  # fmt: skip
    for row in lesions:
        found |= row
    return found | changes


def bladder(grade: int, on: str, **changes: Any) -> dict[str, Any]:
    """Return an assessment of the bladder that fits its grade."""
    found = {"BCPERF": "Y", "BCDAT": on, "BCMASK": "Y", "BCGRD": grade, "BCCTCC": grade,
             "BCCTCH": grade, "BCOBST": "Y" if grade > 3 else "N", "BCDYS": grade, "BCSUPP": grade,
             "BCURCOL": ["CLEAR", "CLEAR", "PINK", "RED", "DARK"][grade],
             "BCCLOT": ["NONE", "NONE", "NONE", "SMALL", "LARGE"][grade], "BCURG": min(grade, 3),
             "BCSPASM": 0, "BCCATH": "N", "BCCBI": "N", "BCTRANS": "N"}  # fmt: skip
    return found | changes
