"""The declarative base: names of constraints, moments in UTC, keys that both databases share."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from secrets import randbelow
from threading import Lock
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from edc import clock

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.orm import MappedColumn

# SQLite gives a row its number only when the key is spelt INTEGER.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored and returned in UTC; a naive one is refused."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:  # noqa: ANN401 - SQLAlchemy's own type
        """Use the database's own type where it keeps the offset, ISO text where none does."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Send UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a moment needs its offset: {value!r}"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """Return an aware moment in UTC."""
        del dialect
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table of the system; the naming lets a migration find each constraint."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment()}  # noqa: RUF012 - SQLAlchemy reads it as declared


def key() -> MappedColumn[int]:
    """Return a numbered primary key."""
    return mapped_column(BigKey, primary_key=True, autoincrement=True)


def key_with_gaps() -> MappedColumn[int]:
    """Return a primary key whose numbers grow, with gaps that say nothing.

    Of rows that pages name by their number and of which some are hidden from some readers: counted
    on, a missing number would tell that there is one.
    """
    return mapped_column(BigKey, primary_key=True, autoincrement=False, default=_numbers.following)


class _Numbers:
    """Numbers that grow with the time, by steps that nobody can foresee.

    They end in three figures of the process, so that two workers that write at one moment never
    take the same number; the threads of a process take turns. Of 15 figures: a sheet and a script
    keep them exactly.
    """

    _A_SECOND = 100
    _STEP = 20
    _PROCESSES = 1000

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def following(self) -> int:
        """Return the next number: the time since 1970 and a random step, above the last one."""
        now = int(clock.now().timestamp() * self._A_SECOND)
        with self._lock:
            self._last = max(self._last, now) + 1 + randbelow(self._STEP)
            # Asked for anew each time: a worker is forked from a process that has its own number.
            return self._last * self._PROCESSES + os.getpid() % self._PROCESSES


_numbers = _Numbers()
