"""The page on which two persons link two registrations of one person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from edc.permissions import Role
from edc.protocol import DESIGN
from edc.services.casebooks import open_casebook
from edc.services.randomize import randomise_subject
from tests.factories import PASSWORD, create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import KEY, Ward, open_ward, ready_subject
from tests.support.client import BrowserClient, parsed, text_of

ARMS = [arm for one in DESIGN.arms for arm in (one.code, one.label.en, one.label.zh)]
WHY = "seen on the ward's own list"


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = make_app(sqlite_url)
    yield made
    database_of(made).engine.dispose()


@pytest.fixture
def ward(app: Flask) -> Ward:
    return open_ward(database_of(app))


@pytest.fixture
def pair(ward: Ward) -> tuple[int, int]:
    """Return two randomised participants."""
    found = []
    for _ in range(2):
        subject_id = ready_subject(ward)
        with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
            randomise_subject(
                uow, subject_id=subject_id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
            )
        found.append(subject_id)
    return found[0], found[1]


def browser(app: Flask, ward: Ward, role: Role, language: str = "en") -> BrowserClient:
    user = create_user(ward.database, role=role)
    return signed_in_client(app, user, language=language)


def numbers(ward: Ward, pair: tuple[int, int]) -> tuple[str, str]:
    with ward.database.reading() as session:
        first, second = (open_casebook(session, one).subject.number for one in pair)
    return first, second


def report(app: Flask, ward: Ward, pair: tuple[int, int]) -> BrowserClient:
    first, second = numbers(ward, pair)
    manager = browser(app, ward, Role.DATA_MANAGER)
    answer = manager.post("/linking", {"void": second, "counted": first, "reason": WHY})
    assert answer.status_code == 303
    return manager


def link_id(browser: BrowserClient) -> str:
    forms = browser.page("/linking").select("form[id^=confirm-]")
    assert len(forms) == 1
    return str(forms[0]["id"]).removeprefix("confirm-")


def is_void(ward: Ward, pair: tuple[int, int]) -> bool:
    with ward.database.reading() as session:
        return open_casebook(session, pair[1]).book.value("RAND", "RDVOID", "BL") == "Y"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_data_manager_reports_and_the_statistician_confirms_with_a_password(
    app: Flask, ward: Ward, pair: tuple[int, int], language: str
) -> None:
    manager = report(app, ward, pair)
    assert manager.page("/linking").select("form[id^=confirm-]") == []
    statistician = browser(app, ward, Role.STATISTICIAN, language)
    found = link_id(statistician)
    wrong = statistician.post(f"/linking/{found}/confirm", {"password": "not this"})
    assert (wrong.status_code, is_void(ward, pair)) == (422, False)
    right = statistician.post(f"/linking/{found}/confirm", {"password": PASSWORD})
    assert (right.status_code, is_void(ward, pair)) == (303, True)
    again = statistician.post(f"/linking/{found}/confirm", {"password": PASSWORD})
    assert again.status_code == 422
    crf = manager.get(f"/subjects/{pair[1]}/crf/BL/RAND/1")
    assert numbers(ward, pair)[0] in text_of(crf)


def test_the_statisticians_page_holds_numbers_and_nothing_clinical(
    app: Flask, ward: Ward, pair: tuple[int, int]
) -> None:
    report(app, ward, pair)
    statistician = browser(app, ward, Role.STATISTICIAN)
    text = statistician.page("/linking").main.get_text(" ")  # type: ignore[union-attr]
    assert all(number in text for number in (*numbers(ward, pair), "R001", "R002", WHY))
    assert not [word for word in (*ARMS, "ZSLI", "1985", "AML", "ORAL") if word in text]


def test_a_refused_report_changes_nothing_and_says_why(
    app: Flask, ward: Ward, pair: tuple[int, int]
) -> None:
    manager = report(app, ward, pair)
    statistician = browser(app, ward, Role.STATISTICIAN)
    found = link_id(statistician)
    assert statistician.post(f"/linking/{found}/refuse", {"reason": " "}).status_code == 422
    answer = statistician.post(f"/linking/{found}/refuse", {"reason": "two brothers"})
    assert (answer.status_code, is_void(ward, pair)) == (303, False)
    assert "two brothers" in text_of(manager.get("/linking"))


def test_what_cannot_be_reported_is_said_and_what_was_typed_stays(
    app: Flask, ward: Ward, pair: tuple[int, int]
) -> None:
    first, second = numbers(ward, pair)
    manager = browser(app, ward, Role.DATA_MANAGER)
    answer = manager.post("/linking", {"void": first, "counted": second, "reason": WHY})
    assert answer.status_code == 422
    assert "[LINK]" in text_of(answer)
    typed = {one["name"]: one.get("value") for one in parsed(answer).select("#link-form input")}
    assert (typed["void"], typed["counted"], typed["reason"]) == (first, second, WHY)


def test_a_change_of_language_reports_and_confirms_nothing(
    app: Flask, ward: Ward, pair: tuple[int, int]
) -> None:
    first, second = numbers(ward, pair)
    manager = browser(app, ward, Role.DATA_MANAGER)
    fields = {"void": second, "counted": first, "reason": WHY, "_language": "zh"}
    assert manager.post("/linking", fields).status_code == 200
    report(app, ward, pair)
    statistician = browser(app, ward, Role.STATISTICIAN)
    found = link_id(statistician)
    fields = {"password": PASSWORD, "_language": "zh"}
    assert statistician.post(f"/linking/{found}/confirm", fields).status_code == 200
    assert is_void(ward, pair) is False


def test_a_report_of_another_site_is_as_one_that_does_not_exist(
    app: Flask, ward: Ward, pair: tuple[int, int]
) -> None:
    report(app, ward, pair)
    other = open_ward(database_of(app), with_list=False)
    user = create_user(ward.database, role=Role.STATISTICIAN, site=other.site)
    away = signed_in_client(app, user)
    assert away.page("/linking").select("form[id^=confirm-]") == []
    there = browser(app, ward, Role.STATISTICIAN)
    found = link_id(there)
    answers = [
        away.post(f"/linking/{one}/confirm", {"password": PASSWORD}).status_code
        for one in (found, "98765")
    ]
    assert answers == [404, 404]
