"""The query desk: a page of queries by age, how many wait for whom, and how long answers take."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import and_, case, false, func, or_, select, true

from edc import clock
from edc.models import MessageKind, Query, QueryMessage, QueryState, Site, Subject
from edc.permissions import Permission, Role, grants
from edc.reports.by_role import by_role, may_be_known, of_participant
from edc.services.queries import ASSESSMENTS
from edc.services.query_thread import COLUMNS, Message, read

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

    from edc.services.viewer import Viewer

    Statement: TypeAlias = Select[*tuple[Any, ...]]

PAGE_ROWS: Final = 50
AGES: Final = (7, 14, 28)
"""Days after which an unsettled query is reminded of, and escalated twice (section 3.5, rule 7)."""
MOST_COUNTED: Final = 100
"""A menu counts no further: who has a hundred waiting does not need to know how many more."""

STATES: Final = ("unsettled", "open", "reopened", "answered", "closed", "cancelled", "all")
ORIGINS: Final = ("system", "person")
WHOSE: Final = ("waiting", "raised")
_UNSETTLED = (QueryState.OPEN, QueryState.ANSWERED)
_DAY = 86400
_ANSWERS = (MessageKind.ANSWERED, MessageKind.CONFIRMED)
_SETTLES = (MessageKind.CLOSED, MessageKind.CURED)

Key = tuple[datetime, int]  # since when it is open, and its id: the order of the desk


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFilter:
    """What the desk is narrowed to; what is empty narrows nothing.

    :param whose: ``waiting`` for the person, or ``raised`` by them.
    :param site: a site's code.
    :param participant: the beginning of a participant or screening number.
    :param age: unsettled for at least so many days.
    :param state: one of ``STATES``; empty is ``unsettled``.
    :param origin: ``system`` or ``person``.
    :param order: ``newest`` first; empty is the oldest first.
    """

    whose: str = ""
    site: str = ""
    participant: str = ""
    form: str = ""
    age: int = 0
    state: str = ""
    origin: str = ""
    order: str = ""

    def facts(self) -> dict[str, str]:
        """Return what is asked, for the address of a page and for the record of an export."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A query with its participant and the last step of its thread."""

    query: Query
    number: str
    site: str
    last: Message | None
    now: datetime

    @property
    def days(self) -> int:
        """Return the whole days for which it has been unsettled, or was until it was closed."""
        until = self.query.closed_at or self.now
        return max(0, (until - self.query.opened_at).days)

    @property
    def step(self) -> int:
        """Return the greatest of ``AGES`` that it has reached, 0 below and when it is settled."""
        if not self.query.is_unsettled:
            return 0
        return max((age for age in AGES if self.days >= age), default=0)

    @property
    def key(self) -> Key:
        """Return its place in the order of the desk."""
        return self.query.opened_at, self.query.id


