"""One participant of the simulated trial, from the screening log to the end of study."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services.signing import Meaning
from edc.simulation import answers, mistakes, screening
from edc.simulation.course import happens
from edc.simulation.follow_up import FollowUp
from edc.simulation.injuries import KINDS, Bladder
from edc.simulation.laboratory import blood, panel
from edc.simulation.medicines import Care, Medicines
from edc.simulation.registers import consent_version, protocol_version
from edc.simulation.stage import Steps, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from edc.services.casebooks import Place
    from edc.services.data_entry import Saved
    from edc.services.unit_of_work import Actor
    from edc.simulation.answers import Profile
    from edc.simulation.entry import Values
    from edc.simulation.injuries import Injury
    from edc.simulation.laboratory import Blood
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
    :param is_full: whether what is asked every day is entered every day.
    """

    stage: Stage
    rng: Random
    site: str
    fate: Fate
    screened_on: date
    is_full: bool = False
    subject_id: int = 0
    consented_on: date | None = None
    has_left: bool = False
    fatal_event: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    who: Profile = field(init=False)
    weight: float = field(init=False)
    causes: list[str] = field(init=False)
    blood: Blood = field(init=False)
    medicines: Medicines = field(init=False)
    care: Care = field(init=False)
    injuries: list[Injury] = field(init=False)
    _at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Draw what stays the same."""
        self.who = answers.profile(self.rng, self.screened_on)
        self.weight = self.who.weight
        self.medicines, self.care = Medicines(self), Care(self)
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

    def next_row(self, form: str) -> int:
        """Return the number of the next row of a log."""
        self.rows[form] += 1
        return self.rows[form]

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
        rng, who, nurse = self.rng, self.who, self.nurse()
        yield self.goes_on()
        self.consented_on = day
        self.rows.clear()
        self.save(nurse, ("", "IC", self.next_row("IC")), self._consent(day, "INIT"))
        infused = day - timedelta(
            days=rng.randint(22, 45) if who.stays_long else rng.randint(6, 14)
        )
        began = day - timedelta(days=rng.randint(0, 3))
        self.causes = answers.causes(rng, who)
        self.blood = blood(rng, sex=who.sex, infused=infused, is_autologous=who.is_autologous)
        kinds = {site: KINDS[site] for site in who.injured}
        self.injuries = [kind(rng, day, self.causes) for kind in kinds.values()]
        signs = answers.vital_signs(rng, who, day, visit=SCREENING, weight=self.weight)
        pages: list[tuple[str, Values]] = [
            ("SV", {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"}),
            ("DM", answers.demographics(rng, who)),
            ("HSCT", answers.transplant(rng, who, infused)),
            *(("MH", row) for row in screening.history(rng, day)),
            ("INJ", answers.injury(who, self.causes, began)),
            ("VIR", screening.infections(rng, day)),
            ("CV", screening.heart(rng, day)),
            ("VS", signs),
            ("PE", screening.body(rng, day, self.grades_on(day))),
        ]
        if who.may_bear_children:
            pages.append(("PREGT", screening.pregnancy_test(day)))
        for form, values in pages:
            yield self.goes_on()
            is_log = form == "MH"
            place = ("" if is_log else SCREENING, form, self.next_row(form) if is_log else 1)
            self.enter(nurse, place, values)
        yield from self.samples(SCREENING, day, ("CBC", "CHEM", "COAG", "URIN"))
        for injury in self.injuries:
            yield from self.care.begin(injury.site, began, is_severe=injury.baseline > 1)

    def grades_on(self, on: date) -> dict[str, int]:
        """Return the grade of each injured site on a day."""
        return {injury.site: injury.grade_on(on) for injury in self.injuries}

    def samples(self, visit: str, on: date, parts: Iterable[str]) -> Steps:
        """Enter the laboratory panels of a visit."""
        cells = next((one.cells_on(on) for one in self.injuries if isinstance(one, Bladder)), 1)
        for part in parts:
            yield self.goes_on()
            values = panel(self.rng, self.blood, part, on, urine_cells=cells)
            self.enter(self.nurse(), (visit, "LB", STUDY.crfs["LB"].row_of(part)), values)

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

    def consents_again(self, day: date) -> None:
        """Sign a new version of the consent form."""
        place = ("", "IC", self.next_row("IC"))
        self.save(self.nurse(), place, self._consent(day, "NEWVER"))

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
        for injury in self.injuries:
            injury.day_zero = day
        visit = {"SVSTAT": "DONE", "SVSTDAT": day.isoformat(), "SVLOC": "IPD"}
        self.save(nurse, (BASELINE, "SV", 1), visit)
        yield self.goes_on()
        signs = answers.vital_signs(self.rng, self.who, day, visit=BASELINE, weight=self.weight)
        self.enter(nurse, (BASELINE, "VS", 1), signs)
        yield self.goes_on()
        self.enter(nurse, (BASELINE, "PE", 1), screening.body(self.rng, day, self.grades_on(day)))
        if self.who.may_bear_children:
            yield self.goes_on()
            self.enter(nurse, (BASELINE, "PREGT", 1), screening.pregnancy_test(day))
        after = FollowUp(self, day_zero=day)
        transplanted = () if self.who.is_autologous else ("VLOAD", "DRUG")
        yield from self.samples(BASELINE, day, ("CBC", "CHEM", "URIN", *transplanted))
        if transplanted:
            yield self.goes_on()
            after.graft_versus_host(day, BASELINE)
        for injury in self.injuries:
            yield from after.assess(injury, day, BASELINE)
        yield self.goes_on()
        after.diary(day, BASELINE)
        yield self.sits_down(day, 11)
        arm = self.stage.desk.randomise(
            self.investigator(), self.subject_id, stratum=self.who.stratum
        )
        after.begin(arm=arm or "")
        self.stage.add(after.run())
