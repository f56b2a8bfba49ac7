"""A nurse's tablet: the real application, signed in through its page, used as on the ward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect

from edc import clock
from tests.services.casebook_support import enter
from tests.support.live import Hospital
from tests.support.tablet import UPRIGHT, VS, address, cells, pick, stored

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET = 44
LANGUAGES = ("zh", "en")

# What a Chinese keyboard in full-width mode sends to the answer in focus.
FULL_WIDTH_KEY = """key => document.activeElement.dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}))"""

# Words of the pages that must not be left in English where Chinese is asked for.
ENGLISH = (
    "Save", "Participant", "Visit", "Enrolment", "Nothing", "Choose", "Yes", "No ", "Not available",
    "optional", "calculated", "usual", "Reason", "Continue", "Queried", "Complete", "Due", "Late",
    "Screened", "Randomised", "Sign out", "Daily", "Day ", "Next", "Add ", "History", "Error",
)  # fmt: skip


@pytest.fixture
def subject_id(hospital: Hospital) -> int:
    return hospital.consented_subject()


def everywhere(hospital: Hospital) -> dict[str, str]:
    one = hospital.randomised
    return {
        "list": "/subjects",
        "casebook": f"/subjects/{one}",
        "VS": address(one, ("BL", "VS", 1)),
        "OM": address(one, ("BL", "OM", 1)),
        "AE": address(one, ("", "AE", 1)),
        "IE": address(one, ("SCR", "IE", 1)),
        "PE": address(one, ("BL", "PE", 1)),
        "VIR": address(one, ("SCR", "VIR", 1)),
        "PRO": address(one, ("BL", "PRO", 1)),
        "GVHD": address(one, ("V28", "GVHD", 1)),
        "enrolment": "/enrolment",
    }


PAGES = ("list", "casebook", "VS", "OM", "AE", "IE", "PE", "VIR", "PRO", "GVHD", "enrolment")
# What is answered first, so that all that hangs on it is asked.
OPENED_BY = {"AE": "AEYN", "PE": "PEPERF", "GVHD": "AGVYN"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_sound(
    tablet: Page, hospital: Hospital, base: str, name: str, language: str
) -> None:
    tablet.context.add_cookies([{"name": "edc_language", "value": language, "url": base}])
    tablet.goto(everywhere(hospital)[name])
    if name in OPENED_BY:
        pick(tablet, OPENED_BY[name], "Y")
    # Accessible,
    devtools = tablet.context.new_cdp_session(tablet)
    devtools.send("Runtime.evaluate", {"expression": AXE})
    found = tablet.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []
    # as wide as the tablet,
    assert tablet.evaluate("document.documentElement.scrollWidth") == UPRIGHT["width"]
    # pressed with a glove,
    assert too_small(tablet) == []
    # and of one language.
    words = str(tablet.evaluate("document.querySelector('main').innerText"))
    if language == "zh":
        assert [word for word in ENGLISH if word in words] == []
    else:
        assert [mark for mark in words if "\u4e00" <= mark <= "\u9fff"] == []


def too_small(page: Page) -> list[Any]:
    """Return what can be pressed on a page and is smaller than a gloved finger hits.

    A link in a table row covers the whole row, one in a figure's card the whole card. The lines of
    the flow are set as densely as running text, and have the 24 pixels that such links need.
    """
    return list(
        page.evaluate(
            """target => [...document.querySelectorAll(
                'main a, main button, main input, main select, main summary, main textarea')]
            .filter(e => e.checkVisibility() && e.type !== 'hidden')
            .map(e => e.matches('.kit-table__stretch') ? e.closest('tr') : e)
            .map(e => e.matches('.kit-stat__link') ? e.closest('.kit-stat') : e)
            .map(e => [e.id || e.className || e.tagName, e.getBoundingClientRect(),
                e.closest('svg') ? 23.5 : target])
            .filter(([, box, least]) => box.height < least || box.width < least)
            .map(([name, box]) => [name, box.width, box.height])""",
            TARGET,
        )
    )


def test_calculated_values_follow_while_full_width_figures_are_typed(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#HEIGHT", "１７２")
    tablet.fill("#WEIGHT", "６８．０")
    tablet.locator("#WEIGHT").blur()
    expect(tablet.locator("#WEIGHT")).to_have_value("68.0")
    expect(tablet.locator("[data-calculated=BMI]")).to_have_text("22.99")
    assert cells(hospital, subject_id) == {}
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    assert cells(hospital, subject_id)["WEIGHT"] == "68.0"


def test_a_date_is_filled_with_the_sites_own_day_in_one_tap(tablet: Page, subject_id: int) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")

    tablet.click("#field-VSDAT [data-fill-today]")

    parts = [tablet.input_value(f"[name='VSDAT.{part}']") for part in ("year", "month", "day")]
    assert "-".join(parts) == clock.today().isoformat()


def test_questions_come_and_go_with_the_answers_before_them(tablet: Page, subject_id: int) -> None:
    tablet.goto(address(subject_id))
    signs = tablet.get_by_role("heading", name="生命体征", exact=True)
    expect(signs).to_be_hidden()
    pick(tablet, "VSPERF", "Y")
    expect(signs).to_be_visible()
    expect(tablet.locator("#TEMP")).to_be_enabled()
    tablet.fill("#TEMP", "36.8")
    pick(tablet, "VSPERF", "N")
    expect(tablet.locator("#TEMP")).to_be_disabled()
    sent = "[...new FormData(document.querySelector('#crf-form')).keys()]"
    assert "TEMP" not in tablet.evaluate(sent)


def test_the_sites_of_the_mouth_are_graded_by_figures_alone(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    place = ("BL", "OM", 1)
    enter(hospital.ward, subject_id, ("SCR", "INJ", 1), {"INJORAL": "Y"})
    tablet.goto(address(subject_id, place))
    pick(tablet, "OMPERF", "Y")
    pick(tablet, "OMLOC", "IPD")
    tablet.locator("#OMULE").focus()
    tablet.keyboard.type("01290")
    tablet.evaluate(FULL_WIDTH_KEY, "１")
    tablet.keyboard.type("202")
    expect(tablet.locator("[data-calculated=OMERYM]")).to_have_text("1.00")
    heights = (
        "[...document.querySelectorAll('#section-REDNESS .crf-field')].map(f => f.offsetHeight)"
    )
    assert max(tablet.evaluate(heights)) <= 72
    # Each row keeps its own way out.
    row = tablet.locator("#field-OMULE")
    row.get_by_text("无法提供").click()
    expect(row.locator("[name='OMULE.missing']")).to_be_visible()
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    assert [cells(hospital, subject_id, place)[f"OM{site}E"] for site in ("UL", "LL", "RC")] == [
        "0", "1", "2",
    ]  # fmt: skip


def test_a_crf_is_filled_and_saved_by_keyboard_alone(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    tablet.keyboard.press("Tab")
    tablet.keyboard.press("Enter")  # the link that skips to the content
    for _ in range(4):
        tablet.keyboard.press("Tab")
        if tablet.evaluate("document.activeElement.name") == "VSPERF":
            break
    tablet.keyboard.press("y")
    for _ in range(40):
        tablet.keyboard.press("Tab")
        if tablet.evaluate("document.activeElement.id") == "TEMP":
            break
    tablet.keyboard.type("36.8")
    tablet.keyboard.press("Enter")
    stored(tablet)
    saved = cells(hospital, subject_id)
    assert (saved["VSPERF"], saved["TEMP"]) == ("Y", "36.8")
    expect(tablet).to_have_url(re.compile(rf"/subjects/{subject_id}#SCR$"))


def test_errors_lead_to_their_fields(tablet: Page, hospital: Hospital, subject_id: int) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("[name='VSDAT.year']", "2026")
    tablet.fill("[name='VSDAT.month']", "2")
    tablet.fill("[name='VSDAT.day']", "30")
    tablet.fill("#TEMP", "99")
    tablet.get_by_role("button", name="保存并返回").click()
    expect(tablet.locator("[data-error-summary]")).to_be_focused()
    tablet.keyboard.press("Tab")
    tablet.keyboard.press("Tab")
    tablet.keyboard.press("Enter")
    expect(tablet.locator("#TEMP")).to_be_focused()
    expect(tablet.locator("#TEMP")).to_have_value("99")
    expect(tablet.locator("#TEMP-error")).to_be_visible()
    assert cells(hospital, subject_id) == {}


def test_a_reason_is_asked_only_while_a_stored_value_stands_changed(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    before = {"VSPERF": "Y", "TEMP": "36.8", "VSDAT": clock.today().isoformat()}
    enter(hospital.ward, subject_id, VS, before)
    tablet.goto(address(subject_id))
    block = tablet.locator("[data-reason]")
    expect(block).to_be_hidden()
    tablet.fill("#PULSE", "80")  # was empty
    tablet.fill("[name='VSDAT.month']", str(clock.today().month))  # written 03, the same as 3
    expect(block).to_be_hidden()
    tablet.fill("#TEMP", "37.0")
    expect(block).to_contain_text("1")
    tablet.fill("[name='VSDAT.year']", "2000")
    expect(block).to_contain_text("2")
    tablet.fill("#TEMP", "36.80")
    tablet.fill("[name='VSDAT.year']", str(clock.today().year))
    expect(block).to_be_hidden()
    tablet.fill("#TEMP", "37.0")
    tablet.get_by_role("radio", name="录入错误").check(force=True)
    tablet.get_by_role("button", name="保存并返回").click()
    stored(tablet)
    assert cells(hospital, subject_id)["TEMP"] == "37.0"


def test_a_stale_page_is_settled_item_by_item(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, VS, {"VSPERF": "Y", "TEMP": "36.8", "PULSE": "80"})
    tablet.goto(address(subject_id))
    tablet.fill("#TEMP", "37.5")
    tablet.fill("#PULSE", "90")
    tablet.get_by_role("radio", name="录入错误").check(force=True)
    enter(hospital.ward, subject_id, VS, {"TEMP": "38.0"}, reason="Typing error")
    tablet.get_by_role("button", name="保存并返回").click()
    both = tablet.locator(".kit-compare__item").filter(has_text="体温")
    expect(both).to_contain_text("38.0")
    expect(both).to_contain_text("37.5")
    assert tablet.evaluate("document.documentElement.scrollWidth") == UPRIGHT["width"]
    save = tablet.get_by_role("button", name="按所选版本保存")
    save.click()
    expect(tablet.locator("[data-error-summary]")).to_be_focused()
    both.locator("input[value=theirs]").check(force=True)
    save.click()
    stored(tablet)
    assert [cells(hospital, subject_id)[item] for item in ("TEMP", "PULSE")] == ["38.0", "90"]


def test_a_change_of_language_keeps_what_was_typed_also_after_a_refusal(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#TEMP", "99")
    tablet.get_by_role("button", name="English").click()
    expect(tablet.locator("html")).to_have_attribute("lang", "en")
    expect(tablet.locator("#TEMP")).to_have_value("99")
    tablet.get_by_role("button", name="Save and return").click()
    expect(tablet.locator("#TEMP-error")).to_be_visible()
    tablet.get_by_role("button", name="中文").click()
    expect(tablet.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(tablet.locator("#TEMP-error")).to_be_visible()
    expect(tablet.locator("#TEMP")).to_have_value("99")
    assert cells(hospital, subject_id) == {}


def test_leaving_with_unsaved_input_is_questioned(tablet: Page, subject_id: int) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    tablet.on("dialog", stay)
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.locator(".kit-header__product").click(no_wait_after=True)
    tablet.wait_for_timeout(200)
    assert asked == ["beforeunload"]
    expect(tablet.locator("input[name=VSPERF][value=Y]")).to_be_checked()


def test_an_idle_page_keeps_a_draft_that_is_offered_on_return(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.clock.install()
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#TEMP", "37.7")
    with tablet.expect_response("**/draft") as kept:
        tablet.clock.fast_forward("14:00")
    assert kept.value.status == 204
    expect(tablet.get_by_role("dialog")).to_contain_text("您输入的内容已存为草稿")
    tablet.get_by_role("button", name="继续使用").click()
    tablet.evaluate("document.querySelector('form[data-unsaved]').dataset.unsaved = ''")
    tablet.goto(address(subject_id))
    expect(tablet.locator("#TEMP")).to_have_value("")
    tablet.get_by_role("link", name="使用草稿").click()
    expect(tablet.locator("#TEMP")).to_have_value("37.7")
    assert cells(hospital, subject_id) == {}
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    tablet.goto(address(subject_id))
    expect(tablet.get_by_text("使用草稿")).to_have_count(0)


def test_a_tablet_that_is_put_to_sleep_keeps_what_was_typed(tablet: Page, subject_id: int) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    with tablet.expect_response("**/draft") as kept:
        tablet.evaluate(
            """() => {
                Object.defineProperty(document, 'visibilityState', {get: () => 'hidden'});
                document.dispatchEvent(new Event('visibilitychange'));
            }"""
        )
    assert kept.value.status == 204


def test_a_number_that_cannot_be_taken_back_is_asked_for_twice(tablet: Page) -> None:
    tablet.goto("/subjects")
    tablet.get_by_role("button", name="筛选新受试者").click()
    expect(tablet.get_by_role("dialog")).to_contain_text("编号生成后不能收回")
    tablet.get_by_role("button", name="取消").click()
    expect(tablet.get_by_role("heading", level=1)).to_have_text("受试者")
    tablet.get_by_role("button", name="筛选新受试者").click()
    tablet.get_by_role("dialog").get_by_role("button").first.click()
    expect(tablet.get_by_role("link", name="填写知情同意")).to_be_visible()


def test_a_save_that_the_network_does_not_carry_leaves_the_page_as_it_is(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#TEMP", "37.7")
    tablet.route("**/draft", lambda route: route.abort())
    tablet.get_by_role("button", name="保存并留在本页").click()
    expect(tablet.get_by_role("dialog")).to_contain_text("未保存：服务器没有响应")
    tablet.get_by_role("button", name="返回本页").click()
    expect(tablet.locator("#TEMP")).to_have_value("37.7")
    assert cells(hospital, subject_id) == {}
    tablet.unroute("**/draft")
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    assert str(cells(hospital, subject_id)["TEMP"]) == "37.7"
    expect(tablet.get_by_text("使用草稿")).to_have_count(0)


def test_a_save_that_never_arrives_is_offered_as_a_draft(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#TEMP", "37.7")
    tablet.route(
        f"**{address(subject_id)}",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    tablet.get_by_role("button", name="保存并留在本页").click(no_wait_after=True)
    expect(tablet.locator("#TEMP")).to_have_count(0)
    assert cells(hospital, subject_id) == {}
    tablet.unroute(f"**{address(subject_id)}")
    tablet.goto(address(subject_id))
    tablet.get_by_role("link", name="使用草稿").click()
    expect(tablet.locator("#TEMP")).to_have_value("37.7")


def test_a_save_after_the_session_ended_keeps_the_page_and_says_so(
    tablet: Page, hospital: Hospital, subject_id: int
) -> None:
    tablet.goto(address(subject_id))
    pick(tablet, "VSPERF", "Y")
    tablet.fill("#TEMP", "37.7")
    held = tablet.context.cookies()
    tablet.context.clear_cookies()
    tablet.get_by_role("button", name="保存并留在本页").click()
    expect(tablet.get_by_role("dialog")).to_contain_text("登录已失效")
    expect(tablet.locator("#TEMP")).to_have_value("37.7")
    assert cells(hospital, subject_id) == {}
    tablet.context.add_cookies(held)  # type: ignore[arg-type]


@pytest.mark.parametrize("words", ["口腔黏膜", "mucositis ORAL"])
def test_a_term_of_the_dictionary_is_found_in_either_language(
    tablet: Page, hospital: Hospital, subject_id: int, words: str
) -> None:
    place = ("", "AE", 1)
    tablet.goto(address(subject_id, place))
    pick(tablet, "AEYN", "Y")
    term = tablet.get_by_role("combobox", name="CTCAE")
    term.fill(words)
    options = tablet.get_by_role("listbox").get_by_role("option")
    expect(options.first).to_contain_text("Mucositis oral")
    term.press("Enter")
    expect(term).to_have_value("口腔黏膜炎")
    expect(tablet.get_by_role("listbox")).to_be_hidden()
    term.fill("no such term")
    expect(options).to_have_count(0)
    term.press("Escape")
    term.blur()
    expect(term).to_have_value("口腔黏膜炎")
    tablet.get_by_role("button", name="保存并留在本页").click()
    stored(tablet)
    assert str(cells(hospital, subject_id, place)["AECTCID"]).startswith("CTC5-")
    expect(tablet.get_by_role("combobox", name="CTCAE")).to_have_value("口腔黏膜炎")


def test_a_page_works_without_script(
    browser: Browser, ward_tablet: BrowserContext, hospital: Hospital, base: str, subject_id: int
) -> None:
    enter(hospital.ward, subject_id, VS, {"VSPERF": "Y", "TEMP": "36.8"})
    with scriptless(browser, ward_tablet, base) as page:
        page.goto(address(subject_id))
        expect(page.locator("[data-reason]")).to_be_visible()
        page.fill("#TEMP", "37.0")
        page.fill("#_reason", "抄写错误")
        page.get_by_role("button", name="保存并返回").click()
        stored(page)
        page.goto(address(subject_id, ("", "AE", 1)))
        pick(page, "AEYN", "Y")
        page.get_by_role("button", name="保存并留在本页").click()
        page.locator("select#AECTCID").select_option(label="口腔黏膜炎")
        page.goto(f"/subjects/{hospital.randomised}")
        folded = page.locator("#visits-DA01 tr[data-folds]")
        expect(folded.first).to_be_hidden()
        page.locator("#visits-DA01 a[aria-expanded]").click()
        expect(folded.first).to_be_visible()
    assert cells(hospital, subject_id)["TEMP"] == "37.0"


@contextmanager
def scriptless(browser: Browser, signed_in: BrowserContext, base: str) -> Iterator[Page]:
    """Open a page without script in the same session."""
    context = browser.new_context(
        java_script_enabled=False, viewport=UPRIGHT, base_url=base, locale="zh-CN",
        storage_state=signed_in.storage_state(),
    )  # fmt: skip
    context.add_cookies([{"name": "edc_language", "value": "zh", "url": base}])
    yield context.new_page()
    context.close()


def test_the_casebook_folds_its_daily_visits_and_leads_on_in_one_press(
    tablet: Page, hospital: Hospital
) -> None:
    tablet.goto(f"/subjects/{hospital.randomised}")
    # The first week: day 7 stands between it and the second.
    group = tablet.locator("#visits-DA01")
    toggle = group.get_by_role("link", name="每日评估")
    rows = group.locator("tr:not(.kit-matrix__group)")
    week = rows.count()
    assert week >= 6
    shown = rows.filter(visible=True)
    folded = shown.count()
    assert folded <= 2
    toggle.press("Enter")
    expect(shown).to_have_count(week)
    toggle.press("Enter")
    expect(shown).to_have_count(folded)
    expect(tablet.locator("#BL")).to_contain_text("D0")
    expect(tablet.locator("#BL")).to_contain_text("T+0")
    # Back from a folded visit, its row is in sight.
    tablet.goto("about:blank")
    tablet.goto(f"/subjects/{hospital.randomised}#DA12")
    expect(tablet.locator("#DA12")).to_be_in_viewport()
    tablet.get_by_role("link", name="继续填写").click()
    expect(tablet.locator("form#crf-form")).to_be_visible()


def test_the_head_of_the_casebook_stays_in_sight(tablet: Page, hospital: Hospital) -> None:
    tablet.set_viewport_size({"width": 1080, "height": 810})
    tablet.goto(f"/subjects/{hospital.randomised}#M12")
    expect(tablet.locator("#M12")).to_be_in_viewport()
    expect(tablet.locator(".kit-matrix thead th").first).to_be_in_viewport()
