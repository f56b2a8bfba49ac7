"""Enrolment as it stands: the CONSORT counts, the curve against the target, and who waits for what.

Every figure counts persons: somebody screened twice counts once, with the last screening. Arms play
no part here, so the page is the same for masked roles; strata are pooled over arms.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc.forms.exclusion import EXCLUSION_LABELS
from edc.forms.states import State
from edc.models import Slot, StratumRow, Subject
from edc.protocol import DESIGN, STUDY

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

# Section 4: target line of 2.0 a month from the registered start to the registered completion.
RECRUITMENT_START = date(2020, 10, 1)
RECRUITMENT_END = date(2025, 9, 30)

_ACTIVE = (State.SCREENING, State.ELIGIBLE, State.ON_TREATMENT, State.FOLLOW_UP)
_NOT_ACTIVE = tuple(state for state in State if state not in _ACTIVE)
_AFTER = (
    State.ON_TREATMENT, State.FOLLOW_UP, State.COMPLETED, State.LOST, State.WITHDRAWN, State.DIED,
)  # fmt: skip

GROUPS = (
    "screened", "excluded", "screening", "not_randomised", "randomised", "consented", "eligible",
    "to_sign", "to_randomise", "overdue",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnrolmentFigures:
    """The counts of the enrolment page; each node is the sum of those below it.

    :param excluded: by reason group, in the order of the flow.
    :param consented: persons with a consent, whatever came after.
    :param eligible: persons confirmed eligible, randomised ones included.
    :param after: the randomised by where they stand now.
    """

    screened: int
    consented: int
    eligible: int
    excluded: dict[str, int]
    screening: int
    randomised: int
    after: dict[str, int]
    target: int

    @property
    def excluded_total(self) -> int:
        """Return how many were excluded for any reason."""
        return sum(self.excluded.values())


@dataclass(frozen=True, slots=True)
class Curve:
    """Cumulative numbers at the end of each month, beside the target line.

    :param months: ``YYYY-MM``, without a gap.
    """

    months: list[str]
    randomised: list[int]
    target: list[float]


def _persons(sites: Collection[int] | None) -> Select[Subject]:
    """Return the participants who were not screened again under another number."""
    statement = select(Subject).where(~Subject.superseded)
    return statement if sites is None else statement.where(Subject.site_id.in_(sites))


def find_figures(session: Session, sites: Collection[int] | None) -> EnrolmentFigures:
    """Count the persons at *sites* (None is every site) by where they stand, in one statement."""
    rows = session.execute(
        _persons(sites)
        .with_only_columns(
            Subject.state,
            Subject.exclusion,
            func.count(),
            func.count(Subject.subject_number),
            func.count(Subject.randomised_on),
        )
        .group_by(Subject.state, Subject.exclusion)
    ).all()
    excluded = {
        group: sum(count - done for _, reason, count, _, done in rows if reason == group)
        for group in EXCLUSION_LABELS
    }
    return EnrolmentFigures(
        screened=sum(count for _, _, count, _, _ in rows),
        consented=sum(consented for _, _, _, consented, _ in rows),
        eligible=sum(
            count if state == State.ELIGIBLE else done for state, _, count, _, done in rows
        ),
        excluded={group: count for group, count in excluded.items() if count},
        screening=sum(count - done for _, reason, count, _, done in rows if reason is None),
        randomised=sum(done for _, _, _, _, done in rows),
        after={
            str(state): sum(done for now, _, _, _, done in rows if now == state) for state in _AFTER
        },
        target=STUDY.target,
    )


def find_curve(session: Session, sites: Collection[int] | None, *, today: date) -> Curve:
    """Return the cumulative number randomised by month, and the target line beside it."""
    rows = session.execute(
        _persons(sites)
        .with_only_columns(Subject.randomised_on, func.count())
        .where(Subject.randomised_on.is_not(None))
        .group_by(Subject.randomised_on)
    ).all()
    by_month: Counter[tuple[int, int]] = Counter()
    for day, count in rows:
        if day is not None:
            by_month[day.year, day.month] += count
    first = min([*by_month, (RECRUITMENT_START.year, RECRUITMENT_START.month)])
    last = max([*by_month, (RECRUITMENT_END.year, RECRUITMENT_END.month)])
    now = (today.year, today.month)
    months, randomised, target = [], [], []
    total, at = 0, first
    while at <= max(last, min(now, last)):
        months.append(f"{at[0]}-{at[1]:02d}")
        total += by_month[at]
        randomised.append(total)
        target.append(_target_at(at))
        at = (at[0] + at[1] // 12, at[1] % 12 + 1)
    return Curve(months, randomised, target)


def _target_at(month: tuple[int, int]) -> float:
    """Return the target line at the end of a month."""
    start = RECRUITMENT_START.year * 12 + RECRUITMENT_START.month
    planned = RECRUITMENT_END.year * 12 + RECRUITMENT_END.month - start + 1
    passed = month[0] * 12 + month[1] - start + 1
    return round(STUDY.target * min(max(passed, 0), planned) / planned, 1)


def find_strata(session: Session, sites: Collection[int] | None) -> dict[str, int]:
    """Return how many were randomised in each stratum, pooled over arms."""
    statement = (
        select(StratumRow.stratum, func.count())
        .join(Slot, Slot.stratum_id == StratumRow.id)
        .where(Slot.subject_id.is_not(None))
        .group_by(StratumRow.stratum)
    )
    if sites is not None:
        # Asked of each slot taken: a join might ask each participant for a slot.
        site = select(Subject.site_id).where(Subject.id == Slot.subject_id).scalar_subquery()
        statement = statement.where(site.in_(sites))
    counts = {row[0]: row[1] for row in session.execute(statement)}
    return {stratum.key: counts.get(stratum.key, 0) for stratum in DESIGN.strata()}


def find_waiting(session: Session, sites: Collection[int] | None, *, today: date) -> dict[str, int]:
    """Return how many wait for an eligibility signature, for randomisation, or for a late visit."""
    counts = [
        _persons(sites)
        .with_only_columns(func.count())
        .where(_condition(group, today))
        .scalar_subquery()
        .label(group)
        for group in ("to_sign", "to_randomise", "overdue")
    ]
    return dict(session.execute(select(*counts)).mappings().one())


def find_ids(
    session: Session,
    sites: Collection[int] | None,
    *,
    group: str,
    value: str = "",
    today: date,
) -> list[int]:
    """Return the participants behind a figure of the page.

    :param group: one of ``GROUPS``, ``reason``, ``state`` or ``stratum``; the last three take a
        *value*.
    """
    statement = _persons(sites).with_only_columns(Subject.id)
    match group:
        case "reason":
            statement = statement.where(Subject.exclusion == value, Subject.randomised_on.is_(None))
        case "state":
            statement = statement.where(Subject.state == value, Subject.randomised_on.is_not(None))
        case "stratum":
            statement = (
                statement.join(Slot, Slot.subject_id == Subject.id)
                .join(StratumRow, StratumRow.id == Slot.stratum_id)
                .where(StratumRow.stratum == value)
            )
        case _:
            statement = statement.where(_condition(group, today))
    return list(session.scalars(statement))


def _condition(group: str, today: date) -> ColumnElement[bool]:
    """Return which persons a figure counts; an unknown one counts everybody."""
    randomised = Subject.randomised_on.is_not(None)
    # Named by what it is not, the state tempts no planner from the few whose day has passed.
    overdue = (Subject.overdue_after < today) & Subject.state.not_in(_NOT_ACTIVE)
    conditions: dict[str, ColumnElement[bool]] = {
        "excluded": Subject.exclusion.is_not(None) & ~randomised,
        "screening": Subject.exclusion.is_(None) & ~randomised,
        "not_randomised": ~randomised,
        "randomised": randomised,
        "consented": Subject.subject_number.is_not(None),
        "eligible": randomised | (Subject.state == State.ELIGIBLE),
        "to_sign": Subject.awaits_signature.is_(True),
        "to_randomise": Subject.state == State.ELIGIBLE,
        "overdue": overdue,
    }
    return conditions.get(group, Subject.id.is_not(None))
