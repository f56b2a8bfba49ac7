"""Planned visits: the team's page, the participant's sheet, the calendar file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from icalendar import Calendar

from edc import clock
from edc.forms.states import Course
from edc.permissions import Role
from edc.protocol import DESIGN, STUDY
from edc.reports.visit_days import visit_days
from edc.services.casebooks import open_casebook
from edc.services.randomize import randomise_subject
from tests.factories import create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import KEY, Ward, enter, open_ward, ready_subject
from tests.support.client import BrowserClient, text_of

START = datetime.fromisoformat("2024-03-20T09:00+08:00")
ARMS = [arm for one in DESIGN.arms for arm in (one.code, one.label.en, one.label.zh)]


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    made = make_app(sqlite_url)
    yield made
    database_of(made).engine.dispose()


@pytest.fixture
def ward(app: Flask) -> Iterator[Ward]:
    with clock.replaced(lambda: START):
        yield open_ward(database_of(app))


@pytest.fixture
def subject_id(ward: Ward) -> int:
    """Return a participant just randomised."""
    found = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(uow, subject_id=found, confirmed="ORAL/AUTO", key=KEY, purpose="test")
    return found


def browser(app: Flask, ward: Ward, *, language: str = "en") -> BrowserClient:
    return signed_in_client(app, ward.nurse, language=language)


def events(body: bytes) -> list[dict[str, object]]:
    return [
        {
            "uid": str(event["uid"]),
            "on": event["dtstart"].dt,
            "title": str(event["summary"]),
            "status": str(event["status"]),
        }
        for event in Calendar.from_ical(body).walk("VEVENT")
    ]


def test_screening_stands_above_baseline_also_while_it_alone_has_a_day(ward: Ward) -> None:
    waiting = ready_subject(ward)
    held = {"SVSTAT": "DONE", "SVSTDAT": f"{START:%Y-%m-%d}", "SVLOC": "IPD"}
    enter(ward, waiting, ("SCR", "SV", 1), held)
    with ward.database.reading() as session:
        opened = open_casebook(session, waiting)
        found = visit_days(opened, Course(opened.book, None), role=Role.RESEARCH_NURSE)
    assert [(one.code, one.on is None) for one in found[:2]] == [("SCR", False), ("BL", True)]


@pytest.mark.parametrize(
    ("language", "held", "owed"),
    [("en", "Held", "CRFs not complete"), ("zh", "已访视", "份CRF未填完")],
)
def test_a_visit_that_was_held_is_not_called_complete_while_its_crfs_are_not(
    app: Flask, ward: Ward, subject_id: int, language: str, held: str, owed: str
) -> None:
    today = f"{START:%Y-%m-%d}"
    for visit in ("SCR", "BL"):
        seen = {"SVSTAT": "DONE", "SVSTDAT": today, "SVLOC": "IPD"}
        enter(ward, subject_id, (visit, "SV", 1), seen)
    page = browser(app, ward, language=language).get(f"/subjects/{subject_id}").get_data(True)
    for visit in ("SCR", "BL"):
        head = page.split(f'<tr id="{visit}"', 1)[1].split("</th>", 1)[0]
        assert held in head
        assert owed in head


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_planned_day_is_shown_with_its_window_and_day_counts(
    app: Flask, ward: Ward, subject_id: int, language: str
) -> None:
    answer = browser(app, ward, language=language).get(f"/subjects/{subject_id}/visits")
    text = text_of(answer)
    with ward.database.reading() as session:
        visits = open_casebook(session, subject_id).book.visits
    for planned in visits.values():
        if planned.code not in ("SCR", "BL"):
            assert planned.target is not None
            assert planned.target in text
    label = STUDY.schedule.by_code["FU60"].label.text("zh" if language == "zh" else "en")
    assert label in text
    assert "D60 · T+60" in text
    assert "2024-05-12" in text, "the first day of its window"


def test_before_randomisation_there_is_no_plan_and_afterwards_the_casebook_leads_to_it(
    app: Flask, ward: Ward, subject_id: int
) -> None:
    waiting = ready_subject(ward)
    nurse = browser(app, ward)
    for page in ("visits", "visits/sheet", "visits/calendar.ics"):
        assert nurse.get(f"/subjects/{waiting}/{page}").status_code == 404
    for path in ("", "/allocation"):
        body = nurse.get(f"/subjects/{subject_id}{path}").get_data(as_text=True)
        assert f'href="/subjects/{subject_id}/visits"' in body


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheet_names_the_participant_by_number_only_and_no_arm(
    app: Flask, ward: Ward, subject_id: int, language: str
) -> None:
    answer = browser(app, ward, language=language).get(f"/subjects/{subject_id}/visits/sheet")
    main = str(answer.text.split("<main", 1)[1].split("</main>", 1)[0])
    with ward.database.reading() as session:
        subject = open_casebook(session, subject_id).subject
    assert subject.number in main
    assert "2024-03-21" in main
    assert "2025-03-20" in main
    for hidden in (*ARMS, subject.initials or "", "1985", "R001", subject.screening_number):
        assert hidden
        assert hidden not in main


def test_the_calendar_holds_whole_days_that_no_zone_can_move(
    app: Flask, ward: Ward, subject_id: int
) -> None:
    answer = browser(app, ward).get(f"/subjects/{subject_id}/visits/calendar.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    found = events(answer.data)
    day = START.date()
    assert {"D14", "D7"} <= {f"D{(one['on'] - day).days}" for one in found}  # type: ignore[operator]
    assert len(found) == 14 + 6 + 8
    assert {one["status"] for one in found if "Daily" in str(one["title"])} == {"TENTATIVE"}
    raw = answer.data
    assert b"X-WR-TIMEZONE:Asia/Shanghai" in raw
    assert b"DTSTART;VALUE=DATE:20240327" in raw
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_calendar_tells_nobody_who_takes_part_in_what(
    app: Flask, ward: Ward, subject_id: int, language: str
) -> None:
    answer = browser(app, ward, language=language).get(
        f"/subjects/{subject_id}/visits/calendar.ics"
    )
    told = answer.data.replace(b"\r\n ", b"").decode()
    with ward.database.reading() as session:
        subject = open_casebook(session, subject_id).subject
    hidden = (
        *ARMS, subject.number, subject.screening_number, subject.initials or "?", "R001",
        STUDY.code, STUDY.short_name.en, STUDY.short_name.zh, ward.nurse.full_name,
    )  # fmt: skip
    assert [word for word in hidden if word in told] == []
    assert "01-" not in answer.headers["Content-Disposition"]


def test_the_same_visit_keeps_its_id_and_two_participants_share_none(
    app: Flask, ward: Ward, subject_id: int
) -> None:
    nurse = browser(app, ward)
    path = "/subjects/{}/visits/calendar.ics"
    first, again = (events(nurse.get(path.format(subject_id)).data) for _ in range(2))
    assert [one["uid"] for one in first] == [one["uid"] for one in again]
    other = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(uow, subject_id=other, confirmed="ORAL/AUTO", key=KEY, purpose="test")
    theirs = {one["uid"] for one in events(nurse.get(path.format(other)).data)}
    assert theirs.isdisjoint({one["uid"] for one in first})


def test_what_was_held_or_closed_is_no_longer_in_the_calendar(
    app: Flask, ward: Ward, subject_id: int
) -> None:
    with clock.replaced(lambda: START + timedelta(days=7)):
        values = {"SVSTAT": "DONE", "SVSTDAT": "2024-03-27", "SVLOC": "IPD"}
        enter(ward, subject_id, ("V7", "SV", 1), values)
        leaving = {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": "2024-03-27", "ICWDSIG": "Y"}
        enter(ward, subject_id, ("", "IC", 2), leaving)
        nurse = browser(app, ward)
        answer = nurse.get(f"/subjects/{subject_id}/visits/calendar.ics")
    assert {one["on"] for one in events(answer.data)} == {
        START.date() + timedelta(days=n) for n in range(1, 8)
    }


def test_whoever_assesses_masked_sees_the_days_as_everybody_does(
    app: Flask, ward: Ward, subject_id: int
) -> None:
    assessor = create_user(ward.database, role=Role.OUTCOME_ASSESSOR, site=ward.site)
    path = f"/subjects/{subject_id}/visits"
    seen, treating = (
        text_of(one.get(path)).split("Planned days and windows")[1]
        for one in (signed_in_client(app, assessor), browser(app, ward))
    )
    assert seen.split("Data as of")[0] == treating.split("Data as of")[0]
