"""What every answer carries whatever it answers, and what a request may never do to the server."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse, run_wsgi_app

from edc.permissions import Role
from edc.web.app import MAX_FORM_PARTS, MAX_REQUEST_BYTES
from edc.web.views.pages import own_path
from tests.factories import ALLOCATION_KEY, PASSWORD, database_of, make_app
from tests.support.client import BrowserClient, text_of
from tests.support.visitors import ANONYMOUS, ROLES, UNSAFE, Doorstep

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""The least that the policy of every page says; images may also be of the page itself (data:)."""

NOT_OUR_OWN = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example",
    "https://evil.example", "http:evil.example", "HTTPS://evil.example", "javascript:alert(1)",
    "data:text/html,x", "evil.example", " /subjects", "/\tevil.example", "/\n/evil.example",
    "/\r/evil.example", "\x00/evil.example", "/\u2028evil", "/subjects\\..\\evil", "?next=/", "",
    "/%5c\\evil.example", "\u3000//evil.example", "/\u200b/evil.example",
)  # fmt: skip
OUR_OWN = (
    "/",
    "/subjects",
    "/subjects?state=SCREENING&q=ZS",
    "/subjects/1/crf/-/AE/2",
    "/a%2F%2Fb",
)


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


def faults_of(answer: TestResponse, *, is_static: bool = False) -> list[str]:
    """Return which of the promised headers an answer lacks."""
    found = answer.headers
    policy = dict(
        part.strip().split(" ", 1)
        for part in found.get("Content-Security-Policy", "x y").split(";")
    )
    lacking = [name for name, value in POLICY.items() if policy.get(name) != value]
    if "unsafe" in str(policy) or "*" in str(policy) or "http" in str(policy):
        lacking.append("strict policy")
    if found.get("X-Content-Type-Options") != "nosniff":
        lacking.append("nosniff")
    if found.get("Referrer-Policy") not in {"same-origin", "no-referrer"}:
        lacking.append("Referrer-Policy")
    if not is_static and found.get("Cache-Control") != "no-store":
        lacking.append("no-store")
    kind = found.get("Content-Type", "").lower().replace('"', "")
    if kind.startswith("text/") and "charset=utf-8" not in kind:
        lacking.append("charset")
    for cookie in found.getlist("Set-Cookie"):
        if "HttpOnly" not in cookie or "SameSite=Lax" not in cookie:
            lacking += [f"cookie flags: {cookie}"]
    if found.get("Server") or found.get("X-Powered-By"):
        lacking.append("silence about the server")
    return lacking


@pytest.mark.parametrize("visitor", [ANONYMOUS, *ROLES])
def test_every_answer_of_every_route_carries_the_headers(doorstep: Doorstep, visitor: str) -> None:
    lacking = {}
    for rule, method in doorstep.operations():
        browser = doorstep.browser(visitor)
        fields = {"csrf_token": browser.csrf_token()} if method in UNSAFE else None
        answer = browser.client.open(doorstep.path(rule, visitor), method=method, data=fields)
        if faults := faults_of(answer):
            lacking[f"{method} {rule.rule}"] = faults
    assert lacking == {}


