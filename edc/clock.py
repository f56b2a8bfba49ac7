"""now(): the only source of time, aware UTC, replaceable in tests and stories."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STUDY_ZONE = ZoneInfo("Asia/Shanghai")


def _system_time() -> datetime:
    return datetime.now(UTC)


# Each thread has a source of its own: one that ends its replacement late must not leave its time
# to the others.
_source: ContextVar[Callable[[], datetime]] = ContextVar("edc_clock", default=_system_time)


def now() -> datetime:
    """Return the present moment in UTC."""
    return _source.get()().astimezone(UTC)


def today() -> date:
    """Return the calendar day at the study's site (Asia/Shanghai)."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """Return *moment* in the study's time zone, offset included."""
    return moment.astimezone(STUDY_ZONE)


@contextmanager
def replaced(source: Callable[[], datetime]) -> Iterator[None]:
    """Let *source* tell this thread the time within the block: for tests, stories, simulations."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
