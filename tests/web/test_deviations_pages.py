"""Deciding on proposed deviations, over HTTP."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from edc import clock
from edc.permissions import Role
from edc.randomization.masking import FIRST_RESTRICTED_ROW
from edc.services.casebooks import Opened, open_casebook
from edc.services.deviations import find_proposal
from tests.factories import database_of
from tests.services.casebook_support import Ward, enter
from tests.support.client import BrowserClient
from tests.support.visitors import Doorstep

TOLD = {"DVTERM": "Taken a day early.", "DVCAUSE": "The bed was free.", "DVCAPA": "Trained."}


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def ward(doorstep: Doorstep) -> Ward:
    database, world = database_of(doorstep.app), doorstep.world
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    return Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))


def late_test(doorstep: Doorstep, ward: Ward) -> tuple[int, int]:
    """Return a participant whose heart was tested before consent, and the proposal's id."""
    soc = doorstep.world.subjects["soc"]
    yesterday = clock.today().fromordinal(clock.today().toordinal() - 1)
    enter(ward, soc, ("SCR", "CV", 1), {"EGDAT": yesterday.isoformat()})
    listed = doorstep.browser(Role.INVESTIGATOR).get("/deviations").get_data(as_text=True)
    found = re.search(rf"/subjects/{soc}/deviations/(\d+)", listed)
    assert found is not None
    return soc, int(found[1])


def page(browser: BrowserClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def casebook(doorstep: Doorstep, subject_id: int) -> Opened:
    with database_of(doorstep.app).reading() as session:
        return open_casebook(session, subject_id)


def state(doorstep: Doorstep, subject_id: int, proposal_id: int) -> str:
    with database_of(doorstep.app).reading() as session:
        return find_proposal(
            session, subject_id=subject_id, proposal_id=proposal_id, role=None
        ).state


def accept_url(body: str) -> str:
    found = re.search(r'href="([^"]*/crf/-/DV/[^"]*)"', body)
    assert found is not None
    return html.unescape(found[1])


def form_of(body: str) -> dict[str, str]:
    """Return the hidden and the date fields that the page of a row of DV would send."""
    form = body.partition('id="crf-form"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'<input[^>]*name="(_\w+)"[^>]*value="([^"]*)"', form))
    fields |= dict(re.findall(r'name="(DV\w+\.(?:year|month|day))"[^>]*value="(\d+)"', form))
    return fields


@pytest.mark.parametrize("language", ["en", "zh"])
def test_accepting_leads_to_a_row_of_dv_with_what_is_known_filled_in(
    doorstep: Doorstep, ward: Ward, language: str
) -> None:
    soc, proposal = late_test(doorstep, ward)
    browser = doorstep.browser(Role.INVESTIGATOR, language=language)
    row = accept_url(page(browser, f"/subjects/{soc}/deviations/{proposal}"))
    body = page(browser, row)

    assert row.startswith(f"/subjects/{soc}/crf/-/DV/1?")
    assert "IC-02" in body
    fields = form_of(body)
    today = clock.today()
    assert (fields["DVDAT.year"], int(fields["DVDAT.month"]), int(fields["DVDAT.day"])) == (
        str(today.year), today.month, today.day,
    )  # fmt: skip
    checked = re.findall(r'value="(\w+)"[^>]*checked', body)
    assert "MAJ" in checked
    assert re.search(r'value="CONS"[^>]*(?:checked|selected)', body)


def test_saving_the_row_accepts_the_proposal(doorstep: Doorstep, ward: Ward) -> None:
    soc, proposal = late_test(doorstep, ward)
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    row = accept_url(page(browser, f"/subjects/{soc}/deviations/{proposal}"))
    fields = form_of(page(browser, row)) | TOLD | {"DVCAT": "CONS", "DVSEV": "MAJ"}

    answer = browser.post(row.partition("?")[0], fields | {"csrf_token": browser.csrf_token()})

    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert state(doorstep, soc, proposal) == "accepted"
    record = casebook(doorstep, soc).book.records["", "DV", 1]
    assert record.cells["DVSRC", 1].value == "IC-02"
    shown = page(browser, f"/subjects/{soc}/deviations/{proposal}")
    assert f"/subjects/{soc}/crf/-/DV/1" in shown
    assert "_proposal" not in shown
    again = browser.get(row)
    assert again.status_code >= 400
    assert "already decided" in again.get_data(as_text=True)


def test_a_refused_save_keeps_the_proposal_on_the_page(doorstep: Doorstep, ward: Ward) -> None:
    soc, proposal = late_test(doorstep, ward)
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    row = accept_url(page(browser, f"/subjects/{soc}/deviations/{proposal}"))
    fields = form_of(page(browser, row)) | {"DVDAT.year": "2019"}

    answer = browser.post(row.partition("?")[0], fields | {"csrf_token": browser.csrf_token()})

    assert answer.status_code == 422
    assert form_of(answer.get_data(as_text=True))["_proposal"] == str(proposal)
    assert state(doorstep, soc, proposal) == "proposed"


