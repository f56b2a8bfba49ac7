"""Queries on pages: the desk, one query, the thread on its CRF, asking, and what is refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from edc import clock
from edc.models import AuditTransaction, CrfEntry, Query, QueryMessage
from edc.permissions import Permission, Role, grants
from edc.services import queries
from edc.services.queries import Act, Target
from edc.services.unit_of_work import Actor
from edc.web.opaque import hidden
from tests.factories import database_of
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.statements import counted
from tests.support.visitors import Doorstep

VS = ("BL", "VS", 1)
DM = ("SCR", "DM", 1)


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def subject_id(doorstep: Doorstep) -> int:
    return doorstep.world.subjects["soc"]


def raised(
    doorstep: Doorstep,
    subject_id: int,
    target: Target = Target(VS, "TEMP"),  # noqa: B008 - frozen
    *,
    text: str = "Please check the chart.",
    role: Role = Role.MONITOR,
    days: int = 0,
) -> Query:
    """Raise a query as somebody of *role*, so many days ago."""
    then = clock.now() - timedelta(days=days)
    actor = Actor(username=str(role), role=role, full_name=f"The {role}")
    with (
        clock.replaced(lambda: then),
        database_of(doorstep.app).unit_of_work(actor, "query.raise") as uow,
    ):
        return queries.raise_query(uow, subject_id=subject_id, target=target, text=text)


def acted(doorstep: Doorstep, query: Query, act: Act, role: Role, text: str = "Because.") -> None:
    actor = Actor(username=str(role), role=role, full_name=f"The {role}")
    with database_of(doorstep.app).unit_of_work(actor, "query.answer") as uow:
        queries.act_on(
            uow, subject_id=query.subject_id, query_id=query.id, act=act, text=text,
            seen=stored(doorstep, query).audit_id,
        )  # fmt: skip


def stored(doorstep: Doorstep, query: Query) -> Query:
    with database_of(doorstep.app).reading() as session:
        return session.get_one(Query, query.id)


def address(query: Query) -> str:
    return f"/subjects/{query.subject_id}/queries/{query.id}"


def seen_at(doorstep: Doorstep, query: Query) -> str:
    """Return how the query's page names the entry under which it was read."""
    with doorstep.app.app_context():
        return hidden(stored(doorstep, query).audit_id)


def say(
    browser: BrowserClient, query: Query, act: str, text: str = "Looked at it.", **fields: str
) -> object:
    page = browser.page(address(query))
    seen = page.find("input", {"name": "_seen"})
    sent = {"act": act, "text": text, "_seen": seen["value"] if seen else "0"}
    return browser.post(address(query), sent | fields)


def listed(browser: BrowserClient, path: str = "/queries") -> list[str]:
    """Return the question of each row of the desk."""
    rows = browser.page(path).select("tbody tr")
    return [row.select_one(".crf-desk__asked").get_text(strip=True) for row in rows]


# --- what a rule is called ---------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("en", "plausible range"), ("zh", "合理范围")])
def test_the_rule_of_an_item_is_named_in_words_not_by_its_id(
    doorstep: Doorstep, subject_id: int, language: str, words: str
) -> None:
    nurse = doorstep.browser(Role.RESEARCH_NURSE, language=language)
    page = nurse.page(f"/subjects/{subject_id}/crf/BL/VS/1")
    version = page.find("input", {"name": "_version"})
    assert version is not None
    typed = {"_version": version["value"], "VSPERF": "Y", "TEMP": "39.6",
             "_reason": "chart"}  # fmt: skip
    assert nurse.post(f"/subjects/{subject_id}/crf/BL/VS/1", typed).status_code == 303
    with database_of(doorstep.app).reading() as session:
        query = session.scalars(select(Query).where(Query.check_id == "SOFT:TEMP")).one()
    for path in ("/queries", address(query)):
        shown = nurse.page(path).get_text()
        assert words in shown
        assert "SOFT:" not in shown


# --- the desk ----------------------------------------------------------------------------------


