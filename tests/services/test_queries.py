"""Queries from question to settlement: who may do what, what is silent, and what wakes again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from edc.errors import EdcError, InvalidValues, NotFound, NotPermitted, QueryMoved
from edc.label import Label
from edc.models import AuditEntry, MessageKind, Query, QueryMessage, QueryState
from edc.permissions import Role
from edc.randomization.masking import may_see_arm
from edc.services import queries, query_sync, query_thread
from edc.services.casebooks import open_casebook
from edc.services.confirmation import fingerprint
from edc.services.queries import Act, Target, acts_for
from edc.services.rules import Finding, Findings
from edc.services.unit_of_work import UnitOfWork
from edc.services.visible import may_know
from edc.study.checks import Severity
from tests.support.statements import counted
from tests.support.trial import VITALS, Trial, create_trial

VS = ("SCR", "VS", 1)
HOT = VITALS | {"TEMP": "39.5"}
TEMP = Target(VS, "TEMP")


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


@contextmanager
def working(trial: Trial, role: Role, at: str | None = None) -> Iterator[UnitOfWork]:
    with trial.at(at), trial.database.unit_of_work(trial.actor(role), "query.answer") as uow:
        yield uow


def the_query(trial: Trial, check: str = "SOFT:TEMP") -> Query:
    with trial.database.reading() as session:
        return session.scalars(select(Query).where(Query.check_id == check)).one()


def act(
    trial: Trial,
    role: Role,
    what: Act,
    *,
    check: str = "SOFT:TEMP",
    text: str = "两次复测一致",
    at: str | None = None,
) -> Query:
    query = the_query(trial, check)
    with working(trial, role, at) as uow:
        return queries.act_on(
            uow, subject_id=query.subject_id, query_id=query.id, act=what, text=text,
            seen=query.audit_id,
        )  # fmt: skip


def ask(
    trial: Trial,
    subject_id: int,
    target: Target = TEMP,
    *,
    text: str = "请核对原始记录",
    role: Role = Role.MONITOR,
) -> Query:
    with working(trial, role) as uow:
        return queries.raise_query(uow, subject_id=subject_id, target=target, text=text)


def thread(trial: Trial, check: str = "SOFT:TEMP") -> list[query_thread.Message]:
    query = the_query(trial, check)
    with trial.database.reading() as session:
        return query_thread.threads_of(session, [query])[query.id]


def kinds(trial: Trial, check: str = "SOFT:TEMP") -> list[str]:
    return [str(message.kind) for message in thread(trial, check)]


# --- the life of a query of the system ---------------------------------------------------------


def test_a_check_asks_at_the_item_with_its_sentence_and_the_value_it_found(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)

    query = the_query(trial)
    (asked,) = thread(trial)
    assert (query.place, query.item, query.state) == (VS, "TEMP", QueryState.OPEN)
    assert (asked.kind, asked.value, asked.is_by_system) == (MessageKind.OPENED, "39.5", True)
    assert "39.5" in asked.text_zh


def test_a_cured_query_closes_itself_and_comes_back_as_the_same_thread(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    trial.save(subject_id, "VS", {"TEMP": "36.5"}, reason="抄录错误")
    trial.save(subject_id, "VS", {"TEMP": "39.9"}, reason="再次核对")

    assert kinds(trial) == ["opened", "cured", "reopened"]
    assert [message.value for message in thread(trial)] == ["39.5", "36.5", "39.9"]
    query = the_query(trial)
    assert query.state == QueryState.OPEN
    assert query.reopened_at == query.opened_at
    assert query.closed_at is None


def test_an_answered_query_is_cured_by_a_corrected_value(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)
    saved = trial.save(subject_id, "VS", {"TEMP": "36.5"}, reason="抄录错误")

    assert [query.check_id for query in saved.closed] == ["SOFT:TEMP"]
    assert kinds(trial) == ["opened", "confirmed", "cured"]
    assert the_query(trial).confirmed is None


def test_a_query_whose_value_changes_and_still_is_implausible_asks_about_the_new_value(
    trial: Trial,
) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    saved = trial.save(subject_id, "VS", {"TEMP": "39.8"}, reason="抄录错误")

    assert saved.opened == []
    assert "39.8" in the_query(trial).text_zh
    assert kinds(trial) == ["opened"]


# --- correct as entered ------------------------------------------------------------------------


def test_correct_as_entered_silences_the_check_for_this_value(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)

    query = the_query(trial)
    assert query.state == QueryState.ANSWERED
    assert query.answered_at is not None
    trial.save(subject_id, "VS", {"PULSE": "90"}, reason="补录")
    assert the_query(trial).state == QueryState.ANSWERED
    assert trial.open_checks(subject_id) == set()
    assert kinds(trial) == ["opened", "confirmed"]


def test_a_new_value_wakes_what_was_confirmed(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)
    saved = trial.save(subject_id, "VS", {"TEMP": "40.1"}, reason="再次核对")

    assert [query.check_id for query in saved.opened] == ["SOFT:TEMP"]
    query = the_query(trial)
    assert (query.state, query.answered_at, query.confirmed) == (QueryState.OPEN, None, None)
    assert kinds(trial) == ["opened", "confirmed", "reopened"]


def test_what_was_confirmed_and_changed_away_is_asked_again_when_it_comes_back(
    trial: Trial,
) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)
    act(trial, Role.DATA_MANAGER, Act.CLOSE, text="接受")
    trial.save(subject_id, "VS", {"TEMP": "36.5"}, reason="抄录错误")
    trial.save(subject_id, "VS", {"TEMP": "39.5"}, reason="原值无误")

    assert kinds(trial) == ["opened", "confirmed", "closed", "reopened"]
    assert the_query(trial).state == QueryState.OPEN


def test_a_check_over_two_items_wakes_when_the_other_one_changes(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS | {"SYSBP": "118", "DIABP": "110"})
    fired = trial.open_checks(subject_id)
    check = "VS-01" if "VS-01" in fired else "SOFT:DIABP"
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER, check=check)
    assert the_query(trial, check).state == QueryState.ANSWERED

    with trial.database.reading() as session:
        book = open_casebook(session, subject_id).book
    query = the_query(trial, check)
    known = {"item": query.item, "repeat": 1, "check_id": check}
    assert fingerprint(book, VS, **known) == query.confirmed
    cells = book.records[VS].cells
    cells["DIABP", 1] = type(cells["DIABP", 1])("111")
    assert fingerprint(book, VS, **known) != query.confirmed


def test_a_closed_query_of_the_system_stays_closed_while_its_values_stand(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.DATA_MANAGER, Act.CLOSE, text="已与中心电话核实")

    trial.save(subject_id, "VS", {"PULSE": "91"}, reason="补录")
    assert the_query(trial).state == QueryState.CLOSED
    trial.save(subject_id, "VS", {"TEMP": "39.6"}, reason="再次核对")
    assert the_query(trial).state == QueryState.OPEN


def test_the_data_manager_may_ask_again_what_was_confirmed(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER, at="2024-03-20T09:00+08:00")
    act(trial, Role.DATA_MANAGER, Act.REOPEN, text="请附测量记录", at="2024-03-25T09:00+08:00")

    query = the_query(trial)
    assert (query.state, query.confirmed, query.answered_at) == (QueryState.OPEN, None, None)
    assert query.reopened_at is not None
    assert query.opened_at < query.reopened_at
    trial.save(subject_id, "VS", {"PULSE": "91"}, reason="补录")
    assert kinds(trial) == ["opened", "confirmed", "reopened"]


def test_waits_are_kept_with_the_answer_and_the_closing(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER, at="2024-03-20T09:00+08:00")
    act(trial, Role.DATA_MANAGER, Act.REOPEN, at="2024-03-21T09:00+08:00")
    act(trial, Role.INVESTIGATOR, Act.ANSWER, at="2024-03-24T09:00+08:00")
    act(trial, Role.DATA_MANAGER, Act.CLOSE, at="2024-03-28T09:00+08:00")

    with trial.database.reading() as session:
        waits = session.execute(
            select(QueryMessage.kind, QueryMessage.waited).order_by(QueryMessage.number)
        ).all()
    day = 86400
    assert [tuple(row) for row in waits] == [
        ("opened", None), ("confirmed", 2 * day), ("reopened", None), ("confirmed", 3 * day),
        ("closed", 10 * day),
    ]  # fmt: skip


# --- questions of people -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        TEMP,
        Target(VS, "OXYSAT"),
        Target(VS),
        Target(("SCR", "", 1)),
        Target(("", "AE", 1), "AETERM"),
        Target(("", "EOS", 1)),
    ],
)
def test_a_monitor_asks_at_an_item_a_crf_or_a_visit_whether_or_not_anything_is_there(
    trial: Trial, target: Target
) -> None:
    subject_id = trial.consented()
    query = ask(trial, subject_id, target)

    opened = trial.open(subject_id)
    (kept,) = opened.open_queries
    assert (kept.place, kept.item) == (target.place, target.item)
    assert (kept.raised_by, kept.raised_role, kept.check_id) == ("monitor", "monitor", "")
    assert target.place not in opened.versions  # nothing was started by asking
    assert kept.id == query.id


def test_a_question_about_an_item_never_saved_survives_its_first_saves(trial: Trial) -> None:
    subject_id = trial.consented()
    ask(trial, subject_id)
    trial.save(subject_id, "VS", VITALS)
    trial.save(subject_id, "VS", {"TEMP": "37.0"}, reason="补录")

    (query,) = trial.open(subject_id).open_queries
    assert query.item == "TEMP"
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER, check="", text="已核对")
    assert [(m.kind, m.value) for m in thread(trial, "")] == [
        ("opened", None), ("answered", "37.0"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (Target(("SCR", "NONE", 1)), NotFound),
        (Target(VS, "NONE"), NotFound),
        (Target(VS, "TEMP", 2), NotFound),
        (Target(("SCR", "VS", 2), "TEMP"), NotFound),
        (Target(("", "AE", 3), "AETERM"), NotFound),
        (Target(("DA01", "OM", 1), "OMWHO"), EdcError),
        (Target(("DA01", "", 1)), NotFound),
        (Target(("", "", 1)), NotFound),
        (Target(("", "EX", 1)), NotFound),
        (Target(("", "AE", 1), "AEREL"), NotFound),
    ],
)
def test_no_question_stands_where_there_is_no_place_or_where_it_would_tell_the_arm(
    trial: Trial, target: Target, error: type[EdcError]
) -> None:
    subject_id = trial.consented()
    with pytest.raises(error):
        ask(trial, subject_id, target)
    assert trial.open(subject_id).queries == []


def test_the_same_question_is_not_asked_twice_while_it_is_open(trial: Trial) -> None:
    subject_id = trial.consented()
    ask(trial, subject_id)
    with pytest.raises(InvalidValues) as refusal:
        ask(trial, subject_id)
    assert refusal.value.problems["text"][0][0] == "ASKED"
    ask(trial, subject_id, text="另一个问题")
    assert len(trial.open(subject_id).open_queries) == 2


def test_one_text_is_asked_at_many_places_or_at_none(trial: Trial) -> None:
    subject_id = trial.consented()
    places = [TEMP, Target(VS, "PULSE"), Target(("SCR", "SV", 1)), TEMP]
    with working(trial, Role.DATA_MANAGER) as uow:
        found = queries.raise_queries(
            uow, subject_id=subject_id, targets=places, text="请提供原始记录"
        )
    assert len(found) == 3
    with pytest.raises(NotFound), working(trial, Role.MONITOR) as uow:
        queries.raise_queries(
            uow, subject_id=subject_id, targets=[Target(VS), Target(VS, "NONE")], text="再问"
        )
    assert len(trial.open(subject_id).queries) == 3


def test_nothing_and_too_many_places_are_refused(trial: Trial) -> None:
    subject_id = trial.consented()
    for targets in ([], [Target(VS, f"X{number}") for number in range(101)]):
        with pytest.raises(InvalidValues), working(trial, Role.MONITOR) as uow:
            queries.raise_queries(uow, subject_id=subject_id, targets=targets, text="请核对")


# --- who may what ------------------------------------------------------------------------------

ANSWERERS = {Role.RESEARCH_NURSE, Role.INVESTIGATOR}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_its_acts_on_a_query_of_the_system(trial: Trial, role: Role) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    query = the_query(trial)
    expected = {
        QueryState.OPEN: {Act.ANSWER} if role in ANSWERERS else set(),
        QueryState.ANSWERED: set(),
        QueryState.CLOSED: set(),
    }
    if role is Role.DATA_MANAGER:
        expected = {
            QueryState.OPEN: {Act.CLOSE},
            QueryState.ANSWERED: {Act.CLOSE, Act.REOPEN},
            QueryState.CLOSED: {Act.REOPEN},
        }
    for state, acts in expected.items():
        query.state = state
        assert set(acts_for(role, query)) == acts


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("raiser", [Role.MONITOR, Role.DATA_MANAGER])
def test_a_persons_question_is_settled_by_the_role_that_asked_it(role: Role, raiser: Role) -> None:
    query = Query(
        visit="SCR", form="VS", row=1, item="TEMP", repeat=1, check_id="", raised_by="somebody",
        raised_role=str(raiser), state=QueryState.OPEN, messages=1, text_en="?", text_zh="?",
    )  # fmt: skip
    own = role is raiser
    answers = {Act.ANSWER} if role in ANSWERERS else set()
    assert set(acts_for(role, query)) == answers | ({Act.CLOSE, Act.CANCEL} if own else set())
    query.state = QueryState.ANSWERED
    assert set(acts_for(role, query)) == ({Act.CLOSE, Act.REOPEN, Act.CANCEL} if own else set())
    query.state = QueryState.CANCELLED
    assert set(acts_for(role, query)) == ({Act.REOPEN} if own else set())


@pytest.mark.parametrize(
    ("role", "what"),
    [
        (Role.MONITOR, Act.ANSWER),
        (Role.MONITOR, Act.CLOSE),
        (Role.RESEARCH_NURSE, Act.CLOSE),
        (Role.DATA_MANAGER, Act.CANCEL),
        (Role.DATA_MANAGER, Act.ANSWER),
        (Role.AUDITOR, Act.REOPEN),
        (Role.STATISTICIAN, Act.ANSWER),
    ],
)
def test_an_act_of_another_role_is_refused_and_leaves_nothing(
    trial: Trial, role: Role, what: Act
) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    before = trial.counts()
    with pytest.raises(NotPermitted):
        act(trial, role, what)
    assert trial.counts() == before
    assert kinds(trial) == ["opened"]


@pytest.mark.parametrize(("form", "acts"), [("VS", ()), ("OM", (Act.ANSWER,)), ("", ())])
def test_an_outcome_assessor_answers_on_assessments_alone(
    trial: Trial, form: str, acts: tuple[Act, ...]
) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    query = the_query(trial)
    query.form = form
    assert acts_for(Role.OUTCOME_ASSESSOR, query) == acts


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.MONITOR, Role.DATA_MANAGER}))
def test_only_monitor_and_data_manager_raise(trial: Trial, role: Role) -> None:
    subject_id = trial.consented()
    with pytest.raises(NotPermitted):
        ask(trial, subject_id, role=role)


@pytest.mark.parametrize(
    ("target", "is_theirs"),
    [
        (Target(("", "EX", 1), "EXDOSE"), True),
        (Target(("", "EX", 1)), True),
        (Target(("", "AE", 1), "AEREL"), True),
        (Target(("", "DV", 1001)), True),
        (Target(("", "AE", 1), "AETERM"), False),
        (Target(("", "AE", 1)), False),
        (Target(("", "DV", 1)), False),
        (Target(("BL", "", 1)), False),
    ],
)
def test_who_knows_the_arm_asks_only_where_no_masked_role_reads(
    target: Target, *, is_theirs: bool
) -> None:
    assert queries.raises(Role.UNMASKED_MONITOR, target) is is_theirs
    _visit, form, row = target.place
    readers = [
        role
        for role in Role
        if not may_see_arm(role) and may_know(role, form=form, item=target.item, row=row)
    ]
    assert bool(readers) is not is_theirs


@pytest.mark.parametrize("role", [Role.OUTCOME_ASSESSOR, Role.DATA_MANAGER, Role.MONITOR])
def test_a_masked_role_finds_no_query_that_tells_the_arm(trial: Trial, role: Role) -> None:
    subject_id = trial.consented()
    with trial.database.unit_of_work(trial.actor(), "query.raise") as uow:
        opened = open_casebook(uow.session, subject_id, lock=True)
        uow.session.add(
            Query(
                subject=opened.subject, visit="", form="AE", row=1, item="AEREL", repeat=1,
                check_id="AE-15", state=QueryState.OPEN, text_en="?", text_zh="?",
                opened_at=trial.now,
            )
        )  # fmt: skip
    for what in Act:
        with pytest.raises(NotFound):
            act(trial, role, what, check="AE-15")
    act(trial, Role.INVESTIGATOR, Act.ANSWER, check="AE-15")


def test_a_query_of_another_participant_is_not_found(trial: Trial) -> None:
    first, second = trial.consented(), trial.consented()
    query = ask(trial, first)
    for subject_id, query_id in ((second, query.id), (first, query.id + 99)):
        with pytest.raises(NotFound), working(trial, Role.RESEARCH_NURSE) as uow:
            queries.act_on(
                uow, subject_id=subject_id, query_id=query_id, act=Act.ANSWER, text="已核对",
                seen=query.audit_id,
            )  # fmt: skip


# --- bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "TEXT"),
        ("  \n\t ", "TEXT"),
        ("\u200b", "TEXT"),
        ("请" * 1001, "TEXT"),
        ("坏\x00字", "TEXT"),
        ("请联系13812345678", "PRIVACY"),
        ("身份证110105199003074512", "PRIVACY"),
    ],
)
def test_a_text_that_cannot_be_kept_is_refused_whole(trial: Trial, text: str, rule: str) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    for attempt in (
        lambda: ask(trial, subject_id, text=text),
        lambda: act(trial, Role.RESEARCH_NURSE, Act.ANSWER, text=text),
        lambda: act(trial, Role.DATA_MANAGER, Act.CLOSE, text=text),
    ):
        with pytest.raises(InvalidValues) as refusal:
            attempt()
        assert refusal.value.problems["text"][0][0] == rule
    assert kinds(trial) == ["opened"]


def test_ones_own_question_is_settled_without_a_word_but_not_cancelled(trial: Trial) -> None:
    subject_id = trial.consented()
    ask(trial, subject_id)
    with pytest.raises(InvalidValues):
        act(trial, Role.MONITOR, Act.CANCEL, check="", text="")
    act(trial, Role.MONITOR, Act.CLOSE, check="", text="")
    assert the_query(trial, "").state == QueryState.CLOSED


def test_who_comes_second_is_told_so_and_changes_nothing(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    seen = the_query(trial).audit_id
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)
    with pytest.raises(QueryMoved), working(trial, Role.INVESTIGATOR) as uow:
        queries.act_on(
            uow, subject_id=subject_id, query_id=the_query(trial).id, act=Act.ANSWER,
            text="我也核对过", seen=seen,
        )  # fmt: skip
    assert kinds(trial) == ["opened", "confirmed"]


def test_an_act_that_does_not_fit_the_state_is_refused(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER)
    with pytest.raises(QueryMoved):
        act(trial, Role.RESEARCH_NURSE, Act.ANSWER)


# --- rows entered in error ---------------------------------------------------------------------


def test_what_is_unsettled_on_a_row_in_error_is_cancelled_with_its_reason(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    ask(trial, subject_id)
    ask(trial, subject_id, Target(("SCR", "SV", 1)))
    with working(trial, Role.RESEARCH_NURSE) as uow:
        opened = open_casebook(uow.session, subject_id, lock=True)
        found = queries.close_place(uow, opened, VS, "录入了他人的数据")
    assert len(found) == 2
    with trial.database.reading() as session:
        states = session.scalars(select(Query.state).order_by(Query.id)).all()
    assert states == ["cancelled", "cancelled", "open"]
    assert thread(trial)[-1].text_zh == "录入了他人的数据"


# --- the trail and the cost --------------------------------------------------------------------


def test_every_step_stands_in_the_trail_with_its_words(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    act(trial, Role.RESEARCH_NURSE, Act.ANSWER, text="两次复测一致")
    with trial.database.reading() as session:
        rows = session.execute(
            select(AuditEntry.table, AuditEntry.kind, AuditEntry.item, AuditEntry.new)
            .where(AuditEntry.table.in_(("query", "query_message")))
            .order_by(AuditEntry.id)
        ).all()
        written = session.scalar(select(func.count()).select_from(QueryMessage))
    assert {row.item for row in rows} == {"TEMP"}
    assert sorted((row.table, row.kind) for row in rows) == [
        ("query", "insert"), ("query", "update"), ("query_message", "insert"),
        ("query_message", "insert"),
    ]  # fmt: skip
    assert any("两次复测一致" in row.new for row in rows)
    assert written == 2


def test_any_number_of_queries_changes_in_the_same_number_of_statements(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)
    items = ("TEMP", "PULSE", "RESP", "SYSBP", "DIABP", "OXYSAT", "HEIGHT", "WEIGHT")

    def run(fired: tuple[str, ...]) -> int:
        with (
            working(trial, Role.RESEARCH_NURSE) as uow,
            counted(trial.database.engine) as statements,
        ):
            opened = open_casebook(uow.session, subject_id, lock=True)
            found = Findings()
            found.judged[VS] |= {f"X-{item}" for item in items}
            message = Label(en=f"{len(fired)} asked", zh=f"共{len(fired)}项")
            found.fired = [
                Finding(f"X-{item}", Severity.QUERY, message, VS, item) for item in fired
            ]
            query_sync.sync(uow, opened, found)
            uow.session.flush()
        return len(statements)

    run(items[:1])
    few = run(items[1:2])  # one is cured, one opened
    run(items)
    many = run(())
    mixed = run(items[::2])
    again = run(items)
    assert many <= few
    assert mixed <= few
    assert again <= few + 1


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("save"), st.sampled_from(["36.5", "39.5", "39.9"])),
            st.tuples(st.sampled_from(list(Act)), st.sampled_from(list(Role))),
        ),
        max_size=9,
    )
)
def test_whatever_people_do_one_thread_tells_how_the_query_came_to_its_state(
    sqlite_url: str, steps: list[tuple[str, str]]
) -> None:
    trial = create_trial_again(sqlite_url)
    subject_id = trial.consented()
    trial.save(subject_id, "VS", HOT)
    for what, detail in steps:
        try:
            if what == "save":
                trial.save(subject_id, "VS", {"TEMP": detail}, reason="核对")
            else:
                act_first(trial, subject_id, Act(what), Role(detail))
        except EdcError:
            continue
    with trial.database.reading() as session:
        query = session.scalars(select(Query).where(Query.subject_id == subject_id)).one()
        steps_taken = query_thread.threads_of(session, [query])[query.id]
        value = open_casebook(session, subject_id).book.value("VS", "TEMP", "SCR")
    ends = {
        "opened": "open", "reopened": "open", "confirmed": "answered", "closed": "closed",
        "cured": "closed",
    }  # fmt: skip
    assert query.state == ends[steps_taken[-1].kind]
    if query.state == QueryState.OPEN:
        assert value != "36.5"
        assert query.confirmed is None
        assert (query.answered_at, query.closed_at) == (None, None)


def create_trial_again(url: str) -> Trial:
    """Return the trial of the database, made the first time it is asked for."""
    from edc.models import Site
    from tests.factories import open_database

    database = open_database(url)
    with database.reading() as session:
        site = session.scalars(select(Site)).first()
    return create_trial(url) if site is None else Trial(database, site)


def act_first(trial: Trial, subject_id: int, what: Act, role: Role) -> None:
    with trial.database.reading() as session:
        query = session.scalars(select(Query).where(Query.subject_id == subject_id)).one()
    with working(trial, role) as uow:
        queries.act_on(
            uow, subject_id=subject_id, query_id=query.id, act=what, text="说明",
            seen=query.audit_id,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("form", "item", "check_id", "settles"),
    [
        ("EX", "EXSTDAT", "EX-02", Role.INVESTIGATOR),
        ("EOT", "EOTDAT", "EOT-01", Role.INVESTIGATOR),
        ("VS", "TEMP", "SOFT:TEMP", Role.DATA_MANAGER),
    ],
)
def test_what_no_data_manager_may_know_of_the_investigator_settles(
    form: str, item: str, check_id: str, settles: Role
) -> None:
    query = Query(
        visit="", form=form, row=1, item=item, repeat=1, check_id=check_id,
        state=QueryState.ANSWERED,
    )  # fmt: skip
    closing = {role for role in Role if Act.CLOSE in queries.acts_for(role, query)}
    assert closing == {settles}
