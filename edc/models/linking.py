"""Proposals that two registrations are one person, each decided by a second person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class LinkState(StrEnum):
    """Where a proposal to link two registrations stands."""

    PROPOSED = "proposed"  # waits for the second person
    CONFIRMED = "confirmed"  # RDVOID and RDLINK are set
    REFUSED = "refused"


class LinkProposal(Audited, Base):
    """A data manager's word that a participant was registered twice, and the statistician's.

    :ivar subject: the later registration, whose allocation does not count.
    :ivar counted: the registration whose allocation counts.
    """

    __tablename__ = "link_proposal"
    __table_args__ = (
        CheckConstraint("subject_id <> counted_id", name="two_registrations"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_persons"),
        Index("ix_link_proposal_subject_id", "subject_id"),
    )

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    counted_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(Text)  # why it was refused

    subject: Mapped[Subject] = relationship(foreign_keys=[subject_id])
    counted: Mapped[Subject] = relationship(foreign_keys=[counted_id])

    def audit_place(self) -> Place:
        """Stand at the participant whose allocation would be void."""
        return Place(self.subject.site_id, self.subject_id)
