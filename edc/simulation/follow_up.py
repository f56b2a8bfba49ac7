"""The time after randomisation: the appointments, and what is entered at each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from edc.permissions import Role
from edc.protocol import STUDY
from edc.simulation import answers, episodes, events, pages, safety, screening
from edc.simulation.course import LAST_DAY, happens
from edc.simulation.dosing import Dosing
from edc.simulation.episodes import PRODUCT
from edc.simulation.injuries import Mouth
from edc.simulation.leaving import Leaving, draw_leaving, end_of_treatment, leave
from edc.simulation.medicines import NUTRITION, OPIOID
from edc.simulation.registers import consent_version
from edc.study.visits import Created

if TYPE_CHECKING:
    from edc.simulation.injuries import Injury
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps
    from edc.study.visits import Visit

MISSED = {"main": 0.035, "daily": 0.02}
OUT_OF_WINDOW = 0.04
ENTERED_LATE = 0.06
_DAILY_PANELS = ("CBC",)
_FOR_TRANSPLANTED = frozenset({"VLOAD", "DRUG"})
# At which visits a CRF or panel is entered for most participants: all of them would take too long.
_ENTERED: dict[str, tuple[str, ...]] = {
    "CBC": ("V14", "V28", "FU100", "M12"),
    "CHEM": ("V28", "FU100"),
    "VLOAD": ("V28",),
    "DRUG": ("V28",),
    "VS": ("V14", "V28", "FU100", "M12"),
    "PE": ("V28",),
    "GVHD": ("V14", "V28", "FU100", "M12"),
    "PRO": ("V28",),
    "ENG": ("V28", "FU100"),
}
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Appointment:
    """A visit as it really comes: on which day, and whether the participant is seen.

    :param is_doubled: another visit of the day has the same assessment.
    """

    on: date
    order: int
    visit: Visit
    is_missed: bool
    is_doubled: bool = False

    @property
    def code(self) -> str:
        """Return the visit's code."""
        return self.visit.code


