"""An injured site of a participant: how it heals, and what is assessed on a day."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from edc.forms.derivations.healing import RULES
from edc.simulation.course import (
    LAST_DAY,
    WITH_ULCERS,
    first_grade,
    grades_by_day,
    happens,
    mouth,
)

if TYPE_CHECKING:
    from datetime import date
    from random import Random

    from edc.simulation.entry import Values

_RECURRENCE_DAYS = 21
_MILDER_FROM = 9
# How likely a day at a grade brings an opioid, and feeding by vein.
_OPIOID = {2: 0.12, 3: 0.5, 4: 0.95}
_FED = {2: 0.0, 3: 0.3, 4: 1.0}


@dataclass
class Injury(ABC):
    """A site from its baseline on.

    :param seen: the days of the assessments that were entered, and whether the site was clear.
    :param recurs_on: the day on which it comes back, mildly and for three weeks.
    """

    form: ClassVar[str]
    site: ClassVar[str]
    delay: ClassVar[int] = 0

    rng: Random
    day_zero: date
    causes: list[str]
    baseline: int = 0
    grades: list[int] = field(default_factory=list)
    seen: list[tuple[date, bool]] = field(default_factory=list)
    recurs_on: date | None = None

    def __post_init__(self) -> None:
        """Draw the grade at baseline."""
        self.baseline = first_grade(self.rng)

    def begin(self, *, arm: str, heals: bool = True) -> None:
        """Draw the course that the arm gives."""
        self.grades = grades_by_day(self.rng, self.baseline, arm=arm, delay=self.delay, heals=heals)

    def grade_on(self, on: date) -> int:
        """Return the grade of a day."""
        if self.recurs_on is not None and on >= self.recurs_on and self.is_confirmed():
            since = (on - self.recurs_on).days
            if since <= _RECURRENCE_DAYS:
                return 2 if since <= _MILDER_FROM else 1
            return 0
        day = (on - self.day_zero).days
        if day <= 0 or not self.grades:
            return self.baseline
        return self.grades[min(day, LAST_DAY)]

    @abstractmethod
    def findings(self, on: date, *, visit: str, in_person: bool) -> Values:
        """Return what is assessed on a day, without who assessed it and when."""

    def assess(
        self, on: date, *, visit: str, in_person: bool = True, masked: bool = True
    ) -> Values:
        """Answer the site's CRF for a day."""
        values: Values = {f"{self.form}PERF": "Y", f"{self.form}DAT": on.isoformat()}
        values[f"{self.form}MASK"] = "Y" if masked else "N"
        return values | self.findings(on, visit=visit, in_person=in_person)

    def note(self, on: date) -> None:
        """Remember that an assessment of that day was entered."""
        self.seen.append((on, self.grade_on(on) == 0))

    def is_confirmed(self) -> bool:
        """Tell whether a healing is confirmed, so that no daily visit is due any more."""
        rule = RULES[self.form]
        return any(
            clear and again and rule.apart <= later - first <= (rule.within or timedelta.max)
            for (first, clear), (later, again) in pairwise(self.seen)
        )


class Mouth(Injury):
    """Oral mucositis, by WHO grade."""

    form = "OM"
    site = "ORAL"
    opioid = ""
    is_fed = False

    def _care(self, grade: int) -> None:
        """Begin an opioid or feeding by vein as the grade asks; end them when it falls."""
        if grade <= 1:
            self.opioid, self.is_fed = "", False
            return
        if not self.opioid and happens(self.rng, _OPIOID[grade]):
            self.opioid = self.rng.choice(("IV", "PCA", "TD") if grade > WITH_ULCERS else ("PO",))
        if not self.is_fed and happens(self.rng, _FED[grade]):
            self.is_fed = True

    def findings(self, on: date, *, visit: str, in_person: bool) -> Values:
        """Return grades, sites of the mouth, food, pain and support."""
        del visit
        where: Values = {"OMTIM": f"{self.rng.randint(8, 10):02}:{self.rng.randrange(0, 60, 5):02}"}
        grade = self.grade_on(on)
        self._care(grade)
        return where | mouth(
            self.rng, grade, opioid=self.opioid, is_fed=self.is_fed, in_person=in_person
        )


_PLACES = (
    ("BACK", "MIDLINE"),
    ("ARM", "LEFT"),
    ("LEG", "RIGHT"),
    ("CHEST", "MIDLINE"),
    ("HAND", "BILATERAL"),
)
_DEPTHS = {0: "INT", 1: "EPI", 2: "EPI", 3: "DER", 4: "SUB"}
_EXUDATE = {0: "NONE", 1: "NONE", 2: "LOW", 3: "MOD", 4: "HIGH"}
_STAGE_2, _STAGE_3 = 25, 50


