"""How treatment and study end: EOT, death, withdrawal, and the end of study."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from edc.services.signing import Meaning
from edc.simulation import events, safety
from edc.simulation.course import LAST_DAY, happens
from edc.simulation.questions import answer_all

if TYPE_CHECKING:
    from random import Random

    from edc.simulation.entry import Values
    from edc.simulation.follow_up import FollowUp
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps


class Leaving(StrEnum):
    """Why a participant leaves, as EOS names it."""

    DEATH = "DEATH"
    LOST = "LTFU"
    WITHDRAWN = "WBS"
    PHYSICIAN = "PHYS"
    OTHER = "OTH"


_LEAVES = {
    None: 80,
    Leaving.DEATH: 7,
    Leaving.LOST: 6,
    Leaving.WITHDRAWN: 6,
    Leaving.PHYSICIAN: 1,
}
_EARLIEST = {Leaving.DEATH: 12, Leaving.LOST: 45, Leaving.WITHDRAWN: 4, Leaving.PHYSICIAN: 10}
_LATEST = {Leaving.DEATH: 330, Leaving.LOST: 330, Leaving.WITHDRAWN: 250, Leaving.PHYSICIAN: 60}
_TREATMENT_ENDS = {
    Leaving.DEATH: "DEATH",
    Leaving.WITHDRAWN: "WBS",
    Leaving.PHYSICIAN: "PHYS",
    Leaving.LOST: "COMP",
    Leaving.OTHER: "OTH",
}
_WHY = {"PHYS": "主管医生建议停止研究治疗", "OTH": "重复登记，本次随机作废"}


def draw_leaving(rng: Random, whose: Participant) -> tuple[Leaving | None, int]:
    """Return why a participant leaves, None for nothing, and after how many days."""
    if whose.same_as is not None:
        return Leaving.OTHER, 6
    why = rng.choices(list(_LEAVES), list(_LEAVES.values()))[0]
    if whose.is_cast:
        why = whose.leaves_by
    return (why, rng.randint(_EARLIEST[why], _LATEST[why])) if why else (None, 0)


def end_of_treatment(follow: FollowUp, on: date, *, why: str = "") -> Steps:
    """Enter EOT once the target site has healed, or the period of care is over.

    :param why: the reason, where the participant leaves.
    """
    if not follow.is_treated:
        return
    whose = follow.whose
    is_over = (on - follow.day_zero).days >= LAST_DAY
    healed = next(
        (seen for seen, clear in follow.target.seen if clear), None
    ) if follow.target.is_confirmed() else None  # fmt: skip
    if not (why or healed or is_over):
        return
    yield whose.goes_on()
    ended = min(healed or on, on, follow.day_zero + timedelta(days=LAST_DAY))
    reason = why or ("HEAL" if healed else "COMP")
    if follow.dosing is not None:
        follow.dosing.is_over = True
        ended = follow.dosing.last_given or ended
    values: Values = {"EOTDAT": ended.isoformat(), "EOTREAS": reason}
    if reason in _WHY:
        values["EOTOT"] = _WHY[reason]
    follow.is_treated = False
    whose.enter(whose.investigator(), ("", "EOT", 1), values)
    later = ended + timedelta(days=1)
    if (
        follow.dosing is not None
        and later < min(whose.today(), follow.leaves_on)
        and whose.stage.blunders.once("EX-10", whose, is_rare=True)
    ):
        yield whose.goes_on()
        follow.dosing.enter_dose(later, 13)


def leave(follow: FollowUp) -> Steps:
    """Enter the end of study; before it what brought it about."""
    whose = follow.whose
    if follow.leaves is None:
        yield whose.sits_down(whose.today() + timedelta(days=whose.rng.randint(1, 9)), 15)
        yield from _ends(follow, "COMPLETED", last=whose.today())
        return
    yield whose.sits_down(follow.leaves_on + timedelta(days=1), 15)
    if follow.leaves is Leaving.DEATH:
        yield from _dies(follow)
        return
    if follow.leaves is Leaving.WITHDRAWN:
        withdrawal = {
            "ICTYPE": "WD",
            "ICWDTYP": "ALL",
            "ICWDDAT": follow.leaves_on.isoformat(),
            "ICWDSIG": whose.rng.choices("YN", (7, 3))[0],
        }
        whose.save(whose.investigator(), ("", "IC", whose.next_row("IC")), withdrawal)
    yield from end_of_treatment(
        follow, follow.leaves_on - timedelta(days=1), why=_TREATMENT_ENDS[follow.leaves]
    )
    yield whose.goes_on()
    extra: Values = {}
    if follow.leaves is Leaving.LOST:
        extra = {"EOSTRIES": whose.rng.randint(3, 6)}
    elif follow.leaves is Leaving.OTHER:
        extra = {"EOSOT": _WHY["OTH"]}
    yield from _ends(follow, follow.leaves, last=follow.leaves_on, extra=extra)


def _dies(follow: FollowUp) -> Steps:
    """Report the fatal event and the death, and end the study with it."""
    whose, on = follow.whose, follow.leaves_on
    event = events.fatal(whose.rng, on)
    yield from safety.report(whose, event, arm=follow.arm)
    yield from end_of_treatment(follow, on - timedelta(days=1), why="DEATH")
    yield whose.goes_on()
    values: Values = {
        "DTHDAT": on.isoformat(),
        "DTHCAUS": "ORG" if event.term == "CTC5-0237" else "INF",
        "DTHCTX": f"{event.words}，多脏器受累",
        "DTHAUT": "N",
    }
    if (on - follow.day_zero).days <= _SAFETY_PERIOD:
        values["DTHAE"] = whose.fatal_event
    whose.enter(whose.investigator(), ("", "DTH", 1), values)
    yield whose.goes_on()
    if whose.stage.blunders.once("SV-04", whose, is_rare=True):
        nurse = whose.nurse()
        later = {"SVSTAT": "DONE", "SVSTDAT": whose.today().isoformat(), "SVLOC": "TEL"}
        whose.stage.desk.attempt(lambda: whose.save(nurse, ("M12", "SV", 1), later))
    yield from _ends(follow, Leaving.DEATH, last=on)


_SAFETY_PERIOD = 58


def _ends(follow: FollowUp, why: str, *, last: date, extra: Values | None = None) -> Steps:
    whose = follow.whose
    investigator = whose.investigator()
    last = min(last, whose.today())
    ended = last if why == Leaving.DEATH else whose.today()
    values = {
        "EOSDAT": ended.isoformat(),
        "EOSREAS": why,
        "EOSLAST": last.isoformat(),
    } | (extra or {})
    for what in list(whose.medicines.going_on):
        yield whose.goes_on()
        whose.medicines.end(what, last)
    whose.has_left = True
    typed = whose.enter(investigator, ("", "EOS", 1), values)
    desk, place, blunders = whose.stage.desk, ("", "EOS", 1), whose.stage.blunders
    if typed != values or why != "COMPLETED":
        return
    # Somebody tries too early in every study.
    if happens(whose.rng, 0.65) or "EOS-05" not in blunders.told:
        yield whose.goes_on()

        def sign() -> None:
            desk.sign(investigator, whose.subject_id, place, Meaning.REVIEWED)

        # Section 3 of EOS: nothing may be open when the whole casebook is signed.
        if not desk.is_settled(whose.subject_id) and blunders.once("EOS-05", whose, is_rare=True):
            desk.attempt(sign)
        if answer_all(whose.stage, whose.rng, investigator, whose.subject_id):
            sign()
