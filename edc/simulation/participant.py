"""One participant of the simulated trial, from the screening log to the end of study."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.permissions import Role
from edc.services.signing import Meaning
from edc.simulation import answers, events, mistakes
from edc.simulation.course import first_grade, happens
from edc.simulation.follow_up import FollowUp
from edc.simulation.registers import consent_version, protocol_version
from edc.simulation.stage import Steps, moment

if TYPE_CHECKING:
    from random import Random

    from edc.services.casebooks import Place
    from edc.services.data_entry import Saved
    from edc.services.unit_of_work import Actor
    from edc.simulation.answers import Profile
    from edc.simulation.entry import Values
    from edc.simulation.stage import Stage

SCREENING: Final = "SCR"
BASELINE: Final = "BL"
WEEK: Final = 7


class Fate(StrEnum):
    """How far a participant comes."""

    NEVER_CONSENTED = "never_consented"
    SCREEN_FAILURE = "screen_failure"
    WAITING = "waiting"  # filled in by the nurse, not yet confirmed by an investigator
    RANDOMISED = "randomised"
    RANDOMISED_AT_SECOND_SCREENING = "second_screening"


NEVER_CONSENTED = (
    ("WBC", "不愿参加临床研究"),
    ("PHYS", "主管医生认为目前不宜参加"),
    ("IE", "预筛时发现正在参加其他试验"),
    ("OTH", "拟转回当地医院治疗"),
)
SCREEN_FAILURES = (
    ("EXC02", "IE"),
    ("EXC01L", "IE"),
    ("EXC06", "IE"),
    ("INC05", "IE"),
    ("", "HEAL"),
    ("", "WBC"),
)


@dataclass
class Participant:
    """A participant's doings, with a random stream of their own.

    :param screened_on: the day of the screening.
    """

    stage: Stage
    rng: Random
    site: str
    fate: Fate
    screened_on: date
    subject_id: int = 0
    consented_on: date | None = None
    has_left: bool = False
    events_reported: int = 0
    who: Profile = field(init=False)
    weight: float = field(init=False)
    _at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Draw what stays the same."""
        self.who = answers.profile(self.rng, self.screened_on)
        self.weight = self.who.weight
        self._at = moment(self.screened_on, 8)

    # People and time

    def nurse(self) -> Actor:
        """Return a nurse of the site."""
        return self.rng.choice(self.stage.cast.at(Role.RESEARCH_NURSE, self.site))

    def investigator(self) -> Actor:
        """Return an investigator of the site."""
        return self.rng.choice(self.stage.cast.at(Role.INVESTIGATOR, self.site))

    def sits_down(self, day: date, hour: int) -> datetime:
        """Return a moment of that hour, or the next free one if that has passed."""
        start = moment(day, hour) + timedelta(seconds=self.rng.randrange(3000))
        self._at = max(start, self.stage.now + timedelta(seconds=self.rng.randrange(40, 150)))
        return self._at

    def goes_on(self) -> datetime:
        """Return the moment of the next page in the same sitting."""
        self._at = self.stage.now + timedelta(seconds=self.rng.randrange(40, 240))
        return self._at

    def today(self) -> date:
        """Return the day at the site."""
        return clock.local(self.stage.now).date()

    # Entering

    def save(self, who: Actor, place: Place, values: Values, *, reason: str = "") -> Saved:
        """Save a CRF as it should be."""
        return self.stage.desk.save(who, self.subject_id, place, values, reason=reason)

    def enter(self, who: Actor, place: Place, values: Values) -> Values:
        """Save a CRF for the first time, now and then with a slip; return what was typed."""
        slip = None
        # A day typed wrong must not fall before the consent: that the system refuses at once.
        settled = self.consented_on is not None and (self.today() - self.consented_on).days > WEEK
        if settled and happens(self.rng, mistakes.SHARE):
            slip = mistakes.spoil(self.rng, place[1], values)
        typed = values | (slip or {})
        self.save(who, place, typed)
        if slip and happens(self.rng, mistakes.CORRECTED):
            self.stage.add(self._corrects(place, {item: values[item] for item in slip}, by=who))
        return typed

    def _corrects(self, place: Place, values: Values, *, by: Actor) -> Steps:
        """Let a colleague put a slip right some days later."""
        day = self.today() + timedelta(days=self.rng.randint(2, 30))
        role = by.role or Role.RESEARCH_NURSE
        others = self.stage.cast.at(role, self.site)
        if place[1] == "OM":
            others = self.stage.cast.at(Role.INVESTIGATOR, self.site)
        colleagues = [one for one in others if one.username != by.username]
        corrector = self.rng.choice(colleagues) if colleagues else self.investigator()
        reason = self.rng.choice(mistakes.REASONS)
        yield moment(day, 15) + timedelta(seconds=self.rng.randrange(5000))
        self.save(corrector, place, values, reason=reason)

    # The trial

    def run(self) -> Steps:
        """Live through the trial."""
        yield self.sits_down(self.screened_on, 9)
        site_id = self.stage.cast.sites[self.site]
        self.subject_id = self.stage.desk.screen(self.nurse(), site_id=site_id)
        if self.fate is Fate.NEVER_CONSENTED:
            reason, note = self.rng.choice(NEVER_CONSENTED)
            yield self.sits_down(self.screened_on, 15)
            self.stage.desk.not_enrolled(
                self.nurse(), subject_id=self.subject_id, reason=reason, note=note
            )
            return
        if self.fate is Fate.RANDOMISED_AT_SECOND_SCREENING:
            yield from self._screening(self.screened_on)
            yield from self._fails(("EXC02", "IE"), again=True)
            day = self.today() + timedelta(days=self.rng.randint(9, 16))
            yield self.sits_down(day, 9)
            self.subject_id = self.stage.desk.screen_again(self.nurse(), subject_id=self.subject_id)
            yield from self._screening(day)
        else:
            yield from self._screening(self.screened_on)
        if self.fate is Fate.SCREEN_FAILURE:
            yield from self._fails(self.rng.choice(SCREEN_FAILURES), again=False)
            return
        yield from self._confirms()
        if self.fate is not Fate.WAITING:
            yield from self._baseline()

    def _screening(self, day: date) -> Steps:
        """Enter consent and the CRFs of the screening visit."""
        nurse = self.nurse()
        yield self.goes_on()
        self.consented_on = day
        self.save(nurse, ("", "IC", 1), self._consent(day, "INIT"))
        infused = day - timedelta(days=self.rng.randint(6, 14))
        began = day - timedelta(days=self.rng.randint(0, 3))
        pages = {
            "SV": {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"},
            "DM": answers.demographics(self.rng, self.who, day),
            "HSCT": answers.transplant(self.rng, self.who, infused),
            "INJ": answers.injury(self.rng, self.who, began),
            "VS": answers.vital_signs(self.rng, self.who, day, visit=SCREENING, weight=self.weight),
        }
        for form, values in pages.items():
            yield self.goes_on()
            self.save(nurse, (SCREENING, form, 1), values)

    def _consent(self, day: date, kind: str) -> Values:
        who = self.investigator()
        return {
            "ICTYPE": kind,
            "ICVER": consent_version(day),
            "ICDAT": day.isoformat(),
            "ICTIM": f"{clock.local(self.stage.now):%H:%M}",
            "ICSIGNER": "PT",
            "ICINV": who.username,
            "ICCOPY": "Y",
            "ICPHOTO": self.rng.choices("YN", (4, 6))[0],
            "ICBIO": self.rng.choices("YN", (8, 2))[0],
            "ICDATA": "Y",
        }

    def consents_again(self, day: date, *, row: int) -> None:
        """Sign a new version of the consent form."""
        self.save(self.nurse(), ("", "IC", row), self._consent(day, "NEWVER"))

    def _fails(self, why: tuple[str, str], *, again: bool) -> Steps:
        """Enter IE with a criterion that is not met, or another reason for not going on."""
        criterion, reason = why
        day = self.screened_on + timedelta(days=self.rng.randint(0, 3))
        yield self.sits_down(day, 14)
        ended = {
            "IECONF": "N",
            "SFYN": "Y",
            "SFREAS": reason,
            "SFDAT": self.today().isoformat(),
            "RESCR": "Y" if again else "N",
        }
        answered = answers.criteria(protocol_version(day), not_met=criterion)
        self.save(self.investigator(), (SCREENING, "IE", 1), answered | ended)

    def _confirms(self) -> Steps:
        """Let the nurse answer the criteria, and an investigator confirm and sign them."""
        yield self.goes_on()
        place = (SCREENING, "IE", 1)
        self.save(self.nurse(), place, answers.criteria(protocol_version(self.today())))
        if self.fate is Fate.WAITING:
            return
        investigator = self.investigator()
        yield self.sits_down(self.today() + timedelta(days=self.rng.randint(0, 1)), 16)
        self.save(investigator, place, {"IECONF": "Y"})
        yield self.goes_on()
        self.stage.desk.sign(investigator, self.subject_id, place, Meaning.ELIGIBILITY_CONFIRMED)

    def _baseline(self) -> Steps:
        """Enter the baseline visit, randomise, and set the rest of the trial going."""
        day = self.today() + timedelta(days=self.rng.randint(1, 3))
        nurse = self.nurse()
        self.weight *= self.rng.uniform(0.985, 1.005)
        yield self.sits_down(day, 8)
        visit = {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"}
        self.save(nurse, (BASELINE, "SV", 1), visit)
        yield self.goes_on()
        signs = answers.vital_signs(self.rng, self.who, day, visit=BASELINE, weight=self.weight)
        self.save(nurse, (BASELINE, "VS", 1), signs)
        after = FollowUp(self, day_zero=day)
        if self.who.is_oral:
            yield self.goes_on()
            after.assess(day, BASELINE, grade=first_grade(self.rng))
        yield self.sits_down(day, 10)
        arm = self.stage.desk.randomise(
            self.investigator(), self.subject_id, stratum=self.who.stratum
        )
        after.begin(arm=arm or "")
        self.stage.add(after.run())

    # What happens at any time

    def reports(self, event: events.AdverseEvent, *, arm: str) -> Steps:
        """Report an adverse event when it is seen, and its end when it is over."""
        seen = event.end if event.grade == events.FATAL else event.start
        if self.consented_on is None or event.start < self.consented_on:
            return
        late = timedelta(days=self.rng.choices((0, 1, 4), (70, 20, 10))[0])
        who = self.rng.choice((self.investigator(), self.nurse()))
        yield moment(seen + late, 11) + timedelta(seconds=self.rng.randrange(9000))
        if self.has_left:
            return
        self.events_reported += 1
        place = ("", "AE", self.events_reported)
        self.save(who, place, events.reported(self.rng, event, arm=arm))
        if event.grade == events.FATAL:
            return
        yield moment(event.end + timedelta(days=self.rng.randint(0, 5)), 14)
        over = events.resolved(event)
        self.save(self.nurse(), place, over, reason="事件已结束，更新转归")
