"""When randomisation was stopped or closed, by whom and why, and when it was opened again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from edc.models.audit import Audited
from edc.models.base import Base, key


class Gate(StrEnum):
    """Whether a loaded list gives slots: open, stopped by an incident, or closed as planned."""

    OPEN = "open"
    STOPPED = "stopped"
    CLOSED = "closed"


class GateAct(StrEnum):
    """What moves the gate."""

    STOP = "stop"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"


class RecruitmentEvent(Audited, Base):
    """An act that stopped, resumed, closed or reopened randomisation, with its reason."""

    __tablename__ = "recruitment_event"
    __table_args__ = (Index("ix_recruitment_event_list_id", "list_id"),)

    id: Mapped[int] = key()
    list_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("allocation_list.id"))
    act: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    username: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    allocated: Mapped[int]  # participants randomised by then
    closes_after: Mapped[int | None]  # the target set by reopening
