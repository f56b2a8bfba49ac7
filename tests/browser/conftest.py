"""The browser of the browser tests: the system's Chromium, and a ward's tablet signed in on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.factories import PASSWORD
from tests.support.chromium import ARGUMENTS, find_chromium
from tests.support.live import open_hospital, served
from tests.support.tablet import UPRIGHT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

    from tests.conftest import TemplateFinder
    from tests.support.live import Hospital

TABLET = {"width": 1080, "height": 810}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium, for no browser is ever downloaded."""
    path = find_chromium()
    if path is None:
        pytest.fail("Browser tests need Chromium: install the package chromium.", pytrace=False)
    return {**browser_type_launch_args, "executable_path": path, "args": list(ARGUMENTS)}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Open pages as on a ward's tablet in China; a test that needs another says so itself."""
    return {
        **browser_context_args,
        "viewport": TABLET,
        "has_touch": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


@pytest.fixture(scope="module")
def hospital(sqlite_templates: TemplateFinder) -> Iterator[Hospital]:
    template = sqlite_templates("migrated")
    url = template.create()
    found = open_hospital(url)
    yield found
    found.ward.database.engine.dispose()
    template.drop(url)


@pytest.fixture(scope="module")
def base(hospital: Hospital) -> Iterator[str]:
    with served(hospital.app) as address:
        yield address


@pytest.fixture(scope="module")
def ward_tablet(browser: Browser, hospital: Hospital, base: str) -> Iterator[BrowserContext]:
    """Give a tablet on which the nurse has signed in through the page."""
    context = browser.new_context(
        viewport=UPRIGHT, has_touch=True, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=base
    )  # fmt: skip
    page = context.new_page()
    page.goto("/subjects")
    page.get_by_label("用户名").fill(hospital.ward.nurse.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_label("密码").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("受试者")
    page.close()
    yield context
    context.close()


@pytest.fixture
def tablet(ward_tablet: BrowserContext, base: str) -> Iterator[Page]:
    """Give a page in Chinese whose console stays silent to the end."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # A refused save is answered 409 or 422, which the browser notes as a failed load; so is
        # a request that a test cuts off.
        expected = ("the server responded with", "net::ERR_FAILED")
        if message.type in ("error", "warning") and not any(e in message.text for e in expected):
            said.append(message.text)

    ward_tablet.add_cookies([{"name": "edc_language", "value": "zh", "url": base}])
    page = ward_tablet.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close(run_before_unload=False)
    assert said == []
