"""Where a participant, a visit and a CRF stand: derived from the CRFs, never typed (section 3.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from edc.forms.derivations.daily import DailyCourse
from edc.forms.derivations.diary import earliest_day
from edc.forms.derivations.rhythm import AFTER_RECURRENCE, UNTIL_HEALED
from edc.forms.derivations.values import day
from edc.forms.state_names import (
    CRF_STATE_LABELS,
    STATE_LABELS,
    VISIT_STATE_LABELS,
    CrfState,
    State,
    VisitState,
)
from edc.study.casebook import Record

if TYPE_CHECKING:
    from edc.study.casebook import Casebook, PlannedVisit
    from edc.study.visits import Planned, Visit


__all__ = [
    "CRF_STATE_LABELS", "STATE_LABELS", "VISIT_STATE_LABELS", "Course", "CrfState", "State",
    "VisitState", "crf_state", "next_due", "participant_state", "visit_state",
]  # fmt: skip

# Section 2, outpatients: the diary stays daily, and the skin has days of its own.
_DIARY = "PRO"
_ON_FIXED_DAYS = frozenset({"SK"})
_LEFT = frozenset({"WBS", "PHYS", "SPON", "OTH"})
_OWED = frozenset({CrfState.DUE, CrfState.LATE, CrfState.STARTED})
# Of the participant, not of a visit; due by the visit at which they are to be there.
_ENDS = {"EOT": "V28", "EOS": "M12"}


def participant_state(casebook: Casebook) -> State:
    """Return the participant's state: the lowest line of the table whose condition holds.

    Section 3.5, rule 1.  RANDOMISED is passed at the moment of allocation: what is shown from then
    on is ON_TREATMENT, in both arms alike until the end of treatment is recorded.
    """
    return Course(casebook, None).state


def visit_state(casebook: Casebook, visit: str, today: date) -> VisitState:
    """Return the state of a visit on the participant's schedule."""
    return Course(casebook, today).visit_state(visit)


def crf_state(
    casebook: Casebook, visit: str, form: str, today: date, *, part: str = ""
) -> CrfState:
    """Return the state of a CRF at a visit; *visit* is empty for a log."""
    return Course(casebook, today).crf_state(visit, form, part=part)


def next_due(casebook: Casebook, today: date) -> tuple[str, date | None] | None:
    """Return the next visit that waits to be done, with its planned day; None when none is left.

    A visit that is due or late comes before one whose time has not come yet.
    """
    return Course(casebook, today).next_due()


