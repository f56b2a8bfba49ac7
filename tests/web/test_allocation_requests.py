"""Requests for a slot that cannot be carried out: each refused or answered as before, none lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import DBAPIError

from edc.models import AllocationListRow, CrfEntry, Gate, OutgoingMail, Slot, SubjectVisit
from edc.models.session import create_engine_for
from edc.permissions import Permission, Role, grants
from edc.services.casebooks import open_casebook
from edc.services.randomize import find_allocation
from edc.services.readiness import RAND_PLACE, readiness
from edc.services.unit_of_work import system_actor
from tests.factories import database_of
from tests.support.client import parsed
from tests.support.visitors import Doorstep

CONFIRMED = {"confirm_identity": "y", "confirm_strata": "y", "stratum": "ORAL/AUTO"}


@pytest.fixture
def doorstep(any_world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(any_world_url)
    yield doorstep
    doorstep.close()


def ask(doorstep: Doorstep, state: str, role: str = Role.RESEARCH_NURSE, **fields: str) -> int:
    path = f"/subjects/{doorstep.world.subjects[state]}/randomise"
    return doorstep.browser(role).post(path, CONFIRMED | fields).status_code


def stored(doorstep: Doorstep) -> tuple[int, ...]:
    """Count what an allocation writes."""
    counted = (
        select(func.count(Slot.subject_id)),
        select(func.sum(AllocationListRow.allocated)),
        select(func.count(CrfEntry.id)).where(CrfEntry.form == "RAND"),
        select(func.count(SubjectVisit.id)),
        select(func.count(OutgoingMail.id)),
    )
    with database_of(doorstep.app).reading() as session:
        return tuple(session.scalar(one) or 0 for one in counted)


def test_no_bad_request_takes_a_slot_or_leaves_half_of_one(doorstep: Doorstep) -> None:
    before = stored(doorstep)
    assert ask(doorstep, "screening") == 422  # preconditions are missing
    assert ask(doorstep, "withdrawn") == 422
    assert ask(doorstep, "ready", stratum="EYE/AUTO") == 422  # a stratum that does not exist
    assert ask(doorstep, "ready", stratum="ORAL/ALLO") == 422  # another than the casebook's
    assert ask(doorstep, "ready", stratum="") == 422
    assert ask(doorstep, "ready", confirm_strata="") == 422
    for role in Role:
        if not grants(role, Permission.RANDOMISATION_REQUEST):
            assert ask(doorstep, "ready", role) == 403
    database = database_of(doorstep.app)
    for gate in (Gate.STOPPED, Gate.CLOSED):
        with database.unit_of_work(system_actor(), "recruitment.stop") as uow:
            uow.session.scalars(select(AllocationListRow)).one().gate = str(gate)
        assert ask(doorstep, "ready") == 422
        assert ask(doorstep, "soc") == 303  # randomised before: told the first result
    with database.unit_of_work(system_actor(), "recruitment.reopen") as uow:
        uow.session.scalars(select(AllocationListRow)).one().gate = str(Gate.OPEN)
    assert stored(doorstep) == before
    assert ask(doorstep, "ready") == 303
    assert ask(doorstep, "ready") == 303  # replayed
    after = stored(doorstep)
    taken = [later - earlier for earlier, later in zip(before, after, strict=True)]
    assert taken[:3] == [1, 1, 1]


Breaker = Callable[[Connection], None]


def cut_off(connection: Connection) -> None:
    """Let the server end the connection in which the transaction runs."""
    pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
    other = create_engine_for(connection.engine.url.render_as_string(hide_password=False))
    with other.connect() as separate:
        separate.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    other.dispose()


def make_unwritable(connection: Connection) -> None:
    """Let every further write fail, as on a disk that turned read-only."""
    connection.exec_driver_sql("PRAGMA query_only = ON")


@pytest.mark.parametrize(
    "at", ["UPDATE slot", "INSERT INTO subject_visit", "INSERT INTO audit_entry"]
)
def test_a_database_that_fails_in_mid_allocation_leaves_nothing_behind(
    doorstep: Doorstep, at: str
) -> None:
    engine = database_of(doorstep.app).engine
    before = stored(doorstep)
    breaking: Breaker = cut_off if engine.dialect.name == "postgresql" else make_unwritable
    broken: list[str] = []

    def break_it(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith((at, at.replace("slot", '"slot"'))) and not broken:
            broken.append(statement)
            breaking(connection)

    event.listen(engine, "after_cursor_execute", break_it)
    status = ask(doorstep, "ready")
    event.remove(engine, "after_cursor_execute", break_it)
    assert len(broken) == 1
    assert status == 503
    engine.dispose()
    assert stored(doorstep) == before
    ready = doorstep.world.subjects["ready"]
    with database_of(doorstep.app).reading() as session:
        assert find_allocation(session, ready) is None
        assert RAND_PLACE not in open_casebook(session, ready).book.records
    # The same form sent again, once the database is back, gives the slot that was next.
    assert ask(doorstep, "ready") == 303
    assert stored(doorstep)[0] == before[0] + 1


def test_whoever_is_not_ready_is_shown_a_link_to_each_missing_piece(doorstep: Doorstep) -> None:
    for state in ("registered", "screening", "failed"):
        subject_id = doorstep.world.subjects[state]
        with database_of(doorstep.app).reading() as session:
            missing = readiness(open_casebook(session, subject_id).book).missing
        nurse = doorstep.browser(Role.RESEARCH_NURSE)
        page = nurse.page(f"/subjects/{subject_id}/randomise")
        links = [str(a["href"]) for a in page.select("[data-rule=RAND-01] table a[href]")]
        assert len(links) == len(missing) > 0
        for owed, link in zip(missing, links, strict=True):
            assert f"/crf/{owed.visit or '-'}/{owed.form}/{owed.row}" in link
            answer = nurse.get(link)
            assert answer.status_code == 200
            assert owed.form in str(parsed(answer))


def test_a_broken_seal_gives_no_slot(doorstep: Doorstep) -> None:
    before = stored(doorstep)
    other = Doorstep(
        database_of(doorstep.app).engine.url.render_as_string(hide_password=False),
        allocation_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    )
    status = ask(other, "ready")
    other.close()
    assert status >= 400
    assert status != 500
    assert stored(doorstep) == before


def test_an_unaudited_hand_cannot_take_a_slot_back(doorstep: Doorstep) -> None:
    engine = database_of(doorstep.app).engine
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("UPDATE slot SET passed_over_at = NULL, subject_id = NULL"))
