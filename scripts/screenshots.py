"""Take pictures of the demo study in both languages, for the README and for looking at.

``--width`` and ``--out`` choose the size and the folder; without them the README's own pictures in
``docs/img`` are made anew.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.chromium import ARGUMENTS, find_chromium  # noqa: E402 - found through ROOT

EDC = ROOT / ".venv" / "bin" / "edc"
START_SECONDS = 30
HEIGHTS = {810: 1080}
LOWEST = 800

# Who looks at which page: name, role, address; {subject} is a participant under treatment.
PAGES = (
    ("participants", "research_nurse", "/subjects"),
    ("casebook", "research_nurse", "/subjects/{subject}"),
    ("mucositis", "research_nurse", "/subjects/{subject}/crf/DA03/OM/1"),
    ("vitals", "research_nurse", "/subjects/{subject}/crf/SCR/VS/1"),
    ("eligibility", "investigator", "/subjects/{subject}/crf/SCR/IE/1"),
    ("adverse-event", "research_nurse", "/subjects/{subject}/crf/-/AE/1"),
    ("allocation", "investigator", "/subjects/{subject}/allocation"),
    ("enrolment", "investigator", "/enrolment"),
    ("trail", "monitor", "/audit"),
    ("people", "administrator", "/people"),
)
README = frozenset({("casebook", "zh"), ("mucositis", "zh"), ("enrolment", "en"), ("trail", "en")})


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(port: int) -> subprocess.Popen[bytes]:
    """Start the demo study and wait until it answers."""
    server = subprocess.Popen(
        [str(EDC), "demo", "--port", str(port)], stdout=subprocess.DEVNULL, cwd=ROOT
    )
    until = time.monotonic() + START_SECONDS * 6
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except OSError:
            time.sleep(0.3)
        else:
            return server
    server.send_signal(signal.SIGTERM)
    sys.exit("the demo study did not answer")


def take(browser: Browser, base: str, *, language: str, width: int, out: Path, all_: bool) -> None:
    """Take the pictures of one language at one width."""
    instance = Path(os.environ.get("EDC_INSTANCE", ROOT / "instance"))
    accounts = json.loads((instance / "demo-accounts.json").read_text())
    by_role: dict[str, list[tuple[str, str]]] = {}
    for name, role, path in PAGES:
        if all_ or (name, language) in README:
            by_role.setdefault(role, []).append((name, path))
    for role, pages in by_role.items():
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, LOWEST)},
            locale="zh-CN" if language == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
        )
        context.add_cookies([{"name": "edc_language", "value": language, "url": base}])
        page = context.new_page()
        page.goto(f"{base}/sign-in")
        page.fill("[name=username]", accounts[role]["username"])
        page.fill("[name=password]", accounts[role]["password"])
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        for name, path in pages:
            answer = page.goto(base + path.format(subject=find_subject(page.context, base)))
            if answer is None or not answer.ok:
                print(f"{name}: {answer.status if answer else 'no answer'}")
                continue
            suffix = "" if not all_ else f"-{width}"
            page.screenshot(path=out / f"{name}-{language}{suffix}.png", full_page=all_)
        context.close()


_found: list[str] = []  # the participant shown on every picture


def find_subject(context: object, base: str) -> str:
    """Return the id of a participant on study treatment, else of the latest one."""
    if not _found:
        page = context.new_page()  # type: ignore[attr-defined]
        for state in ("?state=ON_TREATMENT", "?state=COMPLETED", ""):
            page.goto(f"{base}/subjects{state}")
            link = page.locator("table a[href^='/subjects/']").first
            if link.count():
                _found.append(str(link.get_attribute("href")).rsplit("/", 1)[-1])
                break
        page.close()
    return _found[0] if _found else "1"


def main() -> None:
    """Serve the demo study, take the pictures, and stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, action="append", help="810 and 1280 when all is taken")
    parser.add_argument("--out", type=Path, help="take every page, into this folder")
    chosen = parser.parse_args()
    out: Path = chosen.out or ROOT / "docs" / "img"
    out.mkdir(parents=True, exist_ok=True)
    port = free_port()
    server = serve(port)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=list(ARGUMENTS)
            )
            for width in chosen.width or ([1100] if chosen.out is None else [810, 1280]):
                for language in ("zh", "en"):
                    take(
                        browser, f"http://127.0.0.1:{port}", language=language, width=width,
                        out=out, all_=chosen.out is not None,
                    )  # fmt: skip
            browser.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


if __name__ == "__main__":
    main()