@dataclass(frozen=True)
class Course:
    """A participant's course on one day; made once when many visits and CRFs are asked about."""

    casebook: Casebook
    today: date | None

    @cached_property
    def state(self) -> State:
        """Return the participant's state."""
        reason = self._value("EOS", "EOSREAS")
        holds = {
            State.CONSENTED: self.casebook.consent_date() is not None,
            State.SCREENING: self.casebook.value("SV", "SVSTAT", "SCR") == "DONE",
            State.ELIGIBLE: self._is_eligible,
            State.SCREEN_FAILED: not self._is_randomised
            and (self._value("IE", "SFYN") == "Y" or reason == "SF"),
            State.ON_TREATMENT: self._is_randomised,
            State.FOLLOW_UP: self._is_randomised and bool(self.casebook.of_form("EOT")),
            State.COMPLETED: reason == "COMPLETED",
            State.LOST: reason == "LTFU",
            State.WITHDRAWN: self._withdrawn_on is not None or reason in _LEFT,
            State.DIED: reason == "DEATH" or bool(self.casebook.of_form("DTH")),
        }
        lines = [state for state in State if holds.get(state, False)]
        return lines[-1] if lines else State.REGISTERED

    def visit_state(self, visit: str) -> VisitState:
        """Return the state of a visit: what was recorded, else what its window says today."""
        recorded = self._recorded_state(visit)
        if recorded is not None:
            return recorded
        planned = self.casebook.visits.get(visit)
        if self._is_closed(planned):
            return VisitState.CLOSED
        if planned is None or not self._is_asked_for(planned):
            return VisitState.NOT_DUE
        return self._state_by_window(planned)

    def is_on_schedule(self, visit: str) -> bool:
        """Tell whether the visit is on the participant's schedule.

        A visit after a recurrence is there as long as a recurrence asks for its day, or something
        was recorded at it; corrected away, it is kept unseen and comes back with the recurrence.
        """
        planned = self.casebook.visits.get(visit)
        declared = self.casebook.study.find_visit(visit)
        if planned is None or declared is None:
            return False
        if declared.group != AFTER_RECURRENCE or visit in self._recorded_visits:
            return True
        return day(planned.target) in self._daily.recurrence_days(declared.weekdays)

    def is_ended(self, visit: str) -> bool:
        """Tell whether healing has ended the visit: not asked for, and open all the same."""
        planned = self.casebook.visits.get(visit)
        return planned is not None and self._is_stopped(planned)

    def crf_state(self, visit: str, form: str, *, part: str = "") -> CrfState:
        """Return the state of a CRF, or of one of its parts: its records, else its visit's."""
        crf = self.casebook.study.crfs[form]
        records = [
            record
            for record in self.casebook.of_form(form)
            if record.visit == visit and part in ("", crf.part_of(record.row))
        ]
        if records:
            complete = all(record.is_complete for record in records)
            return CrfState.COMPLETE if complete else CrfState.STARTED
        return self._end_state(form) if form in _ENDS else self._asked_state(visit, form, part)

    def _asked_state(self, visit: str, form: str, part: str) -> CrfState:
        """Return the state of a CRF that is not there, by its visit."""
        plan = next(
            (
                plan
                for plan in self.planned_crfs(visit)
                if plan.crf == form and part in ("", plan.part)
            ),
            None,
        )
        if plan is None:
            return CrfState.NOT_DUE
        state = self._state_for(visit, form)
        if state in (VisitState.CLOSED, VisitState.MISSED):
            return CrfState(state.value)
        if state is VisitState.NOT_DUE or plan.optional:
            return CrfState.NOT_DUE
        if form == _DIARY and self._is_too_late_for_diary(visit):
            return CrfState.MISSED
        if state in (VisitState.DONE, VisitState.OUT_OF_WINDOW):
            return self._owed_state(visit)
        return CrfState(state.value)

    def _is_too_late_for_diary(self, visit: str) -> bool:
        """Tell whether no day of the visit is left that a diary could be about (PRO-01, PRO-04).

        A visit of several days that was not held yet may still be held, and have its diary then.
        """
        planned = self.casebook.visits.get(visit)
        start, end = (day(planned.start), day(planned.end)) if planned else (None, None)
        if self.today is None or start is None or end is None:
            return False
        if start != end:
            held = day(self.casebook.value("SV", "SVSTDAT", visit))
            if held is None:
                return False
            end = max(end, held)
        return end < self._diary_opens_on(self.today)

    def _diary_opens_on(self, today: date) -> date:
        """Return the earliest day a diary may be about; where the hour is not known, yesterday."""
        now = self.casebook.facts.get("now")
        moment = datetime.fromisoformat(now) if now else None
        if moment is None or moment.date() != today:
            return today - timedelta(days=1)
        return earliest_day(moment)

    def _end_state(self, form: str) -> CrfState:
        """Return the state of EOT or EOS while it is not there.

        Section 2: EOT by V28, EOS at M12 or on leaving; DTH-03: a death asks for EOS.
        """
        planned = self.casebook.visits.get(_ENDS[form])
        if not self._is_randomised or planned is None:
            return CrfState.NOT_DUE
        if self._is_over:
            return CrfState.CLOSED
        recorded = self._recorded_state(planned.code)
        has_left = self.state in (State.DIED, State.WITHDRAWN)
        if has_left or (recorded is not None and recorded is not VisitState.NOT_DUE):
            return CrfState.DUE
        return CrfState(self._state_by_window(planned).value)

    def planned_crfs(self, visit: str) -> tuple[Planned, ...]:
        """Return the CRFs that the visit plans for this participant, in their order."""
        if visit not in self._plans:
            found = self.casebook.study.find_visit(visit) if visit else None
            scope = self.casebook.scope(Record("SV", visit, 0))
            self._plans[visit] = tuple(
                plan
                for plan in (found.crfs if found else ())
                if plan.when is None or plan.when.holds(scope)
            )
        return self._plans[visit]

    def owed_crfs(self, visit: str) -> tuple[Planned, ...]:
        """Return the CRFs that the visit asks for and that are not complete yet."""
        return tuple(
            plan
            for plan in self.planned_crfs(visit)
            if self.crf_state(visit, plan.crf, part=plan.part) in _OWED
        )

    def next_due(self) -> tuple[str, date | None] | None:
        """Return the next visit that waits to be done, with its planned day."""
        waiting = []
        for visit, is_coming in self._waiting.items():
            # An unscheduled visit has no day: it must not hide one that is overdue.
            target = day(self.casebook.visits[visit].target) or date.max
            waiting.append((is_coming, target, self.casebook.visit_order(visit), visit))
        if not waiting:
            return None
        visit = min(waiting)[-1]
        return visit, day(self.casebook.visits[visit].target)

    def overdue_after(self) -> date | None:
        """Return the first last day of a window among the visits that wait: then one is overdue.

        It need not be that of the next visit, whose window may be the longer one.
        """
        ends = (day(self.casebook.visits[visit].end) for visit in self._waiting)
        return min((end for end in ends if end is not None), default=None)

    @cached_property
    def _waiting(self) -> dict[str, bool]:
        """Return the visits that wait to be done, and whether their time has not come yet."""
        found = {}
        for visit, planned in self.casebook.visits.items():
            state = self.visit_state(visit)
            is_coming = state is VisitState.NOT_DUE and self._recorded_state(visit) is None
            if is_coming and (self._is_stopped(planned) or self._is_rest_day(planned)):
                continue
            if is_coming or state in (VisitState.DUE, VisitState.LATE):
                found[visit] = is_coming
        return found

    @cached_property
    def _plans(self) -> dict[str, tuple[Planned, ...]]:
        """Return what was found so far: a casebook asks for every CRF of every visit."""
        return {}

    @cached_property
    def _daily(self) -> DailyCourse:
        return DailyCourse(self.casebook)

    @cached_property
    def _recorded_visits(self) -> frozenset[str]:
        return frozenset(visit for visit, _, _ in self.casebook.records if visit)

    def _value(self, form: str, item: str) -> str | None:
        found = self.casebook.of_form(form)
        return self.casebook.scope(found[-1]).text(item) if found else None

    @cached_property
    def _is_randomised(self) -> bool:
        return (
            self._value("RAND", "RDSTAT") == "ALLOC" or self.casebook.facts.get("randomised") == "Y"
        )

    @cached_property
    def _is_eligible(self) -> bool:
        found = self.casebook.of_form("IE")
        if not found or not (found[-1].is_complete and found[-1].is_signed):
            return False
        return (self._value("IE", "IEYN"), self._value("IE", "IECONF")) == ("Y", "Y")

    @cached_property
    def _withdrawn_on(self) -> date | None:
        """Return the day of a withdrawal from all procedures; one from treatment closes nothing."""
        scopes = (self.casebook.scope(record) for record in self.casebook.of_form("IC"))
        days = [
            day(scope.item("ICWDDAT")) or date.min
            for scope in scopes
            if scope.item("ICWDTYP") in ("ALL", "DATA")
        ]
        return min(days, default=None)

    @cached_property
    def _died_on(self) -> date | None:
        return day(self._value("DTH", "DTHDAT"))

    def _recorded_state(self, visit: str) -> VisitState | None:
        """Return what SV says of the visit, None while it says nothing."""
        match self.casebook.value("SV", "SVSTAT", visit):
            case "MISS":
                return VisitState.MISSED
            case "NOTDUE":
                return VisitState.NOT_DUE
            case "DONE":
                return self._done_state(visit)
        return None

    def _done_state(self, visit: str) -> VisitState:
        planned = self.casebook.visits.get(visit)
        seen = day(self.casebook.value("SV", "SVSTDAT", visit))
        start, end = (day(planned.start), day(planned.end)) if planned else (None, None)
        if seen is None or start is None or end is None or start <= seen <= end:
            return VisitState.DONE
        return VisitState.OUT_OF_WINDOW

    def _owed_state(self, visit: str) -> CrfState:
        """Return the state of a CRF that is not there although its visit was held."""
        planned = self.casebook.visits.get(visit)
        end = day(planned.end) if planned else None
        is_late = self.today is not None and end is not None and self.today > end
        return CrfState.LATE if is_late else CrfState.DUE

    def _is_closed(self, planned: PlannedVisit | None) -> bool:
        """Tell whether the end of study, a withdrawal or a death closed the visit (3.5, rule 3)."""
        if self._is_over:
            return True
        target = day(planned.target) if planned else None
        return any(
            closed_on is not None and (target is None or target > closed_on)
            for closed_on in (self._withdrawn_on, self._died_on)
        )

    @cached_property
    def _is_over(self) -> bool:
        return bool(self.casebook.of_form("EOS")) or self.state is State.SCREEN_FAILED

    def _waits_for_eligibility(self, visit: str) -> bool:
        """Tell whether the visit is the baseline of a participant not confirmed eligible yet."""
        return visit == "BL" and not (self._is_randomised or self._is_eligible)

    def _is_asked_for(self, planned: PlannedVisit) -> bool:
        """Tell whether the visit is to be held, on whichever day."""
        return not (
            self._is_stopped(planned)
            or self._is_rest_day(planned)
            or self._waits_for_eligibility(planned.code)
        )

    def _state_by_window(self, planned: PlannedVisit) -> VisitState:
        start, end = day(planned.start), day(planned.end)
        if self.today is None or start is None or end is None:
            return VisitState.DUE
        if self.today < start:
            return VisitState.NOT_DUE
        return VisitState.DUE if self.today <= end else VisitState.LATE

    def _state_for(self, visit: str, form: str) -> VisitState:
        """Return the state of the visit for one of its CRFs: an outpatient's diary stays daily."""
        state = self.visit_state(visit)
        planned = self.casebook.visits.get(visit)
        if (
            planned is not None
            and form == _DIARY
            and state is VisitState.NOT_DUE
            and self._recorded_state(visit) is None
            and self._is_rest_day(planned)
            and not self._is_stopped(planned)
        ):
            return self._state_by_window(planned)
        if self._is_over and state in (VisitState.DONE, VisitState.OUT_OF_WINDOW):
            return VisitState.CLOSED  # what is owed there can no longer be entered
        return state

    def _day_of(self, planned: PlannedVisit) -> tuple[Visit, date] | None:
        visit, target = self.casebook.study.find_visit(planned.code), day(planned.target)
        return None if visit is None or target is None else (visit, target)

    def _is_stopped(self, planned: PlannedVisit) -> bool:
        """Tell whether healing has ended the daily visits before this one (section 2)."""
        found = self._day_of(planned)
        if found is None or found[0].group not in UNTIL_HEALED:
            return False
        return self._daily.is_stopped(*found) or not self.is_on_schedule(planned.code)

    def _is_rest_day(self, planned: PlannedVisit) -> bool:
        """Tell whether an outpatient is not seen that day, nor has anything with days of its own."""
        found = self._day_of(planned)
        if found is None or not self._daily.has_rest_day(*found):
            return False
        return not any(plan.crf in _ON_FIXED_DAYS for plan in self.planned_crfs(planned.code))
