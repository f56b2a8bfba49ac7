"""The databases that tests get are fresh, of the right kind, and gone afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tests.support.databases import PostgresTemplate, SqliteTemplate, TemplateDatabase


def prepare(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE ward (name TEXT)"))
        connection.execute(text("INSERT INTO ward VALUES ('血液科')"))


def wards(url: str) -> list[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT name FROM ward ORDER BY name")).scalars())


numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def template(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TemplateDatabase]:
    made: TemplateDatabase
    if request.param == "sqlite":
        made = SqliteTemplate(tmp_path, prepare)
    else:
        server_url = request.getfixturevalue("postgres_url")
        made = PostgresTemplate(server_url, f"template{next(numbers)}", prepare)
    yield made
    made.close()


def test_a_copy_holds_what_was_prepared(template: TemplateDatabase) -> None:
    url = template.create()
    assert wards(url) == ["血液科"]
    template.drop(url)


def test_what_one_test_writes_another_never_sees(template: TemplateDatabase) -> None:
    first, second = template.create(), template.create()
    with create_engine(first, poolclass=NullPool).begin() as connection:
        connection.execute(text("INSERT INTO ward VALUES ('移植科')"))
    assert wards(first) == ["移植科", "血液科"]
    assert wards(second) == ["血液科"]
    template.drop(first)
    template.drop(second)


def test_a_dropped_copy_is_gone(template: TemplateDatabase) -> None:
    url = template.create()
    template.drop(url)
    with pytest.raises(OperationalError):
        wards(url)


def test_an_unmigrated_database_has_no_table(unmigrated_database_url: str) -> None:
    engine = create_engine(unmigrated_database_url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []
