"""The study lock, locks of a casebook or a CRF, and the planned unmasking after the lock."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import AbstractContextManager
from datetime import date, datetime

import pytest
from sqlalchemy import inspect, select, text

from edc import clock
from edc.errors import EntryLocked, NotFound, NotPermitted, Refused
from edc.models import CrfEntry, DataLock, DataPoint, GateAct, Subject, Unmasking
from edc.models.audit import Place
from edc.models.data_lock import covered_tables
from edc.models.row_writing import RowChange, write_rows
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import DESIGN, STUDY
from edc.randomization.masking import RESTRICTED_FORMS
from edc.randomization.verifier import verify as verify_proof
from edc.services import arms_release, digests, locking, unmasking
from edc.services.casebooks import open_casebook
from edc.services.night import run_night
from edc.services.obstacles import ObstacleKind
from edc.services.recruitment import move
from edc.services.unit_of_work import Actor, Database, UnitOfWork, system_actor
from tests.factories import create_user, open_database
from tests.services.casebook_support import KEY, enter, open_ward, screening_values
from tests.services.unmasking_support import Masked, masked
from tests.support.trail import add_one_of_each, changeable, in_order, sample_row
from tests.support.world import find_world

ON_SUBJECT = ("BL", "VS", 1)


@pytest.fixture
def closed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Masked:
    """Return a study of one participant in which, for once, nothing counts as open."""
    monkeypatch.setattr(locking, "find_obstacles", lambda _session: [])
    return masked(open_ward(open_database(database_url)))


def acting(whom: Masked, role: Role) -> AbstractContextManager[UnitOfWork]:
    user = whom.ward.investigator if role is Role.INVESTIGATOR else None
    return whom.act(user or create_user(whom.ward.database, role=role), role, "lock.study")


def lock(whom: Masked) -> DataLock:
    with acting(whom, Role.DATA_MANAGER) as uow:
        return locking.lock_study(uow, password_checked=True)


def unlock(whom: Masked) -> None:
    with acting(whom, Role.DATA_MANAGER) as uow:
        locking.ask_unlock(uow, reason="a date is wrong", password_checked=True)
    with whom.ward.database.reading() as session:
        found = locking.find_study_lock(session)
        assert found is not None
        assert found.unlock_asked_at is not None
    with acting(whom, Role.INVESTIGATOR) as uow:
        locking.confirm_unlock(uow, asked_at=found.unlock_asked_at, password_checked=True)


def sign(whom: Masked, role: Role) -> bool:
    with acting(whom, role) as uow:
        return arms_release.sign(uow, why="final analysis", password_checked=True)


def save_vital_signs(whom: Masked, pulse: str) -> None:
    enter(whom.ward, whom.subject_id, ON_SUBJECT, {"PULSE": pulse}, reason="misread")


def verified(database: Database) -> tuple[bool, bool]:
    with database.reading() as session:
        found = locking.find_study_lock(session)
        assert found is not None
        result = locking.verify(session, found)
        return result.data, result.trail


def tamper(whom: Masked, statement: str) -> None:
    """Change what is stored around the system, as the tables' owner could."""
    with whom.ward.database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in list(names):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement), {"subject": whom.subject_id})


def test_under_the_lock_every_table_of_data_refuses_every_change(database_url: str) -> None:
    database = open_database(database_url)
    with database.unit_of_work(system_actor(), "sample.fill") as uow:
        rows = add_one_of_each(uow)
        keys = {name: getattr(row, "id", 0) for name, row in rows.items()}
    with database.unit_of_work(system_actor(), "lock.study") as uow:
        uow.session.add(
            DataLock(
                subject_id=None, visit="", form="", row=0, locked_by="dm", locked_at=clock.now(),
                data_sha256="0" * 64, trail_sha256="0" * 64, trail_entry=1,
            )
        )  # fmt: skip
    covered = covered_tables()
    refused = []
    for model in in_order():
        table = inspect(model).local_table.name
        name, value = changeable(model)
        attempts = [lambda s, m=model: s.add(sample_row(m, keys=keys, number=50))]
        identity = inspect(model).primary_key_from_instance(rows[table])
        attempts.append(
            lambda s, m=model, i=identity, n=name, v=value: setattr(s.get_one(m, i), n, v)
        )
        for attempt in attempts:
            if model not in covered:
                continue
            with (
                pytest.raises(EntryLocked),
                database.unit_of_work(system_actor(), "sample.change") as uow,
            ):
                attempt(uow.session)
            refused.append(table)
    assert sorted(set(refused)) == [table.name for table in digests.tables()]
    assert len(refused) == 2 * len(covered)
    change = RowChange(
        key={"entry_id": 1, "item": "X", "repeat": 1}, place=Place(),
        new={"value": "1", "missing": None, "missing_reason": None, "revision": 1},
    )  # fmt: skip
    with pytest.raises(EntryLocked), database.unit_of_work(system_actor(), "sample.rows") as uow:
        write_rows(uow.session, DataPoint, [change])


