"""Notices that checks set off, and who has seen each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.label import Label
from edc.models.audit import Audited, Place
from edc.models.base import Base, key, key_with_gaps
from edc.models.subject import Subject


class Notice(Audited, Base):
    """What a check says has happened; one at a place, which is raised again as the same.

    It ends when the data no longer meets the check. Who is told is the check's own
    (``edc.forms.notices``).
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint(
            "subject_id", "visit", "form", "row_number", "item", "item_repeat", "check_id"
        ),
        Index("ix_notice_ended_at", "ended_at", "raised_at"),
    )

    id: Mapped[int] = key_with_gaps()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    check_id: Mapped[str] = mapped_column(String(40))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    subject: Mapped[Subject] = relationship()

    @property
    def message(self) -> Label:
        """Return what it says."""
        return Label(en=self.text_en, zh=self.text_zh)

    def audit_place(self) -> Place:
        """Stand at the item that set it off."""
        return Place(
            self.subject.site_id, self.subject_id, self.visit, self.form, self.row,
            self.item, self.repeat, self.check_id,
        )  # fmt: skip


class NoticeSeen(Audited, Base):
    """That somebody has seen a notice; raised again later, it is unseen again.

    Each for themselves: what one has seen must not fall silent for another.
    """

    __tablename__ = "notice_seen"
    __table_args__ = (UniqueConstraint("notice_id", "user_id"),)
    open_when_locked = True

    id: Mapped[int] = key()
    notice_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("notice.id"))
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("user_account.id"))
    username: Mapped[str] = mapped_column(String(80))
    seen_at: Mapped[datetime]

    notice: Mapped[Notice] = relationship()

    def audit_place(self) -> Place:
        """Stand where the notice stands."""
        return self.notice.audit_place()
