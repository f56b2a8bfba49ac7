"""The pages of endpoints and reconciliation: what they show, and to whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from tests.factories import database_of
from tests.services.casebook_support import Ward, enter
from tests.support.visitors import Doorstep
from tests.support.world import adverse_event


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def number(doorstep: Doorstep, state: str) -> str:
    with database_of(doorstep.app).reading() as session:
        return open_casebook(session, doorstep.world.subjects[state]).subject.number


def rows(page: BeautifulSoup, table: str) -> list[str]:
    """Return the text of each row of a table of the page."""
    body = page.find("table", attrs={"aria-labelledby": f"{table}-caption"})
    return (
        [] if body is None else [row.get_text(" ", strip=True) for row in body.select("tbody tr")]
    )


def test_the_endpoints_list_everybody_randomised_at_the_own_site_and_name_no_arm(
    doorstep: Doorstep,
) -> None:
    page = doorstep.browser(Role.MONITOR).page("/reports/endpoints")
    lines = rows(page, "endpoints")
    assert {line.split()[0] for line in lines} >= {number(doorstep, "soc"), number(doorstep, "msc")}
    assert all(line.startswith("01-") for line in lines)
    said = page.select("main")[0].get_text()
    assert "MSC" not in said
    assert "SOC" not in said


def test_an_endpoint_that_cannot_be_told_is_a_dash_and_no_fault(doorstep: Doorstep) -> None:
    page = doorstep.browser(Role.INVESTIGATOR).page("/reports/endpoints")
    (line,) = (one for one in rows(page, "endpoints") if one.startswith(number(doorstep, "soc")))
    # Nobody has looked at the mouth after baseline: censored on the day, and no area yet.
    assert " 0+ " in line
    assert "–" in line


def test_a_difference_stands_in_its_list_until_it_is_settled(doorstep: Doorstep) -> None:
    world = doorstep.world
    database = database_of(doorstep.app)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    ward = Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))
    browser = doorstep.browser(Role.MONITOR)
    assert not any(
        "OM-09" in line for line in rows(browser.page("/reports/reconciliation"), "topic-OM-CM")
    )
    place = ("BL", "OM", 1)
    values = {"OMOPI": "Y", "OMOPIRT": "IV"}
    enter(ward, world.subjects["soc"], place, values, reason="Source says so")
    lines = rows(browser.page("/reports/reconciliation"), "topic-OM-CM")
    assert [line for line in lines if "OM-09" in line and number(doorstep, "soc") in line]
    enter(ward, world.subjects["soc"], place, {"OMOPI": "N", "OMOPIRT": ""}, reason="Corrected")
    assert not any(
        "OM-09" in line for line in rows(browser.page("/reports/reconciliation"), "topic-OM-CM")
    )


def test_a_serious_event_without_its_report_stands_in_the_list(doorstep: Doorstep) -> None:
    world = doorstep.world
    database = database_of(doorstep.app)
    with database.reading() as session:
        opened = open_casebook(session, world.subjects["soc"])
    site, row = opened.subject.site, opened.next_row("AE")
    ward = Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))
    serious = adverse_event(related="NA") | {
        "AETERM": "Rigor", "AESER": "Y", "AESDTH": "N", "AESLIFE": "N", "AESHOSP": "Y",
        "AESDISAB": "N", "AESCONG": "N", "AESMIE": "N", "AESERDAT": clock.today().isoformat(),
    }  # fmt: skip
    enter(ward, world.subjects["soc"], ("", "AE", row), serious)
    page = doorstep.browser(Role.MONITOR).page("/reports/reconciliation")
    lines = rows(page, "topic-AE-SAE")
    assert [line for line in lines if "AE-12" in line and number(doorstep, "soc") in line]


def test_who_may_not_know_the_arm_has_no_list_of_doses(doorstep: Doorstep) -> None:
    for role, knows in ((Role.MONITOR, False), (Role.INVESTIGATOR, True)):
        page = doorstep.browser(role).page("/reports/reconciliation")
        assert ("Doses and product batches" in page.get_text()) is knows
