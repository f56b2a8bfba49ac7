"""What tests start from: an application on a given database, sites, people, and their browsers."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from types import CodeType
from typing import TYPE_CHECKING, Any

from jinja2.bccache import Bucket, BytecodeCache

from edc import clock, create_app
from edc.models import RoleGrant, Site, User, UserSession
from edc.models.session import create_engine_for
from edc.permissions import Role
from edc.services.passwords import Hashing
from edc.services.unit_of_work import Database, system_actor
from edc.settings import Settings
from tests.support.client import BrowserClient

if TYPE_CHECKING:
    from flask import Flask

PASSWORD = "kettle rain sofa nine"
CHEAP = Hashing(memory_kib=64, passes=1, lanes=1)
ALLOCATION_KEY = "mIjkYb6SlFzVnIbmVLxJIhM7jF0sE4rO1fB3h1y0a2A="
_numbers = itertools.count(1)


class CompiledTemplates(BytecodeCache):
    """Templates compiled for the first application: every test makes an application of its own."""

    def __init__(self) -> None:
        """Start with none."""
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled of the same text."""
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self.kept[bucket.key, bucket.checksum] = bucket.code


_TEMPLATES = CompiledTemplates()


def open_database(url: str) -> Database:
    """Return the database at *url*, for tests of services."""
    return Database(create_engine_for(url))


def make_settings(database_url: str, **changes: Any) -> Settings:
    """Return the settings of a test installation, without TLS; *changes* replace fields."""
    values: dict[str, Any] = {
        "environment": "test",
        "database_url": database_url,
        "secret_key": "a secret of the tests, as long as a real one would be",
        "allocation_key": ALLOCATION_KEY,
        "instance": Path(gettempdir()),
        "secure_cookies": False,
    }
    return Settings(**(values | changes))


def make_app(database_url: str, **changes: Any) -> Flask:
    """Return the application on the database at *database_url*, hashing passwords cheaply."""
    app = create_app(make_settings(database_url, **changes))
    app.testing = True
    app.jinja_env.bytecode_cache = _TEMPLATES
    # Faults are answered by the application's own page also in tests.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["edc_hashing"] = CHEAP
    return app


def database_of(app: Flask) -> Database:
    """Return the database that the application uses."""
    found: Database = app.extensions["edc_database"]
    return found


def create_site(database: Database, *, code: str | None = None) -> Site:
    """Create a site; its code is the next free two figures unless given."""
    number = code or f"{next(_numbers) % 100:02d}"
    with database.unit_of_work(system_actor("factory"), "site.create") as uow:
        site = Site(
            code=number,
            name_en=f"Hospital {number}",
            name_zh=f"第{number}医院",
            last_screening=0,
            last_subject=0,
        )
        uow.session.add(site)
    return site


@cache
def _hash(password: str) -> str:
    return CHEAP.hash(password)


def create_user(
    database: Database,
    *,
    role: Role | None = Role.RESEARCH_NURSE,
    site: Site | None = None,
    username: str | None = None,
    full_name: str | None = None,
    password: str = PASSWORD,
    must_change: bool = False,
) -> User:
    """Create a person with *role* at *site*, at every site when none is given."""
    name = username or f"{role or 'person'}-{next(_numbers)}"
    with database.unit_of_work(system_actor("factory"), "account.create") as uow:
        user = User(
            username=name,
            full_name=full_name or f"Person {name}",
            password_hash=_hash(password),
            password_changed_at=clock.now(),
            must_change_password=must_change,
            is_active=True,
            roles=[],
        )
        uow.session.add(user)
        uow.session.flush()
        if role is not None:
            grant = RoleGrant(
                user_id=user.id,
                site_id=site.id if site else None,
                role=str(role),
                is_active=True,
            )
            user.roles.append(grant)
    return user


def signed_in_client(app: Flask, user: User, *, language: str = "en") -> BrowserClient:
    """Return a browser in which *user* is signed in; its posts carry the CSRF token.

    The session row and the cookie are made directly, for most tests are not about signing in.
    """
    token = secrets.token_urlsafe(32)
    with database_of(app).housekeeping() as session:
        session.add(
            UserSession(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                user_id=user.id,
                created_at=clock.now(),
                last_seen_at=clock.now(),
                ended_at=None,
                address="127.0.0.1",
                agent="test",
            )
        )
    browser = BrowserClient(app, language=language)
    browser.hold_session(token)
    return browser