def test_refusals_faults_and_static_files_carry_them_too(doorstep: Doorstep) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    from edc.web.guard import open_to_all

    doorstep.app.add_url_rule("/broken", "broken", open_to_all(broken))
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    answers = {
        404: browser.get("/nowhere"),
        405: browser.client.put("/sign-in"),
        500: browser.get("/broken"),
        400: browser.post("/language", csrf=False),
        403: browser.get("/people"),
        200: browser.get("/healthz"),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert faults_of(answer) == [], status
    page = browser.get("/subjects").get_data(as_text=True)
    files = set(re.findall(r'"(/static/[^"]+)"', page))
    assert len(files) >= 3
    for path in files:
        with browser.get(path) as answer:
            assert (answer.status_code, faults_of(answer, is_static=True)) == (200, []), path


@pytest.mark.parametrize("path", ["/static/", "/static/..%2fapp.py", "/static/../../config.py",
                                  "/static/%2e%2e/web/app.py", "/static//etc/passwd"])  # fmt: skip
def test_nothing_but_static_files_comes_out_of_the_static_folder(
    doorstep: Doorstep, path: str
) -> None:
    answer = doorstep.browser(ANONYMOUS).get(path)
    assert answer.status_code in {400, 404}
    assert faults_of(answer) == []


def test_over_tls_cookies_are_bound_to_it_and_browsers_are_told_to_stay(world_url: str) -> None:
    app = make_app(world_url, secure_cookies=True)
    answer = app.test_client().get("/sign-in", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert "; Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain=" not in cookie
        assert cookie.startswith("__Host-")
    plain = make_app(world_url)
    assert "Strict-Transport-Security" not in plain.test_client().get("/sign-in").headers
    database_of(app).engine.dispose()
    database_of(plain).engine.dispose()


def test_no_answer_holds_a_secret_of_the_installation(doorstep: Doorstep) -> None:
    secrets = [ALLOCATION_KEY, doorstep.app.config["SECRET_KEY"], PASSWORD, "$argon2"]
    told = []
    for visitor in (ANONYMOUS, *ROLES):
        for rule, method in doorstep.operations():
            if method != "GET":
                continue
            answer = doorstep.browser(visitor).get(doorstep.path(rule, visitor))
            body = answer.get_data(as_text=True) + str(answer.headers)
            told += [f"{visitor} {rule.rule}" for secret in secrets if secret in body]
    assert told == []


def test_no_answer_sends_the_browser_to_another_host(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    for target in NOT_OUR_OWN:
        assert own_path(target) == "/", target
        for answer in (
            browser.get("/sign-in", query_string={"next": target}),
            browser.post("/language", {"next": target, "_language": "en"}),
        ):
            assert (answer.status_code, answer.headers["Location"]) == (302, "/"), target
        fields = {"username": "research_nurse", "password": PASSWORD, "next": target}
        answer = doorstep.browser(ANONYMOUS).post("/sign-in", fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), target


@pytest.mark.parametrize("target", OUR_OWN)
def test_a_page_of_our_own_is_returned_to(target: str) -> None:
    assert own_path(target) == target


def test_a_forged_host_is_never_written_into_an_answer(doorstep: Doorstep) -> None:
    browser = doorstep.browser(ANONYMOUS)
    for path in ("/", "/subjects", "/sign-in", "/nowhere"):
        answer = browser.get(
            path, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        )
        assert answer.status_code < 500
        assert "evil.example" not in answer.get_data(as_text=True) + str(answer.headers)


def raw(app: Flask, browser: BrowserClient, **environ: object) -> int:
    """Send bytes that no client library would, and return the status."""
    held = browser.client.get_cookie("edc")
    base = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/subjects", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(), "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_COOKIE": f"edc={held.value if held else ''}",
    }  # fmt: skip
    body, status, _headers = run_wsgi_app(app.wsgi_app, base | environ, buffered=True)
    b"".join(body)
    return int(status.split()[0])


LATIN = b"\xff\xfe\x80".decode("latin-1")
UNREADABLE = (
    {"PATH_INFO": f"/subjects/{LATIN}"},
    {"PATH_INFO": f"/subjects/1/crf/{LATIN}/DM/1"},
    {"PATH_INFO": "/subjects/1/crf/SCR/D\x00M/1"},
    {"PATH_INFO": "/subjects/1/crf/SCR/\xed\xa0\x80/1"},
    {"PATH_INFO": "/subjects/99999999999999999999999999"},
    {"PATH_INFO": "/subjects/1/crf/SCR/DM/99999999999999999999"},
    {"PATH_INFO": "/subjects/1/history/SCR/DM/1/SUBJINIT/99999999999999999999"},
    {"PATH_INFO": "/subjects/1/crf/SCR/" + "D" * 5000 + "/1"},
    {"QUERY_STRING": "q=%ff%fe"},
    {"QUERY_STRING": "q=%00"},
    {"QUERY_STRING": "q=%ed%a0%80"},
    {"QUERY_STRING": "q=" + "x" * 100_000},
    {"QUERY_STRING": "after=99999999999999999999"},
    {"QUERY_STRING": "after=%D9%A1"},
    {"QUERY_STRING": f"q={LATIN}"},
    {"QUERY_STRING": "&&&=&;%%%zz=%"},
    {"HTTP_COOKIE": f"edc={LATIN}; edc_language={LATIN}"},
    {"HTTP_COOKIE": "edc=" + "x" * 50_000},
    {"HTTP_COOKIE": 'edc="\\400\\777; ;;=;='},
    {"HTTP_ACCEPT_LANGUAGE": LATIN},
    {"HTTP_USER_AGENT": LATIN + "\x00"},
    {"HTTP_ACCEPT": LATIN},
    {"REQUEST_METHOD": "POST", "CONTENT_TYPE": LATIN, "CONTENT_LENGTH": "3",
     "wsgi.input": io.BytesIO(b"abc")},
    {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "-5"},
    {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "many"},
    {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded",
     "CONTENT_LENGTH": "9", "wsgi.input": io.BytesIO(b"site=\xff\xfe\x00")},
    {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data", "CONTENT_LENGTH": "3",
     "wsgi.input": io.BytesIO(b"abc")},
    {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x",
     "CONTENT_LENGTH": "3", "wsgi.input": io.BytesIO(b"--x")},
    {"REQUEST_METHOD": "BREW"},
)  # fmt: skip


def test_what_cannot_be_read_is_refused_and_never_a_fault(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    browser.csrf_token()
    answers = [(raw(doorstep.app, browser, **request), request) for request in UNREADABLE]
    assert [request for status, request in answers if status >= 500] == []
    undecodable = [request for request in UNREADABLE if request.get("QUERY_STRING") == f"q={LATIN}"]
    assert [raw(doorstep.app, browser, **request) for request in undecodable] == [400]


@pytest.mark.parametrize("content", [b"%ff%fe", b"%00", b"%ed%a0%80", b"\xff\xfe", b"%"])
def test_a_form_that_cannot_be_decoded_is_refused(doorstep: Doorstep, content: bytes) -> None:
    browser = doorstep.browser(ANONYMOUS)
    for name in (b"username", b"password", b"csrf_token", b"next", b"_language", b"\xff"):
        token = b"" if name == b"csrf_token" else b"&csrf_token=" + browser.csrf_token().encode()
        answer = browser.client.post(
            "/sign-in",
            data=name + b"=" + content + token,
            content_type="application/x-www-form-urlencoded",
            environ_overrides=browser.environ,
        )
        assert answer.status_code in {200, 400, 422}, name
        assert "<h1" in answer.get_data(as_text=True)


def test_a_request_too_large_is_413_with_a_sentence(doorstep: Doorstep) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    path = f"/subjects/{doorstep.world.subjects['soc']}/crf/SCR/DM/1"
    answer = browser.post(path, {"SUBJINIT": "Z" * (MAX_REQUEST_BYTES + 1)})
    assert answer.status_code == 413
    assert "too large" in text_of(answer)
    part = b'--x\r\nContent-Disposition: form-data; name="F"; filename="a"\r\n\r\n'
    answer = browser.client.post(
        path,
        data=part + b"x" * (MAX_REQUEST_BYTES + 1) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert faults_of(answer) == []


@pytest.mark.parametrize("count", [1500, MAX_FORM_PARTS + 500])
def test_a_form_of_very_many_parts_is_no_fault(doorstep: Doorstep, count: int) -> None:
    browser = doorstep.browser(Role.RESEARCH_NURSE)
    path = f"/subjects/{doorstep.world.subjects['soc']}/crf/SCR/DM/1"
    fields = {f"F{number}": "1" for number in range(count)}
    answer = browser.post(path, fields, content_type="multipart/form-data")
    assert answer.status_code == (413 if count > MAX_FORM_PARTS else 409)
    assert faults_of(answer) == []