@dataclass
class FollowUp:
    """What is entered for a randomised participant from D0 on."""

    whose: Participant
    day_zero: date
    arm: str = ""
    leaves: Leaving | None = None
    leaves_on: date = date.max
    recurs_on: date | None = None
    discharged_after: int = 28
    consent: str = ""
    dosing: Dosing | None = None
    has_gvhd: bool = False
    is_treated: bool = True
    is_monotonous: bool = False
    healed: set[str] = field(default_factory=set)
    falls_ill_on: set[date] = field(default_factory=set)

    @property
    def target(self) -> Injury:
        """Return the injury that decides the stratum."""
        return self.whose.injuries[0]

    def begin(self, *, arm: str) -> None:
        """Draw the course that the arm gives, and set doses and adverse events going."""
        whose, rng = self.whose, self.whose.rng
        self.arm = arm
        self.consent = consent_version(whose.consented_on or self.day_zero)
        for injury in whose.injuries:
            injury.begin(arm=arm, heals=whose.heals)
        self.leaves, after = draw_leaving(rng, whose)
        self.discharged_after = rng.randint(18, 27)
        if self.leaves is not None:
            self.leaves_on = self.day_zero + timedelta(days=after)
        if happens(rng, 0.04):
            self.recurs_on = self.day_zero + timedelta(days=rng.randint(36, 50))
            self.target.recurs_on = self.recurs_on
        if arm == PRODUCT:
            often = 3 if whose.is_full and self.target.site == "ORAL" else 1
            self.dosing = Dosing(
                whose, self.target, self.day_zero, often, ends=lambda: self.leaves_on
            )
            whose.stage.add(self.dosing.run())
        for event in events.adverse_events(rng, self.day_zero):
            if event.end < self.leaves_on:
                self.falls_ill_on.add(event.start)
                whose.stage.add(safety.report(whose, event, arm=arm))
        episodes.begin(self)
        episodes.always(self)

    def run(self) -> Steps:
        """Keep the appointments until the end of study."""
        for appointment in self._appointments():
            if appointment.on >= self.leaves_on and self.leaves is not Leaving.LOST:
                break
            if self.leaves is Leaving.LOST and appointment.on >= self.leaves_on:
                if appointment.on > self.leaves_on + timedelta(days=120):
                    break
                yield self.whose.sits_down(appointment.on + timedelta(days=3), 16)
                self._misses(appointment.code, why="LTFU")
                continue
            if appointment.visit.group and self._is_healed():
                continue
            yield from self._keeps(appointment)
            if appointment.code == "FU60":
                yield from self._comes_back()
                yield from self._comes_between()
        yield from leave(self)

    def _appointments(self) -> list[Appointment]:
        """Return the appointments by day; the daily ones come before a visit of the same day."""
        rng = self.whose.rng
        found = []
        for order, visit in enumerate(STUDY.schedule.created_by(Created.RANDOMISATION)):
            target = visit.target_date(self.day_zero)
            if target is None or not visit.exists_for(self.day_zero):
                continue
            chance = MISSED["daily" if visit.group else "main"]
            late = 0
            if not visit.group:
                window = visit.window
                late = rng.randint(-window.before, window.after) // 2
                if happens(rng, OUT_OF_WINDOW):
                    late = window.after + rng.randint(1, 2 + window.after // 2)
            on = target + timedelta(days=late)
            found.append(Appointment(on, order, visit, happens(rng, chance)))
        graded = {one.on for one in found if not one.visit.group and self._assessed_at(one.visit)}
        found = [
            replace(one, is_missed=False, is_doubled=True)
            if one.visit.group and one.on in graded
            else one
            for one in found
        ]
        return sorted(found, key=lambda one: (one.on, not one.visit.group, one.order))

    def _is_healed(self) -> bool:
        return all(injury.is_confirmed() for injury in self.whose.injuries)

    def _assessed_at(self, visit: Visit) -> list[Injury]:
        forms = {plan.crf for plan in visit.crfs}
        return [injury for injury in self.whose.injuries if injury.form in forms]

    def _panels(self, visit: Visit) -> list[str]:
        """Return the panels of the laboratory that are entered at a visit."""
        whose = self.whose
        parts = [plan.part for plan in visit.crfs if plan.crf == "LB"]
        if visit.group:
            return [part for part in parts if whose.is_full and part in _DAILY_PANELS]
        if not whose.is_full:
            parts = [part for part in parts if visit.code in _ENTERED.get(part, ())]
        if visit.code == "V21" and "BLAD" not in whose.who.injured:
            parts = [part for part in parts if part != "URIN"]
        if whose.who.is_autologous:
            parts = [part for part in parts if part not in _FOR_TRANSPLANTED]
        return parts

    def _is_entered(self, form: str, visit: Visit) -> bool:
        """Tell whether a CRF of the visit is entered for this participant."""
        if all(plan.crf != form for plan in visit.crfs):
            return False
        return self.whose.is_full or visit.code in _ENTERED.get(form, (visit.code,))

    def _keeps(self, appointment: Appointment) -> Steps:
        """Enter one visit."""
        whose, visit, on = self.whose, appointment.visit, appointment.on
        is_late = not visit.group and happens(whose.rng, ENTERED_LATE)
        delay = whose.rng.randint(1, 5) if is_late else 0
        yield whose.sits_down(on + timedelta(days=delay), 9)
        if appointment.is_missed:
            self._misses(visit.code, why=whose.rng.choice(("REF", "ILL", "TRAV", "STAFF")))
            return
        if appointment.is_doubled:
            whose.save(whose.nurse(), (visit.code, "SV", 1), {"SVSTAT": "NOTDUE"})
            return
        day = (on - self.day_zero).days
        where = "IPD" if day <= self.discharged_after else "OPD"
        if not visit.group and consent_version(on) != self.consent and day > LAST_DAY:
            self.consent = consent_version(on)
            whose.consents_again(on)
            yield whose.goes_on()
        attended = {"SVSTAT": "DONE", "SVSTDAT": on.isoformat(), "SVLOC": where}
        whose.enter(whose.nurse(), (visit.code, "SV", 1), attended)
        yield from self._examines(visit, on)
        for injury in self._assessed_at(visit):
            yield from self.assess(injury, on, visit.code, where=where)
        yield from self._judges(visit, on, is_late=bool(delay))

    def _examines(self, visit: Visit, on: date) -> Steps:
        """Enter vital signs, body, samples and what else is seen before the injury."""
        whose = self.whose
        if self._is_entered("VS", visit):
            yield whose.goes_on()
            whose.weight *= whose.rng.uniform(0.985, 1.015)
            signs = answers.vital_signs(
                whose.rng, whose.who, on, visit=visit.code, weight=whose.weight
            )
            whose.enter(whose.nurse(), (visit.code, "VS", 1), signs)
        if self._is_entered("PE", visit):
            yield whose.goes_on()
            found = screening.body(whose.rng, on, whose.grades_on(on))
            whose.enter(whose.nurse(), (visit.code, "PE", 1), found)
        if self._is_entered("PREGT", visit) and whose.who.may_bear_children:
            yield whose.goes_on()
            test = screening.pregnancy_test(on)
            whose.enter(whose.nurse(), (visit.code, "PREGT", 1), test)
        yield from whose.samples(visit.code, on, self._panels(visit))
        if self._is_entered("GVHD", visit) and not whose.who.is_autologous:
            yield whose.goes_on()
            pages.graft_versus_host(self, on, visit.code)

    def _judges(self, visit: Visit, on: date, *, is_late: bool) -> Steps:
        """Enter the diary, engraftment, the response and what follows from a healing."""
        whose = self.whose
        if self._is_entered("PRO", visit) and not is_late:
            yield whose.goes_on()
            pages.diary(self, on, visit.code)
        if self._is_entered("ENG", visit):
            yield whose.goes_on()
            whose.enter(whose.nurse(), (visit.code, "ENG", 1), pages.engraftment(self, on))
            yield from pages.transfused_late(self)
        for injury in whose.injuries:
            if injury.is_confirmed() and injury.site not in self.healed:
                self.healed.add(injury.site)
                yield whose.goes_on()
                whose.care.end(injury.site, on)
        if self._is_entered("RSP", visit):
            yield whose.goes_on()
            values = pages.response(self, visit.code, on)
            whose.enter(whose.investigator(), (visit.code, "RSP", 1), values)
            yield from end_of_treatment(self, on)

    # Single CRFs

    def assess(self, injury: Injury, on: date, visit: str, *, where: str = "IPD") -> Steps:
        """Let the masked assessor enter a site, or whoever is on duty at a weekend."""
        whose, rng = self.whose, self.whose.rng
        assessors = whose.stage.cast.at(Role.OUTCOME_ASSESSOR, whose.site)
        masked = not (on.weekday() >= _SATURDAY and happens(rng, 0.05))
        who = assessors[0] if masked else whose.investigator()
        values = injury.assess(on, visit=visit, masked=masked)
        if isinstance(injury, Mouth):
            values["OMLOC"] = where
            for what, is_given in ((OPIOID, bool(injury.opioid)), (NUTRITION, injury.is_fed)):
                if is_given and what not in whose.medicines.going_on:
                    yield whose.goes_on()
                    whose.medicines.give(what, on, route=injury.opioid if what == OPIOID else "")
                elif not is_given and what in whose.medicines.going_on:
                    yield whose.goes_on()
                    whose.medicines.end(what, on)
        yield whose.goes_on()
        typed = whose.enter(who, (visit, injury.form, 1), values)
        if isinstance(injury, Mouth) and "OMTIM" in typed:
            whose.last_assessed = (typed["OMDAT"], typed["OMTIM"], int(typed["OMWHO"]))
            whose.last_pain = (typed["OMDAT"], max(typed["OMPNRST"], typed["OMPNSWL"]))
        if visit != "BL":
            injury.note(on)

    def _misses(self, visit: str, *, why: str) -> None:
        values = {"SVSTAT": "MISS", "SVMISRS": why}
        self.whose.save(self.whose.nurse(), (visit, "SV", 1), values)

    def _comes_back(self) -> Steps:
        """Keep some of the visits that a recurrence puts on the schedule."""
        whose = self.whose
        for code, on in whose.stage.desk.visits_after_recurrence(whose.subject_id):
            if on <= whose.today() or on >= self.leaves_on or self.target.grade_on(on) == 0:
                continue
            yield whose.sits_down(on, 9)
            attended = {"SVSTAT": "DONE", "SVSTDAT": on.isoformat(), "SVLOC": "OPD"}
            whose.save(whose.nurse(), (code, "SV", 1), attended)
            yield from self.assess(self.target, on, code, where="OPD")

    def _comes_between(self) -> Steps:
        """Let a few come unscheduled."""
        whose = self.whose
        on = whose.today() + timedelta(days=whose.rng.randint(6, 20))
        if self.recurs_on is not None or on >= self.leaves_on:
            return
        rarely = happens(whose.rng, 0.08)
        if not rarely and not whose.stage.blunders.has_left("UNS-01"):
            return
        yield whose.sits_down(on, 10)
        nurse = whose.nurse()
        code = whose.stage.desk.next_visit(whose.subject_id)
        asked = {"UNSREAS": whose.rng.choice(("LAB", "REQ")), "UNSFORM": ["VS", "LB"]}
        whose.enter(nurse, (code, "UNS", 1), asked)
        yield whose.goes_on()
        attended = {"SVSTAT": "DONE", "SVSTDAT": on.isoformat(), "SVLOC": "OPD"}
        whose.save(nurse, (code, "SV", 1), attended)
        yield whose.goes_on()
        signs = answers.vital_signs(whose.rng, whose.who, on, visit=code, weight=whose.weight)
        whose.save(nurse, (code, "VS", 1), signs)
        yield from whose.samples(code, on, ("CBC",))
