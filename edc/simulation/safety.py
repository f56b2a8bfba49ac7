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
    if event.is_serious and answered["AEREL"] == "POSS" and _is_untold(whose, "SAE-04"):
        answered["AEREL"] = "UNLK"
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
    yield from _blunders(whose, answered)
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


def _is_untold(whose: Participant, check: str) -> bool:
    return check not in whose.stage.blunders.told


def _ends(whose: Participant, ends: list[tuple[Place, Values]]) -> Steps:
    """Enter that an event is over, and what was given against it."""
    if whose.has_left or whose.stage.blunders.once("AE-14", whose):
        return  # or it is forgotten
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


def _blunders(whose: Participant, answered: Values) -> Steps:
    """Record an event twice, and as history too."""
    once = whose.stage.blunders.once
    if answered["AESER"] == "Y":
        return
    if once("AE-13", whose):
        yield whose.goes_on()
        place = ("", "AE", whose.next_row("AE"))
        whose.save(whose.nurse(), place, answered)
        yield whose.goes_on()
        why = "与另一条记录重复"
        whose.stage.desk.withdraw_row(whose.investigator(), whose.subject_id, place, why)
    if once("MH-03", whose):
        yield whose.goes_on()
        history = {"MHTERM": answered["AETERM"], "MHSTDAT": "2019", "MHONGO": "Y", "MHGRADE": 1}
        whose.save(whose.nurse(), ("", "MH", whose.next_row("MH")), history)


def _serious(
    whose: Participant, event: AdverseEvent, *, row: int, aware: datetime, answered: Values
) -> Steps:
    """Report a serious event within the day, and let the sponsor judge it."""
    investigator, desk = whose.investigator(), whose.stage.desk
    once = whose.stage.blunders.once
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
    if once("SAE-07", whose, is_rare=True):
        telling = values | {"SAEDX": f"{event.words}（MSC上清给药期间）"}
        desk.attempt(lambda: whose.save(investigator, place, telling))
    if once("SAE-05", whose, is_rare=True):
        whose.save(investigator, place, {"SAEAWDTM": values["SAEAWDTM"], "SAETYPE": "INIT"})
        desk.attempt(lambda: desk.send(investigator, whose.subject_id, place))
        yield whose.goes_on()
    disagrees = once("SAE-03", whose, is_rare=True)
    whose.save(investigator, place, values | ({"SAEACN": "0"} if disagrees else {}))
    if once("SAE-01", whose, is_rare=True):
        # Nobody sends it: the system reminds after 18 hours, and is late after 24.
        for hours in (19, 26):
            yield aware + timedelta(hours=hours)
            desk.night(whose.subject_id)
        yield aware + timedelta(hours=29)
    else:
        yield moment(known.date(), 16) + timedelta(seconds=whose.rng.randrange(3000))
    desk.send(investigator, whose.subject_id, place)
    yield from _sponsor(whose, place, answered=answered)
    yield whose.stage.now + timedelta(days=whose.rng.randint(3, 8))
    told = {"SAETYPE": "FUP", "SAENARR": _narrative(whose, event)}
    if disagrees:
        told["SAEACN"] = values["SAEACN"]
    whose.save(investigator, place, told, reason="补充病程与随访信息")
    yield whose.goes_on()
    desk.send(investigator, whose.subject_id, place)


def _sponsor(whose: Participant, place: Place, *, answered: Values) -> Steps:
    """Let the sponsor judge a report; once as a suspected unexpected reaction (SAE-04, SAE-06)."""
    desk, officer = whose.stage.desk, whose.stage.cast.one(Role.SAFETY_OFFICER)
    yield moment(clock.local(whose.stage.now).date() + timedelta(days=1), 10)
    received = clock.local(whose.stage.now) - timedelta(minutes=30)
    is_unexpected = answered["AEREL"] in ("NOT", "UNLK") and whose.stage.blunders.once(
        "SAE-04", whose, is_rare=True
    )
    judged = {
        "SAESPDTM": f"{received:%Y-%m-%dT%H:%M}+08:00",
        "SAERELS": "POSS" if is_unexpected else answered["AEREL"],
        "SAEEXP": "UNEXP" if is_unexpected else "EXP",
    }
    whose.save(officer, place, judged, reason=_SPONSOR)
    if is_unexpected:
        for days in (6, 7):  # 7 days for a grave one, 15 for another
            yield whose.stage.now + timedelta(days=days)
            desk.night(whose.subject_id)
        reported = {"SUSSUB": str(whose.today())}
        whose.save(officer, place, reported, reason="补录上报监管部门日期")


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
