"""Protocol deviations that checks propose, and what became of each proposal."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.label import Label
from edc.models.audit import Audited, Place
from edc.models.base import Base, key_with_gaps
from edc.models.subject import Subject


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"  # waits for a person
    ACCEPTED = "accepted"  # a row of DV tells of it
    REFUSED = "refused"  # a person says why it is none
    WITHDRAWN = "withdrawn"  # the data were corrected before anybody decided


class DeviationProposal(Audited, Base):
    """A deviation that a check proposes; one at a place, which is proposed again as the same.

    :ivar happened_on: the day that DV is to start with.
    :ivar cured_at: since when the check no longer fires; a refused one may then be proposed anew.
    :ivar dv_row: the row of DV that accepted it.
    """

    __tablename__ = "deviation_proposal"
    __table_args__ = (
        UniqueConstraint(
            "subject_id", "visit", "form", "row_number", "item", "item_repeat", "check_id"
        ),
        CheckConstraint("(state = 'accepted') = (dv_row IS NOT NULL)", name="accepted_with_row"),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused_with_reason"),
        Index("ix_deviation_proposal_state", "state", "id"),
    )

    id: Mapped[int] = key_with_gaps()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    check_id: Mapped[str] = mapped_column(String(40))
    dvcat: Mapped[str] = mapped_column(String(12))
    dvsev: Mapped[str] = mapped_column(String(12))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    happened_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10))
    proposed_at: Mapped[datetime]
    cured_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    dv_row: Mapped[int | None]

    subject: Mapped[Subject] = relationship()

    @property
    def message(self) -> Label:
        """Return what its check says."""
        return Label(en=self.text_en, zh=self.text_zh)

    @property
    def place(self) -> tuple[str, str, int]:
        """Return the CRF at which the check fired: visit, form and row."""
        return self.visit, self.form, self.row

    def audit_place(self) -> Place:
        """Stand at the item at which the check fired."""
        return Place(
            self.subject.site_id, self.subject_id, self.visit, self.form, self.row,
            self.item, self.repeat, self.check_id,
        )  # fmt: skip