def test_the_desk_lists_the_oldest_first_with_age_state_and_last_word(
    doorstep: Doorstep, subject_id: int
) -> None:
    raised(doorstep, subject_id, text="Young", days=1)
    old = raised(doorstep, subject_id, Target(DM), text="Old", days=30)
    acted(doorstep, old, Act.ANSWER, Role.RESEARCH_NURSE, "It is so.")
    browser = doorstep.browser(Role.MONITOR)
    assert listed(browser, "/queries?origin=person") == ["Old", "Young"]
    assert listed(browser, "/queries?origin=person&order=newest") == ["Young", "Old"]
    page = browser.page("/queries?origin=person")
    first = page.select_one("tbody tr").get_text(" ", strip=True)
    assert "30 days" in first
    assert "Answered" in first
    assert "It is so." in first
    assert page.select_one(".crf-age--28") is not None


NARROWED: dict[str, set[str]] = {
    "": {"A", "B"},
    "state=open": {"A"},
    "state=answered": {"B"},
    "state=closed": {"C", "Checked?"},
    "state=all": {"A", "B", "C", "Checked?"},
    "age=7": {"A"},
    "age=14": set(),
    "form=DM&state=all": {"B", "C", "Checked?"},
    "whose=raised&state=all": {"A", "C", "Checked?"},
    "whose=waiting": set(),
    "participant=nobody": set(),
    "site=01": {"A", "B"},
    "site=02": set(),
    "age=9999&state=nonsense&whose=x": {"A", "B"},
    "participant=%00": {"A", "B"},
    "after=x&before=1-2-3": {"A", "B"},
}
"""What the desk shows of A, B and C, and of the world's own question, by its filters."""


def test_the_desk_is_narrowed(doorstep: Doorstep, subject_id: int) -> None:
    raised(doorstep, subject_id, text="A", days=9)
    second = raised(doorstep, subject_id, Target(DM), text="B", role=Role.DATA_MANAGER)
    acted(doorstep, second, Act.ANSWER, Role.INVESTIGATOR)
    third = raised(doorstep, subject_id, Target(DM), text="C")
    acted(doorstep, third, Act.CLOSE, Role.MONITOR, "")
    monitor = doorstep.browser(Role.MONITOR)
    found = {asked: set(listed(monitor, f"/queries?origin=person&{asked}")) for asked in NARROWED}
    assert found == NARROWED


def test_pages_of_the_desk_follow_one_another_and_lead_back(
    doorstep: Doorstep, subject_id: int
) -> None:
    for number in range(60):
        raised(doorstep, subject_id, text=f"Question {number:02}", days=number)
    browser = doorstep.browser(Role.MONITOR)
    first = browser.page("/queries?whose=raised")
    following = browser.page(str(first.select_one("a[rel=next]")["href"]))
    names = [row.get_text(strip=True) for row in first.select(".crf-desk__asked")]
    names += [row.get_text(strip=True) for row in following.select(".crf-desk__asked")]
    assert names == [f"Question {number:02}" for number in reversed(range(60))]
    back = browser.page(str(following.select_one("a[rel=prev]")["href"]))
    assert back.select_one(".crf-desk__asked").get_text(strip=True) == "Question 59"


def test_the_menu_counts_what_waits_for_the_person(doorstep: Doorstep, subject_id: int) -> None:
    def waiting(role: Role) -> int:
        link = doorstep.browser(role).page("/subjects").select_one('nav a[href="/queries"]')
        count = link.select_one(".kit-nav__count")
        return int(count.get_text()) if count else 0

    before = {role: waiting(role) for role in (Role.RESEARCH_NURSE, Role.MONITOR)}
    query = raised(doorstep, subject_id)
    assert waiting(Role.RESEARCH_NURSE) == before[Role.RESEARCH_NURSE] + 1
    assert waiting(Role.MONITOR) == before[Role.MONITOR]
    acted(doorstep, query, Act.ANSWER, Role.RESEARCH_NURSE)
    assert waiting(Role.RESEARCH_NURSE) == before[Role.RESEARCH_NURSE]
    assert waiting(Role.MONITOR) == before[Role.MONITOR] + 1


