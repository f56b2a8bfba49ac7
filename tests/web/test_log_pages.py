"""The logs of a casebook: their tables, rows entered in error, the next row as the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from edc import clock
from edc.permissions import Permission, Role, grants
from edc.protocol import STUDY
from edc.services.casebooks import open_casebook
from edc.services.registers import add_row
from edc.services.unit_of_work import Actor
from tests.factories import database_of
from tests.services.casebook_support import BATCH_ENTRY
from tests.support.client import BrowserClient, text_of
from tests.support.visitors import Doorstep


@pytest.fixture
def doorstep(world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(world_url)
    yield doorstep
    doorstep.close()


@pytest.fixture
def nurse(doorstep: Doorstep) -> BrowserClient:
    return doorstep.browser(Role.RESEARCH_NURSE)


@pytest.fixture
def treated(doorstep: Doorstep) -> str:
    """Return the address of the participant who has doses."""
    return f"/subjects/{doorstep.world.subjects['msc']}"


def versions(doorstep: Doorstep) -> dict[tuple[str, str, int], int]:
    with database_of(doorstep.app).reading() as session:
        return open_casebook(session, doorstep.world.subjects["msc"]).versions


def medicine(**changes: str) -> dict[str, Any]:
    return {
        "CMYN": "Y", "CMTRT": "Morphine", "CMCAT": "ANAL", "CMINDC": "INJ", "CMROUTE": "IV",
        "CMSTDAT.year": "2020", "CMONGO": "Y", "_version": "0",
    } | changes  # fmt: skip


def test_a_log_is_a_table_of_its_rows_the_latest_first(nurse: BrowserClient, treated: str) -> None:
    for row in range(1, 8):
        fields = medicine(**{"CMTRT": f"Medicine {row}", "CMSTDAT.year": str(2010 + row % 4)})
        assert nurse.post(f"{treated}/crf/-/CM/{row}", fields).status_code == 303
    page = nurse.page(f"{treated}/log/CM")
    rows = page.select(".kit-table tbody tr")
    named = [row.find_all("td")[0].get_text(strip=True) for row in rows]
    assert named == [f"Medicine {n}" for n in (7, 3, 6, 2, 5, 1, 4)]
    casebook = nurse.page(treated)
    card = casebook.find(id="log-CM-caption").find_parent(class_="kit-table-card")
    assert len(card.select("tbody tr")) == 5
    assert "the latest 5 of 7" in card.get_text()
    assert card.find("a", string="All rows")["href"] == f"{treated}/log/CM"


def test_a_row_in_error_is_struck_through_with_its_reason_and_opens_as_it_was(
    doorstep: Doorstep, nurse: BrowserClient, treated: str
) -> None:
    nurse.post(f"{treated}/crf/-/CM/1", medicine())
    crf = nurse.page(f"{treated}/crf/-/CM/1")
    (link,) = crf.find_all("a", href=f"{treated}/log/CM/1/error")
    question = nurse.page(link["href"])
    assert "Morphine" in question.get_text()
    version = question.find("input", {"name": "_version"})["value"]
    sent = {"_version": version, "_reason": "Belongs to <another> person"}
    answer = nurse.post(link["href"], sent)
    assert answer.status_code == 303
    page = nurse.page(answer.headers["Location"])
    (row,) = page.select(".kit-table tbody tr")
    assert row.find(class_="kit-table__struck") is not None
    assert "Entered in error" in row.get_text()
    assert "Belongs to <another> person" in row.get_text()
    again = nurse.page(f"{treated}/crf/-/CM/1")
    assert "Belongs to <another> person" in again.get_text()
    assert again.find("input", {"name": "CMTRT"})["value"] == "Morphine"
    assert again.find("button", string="Save and return") is None
    assert again.find("a", href=f"{treated}/log/CM/1/error") is None
    refused = nurse.post(f"{treated}/crf/-/CM/1", medicine(_version="2", _reason="x"))
    assert refused.status_code == 422
    assert versions(doorstep)["", "CM", 1] == 2


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 422), ({"_reason": " "}, 422), ({"_reason": "x", "_version": "9"}, 409),
     ({"_reason": "x", "_version": "junk"}, 409), ({"_reason": "\x00"}, 422)],
)  # fmt: skip
def test_without_a_reason_or_over_a_newer_version_nothing_is_marked(
    doorstep: Doorstep, nurse: BrowserClient, treated: str, fields: dict[str, str], status: int
) -> None:
    nurse.post(f"{treated}/crf/-/CM/1", medicine())
    answer = nurse.post(f"{treated}/log/CM/1/error", {"_version": "1"} | fields)
    assert answer.status_code == status
    assert versions(doorstep)["", "CM", 1] == 1


def test_a_row_that_another_one_names_is_refused_by_name(
    nurse: BrowserClient, treated: str
) -> None:
    nurse.post(f"{treated}/crf/-/CM/1", medicine(CMINDC="AE", CMAENO="1"))
    answer = nurse.post(f"{treated}/log/AE/1/error", {"_version": "1", "_reason": "x"})
    assert answer.status_code == 422
    assert "CM 1" in text_of(answer)


@pytest.mark.parametrize("path", ["log/OM", "log/RAND", "log/NONE", "log/EOS/1/error",
                                  "log/AE/99/error", f"log/AE/{2**40}/error"])  # fmt: skip
def test_what_is_no_log_or_no_row_does_not_exist(
    nurse: BrowserClient, treated: str, path: str
) -> None:
    assert nurse.get(f"{treated}/{path}").status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_enter_the_log_are_led_to_marking(
    doorstep: Doorstep, treated: str, role: Role
) -> None:
    browser = doorstep.browser(role)
    enters = grants(role, Permission.CRF_ENTER)
    reads = grants(role, Permission.CRF_READ)
    answer = browser.get(f"{treated}/log/AE")
    assert answer.status_code == (200 if reads else 403)
    assert ("/log/AE/1/error" in answer.get_data(as_text=True)) is enters
    assert browser.get(f"{treated}/log/AE/1/error").status_code == (200 if enters else 403)


def test_the_next_dose_starts_as_the_one_before_and_nothing_of_it_is_stored(
    doorstep: Doorstep, nurse: BrowserClient, treated: str
) -> None:
    log = nurse.page(f"{treated}/log/EX")
    link = log.find("a", string="Again as before")["href"]
    page = nurse.page(link)
    assert page.find("input", {"name": "EXLOT"})["value"] == BATCH_ENTRY["BTLOT"]
    checked = page.find("input", {"name": "EXROUTE", "checked": True})
    assert checked["value"] == "ORAL RINSE"
    assert page.find("input", {"name": "EXSTDAT.year"})["value"] == str(clock.today().year)
    for item in ("EXKIT", "EXDOSE", "EXSTTIM", "EXTEMPS"):
        assert page.find("input", {"name": item}).get("value", "") == ""
    assert page.find("input", {"name": "ECOCCUR", "checked": True}) is None
    assert "nothing of it is saved yet" in page.get_text()
    assert ("", "EX", 3) not in versions(doorstep)


def test_batch_and_container_are_read_by_a_scanner_and_batches_are_offered(
    nurse: BrowserClient, treated: str
) -> None:
    page = nurse.page(f"{treated}/crf/-/EX/3")
    lot, kit = (page.find("input", {"name": item}) for item in ("EXLOT", "EXKIT"))
    assert lot.has_attr("data-scan")
    assert kit.has_attr("data-scan")
    offered = page.find("datalist", id=lot["list"])
    assert "Released · Expiry 2099-12-31" in offered.get_text()


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            {
                "V9.0": "V9.0 · Version date 2099-01-01 · Ethics approval date 2099-02-01 · "
                "not approved yet",
                "V3.0": "V3.0 · Version date 2021-05-15 · Ethics approval date 2021-06-01 · "
                "in force",
                "V2.0": "V2.0 · Version date 2020-01-05 · Ethics approval date 2020-01-10 · "
                "replaced on 2021-06-01",
            },
        ),
        (
            "zh",
            {
                "V9.0": "V9.0 · 版本日期 2099-01-01 · 伦理批准日期 2099-02-01 · 尚未批准",
                "V3.0": "V3.0 · 版本日期 2021-05-15 · 伦理批准日期 2021-06-01 · 现行",
                "V2.0": "V2.0 · 版本日期 2020-01-05 · 伦理批准日期 2020-01-10 · "
                "2021-06-01起已被新版本取代",
            },
        ),
    ],
)
def test_versions_of_the_consent_are_offered_with_their_dates_the_newest_first(
    doorstep: Doorstep, treated: str, language: str, texts: dict[str, str]
) -> None:
    new = {"V3.0": ("2021-05-15", "2021-06-01"), "V9.0": ("2099-01-01", "2099-02-01")}
    manager = Actor(username="data_manager", role=Role.DATA_MANAGER)
    with database_of(doorstep.app).unit_of_work(manager, "register.add") as uow:
        for version, (dated, approved) in new.items():
            typed = {"ICVER": version, "ICVERDAT": dated, "ICAPPDAT": approved}
            add_row(uow, STUDY, site_id=doorstep.world.site_id, register="ICF", typed=typed)
    page = doorstep.browser(Role.RESEARCH_NURSE, language=language).page(f"{treated}/crf/-/IC/2")
    offered = page.select("[name=ICVER] option[value]:not([value=''])")
    assert {str(one["value"]): one.get_text(strip=True) for one in offered} == texts
    assert [str(one["value"]) for one in offered] == list(texts)


def test_a_unit_that_is_none_is_refused_and_the_usual_ones_are_offered(
    nurse: BrowserClient, treated: str
) -> None:
    page = nurse.page(f"{treated}/crf/-/CM/1")
    units = page.find("datalist", id=page.find("input", {"name": "CMDOSU"})["list"])
    assert "mg/kg" in units.get_text(" ").split()
    for unit, status in (("mg", 303), ("片", 303), ("ug/kg/min", 303), ("much", 422), ("µg", 422)):
        answer = nurse.post(
            f"{treated}/crf/-/CM/{1 if status == 422 else _next(nurse, treated)}",
            medicine(CMDOSE="1.5", CMDOSU=unit),
        )
        assert (answer.status_code == 303) is (status == 303), unit


def _next(nurse: BrowserClient, treated: str) -> int:
    link = nurse.page(treated).find("a", string="Add to CM")["href"]
    return int(link.rpartition("/")[2])
