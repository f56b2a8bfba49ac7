"""What every command knows: the settings, and the study's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from edc.models.session import create_engine_for
from edc.services.unit_of_work import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.settings import Settings


def settings() -> Settings:
    """Return the installation's settings, read when the first command asks for them."""
    read = cast("Callable[[], Settings]", click.get_current_context().find_root().obj)
    return read()


def open_database() -> Database:
    """Return the database that the settings name."""
    return Database(create_engine_for(settings().database_url))
