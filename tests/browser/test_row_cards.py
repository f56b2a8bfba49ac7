"""Lesions of the skin on a tablet: cards that are added, listed beforehand, and taken away."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.submissions import Submission
from tests.forms.casebooks import lesion, skin
from tests.services.casebook_support import KEY, enter
from tests.support.live import Hospital
from tests.support.tablet import UPRIGHT, address, pick, stored

BL = ("BL", "SK", 1)
DA03 = ("DA03", "SK", 1)
SPACE_OF_A_LESION = 620  # pixels of an upright tablet


@pytest.fixture(scope="module")
def subject_id(hospital: Hospital) -> int:
    """Give the randomised participant, whose skin is injured too and may be photographed."""
    found, today = hospital.randomised, clock.today().isoformat()
    enter(
        hospital.ward, found, ("SCR", "INJ", 1), {"INJSKIN": "Y", "INJSKDAT": today}, reason="Seen"
    )
    enter(hospital.ward, found, ("", "IC", 1), {"ICPHOTO": "Y"}, reason="Signed")
    other = {"SLTYPE": "GV", "SLLOC": "BACK", "SLLAT": "LEFT"}
    save(hospital, found, BL, skin(today, lesion(1), lesion(2, **other)))
    return found


def save(hospital: Hospital, subject_id: int, place: Any, values: dict[str, Any]) -> None:
    """Save what a page would send: each ``ITEM.2`` in its row."""
    ward = hospital.ward
    with ward.database.reading() as session:
        version = open_casebook(session, subject_id).versions.get(place, 0)
    typed: dict[tuple[str, int], Any] = {}
    for name, value in values.items():
        code, _, repeat = name.partition(".")
        typed[code, int(repeat or 1)] = str(value)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE, reason="Seen") as uow:
        save_crf(
            uow, subject_id=subject_id, visit=place[0], form=place[1], row=place[2], key=KEY,
            submission=Submission(typed=typed, version=version, reason="Seen"),
        )  # fmt: skip


def lesions(hospital: Hospital, subject_id: int, place: Any) -> dict[int, dict[str, str]]:
    """Return what is stored of each lesion."""
    with hospital.ward.database.reading() as session:
        record = open_casebook(session, subject_id).book.records[place]
        found: dict[int, dict[str, str]] = {}
        for (code, repeat), cell in record.cells.items():
            if code.startswith("SL") and cell.value is not None:
                found.setdefault(repeat, {})[code] = cell.value
    return found


def describe(page: Page, number: int, *, length: str, width: str) -> None:
    """Fill in a lesion's card."""
    suffix = "" if number == 1 else f".{number}"
    page.locator(f"select[name='SLTYPE{suffix}']").select_option("PA")
    page.locator(f"select[name='SLLOC{suffix}']").select_option("PERI")
    page.fill(f"input[name='SLLEN{suffix}']", length)
    page.fill(f"input[name='SLWID{suffix}']", width)
    for code, answer in (
        ("SLLAT", "MIDLINE"), ("SLDEPTH", "EPI"), ("SLEXUD", "LOW"), ("SLINF", "N"),
        ("SLHEAL", "N"),
    ):  # fmt: skip
        pick(page, f"{code}{suffix}", answer)


def test_lesions_are_added_numbered_and_measured_one_after_another(
    tablet: Page, hospital: Hospital
) -> None:
    subject_id = hospital.consented_subject()
    tablet.goto(address(subject_id, BL))
    cards = tablet.locator("[data-row]")
    expect(cards.first).to_be_hidden()
    pick(tablet, "SKPERF", "Y")
    expect(cards).to_have_count(1)
    expect(cards.first).to_be_visible()
    describe(tablet, 1, length="4", width="2.0")
    expect(tablet.locator("[data-calculated=SLAREA]")).to_have_text("8.00")
    tablet.get_by_role("button", name="添加皮损").click()
    expect(tablet.locator("select[name='SLTYPE.2']")).to_be_focused()
    describe(tablet, 2, length="5.0", width="３")
    tablet.locator("[name='SLWID.2']").blur()
    expect(tablet.locator("[data-calculated='SLAREA.2']")).to_have_text("15.00")
    expect(tablet.locator("[data-calculated=SLAREA]")).to_have_text("8.00")
    tablet.get_by_role("button", name="添加皮损").click()
    expect(cards).to_have_count(3)  # begun, and left blank
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    found = lesions(hospital, subject_id, BL)
    assert {number: (row["SLNUM"], row["SLAREA"]) for number, row in found.items()} == {
        1: ("1", "8.00"), 2: ("2", "15.00"),
    }  # fmt: skip
    expect(cards).to_have_count(2)
    expect(tablet.get_by_role("button", name="移除")).to_have_count(0)


