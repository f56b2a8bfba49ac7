"""Data queries, each on an item, a CRF or a visit, whether or not anything was saved there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from edc.models.audit import Audited, Place
from edc.models.base import Base, key_with_gaps
from edc.models.subject import Subject


class QueryState(StrEnum):
    """Where a query stands; one that was opened again is open, and its thread says so."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class MessageKind(StrEnum):
    """What a message of a thread did to its query."""

    OPENED = "opened"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"  # answered: correct as entered, so the check is silent for this value
    REOPENED = "reopened"
    CLOSED = "closed"
    CURED = "cured"  # closed by the system: the check no longer fires
    CANCELLED = "cancelled"


class Query(Audited, Base):
    """A question about data; a check has at most one at a place, which reopens as the same.

    Where it stands: an item, saved or not; a whole CRF (``item`` is empty); a whole visit (``form``
    is empty too). A query of the system has a ``check_id``; one of a person has ``raised_by``.
    """

    __tablename__ = "query"
    held_with_subject = True
    __table_args__ = (
        # A person may ask a second question at the same item; a check asks one.
        Index(
            "uq_query_of_check",
            "subject_id", "visit", "form", "row_number", "item", "item_repeat", "check_id",
            unique=True,
            sqlite_where=text("check_id <> ''"),
            postgresql_where=text("check_id <> ''"),
        ),
        Index("ix_query_subject_id_state", "subject_id", "state"),
        Index("ix_query_state_opened_at_id", "state", "opened_at", "id"),
        Index("ix_query_opened_at_id", "opened_at", "id"),
    )  # fmt: skip

    id: Mapped[int] = key_with_gaps()
    subject_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    check_id: Mapped[str] = mapped_column(String(40))
    raised_by: Mapped[str] = mapped_column(String(80), default="")
    raised_role: Mapped[str] = mapped_column(String(40), default="")
    messages: Mapped[int] = mapped_column(default=0)  # how many its thread has
    state: Mapped[str] = mapped_column(String(10))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]  # since when it has been unsettled; anew when it comes back
    reopened_at: Mapped[datetime | None]  # since when it waits for an answer once more
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    # SHA-256 of what the check read when somebody said that it is correct as entered.
    confirmed: Mapped[str | None] = mapped_column(String(64))

    subject: Mapped[Subject] = relationship()

    @property
    def place(self) -> tuple[str, str, int]:
        """Return visit, form and row."""
        return self.visit, self.form, self.row

    @property
    def is_unsettled(self) -> bool:
        """Tell whether somebody still has to do something about it."""
        return self.state in (QueryState.OPEN, QueryState.ANSWERED)

    def audit_place(self) -> Place:
        """Stand at the item asked about."""
        return Place(
            self.subject.site_id, self.subject_id, self.visit, self.form, self.row,
            self.item, self.repeat, self.check_id,
        )  # fmt: skip


class QueryMessage(Audited, Base):
    """One step of a query's thread: who said what, and what the item held then.

    The system's own steps name nobody. ``waited`` is, of a step that ends a wait, how many seconds
    it took: an answer since the question, a closing since the opening.
    """

    __tablename__ = "query_message"
    held_with_subject = True
    __table_args__ = (Index("ix_query_message_kind_waited", "kind", "waited"),)

    query_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("query.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    username: Mapped[str] = mapped_column(String(80))
    full_name: Mapped[str] = mapped_column(String(120))  # as it was then
    role: Mapped[str] = mapped_column(String(40))
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    missing: Mapped[str | None] = mapped_column(String(4))
    waited: Mapped[int | None]

    query: Mapped[Query] = relationship()

    def audit_place(self) -> Place:
        """Stand where the query does."""
        return self.query.audit_place()
