"""What the trail says of a change: who, where, what was there and what is there now."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, select

from edc import clock
from edc.models import (
    AuditEntry,
    AuditTransaction,
    CrfEntry,
    DataPoint,
    Site,
    Subject,
    SubjectVisit,
    User,
)  # fmt: skip
from edc.models.audit import ENTRY_BITS, LostOldValueError, MissingActorError
from edc.permissions import Role
from edc.services.unit_of_work import Actor, Database, system_actor
from tests.support.trail import START, fill, opened

NURSE = Actor(
    username="nurse", role=Role.RESEARCH_NURSE, user_id=1, request_id="abc", address="10.0.0.9"
)


def entries(database: Database, **where: Any) -> list[AuditEntry]:
    with database.reading() as session:
        found = session.scalars(select(AuditEntry).filter_by(**where).order_by(AuditEntry.id))
        return list(found)


def change(database: Database, model: type[Any], key: Any, **values: Any) -> None:
    with database.unit_of_work(NURSE, "crf.save", reason="录入错误") as uow:
        row = uow.session.get_one(model, key)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_change_tells_who_when_why_where_and_what(database_url: str) -> None:
    with opened(database_url) as database:
        point = fill(database)["data_point"]
        with clock.replaced(lambda: START):
            change(database, DataPoint, (point.entry_id, point.item, point.repeat), value="3")
        told = entries(database)[-1]
        with database.reading() as session:
            transaction = session.get_one(AuditTransaction, told.transaction_id)
    assert (transaction.username, transaction.role) == ("nurse", "research_nurse")
    assert (transaction.action, transaction.reason) == ("crf.save", "录入错误")
    assert (transaction.request_id, transaction.address) == ("abc", "10.0.0.9")
    assert transaction.at == START
    assert (told.table, told.kind, told.row_key) == ("data_point", "update", '[1,"1",1]')
    assert (told.site_id, told.subject_id) == (1, 1)
    assert (told.visit, told.form, told.row, told.item, told.repeat) == ("1", "1", 1, "1", 1)
    assert json.loads(told.old or "")["value"] is None
    assert json.loads(told.new)["value"] == "3"


def test_a_missing_code_and_its_reason_are_told_together(database_url: str) -> None:
    with opened(database_url) as database:
        point = fill(database)["data_point"]
        key = (point.entry_id, point.item, point.repeat)
        change(database, DataPoint, key, missing="ND", missing_reason="a")
        change(database, DataPoint, key, missing_reason="b")
        told = entries(database)[-1]
    assert json.loads(told.old or "") == {"value": None, "missing": "ND", "missing_reason": "a"}
    assert json.loads(told.new) == {"value": None, "missing": "ND", "missing_reason": "b"}


def test_setting_the_same_value_again_is_no_change(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        before = len(entries(database))
        change(database, Site, 1, name_en="1")
        assert len(entries(database)) == before


def test_days_and_moments_are_told_as_iso_text_in_utc(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        change(database, SubjectVisit, 1, target=date(2026, 2, 28))
        assert json.loads(entries(database)[-1].new) == {"target": "2026-02-28"}
        noon = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=8)))
        change(database, Subject, 1, state_since=noon)
        assert json.loads(entries(database)[-1].new) == {"state_since": "2026-03-01T04:00:00+00:00"}


def test_a_password_is_proved_to_have_changed_but_not_shown(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        change(database, User, 1, password_hash="$argon2id$secret")
        told = entries(database)[-1]
    assert "argon2" not in told.new
    assert json.loads(told.new)["password_hash"].startswith("sha256:")


def test_a_change_outside_a_unit_of_work_has_no_actor(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with pytest.raises(MissingActorError), database.housekeeping() as session:
            session.get_one(Site, 1).name_en = "elsewhere"
        with database.reading() as session:
            session.get_one(Site, 1).name_en = "elsewhere"
            with pytest.raises(MissingActorError):
                session.flush()


def test_deleting_is_refused_before_it_reaches_the_database(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with (
            pytest.raises(MissingActorError),
            database.unit_of_work(NURSE, "test.delete") as uow,
        ):
            uow.session.delete(uow.session.get_one(CrfEntry, 1))


def test_an_old_value_that_was_never_read_is_never_lost(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with database.unit_of_work(NURSE, "test") as uow:
            site = uow.session.get_one(Site, 1)
            uow.session.expire(site, ["name_en"])
            site.name_en = "never read"
            with pytest.raises(LostOldValueError):
                uow.session.flush()
            uow.session.expunge(site)
        with database.reading() as session:
            assert session.get_one(Site, 1).name_en == "1"


def test_a_column_left_empty_at_first_can_be_set_in_the_same_unit_of_work(
    database_url: str,
) -> None:
    with opened(database_url) as database:
        fill(database)
        with database.unit_of_work(NURSE, "test") as uow:
            row = Subject(
                site_id=1, screening_number="S9", registered_at=START, state="a", state_since=START
            )
            uow.session.add(row)
            uow.session.flush()
            row.initials = "ZW"
        first, second = entries(database, subject_id=row.id)
    assert json.loads(first.new)["initials"] is None
    assert (json.loads(second.old or ""), json.loads(second.new)) == (
        {"initials": None},
        {"initials": "ZW"},
    )


def test_entries_are_written_with_one_statement_a_flush(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        seen: list[str] = []
        with database.unit_of_work(NURSE, "test") as uow:
            entry = uow.session.get_one(CrfEntry, 1)
            uow.session.add_all(
                DataPoint(entry=entry, item=f"I{n}", repeat=0, value="x", revision=1)
                for n in range(10)
            )
            event.listen(
                database.engine,
                "before_cursor_execute",
                lambda *a: seen.append(a[2]),
            )
        written = [statement for statement in seen if "audit_entry" in statement]
    assert len(written) == 1
    # The locks, the transaction, the rows, the participant, the entries.
    assert len(seen) <= 5, seen


def test_an_act_that_changes_no_row_is_an_entry_too(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with database.unit_of_work(NURSE, "audit.export") as uow:
            uow.about(site_id=1, subject_id=1)
            entry_id = uow.record(format="csv", rows=3)
        told = entries(database)[-1]
    assert told.id == entry_id
    assert (told.kind, told.table, told.row_key) == ("event", "", "[]")
    assert (told.site_id, told.subject_id) == (1, 1)
    assert json.loads(told.new) == {"format": "csv", "rows": 3}


def test_facts_recorded_after_a_change_are_not_lost(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        with database.unit_of_work(NURSE, "test") as uow:
            uow.session.get_one(Site, 1).name_en = "first"
            uow.session.flush()
            uow.record(late="fact")
        change_entry, fact = entries(database)[-2:]
    assert json.loads(change_entry.new) == {"name_en": "first"}
    assert json.loads(fact.new) == {"late": "fact"}


def test_no_transaction_is_without_an_entry(database_url: str) -> None:
    with opened(database_url) as database:
        with database.unit_of_work(system_actor(), "test.nothing"):
            pass
        with database.unit_of_work(system_actor(), "test.number") as uow:
            number = uow.transaction_id
        (only,) = entries(database)
        with database.reading() as session:
            assert session.scalars(select(AuditTransaction.id)).all() == [number]
    assert (only.kind, only.transaction_id) == ("event", number)


def test_an_entry_is_numbered_by_its_transaction(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        change(database, Site, 1, name_en="x", name_zh="y")
        numbers = [(entry.id, entry.transaction_id) for entry in entries(database)]
    assert [entry_id >> ENTRY_BITS for entry_id, _ in numbers] == [t for _, t in numbers]
    assert numbers == sorted(numbers)


def test_an_error_leaves_neither_change_nor_trace(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        before = len(entries(database))
        with suppress(ZeroDivisionError), database.unit_of_work(NURSE, "test") as uow:
            uow.session.get_one(Site, 1).name_en = "half"
            uow.session.flush()
            _ = 1 // 0
        assert len(entries(database)) == before