def test_what_is_locked_is_told_by_digests_that_hold_until_somebody_changes_it(
    closed: Masked,
) -> None:
    save_vital_signs(closed, "81")
    found = lock(closed)
    assert len(found.data_sha256 or "") == len(found.trail_sha256 or "") == 64
    assert verified(closed.ward.database) == (True, True)
    with pytest.raises(EntryLocked) as caught:
        save_vital_signs(closed, "82")
    assert caught.value.rule == "LOCKED"
    assert "study is locked" in caught.value.message.en
    assert run_night(closed.ward.database, key=KEY).participants == 0
    assert verified(closed.ward.database) == (True, True)
    tamper(closed, "UPDATE subject SET initials = 'QQQQ' WHERE id = :subject")
    assert verified(closed.ward.database) == (False, True)
    tamper(closed, "UPDATE audit_entry SET new_values = '{}' WHERE subject_id = :subject")
    assert verified(closed.ward.database) == (False, False)


def test_the_digest_is_the_same_on_both_databases(closed: Masked) -> None:
    """Computed by hand from the rows that the document describes, not by the same code."""

    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.isoformat(timespec="microseconds")
        return value.isoformat() if isinstance(value, date) else value

    with closed.ward.database.reading() as session:
        lines = [["edc-digest/1", "data"]]
        for table in digests.tables():
            names = sorted(column.name for column in table.columns)
            lines.append([table.name, names])
            order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
            rows = session.execute(table.select().order_by(text(order))).mappings()
            lines += [[plain(row[table.columns[name]]) for name in names] for row in rows]
        expected = hashlib.sha256()
        for line in lines:
            text_line = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
            expected.update(text_line.encode())
        assert digests.data_sha256(session) == expected.hexdigest()


def test_the_study_is_not_locked_while_anything_is_open(database_url: str) -> None:
    whom = masked(open_ward(open_database(database_url)))
    with whom.ward.database.reading() as session:
        found = {one.kind: one.count for one in locking.find_obstacles(session)}
    assert found == {"recruitment": 1, "queries": 1, "not_ended": 1}
    with pytest.raises(Refused) as caught:
        lock(whom)
    assert "still open" in caught.value.message.en


def test_recruitment_is_closed_before_the_study_is_locked(database_url: str) -> None:
    ward = open_ward(open_database(database_url))

    def is_open() -> bool:
        with ward.database.reading() as session:
            found = locking.find_obstacles(session)
        return ObstacleKind.RECRUITMENT in {one.kind for one in found}

    assert is_open()
    statistician = Actor(username="statistician", role=Role.STATISTICIAN)
    for act, still_open in ((GateAct.CLOSE, False), (GateAct.REOPEN, True)):
        with ward.database.unit_of_work(statistician, "randomisation.gate") as uow:
            move(
                uow, act=act, reason="the sponsor's letter", purpose="test", target=STUDY.target,
                new_target=130,
            )  # fmt: skip
        assert is_open() is still_open


def test_only_the_data_manager_locks(closed: Masked) -> None:
    for role in Role:
        if Permission.STUDY_LOCK not in GRANTS[role]:
            with pytest.raises(NotPermitted), acting(closed, role) as uow:
                locking.lock_study(uow, password_checked=True)
    lock(closed)
    with pytest.raises(Refused):
        lock(closed)


