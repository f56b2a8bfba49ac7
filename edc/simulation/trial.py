"""The trial as a whole: who comes when over five years, and everything that is entered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha512
from itertools import cycle
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc import clock
from edc.models import Query, Slot, Subject
from edc.permissions import Role
from edc.protocol import DESIGN, STUDY
from edc.randomization.lists import generate
from edc.services.allocation_lists import load_list
from edc.services.night import run_night
from edc.services.passwords import STANDARD, Hashing
from edc.simulation.blunders import Blunders
from edc.simulation.course import happens
from edc.simulation.enrolling import SCREEN_FAILURES, Fate
from edc.simulation.entry import Desk
from edc.simulation.leaving import Leaving
from edc.simulation.participant import Participant
from edc.simulation.people import appoint
from edc.simulation.questions import Questions
from edc.simulation.registers import Stock, registration
from edc.simulation.rounds import Rounds
from edc.simulation.stage import Stage, moment, workday

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import Database
    from edc.simulation.people import Cast
    from edc.simulation.stage import Steps

OPENED = date(2020, 8, 31)  # accounts, sites and the allocation list
FIRST_SCREENING = date(2020, 10, 9)
LAST_SCREENING = date(2025, 9, 8)
DATA_CUT = date(2025, 9, 30)
SECOND_SITE_FROM = date(2022, 3, 1)
BEFORE_A_NEW_CONSENT_FORM = date(2022, 1, 27)  # twenty weeks
SECOND_SITE_SHARE = 0.12
# For each 120 who are randomised.
NEVER_CONSENTED = 13
FAILING = 20
SECOND_SCREENINGS = 2
WAITING = 2
USUAL_SIZE = 120
FULL_EVERY = 20
"""Of so many participants one has every page that is asked every day."""
_FIRST_FAILURES = SCREEN_FAILURES[:3]  # seen whatever the number of participants


@dataclass(frozen=True, slots=True)
class Part:
    """What is given, and not drawn, about one of the first participants."""

    traits: Mapping[str, object] = field(default_factory=dict)
    is_full: bool = False
    comes_on: date | None = None
    leaves_by: Leaving | None = None
    heals: bool = True


_NOBODY = Part()
_WOMAN = {"sex": "F", "may_bear_children": True}
_MAN = {"sex": "M", "may_bear_children": False}
_GRAFTED = {"is_autologous": False}
CAST = (
    Part({"site": "BLAD", "second": "", **_GRAFTED, **_MAN}, is_full=True),
    Part({"site": "SKIN", "second": "", **_GRAFTED, **_WOMAN}, is_full=True),
    Part({"site": "ORAL", "second": "SKIN", **_GRAFTED, **_WOMAN}, is_full=True),
    Part({"site": "ORAL", "second": "", **_GRAFTED, **_MAN}, leaves_by=Leaving.DEATH),
    Part({"site": "SKIN", "second": "", **_GRAFTED, **_MAN}, leaves_by=Leaving.LOST),
    Part(
        {"site": "ORAL", "second": "", "is_autologous": True, **_WOMAN},
        comes_on=BEFORE_A_NEW_CONSENT_FORM,
    ),
    Part({"site": "ORAL", "second": "", **_GRAFTED, **_WOMAN}, leaves_by=Leaving.WITHDRAWN),
    Part(
        {"site": "ORAL", "second": "", "is_autologous": True, **_MAN},
        leaves_by=Leaving.LOST,
        heals=False,
    ),
    Part({"site": "ORAL", "second": "", **_GRAFTED, **_MAN}, leaves_by=Leaving.DEATH),
    Part({"site": "BLAD", "second": "", **_GRAFTED, **_WOMAN}),
)
"""The first participants: so that every site, end and check is seen whatever the number."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the simulation left behind.

    :param acts: how many units of work people did on participants.
    :param fired: how often a rule warned on a page or refused an act: nothing else keeps that.
    """

    randomised: int
    screened: int
    queries: int
    acts: int
    fired: Mapping[str, int]


def simulate(
    database: Database,
    *,
    participants: int,
    seed: int,
    secret: str,
    key: SealingKey,
    progress: Callable[[date], None],
    hashing: Hashing = STANDARD,
) -> Simulated:
    """Enter a whole trial through the services.

    The same seed gives the same trail, apart from what must not be foreseen: password hashes, the
    nonces of the sealed arms, and the numbers of queries and notices. Allocation follows the list
    that the seed gives.

    :param secret: from which the passwords follow.
    :param progress: is told the simulated day.
    """
    start = moment(OPENED, 9)
    with clock.replaced(lambda: start):
        cast = appoint(database, secret=secret, hashing=hashing)
        _load_list(database, cast, seed=seed, key=key)
    desk = Desk(database, key)
    stage = Stage(desk, cast, Stock(), Blunders(participants), ends=moment(DATA_CUT, 18), now=start)
    stage.add(registration(stage))
    for participant in enrolment(stage, participants=participants, seed=seed):
        stage.add(participant.run())

    talk = Random(f"{seed}|questions")  # noqa: S311 - a simulation is to be repeated
    asking = Questions(stage, talk, FIRST_SCREENING + timedelta(days=21), participants)
    stage.add(asking.run())
    walk = Random(f"{seed}|rounds")  # noqa: S311 - see above
    stage.add(Rounds(stage, walk, begins=FIRST_SCREENING + timedelta(days=40)).run())
    stage.add(_closing(stage))

    def told(now: datetime) -> None:
        progress(clock.local(now).date())

    stage.run(progress=told)
    with database.reading() as session:
        count = {
            name: session.scalar(statement) or 0
            for name, statement in (
                ("randomised", select(func.count(Slot.subject_id))),
                ("screened", select(func.count(Subject.id))),
                ("queries", select(func.count(Query.id))),
            )
        }
    return Simulated(**count, acts=desk.saves, fired=dict(desk.fired))


def _closing(stage: Stage) -> Steps:
    """Let the night before the data cut find what only time brings about."""
    yield moment(DATA_CUT, 2)
    found = run_night(stage.desk.database, key=stage.desk.key)
    if found.failed:
        message = f"the night failed for {found.failed[0]}"
        raise RuntimeError(message)


def _load_list(database: Database, cast: Cast, *, seed: int, key: SealingKey) -> None:
    """Let the statistician bring the list, and the data manager confirm it."""
    text = generate(DESIGN, seed=_list_seed(seed), purpose="test").write()
    brought_by = cast.one(Role.STATISTICIAN).username
    manager = cast.one(Role.DATA_MANAGER)
    with database.unit_of_work(manager, "randomisation.load") as uow:
        load_list(uow, text, design=DESIGN, key=key, purpose="test", brought_by=brought_by)


def _list_seed(seed: int) -> str:
    return sha512(f"demo allocation list {seed}".encode()).hexdigest()


def enrolment(stage: Stage, *, participants: int, seed: int) -> list[Participant]:
    """Return everybody who is screened, with the day of their screening.

    :param participants: how many are randomised.
    """
    rng = Random(f"{seed}|enrolment")  # noqa: S311 - a simulation is to be repeated

    def share(usual: int) -> int:
        return max(1, round(usual * participants / USUAL_SIZE))

    again = min(share(SECOND_SCREENINGS), participants)
    fates: list[Fate] = [
        *[Fate.RANDOMISED] * (participants - again),
        *[Fate.RANDOMISED_AT_SECOND_SCREENING] * again,
        *[Fate.NEVER_CONSENTED] * share(NEVER_CONSENTED),
        *[Fate.SCREEN_FAILURE] * max(len(_FIRST_FAILURES), share(FAILING)),
    ]
    rng.shuffle(fates)
    span = (LAST_SCREENING - FIRST_SCREENING).days
    days = sorted(rng.randint(0, span) for _ in fates)
    # So that the first and the last are seen whatever the number.
    days[0], days[-1] = 0, span
    comers = [
        (workday(FIRST_SCREENING + timedelta(days=day)), fate)
        for day, fate in zip(days, fates, strict=True)
    ]
    comers = [(min(day, LAST_SCREENING), fate) for day, fate in comers]
    comers += [
        (workday(DATA_CUT - timedelta(days=number)), Fate.WAITING)
        for number in range(1, share(WAITING) + 1)
    ]
    if participants >= STUDY.target:
        comers.append((workday(DATA_CUT - timedelta(days=8)), Fate.TOO_LATE))
    return _meet(stage, comers, seed=seed)


def _meet(stage: Stage, comers: list[tuple[date, Fate]], *, seed: int) -> list[Participant]:
    """Return a participant for each day and fate."""
    found: list[Participant] = []
    traits, failures = iter(CAST), cycle(SCREEN_FAILURES)
    randomised = sum(fate is Fate.RANDOMISED for _, fate in comers)
    for number, (day, fate) in enumerate(comers):
        own = Random(f"{seed}|participant|{number}")  # noqa: S311 - see above
        second = day >= SECOND_SITE_FROM and happens(own, SECOND_SITE_SHARE)
        # A second screening takes four weeks, and the data cut does not wait.
        twice = fate is Fate.RANDOMISED_AT_SECOND_SCREENING
        first = min(day, workday(LAST_SCREENING - timedelta(days=35))) if twice else day
        given = next(traits, _NOBODY) if fate is Fate.RANDOMISED else _NOBODY
        first = given.comes_on or first
        one = Participant(
            stage,
            own,
            "02" if second and given is _NOBODY else "01",
            fate,
            first,
            is_full=given.is_full or number % FULL_EVERY == 0,
            fails_by=next(failures) if fate is Fate.SCREEN_FAILURE else ("", ""),
            traits=given.traits,
            leaves_by=given.leaves_by,
            heals=given.heals,
            is_cast=given is not _NOBODY,
        )
        found.append(one)
    if randomised > len(CAST):
        _register_twice(found)
    return found


def _register_twice(found: list[Participant]) -> None:
    """Let the person who came first come again, as the last of the same site."""
    randomised = [one for one in found if one.fate is Fate.RANDOMISED and one.site == "01"]
    first, last = randomised[3], randomised[-1]
    if last.screened_on - first.screened_on > timedelta(days=60):
        last.same_as, last.who, last.weight = first, first.who, first.who.weight
