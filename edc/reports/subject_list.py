"""The participant list: a page of it by key, with state, next visit and open queries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from edc.models import Query, QueryState, Subject
from edc.reports.by_role import by_role, may_be_known

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from edc.services.viewer import Viewer

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFilter:
    """What a list is narrowed to; empty fields narrow nothing.

    :param sites: the sites the person may see; None is every site.
    :param words: the beginning of a number, or initials.
    :param waiting: ``sign``, ``randomise`` or ``overdue``: those who wait for it.
    """

    sites: Collection[int] | None
    words: str = ""
    states: Collection[str] = ()
    stratum: str = ""
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """A page of participants, and the keys of its neighbours."""

    subjects: list[Subject]
    open_queries: dict[int, int]
    previous_key: int | None
    next_key: int | None


def find_page(
    session: Session,
    chosen: SubjectFilter,
    *,
    after: int | None = None,
    before: int | None = None,
    viewer: Viewer,
    ids: Collection[int] | None = None,
) -> SubjectPage:
    """Return participants, last registered first, *after* or *before* a key, in two statements.

    :param viewer: who reads the list; of open queries those count of which they may know.
    """
    statement = select(Subject).limit(PAGE_ROWS + 1)
    if chosen.sites is not None:
        statement = statement.where(Subject.site_id.in_(chosen.sites))
    if ids is not None:
        statement = statement.where(Subject.id.in_(ids))
    if chosen.words:
        words = chosen.words.upper().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(
            or_(
                Subject.subject_number.like(f"{words}%", escape="\\"),
                Subject.screening_number.like(f"{words}%", escape="\\"),
                Subject.subject_number.like(f"%-{words}", escape="\\"),
                Subject.initials == chosen.words.upper(),
            )
        )
    if chosen.states:
        statement = statement.where(Subject.state.in_(chosen.states))
    backwards = before is not None
    if before is not None:
        statement = statement.where(Subject.id > before).order_by(Subject.id)
    else:
        if after is not None:
            statement = statement.where(Subject.id < after)
        statement = statement.order_by(Subject.id.desc())
    found = list(session.scalars(statement))
    has_more = len(found) > PAGE_ROWS
    found = found[:PAGE_ROWS]
    if backwards:
        found.reverse()
    has_newer = has_more if backwards else after is not None
    has_older = (before is not None) if backwards else has_more
    return SubjectPage(
        subjects=found,
        open_queries=_open_queries(session, found, viewer=viewer),
        previous_key=found[0].id if found and has_newer else None,
        next_key=found[-1].id if found and has_older else None,
    )


def _open_queries(session: Session, subjects: list[Subject], *, viewer: Viewer) -> dict[int, int]:
    if not subjects:
        return {}
    rows = session.execute(
        select(Query.subject_id, func.count())
        .join(Subject, Subject.id == Query.subject_id)
        .where(
            Query.subject_id.in_([subject.id for subject in subjects]),
            Query.state == QueryState.OPEN,
            by_role(viewer, partial(may_be_known, Query)),
        )
        .group_by(Query.subject_id)
    )
    return {row[0]: row[1] for row in rows}
