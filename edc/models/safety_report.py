"""Safety reports as they were sent: each version frozen with its content."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import DIGEST_ONLY, Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class SafetyReport(Audited, Base):
    """A version of a SAE or PREG report that was sent; it is never changed.

    ``content`` is what the CRF held then, in codes and in words of both languages, with the items
    that would tell an arm: the trail holds its digest alone, which is ``content_sha256``.
    """

    __tablename__ = "safety_report"
    __table_args__ = (UniqueConstraint("subject_id", "form", "row_number", "report_version"),)

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    report_version: Mapped[int]
    entry_version: Mapped[int]  # of the CRF, when it had been sent
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(80))
    full_name: Mapped[str] = mapped_column(String(120))  # as it was then
    content: Mapped[str] = mapped_column(Text, info={DIGEST_ONLY: True})
    content_sha256: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))  # of the study definition

    subject: Mapped[Subject] = relationship()

    def audit_place(self) -> Place:
        """Stand at the CRF that was sent."""
        return Place(self.subject.site_id, self.subject_id, "", self.form, self.row)
