"""The adverse events of the simulated trial: what happens after a transplant, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from edc.simulation.course import happens

if TYPE_CHECKING:
    from random import Random

    from edc.simulation.entry import Values

SERIOUS_FROM = 4
SERIOUSNESS = ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE")
FATAL = 5
_NO_PRODUCT = "SOC"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: its term, its words, its grades by weight, days from D0, days it lasts."""

    term: str
    words: str
    grades: dict[int, int]
    days: tuple[int, int]
    lasts: tuple[int, int]
    weight: int
    may_be_serious: bool = False


KINDS = (
    Kind("CTC5-0178", "恶心", {1: 60, 2: 35, 3: 5}, (0, 20), (2, 9), 16),
    Kind("CTC5-0217", "呕吐", {1: 60, 2: 35, 3: 5}, (0, 20), (1, 6), 8),
    Kind("CTC5-0121", "腹泻", {1: 50, 2: 38, 3: 12}, (0, 40), (2, 12), 12),
    Kind("CTC5-0227", "发热", {1: 60, 2: 40}, (0, 60), (1, 6), 14),
    Kind("CTC5-0006", "发热性中性粒细胞减少", {3: 90, 4: 10}, (0, 12), (2, 8), 12, True),
    Kind("CTC5-0494", "低钾血症", {1: 45, 2: 35, 3: 20}, (0, 28), (3, 10), 9),
    Kind("CTC5-0435", "丙氨酸氨基转移酶升高", {1: 60, 2: 28, 3: 12}, (5, 120), (7, 30), 9),
    Kind("CTC5-0806", "斑丘疹", {1: 50, 2: 40, 3: 10}, (10, 110), (5, 21), 7),
    Kind("CTC5-0285", "巨细胞病毒再激活", {1: 10, 2: 80, 3: 10}, (20, 95), (14, 35), 9),
    Kind("CTC5-0310", "肺部感染", {2: 30, 3: 65, 4: 5}, (10, 200), (10, 28), 6, True),
    Kind("CTC5-0571", "味觉障碍", {1: 70, 2: 30}, (0, 28), (10, 60), 6),
    Kind("CTC5-0122", "口干", {1: 75, 2: 25}, (0, 40), (10, 60), 5),
    Kind("CTC5-0732", "鼻出血", {1: 80, 2: 20}, (0, 25), (1, 3), 4),
    Kind("CTC5-0635", "失眠", {1: 65, 2: 35}, (0, 60), (5, 25), 4),
    Kind("CTC5-0580", "头痛", {1: 75, 2: 25}, (0, 90), (1, 5), 4),
    Kind("CTC5-0451", "肌酐升高", {1: 65, 2: 35}, (5, 120), (7, 25), 5),
    Kind("CTC5-0653", "血尿", {1: 50, 2: 40, 3: 10}, (10, 70), (5, 25), 4),
    Kind("CTC5-0336", "脓毒症", {3: 60, 4: 40}, (0, 60), (7, 20), 3, True),
)
DEATHS = (
    ("CTC5-0336", "脓毒症"),
    ("CTC5-0237", "多器官功能衰竭"),
    ("CTC5-0765", "呼吸衰竭"),
    ("CTC5-0310", "重症肺炎"),
)


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """An event of one participant."""

    term: str
    words: str
    grade: int
    start: date
    end: date
    is_serious: bool


def adverse_events(rng: Random, day_zero: date) -> list[AdverseEvent]:
    """Return the participant's events by the day they begin."""
    found = []
    for kind in rng.choices(KINDS, [kind.weight for kind in KINDS], k=rng.choice((0, 1, 2, 2, 3))):
        grade = rng.choices(list(kind.grades), list(kind.grades.values()))[0]
        start = day_zero + timedelta(days=rng.randint(*kind.days))
        serious = grade >= SERIOUS_FROM or (kind.may_be_serious and happens(rng, 0.3))
        end = start + timedelta(days=rng.randint(*kind.lasts))
        found.append(AdverseEvent(kind.term, kind.words, grade, start, end, serious))
    return sorted(found, key=lambda event: (event.start, event.term))


def fatal(rng: Random, on: date) -> AdverseEvent:
    """Return the event that the participant dies of on that day."""
    term, words = rng.choice(DEATHS)
    return AdverseEvent(term, words, FATAL, on - timedelta(days=3), on, is_serious=True)


def reported(rng: Random, event: AdverseEvent, *, arm: str) -> Values:
    """Answer AE as the event is first reported; a death is reported when it has happened."""
    product = arm != _NO_PRODUCT
    relation = rng.choices(("NOT", "UNLK", "POSS"), (70, 24, 6))[0]
    values: Values = {
        "AEYN": "Y",
        "AETERM": event.words,
        "AECTCID": event.term,
        "AESTDAT": event.start.isoformat(),
        "AEONGO": "Y",
        "AETOXGR": event.grade,
        "AESER": "Y" if event.is_serious else "N",
        "AEREL": relation if product else "NA",
        "AERELPR": "NOT" if product else "NA",
        "AEACN": "DOSE NOT CHANGED" if product else "NOT APPLICABLE",
        "AECONTRT": "Y" if event.grade > 1 else "N",
        "AEDIS": "N",
        "AEOUT": "NOT RECOVERED/NOT RESOLVED",
        "AESI": "N",
    }
    if event.is_serious:
        values |= dict.fromkeys(SERIOUSNESS, "N") | {"AESHOSP": "Y"}
        values["AESERDAT"] = event.start.isoformat()
    if event.grade == FATAL:
        values |= {"AESDTH": "Y"} | resolved(event) | {"AEOUT": "FATAL"}
    elif event.grade == SERIOUS_FROM:
        values |= {"AESLIFE": "Y"}
    return values


def resolved(event: AdverseEvent) -> Values:
    """Answer what changes when the event is over."""
    return {"AEONGO": "N", "AEENDAT": event.end.isoformat(), "AEOUT": "RECOVERED/RESOLVED"}
