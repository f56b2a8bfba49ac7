"""Fresh databases for tests: prepared once, then copied for each test that asks for one."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

Prepare = Callable[[str], None]
"""Fills an empty database, named by its URL, with what every test expects to find in it."""

FIRST_POSTGRES_WITH_STRATEGY = 150000


class TemplateDatabase(Protocol):
    """A prepared database and its copies."""

    def create(self) -> str:
        """Return the URL of a new copy."""

    def drop(self, url: str) -> None:
        """Remove a copy, also when something is still connected to it."""

    def close(self) -> None:
        """Remove the template itself."""


class SqliteTemplate:
    """A prepared SQLite file; a copy is a copied file."""

    def __init__(self, folder: Path, prepare: Prepare) -> None:
        """Prepare the file in a folder that belongs to this template."""
        self.folder = folder
        self.template = folder / "template.sqlite"
        self.numbers = itertools.count(1)
        first = folder / "first.sqlite"
        sqlite3.connect(first).close()
        prepare(self.url_of(first))
        # The backup holds also what is still in the write-ahead log.
        source, target = sqlite3.connect(first), sqlite3.connect(self.template)
        source.backup(target)
        source.close()
        target.close()

    @staticmethod
    def url_of(path: Path) -> str:
        """Return a file's URL as SQLAlchemy writes it."""
        return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)

    def create(self) -> str:
        """Return the URL of a new copy."""
        path = self.folder / f"test-{next(self.numbers)}.sqlite"
        shutil.copyfile(self.template, path)
        return self.url_of(path)

    def drop(self, url: str) -> None:
        """Remove a copy with its write-ahead log."""
        name = make_url(url).database
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{name}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the template itself."""
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresTemplate:
    """A prepared PostgreSQL database; a copy is made by the server, file by file."""

    def __init__(self, server_url: str, label: str, prepare: Prepare) -> None:
        """Prepare a database on a server; the label tells this template from others there."""
        self.server = make_url(server_url)
        self.engine = create_engine(self.server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        # Two test runs may share one server: the process number keeps their names apart.
        self.name = f"edc_test_{os.getpid()}_{label}"
        self.numbers = itertools.count(1)
        with self.engine.connect() as connection:
            version = connection.exec_driver_sql("SHOW server_version_num").scalar_one()
        self.strategy = (
            " STRATEGY FILE_COPY" if int(version) >= FIRST_POSTGRES_WITH_STRATEGY else ""
        )
        self.execute(f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8'")
        prepare(self.url_of(self.name))

    def execute(self, statement: str) -> None:
        """Run one statement on the server, outside any transaction."""
        with self.engine.connect() as connection:
            connection.execute(text(statement))

    def url_of(self, name: str) -> str:
        """Return the URL of a database on the server."""
        return self.server.set(database=name).render_as_string(hide_password=False)

    def create(self) -> str:
        """Return the URL of a new copy."""
        name = f"{self.name}_{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {self.name}{self.strategy}")
        return self.url_of(name)

    def drop(self, url: str) -> None:
        """Remove a copy, also when something is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def close(self) -> None:
        """Remove the template itself."""
        self.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.engine.dispose()


def leave_empty(_url: str) -> None:
    """Prepare nothing: for tests that begin before the first migration."""


def migrate(url: str) -> None:
    """Bring an empty database to the newest migration."""
    from edc.models.migrations import upgrade

    upgrade(url)
