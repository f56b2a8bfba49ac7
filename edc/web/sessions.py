"""Who is signed in, behind one module: the cookie, Flask-Login, and the session row it points to.

The cookie is signed and holds a random token; everything else about the session is in the database,
so that it ends there and nowhere else. A sign-in always gets a new token and an empty cookie.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import flask_login
from flask import current_app, g, request, session, url_for

from edc.services import sessions, sign_in
from edc.services.passwords import STANDARD
from edc.services.sign_in import Origin
from edc.web.request import address, database, reading, request_id, settings

if TYPE_CHECKING:
    from flask import Flask

    from edc.services.passwords import Hashing
    from edc.services.sessions import FoundSession
    from edc.services.viewer import Viewer

WARN_BEFORE_SECONDS = 180
HASHING = "edc_hashing"


@dataclass(frozen=True, slots=True)
class SignedIn(flask_login.UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps of a request: the session with its person, and its token."""

    found: FoundSession
    token: str

    @property
    def viewer(self) -> Viewer:
        """Return the person."""
        return self.found.viewer

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return self.token


def register(app: Flask) -> None:
    """Let *app* know the signed-in person by the session's token."""
    manager = flask_login.LoginManager()
    # Tablets change their address on the way from ward to ward; the session must not end by that.
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)
    app.extensions.setdefault(HASHING, STANDARD)


def limits() -> sessions.SessionLimits:
    """Return how long sessions live in this installation."""
    return sessions.SessionLimits(
        idle=timedelta(minutes=settings().idle_minutes),
        absolute=timedelta(hours=settings().session_hours),
    )


def hashing() -> Hashing:
    """Return the cost at which this application hashes passwords."""
    return cast("Hashing", current_app.extensions[HASHING])


def origin() -> Origin:
    """Return where the request comes from."""
    return Origin(
        address=address(),
        agent=request.headers.get("User-Agent", ""),
        request_id=request_id(),
    )


def current_viewer() -> Viewer | None:
    """Return the signed-in person, read from the database once a request; None when nobody is."""
    found = _current()
    return None if found is None else found.viewer


def seconds_left() -> int:
    """Return how long this session lives if nothing more is asked; 0 when nobody is signed in."""
    found = _current()
    return 0 if found is None else sessions.seconds_left(found.found, limits=limits())


def idle_limits() -> dict[str, Any] | None:
    """Return what the page needs to warn before this session ends; None when nobody is signed in.

    The browser reports use once a minute and the database notes it once a minute, so the warning
    comes earlier than both together: while it stands, the server can still keep a draft.
    """
    if current_viewer() is None:
        return None
    end_after = seconds_left()
    warn_before = min(WARN_BEFORE_SECONDS, end_after // 2)
    return {
        "warn_after": end_after - warn_before,
        "end_after": end_after,
        "ping_url": url_for("account.ping"),
        "end_url": url_for("account.sign_out"),
    }


def sign_in_session(*, username: str, password: str) -> None:
    """Sign the browser in under a new token; a session that it had before ends.

    :raises PasswordRefused: when user name and password do not belong together.
    :raises TooManyAttempts: when sign-in is delayed.
    """
    token = sign_in.sign_in(
        database(), username=username, password=password, origin=origin(), hashing=hashing()
    )
    sign_out_session()
    with database().reading() as fresh:
        made = sessions.find_session(fresh, token, limits=limits())
    if made is None:
        message = "a session just made is not found"
        raise RuntimeError(message)
    g.signed_in = SignedIn(made, token)
    flask_login.login_user(g.signed_in)


def sign_out_session() -> None:
    """End the browser's session in the database and empty its cookie."""
    found = _current()
    if found is not None:
        viewer = found.viewer
        role = next(iter(viewer.roles.values()), None)
        actor = viewer.actor(role, request_id=request_id(), address=address())
        sign_in.sign_out(database(), actor=actor, viewer=viewer)
    flask_login.logout_user()
    session.clear()
    g.signed_in = None


def _current() -> SignedIn | None:
    if "signed_in" not in g:
        g.signed_in = None  # so that the page of a database that is lost can still be drawn
        user = flask_login.current_user
        g.signed_in = user._get_current_object() if user.is_authenticated else None  # noqa: SLF001
        if g.signed_in is not None:
            sessions.touch_session(database(), g.signed_in.found, limits=limits())
    return cast("SignedIn | None", g.signed_in)


def _load(token: str) -> SignedIn | None:
    found = sessions.find_session(reading(), token, limits=limits())
    return None if found is None else SignedIn(found, token)
