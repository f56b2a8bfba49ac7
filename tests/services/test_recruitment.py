"""Stopping, resuming, closing and reopening randomisation: who may, and what it changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from edc.errors import NotPermitted, RandomisationClosed, Refused
from edc.models import AllocationListRow, AuditTransaction, Gate, GateAct, OutgoingMail
from edc.permissions import GRANTS, Role
from edc.services.recruitment import NEEDS, Recruitment, find_recruitment, list_events, move
from edc.services.unit_of_work import Actor, Database
from tests.services.allocation_support import add_subjects, load, open_database, request

TARGET = 3


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    load(database)
    yield database
    database.engine.dispose()


def act(
    database: Database,
    what: GateAct,
    role: Role,
    *,
    reason: str = "as the sponsor wrote on 2 March",
    new_target: int | None = None,
) -> None:
    actor = Actor(username=str(role), role=role)
    with database.unit_of_work(actor, f"recruitment.{what}", reason=reason) as uow:
        move(uow, act=what, reason=reason, purpose="test", target=TARGET, new_target=new_target)


def state(database: Database) -> Recruitment:
    with database.reading() as session:
        found = find_recruitment(session, purpose="test", target=TARGET)
    assert found is not None
    return found


def test_a_stop_holds_at_once_for_everybody_and_only_the_independent_statistician_ends_it(
    database: Database,
) -> None:
    first, second = add_subjects(database, 2)
    given = request(database, first, target=TARGET)
    act(database, GateAct.STOP, Role.INVESTIGATOR, reason="the test list is in production")
    with pytest.raises(RandomisationClosed) as refused:
        request(database, second, target=TARGET)
    assert refused.value.rule == "STOPPED"
    # Who holds a slot is told it all the same.
    assert request(database, first, target=TARGET).number == given.number
    for role in Role:
        if role is not Role.INDEPENDENT_STATISTICIAN:
            with pytest.raises(NotPermitted):
                act(database, GateAct.RESUME, role)
    act(database, GateAct.RESUME, Role.INDEPENDENT_STATISTICIAN)
    assert request(database, second, target=TARGET).number == "R002"
    with database.reading() as session:
        events = list_events(session)
        acts = session.scalars(
            select(AuditTransaction.action)
            .where(AuditTransaction.action.like("recruitment.%"))
            .order_by(AuditTransaction.id)
        ).all()
    assert [(one.act, one.role, one.allocated) for one in events] == [
        ("resume", "independent_statistician", 1), ("stop", "investigator", 1),
    ]  # fmt: skip
    assert events[1].reason == "the test list is in production"
    assert acts == ["recruitment.stop", "recruitment.resume"]


def test_at_the_target_it_is_closed_and_the_statistician_opens_it_to_a_new_one(
    database: Database,
) -> None:
    people = add_subjects(database, 5)
    for one in people[:TARGET]:
        request(database, one, target=TARGET)
    assert (state(database).gate, state(database).is_target_reached) == (Gate.CLOSED, True)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, people[3], target=TARGET)
    assert (refused.value.rule, "3 participants" in refused.value.message.en) == ("RAND-04", True)
    for wrong in (None, 0, TARGET, 10_000):
        with pytest.raises(Refused) as no_target:
            act(database, GateAct.REOPEN, Role.STATISTICIAN, new_target=wrong)
        assert no_target.value.rule == "TARGET"
    act(database, GateAct.REOPEN, Role.STATISTICIAN, new_target=4)
    assert request(database, people[3], target=TARGET).is_last
    with pytest.raises(RandomisationClosed):
        request(database, people[4], target=TARGET)
    assert state(database) == Recruitment(
        gate=Gate.CLOSED, is_target_reached=True, allocated=4, target=4
    )


def test_recruitment_is_closed_early_by_hand_and_opened_again(database: Database) -> None:
    (one,) = add_subjects(database, 1)
    act(database, GateAct.CLOSE, Role.STATISTICIAN)
    with pytest.raises(RandomisationClosed) as refused:
        request(database, one, target=TARGET)
    assert refused.value.rule == "RAND-04"
    act(database, GateAct.REOPEN, Role.STATISTICIAN, new_target=2)
    assert request(database, one, target=TARGET).number == "R001"


@pytest.mark.parametrize("what", list(GateAct))
def test_nobody_moves_it_without_the_right_a_reason_and_something_to_do(
    database: Database, what: GateAct
) -> None:
    for role in Role:
        if NEEDS[what] not in GRANTS[role]:
            with pytest.raises(NotPermitted):
                act(database, what, role, new_target=9)
    somebody = next(role for role in Role if NEEDS[what] in GRANTS[role])
    for reason, rule in (
        ("", "REASON"), ("x" * 501, "REASON"), ("call 13812345678", "PRIVACY"),
        ("01-003 was told MSC", "PRIVACY"), ("对照组泄露", "PRIVACY"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            act(database, what, somebody, reason=reason, new_target=9)
        assert refused.value.rule == rule
    if what in {GateAct.RESUME, GateAct.REOPEN}:
        with pytest.raises(Refused) as refused:
            act(database, what, somebody, new_target=9)
        assert refused.value.rule == "GATE"
    with database.reading() as session:
        assert list_events(session) == []
        assert session.scalars(select(AllocationListRow.gate)).all() == ["open"]
        assert session.scalars(select(OutgoingMail)).all() == []


def test_without_a_list_there_is_nothing_to_stop(sqlite_url: str) -> None:
    with pytest.raises(RandomisationClosed):
        act(open_database(sqlite_url), GateAct.STOP, Role.DATA_MANAGER)
