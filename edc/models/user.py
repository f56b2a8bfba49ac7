"""People, the roles they hold at sites, their sessions, and failed sign-ins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import DIGEST_ONLY, Audited, Place
from edc.models.base import Base, key


class User(Audited, Base):
    """A person who signs in; never deleted, only made inactive."""

    __tablename__ = "user_account"
    open_when_locked = True

    id: Mapped[int] = key()
    username: Mapped[str] = mapped_column(String(80), unique=True)  # lower case
    full_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))  # where mails go; none, no mails
    password_hash: Mapped[str] = mapped_column(String(255), info={DIGEST_ONLY: True})
    password_changed_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)

    roles: Mapped[list[RoleGrant]] = relationship(back_populates="user", lazy="selectin")


class RoleGrant(Audited, Base):
    """One role of one person at one site, or at all sites when the site is empty."""

    __tablename__ = "role_grant"
    __table_args__ = (UniqueConstraint("user_id", "site_id"),)
    open_when_locked = True

    id: Mapped[int] = key()
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    site_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("site.id"))
    role: Mapped[str] = mapped_column(String(40))
    is_active: Mapped[bool] = mapped_column(default=True)

    user: Mapped[User] = relationship(back_populates="roles")

    def audit_place(self) -> Place:
        """Stand at the site of the grant."""
        return Place(site_id=self.site_id)


class UserSession(Base):
    """A signed-in browser: the cookie holds a random token, the row its SHA-256."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(45))
    agent: Mapped[str] = mapped_column(String(200))

    user: Mapped[User] = relationship(lazy="joined")


class SignInFailure(Base):
    """How often sign-in failed of late, for one account or one address."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_last_at", "last_at"),)

    key: Mapped[str] = mapped_column(String(100), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