def test_the_investigator_refuses_with_a_reason_and_others_are_not_asked(
    doorstep: Doorstep, ward: Ward
) -> None:
    soc, proposal = late_test(doorstep, ward)
    path = f"/subjects/{soc}/deviations/{proposal}"
    assert "refuse-form" not in page(doorstep.browser(Role.RESEARCH_NURSE), path)
    assert "refuse-form" not in page(doorstep.browser(Role.MONITOR), path)
    browser = doorstep.browser(Role.INVESTIGATOR)
    token = browser.csrf_token()

    empty = browser.post(path, {"reason": " ", "csrf_token": token})
    given = browser.post(path, {"reason": "Routine care.", "csrf_token": token})

    assert empty.status_code == 422
    assert "why this is no deviation" in empty.get_data(as_text=True)
    assert given.status_code == 303
    assert state(doorstep, soc, proposal) == "refused"
    body = page(doorstep.browser(Role.MONITOR), path)
    assert "Routine care." in body


def test_the_casebook_counts_what_waits_for_a_decision(doorstep: Doorstep, ward: Ward) -> None:
    soc, _ = late_test(doorstep, ward)
    assert "1 deviation is proposed" in page(doorstep.browser(Role.MONITOR), f"/subjects/{soc}")
    assert "is proposed" not in page(doorstep.browser(Role.OUTCOME_ASSESSOR), f"/subjects/{soc}")


def test_a_deviation_about_the_product_is_added_apart_by_those_who_know_the_arm(
    doorstep: Doorstep, ward: Ward
) -> None:
    soc = doorstep.world.subjects["soc"]
    first = FIRST_RESTRICTED_ROW["DV"]
    apart = f"/subjects/{soc}/crf/-/DV/{first}"
    nurse, monitor = (doorstep.browser(role) for role in (Role.RESEARCH_NURSE, Role.MONITOR))
    assert f'href="{apart}"' in page(nurse, f"/subjects/{soc}")
    enter(ward, soc, ("", "DV", first), {"DVDAT": clock.today().isoformat(), "DVCAT": "PROD"})

    assert f'href="{apart}"' in page(nurse, f"/subjects/{soc}")
    assert f"DV/{first}" not in page(monitor, f"/subjects/{soc}")
    assert nurse.get(apart).status_code == 200
    assert monitor.get(apart).status_code == 404
    history = f"/subjects/{soc}/history/-/DV/{first}/DVCAT/1"
    assert (nurse.get(history).status_code, monitor.get(history).status_code) == (200, 404)


def test_another_participants_proposal_is_not_found(doorstep: Doorstep, ward: Ward) -> None:
    _, proposal = late_test(doorstep, ward)
    other = doorstep.world.subjects["msc"]
    browser = doorstep.browser(Role.INVESTIGATOR)
    assert browser.get(f"/subjects/{other}/deviations/{proposal}").status_code == 404
    answer = browser.post(
        f"/subjects/{other}/deviations/{proposal}",
        {"reason": "no", "csrf_token": browser.csrf_token()},
    )
    assert answer.status_code == 404
    row = f"/subjects/{other}/crf/-/DV/1?_proposal={proposal}"
    assert browser.get(row).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_masked_statistician_settles_who_leaves_the_per_protocol_set(
    doorstep: Doorstep, ward: Ward, language: str
) -> None:
    soc = doorstep.world.subjects["soc"]
    values = {"DVDAT": clock.today().isoformat(), "DVCAT": "PROC", "DVTERM": "Seen a day late."}
    hidden = FIRST_RESTRICTED_ROW["DV"]
    for row in (1, hidden):
        enter(ward, soc, ("", "DV", row), values)
    address = f"/subjects/{soc}/crf/-/DV"
    statistician = doorstep.browser(Role.STATISTICIAN, language=language)
    listed = page(statistician, f"/subjects/{soc}/log/DV")
    assert f'href="{address}/1"' in listed
    assert f"/DV/{hidden}" not in listed
    nurse = doorstep.browser(Role.RESEARCH_NURSE, language=language)
    choice = "[name=DVPP]:not([disabled])"
    assert statistician.page(f"{address}/1").select(choice)
    assert not nurse.page(f"{address}/1").select(choice)
    sent = {"_version": "1", "DVPP": "Y"}
    assert statistician.post(f"{address}/1", sent).status_code == 303
    assert casebook(doorstep, soc).book.value("DV", "DVPP", "") == "Y"
    refused = statistician.post(f"{address}/1", {"_version": "2", "DVTERM": "x", "_reason": "y"})
    assert refused.status_code == 422
    # Who reviews deviations begins none.
    assert statistician.post(f"{address}/2", {"_version": "0", "DVPP": "Y"}).status_code == 422
    assert ("", "DV", 2) not in casebook(doorstep, soc).versions
    # A deviation in giving the product is unknown to who settles the set without the arms.
    assert statistician.get(f"{address}/{hidden}").status_code == 404
    assert statistician.post(f"{address}/{hidden}", sent).status_code == 404
    # Nobody who treats settles it.
    answer = nurse.post(f"{address}/1", {"_version": "2", "DVPP": "N", "_reason": "x"})
    assert answer.status_code == 422
    # Opening a CRF of another kind gives nothing to type and nothing to save.
    assert statistician.post(
        f"/subjects/{soc}/crf/BL/VS/1", {"_version": "1", "TEMP": "37.0", "_reason": "x"}
    ).status_code in (403, 404, 422)
