"""The mistakes of people who enter data: slips that a check sees, about two in a hundred saves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import TypeAlias

from edc.simulation.entry import Values

Slip: TypeAlias = Callable[[Random, Values], Values | None]

SHARE = 0.022
CORRECTED = 0.34
REASONS = (
    "录入错误，与原始病历核对后更正",
    "数字误录，按护理记录单更正",
    "日期录入有误，已核对住院病历",
    "监查时发现与源数据不一致，更正",
)


def spoil(rng: Random, form: str, values: Values) -> Values | None:
    """Return the values that are typed instead of the right ones, None where nobody slips."""
    slips = _SLIPS.get(form)
    return rng.choice(slips)(rng, values) if slips else None


def _fast_pulse(rng: Random, values: Values) -> Values:
    return {"PULSE": int(values["PULSE"]) + rng.choice((60, 80))}


def _low_temperature(_rng: Random, values: Values) -> Values:
    return {"TEMP": f"{float(values['TEMP']) - 2:.1f}"}


def _weight_of_another(_rng: Random, values: Values) -> Values:
    return {"WEIGHT": f"{float(values['WEIGHT']) + 11:.1f}"}


def _day_before(item: str) -> Slip:
    def slip(rng: Random, values: Values) -> Values | None:
        if item not in values:
            return None
        back = timedelta(days=rng.randint(1, 3))
        return {item: (date.fromisoformat(values[item]) - back).isoformat()}

    return slip


def _grade_too_low(_rng: Random, values: Values) -> Values | None:
    grade = values.get("OMWHO", 0)
    return {"OMWHO": grade - 1} if grade > 1 else None


def _nothing_by_mouth(_rng: Random, values: Values) -> Values | None:
    return {"OMDIET": "NPO"} if values.get("OMDIET") == "LIQ" else None


def _opioid_times_ten(_rng: Random, values: Values) -> Values | None:
    return {"OMOPIME": int(values["OMOPIME"]) * 10} if "OMOPIME" in values else None


def _pain_left_behind(_rng: Random, values: Values) -> Values | None:
    return {"OMPNRST": 3} if values.get("OMWHO") == 0 else None


def _other_response(rng: Random, values: Values) -> Values | None:
    now = values.get("RSPORAL")
    return {"RSPORAL": rng.choice([c for c in ("PR", "NR", "PD") if c != now])} if now else None


_SLIPS: dict[str, tuple[Slip, ...]] = {
    "VS": (_fast_pulse, _low_temperature, _weight_of_another, _day_before("VSDAT")),
    "OM": (_grade_too_low, _nothing_by_mouth, _opioid_times_ten, _pain_left_behind),
    "SV": (_day_before("SVSTDAT"),),
    "RSP": (_other_response,),
}
