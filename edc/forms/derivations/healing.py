"""Healing of an injured site: one mechanism, with a rule for each assessment that grades a site."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from edc.forms.derivations import bladder, skin
from edc.forms.derivations.rhythm import Rhythm
from edc.forms.derivations.values import day, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.forms.injury_sites import Site
    from edc.study.casebook import Casebook, RecordScope

CONFIRMED_WITHIN = timedelta(days=4)
"""Section 3.4, "healed, oral": the next assessment confirms it at most 4 days later.

From Friday to Monday within their windows; what the bladder's days in a row can be apart, too.
"""


@dataclass(frozen=True, slots=True)
class HealingRule:
    """When an assessment of a site counts, when it is clear, and how a second one confirms it.

    :param grade: by which the site is compared with its baseline; None where none was given.
    :param counts: whether the assessment says anything of the site.
    :param apart: the fewest days between the two.
    :param within: the most days between the two; None is any.
    :param in_a_row: no planned assessment may be left out between the two.
    """

    date_item: str
    grade: Callable[[RecordScope], int | None]
    counts: Callable[[RecordScope], bool]
    is_clear: Callable[[RecordScope], bool]
    apart: timedelta
    within: timedelta | None
    in_a_row: bool = False


@dataclass(frozen=True, slots=True)
class Assessed:
    """One assessment of a site: its day, its grade, and whether the site was clear of injury."""

    on: date
    visit: str
    grade: int | None
    is_clear: bool
    scope: RecordScope = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Healing:
    """The first day of a healing, and the day that confirmed it."""

    on: date
    confirmed_on: date


def _who_grade(scope: RecordScope) -> int | None:
    grade = number(scope, "OMWHO")
    return None if grade is None else int(grade)


RULES: Final[dict[str, HealingRule]] = {
    # Section 3.4, "healed, oral": WHO grade 0, and again 0 at the next assessment on a later day.
    "OM": HealingRule(
        date_item="OMDAT",
        grade=_who_grade,
        counts=lambda scope: _who_grade(scope) is not None,
        is_clear=lambda scope: _who_grade(scope) == 0,
        apart=timedelta(days=1),
        within=CONFIRMED_WITHIN,
    ),
    # "Healed, skin": every lesion of the baseline is, and is again at the next assessment at least
    # 2 days later.
    "SK": HealingRule(
        date_item="SKDAT",
        grade=skin.worst_grade,
        counts=skin.tells_of_lesions,
        is_clear=skin.is_clear,
        apart=timedelta(days=2),
        within=None,
    ),
    # "Healed, bladder": on two days in a row, of those on which it is to be assessed: daily on the
    # ward, Monday, Wednesday and Friday at home and from D15, when no two calendar days could be.
    "BC": HealingRule(
        date_item="BCDAT",
        grade=bladder.grade,
        counts=lambda scope: bladder.grade(scope) is not None,
        is_clear=bladder.is_clear,
        apart=timedelta(days=1),
        within=CONFIRMED_WITHIN,
        in_a_row=True,
    ),
}
"""How each CRF that assesses a site tells of its healing (section 3.4)."""


def assessments(casebook: Casebook, site: Site) -> list[Assessed]:
    """Return the assessments that say something of *site*, earliest first."""
    return casebook.once((assessments, site.assessment), lambda: _assessments(casebook, site))


def _assessments(casebook: Casebook, site: Site) -> list[Assessed]:
    rule = RULES[site.assessment]
    found = []
    for record in casebook.of_form(site.assessment):
        scope = casebook.scope(record)
        on = day(scope.item(rule.date_item))
        if on is not None and rule.counts(scope):
            found.append(Assessed(on, record.visit, rule.grade(scope), rule.is_clear(scope), scope))
    return found


def baseline(casebook: Casebook, site: Site) -> Assessed | None:
    """Return the assessment of the baseline visit; of a site injured later, its first (3.5.4)."""
    return _baseline_of(casebook, site, assessments(casebook, site))


def _baseline_of(casebook: Casebook, site: Site, found: list[Assessed]) -> Assessed | None:
    at_baseline = next((one for one in found if one.visit == "BL"), None)
    if at_baseline is not None or not found:
        return at_baseline
    return found[0] if began_later(casebook, site) else None


def began_later(casebook: Casebook, site: Site) -> bool:
    """Tell whether the site was injured after randomisation (section 3.5, rule 4)."""
    onset = day(casebook.value("INJ", site.onset_item, "SCR"))
    zero = day(casebook.facts.get("randomisation_date"))
    return onset is not None and zero is not None and onset > zero


def after_baseline(casebook: Casebook, site: Site) -> list[Assessed]:
    """Return the assessments made after the baseline's, earliest first."""
    found = assessments(casebook, site)
    first = _baseline_of(casebook, site, found)
    return [
        one
        for one in found
        if one is not first and one.visit != "BL" and (first is None or one.on >= first.on)
    ]


def find_healing(
    casebook: Casebook, site: Site, *, after: date | None = None, until: date | None = None
) -> Healing | None:
    """Return the first confirmed healing of *site* among the assessments between two days.

    Section 3.4, "healed": the site is clear of injury, and so it is at every assessment up to the
    one that confirms it, which is the first far enough away.  The first of the two is the day of
    healing.  Of several assessments on one day all must be clear.

    :param after: for a healing after a recurrence; only assessments after that day count.
    :param until: the last day that counts, None for all.
    """
    rule, rhythm = RULES[site.assessment], Rhythm(casebook)
    clear: dict[date, bool] = {}
    held: set[str] = set()
    for one in after_baseline(casebook, site):
        if (after is None or one.on > after) and (until is None or one.on <= until):
            clear[one.on] = one.is_clear and clear.get(one.on, True)
            held.add(one.visit)
    days = sorted(clear)
    for place, first in enumerate(days):
        # The next one far enough away decides, and any before it that is not clear.
        deciding = (on for on in days[place + 1 :] if not clear[on] or on - first >= rule.apart)
        later = next(deciding, None)
        if later is None or not (clear[first] and clear[later]):
            continue
        if rule.within is not None and later - first > rule.within:
            continue
        if not (rule.in_a_row and rhythm.leaves_out(first, later, held=held)):
            return Healing(on=first, confirmed_on=later)
    return None
