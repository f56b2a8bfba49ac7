"""The pages on which an administrator keeps accounts and roles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from edc.models import AuditTransaction, RoleGrant, Site, User
from edc.permissions import Permission, Role, grants
from tests.factories import (
    PASSWORD,
    create_site,
    create_user,
    database_of,
    make_app,
    signed_in_client,
)  # fmt: skip
from tests.support.client import BrowserClient, parsed, text_of

REASON = {"reason": "delegation log line 7"}


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = make_app(database_url)
    yield app
    database_of(app).engine.dispose()


@pytest.fixture
def site(app: Flask) -> Site:
    return create_site(database_of(app))


@pytest.fixture
def admin(app: Flask) -> BrowserClient:
    return signed_in_client(app, create_user(database_of(app), role=Role.ADMINISTRATOR))


@pytest.fixture
def nurse(app: Flask, site: Site) -> User:
    return create_user(database_of(app), role=Role.RESEARCH_NURSE, site=site, username="nurse.li")


def account_paths(user: User) -> list[str]:
    """Return every page about a person that changes something."""
    grant = user.roles[0].id
    return [
        "/people/new",
        *(
            f"/people/{user.id}/{rest}"
            for rest in (
                "roles/new", f"roles/{grant}/change", f"roles/{grant}/end", "password",
                "deactivate", "activate", "sessions/end",
            )
        ),
    ]  # fmt: skip


def count(app: Flask, model: type) -> int:
    with database_of(app).reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def role_of(app: Flask, user: User) -> dict[int | None, tuple[str, bool]]:
    with database_of(app).reading() as session:
        rows = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id))
        return {row.site_id: (row.role, row.is_active) for row in rows}


def test_an_administrator_creates_an_account_that_works_from_its_one_time_password_on(
    app: Flask, admin: BrowserClient, site: Site
) -> None:
    answer = admin.post(
        "/people/new",
        {
            "username": "li.na",
            "full_name": "李娜",
            "role": "research_nurse",
            "site": site.id,
            **REASON,
        },
    )
    assert answer.status_code == 200
    told = parsed(answer).find(attrs={"data-one-time-password": True}).get_text()
    browser = BrowserClient(app, address="10.0.0.9")
    signed = browser.post("/sign-in", {"username": "li.na", "password": told})
    assert signed.status_code == 303
    changed = browser.post("/account/password", {"old": told, "new": PASSWORD, "again": PASSWORD})
    assert changed.headers["Location"] == "/"
    assert "李娜" in text_of(browser.get("/account"))
    assert told not in text_of(admin.get("/people"))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"username": "1 x"}, "username", "3 to 80 characters"),
        ({"username": "nurse.li"}, "username", "is taken"),
        ({"username": "a\x07bc"}, "username", "cannot be stored"),
        ({"full_name": ""}, "full_name", "Type the full name."),
        ({"full_name": "x" * 500}, "full_name", "at most 120"),
        ({"role": ""}, "role", "Choose the role."),
        ({"role": "emperor"}, "role", "Choose the role."),
        ({"site": ""}, "site", "Choose the site"),
        ({"site": "99999"}, "site", "Choose the site"),
        ({"site": "1 OR 1=1"}, "site", "Choose the site"),
        ({"role": "administrator"}, "site", "manages people at every site"),
        ({"reason": "  "}, "reason", "Give the reason"),
        ({"reason": "x" * 501}, "reason", "at most 500"),
    ],
)
def test_an_account_that_cannot_be_made_is_refused_with_what_was_typed_still_there(
    app: Flask, admin: BrowserClient, nurse: User, site: Site,
    change: dict[str, str], field: str, sentence: str,
) -> None:  # fmt: skip
    typed = {
        "username": "li.na", "full_name": "Li Na", "role": "monitor", "site": str(site.id),
        **REASON,
    } | change  # fmt: skip
    before = count(app, User)
    answer = admin.post("/people/new", typed)
    page = parsed(answer)
    assert answer.status_code == 422
    assert sentence in page.find(id=f"{field}-error").get_text()
    if field != "full_name":
        assert page.find("input", {"name": "full_name"})["value"] == "Li Na"
    assert count(app, User) == before


def test_fields_that_the_form_does_not_have_are_not_read(
    app: Flask, admin: BrowserClient, site: Site
) -> None:
    extra = {"is_active": "0", "must_change_password": "0", "password_hash": "x", "id": "77"}
    admin.post(
        "/people/new",
        {
            "username": "li.na",
            "full_name": "Li Na",
            "role": "monitor",
            "site": site.id,
            **REASON,
            **extra,
        },
    )
    with database_of(app).reading() as session:
        user = session.scalars(select(User).where(User.username == "li.na")).one()
    assert (user.is_active, user.must_change_password, user.id != 77) == (True, True, True)


def test_a_role_is_given_changed_and_ended_each_with_its_reason(
    app: Flask, admin: BrowserClient, nurse: User, site: Site
) -> None:
    other = create_site(database_of(app))
    base = f"/people/{nurse.id}"
    assert (
        admin.post(f"{base}/roles/new", {"role": "monitor", "site": other.id, **REASON}).status_code
        == 303
    )
    grant = nurse.roles[0].id
    assert (
        admin.post(f"{base}/roles/{grant}/change", {"role": "investigator", **REASON}).status_code
        == 303
    )
    assert role_of(app, nurse) == {site.id: ("investigator", True), other.id: ("monitor", True)}
    assert admin.post(f"{base}/roles/{grant}/end", REASON).status_code == 303
    assert role_of(app, nurse)[site.id] == ("investigator", False)
    with database_of(app).reading() as session:
        found = session.scalars(
            select(AuditTransaction)
            .where(AuditTransaction.action.like("account.role%"))
            .order_by(AuditTransaction.id)
        ).all()
    assert [entry.action for entry in found] == [
        "account.role_give", "account.role_change", "account.role_end",
    ]  # fmt: skip
    assert {entry.reason for entry in found} == {REASON["reason"]}
    assert {entry.role for entry in found} == {"administrator"}


def test_a_grant_of_one_person_is_not_changed_through_anothers_page(
    app: Flask, admin: BrowserClient, nurse: User, site: Site
) -> None:
    other = create_user(database_of(app), role=Role.MONITOR)
    for act in ("change", "end"):
        answer = admin.post(
            f"/people/{other.id}/roles/{nurse.roles[0].id}/{act}", {"role": "monitor", **REASON}
        )
        assert answer.status_code == 404
    assert role_of(app, nurse) == {site.id: ("research_nurse", True)}


def test_a_reset_shows_the_one_time_password_once_and_signs_the_person_out(
    app: Flask, admin: BrowserClient, nurse: User
) -> None:
    theirs = signed_in_client(app, nurse)
    answer = admin.post(f"/people/{nurse.id}/password", REASON)
    told = parsed(answer).find(attrs={"data-one-time-password": True}).get_text()
    assert answer.headers["Cache-Control"] == "no-store"
    assert theirs.get("/account").status_code == 302
    assert told not in text_of(admin.get(f"/people/{nurse.id}"))
    assert (
        theirs.post("/sign-in", {"username": nurse.username, "password": told}).status_code == 303
    )


def test_closing_opening_and_signing_out_work_from_the_persons_page(
    app: Flask, admin: BrowserClient, nurse: User
) -> None:
    theirs = signed_in_client(app, nurse)
    page = admin.page(f"/people/{nurse.id}")
    links = {a["href"] for a in page.find("main").find_all("a")}
    for act in ("sessions/end", "deactivate"):
        assert f"/people/{nurse.id}/{act}" in links
    assert admin.post(f"/people/{nurse.id}/sessions/end", REASON).status_code == 303
    assert theirs.get("/account").status_code == 302
    assert admin.post(f"/people/{nurse.id}/deactivate", REASON).status_code == 303
    assert "Disabled" in text_of(admin.get(f"/people/{nurse.id}"))
    assert admin.post(f"/people/{nurse.id}/activate", REASON).status_code == 303
    assert "Active" in text_of(admin.get(f"/people/{nurse.id}"))


def test_nothing_about_a_person_changes_without_a_reason(
    app: Flask, admin: BrowserClient, nurse: User
) -> None:
    before = count(app, AuditTransaction)
    for path in account_paths(nurse)[1:]:
        answer = admin.post(path, {"role": "monitor", "site": "all", "reason": ""})
        assert answer.status_code == 422, path
        assert "Give the reason for the change." in text_of(answer)
    assert count(app, AuditTransaction) == before


def test_an_administrator_cannot_change_their_own_account(app: Flask, admin: BrowserClient) -> None:
    with database_of(app).reading() as session:
        own = session.scalars(select(User)).one()
        grant = own.roles[0].id
    for rest in ("deactivate", "password", f"roles/{grant}/end", "sessions/end"):
        answer = admin.post(f"/people/{own.id}/{rest}", REASON)
        assert answer.status_code == 403
        assert "Ask another administrator" in text_of(answer)


def test_every_write_needs_the_pages_token(app: Flask, admin: BrowserClient, nurse: User) -> None:
    before = count(app, AuditTransaction)
    other = signed_in_client(app, nurse).csrf_token()
    with database_of(app).reading() as session:
        key = "0" * 64
        assert session is not None
    paths = [
        *account_paths(nurse), "/account/password", "/account/ping", "/sign-in",
        "/account/sessions/end-others", f"/account/sessions/{key}/end", "/language",
    ]  # fmt: skip
    for path in paths:
        for token in (None, "", "wrong", other):
            fields = {**REASON, "role": "monitor", "site": "all"}
            if token is not None:
                fields["csrf_token"] = token
            assert admin.post(path, fields, csrf=False).status_code == 400, (path, token)
    assert count(app, AuditTransaction) == before


@pytest.mark.parametrize("role", [r for r in Role if not grants(r, Permission.USER_MANAGE)])
def test_only_administrators_open_the_pages_of_people(sqlite_url: str, role: Role) -> None:
    app = make_app(sqlite_url)
    database = database_of(app)
    nurse = create_user(database, role=Role.RESEARCH_NURSE, site=create_site(database))
    browser = signed_in_client(app, create_user(database, role=role))
    for path in ("/people", f"/people/{nurse.id}", *account_paths(nurse)):
        assert browser.get(path).status_code == 403
    for path in account_paths(nurse):
        assert browser.post(path, REASON).status_code == 403


@pytest.mark.parametrize("rest", ["", "/roles/new", "/password", "/roles/1/end"])
def test_a_person_who_does_not_exist_is_not_found(sqlite_url: str, rest: str) -> None:
    app = make_app(sqlite_url)
    admin = signed_in_client(app, create_user(database_of(app), role=Role.ADMINISTRATOR))
    assert admin.get(f"/people/999999{rest}").status_code == 404
    assert admin.get(f"/people/99999999999999999999{rest}").status_code == 404


def test_changing_the_language_of_a_form_keeps_what_was_typed_and_does_nothing(
    app: Flask, admin: BrowserClient, site: Site
) -> None:
    before = count(app, User)
    answer = admin.post(
        "/people/new",
        {
            "_language": "zh", "username": "li.na", "full_name": "Li Na", "role": "monitor",
            "site": site.id, **REASON,
        },
    )  # fmt: skip
    page = parsed(answer)
    assert answer.status_code == 200
    assert page.html["lang"] == "zh-CN"
    assert page.find("input", {"name": "username"})["value"] == "li.na"
    assert page.find("select", {"name": "role"}).find("option", selected=True)["value"] == "monitor"
    assert page.find("textarea", {"name": "reason"}).get_text().strip() == REASON["reason"]
    assert count(app, User) == before


def test_names_are_shown_as_typed_and_never_as_markup(app: Flask, admin: BrowserClient) -> None:
    name = '<b>Li</b> & "Na" {{7*7}}'
    user = create_user(database_of(app), role=Role.MONITOR, full_name=name)
    for path in ("/people", f"/people/{user.id}", f"/people/{user.id}/password"):
        page = admin.page(path)
        assert name in page.get_text()
        assert page.find("main").find("b") is None


def test_an_administrator_sets_where_a_persons_mails_go(
    app: Flask, admin: BrowserClient, nurse: User
) -> None:
    path = f"/people/{nurse.id}/email"
    wrong = admin.post(path, {"email": "nurse at hospital", **REASON})
    assert wrong.status_code == 422
    assert parsed(wrong).find("input", {"name": "email"})["value"] == "nurse at hospital"
    assert "no mail address" in text_of(wrong)
    assert admin.post(path, {"email": "nurse@hospital.example", **REASON}).status_code == 303
    assert "nurse@hospital.example" in admin.page(f"/people/{nurse.id}").get_text()
    assert admin.post(path, {"email": "", **REASON}).status_code == 303
    assert "No mail address" in admin.page(f"/people/{nurse.id}").get_text()
