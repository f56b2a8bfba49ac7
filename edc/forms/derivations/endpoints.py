"""The trial's endpoints of one participant, from the casebook (section 4 of the specification)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.healing import after_baseline, baseline, find_healing
from edc.forms.derivations.values import day
from edc.forms.injury_sites import SITES, Site

if TYPE_CHECKING:
    from edc.study.casebook import Casebook

HORIZON: Final = 28
"""Days from randomisation within which the primary endpoint is counted."""

SEVERE: Final = 3
LONGEST_CARRIED: Final = 3
FEWEST_POINTS: Final = 3


@dataclass(frozen=True, slots=True)
class TimeToHealing:
    """Days from D0 to the target site's confirmed healing, or to where it is censored."""

    days: int
    is_censored: bool


@dataclass(frozen=True, slots=True)
class Area:
    """The area under a curve of grades, and the days it covers."""

    area: Decimal
    days: int

    @property
    def per_day(self) -> Decimal | None:
        """Return the area for each day covered, for a curve that ends early."""
        return self.area / self.days if self.days else None


def day_zero(casebook: Casebook) -> date | None:
    """Return D0, the day of randomisation."""
    return day(casebook.facts.get("randomisation_date"))


def target_site(casebook: Casebook) -> Site | None:
    """Return the site that the participant was randomised for (RDSTR1), else INJPRIM."""
    code = casebook.value("RAND", "RDSTR1", "BL") or casebook.value("INJ", "INJPRIM", "SCR")
    return SITES.get(code) if code else None


def time_to_healing(casebook: Casebook) -> TimeToHealing | None:
    """Return the primary endpoint: D0 to HEALDAT of the target site within 28 days.

    Section 4, "time to healing": who is not healed by then is censored at the last assessment of
    the site, at D28 at the latest.  None before randomisation.
    """
    zero, site = day_zero(casebook), target_site(casebook)
    if zero is None or site is None:
        return None
    healing = find_healing(casebook, site)
    if healing is not None and (healing.on - zero).days <= HORIZON:
        return TimeToHealing(max((healing.on - zero).days, 0), is_censored=False)
    seen = [(one.on - zero).days for one in after_baseline(casebook, site)]
    return TimeToHealing(min(max([*seen, 0]), HORIZON), is_censored=True)


def severe_days(casebook: Casebook) -> int | None:
    """Return the days from D1 to D28 with WHO grade 3 or 4.

    Section 4, "days with severe OM": a gap of up to 3 days takes the last grade, longer gaps count
    as missing; of several grades on a day the worst counts.  None without an injured mouth.
    """
    grades = _grades(casebook)
    if grades is None:
        return None
    found = 0
    for offset in range(1, HORIZON + 1):
        last = max((seen for seen in grades if seen <= offset), default=None)
        if last is not None and offset - last <= LONGEST_CARRIED and grades[last] >= SEVERE:
            found += 1
    return found


def grade_area(casebook: Casebook, *, until: int) -> Area | None:
    """Return the area under the WHO grade from D0 to D *until*, by trapezoids on actual days.

    Section 4, "AUC of mucositis": inner gaps are linear, after healing the grade is 0, and a curve
    that ends early covers fewer days.  The baseline assessment is D0's.  None without at least 3
    points, D0 among them.
    """
    grades = _grades(casebook)
    if grades is None or 0 not in grades or len(grades) < FEWEST_POINTS:
        return None
    last = max(grades)
    if last < until and grades[last] == 0 and find_healing(casebook, SITES["ORAL"]):
        grades[until] = 0
    points = [(offset, Decimal(grade)) for offset, grade in sorted(grades.items())]
    area, covered = Decimal(0), 0
    for (start, first), (end, second) in pairwise(points):
        if start >= until:
            break
        stop = min(end, until)
        at_stop = first + (second - first) * (stop - start) / (end - start)
        area += (first + at_stop) * (stop - start) / 2
        covered = stop
    return Area(area, covered)


def _grades(casebook: Casebook) -> dict[int, int] | None:
    """Return the worst WHO grade by day from D0; the baseline's stands at day 0."""
    zero = day_zero(casebook)
    if zero is None or casebook.value("INJ", "INJORAL", "SCR") != "Y":
        return None
    found: dict[int, int] = {}
    first = baseline(casebook, SITES["ORAL"])
    if first is not None and first.grade is not None:
        found[0] = first.grade
    for one in after_baseline(casebook, SITES["ORAL"]):
        offset = (one.on - zero).days
        # An assessment later on D0 follows the first dose; the curve starts before it.
        if offset > 0 and one.grade is not None:
            found[offset] = max(one.grade, found.get(offset, 0))
    return found


@dataclass(frozen=True, slots=True)
class AnalysisSets:
    """The analysis sets that a participant belongs to (section 4).

    :param itt: randomised, and not a second registration of one person whose slot is void.
    :param mitt: of ITT, with a baseline and one later assessment of the target site.
    :param safety: of ITT; counted by the treatment received.
    :param pp: of ITT, without a deviation that excludes from the per-protocol set.
    :param treated_as: ``MSC`` once a dose was given, else ``SOC``; tells the arm.
    """

    itt: bool
    mitt: bool
    safety: bool
    pp: bool
    treated_as: str


def analysis_sets(casebook: Casebook) -> AnalysisSets:
    """Return the analysis sets of a participant."""
    site = target_site(casebook)
    is_void = casebook.value("RAND", "RDVOID", "BL") == "Y"
    itt = day_zero(casebook) is not None and not is_void
    deviations = [casebook.scope(record).item("DVPP") for record in casebook.of_form("DV")]
    doses = [casebook.scope(record).item("ECOCCUR") for record in casebook.of_form("EX")]
    return AnalysisSets(
        itt=itt,
        mitt=itt
        and site is not None
        and baseline(casebook, site) is not None
        and bool(after_baseline(casebook, site)),
        safety=itt,
        pp=itt and "Y" not in deviations,
        treated_as="MSC" if "Y" in doses else "SOC",
    )
