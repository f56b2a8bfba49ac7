"""The figures of the query desk are those of the reader's own list: no hidden query counts."""

from __future__ import annotations

from statistics import median

import pytest
from sqlalchemy import select

from edc.models import MessageKind, Query, QueryMessage, QueryState
from edc.permissions import GRANTS, Permission, Role
from edc.randomization.masking import may_see_arm
from edc.reports import query_desk
from edc.reports.query_desk import AGES, Figures, QueryFilter
from edc.services import queries
from edc.services.night import run_night
from edc.services.unit_of_work import Actor, Database
from edc.services.viewer import Viewer
from tests.factories import open_database
from tests.services.casebook_support import KEY

READERS = [role for role in Role if Permission.QUERY_READ in GRANTS[role]]
_ANSWERS = {MessageKind.ANSWERED, MessageKind.CONFIRMED}
_SETTLES = {MessageKind.CLOSED, MessageKind.CURED}
_DAY = 86400


def counted(database: Database, role: Role) -> tuple[Figures, Figures, set[int]]:
    """Return the figures that the desk tells, those of the reader's own list, and its queries."""
    person = Viewer(user_id=1, username=str(role), full_name="", roles={None: role})
    with database.reading() as session:
        told = query_desk.find_figures(session, person, QueryFilter())
        rows = []
        page = query_desk.find_page(session, person, QueryFilter(state="all"))
        rows += page.rows
        while page.next is not None:
            page = query_desk.find_page(session, person, QueryFilter(state="all"), after=page.next)
            rows += page.rows
        listed = {row.query.id for row in rows}
        messages = session.execute(
            select(QueryMessage.kind, QueryMessage.waited).where(
                QueryMessage.query_id.in_(listed), QueryMessage.waited.is_not(None)
            )
        ).all()
    states = [row.query.state for row in rows]
    ages = dict.fromkeys((0, *AGES), 0)
    for row in rows:
        if row.query.is_unsettled:
            ages[row.step] += 1

    def days(kinds: set[MessageKind]) -> float | None:
        waits = [waited for kind, waited in messages if kind in kinds]
        return pytest.approx(median(waits) / _DAY) if waits else None

    own = Figures(
        open=states.count(QueryState.OPEN),
        answered=states.count(QueryState.ANSWERED),
        settled=states.count(QueryState.CLOSED) + states.count(QueryState.CANCELLED),
        ages=ages,
        days_to_answer=days(_ANSWERS),
        days_to_close=days(_SETTLES),
    )
    return told, own, listed


def answer_all(database: Database) -> int:
    """Let the nurse answer every open query, those on doses too; return how many."""
    nurse = Actor(username="research_nurse", role=Role.RESEARCH_NURSE, full_name="Nurse")
    with database.reading() as session:
        asked = session.scalars(select(Query).where(Query.state == QueryState.OPEN)).all()
    answered = 0
    for query in asked:
        if not queries.acts_for(Role.RESEARCH_NURSE, query):
            continue
        with database.unit_of_work(nurse, "query.answer") as uow:
            queries.act_on(
                uow, subject_id=query.subject_id, query_id=query.id, act=queries.Act.ANSWER,
                text="It was so.", seen=query.audit_id,
            )  # fmt: skip
        answered += 1
    return answered


def test_every_figure_of_the_desk_is_that_of_the_reader_s_own_list(world_url: str) -> None:
    database = open_database(world_url)
    hidden = {}
    for step in ("before", "after the answers", "after the night"):
        if step == "after the answers":
            assert answer_all(database) > 1
        if step == "after the night":
            assert not run_night(database, key=KEY).failed
        all_of_them = counted(database, Role.INVESTIGATOR)[2]
        for role in READERS:
            told, own, listed = counted(database, role)
            assert told == own, (step, role)
            if not may_see_arm(role):
                hidden[step, role] = len(all_of_them - listed)
    assert all(hidden.values()), "of each masked reader some query is hidden at every step"
    database.engine.dispose()
