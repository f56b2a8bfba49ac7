"""The endpoints and analysis sets of the randomised participants, pooled over the arms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.forms.derivations.endpoints import (
    AnalysisSets,
    Area,
    TimeToHealing,
    analysis_sets,
    grade_area,
    severe_days,
    target_site,
    time_to_healing,
)
from edc.forms.injury_sites import SITES
from edc.forms.states import Course, VisitState
from edc.randomization.masking import is_restricted_row
from edc.services.many_casebooks import read_randomised

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

    from edc.study.casebook import Casebook

# What the endpoints rest on; EX decides only whom the safety set counts as treated.
FORMS: Final = frozenset(
    {
        "IC", "SV", "INJ", "HSCT", "IE", "RAND", "OM", "SK", "BC", "RSP", "EX", "DV", "EOT", "DTH",
        "EOS",
    }
)  # fmt: skip
_DAILY = frozenset({"DA", "DB"})
_HELD = frozenset({VisitState.DONE, VisitState.OUT_OF_WINDOW})
_OWED = frozenset({*_HELD, VisitState.LATE, VisitState.MISSED})


@dataclass(frozen=True, slots=True)
class Daily:
    """Daily and three-a-week assessments: how many were done of those that were due."""

    done: int
    due: int


@dataclass(frozen=True, slots=True)
class Endpoints:
    """One participant's line of the table."""

    number: str
    site: str
    healing: TimeToHealing | None
    severe: int | None
    area_14: Area | None
    area_28: Area | None
    daily: Daily
    sets: AnalysisSets


@dataclass(frozen=True, slots=True)
class Summary:
    """What the participants of the intention-to-treat set have together.

    :param severe_affected: median severe days among those who had any.
    """

    itt: int
    mitt: int
    pp: int
    healed: int
    median_healing: float | None
    median_severe: float | None
    severe_affected: float | None
    median_area_14: Decimal | None
    median_area_28: Decimal | None
    daily: Daily


@dataclass(frozen=True, slots=True)
class EndpointTable:
    """The table and its summary, with the moment at which the data were read."""

    at: datetime
    rows: tuple[Endpoints, ...]
    summary: Summary


def find_table(session: Session, sites: Collection[int] | None) -> EndpointTable:
    """Return the endpoints of every participant randomised at *sites* (None is every site)."""
    found = read_randomised(session, sites, forms=FORMS)
    for _number, book in found.values():
        _forget_rows_telling_arm(book)
    rows = tuple(endpoints_of(number, book) for number, book in found.values())
    return EndpointTable(at=clock.now(), rows=rows, summary=summarise(rows))


def _forget_rows_telling_arm(book: Casebook) -> None:
    """Leave out deviations that masked roles do not see: whom they exclude would tell the arm.

    The table is pooled and the same for everybody; whom the masked review excludes, it sees.
    """
    for place in [place for place in book.records if is_restricted_row(place[1], place[2])]:
        del book.records[place]


def endpoints_of(number: str, book: Casebook) -> Endpoints:
    """Return the line of one participant."""
    site = target_site(book)
    return Endpoints(
        number=number,
        site=site.code if site else "",
        healing=time_to_healing(book),
        severe=severe_days(book),
        area_14=grade_area(book, until=14),
        area_28=grade_area(book, until=28),
        daily=daily_assessments(book),
        sets=analysis_sets(book),
    )


def daily_assessments(book: Casebook) -> Daily:
    """Count the daily and three-a-week visits that were due, and those whose sites were assessed.

    A visit that healing, or leaving the study, took off the plan is not due.
    """
    course = Course(book, clock.today())
    sites = [site for site in SITES.values() if book.value("INJ", site.present_item, "SCR") == "Y"]
    done = due = 0
    for code in book.visits:
        visit = book.study.find_visit(code)
        if visit is None or visit.group not in _DAILY or course.visit_state(code) not in _OWED:
            continue
        planned = {plan.crf for plan in course.planned_crfs(code)}
        wanted = [site.assessment for site in sites if site.assessment in planned]
        due += 1
        records = [book.records.get((code, form, 1)) for form in wanted]
        done += bool(wanted) and all(
            record is not None and book.scope(record).item(f"{record.form}PERF") == "Y"
            for record in records
        )
    return Daily(done=done, due=due)


def summarise(rows: Iterable[Endpoints]) -> Summary:
    """Return what the lines of the intention-to-treat set come to."""
    itt = [row for row in rows if row.sets.itt]
    severe = [row.severe for row in itt if row.severe is not None]
    return Summary(
        itt=len(itt),
        mitt=sum(row.sets.mitt for row in itt),
        pp=sum(row.sets.pp for row in itt),
        healed=sum(row.healing is not None and not row.healing.is_censored for row in itt),
        median_healing=median_survival([row.healing for row in itt if row.healing]),
        median_severe=median(severe) if severe else None,
        severe_affected=median(some) if (some := [days for days in severe if days]) else None,
        median_area_14=_median([row.area_14 for row in itt]),
        median_area_28=_median([row.area_28 for row in itt]),
        daily=Daily(done=sum(row.daily.done for row in itt), due=sum(row.daily.due for row in itt)),
    )


def median_survival(times: Collection[TimeToHealing]) -> float | None:
    """Return the day by which half are healed, as Kaplan and Meier estimate it.

    None while the curve has not come down to one half.
    """
    remaining = 1.0
    for at in sorted({one.days for one in times if not one.is_censored}):
        at_risk = sum(one.days >= at for one in times)
        healed = sum(one.days == at and not one.is_censored for one in times)
        remaining *= 1 - healed / at_risk
        if remaining <= 0.5 + 1e-12:
            return float(at)
    return None


def _median(areas: Collection[Area | None]) -> Decimal | None:
    known = [area.area for area in areas if area is not None]
    return median(known) if known else None
