"""Locks of the study, of a casebook or of a CRF, and the listener that refuses what they cover.

Every audited table is covered unless it says ``open_when_locked``: one that is added later is safe
before anybody thinks of it. On PostgreSQL a writer shares the table of locks from the moment its
transaction is numbered until it commits, and whoever locks takes it alone before that; so nothing
is committed under a lock whose digest did not see it. SQLite lets one writer at a time.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    bindparam,
    event,
    or_,
    select,
    text,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from edc.errors import EntryLocked
from edc.models.audit import CONTEXT, AuditContext, Audited, Place, audited_tables
from edc.models.audit_listener import begin_transaction
from edc.models.base import Base, key
from edc.models.crf_entry import CrfEntry
from edc.models.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import UOWTransaction

_KNOWN = "data_locks"  # in a session's info: the locks found for a participant
_Spot = tuple[str, str, int]  # visit, form, row


class DataLock(Audited, Base):
    """A lock: of the whole study without *subject*, of a casebook without *form*, else of a CRF.

    A study lock says what was locked: the digests of the data and of their trail, and how far the
    trail went. It ends by two persons; the others by the data manager.

    :ivar data_sha256: as ``edc.services.digests`` computes it, *trail_sha256* likewise.
    :ivar trail_entry: the highest entry of the trail that *trail_sha256* covers.
    """

    __tablename__ = "data_lock"
    __table_args__ = (
        CheckConstraint("(subject_id IS NULL) = (data_sha256 IS NOT NULL)", name="study_digest"),
        CheckConstraint("subject_id IS NOT NULL OR form = ''", name="study_as_a_whole"),
        CheckConstraint(
            "subject_id IS NOT NULL OR unlocked_by IS NULL OR unlocked_by <> unlock_asked_by",
            name="two_persons",
        ),
        Index("ix_data_lock_subject_id_unlocked_at", "subject_id", "unlocked_at"),
    )
    open_when_locked: ClassVar[bool] = True

    id: Mapped[int] = key()
    subject_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("subject.id"))
    visit: Mapped[str] = mapped_column(String(12), default="")
    form: Mapped[str] = mapped_column(String(12), default="")
    row: Mapped[int] = mapped_column("row_number", default=0)
    locked_by: Mapped[str] = mapped_column(String(80))
    locked_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    data_sha256: Mapped[str | None] = mapped_column(String(64))
    trail_sha256: Mapped[str | None] = mapped_column(String(64))
    trail_entry: Mapped[int | None] = mapped_column(BigInteger)
    unlock_asked_by: Mapped[str | None] = mapped_column(String(80))
    unlock_asked_at: Mapped[datetime | None]
    unlock_reason: Mapped[str | None] = mapped_column(Text)
    unlocked_by: Mapped[str | None] = mapped_column(String(80))
    unlocked_at: Mapped[datetime | None]

    subject: Mapped[Subject | None] = relationship()

    def audit_place(self) -> Place:
        """Stand at the participant and the CRF, as far as it is of one."""
        if self.subject is None:
            return Place()
        return Place(self.subject.site_id, self.subject_id, self.visit, self.form, self.row)


_ACTIVE = select(DataLock.subject_id, DataLock.visit, DataLock.form, DataLock.row).where(
    DataLock.unlocked_at.is_(None),
    or_(DataLock.subject_id.is_(None), DataLock.subject_id == bindparam("subject")),
)


def require_open(session: Session, spots: Iterable[_Spot] = ()) -> None:
    """Refuse a change of the participant whom the unit of work is about, where a lock covers it.

    :param spots: the CRFs whose content changes.
    :raises EntryLocked: saying what is locked.
    """
    begin_transaction(session)
    context: AuditContext = session.info[CONTEXT]
    if not context.locks:
        return
    subject_id = context.subject_id
    known: dict[int | None, list[tuple[int | None, str, str, int]]]
    known = session.info.setdefault(_KNOWN, {})
    if subject_id not in known:
        rows = session.connection().execute(_ACTIVE, {"subject": subject_id})
        known[subject_id] = [(owner, visit, form, row) for owner, visit, form, row in rows]
    for owner, visit, form, row in known[subject_id]:
        if owner is None:
            raise EntryLocked.of_study()
        if not form:
            raise EntryLocked.of_casebook()
        if (visit, form, row) in spots:
            raise EntryLocked


def take_alone(session: Session) -> None:
    """Wait until no write is under way, and let none begin until this transaction ends.

    It comes before the transaction is numbered, for two that share the table and both want it
    alone would wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE data_lock IN EXCLUSIVE MODE"))


def covered_tables() -> list[type[Audited]]:
    """Return the audited models that a study lock covers."""
    return [model for model in audited_tables() if not model.open_when_locked]


def _before_flush(session: Session, _context: UOWTransaction, _instances: Any) -> None:  # noqa: ANN401
    changed = [
        row
        for row in (*session.new, *(one for one in session.dirty if session.is_modified(one)))
        if isinstance(row, Audited) and not row.open_when_locked
    ]
    if changed:
        require_open(session, [spot for row in changed if (spot := _spot(row))])


def _spot(row: Audited) -> _Spot | None:
    """Return the CRF whose content or signature a row is."""
    entry = row if isinstance(row, CrfEntry) else getattr(row, "entry", None)
    return (entry.visit, entry.form, entry.row) if isinstance(entry, CrfEntry) else None


def listen(session_class: type[Session]) -> None:
    """Make every session of the class refuse what a lock covers."""
    event.listen(session_class, "before_flush", _before_flush)
