"""Electronic signatures, each bound to the content it was put under."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.crf_entry import CrfEntry


class Signature(Audited, Base):
    """Who signed which content of a CRF, when and meaning what (21 CFR 11.50 and 11.70).

    It is never removed: when the content changes, ``voided_at`` says when it ceased to hold.
    """

    __tablename__ = "signature"
    __table_args__ = (Index("ix_signature_entry_id", "entry_id"),)

    id: Mapped[int] = key()
    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("crf_entry.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    full_name: Mapped[str] = mapped_column(String(120))  # as it was then
    role: Mapped[str] = mapped_column(String(40))
    meaning: Mapped[str] = mapped_column(String(40))
    signed_at: Mapped[datetime]
    content_sha256: Mapped[str] = mapped_column(String(64))
    entry_version: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(64))
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(Text)

    entry: Mapped[CrfEntry] = relationship()

    def audit_place(self) -> Place:
        """Stand at the CRF signed."""
        return self.entry.audit_place()
