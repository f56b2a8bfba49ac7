"""Putting visits on a participant's schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.errors import EntryClosed, NotFound
from edc.models import SubjectVisit
from edc.protocol import STUDY
from edc.services import admission
from edc.services.casebooks import open_casebook
from edc.study.visits import Created

if TYPE_CHECKING:
    from datetime import date

    from edc.models import Subject
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.visits import Visit

UNSCHEDULED = "UNS"
_MOST_UNSCHEDULED = 99


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
    rows = uow.session.scalars(select(SubjectVisit).where(SubjectVisit.subject_id == subject.id))
    for row in rows:
        declared = STUDY.find_visit(row.code)
        if declared is None or row.target is not None:
            continue
        target = declared.target_date(day_zero)
        if target is not None:
            row.target = target
            row.window_start = target - timedelta(days=declared.window.before)
            row.window_end = target + timedelta(days=declared.window.after)


def add_unscheduled_visit(uow: UnitOfWork, *, subject_id: int) -> str:
    """Put the next unscheduled visit (UNS01, UNS02 …) on the schedule; return its code.

    :raises EntryClosed: after withdrawal or the end of the study.
    """
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    if admission.is_closed(opened, UNSCHEDULED):
        raise EntryClosed
    taken = [code for code in opened.book.visits if code.startswith(UNSCHEDULED)]
    declared = STUDY.find_visit(UNSCHEDULED)
    if declared is None or len(taken) >= _MOST_UNSCHEDULED:
        raise NotFound
    code = f"{UNSCHEDULED}{len(taken) + 1:02d}"
    uow.session.add(_visit(opened.subject, declared, code, day_zero=None))
    return code


def _visit(subject: Subject, declared: Visit, code: str, *, day_zero: date | None) -> SubjectVisit:
    target = declared.target_date(day_zero) if day_zero else None
    window = declared.window
    return SubjectVisit(
        subject=subject,
        code=code,
        target=target,
        window_start=target - timedelta(days=window.before) if target else None,
        window_end=target + timedelta(days=window.after) if target else None,
    )