def test_another_sites_queries_are_on_nobodys_desk(doorstep: Doorstep) -> None:
    raised(doorstep, doorstep.world.elsewhere, text="Elsewhere")
    for role in Role:
        if grants(role, Permission.QUERY_READ):
            assert "Elsewhere" not in listed(doorstep.browser(role), "/queries?state=all")


def test_a_query_that_tells_the_arm_is_nowhere_for_a_masked_role(
    doorstep: Doorstep, subject_id: int
) -> None:
    hidden = raised_by_check(doorstep, subject_id, "", "AE", "AEREL")
    for role in (Role.MONITOR, Role.DATA_MANAGER, Role.OUTCOME_ASSESSOR, Role.AUDITOR):
        browser = doorstep.browser(role)
        assert "Secret question" not in listed(browser, "/queries?state=all")
        assert browser.get(address(hidden)).status_code == 404
    assert "Secret question" in listed(doorstep.browser(Role.RESEARCH_NURSE))
    for role in (Role.MONITOR, Role.DATA_MANAGER, Role.AUDITOR):
        made = (
            doorstep.browser(role)
            .post("/queries/export", {"format": "csv", "state": "all"})
            .get_data(as_text=True)
        )
        assert "Secret question" not in made


def raised_by_check(doorstep: Doorstep, subject_id: int, visit: str, form: str, item: str) -> Query:
    with database_of(doorstep.app).unit_of_work(
        Actor(username="system", role=None), "crf.save"
    ) as uow:
        query = Query(
            subject_id=subject_id, visit=visit, form=form, row=1, item=item, repeat=1,
            check_id="X-01", state="open", text_en="Secret question", text_zh="秘密",
            opened_at=clock.now(),
        )  # fmt: skip
        uow.session.add(query)
        uow.session.flush()
    return query


# --- one query ---------------------------------------------------------------------------------


def test_a_nurse_answers_and_the_monitor_closes_on_the_querys_page(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id)
    answer = say(doorstep.browser(Role.RESEARCH_NURSE), query, "answer", "36.8 in the chart.")
    assert answer.status_code == 303
    page = doorstep.browser(Role.MONITOR).page(address(query))
    assert "36.8 in the chart." in page.get_text()
    assert {b["value"] for b in page.select("button[name=act]")} == {"close", "reopen", "cancel"}
    assert say(doorstep.browser(Role.MONITOR), query, "close", "").status_code == 303
    assert stored(doorstep, query).state == "closed"


def test_the_thread_shows_who_when_and_what_the_item_held_then(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id)
    words = text_of(doorstep.browser(Role.INVESTIGATOR).get(address(query)))
    assert "The monitor Monitor opened Value then: 36.8" in words
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d \(UTC\+08:00\)", words)


def test_the_pages_beside_a_query_follow_the_desks_filters(
    doorstep: Doorstep, subject_id: int
) -> None:
    first, second, third = (
        raised(doorstep, subject_id, text=text, days=days)
        for text, days in (("One", 9), ("Two", 8), ("Three", 7))
    )
    browser = doorstep.browser(Role.MONITOR)
    page = browser.page(f"{address(second)}?whose=raised")
    assert page.select_one("a[rel=prev]")["href"] == f"{address(first)}?whose=raised"
    assert page.select_one("a[rel=next]")["href"] == f"{address(third)}?whose=raised"
    assert browser.page(f"{address(third)}?whose=raised").select_one("a[rel=next]") is None


def test_a_bad_text_is_refused_and_still_there(doorstep: Doorstep, subject_id: int) -> None:
    query = raised(doorstep, subject_id)
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    for text in ("", "   ", "x" * 1001, "call 13812345678", "bad\x00"):
        answer = say(nurse, query, "answer", text)
        assert answer.status_code == 422
        page = parsed(answer)
        assert page.select_one(".crf-field__error") is not None
        assert page.select_one("textarea[name=text]").get_text().strip("\n") == text
    assert stored(doorstep, query).state == "open"


