"""HIV answers stay with the site: nobody else meets them on a page, in the trail or in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.forms.confidential import REASON, SCREENS, TITLE, may_read, passed
from edc.models import Query, QueryMessage, Subject
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import STUDY
from edc.services.visible import may_know
from edc.study.conditions import Expression
from tests.factories import database_of
from tests.house.test_masking import of
from tests.support.client import BrowserClient, text_of
from tests.support.visitors import Doorstep

SITE = [Role.RESEARCH_NURSE, Role.INVESTIGATOR]
OTHERS = [role for role in Role if role not in SITE]
READERS = [role for role in OTHERS if Permission.CRF_READ in GRANTS[role]]
AUDITORS = [role for role in OTHERS if Permission.AUDIT_READ in GRANTS[role]]
EXPORTERS = [role for role in OTHERS if Permission.AUDIT_EXPORT in GRANTS[role]]
SAYS_IT = "confirmed by Western blot"


class Screened:
    """A participant whose HIV test is positive after a correction, and who reads about it."""

    def __init__(self, doorstep: Doorstep) -> None:
        self.doorstep = doorstep
        self.subject_id = doorstep.world.subjects["screening"]
        with database_of(doorstep.app).reading() as session:
            self.number = session.get_one(Subject, self.subject_id).number
        self.nurse = doorstep.browser(Role.RESEARCH_NURSE)
        today = clock.today()
        day = {f"VIRDAT.{part}": str(getattr(today, part)) for part in ("year", "month", "day")}
        screen = day | {"HBSAG": "NEG", "HBCAB": "NEG", "HCVAB": "NEG"}
        self.save("SCR/VIR/1", screen | {"_version": "0", "HIV": "IND"})
        criteria = {f"EXC0{number}": "N" for number in range(1, 8)}
        self.save("SCR/IE/1", criteria | {"_version": "0"})
        self.save("SCR/VIR/1", {"_version": "1", "HIV": "POS", "_reason": SAYS_IT})

    def save(self, place: str, fields: dict[str, str]) -> None:
        answer = self.nurse.post(f"/subjects/{self.subject_id}/crf/{place}", fields)
        assert answer.status_code == 303, text_of(answer)

    def page(self, role: Role, place: str, *, language: str = "en") -> Any:
        browser = self.doorstep.browser(role, language=language)
        return browser.page(f"/subjects/{self.subject_id}{place}")

    def field(self, role: Role, place: str, item: str) -> Any:
        return self.page(role, f"/crf/{place}").find(id=f"field-{item}")


@pytest.fixture
def screened(world_url: str) -> Iterator[Screened]:
    doorstep = Doorstep(world_url)
    yield Screened(doorstep)
    doorstep.close()


def test_the_site_alone_holds_the_permission_and_nothing_else_of_the_study_is_read_by_it() -> None:
    assert [role for role in Role if Permission.CONFIDENTIAL_READ in GRANTS[role]] == SITE
    for form, item in SCREENS:
        assert [role for role in Role if may_read(role, form=form, item=item)] == SITE
        assert item in STUDY.crfs[form].by_code
    assert all(may_read(role, form="VIR", item="HBSAG") for role in Role)


@pytest.mark.parametrize(
    ("form", "item", "value", "missing", "told"),
    [
        ("VIR", "HIV", "NEG", None, "Y"), ("VIR", "HIV", "POS", None, "N"),
        ("VIR", "HIV", "IND", None, "N"), ("VIR", "HIV", "ND", None, "N"),
        ("VIR", "HIV", None, "REF", "N"), ("VIR", "HIV", None, None, None),
        ("IE", "EXC05", "N", None, "Y"), ("IE", "EXC05", "Y", None, "N"),
    ],
)  # fmt: skip
def test_only_the_clearing_answer_passes_the_screen(
    form: str, item: str, value: str | None, missing: str | None, told: str | None
) -> None:
    assert passed(form, item, value=value, missing=missing) == told


def test_no_question_is_asked_or_hidden_because_of_a_confidential_answer() -> None:
    """A condition is sent to the browser, and what it shows would tell the answer."""
    rules = [
        (crf.code, rule)
        for crf in STUDY.all_crfs
        for item in crf.items
        for rule in (item.shown_when, item.required)
        if isinstance(rule, Expression)
    ]
    read = {(owner or form, code) for form, rule in rules for owner, code in rule.reads()}
    assert read.isdisjoint(SCREENS)


def test_a_check_of_a_confidential_answer_asks_at_a_confidential_item_and_proposes_nothing() -> (
    None
):
    for crf in STUDY.all_crfs:
        for rule in crf.checks:
            read = {(owner or crf.code, code) for owner, code in rule.when.reads()}
            if not read.isdisjoint(SCREENS):
                shown_at = rule.at_item(frozenset(crf.by_code))
                assert (crf.code, shown_at) in SCREENS, rule.id
                assert rule.proposes is None, rule.id


@pytest.mark.parametrize("role", SITE)
def test_the_site_reads_the_answer_and_its_queries(screened: Screened, role: Role) -> None:
    checked = screened.field(role, "SCR/VIR/1", "HIV").find("input", checked=True)
    assert checked["value"] == "POS"
    assert "query-" in screened.field(role, "SCR/IE/1", "EXC05")["aria-describedby"]
    history = screened.page(role, "/history/SCR/VIR/1/HIV/1").get_text()
    for words in ("Indeterminate", "Positive", SAYS_IT):
        assert words in history


@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_others_read_whether_the_screen_was_passed(
    screened: Screened, role: Role, language: str
) -> None:
    hiv = screened.page(role, "/crf/SCR/VIR/1", language=language).find(id="field-HIV")
    words = hiv.get_text(" ", strip=True)
    assert TITLE.text(language) in words  # type: ignore[arg-type]
    assert ("No" if language == "en" else "否") in words.split()
    assert hiv.find("input") is None
    assert "HIV" not in words
    criterion_field = screened.field(role, "SCR/IE/1", "EXC05")
    criterion = criterion_field.get_text(" ", strip=True)
    assert "Serology" not in criterion
    assert "Yes" in criterion.split()
    assert "query-" not in criterion_field.get("aria-describedby", "")
    assert screened.page(role, "/crf/SCR/IE/1").find("article", attrs={"data-query": True}) is None


@pytest.mark.parametrize("role", READERS)
def test_the_history_of_the_item_tells_others_no_answer_no_reason_and_no_query(
    screened: Screened, role: Role
) -> None:
    for place in ("SCR/VIR/1/HIV/1", "SCR/IE/1/EXC05/1"):
        history = screened.page(role, f"/history/{place}").get_text(" ", strip=True)
        assert TITLE.en in history
        for telling in ("Positive", "Indeterminate", "Query", "Serology", SAYS_IT):
            assert telling not in history, (place, telling)
    assert REASON.en in screened.page(role, "/history/SCR/VIR/1/HIV/1").get_text()


@pytest.mark.parametrize("role", READERS)
def test_no_other_item_of_the_same_save_tells_the_reason(screened: Screened, role: Role) -> None:
    screened.save("SCR/VIR/1", {"_version": "2", "HCVAB": "POS", "HIV": "IND", "_reason": SAYS_IT})
    history = screened.page(role, "/history/SCR/VIR/1/HCVAB/1").get_text(" ", strip=True)
    assert "Positive" in history
    assert SAYS_IT not in history
    assert REASON.en in history


def rows_about(browser: BrowserClient, query: str) -> list[str]:
    return [row.get_text(" ", strip=True) for row in browser.page(f"/audit?{query}").select("tr")]


@pytest.mark.parametrize("role", AUDITORS)
def test_the_trail_tells_others_that_it_was_passed_or_not(screened: Screened, role: Role) -> None:
    browser = screened.doorstep.browser(role)
    own = f"participant={screened.number}"
    rows = [row for row in rows_about(browser, f"{own}&item=HIV") if TITLE.en in row]
    assert [("No" in row.split(), REASON.en in row) for row in rows] == [
        (True, True),
        (True, False),
    ]
    everything = " ".join(
        row for form in ("VIR", "IE") for row in rows_about(browser, f"{own}&form={form}")
    )
    for telling in ("Positive", "Indeterminate", "IE-10", "VIR-03", SAYS_IT):
        assert telling not in everything


@pytest.mark.parametrize("role", [*AUDITORS, *SITE])
def test_the_trail_is_not_searched_by_what_it_does_not_show(screened: Screened, role: Role) -> None:
    browser = screened.doorstep.browser(role)
    for words in ("POS", "Positive", "Western", "Indeterminate"):
        found = [row for row in rows_about(browser, f"text={words}") if TITLE.en in row]
        assert found == [], words
    assert not any("CRF saved" in row for row in rows_about(browser, "text=Western"))


@pytest.mark.parametrize("role", EXPORTERS)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx"])
def test_an_export_replaces_the_answer(screened: Screened, role: Role, kind: str) -> None:
    browser = screened.doorstep.browser(role)
    told = of(
        browser.post(
            "/audit/export", {"format": kind, "form": "VIR", "participant": screened.number}
        )
    )
    assert TITLE.en in told
    assert REASON.en in told
    for telling in ("Positive", "POS", "IND", "VIR-03", SAYS_IT):
        assert telling not in told, telling
    if kind == "jsonl":
        lines = [json.loads(line) for line in told.splitlines() if '"HIV"' in line]
        held = [(line["old_code"], line["new_code"], line["new_values"]) for line in lines]
        assert held == [("", "N", {"value": "N"}), ("N", "N", {"value": "N"})]


@pytest.mark.parametrize("role", READERS)
def test_no_list_counts_a_query_that_would_tell_the_answer(screened: Screened, role: Role) -> None:
    def state(reader: Role) -> str:
        link = screened.page(reader, "").select_one("a[href*='/crf/SCR/IE/1']")
        return str(link.parent.get_text(" ", strip=True))

    assert "Queried" in state(Role.RESEARCH_NURSE)
    assert "Queried" not in state(role)


def test_whoever_asks_in_person_may_ask_at_the_item_and_the_thread_holds_no_answer(
    screened: Screened,
) -> None:
    for role in READERS:
        assert may_know(role, form="VIR", item="HIV")
        assert not may_know(role, form="VIR", item="HIV", rule="VIR-03")
        assert not may_know(role, form="IE", item="EXC05", rule="IE-10")
        assert may_know(role, form="IE", item="EXC06", rule="IE-10")
    with database_of(screened.doorstep.app).reading() as session:
        held = session.execute(
            select(QueryMessage.value, QueryMessage.missing)
            .join(Query)
            .where(Query.item == "EXC05")
        ).all()
    assert held
    assert all((value, missing) == (None, None) for value, missing in held)


@pytest.mark.parametrize("role", [role for role in OTHERS if Permission.CRF_READ in GRANTS[role]])
def test_a_forged_form_of_another_role_learns_and_changes_nothing(
    screened: Screened, role: Role
) -> None:
    browser = screened.doorstep.browser(role)
    address = f"/subjects/{screened.subject_id}/crf/SCR/VIR/1"
    for guess in ("POS", "NEG"):
        answer = browser.post(address, {"_version": "2", "HIV": guess, "_reason": "a guess"})
        assert answer.status_code in (403, 422)
        assert "Positive" not in text_of(answer)
    assert (
        screened.field(Role.INVESTIGATOR, "SCR/VIR/1", "HIV").find("input", checked=True)["value"]
        == "POS"
    )


def test_whoever_asks_about_the_item_reads_there_too_only_whether_it_was_passed(
    screened: Screened,
) -> None:
    browser = screened.doorstep.browser(Role.MONITOR)
    asking = f"/subjects/{screened.subject_id}/queries/ask"
    listed = text_of(browser.get(f"{asking}?visit=SCR&form=VIR"))
    assert "Negative" in listed  # of the other tests
    assert "Positive" not in listed
    assert "Positive" not in text_of(browser.get(f"{asking}?at=SCR/VIR/1/HIV/1"))
    sent = {"at": "SCR/VIR/1/HIV/1", "text": "Please check the source"}
    answer = browser.post(asking, sent)
    assert answer.status_code == 303
    with database_of(screened.doorstep.app).reading() as session:
        query_id = session.scalars(select(Query.id).where(Query.item == "HIV")).one()
    page = text_of(browser.get(f"/subjects/{screened.subject_id}/queries/{query_id}"))
    assert "Please check the source" in page
    assert "Positive" not in page
    assert "Positive" in text_of(
        screened.nurse.get(f"/subjects/{screened.subject_id}/queries/{query_id}")
    )
