"""Notices as their readers see them: how many wait for somebody, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, false, func, or_, select

from edc.forms.notices import CHANGED, TOLD_OF_CHANGES, audience
from edc.models import Notice, NoticeSeen, Subject
from edc.permissions import Permission, grants
from edc.reports.by_role import by_role, may_be_known, of_participant
from edc.services.notices import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect
    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.viewer import Viewer

PAGE_ROWS: Final = 50
MOST_COUNTED: Final = 100
SHOWN: Final = ("unseen", "current", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilter:
    """What a list is narrowed to.

    :param shown: ``unseen`` by the person and still so, ``current`` or ``all``.
    :param number: the beginning of a participant's number.
    """

    shown: str = "unseen"
    number: str = ""
    subject_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with its participant, and when the person has seen it."""

    notice: Notice
    subject: Subject
    seen_at: datetime | None

    @property
    def is_unseen(self) -> bool:
        """Tell whether it still waits for the person."""
        return self.seen_at is None and self.notice.ended_at is None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of notices, the latest first."""

    rows: list[NoticeRow]
    has_more: bool


def unseen(viewer: Viewer) -> ScalarSelect[int]:
    """Return, as a part of a statement, how many notices wait to be seen, at most 100."""
    found = (
        select(Notice.id)
        .join(Subject, Subject.id == Notice.subject_id)
        .outerjoin(NoticeSeen, _seen_by(viewer))
        .where(_told_to(viewer), Notice.ended_at.is_(None), NoticeSeen.id.is_(None))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


def find_page(
    session: Session, viewer: Viewer, chosen: NoticeFilter, *, page: int = 1
) -> NoticePage:
    """Return a page of the person's notices in one statement, the latest first."""
    statement = (
        select(Notice, Subject, NoticeSeen.seen_at)
        .join(Subject, Subject.id == Notice.subject_id)
        .outerjoin(NoticeSeen, _seen_by(viewer))
        .where(_told_to(viewer), *_narrowed(chosen))
        .order_by(Notice.raised_at.desc(), Notice.id.desc())
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS + 1)
    )
    found = session.execute(statement).all()
    rows = [NoticeRow(notice, subject, seen) for notice, subject, seen in found[:PAGE_ROWS]]
    return NoticePage(rows, has_more=len(found) > PAGE_ROWS)


def _narrowed(chosen: NoticeFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.shown != "all":
        found.append(Notice.ended_at.is_(None))
    if chosen.shown == "unseen":
        found.append(NoticeSeen.id.is_(None))
    if chosen.number:
        found.append(of_participant(chosen.number))
    if chosen.subject_id is not None:
        found.append(Notice.subject_id == chosen.subject_id)
    return found


def find_subjects(session: Session, viewer: Viewer, ids: Collection[int]) -> dict[int, Subject]:
    """Return the participant of each of these notices that is for the person."""
    rows = session.execute(
        select(Notice.id, Subject)
        .join(Subject, Subject.id == Notice.subject_id)
        .where(_told_to(viewer), Notice.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


def _seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that the person has seen the notice since it was last raised."""
    return and_(
        NoticeSeen.notice_id == Notice.id,
        NoticeSeen.user_id == viewer.user_id,
        NoticeSeen.seen_at >= Notice.raised_at,
    )


def _told_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a notice, joined with its participant, is for the person."""
    return by_role(viewer, _for_role)


def _for_role(role: Role) -> ColumnElement[bool]:
    if not grants(role, Permission.NOTICE_READ):
        return false()
    told = sorted(rule for rule in ACTIONS if role in audience(rule))
    by_rule: ColumnElement[bool] = Notice.check_id.in_(told)
    if role in TOLD_OF_CHANGES:
        by_rule = or_(by_rule, Notice.check_id.like(f"{CHANGED}:%"))
    return and_(by_rule, may_be_known(Notice, role))