def test_who_comes_second_is_told_so_and_keeps_what_was_typed(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id)
    seen = str(stored(doorstep, query).audit_id)
    acted(doorstep, query, Act.ANSWER, Role.INVESTIGATOR, "The first answer.")
    answer = doorstep.browser(Role.RESEARCH_NURSE).post(
        address(query), {"act": "answer", "text": "My own words.", "_seen": seen}
    )
    assert answer.status_code == 409
    words = text_of(answer)
    assert "Somebody acted on this query" in words
    assert "The first answer." in words
    assert "My own words." in words


@pytest.mark.parametrize(
    ("role", "act", "status"),
    [
        (Role.RESEARCH_NURSE, "close", 403),
        (Role.DATA_MANAGER, "close", 403),
        (Role.MONITOR, "answer", 403),
        (Role.OUTCOME_ASSESSOR, "answer", 403),
        (Role.AUDITOR, "answer", 403),
        (Role.RESEARCH_NURSE, "nonsense", 422),
    ],
)
def test_each_role_does_what_is_its_own(
    doorstep: Doorstep, subject_id: int, role: Role, act: str, status: int
) -> None:
    query = raised(doorstep, subject_id)
    assert say(doorstep.browser(role), query, act).status_code == status


def test_a_query_of_another_site_is_answered_as_one_that_does_not_exist(
    doorstep: Doorstep, subject_id: int
) -> None:
    away = raised(doorstep, doorstep.world.elsewhere)
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    for path in (
        address(away),
        f"/subjects/{subject_id}/queries/{away.id}",
        f"/subjects/{subject_id}/queries/987654321",
    ):
        assert nurse.get(path).status_code == 404
        assert nurse.post(path, {"act": "answer", "text": "x", "_seen": "1"}).status_code == 404


# --- on the CRF --------------------------------------------------------------------------------


def test_the_thread_stands_on_the_crf_and_is_answered_there(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id)
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    path = f"/subjects/{subject_id}/crf/BL/VS/1"
    page = nurse.page(path)
    thread = page.select_one(f"#query-{query.id}")
    assert "Please check the chart." in thread.get_text()
    # Its controls are sent with a form of its own, never with the CRF.
    assert page.select_one(f"form#query-{query.id}-form").find_parent("form") is None
    form = f"query-{query.id}-form"
    assert {c.get("form") for c in thread.select("input, textarea, button")} == {form}
    answer = say(nurse, query, "answer", _back="crf")
    assert answer.headers["Location"] == f"{path}#query-{query.id}"
    assert "Queried" not in nurse.page(path).select_one(".kit-heading").get_text()


def test_a_script_gets_the_thread_alone_with_what_speaks_against_the_act(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id)
    nurse = doorstep.browser(Role.RESEARCH_NURSE)
    headers = {"X-Requested-With": "fetch"}
    sent = {"act": "answer", "text": "", "_seen": seen_at(doorstep, query)}
    refused = nurse.post(address(query), sent, headers=headers)
    assert refused.status_code == 422
    assert parsed(refused).find("html") is None
    taken = nurse.post(address(query), sent | {"text": "Seen."}, headers=headers)
    assert taken.status_code == 200
    assert "Answered" in parsed(taken).select_one("article").get_text()


@pytest.mark.parametrize("path", ["crf/BL/VS/1", "crf/DA01/OM/1", "crf/V7/VS/1", "crf/-/AE/1"])
def test_only_monitor_and_data_manager_are_offered_to_ask_at_each_item(
    doorstep: Doorstep, subject_id: int, path: str
) -> None:
    for role in (Role.MONITOR, Role.DATA_MANAGER, Role.RESEARCH_NURSE, Role.AUDITOR):
        page = doorstep.browser(role).page(f"/subjects/{subject_id}/{path}")
        offered = page.select(".crf-field__tool--ask")
        assert bool(offered) is grants(role, Permission.QUERY_RAISE)


