"""What a view knows of its request: the database, the person, the language, the actor."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context, request

from edc.errors import NotPermitted
from edc.services.unit_of_work import Database

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.label import Label, Language
    from edc.models import Subject
    from edc.permissions import Permission, Role
    from edc.services.unit_of_work import Actor
    from edc.services.viewer import Viewer
    from edc.settings import Settings
    from edc.study.study import Study

LANGUAGE_COOKIE = "edc_language"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


def database() -> Database:
    """Return the study's database."""
    return cast("Database", current_app.extensions["edc_database"])


def settings() -> Settings:
    """Return the installation's settings."""
    return cast("Settings", current_app.extensions["edc_settings"])


def study() -> Study:
    """Return the trial."""
    return cast("Study", current_app.extensions["edc_study"])


def reading() -> Session:
    """Return the request's reading session, opened the first time it is asked for."""
    if "reading" not in g:
        context = database().reading()
        g.reading_context = context
        g.reading = context.__enter__()
    return cast("Session", g.reading)


def close_reading(_error: BaseException | None = None) -> None:
    """Give back the reading session at the end of the request."""
    context = g.pop("reading_context", None)
    g.pop("reading", None)
    if context is not None:
        context.__exit__(None, None, None)


def viewer_or_none() -> Viewer | None:
    """Return the signed-in person, or None."""
    from edc.web.sessions import current_viewer  # noqa: PLC0415 - sessions needs this module

    return current_viewer()


def viewer() -> Viewer:
    """Return the signed-in person.

    :raises NotPermitted: when nobody is.
    """
    found = viewer_or_none()
    if found is None:
        raise NotPermitted
    return found


def subject() -> Subject:
    """Return the participant that the address names; the gate has loaded and checked it."""
    return cast("Subject", g.subject)


def role() -> Role:
    """Return the person's role at the participant's site."""
    return cast("Role", g.role)


def actor(permission: Permission | None = None) -> Actor:
    """Return the person as the actor of a unit of work.

    Where the address names a participant the role is the one held at that site; elsewhere it is
    the one that grants *permission*.
    """
    person = viewer()
    acting = g.get("role")
    if acting is None and permission is not None:
        acting = person.role_for(permission)
    if acting is None:
        acting = next(iter(person.roles.values()), None)
    return person.actor(acting, request_id=request_id(), address=address())


def request_id() -> str:
    """Return the id that ties the trail and the log to this request."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return cast("str", g.request_id)


def address() -> str:
    """Return the client's address; a proxy is believed only if it is configured."""
    return (request.remote_addr or "")[:45]


def language() -> Language:
    """Return the language of this page: the one chosen, or Chinese."""
    if not has_request_context():
        return "zh"
    chosen = g.get("language") or request.cookies.get(LANGUAGE_COOKIE)
    return "en" if chosen == "en" else "zh"


def text(label: Label) -> str:
    """Return a label in the language of this page."""
    return label.text(language())


def whole(typed: str, *, figures: int) -> int | None:
    """Read a whole number of at most so many figures; None for anything else.

    More figures than a column holds would be a fault in the database, not a wrong answer.
    """
    plain = typed.strip()
    is_whole = plain.isascii() and plain.isdecimal() and len(plain) <= figures
    return int(plain) if is_whole else None
