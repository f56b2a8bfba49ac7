"""What is found at screening and seen again later: history, infections, heart, body, pregnancy."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from edc.forms.pe import SYSTEMS
from edc.simulation.course import happens

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from edc.simulation.entry import Values

_CONDITIONS: Final = (
    ("高血压", "Y", 2),
    ("2型糖尿病", "Y", 2),
    ("慢性胃炎", "Y", 1),
    ("阑尾切除术后", "N", 0),
    ("甲状腺功能减退症", "Y", 1),
    ("过敏性鼻炎", "Y", 1),
    ("肺炎", "N", 0),
)
_ALLERGIES: Final = ("青霉素：皮疹", "头孢类：荨麻疹", "海鲜：皮疹")
_LOOK: Final = {
    "ORL": "口腔黏膜充血、破溃，见口腔评估表",
    "SKN": "皮肤损伤，见皮肤评估表",
    "GUT": "肉眼血尿、尿痛，见膀胱评估表",
}
_INJURED: Final = {"ORAL": "ORL", "SKIN": "SKN", "BLAD": "GUT"}


def history(rng: Random, on: date) -> list[Values]:
    """Answer the rows of MH."""
    found = rng.sample(_CONDITIONS, rng.choices((0, 1, 2), (55, 32, 13))[0])
    rows: list[Values] = []
    for term, goes_on, grade in found:
        began = on - timedelta(days=rng.randint(400, 4000))
        row: Values = {"MHTERM": term, "MHSTDAT": f"{began.year}", "MHONGO": goes_on}
        if goes_on == "Y":
            row["MHGRADE"] = grade
        else:
            row["MHENDAT"] = f"{began.year + 1}"
        rows.append(row)
    allergic: Values = {"MHALL": "N"}
    if happens(rng, 0.12):
        allergic = {"MHALL": "Y", "MHALLTX": rng.choice(_ALLERGIES)}
    first = rows[0] if rows else {}
    return [{"MHYN": "Y" if rows else "N"} | first | allergic, *rows[1:]]


def infections(rng: Random, on: date) -> Values:
    """Answer VIR: nobody with an active infection, some who had hepatitis B."""
    values: Values = {
        "VIRDAT": on.isoformat(),
        "HBSAG": "NEG",
        "HBSAB": rng.choice(("POS", "NEG")),
        "HBCAB": "POS" if happens(rng, 0.15) else "NEG",
        "HCVAB": "NEG",
        "HIV": "NEG",
        "TPAB": "NEG",
    }
    return values | ({"HBVDNAQ": "LT"} if values["HBCAB"] == "POS" else {})


def heart(rng: Random, on: date) -> Values:
    """Answer CV."""
    return {
        "EGDAT": on.isoformat(),
        "EGRES": rng.choices(("NORM", "NCS"), (8, 2))[0],
        "QTCF": rng.randint(385, 450),
        "LVEFDAT": on.isoformat(),
        "LVEF": rng.randint(56, 70),
        "NYHA": 1,
    }


def body(rng: Random, on: date, injured: Mapping[str, int]) -> Values:
    """Answer PE.

    :param injured: the injured sites with the grade of that day.
    """
    values: Values = {"PEPERF": "Y", "PEDAT": on.isoformat()}
    values |= {f"PE{system}RES": "NORM" for system in SYSTEMS}
    if happens(rng, 0.15):
        values |= {"PELYMRES": "NCS", "PELYMTX": "颈部可及小淋巴结，无压痛"}
    for site, grade in injured.items():
        if grade > 0:
            system = _INJURED[site]
            values |= {f"PE{system}RES": "CS", f"PE{system}TX": _LOOK[system]}
    return values


def pregnancy_test(on: date) -> Values:
    """Answer PREGT."""
    return {"PREGDN": "Y", "PREGDAT": on.isoformat(), "PREGRES": "NEG"}
