"""The visits on a participant's schedule in the order of their days, each with its day counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from edc.forms.derivations.values import day
from edc.forms.states import CrfState, VisitState
from edc.protocol import STUDY
from edc.randomization.masking import is_visible

if TYPE_CHECKING:
    from edc.forms.states import Course
    from edc.permissions import Role
    from edc.services.casebooks import Opened
    from edc.study.casebook import PlannedVisit
    from edc.study.visits import Visit

_HELD = frozenset({VisitState.DONE, VisitState.OUT_OF_WINDOW})


@dataclass(frozen=True, slots=True)
class VisitDay:
    """A visit and where it stands in time.

    :param on: its planned day, or the day on which an unplanned visit was held; None before both.
    :param after_zero: days from randomisation (D), *after_transplant* from T0 (T+), where known.
    :param state: of ``VisitState``: that it was held says nothing of its CRFs.
    :param owed: how many of its CRFs, of those that the reader may see, are not complete.
    :param is_ended: healing has ended it: it is not asked for, and may still be filled.
    """

    planned: PlannedVisit
    declared: Visit
    on: date | None
    after_zero: int | None
    after_transplant: int | None
    state: str
    owed: int
    is_ended: bool

    @property
    def is_held(self) -> bool:
        """Tell whether the visit took place, inside its window or outside."""
        return self.state in _HELD

    @property
    def shown_state(self) -> str:
        """Return the state as a page shows it: a visit is complete once all its CRFs are."""
        is_complete = self.state == VisitState.DONE and not self.owed
        return CrfState.COMPLETE.value if is_complete else self.state

    @property
    def code(self) -> str:
        """Return the visit's code."""
        return self.planned.code


def visit_days(opened: Opened, course: Course, *, role: Role) -> list[VisitDay]:
    """Return the visits by day; those of one day by their number, those without a day last.

    Screening and baseline come first and in this order: before randomisation baseline has no day.
    """
    book = opened.book
    zero, transplanted = day(book.facts.get("randomisation_date")), _transplant_day(opened)
    found = []
    for code, planned in book.visits.items():
        declared = STUDY.find_visit(code)
        if declared is None or not course.is_on_schedule(code):
            continue
        state = course.visit_state(code)
        owed = course.owed_crfs(code) if state in _HELD else ()
        on = day(planned.target) or day(book.value("SV", "SVSTDAT", code))
        found.append(
            VisitDay(
                planned=planned,
                declared=declared,
                on=on,
                after_zero=(on - zero).days if on and zero else None,
                after_transplant=(on - transplanted).days if on and transplanted else None,
                state=str(state),
                owed=sum(is_visible(role, form=plan.crf) for plan in owed),
                is_ended=course.is_ended(code),
            )
        )
    return sorted(found, key=_order)


def _order(visit: VisitDay) -> tuple[bool, date, float]:
    is_later = visit.declared.target is None or visit.declared.target > 0
    on = (visit.on or date.max) if is_later else date.min
    return is_later, on, STUDY.visit_number(visit.code) or 0.0


def _transplant_day(opened: Opened) -> date | None:
    """Return T0 as recorded last: a second transplant counts anew."""
    found = opened.book.of_form("HSCT")
    return day(opened.book.scope(found[-1]).text("HCTDAT")) if found else None
