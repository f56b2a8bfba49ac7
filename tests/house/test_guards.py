"""Every audited table is tried by every way past the trail, and each is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import column, delete, insert, inspect, table, text, update
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from edc.models import AuditEntry, AuditTransaction, Base, audited_tables
from edc.models.audit import ENTRY_BITS, Audited, LostOldValueError, MissingActorError
from edc.models.guards import TRAIL_TABLES
from edc.services.unit_of_work import Database, system_actor
from tests.support.trail import changeable, contents, fill, opened, sample_row, writing

REFUSALS = (LostOldValueError, MissingActorError, SQLAlchemyError)
AHEAD = 5 << ENTRY_BITS  # an entry id that nobody has used, and later than all that are used


def key_of(row: Audited) -> dict[str, Any]:
    mapper = inspect(row).mapper
    names = [mapper.get_property_by_column(c).key for c in mapper.primary_key]
    return {name: getattr(row, name) for name in names}


def values_of(row: Audited, **changes: Any) -> dict[str, Any]:
    """Return a stored row's columns, by attribute."""
    return {a.key: getattr(row, a.key) for a in inspect(row).mapper.column_attrs} | changes


def another(row: Audited, rows: dict[str, Audited]) -> Audited:
    """Return a second row for the table, pointing to the same rows as the first."""
    keys = {name: getattr(found, "id", 0) for name, found in rows.items()}
    return sample_row(type(row), keys=keys, number=2)


def listed(row: Audited, rows: dict[str, Audited]) -> dict[str, Any]:
    """Return the columns of a second row, without the trail."""
    made = another(row, rows)
    names = inspect(made).mapper.column_attrs.keys()
    return {name: value for name, value in vars(made).items() if name in names}


def core_values(model: type[Audited], values: dict[str, Any]) -> dict[str, Any]:
    """Return values by column name, as Core names them."""
    attributes = inspect(model).column_attrs
    return {attributes[name].columns[0].name: value for name, value in values.items()}


# --- the ways: each gets the database, a stored row, and the stored rows by table -------------

Way = Callable[[Database, Audited, dict[str, Audited]], None]