def test_asking_about_an_item_never_saved_starts_no_crf_and_the_question_stays(
    doorstep: Doorstep, subject_id: int
) -> None:
    monitor = doorstep.browser(Role.MONITOR)
    crf = f"/subjects/{subject_id}/crf/V7/VS/1"
    link = monitor.page(crf).select_one("#field-TEMP .crf-field__tool--ask")
    page = monitor.page(str(link["href"]))
    form = page.select_one("#ask-form")
    assert "Body temperature" in form.get_text()
    at = form.select_one("input[name=at]")["value"]
    answer = monitor.post(str(form["action"]), {"at": at, "text": "Why is it not taken?"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(crf)
    with database_of(doorstep.app).reading() as session:
        saved = session.scalars(
            select(CrfEntry).where(CrfEntry.subject_id == subject_id, CrfEntry.visit == "V7")
        ).all()
    assert saved == []
    assert "Why is it not taken?" in doorstep.browser(Role.RESEARCH_NURSE).page(crf).get_text()
    casebook = doorstep.browser(Role.RESEARCH_NURSE).page(f"/subjects/{subject_id}")
    cell = casebook.select_one(f'a[href="{crf}"]').find_parent("td")
    assert "Started" not in cell.get_text()


# --- asking at many places ---------------------------------------------------------------------


def test_a_monitor_asks_the_same_at_several_places_of_a_list(
    doorstep: Doorstep, subject_id: int
) -> None:
    monitor = doorstep.browser(Role.MONITOR)
    path = f"/subjects/{subject_id}/queries/ask?list=1&visit=BL&form=VS"
    boxes = [box["value"] for box in monitor.page(path).select("input[name=at]")]
    assert "BL/VS/1//1" in boxes
    assert "BL/VS/1/TEMP/1" in boxes
    chosen = ["BL/VS/1/TEMP/1", "BL/VS/1/PULSE/1", "BL/VS/1//1"]
    answer = monitor.post(path, {"at": chosen, "text": "No source found."})
    assert answer.status_code == 303
    assert listed(monitor, "/queries?whose=raised") == ["No source found."] * 3


def test_a_list_offers_no_place_that_would_tell_the_arm(
    doorstep: Doorstep, subject_id: int
) -> None:
    monitor = doorstep.browser(Role.MONITOR)
    path = f"/subjects/{subject_id}/queries/ask?list=1"
    everything = [box["value"] for box in monitor.page(path).select("input[name=at]")]
    assert everything
    assert not any("/EX/" in value for value in everything)
    effects = [
        box["value"] for box in monitor.page(f"{path}&form=AE&item=AEREL").select("input[name=at]")
    ]
    assert effects == []


NO_PLACES = {
    "": 404,
    "nonsense": 404,
    "BL/VS/1/TEMP": 404,
    "BL/VS/x/TEMP/1": 404,
    "BL/VS/1/NONE/1": 404,
    "-/EX/1//1": 404,
    "-/AE/1/AEREL/1": 404,
    "UNS77/VS/1/TEMP/1": 422,
    "BL/VS/99999/TEMP/99999": 404,
}


def test_what_is_no_place_is_refused(doorstep: Doorstep, subject_id: int) -> None:
    monitor = doorstep.browser(Role.MONITOR)
    path = f"/subjects/{subject_id}/queries/ask?list=1"
    found = {at: monitor.post(path, {"at": at, "text": "Checked?"}).status_code for at in NO_PLACES}
    assert found == NO_PLACES


def test_a_refused_question_keeps_its_words_and_its_places(
    doorstep: Doorstep, subject_id: int
) -> None:
    monitor = doorstep.browser(Role.MONITOR)
    path = f"/subjects/{subject_id}/queries/ask?list=1&visit=BL&form=VS"
    answer = monitor.post(path, {"at": "BL/VS/1/TEMP/1", "text": "call 13812345678"})
    assert answer.status_code == 422
    page = parsed(answer)
    assert "[PRIVACY]" in page.get_text()
    assert "13812345678" in page.select_one("textarea").get_text()
    assert [box["value"] for box in page.select("input[name=at][checked]")] == ["BL/VS/1/TEMP/1"]
    nothing = monitor.post(path, {"text": "Checked?"})
    assert nothing.status_code == 422
    assert "Choose at least one place" in text_of(nothing)


# --- export ------------------------------------------------------------------------------------


def test_an_export_holds_what_the_filters_find_with_each_thread_and_is_recorded(
    doorstep: Doorstep, subject_id: int
) -> None:
    query = raised(doorstep, subject_id, text="=1+1", days=3)
    acted(doorstep, query, Act.ANSWER, Role.RESEARCH_NURSE, "Two, of course.")
    monitor = doorstep.browser(Role.MONITOR)
    made = monitor.post("/queries/export", {"format": "csv", "whose": "raised"})
    rows = list(csv.DictReader(io.StringIO(made.get_data(as_text=True).removeprefix("\ufeff"))))
    (row,) = rows
    assert row["Question"] == "'=1+1"
    assert (row["Item"], row["State"], row["Days"]) == ("TEMP", "answered", "3")
    assert "Two, of course." in row["Thread"]
    assert "[36.8" in row["Thread"]
    sheet = load_workbook(
        io.BytesIO(monitor.post("/queries/export", {"format": "xlsx", "whose": "raised"}).data)
    ).active
    assert sheet.max_row == 2
    with database_of(doorstep.app).reading() as session:
        exports = session.scalars(
            select(AuditTransaction).where(AuditTransaction.action == "query.export")
        ).all()
    assert len(exports) == 2
    assert monitor.post("/queries/export", {"format": "exe"}).status_code == 404


def test_an_export_in_chinese_speaks_chinese(doorstep: Doorstep, subject_id: int) -> None:
    raised(doorstep, subject_id)
    browser = doorstep.browser(Role.MONITOR, language="zh")
    made = browser.post("/queries/export", {"format": "csv"}).get_data(as_text=True)
    assert "质疑内容" in made
    assert "监查员" in made


# --- cost --------------------------------------------------------------------------------------


def test_pages_of_queries_take_few_statements_however_many_there_are(
    doorstep: Doorstep, subject_id: int
) -> None:
    def cost(browser: BrowserClient, path: str) -> int:
        with counted(database_of(doorstep.app).engine) as statements:
            assert browser.get(path).status_code == 200
        return len(statements)

    query = raised(doorstep, subject_id)
    paths = {
        Role.MONITOR: [
            "/queries", f"{address(query)}?state=all", f"/subjects/{subject_id}/queries/ask?list=1",
        ],
        Role.RESEARCH_NURSE: ["/queries?whose=waiting", f"/subjects/{subject_id}/crf/BL/VS/1"],
    }  # fmt: skip
    browsers = {role: doorstep.browser(role) for role in paths}

    def all_costs() -> dict[str, int]:
        return {p: cost(browsers[role], p) for role, some in paths.items() for p in some}

    few = all_costs()
    for number in range(70):
        raised(doorstep, subject_id, text=f"Question {number}", days=number % 40)
    many = all_costs()
    assert many == few
    assert max(many.values()) <= 10


def test_messages_keep_the_time_of_each_step(doorstep: Doorstep, subject_id: int) -> None:
    query = raised(doorstep, subject_id, days=2)
    say(doorstep.browser(Role.RESEARCH_NURSE), query, "answer")
    with database_of(doorstep.app).reading() as session:
        steps = session.scalars(select(QueryMessage).where(QueryMessage.query_id == query.id)).all()
    opened, answered = sorted(steps, key=lambda step: step.number)
    assert isinstance(opened.at, datetime)
    assert answered.waited is not None
    assert abs(answered.waited - 2 * 86400) < 60