def test_two_persons_unlock_and_the_data_may_be_changed_again(closed: Masked) -> None:
    lock(closed)
    manager = create_user(closed.ward.database, role=Role.DATA_MANAGER)
    with closed.act(manager, Role.DATA_MANAGER) as uow:
        locking.ask_unlock(uow, reason="a date is wrong", password_checked=True)
    with closed.ward.database.reading() as session:
        found = locking.find_study_lock(session)
        assert found is not None
        assert found.unlock_asked_at is not None
        asked_at = found.unlock_asked_at
    for user, role, moment, refusal in (
        (manager, Role.DATA_MANAGER, asked_at, NotPermitted),
        (manager, Role.INVESTIGATOR, asked_at, NotPermitted),
        (closed.ward.investigator, Role.INVESTIGATOR, clock.now(), Refused),
    ):
        with pytest.raises(refusal), closed.act(user, role) as uow:
            locking.confirm_unlock(uow, asked_at=moment, password_checked=True)
    with pytest.raises(EntryLocked):
        save_vital_signs(closed, "83")
    with acting(closed, Role.INVESTIGATOR) as uow:
        locking.confirm_unlock(uow, asked_at=asked_at, password_checked=True)
    save_vital_signs(closed, "83")


def test_an_unlocking_needs_a_reason(closed: Masked) -> None:
    lock(closed)
    for reason in ("", "x" * 501, "\x00"):
        with pytest.raises(Refused), acting(closed, Role.DATA_MANAGER) as uow:
            locking.ask_unlock(uow, reason=reason, password_checked=True)


def test_an_emergency_does_not_wait_for_the_lock_to_end(closed: Masked) -> None:
    lock(closed)
    assert closed.unmasked() in {"SOC", "MSC"}
    assert verified(closed.ward.database) == (True, True)

    def row() -> str | None:
        with closed.ward.database.reading() as session:
            return open_casebook(session, closed.subject_id).book.value("UNBL", "UBWHY")

    assert row() is None
    unlock(closed)
    with closed.ward.database.reading() as session:
        owed = unmasking.find_owed_rows(session)
    for number in owed:
        with acting(closed, Role.INVESTIGATOR) as uow:
            unmasking.write_owed_row(uow, unmasking_id=number, key=KEY)
    assert row() == "SAFE"


def test_whoever_locks_waits_for_the_write_under_way_and_stops_the_next(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "find_obstacles", lambda _session: [])
    whom = masked(open_ward(open_database(postgresql_url)))
    database = whom.ward.database
    is_locked, second = threading.Event(), []

    def locker() -> None:
        lock(whom)
        is_locked.set()

    def late_writer() -> None:
        try:
            save_vital_signs(whom, "99")
        except EntryLocked:
            second.append("refused")

    with database.unit_of_work(system_actor(), "sample.change") as uow:
        uow.session.get_one(Subject, whom.subject_id).initials = "AAAA"
        uow.session.flush()
        first = threading.Thread(target=locker)
        first.start()
        assert not is_locked.wait(0.5), "the lock waits for the write under way"
        late = threading.Thread(target=late_writer)
        late.start()
        assert not is_locked.wait(0.3)
    first.join(20)
    late.join(20)
    assert is_locked.is_set()
    assert second == ["refused"]
    assert verified(database) == (True, True)


def test_a_locked_crf_is_not_changed_and_the_others_are(closed: Masked) -> None:
    with acting(closed, Role.DATA_MANAGER) as uow:
        number = locking.lock_part(
            uow, subject_id=closed.subject_id, place=ON_SUBJECT, reason="verified"
        )
    with pytest.raises(EntryLocked) as caught:
        save_vital_signs(closed, "84")
    assert "This CRF is locked" in caught.value.message.en
    demographics = ("SCR", "DM", 1)
    enter(closed.ward, closed.subject_id, demographics, {"BRTHMO": "7"}, reason="misread")
    with pytest.raises(NotFound), acting(closed, Role.DATA_MANAGER) as uow:
        locking.lock_part(uow, subject_id=closed.subject_id, place=("V7", "VS", 1), reason="x")
    with acting(closed, Role.DATA_MANAGER) as uow:
        locking.unlock_part(uow, subject_id=closed.subject_id, lock_id=number, reason="misread")
    save_vital_signs(closed, "84")


