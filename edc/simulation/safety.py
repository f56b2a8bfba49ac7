"""Adverse events as they are reported: the event, its treatment, its infection, its SAE report."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.permissions import Role
from edc.simulation import events
from edc.simulation.stage import moment

if TYPE_CHECKING:
    from datetime import date, datetime

    from edc.services.casebooks import Place
    from edc.simulation.entry import Values
    from edc.simulation.events import AdverseEvent
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps

OVER: Final = "事件已结束，更新转归"
_SPONSOR: Final = "补录申办者评价"
_INFECTIONS: Final = {
    "CTC5-0310": ("BAC", "LUNG", "肺炎克雷伯菌"),
    "CTC5-0336": ("BAC", "BSI", "大肠埃希菌"),
    "CTC5-0285": ("VIR", "OTH", "巨细胞病毒"),
}
_ACTION: Final = {"NOT APPLICABLE": "9", "DOSE NOT CHANGED": "4", "DRUG WITHDRAWN": "1"}


def report(whose: Participant, event: AdverseEvent, *, arm: str) -> Steps:
    """Report an adverse event when it is seen, and its end when it is over."""
    seen = event.end if event.grade == events.FATAL else event.start
    if whose.consented_on is None or event.start < whose.consented_on:
        return
    late = timedelta(days=whose.rng.choices((0, 1, 4), (70, 20, 10))[0])
    who = whose.rng.choice((whose.investigator(), whose.nurse()))
    yield moment(seen + late, 11) + timedelta(seconds=whose.rng.randrange(9000))
    if whose.has_left:
        return
    aware = whose.stage.now
    row = whose.next_row("AE")
    answered = events.reported(whose.rng, event, arm=arm)
    whose.enter(who, ("", "AE", row), answered)
    is_fatal = event.grade == events.FATAL
    if is_fatal:
        whose.fatal_event = row
    # What ends with the event: the place and the answers that say so.
    ends = [(("", "AE", row), events.resolved(event))]
    if answered["AECONTRT"] == "Y":
        yield whose.goes_on()
        treated = whose.medicines.treat(
            event.term, row, start=event.start, end=event.end if is_fatal else None
        )
        ends.append((("", "CM", treated), {"CMONGO": "N", "CMENDAT": event.end.isoformat()}))
    if event.is_serious:
        yield whose.goes_on()
        yield from _serious(whose, event, row=row, aware=aware, answered=answered)
    if event.term in _INFECTIONS:
        yield whose.goes_on()
        place = ("", "INF", whose.next_row("INF"))
        whose.enter(whose.nurse(), place, _infection(event, row))
        ends.append((place, {"INFENDAT": event.end.isoformat()}))
    if not is_fatal:
        yield moment(event.end + timedelta(days=whose.rng.randint(0, 5)), 14)
        yield from _ends(whose, ends)


def _ends(whose: Participant, ends: list[tuple[Place, Values]]) -> Steps:
    """Enter that an event is over, and what was given against it."""
    if whose.has_left:
        return
    for place, values in ends:
        whose.save(whose.nurse(), place, values, reason=OVER)
        yield whose.goes_on()


def _infection(event: AdverseEvent, row: int) -> Values:
    kind, site, organism = _INFECTIONS[event.term]
    values: Values = {
        "INFTYPE": kind, "INFSITE": site, "INFORG": organism, "INFSTDAT": event.start.isoformat(),
        "INFGR": event.grade, "INFINJ": "N", "INFAE": row,
    }  # fmt: skip
    return values | ({"INFENDAT": event.end.isoformat()} if event.grade == events.FATAL else {})


def _serious(
    whose: Participant, event: AdverseEvent, *, row: int, aware: datetime, answered: Values
) -> Steps:
    """Report a serious event within the day, and let the sponsor judge it."""
    investigator = whose.investigator()
    place = ("", "SAE", row)
    known = clock.local(aware)
    values: Values = {
        "SAETYPE": "INIT",
        "SAEAWDTM": f"{known:%Y-%m-%dT%H:%M}+08:00",
        "SAEREP": "1",
        "SAEDX": event.words,
        "SAEACN": _ACTION[answered["AEACN"]],
        "SAERELI": answered["AEREL"],
    }
    if answered["AESHOSP"] == "Y":
        values["SAEHOSD"] = event.start.isoformat()
    if event.grade == events.FATAL:
        values["SAEDTHC"] = event.words
    whose.save(investigator, place, values)
    yield moment(known.date(), 16) + timedelta(seconds=whose.rng.randrange(3000))
    whose.stage.desk.send(investigator, whose.subject_id, place)
    yield moment(known.date() + timedelta(days=1), 10)
    officer = whose.stage.cast.one(Role.SAFETY_OFFICER)
    received = clock.local(whose.stage.now) - timedelta(hours=1)
    judged = {
        "SAESPDTM": f"{received:%Y-%m-%dT%H:%M}+08:00",
        "SAERELS": answered["AEREL"],
        "SAEEXP": "EXP",
    }
    whose.save(officer, place, judged, reason=_SPONSOR)
    yield moment(known.date() + timedelta(days=whose.rng.randint(4, 9)), 16)
    told = {"SAETYPE": "FUP", "SAENARR": _narrative(whose, event)}
    whose.save(investigator, place, told, reason="补充病程与随访信息")
    yield whose.goes_on()
    whose.stage.desk.send(investigator, whose.subject_id, place)


def _narrative(whose: Participant, event: AdverseEvent) -> str:
    sex = {"M": "男性", "F": "女性"}[whose.who.sex]
    age = (event.start - whose.who.born).days // 365
    ended = "受试者死亡" if event.grade == events.FATAL else "经治疗后好转，继续观察"
    return (
        f"{sex}，{age}岁，造血干细胞移植后。{_day(event.start)}出现{event.words}"
        f"（CTCAE {event.grade}级），予对症及抗感染治疗，{ended}。"
    )


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"
