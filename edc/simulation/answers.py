"""What is answered on the CRFs of screening and follow-up: plausible, and without contradiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from edc.simulation.course import happens, pick

if TYPE_CHECKING:
    from random import Random

    from edc.simulation.entry import Values

_SITES = {"ORAL": 78, "SKIN": 13, "BLAD": 9}
_INJ = {
    "ORAL": ("INJORAL", "INJORDAT"),
    "SKIN": ("INJSKIN", "INJSKDAT"),
    "BLAD": ("INJBLAD", "INJBLDAT"),
}
_INITIALS = "ABCDFGHJKLMNPQSTWXYZ"
_ETHNIC = {"HAN": 86, "ZANG": 5, "YI": 4, "QIANG": 2, "HUI": 2, "MIAO": 1}
_AUTOLOGOUS = ("MM", "NHL", "HL")
_DONORS = {"HAPLO": "M5", "MSD": "M10", "MUD": "M10", "MMUD": "M9"}
_ALLO_DISEASES = {"AML": 45, "ALL": 27, "MDS": 16, "AA": 12}
_STATUS = {
    "AML": "CR1",
    "ALL": "CR1",
    "MDS": "NR",
    "AA": "NM",
    "MM": "PR",
    "NHL": "CR2",
    "HL": "CR2",
}
_POSTMENOPAUSAL = 52
_TWO_SITES = 0.12
_KPS = {0: 90, 1: 80, 2: 60}
INCLUSION = ("INC01", "INC02", "INC03", "INC04", "INC05")
EXCLUSION = ("EXC01", "EXC01H", "EXC01L", "EXC01K", "EXC02", "EXC03", "EXC04", "EXC05", "EXC06")
OTHER_TRIAL = "EXC07"


@dataclass(frozen=True, slots=True)
class Profile:
    """What stays the same about an invented participant.

    :param site: the target site; *second* is another injured one, empty for none.
    """

    site: str
    is_autologous: bool
    sex: str
    born: date
    second: str
    initials: str
    may_bear_children: bool
    height: float
    weight: float

    @property
    def stratum(self) -> str:
        """Return the key of the stratum."""
        return f"{self.site}/{'AUTO' if self.is_autologous else 'ALLO'}"

    @property
    def injured(self) -> tuple[str, ...]:
        """Return the injured sites, the target first."""
        return (self.site, self.second) if self.second else (self.site,)

    @property
    def stays_long(self) -> bool:
        """Tell whether the injury comes late after the transplant, as GVHD and viruses do."""
        return self.site != "ORAL" and not self.is_autologous


def profile(rng: Random, on: date) -> Profile:
    """Return an invented participant of 18 to 68 years on that day."""
    sex = rng.choice("MF")
    height = rng.gauss(170 if sex == "M" else 159, 5)
    height = round(min(max(height, 148), 186), 1)
    index = rng.uniform(19, 26.5)
    born = on - timedelta(days=rng.randint(19 * 366, 68 * 365))
    site = pick(rng, _SITES)
    others = [other for other in _SITES if other != site]
    return Profile(
        site=site,
        second=rng.choice(others) if happens(rng, _TWO_SITES) else "",
        is_autologous=happens(rng, 0.38),
        sex=sex,
        born=born,
        initials="".join(rng.choices(_INITIALS, k=4)),
        may_bear_children=sex == "F" and (on - born).days // 365 <= _POSTMENOPAUSAL,
        height=height,
        weight=round(min(max(index * (height / 100) ** 2, 43), 88), 1),
    )


def demographics(rng: Random, who: Profile) -> Values:
    """Answer DM."""
    values: Values = {
        "SUBJINIT": who.initials,
        "BRTHYR": who.born.year,
        "BRTHMO": who.born.month,
        "SEX": who.sex,
        "ETHGRP": pick(rng, _ETHNIC),
        "SMOKE": rng.choices("YN", (3 if who.sex == "M" else 1, 7))[0],
        "DENTAL": "Y",
    }
    if who.sex == "M":
        return values | {"CONTRA": "Y"}
    if who.may_bear_children:
        return values | {"CHILDPOT": "Y", "CONTRA": "Y"}
    return values | {"CHILDPOT": "POST"}


def transplant(rng: Random, who: Profile, infused: date) -> Values:
    """Answer HSCT for cells that were given on the day *infused*."""
    disease = rng.choice(_AUTOLOGOUS) if who.is_autologous else pick(rng, _ALLO_DISEASES)
    values: Values = {
        "DX": disease,
        "DXDAT": (infused - timedelta(days=rng.randint(120, 700))).isoformat()[:7],
        "DXSTAT": _STATUS[disease],
        "HCTCI": rng.choices((0, 1, 2, 3), (45, 30, 15, 10))[0],
        "HCTNUM": 1,
        "HCTTYP": "AUTO" if who.is_autologous else "ALLO",
        "HCTSRC": "PB",
        "HCTDAT": infused.isoformat(),
        "CD34": f"{rng.uniform(2.2, 8.5):.1f}",
        "MNC": f"{rng.uniform(4, 14):.1f}",
        "CONDSTDT": (infused - timedelta(days=rng.randint(6, 10))).isoformat(),
        "CONDENDT": (infused - timedelta(days=rng.randint(1, 2))).isoformat(),
        "TBIYN": "N",
        "CRYO": rng.choices("YN", (3, 7))[0],
        "RTYN": "N",
        "MESNA": "N",
    }
    if who.is_autologous:
        regimen = "MEL200" if disease == "MM" else rng.choice(("BEAM", "CEAM"))
        return values | {"COND": "HDT", "CONDREG": regimen}
    return values | _donor(rng) | _conditioning(rng, disease)


def _donor(rng: Random) -> Values:
    donor = rng.choices(list(_DONORS), (58, 25, 12, 5))[0]
    return {
        "DONTYP": donor,
        "HLAM": _DONORS[donor],
        "DONSEX": rng.choice("MF"),
        "DONAGE": rng.randint(18, 55),
        "SERO": rng.choices(("PP", "NP", "PN", "NN"), (80, 8, 8, 4))[0],
        "ABOMIS": rng.choices("YN", (4, 6))[0],
        "GVHDPRO": ["CSA", "MTX", "MMF", "ATG"] if donor == "HAPLO" else ["CSA", "MTX"],
    }


def _conditioning(rng: Random, disease: str) -> Values:
    if disease == "AA":
        return {"COND": "NMA", "CONDREG": "FLUCY", "MESNA": "Y"}
    if disease == "ALL" and happens(rng, 0.7):
        total = {"TBIYN": "Y", "TBIDOSE": "12.0", "TBIFX": 6}
        return {"COND": "MAC", "CONDREG": "TBICY", "MESNA": "Y"} | total
    regimen = rng.choice(("MBUCY", "BUCY"))
    return {"COND": "MAC", "CONDREG": regimen, "MESNA": "Y"}


def causes(rng: Random, who: Profile) -> list[str]:
    """Return what injured the target site."""
    if who.is_autologous or who.site == "ORAL":
        return ["COND"]
    if who.site == "SKIN":
        return ["AGVHD"]
    return ["COND", "BKV"] if happens(rng, 0.7) else ["COND"]


def injury(who: Profile, causes: list[str], began: date) -> Values:
    """Answer INJ."""
    values: Values = {"INJPRIM": who.site, "INJCAUSE": causes}
    for site, (present, day) in _INJ.items():
        values[present] = "Y" if site in who.injured else "N"
        if site in who.injured:
            values[day] = began.isoformat()
    return values


def vital_signs(rng: Random, who: Profile, on: date, *, visit: str, weight: float) -> Values:
    """Answer VS."""
    systolic = rng.randint(98, 138)
    values: Values = {
        "VSPERF": "Y",
        "VSDAT": on.isoformat(),
        "TEMP": f"{min(max(rng.gauss(36.7, 0.3), 36.0), 37.6):.1f}",
        "PULSE": rng.randint(66, 104),
        "RESP": rng.randint(16, 21),
        "SYSBP": systolic,
        "DIABP": round(systolic * rng.uniform(0.58, 0.66)),
        "OXYSAT": rng.randint(95, 99),
        "WEIGHT": f"{weight:.1f}",
    }
    if visit == "SCR":
        values["HEIGHT"] = f"{who.height:.1f}"
    if visit in {"SCR", "BL", "V28", "FU100", "M6", "M12"}:
        early = visit in {"SCR", "BL", "V28"}
        status = rng.choices((0, 1, 2), (10, 65, 25) if early else (60, 36, 4))[0]
        values |= {"ECOG": status, "KPS": _KPS[status]}
    return values


def criteria(version: str, *, not_met: str = "") -> Values:
    """Answer the criteria of IE, all of them met but *not_met*."""
    values: Values = {"IEVER": version, OTHER_TRIAL: "N"}
    values |= dict.fromkeys(INCLUSION, "Y") | dict.fromkeys(EXCLUSION, "N")
    if not_met:
        values[not_met] = "N" if not_met in INCLUSION else "Y"
    if not_met == "EXC02":
        values["EXC02TX"] = "肺部感染，抗感染治疗中，体温未控制"
    return values
