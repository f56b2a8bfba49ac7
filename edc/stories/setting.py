"""The fresh study of a story: application, site, people, registers and the test list."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import func, select

from edc import create_app
from edc.errors import EdcError, InvalidValues, NotFound
from edc.label import Label
from edc.models import Site, Subject, User
from edc.permissions import Permission, grants
from edc.protocol import DESIGN, STUDY
from edc.randomization.sealing import SealingKey, new_key
from edc.services import accounts, registers
from edc.services.allocation_lists import load_list, purpose_of
from edc.services.passwords import Hashing, make_one_time_password
from edc.services.sites import create_site
from edc.services.unit_of_work import system_actor
from edc.settings import Settings
from edc.stories.allotted import find_test_list
from edc.stories.reader import StoryRefused
from edc.stories.typing_in import register_values
from edc.stories.world import StepRefused, World
from edc.web.sessions import HASHING

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from edc.permissions import Role
    from edc.services.unit_of_work import Database
    from edc.stories.reader import Story

SITE = "01"
_ACTOR = system_actor("story")
_WHY = "set-up of a story"
# Passwords live as long as the run: the cost that protects real ones would only take time.
_CHEAP = Hashing(memory_kib=64, passes=1, lanes=1)


def application(database_url: str, *, instance: Path) -> Flask:
    """Return the application of a test installation with secrets of its own."""
    settings = Settings(
        environment="test",
        database_url=database_url,
        secret_key=secrets.token_urlsafe(32),
        allocation_key=new_key(),
        instance=instance,
        secure_cookies=False,
    )
    app = create_app(settings)
    app.extensions[HASHING] = _CHEAP
    # A line a step is what a run prints; a fault of the server still speaks.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return app


def refuse_used(database: Database) -> None:
    """Refuse a database that holds anything.

    :raises StoryRefused: when there is a site, a person or a participant.
    """
    with database.reading() as session:
        for table in (Site, User, Subject):
            if session.scalar(select(func.count()).select_from(table)):
                raise StoryRefused("the database is not empty: a story needs a fresh study")


def set_up(story: Story, app: Flask, database: Database) -> World:
    """Create site, people, registers and list.

    :raises StoryRefused: when the story asks for what this study does not have.
    """
    if story.settings:
        raise StoryRefused(f"settings: there is no setting {next(iter(story.settings))}")
    settings: Settings = app.extensions["edc_settings"]
    key = SealingKey.from_text(settings.allocation_key)
    purpose = purpose_of(settings.environment)
    with database.unit_of_work(_ACTOR, "site.create", reason=_WHY) as uow:
        name = Label(en="Story hospital", zh="示例医院")
        site_id = create_site(uow, code=SITE, name=name).id
    passwords = {name: make_one_time_password() for name in story.users}
    usernames = {
        name: _create_user(database, name, role, site_id=site_id, password=passwords[name])
        for name, role in story.users.items()
    }
    for register, rows in story.registers.items():
        _fill_register(database, register, rows, site_id=site_id)
    try:
        text = find_test_list(story).write()
    except StepRefused as refusal:
        raise StoryRefused(str(refusal)) from refusal
    with database.unit_of_work(_ACTOR, "randomisation.load", reason=_WHY) as uow:
        load_list(uow, text, design=DESIGN, key=key, purpose=purpose, brought_by="statistician")
    return World(
        story=story, app=app, database=database, key=key, site_id=site_id, now=story.starts,
        accounts=usernames, passwords=passwords,
    )  # fmt: skip


def _create_user(database: Database, name: str, role: Role, *, site_id: int, password: str) -> str:
    """Create a user of the story with their role at the site; return the user name."""
    username = f"story.{name}"
    with database.unit_of_work(_ACTOR, "account.create", reason=_WHY) as uow:
        account = accounts.create_user(
            uow, username=username, full_name=name, password=password, must_change=False,
            hashing=_CHEAP,
        )  # fmt: skip
        # Who manages people does so at every site or at none.
        at = None if grants(role, Permission.USER_MANAGE) else site_id
        accounts.give_role(uow, user_id=account.user.id, site_id=at, role=role)
    return username


def _fill_register(
    database: Database, register: str, rows: tuple[Mapping[str, Any], ...], *, site_id: int
) -> None:
    for number, row in enumerate(rows, start=1):
        try:
            with database.unit_of_work(_ACTOR, "register.add", reason=_WHY) as uow:
                typed = register_values(row)
                registers.add_row(uow, STUDY, site_id=site_id, register=register, typed=typed)
        except NotFound as refusal:
            raise StoryRefused(f"registers: {register} is not in this study") from refusal
        except InvalidValues as refusal:
            found = {item: str(said[0][1].en) for item, said in refusal.problems.items()}
            raise StoryRefused(f"registers: {register} row {number}: {found}") from refusal
        except EdcError as refusal:
            raise StoryRefused(f"registers: {register}: {refusal.message.en}") from refusal
