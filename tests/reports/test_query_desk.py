"""The query desk's reads: order, pages, figures, medians, and who may read what."""

from __future__ import annotations

import itertools
import statistics
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edc import clock
from edc.models import MessageKind, Query, QueryMessage, QueryState
from edc.permissions import Permission, Role
from edc.reports import query_desk
from edc.reports.query_desk import Figures, QueryFilter
from edc.services.enrolment import register_subject
from edc.services.unit_of_work import Database, UnitOfWork, system_actor
from edc.services.viewer import Viewer
from tests.factories import create_site, open_database
from tests.support.statements import counted

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = 86400
_forms = itertools.count()  # no two examples share their queries


@pytest.fixture
def database(database_url: str) -> Database:
    return open_database(database_url)


def viewer(role: Role = Role.MONITOR, *, site: int | None = None) -> Viewer:
    return Viewer(user_id=1, username=str(role), full_name=str(role), roles={site: role})


def subject_of(database: Database, code: str = "01") -> int:
    site = create_site(database, code=code)
    with database.unit_of_work(system_actor(), "subject.screen") as uow:
        return register_subject(uow, site_id=site.id).id


def add(
    uow: UnitOfWork,
    subject_id: int,
    days: float = 0,
    state: QueryState = QueryState.OPEN,
    check: str = "",
    form: str = "VS",
    item: str = "TEMP",
    raised_role: str = "monitor",
    waits: tuple[tuple[MessageKind, int], ...] = (),
) -> Query:
    at = NOW - timedelta(days=days)
    count = uow.session.query(Query).count()
    query = Query(
        subject_id=subject_id, visit="SCR" if form == "VS" else "", form=form, row=count + 1,
        item=item, repeat=1, check_id=check, raised_by="" if check else raised_role,
        raised_role="" if check else raised_role, messages=len(waits), state=state,
        text_en="?", text_zh="？", opened_at=at,
        closed_at=NOW if state == QueryState.CLOSED else None,
    )  # fmt: skip
    uow.session.add(query)
    for number, (kind, waited) in enumerate(waits, start=1):
        uow.session.add(
            QueryMessage(
                query=query, number=number, kind=kind, at=at, username="x", full_name="x",
                role="monitor", text_en="", text_zh="", waited=waited,
            )
        )  # fmt: skip
    uow.session.flush()
    return query


def figures(database: Database, who: Viewer, **asked: object) -> Figures:
    with clock.replaced(lambda: NOW), database.reading() as session:
        return query_desk.find_figures(session, who, QueryFilter(**asked))  # type: ignore[arg-type]


def found(database: Database, who: Viewer, **asked: object) -> list[int]:
    with clock.replaced(lambda: NOW), database.reading() as session:
        page = query_desk.find_page(session, who, QueryFilter(**asked))  # type: ignore[arg-type]
        return [row.query.id for row in page.rows]


def test_unsettled_queries_are_counted_by_state_and_by_the_age_they_have_reached(
    database: Database,
) -> None:
    subject_id = subject_of(database)
    ages = (0, 6.99, 7, 13.9, 14, 27, 28, 400)
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        for days in ages:
            add(uow, subject_id, days)
        add(uow, subject_id, 40, QueryState.ANSWERED)
        add(uow, subject_id, 40, QueryState.CLOSED)
        add(uow, subject_id, 40, QueryState.CANCELLED)
    counted_ = figures(database, viewer())
    assert (counted_.open, counted_.answered, counted_.settled) == (8, 1, 2)
    assert counted_.ages == {0: 2, 7: 2, 14: 2, 28: 3}
    assert len(found(database, viewer(), age=7)) == 7
    assert len(found(database, viewer(), age=28)) == 3


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    answers=st.lists(st.integers(0, 90 * DAY), max_size=9),
    closings=st.lists(st.integers(0, 90 * DAY), max_size=9),
)
def test_the_medians_are_those_of_all_answers_and_of_all_closings(
    database_url: str, answers: list[int], closings: list[int]
) -> None:
    database = open_database(database_url)
    with database.reading() as session:
        count = session.query(Query).count()
    subject_id = subject_of(database, code=f"{count:02d}"[-6:])
    kinds = (MessageKind.ANSWERED, MessageKind.CONFIRMED)
    ends = (MessageKind.CLOSED, MessageKind.CURED)
    steps = [(kinds[n % 2], waited) for n, waited in enumerate(answers)]
    steps += [(ends[n % 2], waited) for n, waited in enumerate(closings)]
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        add(uow, subject_id, waits=tuple(steps), form="VS")
    with database.reading() as session:
        from edc.models import Site, Subject

        code = session.get_one(Site, session.get_one(Subject, subject_id).site_id).code
    told = figures(database, viewer(), site=code)
    assert told.days_to_answer == (
        pytest.approx(statistics.median(answers) / DAY) if answers else None
    )
    assert told.days_to_close == (
        pytest.approx(statistics.median(closings) / DAY) if closings else None
    )


