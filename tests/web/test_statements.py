"""How many SQL statements a page and a save take: few, and no more in a large study."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.enrolment import register_subject
from edc.services.unit_of_work import system_actor
from tests.factories import database_of
from tests.services.casebook_support import Ward, enter, screening_values
from tests.support.client import BrowserClient
from tests.support.statements import counted
from tests.support.visitors import Doorstep
from tests.support.world import adverse_event

MOST_A_PAGE = 10
MOST_A_SAVE = 15
OM = ("BL", "OM", 1)
VITAL_SIGNS = {
    "VSPERF": "Y", "TEMP": "37.1", "PULSE": "88", "RESP": "19", "SYSBP": "121", "DIABP": "77",
    "WEIGHT": "61.0", "ECOG": "2",
}  # fmt: skip


@pytest.fixture
def doorstep(any_world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(any_world_url)
    yield doorstep
    doorstep.close()


def pages(doorstep: Doorstep) -> list[tuple[str, str]]:
    """Return each page of daily work with who opens it."""
    soc = f"/subjects/{doorstep.world.subjects['soc']}"
    ready = f"/subjects/{doorstep.world.subjects['ready']}"
    return [
        (Role.RESEARCH_NURSE, "/subjects"),
        (Role.RESEARCH_NURSE, "/subjects?q=ZSLI&state=ON_TREATMENT"),
        (Role.RESEARCH_NURSE, soc),
        (Role.RESEARCH_NURSE, f"{soc}/crf/BL/OM/1"),
        (Role.RESEARCH_NURSE, f"{soc}/crf/-/AE/1"),
        (Role.RESEARCH_NURSE, f"{soc}/crf/-/IC/1"),
        (Role.RESEARCH_NURSE, f"{soc}/crf/SCR/IE/1"),
        (Role.INVESTIGATOR, f"{soc}/crf/SCR/IE/1"),
        (Role.INVESTIGATOR, f"{soc}/crf/BL/RAND/1"),
        (Role.RESEARCH_NURSE, f"{soc}/allocation"),
        (Role.RESEARCH_NURSE, f"{ready}/randomise"),
        (Role.RESEARCH_NURSE, "/account"),
        (Role.INVESTIGATOR, "/enrolment"),
        (Role.INVESTIGATOR, "/enrolment/people?group=randomised"),
        (Role.INVESTIGATOR, f"{soc}/sign/SCR/IE/1"),
        (Role.INDEPENDENT_STATISTICIAN, "/randomisation/balance"),
        (Role.MONITOR, "/reports/endpoints"),
        (Role.MONITOR, "/reports/reconciliation"),
        (Role.MONITOR, "/audit"),
        (Role.MONITOR, "/audit?from=oldest"),
        (Role.MONITOR, "/audit?form=OM&role=research_nurse&text=36"),
        (Role.MONITOR, f"{soc}/history/SCR/DM/1/SUBJINIT/1"),
        (Role.MONITOR, soc),
        (Role.DATA_MANAGER, "/registers"),
        (Role.DATA_MANAGER, "/study-lock"),
        (Role.STATISTICIAN, "/arms"),
        (Role.OUTCOME_ASSESSOR, f"{soc}/unmasking"),
        (Role.INVESTIGATOR, "/unmasking"),
        (Role.STATISTICIAN, "/randomisation"),
        (Role.ADMINISTRATOR, "/people"),
        (Role.ADMINISTRATOR, f"/people/{doorstep.world.users['target'].id}"),
    ]


def cost(doorstep: Doorstep, browser: BrowserClient, path: str) -> list[str]:
    with counted(database_of(doorstep.app).engine) as statements:
        assert browser.get(path).status_code == 200, path
    return statements


def costs(doorstep: Doorstep) -> dict[str, int]:
    """Return how many statements each page takes."""
    browsers = {role: doorstep.browser(role) for role in Role}
    return {
        f"{role} {path}": len(cost(doorstep, browsers[Role(role)], path))
        for role, path in pages(doorstep)
    }


def grow(doorstep: Doorstep) -> None:
    """Give the site 60 participants more, and the one whose pages are opened a large casebook."""
    database = database_of(doorstep.app)
    world = doorstep.world
    with database.unit_of_work(system_actor(), "subject.screen") as uow:
        for _ in range(60):
            register_subject(uow, site_id=world.site_id)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    ward = Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))
    for row in range(3, 13):
        enter(ward, world.subjects["soc"], ("", "AE", row), adverse_event(related="NA"))
    values = screening_values(ward)
    for state in ("registered", "screening", "not_enrolled"):
        consent = ("", "IC", 1)
        if state != "screening":
            enter(ward, world.subjects[state], consent, values[consent])


def test_every_page_takes_few_statements_and_no_more_in_a_large_study(doorstep: Doorstep) -> None:
    small = costs(doorstep)
    grow(doorstep)
    large = costs(doorstep)
    assert {page: count for page, count in large.items() if count > MOST_A_PAGE} == {}
    assert {page: (small[page], large[page]) for page in small if large[page] > small[page]} == {}


def save(doorstep: Doorstep, path: str, fields: dict[str, str]) -> list[str]:
    """Save a CRF through HTTP, and return the statements of that request alone."""
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    token = browser.csrf_token()
    with counted(database_of(doorstep.app).engine) as statements:
        answer = browser.post(path, fields | {"csrf_token": token})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return statements


def day(name: str) -> dict[str, str]:
    """Return today as its three fields."""
    today = clock.today()
    return {f"{name}.year": str(today.year), f"{name}.month": str(today.month),
            f"{name}.day": str(today.day)}  # fmt: skip


def save_all(doorstep: Doorstep) -> dict[str, list[str]]:
    """Save ten items for the first time, correct ten, and save ten of an adverse event."""
    soc = f"/subjects/{doorstep.world.subjects['soc']}/crf"
    found = {}
    grades = {f"OM{place}{kind}": "1" for place in ("UL", "LL", "RC", "LC") for kind in "EU"}
    first = day("OMDAT") | grades | {"OMPERF": "Y", "OMLOC": "IPD"}
    found["first"] = save(doorstep, f"{soc}/DA01/OM/1", first | {"_version": "0"})
    again = dict.fromkeys(grades, "2") | {"OMLOC": "OPD", "OMPNRST": "4"}
    found["corrected"] = save(
        doorstep, f"{soc}/DA01/OM/1", again | {"_version": "1", "_reason": "misread"}
    )
    found["vital signs"] = save(
        doorstep,
        f"{soc}/BL/VS/1",
        VITAL_SIGNS | day("VSDAT") | {"_version": "1", "_reason": "misread"},
    )
    event = {
        name: value for name, value in adverse_event(related="NA").items() if name != "AESTDAT"
    }
    found["adverse event"] = save(
        doorstep, f"{soc}/-/AE/1", event | day("AESTDAT") | {"AETERM": "Chill", "AETOXGR": "1",
        "_version": "1", "_reason": "misread"},
    )  # fmt: skip
    return found


def test_a_save_of_ten_items_takes_few_statements(doorstep: Doorstep) -> None:
    counts = {name: len(statements) for name, statements in save_all(doorstep).items()}
    assert {name: count for name, count in counts.items() if count > MOST_A_SAVE} == {}


def test_a_save_takes_no_more_statements_in_a_large_study(
    doorstep: Doorstep,
) -> None:
    grow(doorstep)
    counts = {name: len(statements) for name, statements in save_all(doorstep).items()}
    assert {name: count for name, count in counts.items() if count > MOST_A_SAVE} == {}
