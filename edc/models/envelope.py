"""Sealed envelopes that were opened while the system was down, as they were entered afterwards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.allocation import StratumRow
from edc.models.audit import DIGEST_ONLY, Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class EnvelopeState(StrEnum):
    """What became of an envelope that was entered."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"  # by the second person: a slip of the pen
    CONFLICT = "conflict"  # an incident: no slot could follow it


class Envelope(Audited, Base):
    """A sealed envelope that was opened while the system was down, entered by two people.

    The arm on the paper is sealed like that of the slot. Nobody compares the two before the slot
    is used, lest a wrong entry should tell the arm of a slot that is not.
    """

    __tablename__ = "envelope"
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="two_persons"),
        Index("ix_envelope_subject_id", "subject_id"),
        Index("ix_envelope_state", "state"),
    )

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    stratum_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stratum.id"))
    sequence: Mapped[int]
    sealed_arm: Mapped[str] = mapped_column(Text)
    unsealed_at: Mapped[datetime]  # the true time of the allocation
    unsealed_by: Mapped[str] = mapped_column(String(80))
    # Who writes these knows the arm: the trail, which others read, keeps a digest of them.
    reason: Mapped[str] = mapped_column(Text, info={DIGEST_ONLY: True})
    entered_by: Mapped[str] = mapped_column(String(80))
    entered_role: Mapped[str] = mapped_column(String(40))
    entered_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default=EnvelopeState.WAITING)
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(Text, info={DIGEST_ONLY: True})  # why refused
    conflict: Mapped[str | None] = mapped_column(String(20))  # which incident
    is_as_listed: Mapped[bool | None]  # the arm on the paper is that of the slot
    passed_over: Mapped[int] = mapped_column(default=0)  # slots before it that are never used

    subject: Mapped[Subject] = relationship()
    stratum: Mapped[StratumRow] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant."""
        return Place(self.subject.site_id, self.subject_id)
