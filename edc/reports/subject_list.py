"""The participant list: a page of it by key, with state, next visit and open queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from edc.models import Query, QueryState, Subject
from edc.protocol import STUDY
from edc.reports.masked import tells_no_answer, tells_no_arm

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy.orm import Session

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
    may_see_arm: Callable[[int], bool] = lambda _site_id: False,
    may_read_answers: Callable[[int], bool] = lambda _site_id: False,
    ids: Collection[int] | None = None,
) -> SubjectPage:
    """Return participants, last registered first, *after* or *before* a key, in two statements.

    :param may_see_arm: whether the person sees the arms of a site; queries that tell one count
        only there.
    :param may_read_answers: whether the person reads a site's confidential answers; queries of
        checks that tell one count only there.
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
        open_queries=_open_queries(
            session, found, may_see_arm=may_see_arm, may_read_answers=may_read_answers
        ),
        previous_key=found[0].id if found and has_newer else None,
        next_key=found[-1].id if found and has_older else None,
    )


def _open_queries(
    session: Session,
    subjects: list[Subject],
    *,
    may_see_arm: Callable[[int], bool],
    may_read_answers: Callable[[int], bool],
) -> dict[int, int]:
    if not subjects:
        return {}
    unmasked = [subject.id for subject in subjects if may_see_arm(subject.site_id)]
    told = [subject.id for subject in subjects if may_read_answers(subject.site_id)]
    rows = session.execute(
        select(Query.subject_id, func.count())
        .where(
            Query.subject_id.in_([subject.id for subject in subjects]),
            Query.state == QueryState.OPEN,
            or_(
                Query.subject_id.in_(unmasked),
                and_(
                    tells_no_arm(Query.form, Query.item, Query.row),
                    # Of a check that reads the arm the firing tells it, wherever it is shown.
                    Query.check_id.not_in(sorted(STUDY.restricted_checks)),
                ),
            ),
            or_(
                Query.subject_id.in_(told),
                tells_no_answer(Query.form, Query.item, Query.check_id),
            ),
        )
        .group_by(Query.subject_id)
    )
    return {row[0]: row[1] for row in rows}
