"""What a save leaves out changes nothing: the rules it ran tell what running all of them tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues
from edc.models import Query, QueryState
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services import derivation, rules
from edc.services.casebooks import Place, open_casebook
from edc.services.randomize import randomise_subject
from edc.services.submissions import address
from edc.services.unit_of_work import Database
from edc.study.casebook import EMPTY
from edc.study.checks import Severity
from tests.factories import open_database
from tests.services.casebook_support import KEY, OMAS, Ward, enter, open_ward, ready_subject

STEPS = 40
REASON = "Corrected against the source"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


def mouth(dice: Random, day: str) -> dict[str, Any]:
    grades = {f"OM{place}{kind}": dice.choice("012") for place in OMAS for kind in "EU"}
    return {
        "OMPERF": "Y", "OMDAT": day, "OMTIM": f"{dice.randrange(8, 20):02d}:00", "OMLOC": "IPD",
        "OMMASK": dice.choice("YN"), "OMWHO": dice.choice("01234"), "OMCTC": dice.choice("01234"),
        **grades, "OMDIET": "SOFT", "OMDIETRS": ["OM"], "OMPNRST": "3", "OMPNSWL": "5",
        "OMOPI": "N", "OMTOPAN": "Y", "OMTPN": "N", "OMENT": "N", "OMBLEED": "0", "OMINF": "N",
    }  # fmt: skip


def step(dice: Random, today: str, days: list[str]) -> tuple[Place, dict[str, Any]]:
    """Return a CRF and some answers for it, plausible or not."""
    visit = dice.choice(["DA01", "DA02", "DA03", "DA04"])
    day = dice.choice(days)
    choices: list[tuple[Place, dict[str, Any]]] = [
        ((visit, "SV", 1), {"SVSTAT": "DONE", "SVSTDAT": day, "SVLOC": "IPD"}),
        (("SCR", "INJ", 1), {"INJORDAT": day}),
        (("SCR", "DM", 1), {"BRTHYR": str(dice.randrange(1930, 2015))}),
        (("SCR", "HSCT", 1), {"HCTDAT": day}),
        ((visit, "OM", 1), {"OMWHO": dice.choice("01234")}),
        (("", "IC", 1), {"ICDAT": day}),
        ((visit, "OM", 1), mouth(dice, dice.choice([today, day]))),
    ]
    return dice.choice(choices)


def open_questions(database: Database, subject_id: int) -> set[tuple[object, ...]]:
    with database.reading() as session:
        found = session.scalars(
            select(Query).where(Query.subject_id == subject_id, Query.state == QueryState.OPEN)
        )
        return {
            ((query.visit, query.form, query.row), query.item, query.repeat, query.check_id)
            for query in found
        }


def judged_anew(database: Database, subject_id: int) -> set[tuple[object, ...]]:
    with database.reading() as session:
        book = open_casebook(session, subject_id).book
        found = rules.all_findings(book).fired
        return {finding.key for finding in found if finding.severity is Severity.QUERY}


def derived_anew(database: Database, subject_id: int) -> list[tuple[Place, str]]:
    """Return the derived items that would come out differently now, but for what is frozen."""
    with database.reading() as session:
        book = open_casebook(session, subject_id).book
        differing = []
        for record in list(book.records.values()):
            stored = dict(record.cells)
            derivation.derive(book, record)
            derived = {item.code for item in STUDY.crfs[record.form].calculated}
            differing += [
                (record.place, address(key))
                for key, cell in record.cells.items()
                if key[0] in derived and stored.get(key, EMPTY).value != cell.value
            ]
        return differing


def walk(ward: Ward, subject_id: int, *, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - the same walk in every run
    today = clock.today()
    days = [(today - timedelta(days=ago)).isoformat() for ago in range(6)]
    for _ in range(STEPS):
        place, values = step(dice, today.isoformat(), days)
        try:
            enter(ward, subject_id, place, values, reason=REASON)
        except InvalidValues:
            continue  # an impossible value is refused, and nothing changes


def randomised_subject(database: Database) -> tuple[Ward, int]:
    with clock.replaced(_days_ago(6)):
        ward = open_ward(database)
        subject_id = ready_subject(ward)
        with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
            randomise_subject(
                uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
            )
    return ward, subject_id


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_many_saves_the_open_queries_are_those_of_all_rules_run_anew(
    database: Database, seed: int
) -> None:
    ward, subject_id = randomised_subject(database)
    walk(ward, subject_id, seed=seed)
    assert open_questions(database, subject_id) == judged_anew(database, subject_id)
    assert derived_anew(database, subject_id) == []


def test_a_change_of_identity_after_randomisation_is_asked_about_in_the_same_save_and_stays(
    database: Database,
) -> None:
    ward, subject_id = randomised_subject(database)
    place: Place = ("SCR", "DM", 1)
    asked = (place, "BRTHYR", 1, "DM-05")
    enter(ward, subject_id, place, {"BRTHYR": "1984"}, reason=REASON)
    assert asked in open_questions(database, subject_id)
    enter(ward, subject_id, place, {"BRTHYR": "1984", "SMOKE": "N"}, reason=REASON)
    assert asked in open_questions(database, subject_id)


def _days_ago(days: int) -> Any:
    moment = clock.now() - timedelta(days=days)
    return lambda: moment
