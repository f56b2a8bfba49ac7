"""Where minimisation is declared, slots are drawn one by one, and every draw can be replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from edc.errors import NotPermitted, RandomisationClosed
from edc.models import AllocationListRow, AuditEntry, MinimisationDraw, Slot
from edc.permissions import Role
from edc.protocol import DESIGN, MINIMISATION
from edc.randomization.design import StratumUnknown
from edc.randomization.lists import ListRefused
from edc.randomization.minimisation import Draw, ReplayFailed, commitment, draw, stream_of
from edc.randomization.sealing import SealBroken
from edc.services import allocation_lists, randomize
from edc.services.allocation_lists import status
from edc.services.casebooks import open_casebook
from edc.services.minimise import begin_minimisation, draw_slot, levels_of, replay_stored
from edc.services.randomize import Allocation, allocate, arm_of, randomise_subject
from edc.services.unit_of_work import Database, system_actor
from tests.randomization.support import SEED
from tests.services import casebook_support
from tests.services.allocation_support import (
    KEY,
    OTHER_KEY,
    add_subjects,
    load,
    open_database,
    require_order,
    taken_slots,
)

STRATA = [stratum.key for stratum in DESIGN.strata()]
COMERS = [
    {"stratum": STRATA[place % 3], "GRADE": "HIGH" if place % 4 else "LOW"} for place in range(9)
]


START: dict[str, Any] = {
    "seed": SEED,
    "minimisation": MINIMISATION,
    "brought_by": "statistician",
    "passwords_checked": True,
}
OTHER = replace(MINIMISATION, chance=900)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def begun(database: Database) -> Database:
    begin(database)
    return database


def begin(database: Database) -> str:
    with database.unit_of_work(system_actor(), "randomisation.load") as uow:
        return begin_minimisation(uow, **START, key=KEY, purpose="test").root


def levels(comer: dict[str, str]) -> dict[str, str]:
    site, kind = comer["stratum"].split("/")
    return {"RDSTR1": site, "RDSTR2": kind, "GRADE": comer["GRADE"]}


def request(
    database: Database,
    subject_id: int,
    comer: dict[str, str],
    *,
    target: int = 120,
    chance: int = 800,
    fails: bool = False,
) -> Allocation:
    """Ask for an allocation as ``randomise_subject`` does."""
    design = replace(MINIMISATION, chance=chance)
    with database.unit_of_work(system_actor("nurse"), "subject.randomise") as uow:
        draw_slot(
            uow,
            subject_id=subject_id,
            levels=levels(comer),
            stratum=comer["stratum"],
            minimisation=design,
            key=KEY,
            purpose="test",
        )
        given = allocate(
            uow,
            subject_id=subject_id,
            stratum=comer["stratum"],
            design=design,
            key=KEY,
            target=target,
            purpose="test",
        )
        if fails:
            raise InterruptedError
    return given


def expected() -> list[Draw]:
    draws: list[Draw] = []
    for number, comer in enumerate(COMERS, start=1):
        stream = stream_of(SEED, purpose="test", number=number)
        draws.append(draw(MINIMISATION, levels=levels(comer), before=draws, stream=stream))
    return draws


def replayed(database: Database) -> int | None:
    with database.reading() as session:
        return replay_stored(session, minimisation=MINIMISATION, key=KEY, purpose="test")


def test_participants_are_given_what_the_seed_and_the_earlier_draws_give(begun: Database) -> None:
    subjects = add_subjects(begun, len(COMERS))

    given = [request(begun, one, comer) for one, comer in zip(subjects, COMERS, strict=True)]

    assert [one.number for one in given] == [f"R{n:03d}" for n in range(1, len(COMERS) + 1)]
    assert require_order(taken_slots(begun)) == len(COMERS)
    with begun.reading() as session:
        arms = [arm_of(session, one, role=Role.INVESTIGATOR, key=KEY) for one in subjects]
    assert arms == [found.arm for found in expected()]
    assert replayed(begun) == len(COMERS)


def test_a_repeated_request_returns_the_first_result_and_draws_nothing(begun: Database) -> None:
    (subject,) = add_subjects(begun, 1)
    first = request(begun, subject, COMERS[0])

    again = request(begun, subject, COMERS[0])

    assert again.is_repeat
    assert again.number == first.number
    assert replayed(begun) == 1


def test_a_request_that_failed_meets_the_same_coin_when_it_is_repeated(begun: Database) -> None:
    subjects = add_subjects(begun, 2)
    for _ in range(3):
        with pytest.raises(InterruptedError):
            request(begun, subjects[0], COMERS[0], fails=True)
    assert replayed(begun) == 0

    request(begun, subjects[0], COMERS[0])

    with begun.reading() as session:
        arm = arm_of(session, subjects[0], role=Role.INVESTIGATOR, key=KEY)
    assert arm == expected()[0].arm


def test_requests_at_once_are_drawn_one_after_another(begun: Database) -> None:
    subjects = add_subjects(begun, len(COMERS))

    with ThreadPoolExecutor(4) as pool:
        given = list(
            pool.map(lambda pair: request(begun, *pair), zip(subjects, COMERS, strict=True))
        )

    assert sorted(one.number for one in given) == [f"R{n:03d}" for n in range(1, len(COMERS) + 1)]
    assert require_order(taken_slots(begun)) == len(COMERS)
    assert replayed(begun) == len(COMERS)


Alter = Callable[[Session], None]


def exchange(model: type[Slot | MinimisationDraw], column: str) -> Alter:
    """Exchange what two rows hold."""

    def alter(session: Session) -> None:
        first, second = session.scalars(select(model).order_by(model.id)).all()
        held = getattr(first, column)
        setattr(first, column, getattr(second, column))
        setattr(second, column, held)

    return alter


def count_one_more(session: Session) -> None:
    session.scalars(select(AllocationListRow)).one().allocated += 1


ALTERATIONS = {
    "draws": exchange(MinimisationDraw, "sealed_draw"),
    "slots of draws": exchange(MinimisationDraw, "slot_id"),
    "arms": exchange(Slot, "sealed_arm"),
    "count": count_one_more,
}


def two_given(database: Database) -> int:
    """Allocate to two participants of one stratum and return a third."""
    *two, third = add_subjects(database, 3)
    for one, comer in zip(two, (COMERS[0], COMERS[3]), strict=True):
        request(database, one, comer)
    return third


@pytest.mark.parametrize("what", ALTERATIONS)
def test_nothing_is_drawn_on_an_altered_history(sqlite_url: str, what: str) -> None:
    database = open_database(sqlite_url)
    begin(database)
    third = two_given(database)
    # As somebody with the file in hand: no guard and no key of the tables stands in the way.
    with database.engine.begin() as connection:
        for name in connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("DROP TABLE IF EXISTS bare"))
        connection.execute(text("CREATE TABLE bare AS SELECT * FROM minimisation_draw"))
        connection.execute(text("DROP TABLE minimisation_draw"))
        connection.execute(text("ALTER TABLE bare RENAME TO minimisation_draw"))
    with database.unit_of_work(system_actor(), "subject.randomise") as uow:
        ALTERATIONS[what](uow.session)

    with pytest.raises((ReplayFailed, SealBroken)):
        replayed(database)
    with pytest.raises((ReplayFailed, SealBroken)):
        request(database, third, COMERS[6])
    assert sum(map(len, taken_slots(database).values())) == 2
    database.engine.dispose()


def test_the_database_refuses_to_alter_a_draw(begun: Database) -> None:
    two_given(begun)

    act = begun.unit_of_work(system_actor(), "subject.randomise")
    with pytest.raises(DBAPIError), act as uow:
        ALTERATIONS["draws"](uow.session)

    assert replayed(begun) == 2


def test_another_key_or_design_draws_nothing(begun: Database) -> None:
    (subject,) = add_subjects(begun, 1)

    with pytest.raises(RandomisationClosed, match="another design"):
        request(begun, subject, COMERS[0], chance=900)
    with begun.reading() as session, pytest.raises(SealBroken):
        replay_stored(session, minimisation=MINIMISATION, key=OTHER_KEY, purpose="test")
    with begun.reading() as session, pytest.raises(ReplayFailed):
        replay_stored(
            session, minimisation=replace(MINIMISATION, chance=900), key=KEY, purpose="test"
        )


def test_the_target_closes_a_minimisation_too_and_leaves_no_draw(begun: Database) -> None:
    subjects = add_subjects(begun, 2)
    request(begun, subjects[0], COMERS[0], target=1)

    with pytest.raises(RandomisationClosed, match="target of 1"):
        request(begun, subjects[1], COMERS[1], target=1)

    assert replayed(begun) == 1


def test_one_list_or_minimisation_is_loaded_for_good(database: Database) -> None:
    with database.reading() as session:
        assert replay_stored(session, minimisation=MINIMISATION, key=KEY, purpose="test") is None
    root = begin(database)

    assert root == commitment(MINIMISATION, seed=SEED, purpose="test")
    with pytest.raises(ListRefused):
        begin(database)
    with pytest.raises(ListRefused):
        load(database)


def test_one_person_alone_begins_nothing(database: Database) -> None:
    with (
        pytest.raises(NotPermitted),
        database.unit_of_work(system_actor("statistician"), "randomisation.load") as uow,
    ):
        begin_minimisation(uow, **START, key=KEY, purpose="test")


def test_the_state_of_the_list_says_whether_the_declared_minimisation_is_in_use(
    begun: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fits() -> bool:
        with begun.reading() as session:
            found = status(session, design=DESIGN, key=KEY, purpose="test")
        assert found is not None
        return found.fits_design

    assert not fits()  # the study declares blocks
    monkeypatch.setattr(allocation_lists, "RANDOMISATION", MINIMISATION)
    assert fits()


def test_neither_arm_nor_seed_nor_coin_stands_in_the_trail(begun: Database) -> None:
    subjects = add_subjects(begun, len(COMERS))
    for one, comer in zip(subjects, COMERS, strict=True):
        request(begun, one, comer)

    with begun.reading() as session:
        trail = "".join(f"{one.old}{one.new}" for one in session.scalars(select(AuditEntry)))
        sealed = set(session.scalars(select(MinimisationDraw.sealed_draw)))
    assert "sealed_draw" in trail
    assert SEED not in trail
    assert not [arm.code for arm in DESIGN.arms if f'"{arm.code}"' in trail]
    assert len(sealed) == len(COMERS)
    assert len({len(text) for text in sealed}) == 1


def test_a_ready_participant_is_minimised_when_the_study_declares_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(randomize, "RANDOMISATION", MINIMISATION)
    database = open_database(sqlite_url)
    # The ward has a test list; the minimisation stands where the production list would.
    ward = casebook_support.open_ward(database)
    key = casebook_support.KEY
    with database.unit_of_work(system_actor(), "randomisation.load") as uow:
        begin_minimisation(uow, **START, key=key, purpose="production")
    subject_id = casebook_support.ready_subject(ward)

    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        given = randomise_subject(
            uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=key, purpose="production"
        )

    assert (given.number, given.stratum) == ("R001", "ORAL/AUTO")
    with database.reading() as session:
        assert replay_stored(session, minimisation=MINIMISATION, key=key, purpose="production") == 1
        book = open_casebook(session, subject_id).book
    stratum = next(one for one in DESIGN.strata() if one.key == "ORAL/AUTO")
    assert levels_of(book, stratum=stratum)["GRADE"] in {"LOW", "HIGH"}
    skin = next(one for one in DESIGN.strata() if one.key == "SKIN/AUTO")
    with pytest.raises(StratumUnknown, match="baseline grade"):
        levels_of(book, stratum=skin)
    database.engine.dispose()
