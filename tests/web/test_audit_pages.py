"""The trail in the browser: filters in its address, an item's history, the download."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import func, select

from edc.models import AuditEntry
from edc.permissions import GRANTS, Permission, Role
from edc.randomization.masking import may_see_arm
from tests.factories import create_user, database_of, make_app, signed_in_client
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.small_trail import ARM_TELLING, SmallTrail, make_small_trail


@dataclass(frozen=True)
class Study:
    app: Flask
    trail: SmallTrail

    def browser(
        self, role: Role, *, everywhere: bool = False, language: str = "en"
    ) -> BrowserClient:
        site = None if everywhere else self.trail.here
        user = create_user(self.trail.database, role=role, site=site)
        return signed_in_client(self.app, user, language=language)


@pytest.fixture
def study(database_url: str) -> Iterator[Study]:
    app = make_app(database_url)
    yield Study(app, make_small_trail(database_of(app)))
    database_of(app).engine.dispose()


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Study]:
    app = make_app(sqlite_url)
    yield Study(app, make_small_trail(database_of(app)))
    database_of(app).engine.dispose()


def entries(study: Study) -> int:
    with study.trail.database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_the_page_shows_the_trail_and_writes_nothing(study: Study) -> None:
    browser = study.browser(Role.MONITOR)
    before = entries(study)
    page = browser.page("/audit")
    assert len(page.select("tbody tr")) > 5
    words = page.get_text(" ")
    assert "2026-03-02 00:01:00" in words
    assert "核对病历后更正" in words
    assert entries(study) == before


def test_filters_stand_in_the_address_and_in_their_fields(study: Study) -> None:
    browser = study.browser(Role.MONITOR)
    page = browser.page("/audit?form=OM&item=OMWHO&participant=01001")
    assert page.select_one("select#form option[selected]")["value"] == "OM"  # type: ignore[index]
    assert page.select_one("input#participant")["value"] == "01001"  # type: ignore[index]
    assert len(page.select("tbody tr")) == 2
    empty = browser.get("/audit?participant=99999")
    assert "No entry fits these filters." in text_of(empty)


def test_a_day_that_does_not_exist_is_said_at_its_field(on_sqlite: Study) -> None:
    browser = on_sqlite.browser(Role.MONITOR)
    answer = browser.get("/audit?since=2026-02-30&participant=01001")
    assert answer.status_code == 422
    page = parsed(answer)
    assert page.select_one("#since-error")
    assert page.select_one("input#since")["value"] == "2026-02-30"  # type: ignore[index]
    assert page.select_one("input#participant")["value"] == "01001"  # type: ignore[index]
    turned = browser.get("/audit?since=2026-03-02&until=2026-03-01")
    assert "The last day is before the first." in text_of(turned)
    wide = browser.get("/audit?since=２０２６-０３-０２")
    assert wide.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/audit?before=x", "/audit?before=-1", "/audit?after=99999999999999999999999999",
        "/audit?before=9223372036854775807", "/audit?before=２", "/audit?from=nowhere",
        "/audit?visit=%00", "/audit?text=" + "x" * 5000, "/audit?item=%25&user=%27",
        "/audit?since=9999-12-31&until=9999-12-31", "/audit?until=9999-12-31",
    ],
)  # fmt: skip
def test_no_address_is_a_fault(study: Study, address: str) -> None:
    assert study.browser(Role.AUDITOR).get(address).status_code in {200, 422}


def test_pages_are_linked_in_both_directions(study: Study) -> None:
    with study.trail.database.unit_of_work(_actor(study), "crf.save") as uow:
        uow.about(site_id=study.trail.here.id)
        for number in range(60):
            uow.record(number=number)
    browser = study.browser(Role.MONITOR)
    first = browser.page("/audit?user=zhang")
    older = first.select_one("a[rel=next]")
    assert first.select_one("a[rel=prev]") is None
    assert older is not None
    second = browser.page(str(older["href"]))
    newer = second.select_one("a[rel=prev]")
    assert newer is not None
    again = browser.page(str(newer["href"]))
    assert again.select("tbody tr") == first.select("tbody tr")
    oldest = browser.page("/audit?user=zhang&from=oldest")
    assert oldest.select_one("a[rel=next]") is None


def _actor(study: Study) -> object:
    from edc.services.unit_of_work import Actor

    nurse = study.trail.nurse
    return Actor(username=nurse.username, role=Role.RESEARCH_NURSE, user_id=nurse.id)


def test_from_a_row_one_click_shows_the_item_s_history(study: Study) -> None:
    browser = study.browser(Role.MONITOR)
    page = browser.page("/audit?item=OMWHO")
    link = page.select_one("tbody a[href*='/history/']")
    assert link is not None
    history = browser.page(str(link["href"]))
    assert len(history.select(".kit-timeline__entry")) == 2
    assert "核对病历后更正" in history.get_text()


@pytest.mark.parametrize("role", list(Role))
def test_an_item_that_would_tell_an_arm_has_no_history_for_masked_roles(
    on_sqlite: Study, role: Role
) -> None:
    browser = on_sqlite.browser(role)
    ward = on_sqlite.trail.ward.id
    told = browser.get(f"/subjects/{ward}/history/-/AE/1/AEREL/0")
    plain = browser.get(f"/subjects/{ward}/history/-/AE/1/AETERM/0")
    if Permission.CRF_READ not in GRANTS[role]:
        assert (told.status_code, plain.status_code) == (403, 403)
        return
    assert plain.status_code == 200
    assert told.status_code == (200 if may_see_arm(role) else 404)
    assert (ARM_TELLING in told.get_data(as_text=True)) is may_see_arm(role)
    far = on_sqlite.trail.far.id
    assert browser.get(f"/subjects/{far}/history/BL/OM/1/OMWHO/0").status_code == 404


@pytest.mark.parametrize(
    "place", ["BL/NO/1/OMWHO/0", "BL/OM/1/NO/0", "BL/OM/x/OMWHO/0", "BL/OM/9999999999/OMWHO/0"]
)
def test_what_is_not_in_the_study_has_no_history(on_sqlite: Study, place: str) -> None:
    ward = on_sqlite.trail.ward.id
    answer = on_sqlite.browser(Role.MONITOR).get(f"/subjects/{ward}/history/{place}")
    assert answer.status_code == 404


def test_an_item_nobody_entered_says_so(on_sqlite: Study) -> None:
    ward = on_sqlite.trail.ward.id
    answer = on_sqlite.browser(Role.MONITOR).get(f"/subjects/{ward}/history/BL/OM/1/OMDAT/0")
    assert "Nothing has been entered for this item." in text_of(answer)


@pytest.mark.parametrize("role", list(Role))
def test_no_page_of_the_trail_tells_a_masked_role_an_arm(on_sqlite: Study, role: Role) -> None:
    browser = on_sqlite.browser(role)
    for address in ("/audit", f"/audit?text={ARM_TELLING}", "/audit?form=AE", "/audit?form=EX"):
        answer = browser.get(address)
        if Permission.AUDIT_READ not in GRANTS[role]:
            assert answer.status_code == 403
            continue
        rows = " ".join(row.get_text(" ") for row in parsed(answer).select("tbody tr"))
        assert (ARM_TELLING in rows) is may_see_arm(role)


@pytest.mark.parametrize("format_", ["csv", "xlsx", "jsonl"])
def test_a_monitor_downloads_what_the_filters_find(study: Study, format_: str) -> None:
    browser = study.browser(Role.MONITOR)
    answer = browser.post("/audit/export", {"format": format_, "form": "OM"})
    assert answer.status_code == 200
    assert f".{format_}" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    if format_ == "csv":
        text = answer.get_data().decode("utf-8-sig")
        _, *rows = csv.reader(io.StringIO(text, newline=""))
        assert {row[11] for row in rows} == {"OM"}
        assert {row[7] for row in rows} == {"01"}
    page = browser.page("/audit?action=audit.export")
    assert page.select("tbody tr") == []  # it stands at no site: a reader of one does not see it
    auditor = study.browser(Role.AUDITOR, everywhere=True)
    told = auditor.page("/audit?action=audit.export").select("tbody tr")
    assert len(told) == 1
    assert format_ in told[0].get_text()


def test_who_may_read_the_trail_may_not_always_export_it(on_sqlite: Study) -> None:
    for role in Role:
        browser = on_sqlite.browser(role)
        before = entries(on_sqlite)
        answer = browser.post("/audit/export", {"format": "jsonl"})
        if Permission.AUDIT_EXPORT in GRANTS[role]:
            lines = answer.get_data(as_text=True).splitlines()
            assert {json.loads(line)["site"] for line in lines} == {"01"}
        else:
            assert answer.status_code == 403
            assert entries(on_sqlite) == before
            if Permission.AUDIT_READ in GRANTS[role]:
                assert not browser.page("/audit").select("form[action='/audit/export']")


def test_an_export_needs_its_token_and_a_known_format(on_sqlite: Study) -> None:
    browser = on_sqlite.browser(Role.MONITOR)
    before = entries(on_sqlite)
    assert browser.post("/audit/export", {"format": "csv"}, csrf=False).status_code == 400
    assert browser.post("/audit/export", {"format": "exe"}).status_code == 404
    assert browser.post("/audit/export", {"format": "csv", "since": "x"}).status_code == 404
    assert entries(on_sqlite) == before


def test_the_pages_speak_chinese(on_sqlite: Study) -> None:
    browser = on_sqlite.browser(Role.MONITOR, language="zh")
    words = browser.page("/audit").get_text(" ")
    for expected in ("稽查轨迹", "保存CRF", "研究护士", "口腔黏膜炎评估", "未做（体温计故障）"):
        assert expected in words
    assert "Audit trail" not in words
    ward = on_sqlite.trail.ward.id
    history = browser.page(f"/subjects/{ward}/history/BL/OM/1/OMWHO/0").get_text(" ")
    assert "该数据项的历史记录" in history
