"""Signing in and out, and proving again who one is; every attempt that is read enters the trail."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.errors import PasswordRefused
from edc.label import Label
from edc.models import User
from edc.services import throttle
from edc.services.passwords import STANDARD, Hashing
from edc.services.sessions import end_session, start_session, viewer_of
from edc.services.unit_of_work import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Database
    from edc.services.viewer import Viewer

UNKNOWN = "unknown"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from, as the trail and the session keep it."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


def sign_in(
    database: Database,
    *,
    username: str,
    password: str,
    origin: Origin,
    hashing: Hashing = STANDARD,
) -> str:
    """Open a session and return its token, which goes into the browser's cookie.

    An unknown name, a wrong password and an inactive account take the same steps and get the same
    answer, so that nobody learns which names exist (ASVS 5.0, 6.3.8).

    :raises PasswordRefused: when the two do not belong together.
    :raises TooManyAttempts: when the account or the address is delayed; nothing is compared then.
    """
    user, keys = _prove(
        database, username=username, password=password, origin=origin, hashing=hashing
    )
    viewer = viewer_of(user)
    actor = viewer.actor(
        next(iter(viewer.roles.values()), None),
        request_id=origin.request_id,
        address=origin.address,
    )
    with database.unit_of_work(actor, "session.sign_in") as uow:
        throttle.clear(uow.session, keys=keys)
        if hashing.is_outdated(user.password_hash):
            uow.session.get_one(User, user.id).password_hash = hashing.hash(password)
        uow.record()
        return start_session(uow.session, user=user, address=origin.address, agent=origin.agent)


def identify(
    database: Database,
    *,
    username: str,
    password: str,
    origin: Origin,
    hashing: Hashing = STANDARD,
) -> Viewer:
    """Return who gives their name and password for one act, as at the command line.

    No session is opened. Somebody who still has a one-time password is refused: the act would not
    be theirs alone.

    :raises PasswordRefused: when the two do not belong together, or the password is a one-time one.
    :raises TooManyAttempts: when the account or the address is delayed; nothing is compared then.
    """
    user, keys = _prove(
        database, username=username, password=password, origin=origin, hashing=hashing
    )
    with database.housekeeping() as session:
        throttle.clear(session, keys=keys)
    viewer = viewer_of(user)
    if viewer.must_change_password:
        raise PasswordRefused(
            Label(
                en="{name} still has a one-time password. Sign in once in the browser and choose "
                "your own, then come back.",
                zh="{name}仍在使用一次性密码，请先在浏览器中登录并设置自己的密码。",
            ).filled(name=viewer.username),
            rule="PASSWORD-ONE-TIME",
        )
    return viewer


def _prove(
    database: Database, *, username: str, password: str, origin: Origin, hashing: Hashing
) -> tuple[User, list[str]]:
    """Return the account that name and password belong to, and the delays to be cleared."""
    name = username_of(username)
    keys = [throttle.account_key(name), throttle.address_key(origin.address)]
    throttle.count_attempt(database, keys=keys)
    with database.reading() as session:
        user = find_user(session, name)
    is_right = hashing.is_right(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        _record_refusal(database, username=user.username if user else UNKNOWN, origin=origin)
        raise PasswordRefused(
            Label(
                en="The user name or the password is wrong, or the account is not active. "
                "Check both and try again.",
                zh="用户名或密码错误，或账号未启用。请核对后重试。",
            ),
            rule="SIGN-IN",
        )
    return user, keys


def sign_out(database: Database, *, actor: Actor, viewer: Viewer) -> None:
    """End the session in which the person signs out."""
    with database.unit_of_work(actor, "session.sign_out") as uow:
        end_session(uow, user_id=viewer.user_id, key=viewer.session_key)


def check_password(
    database: Database,
    viewer: Viewer,
    password: str,
    *,
    origin: Origin,
    hashing: Hashing = STANDARD,
) -> None:
    """Let a signed-in person prove again who they are, as at each signature (21 CFR 11.200).

    Failures count towards the same delay as at sign-in. Call it before the unit of work is opened:
    a refusal has to be stored although the act it belongs to is not carried out.

    :raises PasswordRefused: when the password is wrong.
    :raises TooManyAttempts: when the account or the address is delayed.
    """
    keys = [throttle.account_key(viewer.username), throttle.address_key(origin.address)]
    throttle.count_attempt(database, keys=keys)
    with database.reading() as session:
        user = session.get(User, viewer.user_id)
    is_right = hashing.is_right(user.password_hash if user else None, password)
    if user is None or not is_right or not user.is_active:
        _record_refusal(database, username=viewer.username, origin=origin, again=True)
        raise PasswordRefused(
            Label(en="The password is wrong. Type it again.", zh="密码错误，请重新输入。"),
            rule="PASSWORD-WRONG",
        )
    with database.housekeeping() as session:
        throttle.clear(session, keys=keys)


def username_of(typed: str) -> str:
    """Return a typed user name as accounts keep it: NFC, lower case, and storable."""
    plain = unicodedata.normalize("NFC", typed).strip().casefold()
    return "".join(m if m.isprintable() else "\ufffd" for m in plain)[: LONGEST_NAME + 1]


def find_user(session: Session, username: str) -> User | None:
    """Return the account of that name, active or not."""
    return session.scalar(select(User).where(User.username == username))


def _record_refusal(
    database: Database, *, username: str, origin: Origin, again: bool = False
) -> None:
    """Enter a refusal into the trail; which part was wrong is not said.

    A name that does not exist is not kept either: people type passwords into the wrong box.
    """
    actor = Actor(
        username=username, role=None, request_id=origin.request_id, address=origin.address
    )
    action = "password.refused" if again else "session.refused"
    with database.unit_of_work(actor, action) as uow:
        uow.record()
