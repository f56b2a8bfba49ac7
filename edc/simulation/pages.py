"""The CRFs of a visit that follow from the course: diary, GVHD, engraftment and response."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from edc.simulation.course import happens
from edc.simulation.episodes import PRODUCT
from edc.simulation.injuries import Skin

if TYPE_CHECKING:
    from datetime import date

    from edc.simulation.entry import Values
    from edc.simulation.follow_up import FollowUp
    from edc.simulation.stage import Steps

WITHOUT_RESPONSE: Final = ("M6", "M12")
_CHRONIC_AT: Final = ("FU100", "M6", "M12")
_RESPONSES: Final = {"ORAL": "RSPORAL", "SKIN": "RSPSKIN", "BLAD": "RSPBLAD"}


def diary(follow: FollowUp, on: date, visit: str) -> None:
    """Enter the participant's own scores, which go with the grades."""
    whose, rng = follow.whose, follow.whose.rng
    if whose.stage.now.date() != on:
        return
    grades = whose.grades_on(on)
    mouth = grades.get("ORAL", 0)
    worst = max(grades.values())

    def score(grade: int) -> int:
        return min(10, max(0, 2 * grade + rng.randint(-1, 1))) if grade else 0

    values: Values = {
        "PRODAT": on.isoformat(),
        "PROBY": rng.choices(("SELF", "HELP", "INT"), (6, 3, 1))[0],
        "PRO01": score(mouth), "PRO02": score(mouth), "PRO03": score(mouth),
        "PRO04": score(min(mouth, 2)), "PRO05": rng.randint(0, 3),
        "PRO08": min(10, score(worst) + 1), "PRO09": min(10, score(worst) + rng.randint(0, 1)),
    }  # fmt: skip
    if "SKIN" in grades:
        values["PRO06"] = score(grades["SKIN"])
    if "BLAD" in grades:
        values["PRO07"] = score(grades["BLAD"])
    if follow.arm == PRODUCT and follow.dosing is not None and not follow.dosing.is_over:
        values["PRO10"] = "N" if happens(rng, 0.9) else "Y"
    place = (visit, "PRO", 1)
    if not follow.is_monotonous:
        whose.enter(whose.nurse(), place, values)
        return
    same = {item: 3 if item.startswith("PRO0") else value for item, value in values.items()}
    whose.save(whose.nurse(), place, same)
    whose.stage.desk.warns_manager(whose.subject_id, place)


def graft_versus_host(follow: FollowUp, on: date, visit: str) -> None:
    """Enter GVHD: of the skin, where that is what injured it."""
    whose = follow.whose
    skin = next((one for one in whose.injuries if isinstance(one, Skin)), None)
    if skin is None or "AGVHD" not in whose.causes:
        values: Values = {"GVDAT": on.isoformat(), "AGVYN": "N"}
    else:
        values = {
            "GVDAT": on.isoformat(), "AGVYN": "Y", "AGVBSA": skin.surface_on(on),
            "AGVSKIN": skin.stage_on(on), "AGVLIV": 0, "AGVUGI": 0, "AGVSTOOL": 200,
            "AGVEPI": 1, "AGVLGI": 0, "AGVTRT": "Y",
        }  # fmt: skip
        if not follow.has_gvhd:
            values["AGVONS"] = (follow.day_zero - timedelta(days=5)).isoformat()
            follow.has_gvhd = True
    if visit in _CHRONIC_AT:
        values["CGVYN"] = "N"
    whose.enter(whose.investigator(), (visit, "GVHD", 1), values)


def engraftment(follow: FollowUp, on: date) -> Values:
    """Return ENG, by the counts that were entered where they show three days in a row."""
    whose = follow.whose
    shown = whose.stage.desk.fact(whose.subject_id, "neutrophil_engraftment_day")
    values: Values = {"NEUENG": "Y", "NEUENGDT": shown or str(whose.blood.neutrophils_on)}
    is_there = whose.blood.platelets_on <= on
    values |= {"PLTENG": "Y" if is_there else "N", "GFAIL": "N"}
    if is_there:
        values["PLTENGDT"] = str(whose.blood.platelets_on)
    if not whose.who.is_autologous:
        values |= {"CHIM": f"{whose.rng.uniform(95, 100):.1f}", "CHIMDAT": on.isoformat()}
    return values


def transfused_late(follow: FollowUp) -> Steps:
    """Find platelets that were given when they should have stood by themselves (TX-01)."""
    whose = follow.whose
    on = whose.blood.platelets_on - timedelta(days=3)
    if on >= follow.day_zero and whose.stage.blunders.once("TX-01", whose, is_rare=True):
        yield whose.goes_on()
        values = {"TXDAT": str(on), "TXPROD": "PLT", "TXUNITS": "1.0", "TXINJ": "N"}
        whose.save(whose.nurse(), ("", "TX", whose.next_row("TX")), values)


def response(follow: FollowUp, visit: str, on: date) -> Values:
    """Return RSP as the investigator answers it, who sees what the scores say."""
    whose, rng, late = follow.whose, follow.whose.rng, visit in WITHOUT_RESPONSE
    seen = whose.stage.desk.preview(
        whose.subject_id, (visit, "RSP", 1), {"RSPDAT": on.isoformat(), "RSPSURV": "Y"}
    )
    values: Values = {
        "RSPDAT": on.isoformat(),
        "RSPSURV": "Y",
        "RESCUE": "N",
        "DISREL": rng.choices(("REM", "MRD"), (92, 8))[0],
        "ADMDAYS": rng.randint(0, 7),
    }
    if late:
        values["SECMAL"] = "N"
    else:
        for injury in whose.injuries:
            item = _RESPONSES[injury.site]
            values[item] = seen.get(f"{item}C") or "NE"
    if seen.get("HEALYN") == "Y":
        healed = seen["HEALDAT"] or ""
        back = follow.recurs_on
        is_back = back is not None and healed < str(back) <= str(on)
        values["RECUR"] = "Y" if is_back else "N"
        if is_back:
            values["RECDAT"] = str(back)
    return values
