"""What is filled in beside a bed in one tap: the rest of an examination, the scales of a diary."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.live import Hospital
from tests.support.tablet import address, cells, pick, stored


def test_one_tap_says_that_the_rest_of_an_examination_is_normal(
    tablet: Page, hospital: Hospital
) -> None:
    subject_id = hospital.consented_subject()
    tablet.goto(address(subject_id, ("SCR", "PE", 1)))
    rest = tablet.get_by_role("button", name="其余均为“正常”")
    expect(rest).to_be_hidden()
    pick(tablet, "PEPERF", "Y")
    pick(tablet, "PELNGRES", "CS")
    expect(tablet.locator("#PELNGTX")).to_be_visible()
    rest.tap()
    chosen = tablet.locator("input[name^=PE][name$=RES]:checked")
    expect(chosen).to_have_count(11)
    assert sorted({one.input_value() for one in chosen.all()}) == ["CS", "NORM"]
    expect(tablet.locator("#PESKNTX")).to_be_hidden()
    tablet.get_by_role("button", name="保存并留在本页").tap()
    stored(tablet)
    found = cells(hospital, subject_id, ("SCR", "PE", 1))
    assert (found["PESKNRES"], found["PELNGRES"]) == ("NORM", "CS")


def test_a_score_is_chosen_in_one_tap_and_stays_once_it_is_saved(
    tablet: Page, hospital: Hospital
) -> None:
    place = ("BL", "PRO", 1)
    tablet.goto(address(hospital.randomised, place))
    tablet.locator("#field-PRODAT").get_by_role("button", name="今天").tap()
    pick(tablet, "PROBY", "INT")
    for item, score in (("PRO01", "10"), ("PRO02", "0"), ("PRO05", "7")):
        pick(tablet, item, score)
    tablet.get_by_role("button", name="保存并留在本页").tap()
    stored(tablet)
    expect(tablet.locator("#field-PRO01 input:checked")).to_be_disabled()
    expect(tablet.locator("#field-PRO08 input").first).to_be_enabled()
    found = cells(hospital, hospital.randomised, place)
    assert (found["PRO01"], found["PRO02"]) == ("10", "0")
