"""The registers of the sites: rows that are added, corrected with a reason, and never deleted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues, NotFound, ReasonRequired, Refused
from edc.label import Label
from edc.models import AuditEntry, AuditTransaction, CrfEntry, DataPoint
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services import registers
from edc.services.enrolment import register_subject
from edc.services.registers import Row
from edc.services.sites import create_site as open_site
from edc.services.unit_of_work import Actor, Database
from tests.factories import create_site, open_database

KEEPER = Actor(username="keeper", role=Role.DATA_MANAGER)
VERSION = {"ICVER": "V2.0", "ICVERDAT": "2021-03-04", "ICAPPDAT": "2021-04-05"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = open_database(database_url)
    yield database
    database.engine.dispose()


def add(database: Database, site_id: int, typed: dict[str, object], register: str = "ICF") -> Row:
    with database.unit_of_work(KEEPER, "register.add") as uow:
        return registers.add_row(uow, STUDY, site_id=site_id, register=register, typed=typed)


def correct(
    database: Database, row: Row, typed: dict[str, object], reason: str | None = "typing error"
) -> Row:
    with database.unit_of_work(KEEPER, "register.correct", reason=reason) as uow:
        return registers.correct_row(uow, STUDY, row_id=row.row_id, typed=typed)


def test_a_version_is_read_as_its_items_read_and_offered_to_the_sites_crfs(
    database: Database,
) -> None:
    site, other = create_site(database), create_site(database)
    typed = VERSION | {"ICVERDAT": {"year": "２０２１", "month": "3", "day": "4"}}
    add(database, site.id, typed)
    with database.reading() as session:
        assert registers.rows_for_casebook(session, site.id) == {"ICF": {"V2.0": VERSION}}
        assert registers.rows_for_casebook(session, other.id) == {}


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"ICVER": ""}, "ICVER"),
        ({"ICVER": "x" * 31}, "ICVER"),
        ({"ICVER": "V\x002"}, "ICVER"),
        ({"ICVERDAT": "2021-02-30"}, "ICVERDAT"),
        ({"ICVERDAT": None}, "ICVERDAT"),
        ({"ICAPPDAT": ["2021-01-01"]}, "ICAPPDAT"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_item_and_nothing_is_stored(
    database: Database, change: dict[str, object], item: str
) -> None:
    site = create_site(database)
    with pytest.raises(InvalidValues) as refusal:
        add(database, site.id, {**VERSION, **change})
    assert list(refusal.value.problems) == [item]
    with database.reading() as session:
        assert registers.list_rows(session) == []


def test_a_version_is_registered_once_at_a_site_and_again_at_another(database: Database) -> None:
    site, other = create_site(database), create_site(database)
    add(database, site.id, dict(VERSION))
    with pytest.raises(InvalidValues):
        add(database, site.id, dict(VERSION))
    add(database, other.id, dict(VERSION))
    with database.reading() as session:
        assert len(registers.list_rows(session)) == 2
        assert len(registers.list_rows(session, site_ids=frozenset({site.id}))) == 1


def test_a_correction_needs_its_reason_and_enters_the_trail_with_old_and_new(
    database: Database,
) -> None:
    site = create_site(database)
    row = add(database, site.id, dict(VERSION))
    changed = VERSION | {"ICAPPDAT": "2021-04-06"}
    with pytest.raises(ReasonRequired):
        correct(database, row, dict(changed), reason=None)
    assert correct(database, row, dict(changed)).values == changed
    with database.reading() as session:
        transaction, entry = session.execute(
            select(AuditTransaction, AuditEntry)
            .join(AuditEntry, AuditEntry.transaction_id == AuditTransaction.id)
            .where(AuditTransaction.action == "register.correct", AuditEntry.kind == "update")
        ).one()
    assert (transaction.reason, entry.site_id, entry.form) == ("typing error", site.id, "ICF")
    assert "2021-04-05" in entry.old
    assert "2021-04-06" in entry.new


def test_a_correction_that_changes_nothing_asks_for_no_reason(database: Database) -> None:
    row = add(database, create_site(database).id, dict(VERSION))
    assert correct(database, row, dict(VERSION), reason=None) == row


def test_a_mistyped_key_is_corrected_as_long_as_no_crf_names_it(database: Database) -> None:
    site = create_site(database)
    row = add(database, site.id, VERSION | {"ICVER": "V20"})
    assert correct(database, row, dict(VERSION)).key == "V2.0"


def test_a_site_or_register_that_does_not_exist_is_not_found(database: Database) -> None:
    site = create_site(database)
    with pytest.raises(NotFound):
        add(database, 999_999, dict(VERSION))
    with pytest.raises(NotFound):
        add(database, site.id, dict(VERSION), register="NONE")


@pytest.mark.parametrize("code", ["", "a1", "1234567890", "0 1", "０１"])
def test_a_sites_code_is_of_figures_and_capitals(database: Database, code: str) -> None:
    with pytest.raises(Refused) as refusal, database.unit_of_work(KEEPER, "site.create") as uow:
        open_site(uow, code=code, name=Label(en="Hospital", zh="医院"))
    assert refusal.value.rule == "SITE-CODE"


def test_a_sites_code_is_given_once(database: Database) -> None:
    for expected in ("", "SITE-TAKEN"):
        try:
            with database.unit_of_work(KEEPER, "site.create") as uow:
                open_site(uow, code="07", name=Label(en="Hospital", zh="医院"))
            rule = ""
        except Refused as refusal:
            rule = refusal.rule
        assert rule == expected


def test_a_version_that_a_crf_names_keeps_its_key(database: Database) -> None:
    site = create_site(database)
    row = add(database, site.id, dict(VERSION))
    with database.unit_of_work(KEEPER, "test.crf") as uow:
        subject = register_subject(uow, site_id=site.id)
        entry = CrfEntry(
            subject_id=subject.id, visit="SCR", form="IC", row=0, version=1, is_complete=False,
            fingerprint="f" * 64, in_error=False, saved_at=clock.now(), saved_by="keeper",
        )  # fmt: skip
        entry.subject = subject
        uow.session.add(entry)
        uow.session.flush()
        point = DataPoint(
            entry_id=entry.id, item="ICVER", repeat=1, value="V2.0", missing=None,
            missing_reason=None, revision=1,
        )  # fmt: skip
        point.entry = entry
        uow.session.add(point)
    with pytest.raises(InvalidValues) as refusal:
        correct(database, row, VERSION | {"ICVER": "V2.1"})
    assert [rule for rule, _ in refusal.value.problems["ICVER"]] == ["REGISTER-NAMED"]
    assert correct(database, row, VERSION | {"ICAPPDAT": "2021-04-06"}).key == "V2.0"
