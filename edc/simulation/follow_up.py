"""The time after randomisation: daily assessments, visits, missed ones, and how people leave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.signing import Meaning
from edc.simulation import answers, events
from edc.simulation.course import LAST_DAY, Mouth, happens, mouth, oral_grades
from edc.simulation.questions import answer_all
from edc.simulation.registers import consent_version
from edc.study.visits import Created

if TYPE_CHECKING:
    from edc.simulation.entry import Values
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps
    from edc.study.visits import Visit

FIRST_AS_OUTPATIENT = 24
MISSED = {"main": 0.035, "daily": 0.02}
OUT_OF_WINDOW = 0.04
ENTERED_LATE = 0.06
WITHOUT_RESPONSE = ("M6", "M12")
_SATURDAY = 5


class Leaving(StrEnum):
    """Why a participant leaves, as EOS names it."""

    DEATH = "DEATH"
    LOST = "LTFU"
    WITHDRAWN = "WBS"
    PHYSICIAN = "PHYS"


_LEAVES = {
    None: 80,
    Leaving.DEATH: 7,
    Leaving.LOST: 6,
    Leaving.WITHDRAWN: 6,
    Leaving.PHYSICIAN: 1,
}
_EARLIEST = {Leaving.DEATH: 12, Leaving.LOST: 45, Leaving.WITHDRAWN: 4, Leaving.PHYSICIAN: 10}
_LATEST = {Leaving.DEATH: 330, Leaving.LOST: 330, Leaving.WITHDRAWN: 250, Leaving.PHYSICIAN: 60}


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


@dataclass
class FollowUp:
    """What is entered for a randomised participant from D0 on."""

    whose: Participant
    day_zero: date
    arm: str = ""
    mouth: Mouth = field(init=False)
    grades: list[int] = field(default_factory=list)
    leaves: Leaving | None = None
    leaves_on: date = date.max
    recurs_on: date | None = None
    discharged_after: int = 28
    consent: str = ""
    consents: int = 1

    def begin(self, *, arm: str) -> None:
        """Draw the course that the arm gives, and set the adverse events going."""
        rng = self.whose.rng
        self.arm = arm
        self.consent = consent_version(self.whose.consented_on or self.day_zero)
        if self.whose.who.is_oral:
            self.grades = oral_grades(rng, self.mouth.baseline, arm=arm)
        self.leaves = rng.choices(list(_LEAVES), list(_LEAVES.values()))[0]
        self.discharged_after = rng.randint(18, 27)
        if self.leaves is not None:
            after = rng.randint(_EARLIEST[self.leaves], _LATEST[self.leaves])
            self.leaves_on = self.day_zero + timedelta(days=after)
        if self.whose.who.is_oral and happens(rng, 0.04):
            self.recurs_on = self.day_zero + timedelta(days=rng.randint(36, 50))
        for event in events.adverse_events(rng, self.day_zero):
            if event.end < self.leaves_on:
                self.whose.stage.add(self.whose.reports(event, arm=arm))

    def run(self) -> Steps:
        """Keep the appointments until the end of study."""
        for appointment in self._appointments():
            if appointment.on >= self.leaves_on and self.leaves is not Leaving.LOST:
                break
            if self.leaves is Leaving.LOST and appointment.on >= self.leaves_on:
                if appointment.on > self.leaves_on + timedelta(days=120):
                    break
                yield self.whose.sits_down(appointment.on + timedelta(days=3), 16)
                self._misses(appointment.visit, why="LTFU")
                continue
            if appointment.visit.group and self._is_healed():
                continue
            yield from self._keeps(appointment)
            if appointment.visit.code == "FU60" and self.recurs_on is None:
                yield from self._comes_between()
        yield from self._leaves()

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
        graded = {one.on for one in found if not one.visit.group and self._is_graded_at(one.visit)}
        found = [
            replace(one, is_missed=False, is_doubled=True)
            if one.visit.group and one.on in graded
            else one
            for one in found
        ]
        return sorted(found, key=lambda one: (one.on, not one.visit.group, one.order))

    def _is_healed(self) -> bool:
        return self.whose.who.is_oral and self.mouth.is_confirmed()

    def _is_graded_at(self, visit: Visit) -> bool:
        return self.whose.who.is_oral and any(plan.crf == "OM" for plan in visit.crfs)

    def _keeps(self, appointment: Appointment) -> Steps:
        """Enter one visit."""
        whose, visit, on = self.whose, appointment.visit, appointment.on
        delay = whose.rng.randint(1, 5) if happens(whose.rng, ENTERED_LATE) else 0
        yield whose.sits_down(on + timedelta(days=delay), 9)
        if appointment.is_missed:
            self._misses(visit, why=whose.rng.choice(("REF", "ILL", "TRAV", "STAFF")))
            return
        if appointment.is_doubled:
            whose.save(whose.nurse(), (visit.code, "SV", 1), {"SVSTAT": "NOTDUE"})
            return
        day = (on - self.day_zero).days
        where = "IPD" if day <= self.discharged_after else "OPD"
        if not visit.group and consent_version(on) != self.consent and day > LAST_DAY:
            self.consent = consent_version(on)
            self.consents += 1
            whose.consents_again(on, row=self.consents)
            yield whose.goes_on()
        attended = {"SVSTAT": "DONE", "SVSTDAT": on.isoformat(), "SVLOC": where}
        whose.enter(whose.nurse(), (visit.code, "SV", 1), attended)
        forms = {plan.crf for plan in visit.crfs}
        if "VS" in forms:
            yield whose.goes_on()
            whose.weight *= whose.rng.uniform(0.985, 1.015)
            signs = answers.vital_signs(
                whose.rng, whose.who, on, visit=visit.code, weight=whose.weight
            )
            whose.enter(whose.nurse(), (visit.code, "VS", 1), signs)
        if self._is_graded_at(visit):
            yield whose.goes_on()
            self.assess(on, visit.code, grade=self._grade(on), where=where)
        if "RSP" in forms:
            yield whose.goes_on()
            whose.enter(whose.investigator(), (visit.code, "RSP", 1), self._response(visit, on))

    def _grade(self, on: date) -> int:
        """Return the mouth's grade on a day; a recurrence is mild and goes in three weeks."""
        if self.recurs_on is not None and self.mouth.is_confirmed():
            since = (on - self.recurs_on).days
            if 0 <= since <= 21:  # noqa: PLR2004 - three weeks
                return 2 if since <= 9 else 1  # noqa: PLR2004
        day = (on - self.day_zero).days
        return self.grades[day] if day <= LAST_DAY else 0

    def assess(self, on: date, visit: str, *, grade: int, where: str = "IPD") -> None:
        """Let the masked assessor enter the mouth, or whoever is on duty at a weekend."""
        whose = self.whose
        rng = whose.rng
        assessors = whose.stage.cast.at(Role.OUTCOME_ASSESSOR, whose.site)
        is_weekend = on.weekday() >= _SATURDAY
        masked = not (is_weekend and happens(rng, 0.05))
        who = assessors[0] if masked else whose.investigator()
        values: Values = {
            "OMPERF": "Y",
            "OMDAT": on.isoformat(),
            "OMTIM": f"{rng.randint(8, 10):02}:{rng.randrange(0, 60, 5):02}",
            "OMLOC": where,
            "OMMASK": "Y" if masked else "N",
        } | mouth(rng, grade)
        if visit == "BL":
            whose.save(who, (visit, "OM", 1), values)
            self.mouth = Mouth(grade, [])
            return
        typed = whose.enter(who, (visit, "OM", 1), values)
        self.mouth.seen.append((on, int(typed["OMWHO"])))

    def _misses(self, visit: Visit, *, why: str) -> None:
        values = {"SVSTAT": "MISS", "SVMISRS": why}
        self.whose.save(self.whose.nurse(), (visit.code, "SV", 1), values)

    def _response(self, visit: Visit, on: date) -> Values:
        rng, late = self.whose.rng, visit.code in WITHOUT_RESPONSE
        values: Values = {
            "RSPDAT": on.isoformat(),
            "RSPSURV": "Y",
            "RESCUE": "Y" if happens(rng, 0.03) else "N",
            "DISREL": rng.choices(("REM", "MRD"), (92, 8))[0],
            "ADMDAYS": rng.randint(0, 7),
        }
        if late:
            values["SECMAL"] = "N"
        site = self.whose.who.site
        if site != "ORAL":
            if not late:
                values[f"RSP{'SKIN' if site == 'SKIN' else 'BLAD'}"] = self._by_eye(on)
            return values
        if not late:
            values["RSPORAL"] = self.mouth.response()
        healed = self.mouth.healed_on()
        if healed is not None:
            is_back = self.recurs_on is not None and healed < self.recurs_on <= on
            values["RECUR"] = "Y" if is_back else "N"
            if is_back and self.recurs_on is not None:
                values["RECDAT"] = self.recurs_on.isoformat()
        return values

    def _by_eye(self, on: date) -> str:
        """Return the response of a site whose own assessment the study does not have yet."""
        weeks = (on - self.day_zero).days // 7
        better = happens(self.whose.rng, 0.2 + 0.15 * weeks)
        return "CR" if better else self.whose.rng.choices(("PR", "NR"), (70, 30))[0]

    def _comes_between(self) -> Steps:
        """Let a few come unscheduled."""
        whose = self.whose
        if not happens(whose.rng, 0.08):
            return
        on = whose.today() + timedelta(days=whose.rng.randint(6, 20))
        if on >= self.leaves_on:
            return
        yield whose.sits_down(on, 10)
        nurse = whose.nurse()
        code = whose.stage.desk.unscheduled(
            nurse, whose.subject_id, why=whose.rng.choice(("LAB", "REQ")), forms=["VS"]
        )
        yield whose.goes_on()
        attended = {"SVSTAT": "DONE", "SVSTDAT": on.isoformat(), "SVLOC": "OPD"}
        whose.save(nurse, (code, "SV", 1), attended)
        yield whose.goes_on()
        signs = answers.vital_signs(whose.rng, whose.who, on, visit=code, weight=whose.weight)
        whose.save(nurse, (code, "VS", 1), signs)

    def _leaves(self) -> Steps:
        """Enter the end of study; before it what brought it about."""
        whose = self.whose
        if self.leaves is None:
            yield whose.sits_down(whose.today() + timedelta(days=whose.rng.randint(1, 9)), 15)
            yield from self._ends("COMPLETED", last=whose.today())
            return
        yield whose.sits_down(self.leaves_on + timedelta(days=1), 15)
        if self.leaves is Leaving.DEATH:
            yield from whose.reports(events.fatal(whose.rng, self.leaves_on), arm=self.arm)
        yield whose.goes_on()
        extra: Values = {"EOSTRIES": whose.rng.randint(3, 6)} if self.leaves is Leaving.LOST else {}
        yield from self._ends(self.leaves, last=self.leaves_on, extra=extra)
        if self.leaves is Leaving.WITHDRAWN:
            yield whose.goes_on()
            withdrawal = {
                "ICTYPE": "WD",
                "ICWDTYP": "ALL",
                "ICWDDAT": self.leaves_on.isoformat(),
                "ICWDSIG": whose.rng.choices("YN", (7, 3))[0],
            }
            whose.save(whose.investigator(), ("", "IC", self.consents + 1), withdrawal)

    def _ends(self, why: str, *, last: date, extra: Values | None = None) -> Steps:
        whose = self.whose
        investigator = whose.investigator()
        values = {
            "EOSDAT": whose.today().isoformat(),
            "EOSREAS": why,
            "EOSLAST": min(last, whose.today()).isoformat(),
        } | (extra or {})
        whose.has_left = True
        whose.save(investigator, ("", "EOS", 1), values)
        if why == "COMPLETED" and happens(whose.rng, 0.8):
            yield whose.goes_on()
            # Section 3 of EOS: nothing may be open when the whole casebook is signed.
            if answer_all(whose.stage, whose.rng, investigator, whose.subject_id):
                whose.stage.desk.sign(
                    investigator, whose.subject_id, ("", "EOS", 1), Meaning.REVIEWED
                )
