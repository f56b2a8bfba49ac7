"""Data queries, each on an item, a CRF or a visit, whether or not anything was saved there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key
from edc.models.subject import Subject


class QueryState(StrEnum):
    """Where a query stands."""

    OPEN = "open"
    CLOSED = "closed"


class Query(Audited, Base):
    """A question about data; a check has at most one at a place, which reopens as the same."""

    __tablename__ = "query"
    __table_args__ = (
        UniqueConstraint(
            "subject_id", "visit", "form", "row_number", "item", "item_repeat", "check_id"
        ),
        Index("ix_query_subject_id_state", "subject_id", "state"),
    )

    id: Mapped[int] = key()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    check_id: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    subject: Mapped[Subject] = relationship()

    def audit_place(self) -> Place:
        """Stand at the item asked about."""
        return Place(
            self.subject.site_id, self.subject_id, self.visit, self.form, self.row,
            self.item, self.repeat,
        )  # fmt: skip
