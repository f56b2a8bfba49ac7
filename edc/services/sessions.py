"""Signed-in browsers: the cookie holds a random token, the database its SHA-256, limits and end.

A session ends on the server: after the idle limit, after the absolute limit, when it is signed out,
or when the account's password or state changes. A row once ended is never opened again.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, select, update

from edc import clock
from edc.models import RoleGrant, User, UserSession
from edc.permissions import Role
from edc.services.viewer import Viewer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Database, UnitOfWork

TOKEN_BYTES = 32
TOUCH_INTERVAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How long a session lives: without a request, and whatever happens."""

    idle: timedelta = timedelta(minutes=15)
    absolute: timedelta = timedelta(hours=12)

    @property
    def touch_interval(self) -> timedelta:
        """Return how often a session's use is noted: a write for every request costs too much."""
        return min(TOUCH_INTERVAL, self.idle / 4)

    def end_of(self, found: FoundSession) -> datetime:
        """Return the moment at which the session ends if nobody asks anything any more."""
        return min(found.last_seen_at + self.idle, found.created_at + self.absolute)


@dataclass(slots=True, kw_only=True)
class FoundSession:
    """An open session and the person whom it signs in."""

    created_at: datetime
    last_seen_at: datetime
    viewer: Viewer

    @property
    def key(self) -> str:
        """Return what the database holds of the token."""
        return self.viewer.session_key


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session as its owner or an administrator sees it."""

    key: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    agent: str


def token_hash(token: str) -> str:
    """Return what the database holds of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(session: Session, *, user: User, address: str, agent: str) -> str:
    """Open a session of *user* and return its token, which is told only once."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.now()
    session.add(
        UserSession(
            token_hash=token_hash(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            ended_at=None,
            address=address[:45],
            agent="".join(mark for mark in agent if mark.isprintable())[:200],
        )
    )
    return token


# Asked with every request: plain rows, and the statement made once.
_FOUND = (
    select(
        UserSession.created_at, UserSession.last_seen_at, User.id, User.username, User.full_name,
        User.must_change_password, RoleGrant.site_id, RoleGrant.role,
    )
    .join(User, User.id == UserSession.user_id)
    .outerjoin(RoleGrant, and_(RoleGrant.user_id == User.id, RoleGrant.is_active))
    .where(
        UserSession.token_hash == bindparam("key"),
        UserSession.ended_at.is_(None),
        User.is_active,
    )
)  # fmt: skip


def find_session(session: Session, token: str, *, limits: SessionLimits) -> FoundSession | None:
    """Return the open session of a token with its person and roles, in one statement."""
    key = token_hash(token)
    rows = session.connection().execute(_FOUND, {"key": key}).all()
    if not rows:
        return None
    created_at, last_seen_at, user_id, username, full_name, must_change_password, _, _ = rows[0]
    viewer = Viewer(
        user_id=user_id,
        username=username,
        full_name=full_name,
        roles=_by_site((row.site_id, row.role) for row in rows if row.role is not None),
        must_change_password=must_change_password,
        session_key=key,
    )
    found = FoundSession(created_at=created_at, last_seen_at=last_seen_at, viewer=viewer)
    return found if clock.now() < limits.end_of(found) else None


def load_viewer(
    session: Session, token: str, *, limits: SessionLimits | None = None
) -> Viewer | None:
    """Return the person whom a token signs in, or None; one statement."""
    found = find_session(session, token, limits=limits or SessionLimits())
    return None if found is None else found.viewer


def viewer_of(user: User) -> Viewer:
    """Return *user* with the roles that are in force."""
    return Viewer(
        user_id=user.id,
        username=user.username,
        full_name=user.full_name,
        roles=roles_in_force(user.roles),
        must_change_password=user.must_change_password,
    )


def roles_in_force(grants: list[RoleGrant]) -> dict[int | None, Role]:
    """Return the role at each site, those at single sites first."""
    return _by_site((grant.site_id, grant.role) for grant in grants if grant.is_active)


def _by_site(roles: Iterable[tuple[int | None, str]]) -> dict[int | None, Role]:
    ordered = sorted(roles, key=lambda pair: (pair[0] is None, pair[0]))
    return {site_id: Role(role) for site_id, role in ordered}


def touch_session(database: Database, found: FoundSession, *, limits: SessionLimits) -> None:
    """Note that the session is in use, at most once a minute."""
    now = clock.now()
    if now - found.last_seen_at < limits.touch_interval:
        return
    with database.housekeeping() as session:
        # A late note must not revive a session that was ended meanwhile.
        session.execute(
            update(UserSession)
            .where(UserSession.token_hash == found.key, UserSession.ended_at.is_(None))
            .values(last_seen_at=now)
            .execution_options(synchronize_session=False)
        )
    found.last_seen_at = now


def seconds_left(found: FoundSession, *, limits: SessionLimits) -> int:
    """Return how long the session lives if nobody asks anything any more, in whole seconds."""
    return max(0, int((limits.end_of(found) - clock.now()).total_seconds()))


def list_sessions(session: Session, user_id: int, *, limits: SessionLimits) -> list[OpenSession]:
    """Return the person's open sessions, the one used last first."""
    now = clock.now()
    rows = session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > now - limits.idle,
            UserSession.created_at > now - limits.absolute,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.token_hash)
    )
    return [
        OpenSession(
            key=row.token_hash,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            address=row.address,
            agent=row.agent,
        )
        for row in rows
    ]


def end_session(uow: UnitOfWork, *, user_id: int, key: str) -> bool:
    """End one session of the person, named by its key; tell whether it was open."""
    ended = close_sessions(uow, user_id=user_id, only=key)
    uow.record(user_id=user_id, sessions_ended=ended)
    return ended > 0


def end_sessions(uow: UnitOfWork, *, user_id: int, keep: str = "") -> int:
    """End the person's sessions except the one of key *keep*; return how many were open."""
    ended = close_sessions(uow, user_id=user_id, keep=keep)
    uow.record(user_id=user_id, sessions_ended=ended)
    return ended


def close_sessions(uow: UnitOfWork, *, user_id: int, only: str = "", keep: str = "") -> int:
    """End sessions as part of a greater act, which enters the trail itself."""
    statement = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None)
    )
    if only:
        statement = statement.where(UserSession.token_hash == only)
    if keep:
        statement = statement.where(UserSession.token_hash != keep)
    rows = uow.session.execute(
        statement.values(ended_at=clock.now())
        .returning(UserSession.token_hash)
        .execution_options(synchronize_session=False)
    )
    return len(rows.all())