class Skin(Injury):
    """Injured skin: two or three lesions that shrink together."""

    form = "SK"
    site = "SKIN"
    delay = 3

    def __post_init__(self) -> None:
        """Draw grade, lesions and the surface they cover."""
        super().__post_init__()
        self.baseline = min(self.baseline, 3)
        kind = "GV" if "AGVHD" in self.causes else self.rng.choice(("UL", "PA", "CD"))
        self.lesions = [
            (place, kind, round(self.rng.uniform(3, 12), 1), self.rng.uniform(0.5, 0.9))
            for place in self.rng.sample(_PLACES, self.rng.randint(2, 3))
        ]
        self.surface = 8.0 * self.baseline + self.rng.uniform(0, 8)

    def size_on(self, on: date) -> float:
        """Return how much of the lesions' size is left, 1 at baseline and 0 when healed."""
        grade = self.grade_on(on)
        if grade == 0:
            return 0.0
        whole = max(self.baseline, 1)
        day = (on - self.day_zero).days
        return min(1.1, grade / whole) * max(0.5, 1 - 0.02 * max(0, day))

    def surface_on(self, on: date) -> float:
        """Return the body surface involved in percent."""
        return round(self.surface * self.size_on(on), 1)

    def stage_on(self, on: date) -> int:
        """Return the GVHD stage of the skin by its surface."""
        surface = self.surface_on(on)
        return 0 if surface == 0 else 1 if surface < _STAGE_2 else 2 if surface <= _STAGE_3 else 3

    def findings(self, on: date, *, visit: str, in_person: bool) -> Values:
        """Return the lesions, each in its row, and the skin as a whole."""
        del visit, in_person
        grade, size = self.grade_on(on), self.size_on(on)
        values: Values = {
            "SKBSA": self.surface_on(on),
            "SKCTCUL": grade,
            "SKPAIN": min(10, 2 * grade),
            "SKITCH": min(10, 2 * grade + (1 if grade else 0)),
        }
        if "AGVHD" in self.causes:
            values["SKGVST"] = self.stage_on(on)
        for number, ((place, side), kind, length, ratio) in enumerate(self.lesions, 1):
            row = {
                "SLNUM": number, "SLTYPE": kind, "SLLOC": place, "SLLAT": side,
                "SLLEN": f"{length * size:.1f}", "SLWID": f"{length * size * ratio:.1f}",
                "SLDEPTH": _DEPTHS[grade], "SLEXUD": _EXUDATE[grade], "SLINF": "N",
                "SLHEAL": "N" if grade else "Y",
            }  # fmt: skip
            values |= {f"{item}.{number}": value for item, value in row.items()}
        return values


_COLOURS = {0: "CLEAR", 1: "CLEAR", 2: "PINK", 3: "RED", 4: "DARK"}
_CLOTS = {3: "SMALL", 4: "LARGE"}
_CELLS = {0: 1, 1: 25, 2: 60, 3: 90, 4: 95}
_WITH_CATHETER = 3
_VIRUS_AT = ("BL", "DA07", "DA14", "V28", "FU60", "FU100")
_WALL_AT = ("BL", "DA14", "V28")
_MEASURED_FROM = 3.0  # log10 copies/mL


class Bladder(Injury):
    """Haemorrhagic cystitis."""

    form = "BC"
    site = "BLAD"

    def __post_init__(self) -> None:
        """Draw grade and viral load."""
        super().__post_init__()
        self.load = self.rng.uniform(8.2, 10.2) if "BKV" in self.causes else 0.0

    def cells_on(self, on: date) -> int:
        """Return the red cells in a field of the urine."""
        return _CELLS[self.grade_on(on)]

    def findings(self, on: date, *, visit: str, in_person: bool) -> Values:
        """Return grade, urine, catheter, symptoms and virus."""
        del in_person
        rng, grade = self.rng, self.grade_on(on)
        catheter = grade >= _WITH_CATHETER and self.baseline >= _WITH_CATHETER
        values: Values = {
            "BCGRD": grade, "BCCTCC": min(grade, 4), "BCCTCH": min(grade, 3),
            "BCURCOL": _COLOURS[grade], "BCCLOT": _CLOTS.get(grade, "NONE"),
            "BCOBST": "Y" if grade == 4 and happens(rng, 0.4) else "N",  # noqa: PLR2004
            "BCCATH": "Y" if catheter else "N", "BCCBI": "Y" if catheter else "N",
            "BCTRANS": "N", "BCDYS": min(10, 2 * grade), "BCSUPP": min(10, max(0, 2 * grade - 1)),
            "BCURG": min(grade, 3), "BCSPASM": min(max(0, grade - 1), 3),
            "BCUOUT": rng.randrange(1800, 3600, 100), "BCUWBC": rng.randint(0, 5),
        }  # fmt: skip
        if grade:
            values["BCRBCH"] = round(_CELLS[grade] * rng.uniform(0.8, 1))
        if not catheter:
            values |= {"BCFREQ": 6 + 5 * grade, "BCNOCT": 1 + grade}
        if visit == "BL":
            values["BCUCULT"] = "NEG"
        if visit in _VIRUS_AT:
            left = self.load - 0.14 * max(0, (on - self.day_zero).days)
            values["BKVUQ"] = "EQ" if left > _MEASURED_FROM else "LT"
            if left > _MEASURED_FROM:
                values["BKVU"] = round(10**left, -3 if left > 6 else -1)  # noqa: PLR2004
                values["BKVU"] = int(values["BKVU"])
        if visit in _WALL_AT:
            values["BCUSWALL"] = f"{3 + 1.2 * grade:.1f}"
        return values


KINDS: dict[str, type[Injury]] = {"ORAL": Mouth, "SKIN": Skin, "BLAD": Bladder}
