"""Names of people for pages: who may be named on a CRF, and who saved it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from edc.models import CrfEntry, RoleGrant, User
from edc.permissions import Role

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy.orm import Session


def names_at(
    session: Session, site_id: int, *, named: AbstractSet[str] = frozenset()
) -> dict[str, str]:
    """Return username → name of the site's investigators, who may obtain consent.

    :param named: whom a CRF names already; they stay on it when they have left the site.
    """
    investigators = select(RoleGrant.user_id).where(
        RoleGrant.role == Role.INVESTIGATOR,
        RoleGrant.is_active,
        or_(RoleGrant.site_id == site_id, RoleGrant.site_id.is_(None)),
    )
    rows = session.execute(
        select(User.username, User.full_name)
        .where(or_(User.id.in_(investigators), User.username.in_(named)))
        .order_by(User.full_name)
    )
    return {row[0]: row[1] for row in rows}


def last_saved(
    session: Session, subject_id: int, place: tuple[str, str, int]
) -> tuple[str, datetime | None]:
    """Return who saved the CRF last, and when."""
    visit, form, row = place
    found = session.execute(
        select(User.full_name, CrfEntry.saved_at)
        .select_from(CrfEntry)
        .outerjoin(User, User.username == CrfEntry.saved_by)
        .where(
            CrfEntry.subject_id == subject_id, CrfEntry.visit == visit,
            CrfEntry.form == form, CrfEntry.row == row,
        )
    ).one_or_none()  # fmt: skip
    return (found[0] or "", found[1]) if found else ("", None)


def find_name(session: Session, username: str) -> str:
    """Return the person's name, or the user name where no account has it (the system itself)."""
    found = session.scalar(select(User.full_name).where(User.username == username))
    return found or username


def find_names(session: Session, usernames: AbstractSet[str]) -> dict[str, str]:
    """Return username → name of those who have an account; one statement."""
    if not usernames:
        return {}
    rows = session.execute(
        select(User.username, User.full_name).where(User.username.in_(usernames))
    )
    return {row[0]: row[1] for row in rows}


def names_in_roles(session: Session, site_id: int, roles: AbstractSet[Role]) -> dict[str, str]:
    """Return username → name of those who hold one of *roles* at the site, by name."""
    rows = session.execute(
        select(User.username, User.full_name)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            RoleGrant.role.in_([str(role) for role in roles]),
            RoleGrant.is_active,
            User.is_active,
            or_(RoleGrant.site_id == site_id, RoleGrant.site_id.is_(None)),
        )
        .order_by(User.full_name)
    )
    return {row[0]: row[1] for row in rows}
