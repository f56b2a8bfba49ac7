"""Filled CRFs and their data points: one row for each item, so that each can be pointed to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class CrfEntry(Audited, Base):
    """A CRF of a participant: at a visit, or a numbered row of a log (visit is empty).

    ``version`` counts the saves: a page sends back the one it was opened with.
    """

    __tablename__ = "crf_entry"
    __table_args__ = (UniqueConstraint("subject_id", "visit", "form", "row_number"),)

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    version: Mapped[int]
    is_complete: Mapped[bool]
    fingerprint: Mapped[str] = mapped_column(String(64))  # of the study definition it was saved on
    in_error: Mapped[bool] = mapped_column(default=False)
    error_reason: Mapped[str | None] = mapped_column(Text)  # of a row entered in error
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(String(80))

    # The item that the save at hand is about, where the trail is to tell of it there; not stored.
    saved_item = ""

    subject: Mapped[Subject] = relationship()
    points: Mapped[list[DataPoint]] = relationship(back_populates="entry")

    def audit_place(self) -> Place:
        """Stand at the CRF, or at the one item that the save is about."""
        item = self.saved_item
        return Place(
            self.subject.site_id, self.subject_id, self.visit, self.form, self.row, item,
            1 if item else 0,
        )  # fmt: skip


class DataPoint(Audited, Base):
    """What one item of one CRF holds: a canonical value, a missing code, or nothing any more."""

    __tablename__ = "data_point"
    audit_together = ("value", "missing", "missing_reason")
    held_with_subject = True
    __table_args__ = (
        CheckConstraint("value IS NULL OR missing IS NULL", name="value_or_missing"),
        CheckConstraint("(missing IS NULL) = (missing_reason IS NULL)", name="missing_has_reason"),
    )

    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("crf_entry.id"), primary_key=True)
    item: Mapped[str] = mapped_column(String(20), primary_key=True)
    repeat: Mapped[int] = mapped_column("item_repeat", primary_key=True, autoincrement=False)
    value: Mapped[str | None] = mapped_column(Text)
    missing: Mapped[str | None] = mapped_column(String(4))
    missing_reason: Mapped[str | None] = mapped_column(Text)
    revision: Mapped[int] = mapped_column()  # 1 at the first save

    entry: Mapped[CrfEntry] = relationship(back_populates="points")

    def audit_place(self) -> Place:
        """Stand at the item."""
        entry = self.entry
        return Place(
            entry.subject.site_id, entry.subject_id, entry.visit, entry.form, entry.row,
            self.item, self.repeat,
        )  # fmt: skip


class Draft(Base):
    """What somebody had typed when their session ran out; not a record, and only theirs to see."""

    __tablename__ = "draft"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("user_account.id"), primary_key=True
    )
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"), primary_key=True)
    visit: Mapped[str] = mapped_column(String(12), primary_key=True)
    form: Mapped[str] = mapped_column(String(12), primary_key=True)
    row: Mapped[int] = mapped_column("row_number", primary_key=True, autoincrement=False)
    version: Mapped[int]
    body: Mapped[str] = mapped_column(Text)  # JSON: field name → list of typed texts
    saved_at: Mapped[datetime]
