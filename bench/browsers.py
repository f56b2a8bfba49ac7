"""The other side: signed-in browsers that keep their connection, in a process of their own."""

from __future__ import annotations

import multiprocessing
import statistics
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bs4 import BeautifulSoup, Tag

from edc.protocol import STUDY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REASON = "与原始病历核对后更正"
CHANGED = ("OMULE", "OMLLE", "OMRCE", "OMLCE", "OMRTE", "OMLTE", "OMFME", "OMSPE", "OMHPE", "OMULU")
OK, SEE_OTHER = 200, 303
_OTHERS = [f"{item.code}{part}" for item in STUDY.crfs["OM"].items for part in ("", ".missing")]
BARE_BODY = urlencode(dict.fromkeys((*CHANGED, *_OTHERS, "csrf_token", "_reason"), "1"))
"""A form of as many fields as the CRF's."""


class UnexpectedAnswerError(RuntimeError):
    """A server answered what no measurement may count."""


@dataclass
class Browser:
    """One keep-alive connection with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: HTTPConnection | None = None

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Ask for *path* and return status and body; a connection the server closed is reopened."""
        try:
            return self.send_once(method, path, body)
        except OSError:
            return self.send_once(method, path, body)

    def send_once(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Ask for *path* and return status and body.

        :raises OSError: when there is no whole answer; the next request opens a connection.
        """
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= FORM
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            self.connection.request(method, path, body=body, headers=headers)
            answer = self.connection.getresponse()
            content = answer.read()
        except (HTTPException, OSError) as fault:
            self.connection.close()
            self.connection = None
            raise ConnectionError(path) from fault
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, content

    def page(self, path: str) -> bytes:
        """Open a page that must be there."""
        status, content = self.send("GET", path)
        if status != OK:
            message = f"{path} answered {status}"
            raise UnexpectedAnswerError(message)
        return content

    def sign_in(self, username: str, password: str) -> None:
        """Sign in as a person does."""
        self.cookies["edc_language"] = "zh"
        fields = form_fields(BeautifulSoup(self.page("/sign-in"), "html.parser"))
        fields |= {"username": [username], "password": [password]}
        status, _ = self.send("POST", "/sign-in", urlencode(fields, doseq=True))
        if status not in (302, SEE_OTHER):
            message = f"{username} could not sign in ({status})"
            raise UnexpectedAnswerError(message)


def form_fields(page: BeautifulSoup, form_id: str | None = None) -> dict[str, list[str]]:
    """Return what a browser would send for the form as it stands."""
    form = page.find("form", id=form_id) if form_id else None
    if form is None:
        form = next(one for one in page.find_all("form") if one.find("input", type="password"))
    fields: dict[str, list[str]] = {}
    for control in form.find_all(["input", "select", "textarea"]):
        name = control.get("name")
        if not name or control.find_parent("fieldset", disabled=True):
            continue
        for value in _values(control):
            fields.setdefault(str(name), []).append(value)
    return fields


def _values(control: Tag) -> list[str]:
    if control.name == "select":
        chosen = control.find("option", selected=True)
        return [str(chosen["value"])] if isinstance(chosen, Tag) else [""]
    if control.get("type") in ("radio", "checkbox"):
        return [str(control.get("value"))] if control.has_attr("checked") else []
    return [control.text if control.name == "textarea" else str(control.get("value", ""))]


@dataclass
class CrfSaver:
    """A nurse who corrects ten answers of one oral assessment again and again, with a reason."""

    browser: Browser
    path: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)

    def open(self) -> None:
        """Open the CRF and read its form."""
        page = BeautifulSoup(self.browser.page(self.path), "html.parser")
        self.fields = form_fields(page, "crf-form")
        token = page.find("meta", attrs={"name": "csrf-token"})
        self.fields.setdefault("csrf_token", [str(token["content"])] if token else [])
        self.fields |= {"_reason": [REASON], "_action": ["return"]}
        self.cookies = dict(self.browser.cookies)

    def run(self) -> None:
        """Change ten answers and save."""
        for item in CHANGED:
            self.fields[item] = ["1" if self.fields.get(item) == ["2"] else "2"]
        status, content = self.browser.send("POST", self.path, urlencode(self.fields, doseq=True))
        if status != SEE_OTHER:
            message = f"a save answered {status}: {content[:300]!r}"
            raise UnexpectedAnswerError(message)
        # The page after the save, which is not measured, would show what the save flashed and
        # forget it; so the cookie stays as long as a person's.
        self.browser.cookies = dict(self.cookies)
        self.fields["_version"] = [str(int(self.fields["_version"][0]) + 1)]


@dataclass
class BareSaver:
    """The same form to the bare application, which writes ten answers of it."""

    browser: Browser

    def run(self) -> None:
        """Save ten answers."""
        status, _ = self.browser.send("POST", "/save", BARE_BODY)
        if status != SEE_OTHER:
            message = f"the bare application answered {status}"
            raise UnexpectedAnswerError(message)


@dataclass
class Reader:
    """Somebody who opens one page again and again."""

    browser: Browser
    path: str

    def run(self) -> None:
        """Open the page."""
        self.browser.page(self.path)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a stretch of work took: how many a second, and the median of one in milliseconds."""

    per_second: float
    median_ms: float


Worker = CrfSaver | BareSaver | Reader


def work(workers: Sequence[Worker], seconds: float) -> Measured:
    """Let all work at once for a while."""
    begin = threading.Barrier(len(workers) + 1)
    taken: list[list[float]] = [[] for _ in workers]
    faults: list[Exception] = []

    def stretch(number: int) -> None:
        begin.wait()
        ends = time.perf_counter() + seconds
        try:
            while (start := time.perf_counter()) < ends:
                workers[number].run()
                taken[number].append(time.perf_counter() - start)
        except Exception as fault:  # noqa: BLE001 - told to the run, which ends
            faults.append(fault)

    threads = [threading.Thread(target=stretch, args=(n,)) for n in range(len(workers))]
    for thread in threads:
        thread.start()
    begin.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - start
    if faults:
        raise faults[0]
    times = [one for own in taken for one in own]
    return Measured(len(times) / elapsed, statistics.median(times) * 1000)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who the browsers are and what they may open.

    :param people: user name of each browser; empty for the bare application.
    :param crfs: the CRF that each of them saves.
    """

    port: int
    people: tuple[str, ...]
    password: str
    crfs: tuple[str, ...]


class Browsers:
    """Browsers in a process of their own, so that they cost the measuring process nothing."""

    def __init__(self, plan: Plan) -> None:
        """Start the process; the browsers sign in there."""
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(plan, other), daemon=True)
        self.process.start()

    def ask(self, what: str, clients: int, seconds: float) -> Measured:
        """Let *clients* browsers save (``"save"``) or open a page for a while."""
        self.pipe.send((what, clients, seconds))
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        measured: Measured = answer
        return measured

    def close(self) -> None:
        """End the process."""
        self.pipe.send(None)
        self.process.join(10)


def _serve(plan: Plan, pipe: Connection) -> None:
    browsers = [Browser(plan.port) for _ in plan.people or plan.crfs]
    savers: list[Worker] = []
    try:
        for browser, name, path in zip(browsers, plan.people, plan.crfs, strict=False):
            browser.sign_in(name, plan.password)
            saver = CrfSaver(browser, path)
            saver.open()
            savers.append(saver)
    except Exception as fault:  # noqa: BLE001 - told to the run, which ends
        pipe.send(fault)
        return
    if not plan.people:
        savers = [BareSaver(browser) for browser in browsers]
    while (asked := pipe.recv()) is not None:
        what, clients, seconds = asked
        try:
            if what == "save":
                workers: list[Worker] = savers[:clients]
            else:
                workers = [Reader(browser, what) for browser in browsers[:clients]]
            pipe.send(work(workers, seconds))
        except Exception as fault:  # noqa: BLE001 - told to the run, which ends
            pipe.send(fault)
            return
