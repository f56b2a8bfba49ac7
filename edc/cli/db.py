"""``edc db``: bring the tables up to date, and say where they stand."""

from __future__ import annotations

import click
from sqlalchemy import text

from edc.cli.context import open_database, settings
from edc.models import migrations
from edc.models.roles import grant_statements


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


@group.command()
@click.argument("role")
def grant(role: str) -> None:
    """Give a PostgreSQL role what serving needs, and no right over the trail but adding to it."""
    engine = open_database().engine
    if engine.dialect.name != "postgresql":
        message = "SQLite has no roles: whoever can read the file can change it"
        raise click.ClickException(message)
    try:
        statements = list(grant_statements(role))
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    click.echo(f"{role} may serve: {len(statements)} grants")
