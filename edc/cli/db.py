"""``edc db``: bring the tables up to date, and say where they stand."""

from __future__ import annotations

import click

from edc.cli.context import open_database, settings
from edc.models import migrations


@click.group("db")
def group() -> None:
    """Tables and migrations."""


@group.command()
def upgrade() -> None:
    """Bring the database's tables to the newest version."""
    url = settings().database_url
    if url.startswith("sqlite:///"):
        settings().instance.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(url)
    click.echo(f"tables are at {migrations.head()}")


@group.command()
def current() -> None:
    """Say at which version the tables stand, and which is the newest."""
    engine = open_database().engine
    click.echo(f"tables {migrations.current(engine) or 'none'}, newest {migrations.head()}")
