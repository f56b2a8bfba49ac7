"""The pages of safety: the report opened from its event, sent, read as sent, and what is due."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from edc import clock
from edc.models import SafetyReport, User
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.safety_versions import list_reports
from tests.factories import create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import Ward, enter, open_ward, screen, screening_values
from tests.support.client import BrowserClient

EVENT = {
    "AEYN": "Y", "AETERM": "Severe allergic reaction", "AECTCID": "CTC5-0262", "AEONGO": "Y",
    "AETOXGR": "4", "AESER": "Y", "AESDTH": "N", "AESLIFE": "Y", "AESHOSP": "N", "AESDISAB": "N",
    "AESCONG": "N", "AESMIE": "N", "AEREL": "PROB", "AERELPR": "POSS",
    "AEACN": "DRUG WITHDRAWN", "AECONTRT": "N", "AEDIS": "N", "AEOUT": "RECOVERING/RESOLVING",
    "AESI": "Y",
}  # fmt: skip
NARRATIVE = "Twenty minutes after the second instillation"


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = make_app(sqlite_url)
    yield made
    database_of(made).engine.dispose()


@pytest.fixture
def ward(app: Flask) -> Ward:
    return open_ward(database_of(app), with_list=False)


@pytest.fixture
def subject_id(ward: Ward) -> int:
    """Return a participant with consent and a serious event of today."""
    found = screen(ward)
    consent = screening_values(ward)["", "IC", 1]
    consented = (clock.today() - timedelta(days=7)).isoformat()
    enter(ward, found, ("", "IC", 1), consent | {"ICDAT": consented})
    today = clock.today().isoformat()
    enter(ward, found, ("", "AE", 1), EVENT | {"AESTDAT": today, "AESERDAT": today})
    return found


@pytest.fixture
def investigator(app: Flask, ward: Ward) -> BrowserClient:
    return signed_in_client(app, ward.investigator)


def browser(app: Flask, ward: Ward, role: Role, *, language: str = "en") -> BrowserClient:
    person: User = create_user(ward.database, role=role, site=ward.site)
    return signed_in_client(app, person, language=language)


def report(aware: datetime | None = None, **changes: Any) -> dict[str, Any]:
    moment = clock.local(aware or clock.now()).isoformat(timespec="minutes")
    return {
        "SAETYPE": "INIT", "SAEAWDTM": moment, "SAEREP": "1", "SAEDX": "Anaphylactic shock",
        "SAEACN": "1", "SAERELI": "PROB", "SAENARR": NARRATIVE,
    } | changes  # fmt: skip


def open_report(ward: Ward, subject_id: int, **changes: Any) -> None:
    enter(ward, subject_id, ("", "SAE", 1), report(**changes))


def send(browser: BrowserClient, subject_id: int, version: int) -> Any:
    return browser.post(
        f"/subjects/{subject_id}/reports/SAE/1/send", {"_version": str(version)}
    )  # fmt: skip


def version_of(ward: Ward, subject_id: int) -> int:
    with ward.database.reading() as session:
        return open_casebook(session, subject_id).versions["", "SAE", 1]


def reports(ward: Ward, subject_id: int) -> list[SafetyReport]:
    with ward.database.reading() as session:
        return list_reports(session, subject_id, place=("", "SAE", 1))


def test_the_report_is_opened_from_the_event_and_from_the_casebook(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    target = f"/subjects/{subject_id}/crf/-/SAE/1"
    event = investigator.page(f"/subjects/{subject_id}/crf/-/AE/1")
    casebook = investigator.page(f"/subjects/{subject_id}")

    assert "report it within 24 hours" in event.get_text()
    assert event.find("a", href=target) is not None
    link = casebook.find("a", href=target)
    assert link is not None
    assert link.get_text(" ", strip=True) == "Open the report of AE 1"
    assert investigator.get(target).status_code == 200
    assert not casebook.find_all("a", string=re.compile("Add to SAE"))
    open_report(ward, subject_id)
    assert "Open the report of AE 1" not in investigator.page(f"/subjects/{subject_id}").get_text()


def test_a_report_is_reviewed_and_sent_and_then_read_as_it_was_sent(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id)
    crf = investigator.page(f"/subjects/{subject_id}/crf/-/SAE/1")
    review = f"/subjects/{subject_id}/reports/SAE/1/send"
    assert crf.find("a", href=review) is not None
    page = investigator.page(review)
    version = page.find("input", {"name": "_version"})
    assert version is not None
    assert NARRATIVE in page.get_text()

    answer = send(investigator, subject_id, int(str(version["value"])))

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/reports/SAE/1/1")
    read = investigator.page(answer.headers["Location"])
    assert "Version 1 is sent" in read.get_text()
    assert NARRATIVE in read.get_text()
    assert not read.find_all("input", {"name": re.compile("^SAE")})
    assert reports(ward, subject_id)[0].content_sha256 in read.get_text()
    after = investigator.page(f"/subjects/{subject_id}/crf/-/SAE/1").get_text()
    assert "To go on, choose follow-up or final" in after
    assert "Review and send" not in after


def test_a_double_press_of_the_button_sends_once(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id)
    version = version_of(ward, subject_id)

    answers = [send(investigator, subject_id, version) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert "Nothing was sent again" in investigator.page(answers[1].headers["Location"]).get_text()
    assert len(reports(ward, subject_id)) == 1


def test_a_stale_page_is_shown_anew_and_nothing_is_sent(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id)
    version = version_of(ward, subject_id)
    enter(ward, subject_id, ("", "SAE", 1), {"SAEDXEN": "Anaphylaxis"})

    answer = send(investigator, subject_id, version)

    assert answer.status_code == 409
    assert "Anaphylaxis" in answer.get_data(as_text=True)
    assert reports(ward, subject_id) == []


def test_a_report_without_the_minimum_is_not_sent_and_says_what_it_lacks(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id, SAEREP="")

    answer = send(investigator, subject_id, version_of(ward, subject_id))
    body = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "SAE-05" in body
    assert "Reporter qualification" in body
    assert reports(ward, subject_id) == []


@pytest.mark.parametrize("version", ["", "x", "99999999999999", "-1", "１"])
def test_a_version_that_is_none_sends_nothing(
    ward: Ward, investigator: BrowserClient, subject_id: int, version: str
) -> None:
    open_report(ward, subject_id)

    answer = investigator.post(
        f"/subjects/{subject_id}/reports/SAE/1/send", {"_version": version}
    )  # fmt: skip
    assert answer.status_code == 409
    assert reports(ward, subject_id) == []


@pytest.mark.parametrize("role", [Role.RESEARCH_NURSE, Role.SAFETY_OFFICER, Role.DATA_MANAGER])
def test_who_does_not_send_is_offered_no_button_and_refused(
    app: Flask, ward: Ward, subject_id: int, role: Role
) -> None:
    open_report(ward, subject_id)
    other = browser(app, ward, role)

    assert "/send" not in str(other.page(f"/subjects/{subject_id}/crf/-/SAE/1"))
    assert send(other, subject_id, version_of(ward, subject_id)).status_code == 403
    assert reports(ward, subject_id) == []


def test_there_is_no_page_of_what_was_never_sent(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    base = f"/subjects/{subject_id}/reports"
    assert investigator.get(f"{base}/SAE/1/send").status_code == 404
    open_report(ward, subject_id)
    for path in ("SAE/1/1", "SAE/2/send", "AE/1/send", "AE/1/1", "SAE/1/99999", "XX/1/1"):
        assert investigator.get(f"{base}/{path}").status_code == 404, path


def test_the_safety_officer_answers_for_the_sponsor_on_the_page(
    app: Flask, ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id)
    send(investigator, subject_id, version_of(ward, subject_id))
    officer = browser(app, ward, Role.SAFETY_OFFICER)
    path = f"/subjects/{subject_id}/crf/-/SAE/1"
    page = officer.page(path)
    assert page.find(None, {"name": "SAEEXP"}) is not None
    dx = page.find(None, {"name": "SAEDX"})
    assert dx is not None
    assert dx.has_attr("readonly")
    for telling in (NARRATIVE, "SAERELI", "SAEACN", "SAENARR", "SAEDRUG"):
        assert telling not in str(page)

    answer = officer.post(
        path, {"SAERELS": "PROB", "SAEEXP": "UNEXP", "_version": str(version_of(ward, subject_id)),
               "_action": "stay"},
    )  # fmt: skip

    assert answer.status_code == 303
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
    assert book.value("SAE", "SUSAR") == "Y"
    told = "SUSAR: serious and unexpected"
    assert told in officer.page(path).get_text()
    assert told not in browser(app, ward, Role.MONITOR).page(path).get_text()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_masked_readers_read_the_masked_version_in_both_languages(
    app: Flask, ward: Ward, investigator: BrowserClient, subject_id: int, language: str
) -> None:
    open_report(ward, subject_id)
    send(investigator, subject_id, version_of(ward, subject_id))
    path = f"/subjects/{subject_id}/reports/SAE/1/1"
    unmasked = signed_in_client(app, ward.investigator, language=language)
    full, handed = unmasked.get(path), unmasked.get(f"{path}?masked=1")

    assert NARRATIVE in full.get_data(as_text=True)
    told = {"en": "Study treatment: masked", "zh": "研究治疗：设盲"}[language]
    for answer in (handed, browser(app, ward, Role.MONITOR, language=language).get(path)):
        body = answer.get_data(as_text=True)
        assert told in body
        assert "Anaphylactic shock" in body
        for telling in (NARRATIVE, "Probably related", "很可能有关", "Drug withdrawn", "停药"):
            assert telling not in body
    # A masked reader cannot ask for the other one.
    masked = browser(app, ward, Role.MONITOR, language=language)
    asked = masked.get(f"{path}?masked=0").get_data(as_text=True)
    assert NARRATIVE not in asked
    assert f'href="{path}?masked' not in asked


def test_what_is_late_is_red_and_told_in_words(
    app: Flask, ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    now = clock.now()
    yesterday = clock.local(now - timedelta(days=2)).date().isoformat()
    enter(ward, subject_id, ("", "AE", 1), {"AESTDAT": yesterday, "AESERDAT": yesterday},
          reason="date")  # fmt: skip
    open_report(ward, subject_id, aware=now - timedelta(hours=25, minutes=30))

    page = investigator.page("/deadlines")
    casebook = investigator.page(f"/subjects/{subject_id}")
    chinese = signed_in_client(app, ward.investigator, language="zh").page("/deadlines")

    late = page.find(class_="kit-state--late")
    assert late is not None
    assert late.get_text(" ", strip=True) == "Late"
    assert re.search(r"1 h (29|30) min late", page.get_text())
    assert "1 deadline is past" in page.get_text()
    assert re.search(r"超时1小时(29|30)分", chinese.get_text())
    shown = casebook.find(class_="safety-clock--late")
    assert shown is not None
    assert "SAE report to the sponsor" in shown.get_text(" ", strip=True)
    send(investigator, subject_id, version_of(ward, subject_id))
    assert "Nothing is due" in investigator.page("/deadlines").get_text()
    done = investigator.page("/deadlines?shown=all").get_text()
    assert "Done late" in done


def test_the_deadlines_are_those_of_the_persons_sites_and_kinds(
    app: Flask, ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    open_report(ward, subject_id)
    from tests.factories import create_site

    elsewhere = create_user(ward.database, role=Role.INVESTIGATOR, site=create_site(ward.database))
    number = "NCT06599346-"

    assert number in investigator.page("/deadlines").get_text()
    assert number in investigator.page("/deadlines?kind=SAE").get_text()
    assert number not in investigator.page("/deadlines?kind=PREG").get_text()
    assert number in investigator.page("/deadlines?kind=nonsense&shown=x").get_text()
    assert number not in signed_in_client(app, elsewhere).page("/deadlines").get_text()
    assert number in browser(app, ward, Role.SAFETY_OFFICER).page("/deadlines").get_text()
    assert browser(app, ward, Role.OUTCOME_ASSESSOR).get("/deadlines").status_code == 403


def test_a_positive_test_leads_to_the_pregnancy_report(
    ward: Ward, investigator: BrowserClient, subject_id: int
) -> None:
    person = screening_values(ward)["SCR", "DM", 1] | {"SEX": "F", "CHILDPOT": "Y"}
    enter(ward, subject_id, ("SCR", "DM", 1), {k: v for k, v in person.items() if k != "CONTRA"})
    today = clock.today().isoformat()
    enter(
        ward, subject_id, ("SCR", "PREGT", 1),
        {"PREGDN": "Y", "PREGDAT": today, "PREGRES": "POS"},
    )  # fmt: skip

    page = investigator.page(f"/subjects/{subject_id}/crf/SCR/PREGT/1")

    assert "Pregnancy: report it within 24 hours" in page.get_text()
    assert page.find("a", href=f"/subjects/{subject_id}/crf/-/PREG/1") is not None
    note = investigator.page(f"/subjects/{subject_id}/crf/-/PREG/1").get_text()
    assert "own written consent" in note
