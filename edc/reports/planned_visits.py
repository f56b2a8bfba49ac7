"""The planned visits of a randomised participant, in full and as the lines of one page."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from edc.forms.derivations.rhythm import UNTIL_HEALED
from edc.forms.states import VisitState
from edc.reports.visit_days import visit_days

if TYPE_CHECKING:
    from datetime import date

    from edc.forms.states import Course
    from edc.permissions import Role
    from edc.reports.visit_days import VisitDay
    from edc.services.casebooks import Opened

_OVER = frozenset({VisitState.DONE, VisitState.OUT_OF_WINDOW, VisitState.MISSED})


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the participant reads in one line: a visit, or a run of visits until healing."""

    visits: tuple[VisitDay, ...]

    @property
    def first(self) -> VisitDay:
        """Return the first visit."""
        return self.visits[0]

    @property
    def last(self) -> VisitDay:
        """Return the last visit, the first itself where there is one."""
        return self.visits[-1]

    @property
    def is_until_healed(self) -> bool:
        """Tell whether healing ends it."""
        return self.first.declared.group in UNTIL_HEALED


def planned_visits(opened: Opened, course: Course, *, role: Role) -> list[VisitDay]:
    """Return the visits that have a planned day after randomisation, by day."""
    return [
        visit
        for visit in visit_days(opened, course, role=role)
        if visit.planned.target is not None and (visit.after_zero or 0) > 0
    ]


def still_ahead(visits: list[VisitDay]) -> list[VisitDay]:
    """Return those that are neither recorded, nor closed, nor ended by healing."""
    return [
        visit
        for visit in visits
        if visit.state not in _OVER and visit.state != VisitState.CLOSED and not visit.is_ended
    ]


def stretches(visits: list[VisitDay]) -> list[Stretch]:
    """Return the visits as lines of one page, those of a group together, by their first day."""

    def group(visit: VisitDay) -> str:
        return visit.declared.group or visit.code

    ordered = sorted(visits, key=lambda visit: (group(visit), _on(visit)))
    found = [Stretch(tuple(run)) for _, run in groupby(ordered, key=group)]
    return sorted(found, key=lambda one: (_on(one.first), _on(one.last)))


def _on(visit: VisitDay) -> date:
    if visit.on is None:
        message = f"visit {visit.code} has no planned day"
        raise ValueError(message)
    return visit.on
