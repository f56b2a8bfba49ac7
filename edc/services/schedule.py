"""Putting visits on a participant's schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.forms.derivations.daily import DailyCourse
from edc.models import SubjectVisit
from edc.protocol import STUDY
from edc.study.casebook import PlannedVisit
from edc.study.visits import Created

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from edc.models import Subject
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.visits import Visit

_MOST = 99  # visits of one number, as 90.01 to 90.99


def create_visits(
    uow: UnitOfWork, subject: Subject, event: Created, *, day_zero: date | None = None
) -> list[SubjectVisit]:
    """Put the visits that *event* creates on the schedule, counting days from *day_zero*."""
    visits = [
        _visit(subject, visit, visit.code, day_zero=day_zero)
        for visit in STUDY.schedule.created_by(event)
        if day_zero is None or visit.exists_for(day_zero)
    ]
    uow.session.add_all(visits)
    return visits


def date_visits(uow: UnitOfWork, subject: Subject, *, day_zero: date) -> None:
    """Give the visits made at registration their planned days, once D0 is known."""
    rows = uow.session.scalars(
        select(SubjectVisit).where(SubjectVisit.subject_id == subject.id).order_by(SubjectVisit.id)
    )
    for row in rows:
        declared = STUDY.find_visit(row.code)
        if declared is None or row.target is not None:
            continue
        target = declared.target_date(day_zero)
        if target is not None:
            row.target = target
            row.window_start = target - timedelta(days=declared.window.before)
            row.window_end = target + timedelta(days=declared.window.after)


def next_unscheduled(opened: Opened) -> str | None:
    """Return the code of the next unscheduled visit (UNS01, UNS02 …), None after the last."""
    return next(_free_codes(opened, STUDY.schedule.created_by(Created.BY_SITE)[0]), None)


def open_visit(uow: UnitOfWork, opened: Opened, code: str) -> None:
    """Put an unscheduled visit on the schedule: with the CRF that says why, never without."""
    declared = STUDY.find_visit(code)
    if declared is not None:
        _add(uow, opened, _visit(opened.subject, declared, code, day_zero=None))


def refresh(uow: UnitOfWork, opened: Opened) -> list[str]:
    """Put on the schedule the visits that a late recurrence asks for; return their codes.

    Section 2, recurrence: a visit for each of its weekdays on which none stands, numbered on from
    the last.  None is ever taken off: one whose recurrence was corrected away is no longer shown
    or asked for (``Course.is_on_schedule``), and is there again if the correction is undone.
    """
    added = []
    for declared in STUDY.schedule.created_by(Created.RECURRENCE):
        there = {
            planned.target
            for code, planned in opened.book.visits.items()
            if STUDY.find_visit(code) is declared
        }
        days = DailyCourse(opened.book).recurrence_days(declared.weekdays)
        wanted = [target for target in days if target.isoformat() not in there]
        for target, code in zip(wanted, _free_codes(opened, declared), strict=False):
            _add(uow, opened, _visit_on(opened.subject, declared, code, target))
            added.append(code)
    return added


def _free_codes(opened: Opened, declared: Visit) -> Iterator[str]:
    taken = [
        int(code.removeprefix(declared.code))
        for code in opened.book.visits
        if STUDY.find_visit(code) is declared
    ]
    for number in range(max(taken, default=0) + 1, _MOST + 1):
        yield f"{declared.code}{number:02d}"


def _add(uow: UnitOfWork, opened: Opened, row: SubjectVisit) -> None:
    uow.session.add(row)
    days = (row.target, row.window_start, row.window_end)
    texts = (one.isoformat() if one else None for one in days)
    opened.book.visits[row.code] = PlannedVisit(row.code, *texts)


def _visit(subject: Subject, declared: Visit, code: str, *, day_zero: date | None) -> SubjectVisit:
    return _visit_on(subject, declared, code, declared.target_date(day_zero) if day_zero else None)


def _visit_on(subject: Subject, declared: Visit, code: str, target: date | None) -> SubjectVisit:
    window = declared.window
    return SubjectVisit(
        subject=subject,
        code=code,
        target=target,
        window_start=target - timedelta(days=window.before) if target else None,
        window_end=target + timedelta(days=window.after) if target else None,
    )
