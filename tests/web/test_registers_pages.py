"""The pages on which data managers keep the versions in force at their sites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from edc.models import Site
from edc.permissions import Permission, Role, grants
from edc.services import registers
from edc.services.registers import Row
from tests.factories import create_site, create_user, database_of, make_app, signed_in_client
from tests.support.client import BrowserClient, parsed, text_of

VERSION = {
    "ICVER": "V2.0",
    "ICVERDAT.year": "2021", "ICVERDAT.month": "3", "ICVERDAT.day": "4",
    "ICAPPDAT.year": "2021", "ICAPPDAT.month": "4", "ICAPPDAT.day": "5",
}  # fmt: skip


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    app = make_app(database_url)
    yield app
    database_of(app).engine.dispose()


@pytest.fixture
def site(app: Flask) -> Site:
    return create_site(database_of(app))


@pytest.fixture
def keeper(app: Flask, site: Site) -> BrowserClient:
    return signed_in_client(app, create_user(database_of(app), role=Role.DATA_MANAGER, site=site))


def rows(app: Flask) -> list[Row]:
    with database_of(app).reading() as session:
        return registers.list_rows(session)


def add(keeper: BrowserClient, site: Site) -> None:
    answer = keeper.post(f"/registers/{site.id}/ICF/new", VERSION)
    assert answer.status_code == 303


def test_a_version_is_added_and_shown(app: Flask, keeper: BrowserClient, site: Site) -> None:
    add(keeper, site)
    (row,) = rows(app)
    assert row.values == {"ICVER": "V2.0", "ICVERDAT": "2021-03-04", "ICAPPDAT": "2021-04-05"}
    assert "V2.0 is registered." in (shown := text_of(keeper.get("/registers")))
    assert "2021-03-04" in shown


def test_a_date_that_does_not_exist_is_told_at_its_field_with_all_that_was_typed(
    app: Flask, keeper: BrowserClient, site: Site
) -> None:
    answer = keeper.post(
        f"/registers/{site.id}/ICF/new", VERSION | {"ICVERDAT.month": "2", "ICVERDAT.day": "30"}
    )
    page = parsed(answer)
    assert answer.status_code == 422
    assert "not a day of the calendar" in page.find(id="ICVERDAT-error").get_text()
    assert page.find("input", {"name": "ICVERDAT.day"})["value"] == "30"
    assert page.find("input", {"name": "ICVER"})["value"] == "V2.0"
    assert rows(app) == []


def test_what_is_left_out_is_told_by_its_name(keeper: BrowserClient, site: Site) -> None:
    page = parsed(keeper.post(f"/registers/{site.id}/ICF/new", {}))
    told = [link.text for link in page.select(".govuk-error-summary a")]
    assert len(told) == len(set(told)) == 3


def test_a_correction_asks_for_its_reason_and_keeps_what_was_typed(
    app: Flask, keeper: BrowserClient, site: Site
) -> None:
    add(keeper, site)
    path = f"/registers/rows/{rows(app)[0].row_id}"
    assert keeper.page(path).find("input", {"name": "ICVERDAT.year"})["value"] == "2021"
    changed = VERSION | {"ICAPPDAT.day": "6"}
    answer = keeper.post(path, changed)
    assert answer.status_code == 422
    assert parsed(answer).find(id="_reason-error") is not None
    assert parsed(answer).find("input", {"name": "ICAPPDAT.day"})["value"] == "6"
    assert keeper.post(path, changed | {"_reason": "letter of 6 April"}).status_code == 303
    assert rows(app)[0].values["ICAPPDAT"] == "2021-04-06"


def test_changing_the_language_keeps_what_was_typed_and_adds_nothing(
    app: Flask, keeper: BrowserClient, site: Site
) -> None:
    answer = keeper.post(f"/registers/{site.id}/ICF/new", VERSION | {"_language": "zh"})
    page = parsed(answer)
    assert answer.status_code == 200
    assert page.html["lang"] == "zh-CN"
    assert page.find("input", {"name": "ICVER"})["value"] == "V2.0"
    assert page.find("input", {"name": "ICVERDAT.month"})["value"] == "3"
    assert rows(app) == []


def test_the_registers_of_another_site_do_not_exist_for_its_neighbour(
    app: Flask, keeper: BrowserClient, site: Site
) -> None:
    other = create_site(database_of(app))
    theirs = signed_in_client(
        app, create_user(database_of(app), role=Role.DATA_MANAGER, site=other)
    )
    add(theirs, other)
    assert "V2.0" not in text_of(keeper.get("/registers"))
    assert keeper.get(f"/registers/rows/{rows(app)[0].row_id}").status_code == 404
    assert keeper.post(f"/registers/{other.id}/ICF/new", VERSION).status_code == 404
    assert len(rows(app)) == 1


@pytest.mark.parametrize(
    "path", ["/registers/1/NONE/new", "/registers/rows/999", "/registers/9/ICF/new"]
)
def test_what_does_not_exist_is_not_found(sqlite_url: str, path: str) -> None:
    app = make_app(sqlite_url)
    create_site(database_of(app))
    keeper = signed_in_client(app, create_user(database_of(app), role=Role.DATA_MANAGER))
    assert keeper.get(path).status_code == 404


def test_no_row_is_written_without_the_pages_token(
    app: Flask, keeper: BrowserClient, site: Site
) -> None:
    answer = keeper.post(f"/registers/{site.id}/ICF/new", VERSION, csrf=False)
    assert answer.status_code == 400
    assert rows(app) == []


@pytest.mark.parametrize("role", list(Role))
def test_registers_are_kept_by_the_roles_that_manage_sites(sqlite_url: str, role: Role) -> None:
    app = make_app(sqlite_url)
    site = create_site(database_of(app))
    browser = signed_in_client(app, create_user(database_of(app), role=role))
    may = grants(role, Permission.SITE_MANAGE)
    assert browser.get("/registers").status_code == (200 if may else 403)
    for register in ("ICF", "BATCH"):
        keeps = grants(role, registers.keeper(register))
        elsewhere = 404 if may or grants(role, Permission.PRODUCT_MANAGE) else 403
        answer = browser.get(f"/registers/{site.id}/{register}/new")
        assert answer.status_code == (200 if keeps else elsewhere)
