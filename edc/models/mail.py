"""Mails waiting to be sent: written with the act they tell of, sent by a run of their own."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.user import User


class MailState(StrEnum):
    """Where a mail stands; it waits until it is sent or no longer to be sent."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"


class OutgoingMail(Audited, Base):
    """One mail to one person. It holds facts and no text: the words are the program's own."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        UniqueConstraint("token"),
        Index("ix_outgoing_mail_state", "state", "due_at"),
    )
    open_when_locked = True

    id: Mapped[int] = key()
    token: Mapped[str] = mapped_column(String(32))  # of the Message-ID, the same at every attempt
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[str] = mapped_column(Text)  # JSON
    site_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("site.id"))
    subject_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    username: Mapped[str] = mapped_column(String(80))
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]  # of the next attempt
    attempts: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=MailState.WAITING)
    sent_at: Mapped[datetime | None]
    sent_to: Mapped[str | None] = mapped_column(String(254))
    fault: Mapped[str | None] = mapped_column(String(80))

    user: Mapped[User] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant it tells of, if any."""
        return Place(self.site_id, self.subject_id)
