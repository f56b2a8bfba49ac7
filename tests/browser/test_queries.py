"""Queries on a ward's tablet: answered beside what is typed, walked by keys, sound to look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from edc.models import Query
from edc.permissions import Role
from edc.services import queries
from edc.services.queries import Target
from edc.services.unit_of_work import Actor
from tests.services.casebook_support import enter
from tests.support.live import Hospital
from tests.support.tablet import UPRIGHT, VS, address

AXE = (Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VITALS = {"VSPERF": "Y", "TEMP": "39.5", "PULSE": "80"}


@pytest.fixture
def subject_id(hospital: Hospital) -> int:
    subject_id = hospital.consented_subject()
    enter(hospital.ward, subject_id, VS, VITALS)
    return subject_id


def raised(hospital: Hospital, subject_id: int, item: str, text: str) -> Query:
    monitor = Actor(username="monitor", role=Role.MONITOR, full_name="周监查")
    with hospital.ward.database.unit_of_work(monitor, "query.raise") as uow:
        return queries.raise_query(
            uow, subject_id=subject_id, target=Target(VS, item), text=text
        )  # fmt: skip


def state(hospital: Hospital, query_id: int) -> str:
    with hospital.ward.database.reading() as session:
        return str(session.get_one(Query, query_id).state)


def test_an_answer_leaves_what_is_typed_on_the_crf_where_it_is(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    query = raised(hospital, subject_id, "PULSE", "请核对脉搏。")
    tablet.goto(address(subject_id))
    tablet.fill("#RESP", "18")
    tablet.evaluate("document.querySelector('#crf-form').dataset.seen = 'yes'")
    thread = tablet.locator(f"#query-{query.id}")
    thread.locator("textarea").fill("已核对。")
    thread.get_by_role("button", name="回复").click()

    expect(tablet.locator(f"#query-{query.id}")).to_contain_text("已回复")
    expect(tablet.locator("#RESP")).to_have_value("18")
    # The page was never left.
    assert tablet.evaluate("document.querySelector('#crf-form').dataset.seen") == "yes"
    assert state(hospital, query.id) == "answered"


def test_typing_an_answer_changes_nothing_on_the_crf(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    query = raised(hospital, subject_id, "PULSE", "请核对脉搏。")
    tablet.goto(address(subject_id))
    tablet.locator(f"#query-{query.id} textarea").fill("尚在核对")
    assert tablet.evaluate("document.querySelector('#crf-form').dataset.unsaved") == ""
    expect(tablet.locator("[data-reason]")).to_be_hidden()


def test_a_refused_answer_says_why_beside_the_words_and_can_be_sent_again(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    query = raised(hospital, subject_id, "PULSE", "请核对脉搏。")
    tablet.goto(address(subject_id))
    thread = tablet.locator(f"#query-{query.id}")
    thread.locator("textarea").fill("请联系13812345678")
    thread.get_by_role("button", name="回复").click()
    expect(thread.locator(".crf-field__error")).to_contain_text("手机号")
    expect(thread.locator("textarea")).to_have_value("请联系13812345678")
    thread.locator("textarea").fill("已核对。")
    thread.get_by_role("button", name="回复").click()
    expect(thread).to_contain_text("已回复")


def test_an_answer_that_does_not_arrive_stays_in_its_box(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    query = raised(hospital, subject_id, "PULSE", "请核对脉搏。")
    tablet.goto(address(subject_id))
    tablet.route("**/queries/**", lambda route: route.abort())
    thread = tablet.locator(f"#query-{query.id}")
    thread.locator("textarea").fill("已核对。")
    thread.get_by_role("button", name="回复").click()
    expect(thread.locator("[data-query-unheard]")).to_be_visible()
    expect(thread.locator("textarea")).to_have_value("已核对。")
    assert state(hospital, query.id) == "open"


def test_keys_lead_along_the_desk_and_from_query_to_query(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    first = raised(hospital, subject_id, "PULSE", "第一个问题")
    second = raised(hospital, subject_id, "RESP", "第二个问题")
    number = tablet.goto(f"/subjects/{subject_id}")
    assert number is not None
    name = tablet.locator("h1").inner_text().split()[-1]
    tablet.goto(f"/queries?origin=person&participant={name}")
    expect(tablet.locator("[data-walk-hint]")).to_be_visible()
    tablet.keyboard.press("j")
    tablet.keyboard.press("j")
    tablet.keyboard.press("k")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("article")).to_contain_text("第一个问题")
    tablet.keyboard.press("j")
    expect(tablet.locator("article")).to_contain_text("第二个问题")
    tablet.keyboard.press("k")
    expect(tablet.locator("article")).to_contain_text("第一个问题")
    # In a box the letters are letters.
    tablet.locator("textarea").fill("")
    tablet.locator("textarea").press("j")
    expect(tablet.locator("textarea")).to_have_value("j")
    tablet.locator("textarea").blur()
    tablet.keyboard.press("o")
    expect(tablet.locator(f"#query-{first.id}")).to_be_visible()
    assert f"#query-{first.id}" in tablet.url
    assert second.id != first.id


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_queries_are_sound(
    tablet: Page, hospital: Hospital, subject_id: int, base: str, language: str
) -> None:
    query = raised(hospital, subject_id, "PULSE", "Please check. 请核对。")
    tablet.context.add_cookies([{"name": "edc_language", "value": language, "url": base}])
    devtools = tablet.context.new_cdp_session(tablet)
    for path in ("/queries", f"/subjects/{subject_id}/queries/{query.id}", address(subject_id)):
        tablet.goto(path)
        devtools.send("Runtime.evaluate", {"expression": AXE})
        found = tablet.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
        assert tablet.evaluate("document.documentElement.scrollWidth") <= UPRIGHT["width"]
