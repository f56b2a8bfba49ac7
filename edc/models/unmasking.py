"""Unmaskings: who came to know an arm, by whose leave, when and how; never which arm."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class UnmaskingKind(StrEnum):
    """The three kinds that the register lists."""

    EMERGENCY = "emergency"  # asked for, approved, shown once
    ACCIDENTAL = "accidental"  # somebody learned an arm without asking
    PLANNED = "planned"  # all arms, after the study lock


class UnmaskingState(StrEnum):
    """Where an unmasking stands."""

    ASKED = "asked"  # waits for the second person
    REFUSED = "refused"
    APPROVED = "approved"  # of an emergency: may be shown once; of a planned one: done
    SHOWN = "shown"
    REPORTED = "reported"  # of an accidental one


class Unmasking(Audited, Base):
    """One unmasking; of a planned one, which is of all participants, *subject* is None.

    :ivar person: who asks, or who learned the arm: the only one to whom it is shown.
    :ivar known_on: the calendar day at the site from which the person knows the arm.
    :ivar unbl_row: the row of CRF UNBL that tells of it.
    :ivar lock_id: of a planned one, the study lock under which it was signed.
    """

    __tablename__ = "unmasking"
    __table_args__ = (
        CheckConstraint("(kind = 'planned') = (subject_id IS NULL)", name="of_whom"),
        CheckConstraint("(kind = 'planned') = (lock_id IS NOT NULL)", name="planned_under_lock"),
        CheckConstraint("decided_by IS NULL OR decided_by <> person", name="two_persons"),
        CheckConstraint(
            "(state IN ('asked', 'reported')) = (decided_by IS NULL)", name="decided_by_somebody"
        ),
        CheckConstraint("(state = 'shown') = (shown_at IS NOT NULL)", name="shown_with_time"),
        Index("ix_unmasking_subject_id_person", "subject_id", "person"),
        Index("ix_unmasking_state_asked_at", "state", "asked_at"),
    )
    open_when_locked: ClassVar[bool] = True  # an emergency does not wait for the lock to end

    id: Mapped[int] = key()
    subject_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    lock_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("data_lock.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    person: Mapped[str] = mapped_column(String(80))
    person_role: Mapped[str] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(8))  # a code of UBREAS
    explanation: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_role: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(Text)  # why it was refused
    shown_at: Mapped[datetime | None]
    known_from: Mapped[datetime | None]
    known_on: Mapped[date | None] = mapped_column(Date)
    unbl_row: Mapped[int | None]
    impact: Mapped[str | None] = mapped_column(Text)
    impact_by: Mapped[str | None] = mapped_column(String(80))
    impact_at: Mapped[datetime | None]

    subject: Mapped[Subject | None] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant, if it is of one."""
        if self.subject is None:
            return Place()
        return Place(self.subject.site_id, self.subject_id)
