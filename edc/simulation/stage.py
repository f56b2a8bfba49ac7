"""The simulated trial's clock and diary: who acts when, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from edc import clock

if TYPE_CHECKING:
    from datetime import date

    from edc.simulation.blunders import Blunders
    from edc.simulation.entry import Desk
    from edc.simulation.people import Cast
    from edc.simulation.registers import Stock

Steps: TypeAlias = Iterator[datetime]
"""A part of the trial: it yields the moment of its next act, and acts when it is resumed."""


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of day at the site."""
    return datetime.combine(day, time(hour, minute), clock.STUDY_ZONE)


def workday(day: date) -> date:
    """Return the day, or the Monday after it when it is a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)  # noqa: PLR2004


@dataclass
class Stage:
    """What every part of the trial acts with, and the diary of what comes next.

    :param ends: nothing happens after this moment; what was begun stays as it is.
    """

    desk: Desk
    cast: Cast
    stock: Stock
    blunders: Blunders
    ends: datetime
    now: datetime
    _diary: list[tuple[datetime, int, Steps]] = field(default_factory=list)
    _number: int = 0

    def add(self, steps: Steps) -> None:
        """Enter the first act of a part in the diary."""
        self._number += 1
        self._advance(steps, self._number)

    def _advance(self, steps: Steps, number: int) -> None:
        following = next(steps, None)
        if following is not None:
            # An act that is due already comes next; time never runs back.
            heapq.heappush(self._diary, (max(following, self.now), number, steps))

    def run(self, *, progress: Callable[[datetime], None]) -> None:
        """Do all acts in the order of time; *progress* is told each moment."""
        with clock.replaced(lambda: self.now.astimezone(UTC)):
            while self._diary and self._diary[0][0] <= self.ends:
                self.now, number, steps = heapq.heappop(self._diary)
                self._advance(steps, number)
                progress(self.now)
