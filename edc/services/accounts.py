"""People and the roles they hold: every change is an act in the trail, with its reason.

Three rules hold whoever asks. Nobody changes their own rights, so an installation always keeps an
administrator and no one grants themselves what they lack. Who manages people reads no data of
participants, at whatever site. And people are managed at every site or at none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc import clock
from edc.errors import NotFound, NotPermitted, PasswordRefused, ReasonRequired, Refused
from edc.label import Label
from edc.models import RoleGrant, Site, User, UserSession
from edc.permissions import Permission, Role, grants
from edc.services import throttle
from edc.services.passwords import STANDARD, Hashing, check_rules, make_one_time_password
from edc.services.sessions import close_sessions, roles_in_force
from edc.services.sign_in import Origin, check_password, find_user, username_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Actor, Database, UnitOfWork
    from edc.services.viewer import Viewer

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,79}")
# What every mail server takes; no comment, quotation or line break can hide in one.
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
LONGEST_FULL_NAME = 120
LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account just made, with the password that is told once."""

    user: User
    one_time_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A line of the list of people."""

    user: User
    roles: Mapping[int | None, Role]
    last_sign_in: datetime | None
    is_delayed: bool

    @property
    def state(self) -> str:
        """Return the state of the account as the screen names it."""
        if not self.user.is_active:
            return "disabled"
        return "locked_out" if self.is_delayed else "active"


def create_user(
    uow: UnitOfWork,
    *,
    username: str,
    full_name: str,
    email: str = "",
    password: str | None = None,
    must_change: bool = True,
    hashing: Hashing = STANDARD,
) -> NewAccount:
    """Create an account, with a one-time password unless one is given.

    :raises Refused: when the name cannot be one, or is taken.
    :raises PasswordRefused: when the given password breaks the rules.
    """
    name, shown = username_of(username), _full_name(full_name)
    if not _USERNAME.fullmatch(name):
        raise Refused(
            Label(
                en="A user name has 3 to 80 characters: small letters, figures, dot, hyphen and "
                "underscore, beginning with a letter.",
                zh="用户名为3至80个字符，由小写字母、数字、点、连字符和下划线组成，并以字母开头。",
            ),
            rule="USERNAME",
        )
    if find_user(uow.session, name) is not None:
        raise Refused(
            Label(
                en="The user name {name} is taken. Choose another; accounts are never reused.",
                zh="用户名{name}已被使用，请另选一个；账号不可重复使用。",
            ).filled(name=name),
            rule="USERNAME-TAKEN",
        )
    if password is not None:
        check_rules(password, username=name, full_name=shown)
    told = make_one_time_password() if password is None else password
    user = User(
        username=name,
        full_name=shown,
        email=_email(email),
        password_hash=hashing.hash(told),
        password_changed_at=clock.now(),
        must_change_password=must_change,
        is_active=True,
        roles=[],
    )
    uow.record(username=name)
    uow.session.add(user)
    uow.session.flush()
    return NewAccount(user=user, one_time_password=told)


def give_role(uow: UnitOfWork, *, user_id: int, site_id: int | None, role: Role) -> RoleGrant:
    """Give the person a role at a site, or at every site when *site_id* is None.

    :raises Refused: when a role is already held there, or the rules of the module forbid it.
    """
    user = _other(uow, user_id)
    _check_site(uow.session, site_id)
    _check_combination(user, role=role, site_id=site_id)
    held = next((grant for grant in user.roles if grant.site_id == site_id), None)
    if held is not None and held.is_active:
        raise Refused(
            Label(
                en="This person already holds a role there. Change that role instead.",
                zh="该人员在此范围内已有角色，请直接更改该角色。",
            ),
            rule="ROLE-HELD",
        )
    _record(uow, user=user, site_id=site_id, role=role)
    if held is None:
        held = RoleGrant(user_id=user.id, site_id=site_id, role=str(role), is_active=True)
        user.roles.append(held)
    else:
        held.role, held.is_active = str(role), True
    uow.session.flush()
    return held


def change_role(uow: UnitOfWork, *, grant_id: int, role: Role) -> RoleGrant:
    """Change the role held at a site."""
    held = _grant(uow, grant_id)
    user = _other(uow, held.user_id)
    if held.role == role:
        raise Refused(
            Label(en="The role is the same as before.", zh="角色与原来相同。"), rule="ROLE-SAME"
        )
    _check_combination(user, role=role, site_id=held.site_id, instead_of=held)
    _record(uow, user=user, site_id=held.site_id, role=role)
    held.role = str(role)
    uow.session.flush()
    return held


def end_role(uow: UnitOfWork, *, grant_id: int) -> None:
    """End a role; the row stays, so that the trail can be read."""
    held = _grant(uow, grant_id)
    user = _other(uow, held.user_id)
    _record(uow, user=user, site_id=held.site_id, role=Role(held.role))
    held.is_active = False
    uow.session.flush()


def deactivate(uow: UnitOfWork, *, user_id: int) -> None:
    """Close the account and end its sessions; its acts stay in the trail under its name."""
    user = _other(uow, user_id)
    _need_reason(uow)
    ended = close_sessions(uow, user_id=user.id)
    uow.record(username=user.username, sessions_ended=ended)
    user.is_active = False


def activate(uow: UnitOfWork, *, user_id: int) -> None:
    """Open a closed account again, with the roles it had."""
    user = _other(uow, user_id)
    _need_reason(uow)
    uow.record(username=user.username)
    user.is_active = True


def set_email(uow: UnitOfWork, *, user_id: int, email: str) -> None:
    """Set where the person's mails go; empty, none are written to them.

    :raises Refused: when it is no address.
    """
    user = _other(uow, user_id)
    _need_reason(uow)
    uow.record(username=user.username)
    user.email = _email(email)


def reset_password(uow: UnitOfWork, *, user_id: int, hashing: Hashing = STANDARD) -> str:
    """Set a one-time password, return it to be told once, and end the person's sessions.

    Also ends the delay after failed attempts. Nobody but the owner ever chooses a lasting password.
    """
    user = _other(uow, user_id)
    _need_reason(uow)
    password = make_one_time_password()
    throttle.clear(uow.session, keys=[throttle.account_key(user.username)])
    ended = close_sessions(uow, user_id=user.id)
    uow.record(username=user.username, sessions_ended=ended)
    user.password_hash = hashing.hash(password)
    user.password_changed_at = clock.now()
    user.must_change_password = True
    return password


def end_sessions_of(uow: UnitOfWork, *, user_id: int) -> int:
    """End every session of another person; return how many were open."""
    user = _other(uow, user_id)
    _need_reason(uow)
    ended = close_sessions(uow, user_id=user.id)
    uow.record(username=user.username, sessions_ended=ended)
    return ended


def change_password(
    database: Database,
    actor: Actor,
    *,
    viewer: Viewer,
    old: str,
    new: str,
    origin: Origin,
    hashing: Hashing = STANDARD,
) -> None:
    """Let a person choose a new password; every other session of theirs ends.

    :raises PasswordRefused: when the old one is wrong, or the new one is the same or too weak.
    """
    check_rules(new, username=viewer.username, full_name=viewer.full_name)
    check_password(database, viewer, old, origin=origin, hashing=hashing)
    with database.unit_of_work(actor, "account.password_change") as uow:
        user = uow.session.get_one(User, viewer.user_id)
        if hashing.is_right(user.password_hash, new):
            raise PasswordRefused(
                Label(
                    en="The new password is the old one. Choose another.",
                    zh="新密码与原密码相同，请另选一个。",
                ),
                rule="PASSWORD-SAME",
            )
        ended = close_sessions(uow, user_id=user.id, keep=viewer.session_key)
        uow.record(username=user.username, sessions_ended=ended)
        user.password_hash = hashing.hash(new)
        user.password_changed_at = clock.now()
        user.must_change_password = False


def find_person(session: Session, user_id: int) -> Person:
    """Return one person.

    :raises NotFound: when there is no such account.
    """
    found = _people(session, user_id)
    if not found:
        raise NotFound
    return found[0]


def list_people(session: Session) -> list[Person]:
    """Return every account by user name, the active ones first; three statements."""
    return _people(session)


def _people(session: Session, user_id: int | None = None) -> list[Person]:
    last = (
        select(UserSession.user_id, func.max(UserSession.created_at).label("at"))
        .group_by(UserSession.user_id)
        .subquery()
    )
    statement = (
        select(User, last.c.at)
        .outerjoin(last, last.c.user_id == User.id)
        .order_by(User.is_active.desc(), User.username)
    )
    if user_id is not None:
        statement = statement.where(User.id == user_id)
    rows = session.execute(statement).all()
    delayed = throttle.list_delayed(session)
    return [
        Person(
            user=user,
            roles=roles_in_force(user.roles),
            last_sign_in=at,
            is_delayed=throttle.account_key(user.username) in delayed,
        )
        for user, at in rows
    ]


def _full_name(typed: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not 1 <= len(name) <= LONGEST_FULL_NAME or not name.isprintable():
        raise Refused(
            Label(
                en="Give the full name, at most {most} characters.",
                zh="请填写姓名，不超过{most}个字符。",
            ).filled(most=LONGEST_FULL_NAME),
            rule="FULL-NAME",
        )
    return name


def _email(typed: str) -> str | None:
    given = typed.strip()
    if given and (len(given) > LONGEST_EMAIL or not _EMAIL.fullmatch(given)):
        raise Refused(
            Label(
                en="This is no mail address. Type it as name@hospital.example, or leave it empty.",
                zh="邮箱格式不正确，请按 name@hospital.example 的格式填写，或留空。",
            ),
            rule="EMAIL",
        )
    return given or None


def _other(uow: UnitOfWork, user_id: int) -> User:
    """Return the account to be changed, which is never the actor's own."""
    user = uow.session.get(User, user_id)
    if user is None:
        raise NotFound
    if user.id == uow.actor.user_id:
        raise NotPermitted(
            Label(
                en="Nobody changes their own account or rights. Ask another administrator.",
                zh="不能更改自己的账号或权限，请由其他管理员操作。",
            )
        )
    return user