def test_known_lesions_are_listed_and_count_only_once_something_is_typed(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id, DA03))
    pick(tablet, "SKPERF", "Y")
    second = tablet.locator("[data-row='2']")
    expect(second).to_contain_text("GVHD皮损 · 背部 · 左")
    expect(tablet.locator("select[name='SLTYPE.2']")).to_have_value("GV")
    expect(second.get_by_role("button", name="移除")).to_have_count(0)
    tablet.get_by_role("button", name="添加皮损").click()
    third = tablet.locator("[data-row='3']")
    expect(third).to_contain_text("皮损 3")
    third.get_by_role("button", name="移除").click()
    expect(third).to_have_count(0)
    tablet.fill("[name='SLLEN.2']", "2.0")
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    found = lesions(hospital, subject_id, DA03)
    assert set(found) == {2}
    assert (found[2]["SLNUM"], found[2]["SLTYPE"], found[2]["SLLEN"]) == ("2", "GV", "2.0")
    expect(tablet.locator("[data-row='1']")).to_contain_text("缺少该皮损记录")


def test_a_new_card_with_answers_is_taken_away_by_a_second_press(
    tablet: Page, subject_id: int
) -> None:
    tablet.goto(address(subject_id, DA03))
    pick(tablet, "SKPERF", "Y")
    tablet.get_by_role("button", name="添加皮损").click()
    card = tablet.locator("[data-row]").last
    card.locator("select").first.select_option("PA")
    card.locator("[data-row-remove]").click()
    expect(card.locator("[data-row-remove]")).to_have_text("已填内容将丢失，确认移除")
    count = tablet.locator("[data-row]").count()
    card.locator("[data-row-remove]").click()
    expect(tablet.locator("[data-row]")).to_have_count(count - 1)


def test_a_refused_save_keeps_every_card_and_leads_to_the_row_that_is_wrong(
    tablet: Page, subject_id: int
) -> None:
    tablet.goto(address(subject_id, ("DA07", "SK", 1)))
    pick(tablet, "SKPERF", "Y")
    tablet.get_by_role("button", name="添加皮损").click()
    number = tablet.locator("[data-row]").count()
    describe(tablet, number, length="3.0", width="5.0")
    tablet.get_by_role("button", name="保存并返回").click()
    summary = tablet.locator("[data-error-summary]")
    expect(summary).to_contain_text(f"皮损{number}：垂直最大宽径")
    expect(summary).to_contain_text("SK-01")
    expect(tablet.locator(f"[name='SLLEN.{number}']")).to_have_value("3.0")
    summary.get_by_role("link").first.click()
    expect(tablet.locator(f"[id='SLWID.{number}']")).to_be_focused()
    expect(tablet.locator(f"[data-row='{number}'] [data-row-remove]")).to_be_visible()


def test_a_lesion_can_be_said_not_to_be_measurable(tablet: Page, subject_id: int) -> None:
    tablet.goto(address(subject_id, ("DA10", "SK", 1)))
    pick(tablet, "SKPERF", "Y")
    card = tablet.locator("[data-row='1']")
    way_out = card.locator("#field-SLLEN .crf-missing")
    expect(way_out).to_be_hidden()
    card.locator("[data-row-missing]").click()
    expect(way_out).to_be_visible()


def test_a_lesion_takes_little_of_the_tablet_and_nothing_beside_it(
    tablet: Page, subject_id: int
) -> None:
    tablet.goto(address(subject_id, ("DA14", "SK", 1)))
    pick(tablet, "SKPERF", "Y")
    heights = tablet.evaluate(
        "[...document.querySelectorAll('[data-row]')].map(c => c.offsetHeight)"
    )
    assert heights
    assert max(heights) <= SPACE_OF_A_LESION
    assert tablet.evaluate("document.documentElement.scrollWidth") == UPRIGHT["width"]