@dataclass(frozen=True, slots=True)
class DeskPage:
    """A page of the desk; *previous* and *next* are the keys of its neighbours."""

    rows: list[DeskRow]
    previous: Key | None
    next: Key | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How the queries stand that the filters find, whatever their state and age.

    :param ages: unsettled ones by the greatest of ``AGES`` that they have reached, 0 below.
    :param days_to_answer: the median over every answer, None without one; *days_to_close* alike.
    """

    open: int
    answered: int
    settled: int
    ages: dict[int, int]
    days_to_answer: float | None
    days_to_close: float | None


def waiting(viewer: Viewer) -> ScalarSelect[int]:
    """Return, as a part of a statement, how many queries wait for the person, at most 100."""
    found = (
        select(Query.id)
        .join(Subject, Subject.id == Query.subject_id)
        .where(Query.state.in_(_UNSETTLED), _waits_for(viewer))
        .limit(MOST_COUNTED)
        .subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


def count_waiting(session: Session, viewer: Viewer) -> int:
    """Return how many queries wait for the person, at most 100; one statement."""
    return session.scalar(select(waiting(viewer))) or 0


def find_page(
    session: Session,
    viewer: Viewer,
    chosen: QueryFilter,
    *,
    before: Key | None = None,
    after: Key | None = None,
) -> DeskPage:
    """Return the page of queries behind or before a key, in one statement."""
    statement = _rows(viewer, chosen).limit(PAGE_ROWS + 1)
    backwards = before is not None
    newest = (chosen.order == "newest") is not backwards
    if (edge := before or after) is not None:
        statement = statement.where(_beyond(edge, newest=newest))
    found = session.execute(_ordered(statement, newest=newest)).all()
    has_more = len(found) > PAGE_ROWS
    rows = [_row(row) for row in found[:PAGE_ROWS]]
    if backwards:
        rows.reverse()
    has_previous = has_more if backwards else after is not None
    has_next = backwards or has_more
    return DeskPage(
        rows,
        rows[0].key if rows and has_previous else None,
        rows[-1].key if rows and has_next else None,
    )


def neighbours(
    session: Session, viewer: Viewer, chosen: QueryFilter, query: Query
) -> tuple[Query | None, Query | None]:
    """Return the queries before and behind one in the order of the desk, in two statements."""
    newest = chosen.order == "newest"
    found = []
    for backwards in (True, False):
        statement = _rows(viewer, chosen).limit(1)
        statement = statement.where(
            _beyond((query.opened_at, query.id), newest=newest is not backwards)
        )
        row = session.execute(_ordered(statement, newest=newest is not backwards)).first()
        found.append(row[0] if row else None)
    return found[0], found[1]


def export_rows(viewer: Viewer, chosen: QueryFilter, *, permission: Permission) -> Statement:
    """Return the statement of every query that the filters find, for an export."""
    return _ordered(_rows(viewer, chosen, permission=permission), newest=chosen.order == "newest")


def find_figures(session: Session, viewer: Viewer, chosen: QueryFilter) -> Figures:
    """Return the figures above the desk, in two statements."""
    now = clock.now()
    age = case(
        *((Query.opened_at <= now - timedelta(days=days), days) for days in reversed(AGES)),
        else_=0,
    )
    condition = and_(_readable(viewer, Permission.QUERY_READ), *_narrowed(chosen, viewer))
    rows = session.execute(
        select(Query.state, age.label("age"), func.count())
        .join(Subject, Subject.id == Query.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(condition)
        .group_by(Query.state, age)
    ).all()
    ages = dict.fromkeys((0, *AGES), 0)
    states: dict[str, int] = dict.fromkeys(map(str, QueryState), 0)
    for state, step, count in rows:
        states[state] = states.get(state, 0) + count
        if state in _UNSETTLED:
            ages[step] += count
    medians = _medians(session, condition)
    return Figures(
        open=states[QueryState.OPEN],
        answered=states[QueryState.ANSWERED],
        settled=states[QueryState.CLOSED] + states[QueryState.CANCELLED],
        ages=ages,
        days_to_answer=medians.get("answer"),
        days_to_close=medians.get("close"),
    )


def _medians(session: Session, condition: ColumnElement[bool]) -> dict[str, float]:
    """Return the median days to an answer and to a closing, every one counted."""
    what = case((QueryMessage.kind.in_(_ANSWERS), "answer"), else_="close")
    waits = (
        select(
            what.label("what"),
            QueryMessage.waited,
            func.row_number().over(partition_by=what, order_by=QueryMessage.waited).label("place"),
            func.count().over(partition_by=what).label("many"),
        )
        .join(Query, Query.id == QueryMessage.query_id)
        .join(Subject, Subject.id == Query.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .where(QueryMessage.kind.in_((*_ANSWERS, *_SETTLES)), condition)
        .subquery()
    )
    # The one in the middle, or the two about it: 2·place lies within one of many + 1.
    twice = waits.c.place * 2
    middle = and_(twice >= waits.c.many, twice <= waits.c.many + 2)
    rows = session.execute(
        select(waits.c.what, func.avg(waits.c.waited)).where(middle).group_by(waits.c.what)
    )
    return {what: float(seconds) / _DAY for what, seconds in rows}


def _rows(
    viewer: Viewer, chosen: QueryFilter, *, permission: Permission = Permission.QUERY_READ
) -> Statement:
    last = and_(
        QueryMessage.query_id == Query.id, QueryMessage.number == Query.messages
    )  # fmt: skip
    return (
        select(
            Query,
            func.coalesce(Subject.subject_number, Subject.screening_number),
            Site.code,
            *COLUMNS,
        )
        .join(Subject, Subject.id == Query.subject_id)
        .join(Site, Site.id == Subject.site_id)
        .outerjoin(QueryMessage, last)
        .where(
            _readable(viewer, permission),
            *_narrowed(chosen, viewer),
            _in_state(chosen.state),
            *_aged(chosen.age),
        )
    )


def _row(row: Any) -> DeskRow:  # noqa: ANN401 - a result's row
    last = read(row) if row.query_id is not None else None
    return DeskRow(row[0], row[1], row[2], last, clock.now())


def _ordered(statement: Statement, *, newest: bool) -> Statement:
    if newest:
        return statement.order_by(Query.opened_at.desc(), Query.id.desc())
    return statement.order_by(Query.opened_at, Query.id)


def _beyond(key: Key, *, newest: bool) -> ColumnElement[bool]:
    at, query_id = key
    if newest:
        return or_(Query.opened_at < at, and_(Query.opened_at == at, Query.id < query_id))
    return or_(Query.opened_at > at, and_(Query.opened_at == at, Query.id > query_id))


def _narrowed(chosen: QueryFilter, viewer: Viewer) -> list[ColumnElement[bool]]:
    """Return the filters that hold for figures as well as for rows."""
    found: list[ColumnElement[bool]] = []
    if chosen.whose == "waiting":
        found.append(_waits_for(viewer))
    elif chosen.whose == "raised":
        found.append(Query.raised_by == viewer.username)
    if chosen.site:
        found.append(Site.code == chosen.site)
    if chosen.participant:
        words = chosen.participant.upper()
        ending = Subject.subject_number.endswith(f"-{words}", autoescape=True)
        found.append(or_(of_participant(words), ending))
    if chosen.form:
        found.append(Query.form == chosen.form)
    if chosen.origin == "system":
        found.append(Query.check_id != "")
    elif chosen.origin == "person":
        found.append(Query.check_id == "")
    return found


def _in_state(state: str) -> ColumnElement[bool]:
    if state == "all":
        return true()
    if state == "reopened":
        return and_(Query.state == QueryState.OPEN, Query.reopened_at.is_not(None))
    if state in set(QueryState):
        return Query.state == state
    return Query.state.in_(_UNSETTLED)


def _aged(days: int) -> list[ColumnElement[bool]]:
    if not days:
        return []
    return [Query.state.in_(_UNSETTLED), Query.opened_at <= clock.now() - timedelta(days=days)]


def _readable(viewer: Viewer, permission: Permission) -> ColumnElement[bool]:
    """Return the condition that the person may read a query, by the role held at its site."""
    return by_role(viewer, lambda role: _known(role) if grants(role, permission) else false())


def _waits_for(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a query is the person's to act on next."""
    return by_role(viewer, lambda role: and_(_waits(role), _known(role)))


def _waits(role: Role) -> ColumnElement[bool]:
    parts: list[ColumnElement[bool]] = []
    if grants(role, Permission.QUERY_ANSWER):
        parts.append(and_(Query.state == QueryState.OPEN, _answered_by(role)))
    if grants(role, Permission.QUERY_RAISE):
        parts.append(and_(Query.state == QueryState.ANSWERED, Query.raised_role == str(role)))
    if grants(role, Permission.QUERY_SETTLE):
        parts.append(and_(Query.state == QueryState.ANSWERED, Query.check_id != ""))
    return or_(*parts) if parts else false()


def _answered_by(role: Role) -> ColumnElement[bool]:
    """Return the condition that the role answers on the query's CRF."""
    if grants(role, Permission.CRF_ENTER):
        return true()
    return Query.form.in_(sorted(ASSESSMENTS))


def _known(role: Role) -> ColumnElement[bool]:
    """Return the condition that the role may know of a query.

    That one exists can tell an arm, or an answer that only the site reads.
    """
    return may_be_known(Query, role)
