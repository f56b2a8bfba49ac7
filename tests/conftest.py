"""Databases for every test, and nothing that a test did not ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, Engine, event

from tests.support.databases import (
    PostgresTemplate,
    SqliteTemplate,
    TemplateDatabase,
    leave_empty,
    migrate,
)
from tests.support.postgres import PostgresMissing, start_server


def build_trial(url: str) -> None:
    """Fill a database with the small trial of ``tests.support.world``."""
    from tests.support.world import build_world

    build_world(url)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares a fixture of its file or folder: no second process makes it anew.

    All other tests go to whichever process is free (``--dist loadgroup``).
    """
    for item in items:
        if not isinstance(item, pytest.Function):
            continue
        known = item._fixtureinfo.name2fixturedefs.values()
        shared = {
            fixture.baseid
            for fixtures in known
            for fixture in fixtures
            if fixture.scope != "function" and fixture.baseid.startswith("tests/")
        }
        if shared:
            item.add_marker(pytest.mark.xdist_group(min(shared, key=len)))


DATABASES = ("sqlite", "postgresql")

TemplateFinder = Callable[[str], TemplateDatabase]
"""Gives the template of one kind of database for a content: "empty", "migrated" or "world"."""

PREPARED = {"empty": leave_empty, "migrated": migrate, "world": build_trial}


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give the URL of a server's own database: EDC_TEST_PG, or a server started for this run."""
    if url := os.environ.get("EDC_TEST_PG"):
        yield url
        return
    try:
        server = start_server()
    except PostgresMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    yield server.url
    server.stop()


def templates_on_demand(make: TemplateFinder) -> Iterator[TemplateFinder]:
    """Give templates, each made when it is first asked for, and remove them at the end."""
    templates: dict[str, TemplateDatabase] = {}

    def find(content: str) -> TemplateDatabase:
        if content not in templates:
            templates[content] = make(content)
        return templates[content]

    yield find
    for template in templates.values():
        template.close()


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemplateFinder]:
    """Give prepared SQLite databases."""

    def make(content: str) -> TemplateDatabase:
        return SqliteTemplate(tmp_path_factory.mktemp(f"sqlite-{content}"), PREPARED[content])

    yield from templates_on_demand(make)


@pytest.fixture(scope="session")
def postgresql_templates(postgres_url: str) -> Iterator[TemplateFinder]:
    """Give prepared PostgreSQL databases."""

    def make(content: str) -> TemplateDatabase:
        return PostgresTemplate(postgres_url, content, PREPARED[content])

    yield from templates_on_demand(make)


def copy_of(request: pytest.FixtureRequest, kind: str, content: str) -> Iterator[str]:
    """Give the URL of a copy that belongs to one test; only its own kind of server is started."""
    find: TemplateFinder = request.getfixturevalue(f"{kind}_templates")
    template = find(content)
    url = template.create()
    yield url
    template.drop(url)


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a database of its own to a test, migrated and without a row, on each kind in turn."""
    yield from copy_of(request, request.param, "migrated")


@pytest.fixture(params=DATABASES)
def unmigrated_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a database without a table to a test, on each kind in turn."""
    yield from copy_of(request, request.param, "empty")


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a migrated SQLite database to a test for which the kind makes no difference."""
    yield from copy_of(request, "sqlite", "migrated")


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a migrated PostgreSQL database to a test of what only it does."""
    yield from copy_of(request, "postgresql", "migrated")


@pytest.fixture
def world_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a SQLite database with the small trial of ``tests.support.world`` in it."""
    yield from copy_of(request, "sqlite", "world")


@pytest.fixture(params=DATABASES)
def any_world_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a database with the small trial in it, on each kind in turn."""
    yield from copy_of(request, request.param, "world")


@pytest.fixture(autouse=True)
def closed_engines() -> Iterator[None]:
    """Give back every connection that a test opened, whoever made its engine."""
    used: set[Engine] = set()

    def remember(connection: Connection) -> None:
        used.add(connection.engine)

    event.listen(Engine, "engine_connect", remember)
    yield
    event.remove(Engine, "engine_connect", remember)
    for engine in used:
        engine.dispose()
