"""Visits, their windows in days about a target, and the schedule they form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from edc.study.conditions import Expression, parse

if TYPE_CHECKING:
    from edc.label import Label

_DIGITS = "0123456789"


class Created(StrEnum):
    """The event that puts a visit on a participant's schedule."""

    REGISTRATION = "registration"
    RANDOMISATION = "randomisation"
    RECURRENCE = "recurrence"
    BY_SITE = "by_site"


_NUMBERED = frozenset({Created.BY_SITE, Created.RECURRENCE})


@dataclass(frozen=True, slots=True)
class Window:
    """Days before and after the target in which a visit counts as on time."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A CRF of a visit, and the condition under which it is due (None is always).

    :param part: which part of a CRF that has parts, such as a panel of the laboratory.
    """

    crf: str
    when: Expression | None = None
    optional: bool = False
    part: str = ""


def planned(crf: str, when: str = "", *, optional: bool = False, part: str = "") -> Planned:
    """Declare a CRF of a visit; *when* is an expression over the participant's CRFs."""
    return Planned(crf, parse(when) if when else None, optional, part)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A visit of the protocol.

    :param target: days from randomisation (D0); None has no planned day.
    :param weekdays: when given, the visit exists only if its day is one of them (Monday is 0).
    :param group: visits of one group may be folded together on a screen.
    """

    code: str
    number: str
    label: Label
    created: Created
    crfs: tuple[Planned, ...]
    target: int | None = None
    window: Window = Window(0, 0)
    weekdays: frozenset[int] = frozenset()
    group: str = ""
    main: bool = False

    def target_date(self, day_zero: date) -> date | None:
        """Return the planned day, or None when the visit has none."""
        return None if self.target is None else day_zero + timedelta(days=self.target)

    def exists_for(self, day_zero: date) -> bool:
        """Tell whether the visit falls on one of its weekdays."""
        day = self.target_date(day_zero)
        return day is None or not self.weekdays or day.weekday() in self.weekdays


@dataclass(frozen=True)
class Schedule:
    """All visits of the protocol in their order."""

    visits: tuple[Visit, ...]

    @cached_property
    def by_code(self) -> dict[str, Visit]:
        """Return the visits by code."""
        return {visit.code: visit for visit in self.visits}

    def find(self, code: str) -> Visit | None:
        """Return the visit of *code*; one made by the site or a recurrence may carry a number."""
        found = self.by_code.get(code)
        if found is None:
            stem = self.by_code.get(code.rstrip(_DIGITS))
            found = stem if stem is not None and stem.created in _NUMBERED else None
        return found

    def number(self, code: str) -> float | None:
        """Return the visit's number, with its own decimals (90.01) where the code carries one."""
        visit = self.find(code)
        if visit is None:
            return None
        own = code[len(visit.code) :]
        return float(visit.number) + (int(own) / 100 if own else 0.0)

    def created_by(self, event: Created) -> tuple[Visit, ...]:
        """Return the visits that *event* puts on a schedule."""
        return tuple(visit for visit in self.visits if visit.created is event)