def orm_insert(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.housekeeping() as session:
        session.add(another(row, rows))


def orm_update(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.housekeeping() as session:
        found = session.get_one(type(row), tuple(key_of(row).values()))
        name, value = changeable(type(row))
        setattr(found, name, value)


def orm_update_while_reading(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.reading() as session:
        found = session.get_one(type(row), tuple(key_of(row).values()))
        name, value = changeable(type(row))
        setattr(found, name, value)
        session.flush()


def orm_delete(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.unit_of_work(system_actor(), "test.delete") as uow:
        uow.session.delete(uow.session.get_one(type(row), tuple(key_of(row).values())))


def orm_update_statement(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    name, value = changeable(type(row))
    with database.unit_of_work(system_actor(), "test.update") as uow:
        uow.session.execute(update(type(row)).values({name: value}))


def orm_delete_statement(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.unit_of_work(system_actor(), "test.delete") as uow:
        uow.session.execute(delete(type(row)).filter_by(**key_of(row)))


def bulk_save(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.unit_of_work(system_actor(), "test.bulk") as uow:
        uow.session.bulk_save_objects([another(row, rows)])


def bulk_insert(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with database.unit_of_work(system_actor(), "test.bulk") as uow:
        uow.session.bulk_insert_mappings(inspect(type(row)), [listed(row, rows)])


def bulk_update(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    name, value = changeable(type(row))
    with database.unit_of_work(system_actor(), "test.bulk") as uow:
        known = key_of(row) | {"audit_id": row.audit_id}
        uow.session.bulk_update_mappings(inspect(type(row)), [known | {name: value}])


def core_insert(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with writing(database) as connection:
        values = core_values(type(row), listed(row, rows))
        connection.execute(insert(inspect(type(row)).local_table), [values])


def core_insert_ahead(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    """Name an entry that never comes."""
    with writing(database) as connection:
        values = core_values(type(row), listed(row, rows)) | {"audit_id": AHEAD}
        connection.execute(insert(inspect(type(row)).local_table), [values])


def core_insert_with_a_used_entry(
    database: Database, row: Audited, rows: dict[str, Audited]
) -> None:
    """Name the newest entry that there is, which tells of another row."""
    newest = newest_entry(database)
    with writing(database) as connection:
        values = core_values(type(row), listed(row, rows)) | {"audit_id": newest}
        connection.execute(insert(inspect(type(row)).local_table), [values])


def core_update(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    model = type(row)
    name, value = changeable(model)
    with writing(database) as connection:
        connection.execute(
            update(inspect(model).local_table).values(core_values(model, {name: value}))
        )


def text_update(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    model = type(row)
    name, value = changeable(model)
    target = inspect(model).column_attrs[name].columns[0].name
    sql = f'UPDATE "{inspect(model).local_table.name}" SET "{target}" = :value'  # noqa: S608 - our names
    with writing(database) as connection:
        connection.execute(text(sql), {"value": value})


def _point_at(database: Database, row: Audited, entry_id: int | None) -> None:
    with writing(database) as connection:
        name = inspect(type(row)).local_table.name
        lightweight = table(name, column("audit_id"))
        connection.execute(update(lightweight).values(audit_id=entry_id))


def point_at_nothing(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    _point_at(database, row, None)


def point_at_an_old_entry(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    _point_at(database, row, row.audit_id - 1)


def point_at_the_same_entry(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    _point_at(database, row, row.audit_id)


def point_at_an_entry_to_come(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    _point_at(database, row, AHEAD)


def point_at_a_newer_entry_of_another_row(
    database: Database, row: Audited, rows: dict[str, Audited]
) -> None:
    _point_at(database, row, newest_entry(database))


def take_the_entry_of_another_table(
    database: Database, row: Audited, rows: dict[str, Audited]
) -> None:
    """Name, before it is written, the entry that a lawful change of another row will get."""
    own_name = inspect(type(row)).local_table.name
    other = rows["site" if own_name != "site" else "user_account"]
    name, value = changeable(type(other))
    with database.unit_of_work(system_actor(), "test.theft") as uow:
        found = uow.session.get_one(type(other), tuple(key_of(other).values()))
        coming = (uow.transaction_id << ENTRY_BITS) + 1
        own = table(own_name, column("audit_id"))
        uow.session.execute(update(own).values(audit_id=coming))
        setattr(found, name, value)


def change_the_key(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    name = next(iter(key_of(row)))
    with database.unit_of_work(system_actor(), "test.key") as uow:
        found = uow.session.get_one(type(row), tuple(key_of(row).values()))
        value = getattr(found, name)
        setattr(found, name, value + 1000 if isinstance(value, int) else "other")


def core_delete(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    with writing(database) as connection:
        connection.execute(delete(inspect(type(row)).local_table))


def replace(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    """Use SQLite's REPLACE, which deletes without saying so; PostgreSQL has an upsert instead."""
    model = type(row)
    name, value = changeable(model)
    target = inspect(model).local_table
    values = core_values(model, values_of(row, audit_id=AHEAD, **{name: value}))
    with writing(database) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(insert(target).prefix_with("OR REPLACE"), [values])
        else:
            from sqlalchemy.dialects.postgresql import insert as upsert

            key = [c.name for c in target.primary_key]
            connection.execute(
                upsert(target).values(values).on_conflict_do_update(index_elements=key, set_=values)
            )


def empty(database: Database, row: Audited, rows: dict[str, Audited]) -> None:
    """Use TRUNCATE; on SQLite, whose DELETE without a condition is one, that."""
    name = inspect(type(row)).local_table.name
    with writing(database) as connection:
        sqlite = connection.dialect.name == "sqlite"
        statement = f'DELETE FROM "{name}"' if sqlite else f'TRUNCATE "{name}" CASCADE'  # noqa: S608
        connection.execute(text(statement))


WAYS: list[Way] = [
    orm_insert, orm_update, orm_update_while_reading, orm_delete, orm_update_statement,
    orm_delete_statement, bulk_save, bulk_insert, bulk_update, core_insert, core_insert_ahead,
    core_insert_with_a_used_entry, core_update, text_update, point_at_nothing,
    point_at_an_old_entry, point_at_the_same_entry, point_at_an_entry_to_come,
    point_at_a_newer_entry_of_another_row, take_the_entry_of_another_table, change_the_key,
    core_delete, replace, empty,
]  # fmt: skip


def newest_entry(database: Database) -> int:
    """Enter an act into the trail and return its entry: newer than that of every row."""
    with database.unit_of_work(system_actor(), "test.event") as uow:
        return uow.record(what="later than every row")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_audited_table_can_be_changed_past_the_trail(way: Way, database_url: str) -> None:
    with opened(database_url) as database:
        rows = fill(database)
        newest_entry(database)
        let_through = []
        for model in audited_tables():
            row = rows[inspect(model).local_table.name]
            before = contents(database)
            try:
                way(database, row, rows)
            except REFUSALS:
                pass
            else:
                let_through.append(model.__name__)
            after = contents(database)
            changed = [
                name for name in before if name not in TRAIL_TABLES and before[name] != after[name]
            ]
            assert changed == []
        assert let_through == []


TRAIL_EDITS = (
    "UPDATE audit_entry SET old_values = NULL",
    "UPDATE audit_entry SET row_key = '[2]'",
    "UPDATE audit_transaction SET username = 'somebody'",
    "UPDATE audit_transaction SET reason = 'a better one'",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)",
    "DELETE FROM audit_transaction",
)
SQLITE_EDITS = (
    "REPLACE INTO audit_transaction SELECT * FROM audit_transaction",
    "REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "UPDATE OR REPLACE audit_entry SET id = id + 1",
)
POSTGRESQL_EDITS = (
    "TRUNCATE audit_entry CASCADE",
    "TRUNCATE audit_transaction CASCADE",
    "TRUNCATE audit_transaction, audit_entry, site CASCADE",
)


def test_the_trail_itself_cannot_be_edited(database_url: str) -> None:
    with opened(database_url) as database:
        fill(database)
        before = contents(database)
        sqlite = database.engine.dialect.name == "sqlite"
        for statement in TRAIL_EDITS + (SQLITE_EDITS if sqlite else POSTGRESQL_EDITS):
            with pytest.raises(DatabaseError), writing(database) as connection:
                connection.execute(text(statement))
            assert contents(database) == before


FORGED = {
    "kind": "update",
    "table": "site",
    "row_key": "[1]",
    "site_id": 1,
    "subject_id": None,
    "visit": "",
    "form": "",
    "row": 0,
    "item": "",
    "repeat": 0,
    "old": "{}",
    "new": '{"code": "99"}',
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"table": "no_such_table"},
        {"row_key": "[2]"},
        {"kind": "event"},
        {"table": ""},
        {"table": "", "kind": "event", "id": AHEAD, "transaction_id": 1},
    ],
)
def test_an_entry_of_a_change_that_never_was_is_refused(
    changes: dict[str, Any], database_url: str
) -> None:
    with opened(database_url) as database:
        fill(database)
        before = contents(database)
        forged = FORGED | {"id": (1 << ENTRY_BITS) + 900, "transaction_id": 1} | changes
        with pytest.raises(DatabaseError), database.housekeeping() as session:
            session.execute(insert(AuditEntry), [forged])
        assert contents(database) == before


def test_every_table_is_audited_or_named_as_no_record() -> None:
    no_record = {"draft", "sign_in_failure", "user_session"}
    audited = {inspect(model).local_table.name for model in audited_tables()}
    trail = {AuditEntry.__tablename__, AuditTransaction.__tablename__}
    assert set(Base.metadata.tables) == audited | trail | no_record
