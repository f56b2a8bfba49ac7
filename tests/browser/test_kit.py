"""The components in a real browser, under the product's own content policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Dialog, Page, Request, expect
from werkzeug.serving import make_server

from tests.browser.kit_gallery import create_gallery

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET = 44
PAGES = ("/", "/overview")
SIZES = ((810, 1080), (1280, 800))


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    """Give the address of a gallery that serves until the module's tests are done."""
    server = make_server("127.0.0.1", 0, create_gallery(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_no_component_breaks_the_content_policy(
    page: Page, gallery: str, path: str, language: str
) -> None:
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            said.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{gallery}{path}?lang={language}")
    page.wait_for_load_state("networkidle")
    assert said == []
    assert page.locator("[style]").count() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_component_passes_the_accessibility_rules(
    page: Page, gallery: str, path: str, language: str
) -> None:
    page.goto(f"{gallery}{path}?lang={language}")
    devtools = page.context.new_cdp_session(page)
    devtools.send("Runtime.evaluate", {"expression": AXE.read_text()})
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", PAGES)
def test_no_page_scrolls_sideways(
    page: Page, gallery: str, path: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{gallery}{path}?lang=en")
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


def test_whatever_is_pressed_on_a_crf_is_large_enough_for_a_glove(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh")
    small = page.evaluate(
        """target => ['a', 'button', 'input', 'select', 'summary']
            .flatMap(kind => [...document.querySelectorAll('main ' + kind)])
            .filter(e => e.offsetParent && e.type !== 'hidden')
            .map(e => [e.id || e.className, e.getBoundingClientRect()])
            .filter(([, box]) => box.height < target || (box.width < target))
            .map(([name, box]) => [name, box.width, box.height])""",
        TARGET,
    )
    assert small == []


def test_a_question_that_is_hidden_again_keeps_what_was_typed_and_sends_nothing(
    page: Page, gallery: str
) -> None:
    page.goto(f"{gallery}/?lang=zh")
    question = page.locator("#field-OMREASND")
    expect(question).to_be_hidden()
    page.locator("#OMPERF-2").click()
    expect(question).to_be_visible()
    page.fill("#OMREASND", "受试者外出")
    page.locator("#OMPERF").click()
    expect(question).to_be_hidden()
    sent = page.evaluate("[...new FormData(document.querySelector('#crf')).keys()]")
    assert "OMREASND" not in sent
    page.locator("#OMPERF-2").click()
    expect(page.locator("#OMREASND")).to_have_value("受试者外出")


def test_full_width_figures_become_plain_when_the_field_is_left(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh")
    page.fill("#TEMP", "３７．５")
    page.locator("#TEMP").blur()
    expect(page.locator("#TEMP")).to_have_value("37.5")


def test_calculated_values_follow_what_is_typed(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh")
    with page.expect_request("**/preview") as asked:
        page.fill("#PULSE", "90")
    assert asked.value.headers["x-csrftoken"]
    expect(page.locator("[data-calculated=OMERYM]")).to_have_text("0.67")


def test_leaving_with_unsaved_input_is_questioned(page: Page, gallery: str) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.goto(f"{gallery}/?lang=zh")
    page.on("dialog", stay)
    page.fill("#TEMP", "37.1")
    page.locator(".kit-header__product").click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(page.locator("#TEMP")).to_have_value("37.1")


def test_a_change_of_language_brings_back_what_was_typed(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh")
    page.fill("#TEMP", "39.1")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#TEMP")).to_have_value("39.1")


def test_enter_in_a_field_saves_and_does_not_change_the_language(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator("#TEMP").press("Enter")
    assert "_language" not in (sent.value.post_data or "")


def test_a_second_press_sends_nothing(page: Page, gallery: str) -> None:
    sent: list[Request] = []
    page.goto(f"{gallery}/?lang=zh")
    page.on("request", lambda request: request.method == "POST" and sent.append(request))
    page.evaluate(
        """() => {
            const button = document.querySelector('button[value=save]');
            button.click();
            button.click();
        }"""
    )
    page.wait_for_load_state("networkidle")
    assert len(sent) == 1


def test_an_idle_page_keeps_the_draft_before_it_asks(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/?lang=zh&warn=1&end=60")
    with page.expect_request("**/draft") as kept:
        page.fill("#TEMP", "37.1")
    assert kept.value.headers["x-csrftoken"]
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("您输入的内容已存为草稿")
    with page.expect_request("**/ping"):
        dialog.get_by_role("button", name="继续使用").click()
    expect(dialog).to_be_hidden()


def test_a_grave_button_asks_first(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/overview?lang=en")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("dialog")).to_contain_text("written to the audit trail")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
