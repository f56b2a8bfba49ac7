"""A list on its way into the installation: brought by one person, confirmed by another."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from edc.models.audit import DIGEST_ONLY, Audited
from edc.models.base import Base, key


class ListAct(StrEnum):
    """What is to be done with the list that was brought."""

    LOAD = "load"
    RESEAL = "reseal"  # the loaded list once more, its arms encrypted under a new key


class ListState(StrEnum):
    """Where a list that was brought stands."""

    PROPOSED = "proposed"  # waits for the second person
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the person who brought it


class ListProposal(Audited, Base):
    """A sealed list that the statistician brought, and what the second person said of it.

    :ivar sealed: the file as it was brought, encrypted; dropped when the proposal is decided.
    """

    __tablename__ = "list_proposal"
    __table_args__ = (
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'proposed') = (sealed IS NOT NULL)", name="held_while_it_waits"),
        CheckConstraint(
            "state = 'withdrawn' OR decided_by IS NULL OR decided_by <> proposed_by",
            name="two_persons",
        ),
        Index(
            "ix_list_proposal_waiting",
            "purpose",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[int] = key()
    kind: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(String(12))
    list_id: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64))
    root: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[str | None] = mapped_column(Text, info={DIGEST_ONLY: True})
    state: Mapped[str] = mapped_column(String(10))
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(Text)  # why it was refused
