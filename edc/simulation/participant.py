"""One participant of the simulated trial, from the screening log to the end of study."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from edc import clock
from edc.permissions import Role
from edc.protocol import STUDY
from edc.simulation import answers, enrolling, mistakes
from edc.simulation.blunders import REASONS
from edc.simulation.follow_up import FollowUp
from edc.simulation.injuries import Bladder
from edc.simulation.laboratory import panel
from edc.simulation.medicines import Care, Medicines
from edc.simulation.registers import consent_version
from edc.simulation.stage import Steps, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from edc.services.casebooks import Place
    from edc.services.data_entry import Saved
    from edc.services.unit_of_work import Actor
    from edc.simulation.answers import Profile
    from edc.simulation.entry import Values
    from edc.simulation.injuries import Injury
    from edc.simulation.laboratory import Blood
    from edc.simulation.leaving import Leaving
    from edc.simulation.stage import Stage


@dataclass
class Participant:
    """A participant's doings, with a random stream of their own.

    :param screened_on: the day of the screening.
    :param is_full: whether what is asked every day is entered every day.
    :param fails_by: criterion and reason of a screen failure.
    :param traits: of the profile, where they are given and not drawn.
    :param is_cast: whether the end is given too: by *leaves_by*, or by completing.
    :param same_as: the earlier registration of the same person.
    """

    stage: Stage
    rng: Random
    site: str
    fate: enrolling.Fate
    screened_on: date
    is_full: bool = False
    fails_by: tuple[str, str] = ("", "")
    traits: Mapping[str, Any] = field(default_factory=dict)
    same_as: Participant | None = None
    leaves_by: Leaving | None = None
    is_cast: bool = False
    heals: bool = True
    subject_id: int = 0
    consented_on: date | None = None
    has_left: bool = False
    fatal_event: int = 0
    blunders: int = 0
    is_untested: bool = False
    follow: FollowUp | None = None
    last_assessed: tuple[str, str, int] | None = None
    last_pain: tuple[str, int] | None = None
    pending: list[tuple[Actor, Place, Values]] = field(default_factory=list)
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
        self.who = replace(answers.profile(self.rng, self.screened_on), **self.traits)
        if self.same_as is not None:
            self.who = self.same_as.who
        if self.fails_by[0] == "INC01":
            born = self.screened_on - timedelta(days=17 * 365)
            self.who = replace(self.who, born=born)
        if self.fails_by[0] == "EXC04":
            self.who = replace(self.who, sex="F", may_bear_children=True)
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
        """Save a CRF for the first time, now and then with a mistake; return what was typed."""
        blunders = self.stage.blunders
        found = blunders.pick(self, place, values)
        if found is None:
            self.save(who, place, values)
            return values
        mistake, wrong = found
        typed = {item: one for item, one in (values | wrong).items() if one is not None}
        if mistake.becomes is mistakes.Fate.REFUSED:
            refused = self.stage.desk.attempt(lambda: self.save(who, place, typed))
            blunders.made(mistake, self, refused)
            self.save(who, place, values, reason="" if refused else _AT_ONCE)
            return values
        saved = self.save(who, place, typed)
        blunders.made(mistake, self, _told(saved))
        right = {item: values.get(item, "") for item in wrong}
        if mistake.becomes is mistakes.Fate.SOON:
            self.pending.append((who, place, right))
        elif mistake.becomes is mistakes.Fate.CORRECTED and place[1] != "PRO":
            self.stage.add(self._corrects(place, right, by=who))
        return typed

    def catches_up(self) -> Steps:
        """Put right what must be right before the participant is randomised."""
        while self.pending:
            who, place, values = self.pending.pop(0)
            yield self.goes_on()
            is_new = not self.stage.desk.versions[self.subject_id, place]
            reason = "" if is_new else self.rng.choice(REASONS)
            self.save(who, place, values, reason=reason)

    def is_on_product(self) -> bool:
        """Tell whether the participant is given the product."""
        return self.follow is not None and self.follow.dosing is not None

    def _corrects(self, place: Place, values: Values, *, by: Actor) -> Steps:
        """Let a colleague put a slip right some days later."""
        day = self.today() + timedelta(days=self.rng.randint(2, 30))
        role = by.role or Role.RESEARCH_NURSE
        others = self.stage.cast.at(role, self.site)
        if place[1] == "OM":
            others = self.stage.cast.at(Role.INVESTIGATOR, self.site)
        colleagues = [one for one in others if one.username != by.username]
        corrector = self.rng.choice(colleagues) if colleagues else self.investigator()
        reason = self.rng.choice(REASONS)
        yield moment(day, 15) + timedelta(seconds=self.rng.randrange(5000))
        self.save(corrector, place, values, reason=reason)

    # The trial

    def run(self) -> Steps:
        """Live through the trial."""
        yield from enrolling.come(self)

    @property
    def is_to_be_randomised(self) -> bool:
        """Tell whether the participant comes as far as the baseline at the first screening."""
        return self.fate is enrolling.Fate.RANDOMISED and self.same_as is None

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

    def consent(self, day: date, kind: str) -> Values:
        """Answer IC for a consent that is given."""
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
        self.save(self.nurse(), place, self.consent(day, "NEWVER"))


_AT_ONCE = "录入错误，当即更正"


def _told(saved: Saved) -> set[str]:
    """Return the ids of the checks that a save set off."""
    fired = {query.check_id or "" for query in saved.opened}
    fired |= {finding.id for finding in saved.warnings}
    return fired | {notice.check_id for notice in saved.actions}