@pytest.mark.parametrize(
    ("role", "waits"),
    [
        (
            Role.RESEARCH_NURSE,
            {"open check", "open monitor", "open manager", "open arm", "open mouth"},
        ),
        (
            Role.INVESTIGATOR,
            {"open check", "open monitor", "open manager", "open arm", "open mouth"},
        ),
        (Role.OUTCOME_ASSESSOR, {"open mouth"}),
        (Role.MONITOR, {"answered monitor", "answered mouth"}),
        (Role.DATA_MANAGER, {"answered check", "answered manager"}),
        (Role.AUDITOR, set()),
        (Role.ADMINISTRATOR, set()),
    ],
)
def test_what_waits_for_whom(database: Database, role: Role, waits: set[str]) -> None:
    subject_id = subject_of(database)
    names: dict[int, str] = {}
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        for state in (QueryState.OPEN, QueryState.ANSWERED, QueryState.CLOSED):
            names |= {
                add(uow, subject_id, 1, state, "SOFT:TEMP").id: f"{state} check",
                add(uow, subject_id, 1, state).id: f"{state} monitor",
                add(uow, subject_id, 1, state, raised_role="data_manager").id: f"{state} manager",
                add(uow, subject_id, 1, state, "AE-15", "AE", "AEREL").id: f"{state} arm",
                add(uow, subject_id, 1, state, "", "OM", "OMWHO").id: f"{state} mouth",
            }
    mine = {names[one] for one in found(database, viewer(role), whose="waiting", state="all")}
    with database.reading() as session:
        count = query_desk.count_waiting(session, viewer(role))
    assert mine == waits
    assert count == len(waits)


def test_a_role_at_one_site_reads_that_site_and_its_own_role_comes_first(
    database: Database,
) -> None:
    here, there = subject_of(database, "01"), subject_of(database, "02")
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        first, second = add(uow, here, 2).id, add(uow, there, 1).id
        hidden = add(uow, there, 1, check="AE-15", form="AE", item="AEREL").id
    with database.reading() as session:
        from edc.models import Subject

        sites = [session.get_one(Subject, one).site_id for one in (here, there)]
    assert found(database, viewer(site=sites[0])) == [first]
    assert found(database, viewer()) == [first, second]
    both = Viewer(
        user_id=1, username="x", full_name="x",
        roles={None: Role.MONITOR, sites[1]: Role.RESEARCH_NURSE},
    )  # fmt: skip
    assert set(found(database, both)) == {first, second, hidden}
    shut = Viewer(
        user_id=1, username="x", full_name="x",
        roles={None: Role.MONITOR, sites[1]: Role.STATISTICIAN},
    )  # fmt: skip
    assert found(database, shut) == [first]
    assert found(database, viewer(Role.STATISTICIAN)) == []


def test_a_menu_counts_no_further_than_a_hundred(database: Database) -> None:
    subject_id = subject_of(database)
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        for _ in range(120):
            add(uow, subject_id)
    with database.reading() as session:
        assert query_desk.count_waiting(session, viewer(Role.RESEARCH_NURSE)) == 100


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_ages_pages_and_neighbours_go_through_every_query_once(
    sqlite_url: str, data: st.DataObject
) -> None:
    from edc.models import Site, Subject

    database = open_database(sqlite_url)
    with database.reading() as session:
        known = session.query(Subject.id).first()
        sites = session.query(Site).count()
    subject_id = known[0] if known else subject_of(database, f"{sites + 1:02d}")
    monitor = viewer()
    form = f"F{next(_forms)}"
    days = data.draw(st.lists(st.integers(0, 5), max_size=8))
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        made = [add(uow, subject_id, day, form=form).id for day in days]
    chosen = QueryFilter(form=form, order=data.draw(st.sampled_from(["", "newest"])))
    with database.reading() as session:
        rows = [row.query for row in query_desk.find_page(session, monitor, chosen).rows]
        if rows:
            walked, at = [rows[0].id], rows[0]
            while following := query_desk.neighbours(session, monitor, chosen, at)[1]:
                assert query_desk.neighbours(session, monitor, chosen, following)[0] == at
                walked.append(following.id)
                at = following
            assert walked == [query.id for query in rows]
    assert sorted(query.id for query in rows) == sorted(made)
    ordered = sorted(rows, key=lambda query: (query.opened_at, query.id))
    assert rows == (ordered[::-1] if chosen.order else ordered)


def test_the_desk_asks_the_same_few_statements_of_a_large_study(database: Database) -> None:
    subject_id = subject_of(database)

    def cost() -> int:
        with counted(database.engine) as statements, database.reading() as session:
            query_desk.find_page(session, viewer(), QueryFilter())
            query_desk.find_figures(session, viewer(), QueryFilter())
            query_desk.count_waiting(session, viewer())
        return len(statements)

    small = cost()
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        for days in range(150):
            add(uow, subject_id, days)
    assert cost() == small == 4


def test_an_export_gives_what_the_role_may_export(database: Database) -> None:
    subject_id = subject_of(database)
    with database.unit_of_work(system_actor(), "query.raise") as uow:
        add(uow, subject_id)
    statement = query_desk.export_rows(
        viewer(Role.RESEARCH_NURSE), QueryFilter(), permission=Permission.QUERY_EXPORT
    )
    with database.reading() as session:
        assert session.execute(statement).all() == []
