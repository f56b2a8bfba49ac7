"""The audit trail: what it holds, and what every audited row carries.

Listeners write the trail (``audit_listener``); the database refuses the rest (``guards``). An
audited row carries ``audit_id``, which names the entry of its last change; the foreign key is
checked at commit, so a row whose entry never comes cannot be committed. An act that changes no row
(a sign-in, an export) is an entry too, of the kind ``event``; so every transaction has at least
one, and the trail is read from one table.

An entry's id is its transaction's id shifted left by ``ENTRY_BITS`` plus its place within it. So
ids need no question to the database, grow with each change of a row, and sort by transaction.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    inspect,
)  # fmt: skip
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from edc.models.base import Base, BigKey, Moment

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper

ENTRY_BITS = 20
CONTEXT = "audit_context"
DIGEST_ONLY = "digest_only"  # in a column's info: the trail holds only the value's SHA-256


class AuditTransaction(Base):
    """Who did what, in which role, when, why, and from where: one for each unit of work."""

    __tablename__ = "audit_transaction"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Moment())
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    username: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str] = mapped_column(String(40))
    address: Mapped[str] = mapped_column(String(45))

    __table_args__ = (
        Index("ix_audit_transaction_username_id", "username", "id"),
        Index("ix_audit_transaction_role_id", "role", "id"),
        Index("ix_audit_transaction_action_id", "action", "id"),
        Index("ix_audit_transaction_at_id", "at", "id"),
    )


class AuditEntry(Base):
    """One change of one row, or one act: where it stands, what was there and what is there now."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    transaction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_transaction.id"))
    kind: Mapped[str] = mapped_column(String(6))  # insert, update or event: nothing is deleted
    table: Mapped[str] = mapped_column("table_name", String(40))  # empty for an event
    row_key: Mapped[str] = mapped_column(String(120))  # JSON list of the primary key
    site_id: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    visit: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    row: Mapped[int] = mapped_column("row_number")
    item: Mapped[str] = mapped_column(String(20))
    repeat: Mapped[int] = mapped_column("item_repeat")
    rule: Mapped[str] = mapped_column(String(40), default="")  # whose firing it tells of
    old: Mapped[str | None] = mapped_column("old_values", Text)  # JSON of the changed columns
    new: Mapped[str] = mapped_column("new_values", Text)  # an event's facts: never an arm or secret

    __table_args__ = (
        CheckConstraint(f"transaction_id = id / {1 << ENTRY_BITS}", name="numbered_by_transaction"),
        CheckConstraint("(kind = 'event') = (table_name = '')", name="event_has_no_row"),
        Index("ix_audit_entry_transaction_id_id", "transaction_id", "id"),
        Index("ix_audit_entry_subject_id_id", "subject_id", "id"),
        Index("ix_audit_entry_site_id_id", "site_id", "id"),
        Index("ix_audit_entry_visit_id", "visit", "id"),
        Index("ix_audit_entry_form_id", "form", "id"),
        Index("ix_audit_entry_item_id", "item", "id"),
        Index("ix_audit_entry_table_name_row_key", "table_name", "row_key"),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change stands in the trial; *rule* is the check of whose firing it tells."""

    site_id: int | None = None
    subject_id: int | None = None
    visit: str = ""
    form: str = ""
    row: int = 0
    item: str = ""
    repeat: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that the flush is about to make; *old* and *new* are None for a new row."""

    row: Audited
    entry_id: int
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None


@dataclass(slots=True)
class AuditContext:
    """What the open unit of work knows about itself; held in ``session.info``."""

    user_id: int | None
    username: str
    role: str
    action: str
    reason: str | None
    request_id: str
    address: str
    site_id: int | None = None
    subject_id: int | None = None
    transaction_id: int | None = None
    locks: int = 0
    entries: int = 0
    pending: list[Pending] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class MissingActorError(RuntimeError):
    """An audited row was written outside a unit of work."""


class LostOldValueError(RuntimeError):
    """A column was overwritten whose old value had not been loaded."""


class Audited:
    """Mix-in of every table whose rows may only change together with the trail.

    ``audit_together`` names columns of which a change of one is recorded with all, because a reader
    understands them only so: a missing code and its reason.
    """

    audit_together: ClassVar[tuple[str, ...]] = ()
    # Rows that change only while their participant is locked need no check of their own, which
    # would cost a statement a row.
    held_with_subject: ClassVar[bool] = False
    # Rows that are no data of the study, and may change while it is locked.
    open_when_locked: ClassVar[bool] = False

    @declared_attr
    def audit_id(cls) -> Mapped[int]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Name the entry of the row's last change."""
        return mapped_column(
            BigInteger,
            ForeignKey("audit_entry.id", deferrable=True, initially="DEFERRED"),
            unique=True,
            nullable=False,
        )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        """Let an update name the entry it read: of two at once the second fails, none is lost."""
        if cls.held_with_subject:
            return {}
        return {"version_id_col": cls.audit_id, "version_id_generator": False}

    def audit_place(self) -> Place:
        """Return where the row stands in the trial."""
        return Place()


@cache
def recorded_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes of a table's columns, all but the pointer to the trail."""
    return tuple(a.key for a in mapper.column_attrs if a.key != "audit_id")


@cache
def key_columns(mapper: Mapper[Any]) -> tuple[str, ...]:
    """Return the attributes of a table's primary key, in its order."""
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


@cache
def _digest_columns(mapper: Mapper[Any]) -> frozenset[str]:
    names = recorded_columns(mapper)
    return frozenset(name for name in names if mapper.columns[name].info.get(DIGEST_ONLY))


def recorded(mapper: Mapper[Any], name: str, value: Any) -> Any:  # noqa: ANN401 - any column's
    """Return a column's value as the trail holds it: moments in UTC, days as ISO text.

    Many people read the trail. Of a secret it proves that it changed, and to which, not what it is.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is not None and name in _digest_columns(mapper):
        return "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()
    return value


def audited_tables() -> list[type[Audited]]:
    """Return every audited model, for the guards and for the house test."""
    return sorted(
        (m.class_ for m in Base.registry.mappers if issubclass(m.class_, Audited)),
        key=lambda model: model.__tablename__,  # type: ignore[attr-defined]
    )


def audited_keys() -> dict[str, tuple[str, ...]]:
    """Return the key columns of every audited table, by table, as the guards need them."""
    mappers = [inspect(model) for model in audited_tables()]
    return {m.local_table.name: tuple(c.name for c in m.primary_key) for m in mappers}