def test_neither_a_lock_nor_what_is_in_its_way_tells_a_masked_manager_of_doses(
    any_world_url: str,
) -> None:
    database = open_database(any_world_url)
    world = find_world(database)
    actor = Actor(username="data_manager", role=Role.DATA_MANAGER)
    for arm in ("soc", "msc"):
        with pytest.raises(NotFound), database.unit_of_work(actor, "lock.crf") as uow:
            locking.lock_part(
                uow, subject_id=world.subjects[arm], place=("", "EX", 1), reason="probe"
            )
    with database.reading() as session:
        found = locking.find_obstacles(session)
    assert ObstacleKind.HIDDEN in {one.kind for one in found}
    named = {place.form for one in found for place in one.first}
    assert named
    assert not named & RESTRICTED_FORMS
    assert next(one.first for one in found if one.kind is ObstacleKind.HIDDEN) == ()


def test_a_locked_casebook_takes_nothing_and_the_night_leaves_it(closed: Masked) -> None:
    with acting(closed, Role.DATA_MANAGER) as uow:
        locking.lock_part(uow, subject_id=closed.subject_id, reason="clean")
    values = screening_values(closed.ward)
    for place in (ON_SUBJECT, ("SCR", "DM", 1)):
        with pytest.raises(EntryLocked) as caught:
            enter(closed.ward, closed.subject_id, place, values[place], reason="misread")
        assert "casebook is locked" in caught.value.message.en
    assert run_night(closed.ward.database, key=KEY).failed == []
    with closed.ward.database.reading() as session:
        assert session.get_one(CrfEntry, 1).version == 1


def test_no_arm_is_released_before_the_lock(closed: Masked) -> None:
    for role in (Role.INVESTIGATOR, Role.STATISTICIAN):
        with pytest.raises(Refused) as caught:
            sign(closed, role)
        assert "not locked" in caught.value.message.en


def test_two_persons_of_both_sides_release_every_arm_with_its_proof(closed: Masked) -> None:
    lock(closed)

    def arms(role: Role) -> dict[str, object]:
        with closed.ward.database.reading() as session:
            return arms_release.read_arms(
                session, role=role, design=DESIGN, purpose="test", key=KEY
            )

    assert sign(closed, Role.STATISTICIAN) is False
    with pytest.raises(Refused):
        arms(Role.STATISTICIAN)
    with pytest.raises(Refused) as caught:
        sign(closed, Role.INDEPENDENT_STATISTICIAN)
    assert "an investigator's, the other a statistician's" in caught.value.message.en
    assert sign(closed, Role.INVESTIGATOR) is True
    found = arms(Role.STATISTICIAN)
    assert [one["opened"]["arm"] in {"SOC", "MSC"} for one in found["allocations"]] == [True]  # type: ignore[attr-defined,index]
    checks = verify_proof(found["commitment"], found)
    assert [check.problems for check in checks if check.problems] == []
    for role in Role:
        if Permission.ARMS_READ not in GRANTS[role]:
            with pytest.raises(NotPermitted):
                arms(role)
    unlock(closed)
    assert arms(Role.STATISTICIAN)["allocations"], "unlocking masks nobody again"


def test_the_same_person_does_not_sign_twice(closed: Masked) -> None:
    lock(closed)
    assert sign(closed, Role.INVESTIGATOR) is False
    twice = closed.act(closed.ward.investigator, Role.STATISTICIAN, "unmasking.release")
    with pytest.raises(Refused) as caught, twice as uow:
        arms_release.sign(uow, why="again", password_checked=True)
    assert "signed already" in caught.value.message.en


@pytest.mark.parametrize("why", ["", " \n", "x" * 501, "for the\x00report"])
def test_a_release_says_what_for_in_full_or_is_not_signed(closed: Masked, why: str) -> None:
    lock(closed)
    signing = closed.act(closed.ward.investigator, Role.INVESTIGATOR, "unmasking.plan")
    with pytest.raises(Refused) as caught, signing as uow:
        arms_release.sign(uow, why=why, password_checked=True)
    assert caught.value.rule == "REASON"
    with closed.ward.database.reading() as session:
        assert session.scalars(select(Unmasking)).all() == []


def test_nothing_is_released_when_the_data_are_not_what_was_locked(closed: Masked) -> None:
    lock(closed)
    sign(closed, Role.STATISTICIAN)
    tamper(closed, "UPDATE subject SET initials = 'QQQQ' WHERE id = :subject")
    with pytest.raises(Refused) as caught:
        sign(closed, Role.INVESTIGATOR)
    assert caught.value.rule == "DIGEST"
