"""Notices as their readers see them: how many wait for somebody, and the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, false, func, or_, select, true

from edc.forms.notices import CHANGED, TOLD_OF_CHANGES, audience
from edc.models import Notice, NoticeSeen, Subject
from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.masked import tells_no_arm
from edc.services.notices import ACTIONS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.viewer import Viewer

PAGE_ROWS: Final = 50
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
    """A notice with its participant's number, and when the person has seen it."""

    notice: Notice
    number: str
    seen_at: datetime | None

    @property
    def is_unseen(self) -> bool:
        """Tell whether it still waits for the person."""
        return self.seen_at is None and self.notice.ended_at is None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A page of notices, the latest first, and the key of the next page."""

    rows: list[NoticeRow]
    next_key: int | None


def count_unseen(session: Session, viewer: Viewer) -> int:
    """Return how many notices wait to be seen by the person."""
    statement = (
        select(func.count())
        .select_from(Notice)
        .join(Subject, Subject.id == Notice.subject_id)
        .outerjoin(NoticeSeen, _seen_by(viewer))
        .where(_told_to(viewer), Notice.ended_at.is_(None), NoticeSeen.id.is_(None))
    )
    return session.scalar(statement) or 0


def find_page(
    session: Session, viewer: Viewer, chosen: NoticeFilter, *, after: int | None = None
) -> NoticePage:
    """Return the person's notices in one statement.

    :param after: how many rows come before the page.
    """
    statement = _rows(viewer).order_by(Notice.raised_at.desc(), Notice.id.desc())
    if chosen.shown != "all":
        statement = statement.where(Notice.ended_at.is_(None))
    if chosen.shown == "unseen":
        statement = statement.where(NoticeSeen.id.is_(None))
    if chosen.number:
        words = chosen.number.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(
            or_(
                Subject.subject_number.like(f"{words}%", escape="\\"),
                Subject.screening_number.like(f"{words}%", escape="\\"),
            )
        )
    if chosen.subject_id is not None:
        statement = statement.where(Notice.subject_id == chosen.subject_id)
    start = after or 0
    found = session.execute(statement.offset(start).limit(PAGE_ROWS + 1)).all()
    rows = [NoticeRow(notice, subject.number, seen) for notice, subject, seen in found[:PAGE_ROWS]]
    return NoticePage(rows, start + PAGE_ROWS if len(found) > PAGE_ROWS else None)


def _rows(viewer: Viewer) -> Select[Notice, Subject, datetime]:
    return (
        select(Notice, Subject, NoticeSeen.seen_at)
        .join(Subject, Subject.id == Notice.subject_id)
        .outerjoin(NoticeSeen, _seen_by(viewer))
        .where(_told_to(viewer))
    )


def _seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that the person has seen the notice since it was last raised."""
    return and_(
        NoticeSeen.notice_id == Notice.id,
        NoticeSeen.user_id == viewer.user_id,
        NoticeSeen.seen_at >= Notice.raised_at,
    )


def _told_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a notice, joined with its participant, is for the person."""
    own = {site: role for site, role in viewer.roles.items() if site is not None}
    parts = [
        and_(Subject.site_id == site, _for_role(role))
        for site, role in own.items()
        if grants(role, Permission.NOTICE_READ)
    ]
    everywhere = viewer.roles.get(None)
    if everywhere is not None and grants(everywhere, Permission.NOTICE_READ):
        rest = Subject.site_id.not_in(list(own)) if own else true()
        parts.append(and_(rest, _for_role(everywhere)))
    return or_(*parts) if parts else false()


def _for_role(role: Role) -> ColumnElement[bool]:
    hidden = frozenset() if may_see_arm(role) else STUDY.restricted_checks
    told = sorted(rule for rule in ACTIONS - hidden if role in audience(rule))
    by_rule: ColumnElement[bool] = Notice.check_id.in_(told)
    if role in TOLD_OF_CHANGES:
        by_rule = or_(by_rule, Notice.check_id.like(f"{CHANGED}:%"))
    if may_see_arm(role):
        return by_rule
    return and_(by_rule, tells_no_arm(Notice.form, Notice.item, Notice.row))
