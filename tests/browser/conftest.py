"""The browser of the browser tests: the system's Chromium, a Chinese tablet held sideways."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.chromium import ARGUMENTS, find_chromium

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
