"""Recording doses at the bedside: the scanner, what is asked, the next dose as the one before."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.services.casebook_support import BATCH_ENTRY
from tests.support.live import Hospital
from tests.support.tablet import address, cells, pick, stored

LOT = BATCH_ENTRY["BTLOT"]


@pytest.fixture
def subject_id(hospital: Hospital) -> int:
    return hospital.consented_subject()


def dose(row: int) -> tuple[str, str, int]:
    return "", "EX", row


def test_a_scan_goes_on_to_the_next_question_and_never_sends_the_page(
    hospital: Hospital, subject_id: int, tablet: Page
) -> None:
    tablet.goto(address(subject_id, dose(1)))
    expect(tablet.locator("#field-EXLOT")).to_be_hidden()
    pick(tablet, "ECOCCUR", "Y")
    expect(tablet.locator("#field-EXLOT")).to_be_visible()
    tablet.locator("#EXLOT").focus()
    tablet.keyboard.type(LOT)
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#EXKIT")).to_be_focused()
    tablet.keyboard.type("K0001")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("[name='EXTHAW.year']")).to_be_focused()
    assert tablet.url.endswith("/crf/-/EX/1")
    assert cells(hospital, subject_id, dose(1)) == {}
    # A second scan replaces the first.
    tablet.locator("#EXKIT").focus()
    tablet.keyboard.type("K0002")
    assert tablet.locator("#EXKIT").input_value() == "K0002"


def test_three_doses_a_day_are_a_few_taps_each(
    hospital: Hospital, subject_id: int, tablet: Page
) -> None:
    tablet.goto(address(subject_id, dose(1)))
    pick(tablet, "ECOCCUR", "Y")
    tablet.locator("#field-EXSTDAT [data-fill-today]").click()
    pick(tablet, "EXROUTE", "ORAL RINSE")
    pick(tablet, "EXSITE", "ORAL")
    tablet.locator("#EXLOT").fill(LOT)
    tablet.locator("#EXKIT").fill("K0001")
    tablet.locator("button[value='stay']").click()
    stored(tablet)
    tablet.goto(f"/subjects/{subject_id}/log/EX")
    # The state and what can be done stand in sight on an upright tablet.
    table = tablet.locator(".kit-scroll")
    assert table.evaluate("one => one.scrollWidth - one.clientWidth") == 0
    tablet.get_by_role("link", name="同前新增").click()
    expect(tablet.locator("#field-EXLOT")).to_be_hidden()  # nothing is said to be given yet
    pick(tablet, "ECOCCUR", "Y")
    assert tablet.locator("#EXLOT").input_value() == LOT
    assert tablet.locator("#EXKIT").input_value() == ""
    expect(tablet.locator("[data-calculated='EXPLVOL']")).to_have_text("15.0")
    tablet.locator("#EXKIT").fill("K0002")
    tablet.locator("button[value='stay']").click()
    stored(tablet)
    first, second = (cells(hospital, subject_id, dose(row)) for row in (1, 2))
    same = ("EXSTDAT", "EXROUTE", "EXSITE", "EXLOT")
    assert {item: first[item] for item in same} == {item: second[item] for item in same}
    assert (first["EXKIT"], second["EXKIT"]) == ("K0001", "K0002")
    assert "EXDOSE" not in second


def test_a_dose_not_given_says_why_and_asks_nothing_of_the_product(
    hospital: Hospital, subject_id: int, tablet: Page
) -> None:
    tablet.goto(address(subject_id, dose(1)))
    pick(tablet, "ECOCCUR", "N")
    expect(tablet.locator("#field-NOTGIV")).to_be_visible()
    for item in ("EXLOT", "EXKIT", "EXDOSE", "EXSTTIM", "EXREACT"):
        expect(tablet.locator(f"#field-{item}")).to_be_hidden()
    tablet.locator("#NOTGIV").select_option("REF")
    tablet.locator("button[value='stay']").click()
    stored(tablet)
    assert cells(hospital, subject_id, dose(1))["NOTGIV"] == "REF"
