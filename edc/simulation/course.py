"""How an injury runs: its grade day by day, and what is seen in a mouth of that grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.derivations.oral import MOUTH_SITES

if TYPE_CHECKING:
    from random import Random

    from edc.simulation.entry import Values

WORST = 4
SEVERE = 3
WITH_ULCERS = 2
LAST_DAY = 28
_START_WEIGHTS = {1: 18, 2: 34, 3: 33, 4: 15}
# Days to the first grade 0: mode and longest. The invented product works a little.
_HEALING_DAYS = {"MSC": (8, 20), "SOC": (11, 26)}
_EARLIEST_HEALING = 4
_NOT_HEALED = {"MSC": 0.04, "SOC": 0.09}
_PAIN = {0: (0, 0), 1: (1, 3), 2: (2, 5), 3: (5, 8), 4: (7, 10)}
_ULCERATED = {2: (1, 3), 3: (3, 6), 4: (5, 8)}
_HARD_PALATE = "HP"  # keratinised: the last site to break open


def pick(rng: Random, weights: dict[str, int]) -> str:
    """Return a key with a chance in proportion to its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def happens(rng: Random, chance: float) -> bool:
    """Tell whether something of that chance, 0 to 1, happens."""
    return rng.random() < chance


def first_grade(rng: Random) -> int:
    """Return the WHO grade at baseline."""
    return rng.choices(list(_START_WEIGHTS), list(_START_WEIGHTS.values()))[0]


def grades_by_day(
    rng: Random, start: int, *, arm: str, delay: int = 0, heals: bool = True
) -> list[int]:
    """Return the grade of D0 to D28: it may rise for some days, then falls to 0 and stays.

    :param arm: the arm's code; healing is a little earlier with the product.
    :param heals: False for a site that is still injured on D28.
    :param delay: by how many days the site heals later than the mouth.
    """
    mode, longest = _HEALING_DAYS.get(arm, _HEALING_DAYS["SOC"])
    heals_on = delay + round(rng.triangular(_EARLIEST_HEALING, longest, mode))
    if not heals or happens(rng, _NOT_HEALED.get(arm, _NOT_HEALED["SOC"])):
        heals_on = LAST_DAY + rng.randint(3, 30)
    peak = min(WORST, start + rng.choices((0, 1), (65, 35))[0])
    heals_on = max(heals_on, peak + 1)
    peak_on = rng.randint(1, max(1, min(4, heals_on - peak))) if peak > start else 0
    grades = []
    for day in range(LAST_DAY + 1):
        if day < peak_on:
            grades.append(start)
        elif day >= heals_on:
            grades.append(0)
        else:
            done = (day - peak_on) / (heals_on - peak_on)
            grades.append(max(1, round(peak * (1 - done) + 0.3)))
    grades[0] = start
    return [min(grade, WORST) for grade in grades]


def mouth(
    rng: Random, grade: int, *, opioid: str = "", is_fed: bool = False, in_person: bool = True
) -> Values:
    """Return what is assessed at a WHO grade, so that the components imply the grade again.

    :param opioid: the route of the opioid that is given, empty for none.
    :param is_fed: whether nutrition is given by vein.
    """
    low, high = _PAIN[grade]
    rest = rng.randint(low, high)
    swallowing = rest if grade == 0 else min(10, rest + rng.randint(0, 2))
    values: Values = {
        "OMWHO": grade,
        "OMCTC": min(grade, SEVERE),
        "OMPNRST": rest,
        "OMPNSWL": swallowing,
        "OMBLEED": rng.choices((0, 1), (80, 20))[0] if grade >= WITH_ULCERS else 0,
        "OMINF": "Y" if grade >= SEVERE and happens(rng, 0.05) else "N",
        "OMTOPAN": "Y" if grade >= WITH_ULCERS and happens(rng, 0.6) else "N",
        "OMTPN": "Y" if is_fed else "N",
        "OMENT": "N",
        "OMOPI": "Y" if opioid else "N",
    }
    if opioid:
        dose = rng.randrange(20, 120 if grade >= SEVERE else 40, 5)
        values |= {"OMOPIRT": opioid, "OMOPIME": dose}
    values |= _food(rng, grade)
    if in_person:
        values |= _omas(rng, grade)
    return values


def _food(rng: Random, grade: int) -> Values:
    if grade == WORST:
        return {"OMDIET": "NPO", "OMDIETRS": ["OM"]}
    if grade == SEVERE:
        return {"OMDIET": "LIQ", "OMDIETRS": ["OM"]}
    if happens(rng, 0.8 if grade == 0 else 0.3):
        return {"OMDIET": "SOL"}
    return {"OMDIET": "SOFT", "OMDIETRS": ["OM"] if grade else ["CHO"]}


def _omas(rng: Random, grade: int) -> Values:
    """Return redness and ulcer of the nine places: ulcers from grade 2 on, redness from 1 on."""
    soft = [place for place in MOUTH_SITES if place != _HARD_PALATE]
    open_places: set[str] = set()
    if grade >= WITH_ULCERS:
        open_places = set(rng.sample(soft, rng.randint(*_ULCERATED[grade])))
    values: Values = {}
    for place in MOUTH_SITES:
        ulcer = rng.choices((1, 2, 3), (60, 30, 10 if grade >= SEVERE else 0))[0]
        values[f"OM{place}U"] = ulcer if place in open_places else 0
        if place in open_places:
            redness = 2 if grade >= SEVERE and happens(rng, 0.5) else 1
        else:
            redness = 1 if grade and happens(rng, 0.3 + 0.15 * grade) else 0
        values[f"OM{place}E"] = redness
    if grade == 1:
        values[f"OM{rng.choice(soft)}E"] = 1
    return values
