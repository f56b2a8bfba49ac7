"""Participants and the visits on their schedules."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.site import Site

if TYPE_CHECKING:
    from edc.models.allocation import Slot


class Subject(Audited, Base):
    """A person in the trial, by number only.

    From ``state`` on the columns are derived from the CRFs, in the transaction that changes those,
    so that a list of ten thousand need not open ten thousand casebooks; nobody types them.
    """

    __tablename__ = "subject"
    __table_args__ = (
        UniqueConstraint("site_id", "screening_number"),
        UniqueConstraint("site_id", "subject_number"),
        Index("ix_subject_site_id_state", "site_id", "state"),
        Index("ix_subject_site_id_id", "site_id", "id"),  # a page of a site's list, newest first
        Index("ix_subject_identity_key", "identity_key"),
        Index("ix_subject_initials", "initials"),
        # The enrolment page counts from these alone, without a look at the rows.
        Index(
            "ix_subject_figures",
            "superseded",
            "state",
            "exclusion",
            "site_id",
            "subject_number",
            "randomised_on",
        ),
        Index("ix_subject_randomised_on", "superseded", "randomised_on", "site_id"),
        Index("ix_subject_overdue_after", "superseded", "overdue_after", "state", "site_id"),
        Index("ix_subject_awaits_signature", "awaits_signature", "superseded", "site_id"),
        Index("ix_subject_rescreen_of_id", "rescreen_of_id"),
    )

    id: Mapped[int] = key()
    site_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("site.id"))
    screening_number: Mapped[str] = mapped_column(String(16))
    subject_number: Mapped[str | None] = mapped_column(String(16))  # given with the first consent
    registered_at: Mapped[datetime]
    rescreen_of_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    superseded: Mapped[bool] = mapped_column(default=False)  # the person counts by another row
    # Registered twice: the row whose allocation counts (RDLINK).
    counted_as_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    # Approached and not enrolled without ever consenting: the screening log's own reason.
    not_enrolled_reason: Mapped[str | None] = mapped_column(String(12))
    not_enrolled_note: Mapped[str | None] = mapped_column(Text)

    state: Mapped[str] = mapped_column(String(16))
    state_since: Mapped[datetime]
    initials: Mapped[str | None] = mapped_column(String(4))
    identity_key: Mapped[str | None] = mapped_column(String(40))
    next_visit: Mapped[str | None] = mapped_column(String(12))
    next_due: Mapped[date | None] = mapped_column(Date)
    overdue_after: Mapped[date | None] = mapped_column(Date)  # last day of the next visit's window
    randomised_on: Mapped[date | None] = mapped_column(Date)  # calendar day at the site
    exclusion: Mapped[str | None] = mapped_column(String(12))  # why not randomised, for CONSORT
    awaits_signature: Mapped[bool] = mapped_column(default=False)  # of confirmed eligibility

    site: Mapped[Site] = relationship(lazy="joined")
    slot: Mapped[Slot | None] = relationship(viewonly=True)

    @property
    def number(self) -> str:
        """Return the number by which the participant is called now."""
        return self.subject_number or self.screening_number

    def audit_place(self) -> Place:
        """Stand at the participant."""
        return Place(site_id=self.site_id, subject_id=self.id)


class SubjectVisit(Audited, Base):
    """A visit on a participant's schedule, with its planned day and window."""

    __tablename__ = "subject_visit"
    __table_args__ = (UniqueConstraint("subject_id", "code"),)

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    code: Mapped[str] = mapped_column(String(12))
    target: Mapped[date | None] = mapped_column(Date)
    window_start: Mapped[date | None] = mapped_column(Date)
    window_end: Mapped[date | None] = mapped_column(Date)

    subject: Mapped[Subject] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant's visit."""
        return Place(self.subject.site_id, self.subject.id, visit=self.code)
