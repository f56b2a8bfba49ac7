"""Signing in and out through the pages: cookies, limits, delays, and sessions that stay ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from edc import clock
from edc.models import AuditTransaction, User, UserSession
from edc.permissions import Role
from edc.services import accounts
from edc.services.unit_of_work import Actor
from tests.factories import (
    CHEAP,
    PASSWORD,
    create_site,
    create_user,
    database_of,
    make_app,
    signed_in_client,
)  # fmt: skip
from tests.support.client import BrowserClient, parsed, text_of

NEW = "otter plum violet eleven"
ADMIN = Actor(username="admin", role=Role.ADMINISTRATOR)


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = make_app(database_url)
    yield app
    database_of(app).engine.dispose()


@pytest.fixture
def user(app: Flask) -> User:
    return create_user(database_of(app), role=Role.ADMINISTRATOR)


def sign_in(
    browser: BrowserClient, username: str, password: str = PASSWORD, **more: str
) -> TestResponse:
    return browser.post("/sign-in", {"username": username, "password": password, **more})


def is_in(browser: BrowserClient) -> bool:
    return browser.get("/account").status_code == 200


def cookie_of(browser: BrowserClient) -> str:
    held = browser.client.get_cookie("edc")
    return held.value if held else ""


def replay(app: Flask, cookie: str) -> BrowserClient:
    """Return another browser that holds a copy of the cookie."""
    other = BrowserClient(app)
    other.client.set_cookie("edc", cookie)
    return other


def test_a_person_signs_in_and_lands_on_their_work(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    answer = sign_in(browser, user.username)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/").headers["Location"] == "/people"
    assert user.full_name in text_of(browser.get("/people"))


def test_nothing_is_shown_before_sign_in_and_the_page_asked_for_comes_after_it(
    app: Flask, user: User
) -> None:
    browser = BrowserClient(app)
    answer = browser.get("/people/new?x=1")
    assert answer.headers["Location"] == "/sign-in?next=/people/new?x%3D1"
    page = parsed(browser.get(answer.headers["Location"]))
    target = page.find("input", {"name": "next"})["value"]
    assert sign_in(browser, user.username, next=target).headers["Location"] == "/people/new?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "https://evil.example/", "https:evil.example", "javascript:alert(1)", "/\tevil.example",
        "/\r\nSet-Cookie:a=b", " //evil.example", "http:///evil.example", "/%0a/evil\\x", "evil",
        "data:text/html,x", "/\x00//evil.example", "/\u202eevil",
    ],
)  # fmt: skip
def test_sign_in_never_leads_to_another_host(sqlite_url: str, target: str) -> None:
    app = make_app(sqlite_url)
    user = create_user(database_of(app), role=Role.ADMINISTRATOR)
    location = sign_in(BrowserClient(app), user.username, next=target).headers["Location"]
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\\" not in location
    assert "\n" not in location


def test_every_wrong_sign_in_gets_the_same_page(app: Flask, user: User) -> None:
    with database_of(app).unit_of_work(ADMIN, "account.deactivate", reason="left") as uow:
        closed = create_closed(app)
        accounts.deactivate(uow, user_id=closed.id)
    seen = []
    for number, (name, password) in enumerate(
        ((user.username, "wrong words"), ("nobody.here", PASSWORD), (closed.username, PASSWORD))
    ):
        answer = sign_in(BrowserClient(app, address=f"10.2.0.{number}"), name, password)
        page = parsed(answer)
        page.find("input", {"name": "username"})["value"] = ""
        for held in page.find_all(attrs={"name": ["csrf_token", "csrf-token"]}):
            held.decompose()
        for moment in page.find_all(["time", "footer"]):
            moment.decompose()
        seen.append((answer.status_code, str(page)))
    assert len(set(seen)) == 1
    assert seen[0][0] == 422


def create_closed(app: Flask) -> User:
    return create_user(database_of(app), username="closed.one")


def test_what_was_typed_stays_except_the_password(app: Flask, user: User) -> None:
    answer = sign_in(BrowserClient(app), "nurse.li", "my wrong password")
    page = parsed(answer)
    assert page.find("input", {"name": "username"})["value"] == "nurse.li"
    assert "my wrong password" not in answer.get_data(as_text=True)


def test_an_empty_sign_in_says_what_to_type_and_counts_nothing(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    for _ in range(8):
        answer = browser.post("/sign-in", {"username": " ", "password": ""})
        assert answer.status_code == 422
        assert "Type your user name." in text_of(answer)
    assert sign_in(browser, user.username).status_code == 303


def test_the_sixth_guess_waits_and_the_page_says_how_long(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    for _ in range(5):
        assert sign_in(browser, user.username, "guess").status_code == 422
    answer = sign_in(browser, user.username)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Try again in" in text_of(answer)
    later = datetime.now(UTC) + timedelta(seconds=31)
    with clock.replaced(lambda: later):
        assert sign_in(browser, user.username).status_code == 303


def test_a_forged_forwarding_header_does_not_give_a_fresh_address(app: Flask, user: User) -> None:
    answers = []
    for number in range(7):
        browser = BrowserClient(app)
        answer = browser.post(
            "/sign-in",
            {"username": f"nobody{number}", "password": "guess"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
        answers.append(answer.status_code)
    assert answers == [422] * 5 + [429] * 2


def test_a_sign_in_gets_a_new_cookie_and_leaves_nothing_of_the_old_one(
    app: Flask, user: User
) -> None:
    browser = BrowserClient(app)
    browser.get("/sign-in")
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "by an attacker"
        cookie["_user_id"] = "a token that the attacker knows"
        before = cookie.get("csrf_token")
    sign_in(browser, user.username)
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["_user_id"] != "a token that the attacker knows"
        assert cookie.get("csrf_token") != before
    assert is_in(browser)


def test_signing_in_again_ends_the_session_before(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    sign_in(browser, user.username)
    first = cookie_of(browser)
    sign_in(browser, user.username)
    assert is_in(browser)
    assert not is_in(replay(app, first))


def test_a_copied_cookie_is_worthless_after_sign_out(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    sign_in(browser, user.username)
    copy = replay(app, cookie_of(browser))
    assert is_in(copy)
    answer = browser.post("/sign-out")
    assert answer.headers["Location"] == "/sign-in?ended=now"
    assert not is_in(browser)
    assert not is_in(copy)


def test_signing_out_needs_a_post_with_its_token(app: Flask, user: User) -> None:
    browser = signed_in_client(app, user)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out", csrf=False).status_code == 400
    assert is_in(browser)


def test_a_copied_cookie_is_worthless_after_a_password_change_elsewhere(
    app: Flask, user: User
) -> None:
    here, there = BrowserClient(app), BrowserClient(app)
    sign_in(here, user.username)
    sign_in(there, user.username)
    answer = here.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert sign_in(BrowserClient(app), user.username).status_code == 422
    assert sign_in(BrowserClient(app), user.username, NEW).status_code == 303


def test_a_closed_account_is_out_at_its_next_click(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    sign_in(browser, user.username)
    with database_of(app).unit_of_work(ADMIN, "account.deactivate", reason="left") as uow:
        accounts.deactivate(uow, user_id=user.id)
    assert not is_in(browser)


def test_a_changed_role_is_in_force_at_the_next_click(app: Flask) -> None:
    database = database_of(app)
    user = create_user(database, role=Role.DATA_MANAGER)
    browser = signed_in_client(app, user)
    assert browser.get("/registers").status_code == 200
    with database.unit_of_work(ADMIN, "account.role_end", reason="moved") as uow:
        accounts.end_role(uow, grant_id=user.roles[0].id)
    assert browser.get("/registers").status_code == 403


def test_an_unused_session_ends_and_a_used_one_lives_until_the_absolute_limit(
    app: Flask, user: User
) -> None:
    idle, busy = signed_in_client(app, user), signed_in_client(app, user)
    start = datetime.now(UTC)
    alive = []
    for step in range(1, 12 * 6 + 2):
        with clock.replaced(lambda at=start + timedelta(minutes=10 * step): at):
            alive.append(is_in(busy))
            if step == 2:
                assert not is_in(idle)
    assert alive.index(False) == 12 * 6 - 1
    assert not any(alive[alive.index(False) :])


def test_a_sign_of_life_lengthens_the_session_and_says_how_long_it_lives(
    app: Flask, user: User
) -> None:
    browser = signed_in_client(app, user)
    start = datetime.now(UTC)
    with clock.replaced(lambda: start + timedelta(minutes=14)):
        answer = browser.post("/account/ping")
    assert answer.get_json() == {"expires_in": 15 * 60}
    with clock.replaced(lambda: start + timedelta(minutes=28)):
        assert is_in(browser)
    with clock.replaced(lambda: start + timedelta(minutes=44)):
        assert browser.post("/account/ping").status_code == 302


def test_the_page_warns_while_the_server_still_lives(app: Flask, user: User) -> None:
    dialog = signed_in_client(app, user).page("/account").find("dialog", {"data-idle": True})
    assert int(dialog["data-end-after"]) <= 15 * 60
    # The browser reports activity once a minute and the server notes it once a minute.
    assert int(dialog["data-warn-after"]) + 120 < 15 * 60


def test_a_one_time_password_opens_only_the_page_that_changes_it(app: Flask) -> None:
    user = create_user(database_of(app), role=Role.ADMINISTRATOR, must_change=True)
    browser = BrowserClient(app)
    sign_in(browser, user.username)
    for path in ("/", "/people", "/account", "/registers"):
        assert browser.get(path).headers["Location"] == "/account/password"
    assert browser.post("/people/new", {"username": "x"}).headers["Location"] == "/account/password"
    answer = browser.post("/account/password", {"old": PASSWORD, "new": NEW, "again": NEW})
    assert answer.headers["Location"] == "/"
    assert browser.get("/people").status_code == 200


@pytest.mark.parametrize(
    ("fields", "name", "sentence"),
    [
        ({"old": "", "new": NEW, "again": NEW}, "old", "Type your present password."),
        ({"old": PASSWORD, "new": NEW, "again": "other"}, "again", "The two new passwords differ."),
        ({"old": "wrong", "new": NEW, "again": NEW}, "old", "The password is wrong."),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "new", "is the old one"),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "new", "12 to 128 characters"),
        (
            {"old": PASSWORD, "new": "woaini5201314", "again": "woaini5201314"},
            "new",
            "easy to guess",
        ),
    ],
)
def test_a_refused_password_change_says_why_at_its_field(
    sqlite_url: str, fields: dict[str, str], name: str, sentence: str
) -> None:
    app = make_app(sqlite_url)
    user = create_user(database_of(app), role=Role.ADMINISTRATOR)
    answer = signed_in_client(app, user).post("/account/password", fields)
    page = parsed(answer)
    assert answer.status_code == 422
    assert sentence in page.find(id=f"{name}-error").get_text()
    assert page.find("a", href=f"#{name}") is not None
    assert NEW not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/sign-in", "/account/password"])
def test_changing_the_language_keeps_what_was_typed_but_no_password(
    sqlite_url: str, path: str
) -> None:
    app = make_app(sqlite_url)
    user = create_user(database_of(app), role=Role.ADMINISTRATOR)
    browser = BrowserClient(app) if path == "/sign-in" else signed_in_client(app, user)
    answer = browser.post(
        path, {"_language": "zh", "username": "nurse.li", "password": "secret", "old": "secret"}
    )
    assert answer.status_code == 200
    page = parsed(answer)
    assert page.html["lang"] == "zh-CN"
    assert "secret" not in answer.get_data(as_text=True)
    assert page.find("p", class_="crf-field__error") is None
    if path == "/sign-in":
        assert page.find("input", {"name": "username"})["value"] == "nurse.li"
    assert parsed(browser.get(path)).html["lang"] == "zh-CN"


def test_a_person_sees_and_ends_their_own_sessions(app: Flask, user: User) -> None:
    here, there, third = (BrowserClient(app) for _ in range(3))
    for browser in (here, there, third):
        sign_in(browser, user.username)
    page = here.page("/account")
    ends = [f["action"] for f in page.find_all("form") if "/account/sessions/" in f["action"]]
    assert len(ends) == 3  # two devices, and all others at once
    assert here.post(ends[0]).status_code == 303
    assert [is_in(b) for b in (there, third)].count(False) == 1
    assert here.post("/account/sessions/end-others").status_code == 303
    assert [is_in(b) for b in (here, there, third)] == [True, False, False]


def test_nobody_ends_another_persons_session_through_their_own_page(app: Flask, user: User) -> None:
    other = create_user(database_of(app))
    theirs = signed_in_client(app, other)
    with database_of(app).reading() as session:
        key = session.scalar(select(UserSession.token_hash).where(UserSession.user_id == other.id))
    assert signed_in_client(app, user).post(f"/account/sessions/{key}/end").status_code == 404
    assert is_in(theirs)


def test_every_act_on_a_session_is_in_the_trail(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    sign_in(browser, user.username, "guess")
    sign_in(browser, user.username)
    browser.post("/account/sessions/end-others")
    browser.post("/sign-out")
    with database_of(app).reading() as session:
        found = session.scalars(
            select(AuditTransaction)
            .where(AuditTransaction.action.like("session.%"))
            .order_by(AuditTransaction.id)
        ).all()
    assert [entry.action for entry in found] == [
        "session.refused", "session.sign_in", "session.end", "session.sign_out",
    ]  # fmt: skip
    assert {entry.address for entry in found} == {"127.0.0.1"}
    assert all(len(entry.request_id) == 16 for entry in found)


def test_opening_the_sign_in_page_writes_nothing(app: Flask, user: User) -> None:
    BrowserClient(app).get("/sign-in")
    with database_of(app).reading() as session:
        assert session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(sqlite_url: str) -> None:
    app = make_app(sqlite_url, secure_cookies=True)
    user = create_user(database_of(app), role=Role.ADMINISTRATOR)
    browser = BrowserClient(app)
    browser.environ["wsgi.url_scheme"] = "https"
    page = browser.get("/sign-in", base_url="https://localhost")
    token = parsed(page).find("input", {"name": "csrf_token"})["value"]
    answer = browser.client.post(
        "/sign-in",
        base_url="https://localhost",
        data={"username": user.username, "password": PASSWORD, "csrf_token": token},
        headers={"Referer": "https://localhost/sign-in"},
    )
    assert answer.status_code == 303
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-edc=")
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert flags == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_a_forged_cookie_signs_nobody_in(app: Flask, user: User) -> None:
    browser = BrowserClient(app)
    for value in ("", "x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "é" * 10):
        browser.client.set_cookie("edc", value)
        assert browser.get("/account").status_code == 302


def test_an_administrator_opens_no_page_of_participants(app: Flask, user: User) -> None:
    create_site(database_of(app))
    browser = signed_in_client(app, user)
    for path in ("/participants", "/audit", "/enrolment"):
        assert browser.get(path).status_code in {403, 404}
    menu = browser.page("/account").find("nav", class_="kit-nav")
    assert [area.get_text(strip=True) for area in menu.find_all("a")] == ["Administration"]
    within = browser.page(menu.a["href"]).find("nav", class_="kit-nav").find_all("a")
    assert [one.get_text(strip=True) for one in within] == [
        "Administration", "Site registers", "People",
    ]  # fmt: skip


def test_hashing_is_cheap_only_where_a_test_asks_for_it(sqlite_url: str) -> None:
    from edc import create_app
    from edc.services.passwords import STANDARD
    from tests.factories import make_settings

    assert create_app(make_settings(sqlite_url)).extensions["edc_hashing"] is STANDARD
    assert make_app(sqlite_url).extensions["edc_hashing"] is CHEAP
