"""The laboratory grid on a ward's tablet: down the column, the other unit, flags while typing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from tests.conftest import TemplateFinder
from tests.factories import PASSWORD, create_user, database_of, make_app
from tests.services.casebook_support import Ward, enter, open_ward, screening_values
from tests.support.live import consented_subject, served

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
UPRIGHT = {"width": 810, "height": 1080}
TALL = 5000  # what stays in place at the foot of the page then covers nothing
DESK = {"width": 1280, "height": 800}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def app(sqlite_templates: TemplateFinder) -> Iterator[Flask]:
    template = sqlite_templates("migrated")
    url = template.create()
    app = make_app(url)
    yield app
    database_of(app).engine.dispose()
    template.drop(url)


@pytest.fixture(scope="module")
def ward(app: Flask) -> Ward:
    return open_ward(database_of(app), with_list=False)


@pytest.fixture(scope="module")
def base(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def subject_id(ward: Ward) -> int:
    found = consented_subject(ward)
    enter(ward, found, ("SCR", "DM", 1), screening_values(ward)["SCR", "DM", 1])
    return found


def open_page(
    browser: Browser, base: str, username: str, *, size: dict[str, int], language: str = "zh"
) -> Page:
    context = browser.new_context(viewport=size, has_touch=True, base_url=base)  # type: ignore[arg-type]
    context.add_cookies([{"name": "edc_language", "value": language, "url": base}])
    page = context.new_page()
    page.goto("/subjects")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("[name=password]")).to_have_count(0)
    return page


@pytest.fixture
def tablet(browser: Browser, base: str, ward: Ward) -> Iterator[Page]:
    page = open_page(browser, base, ward.nurse.username, size=UPRIGHT)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.context.close()
    assert said == []


def begin(page: Page, subject_id: int, row: int) -> None:
    """Open a panel and say when and where the sample was taken."""
    page.goto(f"/subjects/{subject_id}/crf/SCR/LB/{row}")
    page.locator("[name=LBPERF][value=Y]").check(force=True)
    year, month, day = clock.today().isoformat().split("-")
    for part, text in (("year", year), ("month", month), ("day", day)):
        page.locator(f"[name='LBDAT.{part}']").fill(text)
    page.locator("[name=LBLAB]").select_option("LAB01")


def save(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="保存并留在本页").click()


def barriers(page: Page, size: dict[str, int]) -> list[tuple[str, str]]:
    """Return what keeps somebody out, judged with the whole page in sight."""
    page.set_viewport_size({"width": size["width"], "height": TALL})
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    return [(one["id"], one["nodes"][0]["html"][:160]) for one in found["violations"]]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name"))


def test_enter_and_the_arrows_go_down_and_up_the_results(tablet: Page, subject_id: int) -> None:
    begin(tablet, subject_id, 1)
    tablet.locator("[name=WBC]").fill("4")
    tablet.locator("[name=WBC]").press("Enter")
    assert focused(tablet) == "NEUT"
    tablet.keyboard.type("2")
    tablet.keyboard.press("ArrowDown")
    assert focused(tablet) == "LYM"
    tablet.keyboard.press("ArrowUp")
    assert focused(tablet) == "NEUT"
    # At the end it stays, and nothing is sent.
    tablet.locator("[name=PLAT]").press("Enter")
    assert focused(tablet) == "PLAT"
    assert tablet.url.endswith("/SCR/LB/1")


def test_what_is_low_is_flagged_while_typing_and_asked_about(tablet: Page, subject_id: int) -> None:
    begin(tablet, subject_id, 1)
    asked = tablet.locator("#field-HGB_LBCLSIG")
    expect(asked).to_be_hidden()
    tablet.locator("[name=HGB]").fill("98")
    expect(tablet.locator("[data-calculated=HGB_LBNRIND]")).to_have_text("偏低")
    expect(tablet.locator("[data-calculated=HGB_LBORNRLO]")).to_have_text("130")
    expect(asked).to_be_visible()
    tablet.locator("[name=HGB]").fill("140")
    expect(tablet.locator("[data-calculated=HGB_LBNRIND]")).to_have_text("正常")
    expect(asked).to_be_hidden()


def test_a_figure_moves_to_the_unit_it_was_reported_in_and_both_are_saved(
    tablet: Page, ward: Ward, subject_id: int
) -> None:
    begin(tablet, subject_id, 1)
    own, other = tablet.locator("[name=HGB]"), tablet.locator("[name=HGB_LBORIG]")
    expect(other).to_be_hidden()
    own.fill("9.8")
    tablet.locator("[data-lab-unit]").click()
    expect(own).to_be_hidden()
    expect(other).to_have_value("9.8")
    expect(other).to_be_focused()
    expect(tablet.locator(".crf-lab__becomes [data-calculated=HGB]")).to_have_text("98")
    tablet.locator("#field-HGB_LBCLSIG [value=N]").check(force=True)
    save(tablet)
    expect(tablet.locator(".crf-lab__row--other [name=HGB_LBORIG]")).to_have_value("9.8")
    with ward.database.reading() as session:
        cells = open_casebook(session, subject_id).book.records["SCR", "LB", 1].cells
    assert (cells["HGB", 1].value, cells["HGB_LBORIG", 1].value) == ("98", "9.8")
    # Corrected later, the result goes along.
    tablet.locator("[name=HGB_LBORIG]").fill("10.1")
    tablet.locator("[name=_reason]").fill("misread")
    save(tablet)
    expect(tablet.locator("[name=HGB_LBORIG]")).to_have_value("10.1")
    with ward.database.reading() as session:
        cells = open_casebook(session, subject_id).book.records["SCR", "LB", 1].cells
    assert cells["HGB", 1].value == "101"


def test_back_in_its_own_unit_nothing_of_the_other_is_left(
    tablet: Page, ward: Ward, subject_id: int
) -> None:
    begin(tablet, subject_id, 1)
    unit = tablet.locator("[data-lab-unit]")
    tablet.locator("[name=HGB]").fill("140")
    unit.click()
    unit.click()
    expect(tablet.locator("[name=HGB]")).to_have_value("140")
    save(tablet)
    expect(tablet.locator("[name=HGB]")).to_have_value("140")
    with ward.database.reading() as session:
        cells = open_casebook(session, subject_id).book.records["SCR", "LB", 1].cells
    assert ("HGB_LBORIG", 1) not in cells or cells["HGB_LBORIG", 1].value is None


@pytest.mark.parametrize("size", [UPRIGHT, DESK], ids=["upright", "desk"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_panel_fits_the_screen_and_is_open_to_everybody(
    browser: Browser, base: str, ward: Ward, subject_id: int, size: dict[str, int], language: str
) -> None:
    page = open_page(browser, base, ward.nurse.username, size=size, language=language)
    for row in (1, 2, 3, 4):
        begin(page, subject_id, row)
        if row == 2:
            page.locator("[name=ALT]").fill("320")
            expect(page.locator("#field-ALT_LBCLSIG")).to_be_visible()
        assert page.evaluate(OVERFLOW) <= 0
        assert barriers(page, size) == []
    page.context.close()


@pytest.mark.parametrize("size", [UPRIGHT, DESK], ids=["upright", "desk"])
def test_the_limits_of_36_tests_fit_the_screen_and_are_typed_down_the_column(
    browser: Browser, base: str, ward: Ward, app: Flask, size: dict[str, int]
) -> None:
    keeper = create_user(database_of(app), role=Role.DATA_MANAGER, site=ward.site)
    page = open_page(browser, base, keeper.username, size=size)
    page.goto(f"/registers/{ward.site.id}/LAB/new")
    assert page.evaluate(OVERFLOW) <= 0
    first = page.locator("#LIMITS")
    first.fill("3.5")
    first.press("Enter")
    assert focused(page) == "LIMITS.3.LOW"
    page.keyboard.press("ArrowUp")
    assert focused(page) == "LIMITS.0.LOW"
    assert barriers(page, size) == []
    page.context.close()
