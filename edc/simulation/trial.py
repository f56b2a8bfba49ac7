"""The trial as a whole: who comes when over five years, and everything that is entered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha512
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc import clock
from edc.models import Query, Slot, Subject
from edc.permissions import Role
from edc.protocol import DESIGN
from edc.randomization.lists import generate
from edc.services.allocation_lists import load_list
from edc.services.passwords import STANDARD, Hashing
from edc.simulation.course import happens
from edc.simulation.entry import Desk
from edc.simulation.participant import Fate, Participant
from edc.simulation.people import appoint
from edc.simulation.questions import Questions
from edc.simulation.registers import Stock, registration
from edc.simulation.stage import Stage, moment, workday

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import Database
    from edc.simulation.people import Cast

OPENED = date(2020, 8, 31)  # accounts, sites and the allocation list
FIRST_SCREENING = date(2020, 10, 9)
LAST_SCREENING = date(2025, 9, 8)
DATA_CUT = date(2025, 9, 30)
SECOND_SITE_FROM = date(2022, 3, 1)
SECOND_SITE_SHARE = 0.12
# For each 120 who are randomised.
NEVER_CONSENTED = 13
SCREEN_FAILURES = 20
SECOND_SCREENINGS = 2
WAITING = 2
USUAL_SIZE = 120


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the simulation left behind.

    :param acts: how many units of work people did on participants.
    """

    randomised: int
    screened: int
    queries: int
    acts: int


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

    The same seed gives the same trail, apart from what must not be foreseen: password hashes and
    the nonces of the sealed arms. Allocation follows the list that the seed gives.

    :param secret: from which the passwords follow.
    :param progress: is told the simulated day.
    """
    start = moment(OPENED, 9)
    with clock.replaced(lambda: start):
        cast = appoint(database, secret=secret, hashing=hashing)
        _load_list(database, cast, seed=seed, key=key)
    desk = Desk(database, key)
    stage = Stage(desk, cast, Stock(), ends=moment(DATA_CUT, 18), now=start)
    stage.add(registration(stage))
    for participant in enrolment(stage, participants=participants, seed=seed):
        stage.add(participant.run())

    talk = Random(f"{seed}|questions")  # noqa: S311 - a simulation is to be repeated
    stage.add(Questions(stage, talk, begins=FIRST_SCREENING + timedelta(days=21)).run())

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
    return Simulated(**count, acts=desk.saves)


def _load_list(database: Database, cast: Cast, *, seed: int, key: SealingKey) -> None:
    """Let the statistician generate the list and load it."""
    text = generate(DESIGN, seed=_list_seed(seed), purpose="test").write()
    statistician = cast.one(Role.STATISTICIAN)
    with database.unit_of_work(statistician, "randomisation.load") as uow:
        load_list(uow, text, design=DESIGN, key=key, purpose="test")


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
    fates = [
        *[Fate.RANDOMISED] * (participants - again),
        *[Fate.RANDOMISED_AT_SECOND_SCREENING] * again,
        *[Fate.NEVER_CONSENTED] * share(NEVER_CONSENTED),
        *[Fate.SCREEN_FAILURE] * share(SCREEN_FAILURES),
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
    found = []
    for number, (day, fate) in enumerate(comers):
        own = Random(f"{seed}|participant|{number}")  # noqa: S311 - see above
        second = day >= SECOND_SITE_FROM and happens(own, SECOND_SITE_SHARE)
        # A second screening takes four weeks, and the data cut does not wait.
        twice = fate is Fate.RANDOMISED_AT_SECOND_SCREENING
        first = min(day, workday(LAST_SCREENING - timedelta(days=35))) if twice else day
        found.append(Participant(stage, own, "02" if second else "01", fate, first))
    return found
