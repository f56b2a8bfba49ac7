"""The loaded allocation list: strata and their slots, arms encrypted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class AllocationListRow(Audited, Base):
    """A list as it was loaded, once; ``allocated`` counts the numbers given (R001 upward).

    :ivar loaded_by: who brought it, and *confirmed_by* the second person.
    """

    __tablename__ = "allocation_list"
    __table_args__ = (CheckConstraint("confirmed_by <> loaded_by", name="two_persons"),)

    id: Mapped[int] = key()
    purpose: Mapped[str] = mapped_column(String(12), unique=True)  # one list a purpose, for good
    list_id: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    # The tree's first leaf: with it and the stored slot hashes every slot can be proved.
    header_hash: Mapped[str] = mapped_column(String(64))
    algorithm: Mapped[str] = mapped_column(String(40))
    # The public document as it stood then: the study may later declare another design.
    commitment: Mapped[str] = mapped_column(Text)
    design_fingerprint: Mapped[str] = mapped_column(String(64))
    key_fingerprint: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(80))
    confirmed_by: Mapped[str] = mapped_column(String(80))
    allocated: Mapped[int] = mapped_column(default=0)
    gate: Mapped[str] = mapped_column(String(10), default="open")  # open, stopped or closed
    closes_after: Mapped[int | None]  # set by reopening; until then the study's own
    # Of a minimisation, whose slots are made one by one; a list's seed is nowhere in the system.
    sealed_seed: Mapped[str | None] = mapped_column(Text)


class StratumRow(Audited, Base):
    """A stratum of the list; allocation locks this row first."""

    __tablename__ = "stratum"
    __table_args__ = (UniqueConstraint("list_id", "stratum"),)

    id: Mapped[int] = key()
    list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("allocation_list.id"))
    stratum: Mapped[str] = mapped_column(String(40))


class Slot(Audited, Base):
    """A place in a stratum's sequence; taken in order, once, and never given back."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("stratum_id", "sequence"),
        UniqueConstraint("randomisation_number"),
        UniqueConstraint("subject_id"),
        CheckConstraint(
            "(subject_id IS NULL) = (randomisation_number IS NULL)", name="taken_with_number"
        ),
        CheckConstraint("(subject_id IS NULL) = (allocated_at IS NULL)", name="taken_with_time"),
        CheckConstraint("subject_id IS NULL OR passed_over_at IS NULL", name="passed_over_unused"),
        CheckConstraint("entered_at IS NULL OR allocated_at IS NOT NULL", name="entered_with_time"),
    )

    id: Mapped[int] = key()
    stratum_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("stratum.id"))
    sequence: Mapped[int]
    block: Mapped[int]
    position: Mapped[int]
    sealed_arm: Mapped[str] = mapped_column(Text)
    slot_hash: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    randomisation_number: Mapped[str | None] = mapped_column(String(8))
    allocated_at: Mapped[datetime | None]
    allocated_by: Mapped[str | None] = mapped_column(String(80))
    entered_at: Mapped[datetime | None]  # of an envelope, which was opened at ``allocated_at``
    passed_over_at: Mapped[datetime | None]  # a later envelope was opened: never used

    stratum: Mapped[StratumRow] = relationship()
    subject: Mapped[Subject | None] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant who took the slot, if any."""
        if self.subject is None:
            return Place()
        return Place(self.subject.site_id, self.subject_id)


class MinimisationDraw(Audited, Base):
    """The draw that made a slot, with all it rested on; sealed, because it tells the arm.

    :param number: 1, 2, … through the whole trial; two draws cannot both be the next one.
    """

    __tablename__ = "minimisation_draw"
    __table_args__ = (UniqueConstraint("list_id", "number"), UniqueConstraint("slot_id"))

    id: Mapped[int] = key()
    list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("allocation_list.id"))
    slot_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("slot.id"))
    number: Mapped[int]
    sealed_draw: Mapped[str] = mapped_column(Text)
