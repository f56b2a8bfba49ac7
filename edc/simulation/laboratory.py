"""Laboratory results of the simulated trial: how blood falls and recovers after a transplant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from edc.simulation.course import happens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from edc.simulation.entry import Values

LABORATORY: Final = "LAB01"
_COMMON: Final[dict[str, object]] = {
    "WBC": ["3.5", "9.5"], "NEUT": ["1.8", "6.3"], "LYM": ["1.1", "3.2"],
    "HGB": {"M": ["130", "175"], "F": ["115", "150"]}, "PLAT": ["125", "350"],
    "AST": ["0", "40"], "BILI": ["0", "21"], "BILDIR": ["0", "8"], "ALB": ["35", "55"],
    "CREAT": {"M": ["0", "106"], "F": ["0", "97"]}, "K": ["3.5", "5.3"],
    "SODIUM": ["137", "147"], "CRP": ["0", "10"], "INR": ["0.8", "1.2"], "APTT": ["25", "40"],
    "FIBRINO": ["2", "4"], "URBC": ["0", "3"], "UWBC": ["0", "5"], "UPROT": ["NEG", "NEG"],
    "CMVDNA": ["0", "1000"], "EBVDNA": ["0", "1000"], "CSATR": ["100", "300"],
}  # fmt: skip
# From, to, limits: a new analyser brought other limits for two enzymes.
PERIODS: Final = (
    (date(2020, 1, 1), date(2022, 12, 31), _COMMON | {"ALT": ["0", "40"], "LDH": ["100", "240"]}),
    (date(2023, 1, 1), None, _COMMON | {"ALT": ["0", "50"], "LDH": ["120", "250"]}),
)
_RISEN = 1.15  # x 10^9/L: with G-CSF the count jumps over 1.0 within a day


@dataclass(frozen=True, slots=True)
class Blood:
    """How a participant's blood runs, and what stays about their results.

    :param neutrophils_on: the first day of neutrophils over 0.5 x 10^9/L.
    :param platelets_on: the first day of platelets over 20 x 10^9/L without transfusion.
    """

    sex: str
    neutrophils_on: date
    platelets_on: date
    haemoglobin: float
    creatinine: float
    potassium: float
    alt: float
    speed: float


def blood(rng: Random, *, sex: str, infused: date, is_autologous: bool) -> Blood:
    """Draw how the blood recovers after cells were given on the day *infused*."""
    engrafts = rng.randint(9, 12) if is_autologous else rng.randint(11, 16)
    return Blood(
        sex=sex,
        neutrophils_on=infused + timedelta(days=engrafts),
        platelets_on=infused + timedelta(days=engrafts + rng.randint(2, 8)),
        haemoglobin=rng.uniform(116, 138) - (8 if sex == "F" else 0),
        creatinine=rng.uniform(52, 70) + (12 if sex == "M" else 0),
        potassium=rng.uniform(3.7, 4.3),
        alt=rng.uniform(16, 34),
        speed=rng.uniform(0.05, 0.09),
    )


def panel(rng: Random, who: Blood, part: str, on: date, *, urine_cells: int = 1) -> Values:
    """Answer a panel of LB for a sample of that day.

    :param urine_cells: red cells per field of the urine, which an injured bladder bleeds.
    """
    results = _PANELS[part](rng, who, on) if part != "URIN" else _urine(rng, urine_cells)
    low_or_high = (
        code for code, result in results.items() if is_flagged(code, result, who.sex, on)
    )
    judged = {f"{code}_LBCLSIG": "N" for code in low_or_high}
    sample = {"LBPERF": "Y", "LBDAT": on.isoformat(), "LBLAB": LABORATORY}
    below = {f"{code}_LBQUAL": "LT" for code, result in results.items() if result == _LIMIT}
    return {**sample, **results, **below, **judged}


def is_flagged(code: str, result: object, sex: str, on: date) -> bool:
    """Tell whether the laboratory calls the result low or high."""
    limits = _limits(code, sex, on)
    if limits is None or result == _LIMIT:
        return False
    low, high = limits
    if code == "UPROT":
        return result != "NEG"
    return not float(low) <= float(str(result)) <= float(high)


def _limits(code: str, sex: str, on: date) -> tuple[str, str] | None:
    table: Mapping[str, object] = next(
        limits for first, last, limits in PERIODS if first <= on <= (last or date.max)
    )
    given = table.get(code)
    if isinstance(given, dict):
        given = given[sex]
    return (given[0], given[1]) if isinstance(given, list) else None


def neutrophils(who: Blood, on: date) -> float:
    """Return the count x 10^9/L that the course gives for a day, without chance."""
    since = (on - who.neutrophils_on).days
    if since < 0:
        return max(0.03, 0.38 + 0.06 * since) if since > -6 else 0.04  # noqa: PLR2004
    return _RISEN + 2.3 * (1 - math.exp(-who.speed * since * 1.6))


def _count(rng: Random, who: Blood, on: date) -> Values:
    since = (on - who.neutrophils_on).days
    neutrophil = neutrophils(who, on) * rng.uniform(0.92, 1.08)
    if since < 0:
        neutrophil = min(neutrophil, 0.44)
        lymphocyte = rng.uniform(0.05, 0.2)
    else:
        lymphocyte = 0.55 + min(1.2, 0.012 * since) + rng.uniform(0, 0.12)
    monocyte = neutrophil * rng.uniform(0.08, 0.12) + (0.35 if since >= 0 else 0.02)
    after = (on - who.platelets_on).days
    platelet = 21 + min(150, 8 * after) if after >= 0 else 14.0
    red = who.haemoglobin - 46 * math.exp(-max(0, since + 6) / 40)
    return {
        "WBC": f"{neutrophil + lymphocyte + monocyte:.2f}",
        "NEUT": f"{neutrophil:.2f}",
        "LYM": f"{lymphocyte:.2f}",
        "HGB": str(round(max(red, 81 if since >= 0 else 68) + rng.uniform(0, 4))),
        "PLAT": str(round(platelet + rng.uniform(0, 5))),
    }


def _chemistry(rng: Random, who: Blood, on: date) -> Values:
    since = abs((on - who.neutrophils_on).days - 12)
    bump = math.exp(-since / 15)
    alt = who.alt * (1 + 1.4 * bump) * rng.uniform(0.9, 1.1)
    return {
        "ALT": str(round(alt)),
        "AST": str(round(alt * rng.uniform(0.75, 0.95))),
        "BILI": f"{rng.uniform(8, 15) * (1 + 0.4 * bump):.1f}",
        "ALB": f"{rng.uniform(38, 43) - 6 * bump:.1f}",
        "CREAT": str(round(who.creatinine * (1 + 0.18 * bump) * rng.uniform(0.95, 1.05))),
        "K": f"{who.potassium + rng.uniform(-0.3, 0.3):.1f}",
        "SODIUM": str(rng.randint(137, 143)),
        "LDH": str(round(rng.uniform(150, 235) * (1 + 0.25 * bump))),
        "CRP": f"{rng.uniform(1, 8) + 30 * bump:.1f}",
    }


def _coagulation(rng: Random, _who: Blood, _on: date) -> Values:
    return {
        "INR": f"{rng.uniform(0.92, 1.18):.2f}",
        "APTT": f"{rng.uniform(27, 38):.1f}",
        "FIBRINO": f"{rng.uniform(2.3, 3.9):.2f}",
    }


def _urine(rng: Random, cells: int) -> Values:
    return {
        "URBC": str(round(cells * rng.uniform(0.8, 1.2))),
        "UWBC": str(rng.randint(0, 4)),
        "UPROT": "NEG" if happens(rng, 0.9) else "TRACE",
    }


def _viruses(rng: Random, _who: Blood, _on: date) -> Values:
    return {
        "CMVDNA": _LIMIT if happens(rng, 0.85) else str(rng.randrange(600, 980)),
        "EBVDNA": _LIMIT if happens(rng, 0.9) else str(rng.randrange(600, 980)),
    }


def _drugs(rng: Random, _who: Blood, _on: date) -> Values:
    return {"CSATR": str(rng.randint(120, 290))}


_LIMIT: Final = "500"  # copies/mL: less is not measured
_PANELS: Final = {
    "CBC": _count,
    "CHEM": _chemistry,
    "COAG": _coagulation,
    "VLOAD": _viruses,
    "DRUG": _drugs,
}