def _grant(uow: UnitOfWork, grant_id: int) -> RoleGrant:
    held = uow.session.get(RoleGrant, grant_id)
    if held is None or not held.is_active:
        raise NotFound
    return held


def _check_site(session: Session, site_id: int | None) -> None:
    if site_id is not None and session.get(Site, site_id) is None:
        raise NotFound


def _check_combination(
    user: User, *, role: Role, site_id: int | None, instead_of: RoleGrant | None = None
) -> None:
    manages = grants(role, Permission.USER_MANAGE)
    if manages and site_id is not None:
        raise Refused(
            Label(
                en="An administrator manages people at every site. Choose all sites.",
                zh="系统管理员管理所有中心的人员，请选择“全部中心”。",
            ),
            rule="ROLE-ADMINISTRATOR-EVERYWHERE",
        )
    others = [Role(g.role) for g in user.roles if g.is_active and g is not instead_of]
    all_roles = [role, *others]
    if any(grants(r, Permission.USER_MANAGE) for r in all_roles) and any(
        grants(r, Permission.CRF_READ) for r in all_roles
    ):
        raise Refused(
            Label(
                en="Who manages people does not read participants' data. Use two accounts.",
                zh="管理人员账号者不得查看受试者数据，请使用两个独立账号。",
            ),
            rule="ROLE-ADMINISTRATOR-ALONE",
        )


def _need_reason(uow: UnitOfWork) -> None:
    """Refuse a change of somebody's rights without its reason."""
    if not (uow.reason or "").strip():
        raise ReasonRequired


def _record(uow: UnitOfWork, *, user: User, site_id: int | None, role: Role) -> None:
    """Enter the grant into the trail in words, beside the row that changes."""
    _need_reason(uow)
    uow.about(site_id=site_id)
    uow.record(username=user.username, role=str(role))
