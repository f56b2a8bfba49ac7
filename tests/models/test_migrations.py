"""Migrations: up, down, and what they build is what the models say, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from edc.models import Base, audited_tables
from edc.models.audit import audited_keys
from edc.models.guards import missing_guards, statements
from edc.models.migrations import current, downgrade, head, upgrade
from edc.models.session import create_engine_for


def leftovers(url: str) -> list[str]:
    """Name every table, trigger and function that a database still has of ours."""
    engine = create_engine_for(url)
    with engine.connect() as connection:
        names = [n for n in inspect(connection).get_table_names() if n != "alembic_version"]
        if engine.dialect.name == "sqlite":
            found = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            )
        else:
            found = connection.execute(
                text("SELECT proname FROM pg_proc WHERE proname LIKE 'guard%'")
            )
        names += [row[0] for row in found]
    engine.dispose()
    return names


def test_a_new_database_goes_up_and_down_and_up_again(unmigrated_database_url: str) -> None:
    url = unmigrated_database_url
    for _ in range(2):
        upgrade(url)
        engine = create_engine_for(url)
        assert current(engine) == head()
        engine.dispose()
        downgrade(url)
        assert leftovers(url) == []


def test_the_newest_migration_builds_what_the_models_say(database_url: str) -> None:
    engine = create_engine_for(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences: list[Any] = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_a_database_without_our_tables_stands_at_no_revision(unmigrated_database_url: str) -> None:
    engine = create_engine_for(unmigrated_database_url)
    assert current(engine) is None
    engine.dispose()


def test_every_audited_table_has_all_its_guards(database_url: str) -> None:
    engine = create_engine_for(database_url)
    with engine.connect() as connection:
        assert missing_guards(connection, audited=audited_keys()) == []
    engine.dispose()
    assert len(audited_keys()) == len(audited_tables())


def test_a_dropped_or_disabled_guard_is_named(database_url: str) -> None:
    engine = create_engine_for(database_url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER guard_site_update"))
        else:
            connection.execute(text("ALTER TABLE site DISABLE TRIGGER guard_site_update"))
        assert missing_guards(connection, audited=audited_keys()) == ["guard_site_update"]
    engine.dispose()


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_guards_know_every_key_of_the_models(dialect: str) -> None:
    ddl = "\n".join(statements(dialect, audited=audited_keys()))
    for table, key in audited_keys().items():
        assert f'"{table}"' in ddl
        assert ", ".join(f'"{column}"' for column in key) in ddl
