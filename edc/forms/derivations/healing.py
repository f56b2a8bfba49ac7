"""Healing of an injured site: one mechanism, with a rule for each assessment that grades a site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.forms.injury_sites import Site
    from edc.study.casebook import Casebook, RecordScope

CONFIRMED_WITHIN = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Assessed:
    """One assessment of a site: its day, and its grade as far as it was graded."""

    on: date
    visit: str
    grade: int


@dataclass(frozen=True, slots=True)
class Healing:
    """The first day of a healing, and the day that confirmed it."""

    on: date
    confirmed_on: date


def _oral(scope: RecordScope) -> Assessed | None:
    on, grade = day(scope.item("OMDAT")), number(scope, "OMWHO")
    if on is None or grade is None:
        return None
    return Assessed(on=on, visit=scope.record.visit, grade=int(grade))


# How an assessment is read, by its CRF; a site whose CRF is not listed has no result.
READERS: Final[dict[str, Callable[[RecordScope], Assessed | None]]] = {"OM": _oral}


def assessments(casebook: Casebook, site: Site) -> list[Assessed]:
    """Return the graded assessments of *site*, earliest first."""
    read = READERS.get(site.assessment)
    if read is None:
        return []
    scopes = (casebook.scope(record) for record in casebook.of_form(site.assessment))
    return [found for scope in scopes if (found := read(scope)) is not None]


def baseline(casebook: Casebook, site: Site) -> Assessed | None:
    """Return the assessment of the baseline visit."""
    return next((one for one in assessments(casebook, site) if one.visit == "BL"), None)


def after_baseline(casebook: Casebook, site: Site) -> list[Assessed]:
    """Return the assessments made after the baseline visit's, earliest first."""
    first = baseline(casebook, site)
    return [
        one
        for one in assessments(casebook, site)
        if one.visit != "BL" and (first is None or one.on >= first.on)
    ]


def find_healing(
    casebook: Casebook, site: Site, *, after: date | None = None, until: date | None = None
) -> Healing | None:
    """Return the first confirmed healing of *site* among the assessments between two days.

    Section 3.4, "healed, oral": WHO grade 0, and again 0 at the next assessment on a later day, at
    most 4 days later; the first of the two is the day of healing.  Of several grades on one day
    the worst counts.

    :param after: for a healing after a recurrence; only assessments after that day count.
    :param until: the last day that counts, None for all.
    """
    worst: dict[date, int] = {}
    for one in after_baseline(casebook, site):
        if (after is None or one.on > after) and (until is None or one.on <= until):
            worst[one.on] = max(one.grade, worst.get(one.on, 0))
    for (first, grade), (following, later) in pairwise(sorted(worst.items())):
        if grade == 0 and later == 0 and following - first <= CONFIRMED_WITHIN:
            return Healing(on=first, confirmed_on=following)
    return None
