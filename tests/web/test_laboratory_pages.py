"""The laboratory's pages: panels as grids, flags while typing, and the limits of a laboratory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from edc import clock
from edc.forms.lb_tests import TESTS
from edc.permissions import Role
from edc.services import registers
from edc.services.casebooks import open_casebook
from edc.services.registers import Row
from tests.conftest import TemplateFinder
from tests.factories import create_user, database_of, make_app, signed_in_client
from tests.services.casebook_support import Ward, enter, open_ward, screening_values
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.live import consented_subject

CBC = "SCR/LB/1"


@pytest.fixture(scope="module")
def app(sqlite_templates: TemplateFinder) -> Iterator[Flask]:
    template = sqlite_templates("migrated")
    url = template.create()
    app = make_app(url)
    yield app
    database_of(app).engine.dispose()
    template.drop(url)


@pytest.fixture(scope="module")
def ward(app: Flask) -> Ward:
    return open_ward(database_of(app), with_list=False)


@pytest.fixture
def nurse(app: Flask, ward: Ward) -> BrowserClient:
    return signed_in_client(app, ward.nurse)


@pytest.fixture
def keeper(app: Flask, ward: Ward) -> BrowserClient:
    person = create_user(database_of(app), role=Role.DATA_MANAGER, site=ward.site)
    return signed_in_client(app, person)


@pytest.fixture
def subject_id(ward: Ward) -> int:
    found = consented_subject(ward)
    enter(ward, found, ("SCR", "DM", 1), screening_values(ward)["SCR", "DM", 1])
    return found


def sample(**results: str) -> dict[str, str]:
    year, month, day = clock.today().isoformat().split("-")
    typed = {"_version": "0", "LBPERF": "Y", "LBLAB": "LAB01"}
    return typed | {"LBDAT.year": year, "LBDAT.month": month, "LBDAT.day": day} | results


def address(subject_id: int, place: str = CBC) -> str:
    return f"/subjects/{subject_id}/crf/{place}"


def lab_rows(ward: Ward) -> list[Row]:
    with ward.database.reading() as session:
        return [row for row in registers.list_rows(session) if row.register == "LAB"]


def chosen(browser: BrowserClient, subject_id: int, place: str) -> str:
    """Return the laboratory that the page of a panel offers."""
    option = browser.page(address(subject_id, place)).select_one("[name=LBLAB] option[selected]")
    return str(option["value"]) if option else ""


def test_the_laboratory_chosen_last_is_proposed_and_stored_only_with_a_save(
    nurse: BrowserClient, ward: Ward, subject_id: int
) -> None:
    chemistry = CBC.replace("/1", "/2")
    assert nurse.post(address(subject_id), sample(HGB="130")).status_code == 303
    assert chosen(nurse, subject_id, chemistry) == "LAB01"
    other = consented_subject(ward)
    assert chosen(nurse, other, CBC) == "LAB01", "as last at the site"
    # Where the panel was not done the laboratory is not asked, and not sent along.
    field = nurse.page(address(other)).find(id="field-LBLAB")
    assert field is not None
    assert field.has_attr("disabled")
    assert nurse.post(address(other), {"_version": "0", "LBPERF": "N"}).status_code == 303
    with ward.database.reading() as session:
        for who in (subject_id, other):
            book = open_casebook(session, who).book
            held = {place: one.cells.get(("LBLAB", 1)) for place, one in book.records.items()
                    if place[1] == "LB"}  # fmt: skip
            assert len(held) == 1
    assert [cell.value if cell else None for cell in held.values()] == [None]


# The grid


def test_a_panel_is_a_grid_with_a_row_for_each_of_its_tests(
    nurse: BrowserClient, subject_id: int
) -> None:
    page = parsed(nurse.get(address(subject_id)))
    rows = page.select("[data-lab-row]")
    assert [row.select_one(".crf-lab__code").text for row in rows] == [  # type: ignore[union-attr]
        test.code for test in TESTS if test.panel == "CBC"
    ]
    assert page.select_one("[name=CREAT]") is None
    title = page.select_one("h1")
    assert title is not None
    assert title.text.strip().endswith("Laboratory: Blood count")
    # Beside its own unit the result may be given in the other; both controls are there.
    assert page.select_one("[name=HGB_LBORIG]") is not None
    assert page.select_one("[name=WBC_LBORIG]") is None


def test_every_control_of_the_grid_has_a_name_to_be_spoken(
    nurse: BrowserClient, subject_id: int
) -> None:
    page = parsed(nurse.get(address(subject_id, "SCR/LB/2")))
    for control in page.select(".crf-lab input:not([type=hidden]), .crf-lab select"):
        assert page.select_one(f"label[for='{control['id']}']"), control


def test_what_is_derived_follows_while_it_is_typed(nurse: BrowserClient, subject_id: int) -> None:
    typed = sample(HGB_LBORIG="7.8", WBC="4", NEUT="2", NEUT_LBQUAL="LT")
    found = nurse.post(f"{address(subject_id)}/preview", typed).get_json()
    assert (found["values"]["HGB"], found["codes"]["HGB_LBNRIND"]) == ("78", "LOW")
    assert found["values"]["HGB_LBORNRLO"] == "130"
    assert found["values"]["HGB_LBTOXGR"] == "Grade 3"
    assert (found["values"]["WBC_LBNRIND"], found["codes"]["WBC_LBNRIND"]) == ("Normal", "NORMAL")
    # Below 2, where the limit is 1.8: it may be either.
    assert found["codes"]["NEUT_LBNRIND"] == ""
    assert parsed(nurse.get(address(subject_id))).select_one(".crf-lab__row--other") is None


def test_the_page_says_in_words_what_is_low_and_asks_what_it_means(
    nurse: BrowserClient, ward: Ward, subject_id: int
) -> None:
    assert nurse.post(address(subject_id), sample(HGB="98", WBC="4")).status_code == 303
    page = parsed(nurse.get(address(subject_id)))
    flags = {
        code: page.select_one(f"[data-calculated={code}_LBNRIND]") for code in ("HGB", "WBC", "LYM")
    }
    assert {code: flag.text for code, flag in flags.items() if flag} == {
        "HGB": "Low", "WBC": "Normal", "LYM": "—",
    }  # fmt: skip
    asked = page.select_one("#field-HGB_LBCLSIG")
    assert asked is not None
    assert not asked.has_attr("hidden")
    silent = page.select_one("#field-WBC_LBCLSIG")
    assert silent is not None
    assert silent.has_attr("hidden")


def test_a_number_in_the_wrong_unit_is_refused_with_the_unit_it_fits(
    nurse: BrowserClient, subject_id: int
) -> None:
    answer = nurse.post(address(subject_id), sample(HGB="9.8"))
    assert answer.status_code == 422
    assert "[HARD:HGB]" in (said := text_of(answer))
    assert "If the laboratory reported it in g/dL, choose g/dL: it is then 98 g/L." in said
    assert parsed(answer).select_one("[name=HGB]")["value"] == "9.8"  # type: ignore[index]


def test_a_report_in_the_other_unit_stays_in_sight(
    nurse: BrowserClient, ward: Ward, subject_id: int
) -> None:
    assert nurse.post(address(subject_id), sample(HGB_LBORIG="9.8")).status_code == 303
    row = parsed(nurse.get(address(subject_id))).select_one(".crf-lab__row--other")
    assert row is not None
    assert row.select_one("[name=HGB_LBORIG]")["value"] == "9.8"  # type: ignore[index]
    with ward.database.reading() as session:
        record = open_casebook(session, subject_id).book.records["SCR", "LB", 1]
    assert record.cells["HGB", 1].value == "98"


@pytest.mark.parametrize("place", ["SCR/LB/0", "SCR/LB/7", "SCR/LB/6", "V99/LB/1", "-/LB/1"])
def test_a_panel_that_the_protocol_does_not_have_is_not_found(
    nurse: BrowserClient, subject_id: int, place: str
) -> None:
    assert nurse.get(address(subject_id, place)).status_code == 404
    assert nurse.post(address(subject_id, place), sample(HGB="98")).status_code == 404


@pytest.mark.parametrize(
    ("results", "rule"),
    [
        ({"HGB": "twelve"}, "HARD:HGB"), ({"HGB": "98.00001"}, "HARD:HGB"),
        ({"HGB": "251"}, "HARD:HGB"), ({"HGB": "nan"}, "HARD:HGB"), ({"HGB": "1e2"}, "HARD:HGB"),
        ({"HGB_LBORIG": "9.8", "HGB": "97"}, "HARD:HGB"), ({"HGB_LBQUAL": "EQ"}, "HARD:HGB_LBQUAL"),
        ({"HGB_LBNRIND": "HIGH"}, "UNKNOWN:HGB_LBNRIND"), ({"CREAT": "80"}, "UNKNOWN:CREAT"),
        ({"HGB.2": "98"}, "UNKNOWN:HGB"), ({"LBLAB": "LAB77"}, "HARD:LBLAB"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_stored(
    nurse: BrowserClient, ward: Ward, subject_id: int, results: dict[str, str], rule: str
) -> None:
    answer = nurse.post(address(subject_id), sample(WBC="4") | results)
    assert answer.status_code == 422
    assert rule in text_of(answer)
    with ward.database.reading() as session:
        assert ("SCR", "LB", 1) not in open_casebook(session, subject_id).book.records


def test_the_casebook_and_the_trail_call_a_panel_by_its_name(
    nurse: BrowserClient, app: Flask, ward: Ward, subject_id: int
) -> None:
    assert nurse.post(address(subject_id), sample(HGB="98")).status_code == 303
    book = parsed(nurse.get(f"/subjects/{subject_id}"))
    heads = {head["title"] for head in book.select(".kit-matrix abbr")}
    assert {"Laboratory: Blood count", "Laboratory: Chemistry"} <= heads
    assert book.select_one(f"a[href='{address(subject_id)}']") is not None
    monitor = signed_in_client(
        app, create_user(database_of(app), role=Role.MONITOR, site=ward.site)
    )  # fmt: skip
    assert "Laboratory: Blood count" in text_of(monitor.get("/audit"))


# The limits


def limits(*rows: dict[str, str], **entry: str) -> dict[str, str]:
    typed = {"LBLAB": "LAB05", "FROM.year": "2020", "FROM.month": "1", "FROM.day": "1"} | entry
    for number, row in enumerate(rows):
        typed |= {f"LIMITS.{number}.{column}": value for column, value in row.items()}
    return typed


def test_limits_are_typed_into_a_grid_of_all_tests(keeper: BrowserClient, ward: Ward) -> None:
    page = parsed(keeper.get(f"/registers/{ward.site.id}/LAB/new"))
    grid = page.select_one("#field-LIMITS")
    assert grid is not None
    tests = {one["value"] for one in grid.select("input[name$='.TEST']")}
    assert tests == {test.code for test in TESTS}
    assert len(grid.select("input[name$='.TEST']")) == 3 * len(TESTS)
    for control in grid.select("input:not([type=hidden]), select"):
        assert control["aria-label"]


def test_what_the_grid_sends_is_stored_and_shown_again(keeper: BrowserClient, ward: Ward) -> None:
    blank = {"TEST": "WBC", "SEX": "", "LOW": "", "HIGH": ""}
    rows = (
        {"TEST": "HGB", "SEX": "M", "LOW": "130", "HIGH": "175"},
        {"TEST": "HGB", "SEX": "F", "LOW": "115.0", "HIGH": "150"},
        {"TEST": "UPROT", "LOW": "NEG", "HIGH": "NEG"},
        {"TEST": "CREAT", "SEX": "M", "AGELO": "60", "AGEHI": "79", "LOW": "57", "HIGH": "111"},
    )
    typed = limits(blank, *rows, LBLAB="LAB06")
    assert keeper.post(f"/registers/{ward.site.id}/LAB/new", typed).status_code == 303
    (row,) = (row for row in lab_rows(ward) if row.values["LBLAB"] == "LAB06")
    assert row.values["LIMITS"].count("TEST") == 4
    page = parsed(keeper.get(f"/registers/rows/{row.row_id}"))
    shown = {
        (str(one["name"]).split(".")[2], one["value"])
        for one in page.select("#field-LIMITS input:not([type=hidden])")
        if one.get("value")
    }
    assert {("LOW", "115"), ("HIGH", "175"), ("AGELO", "60"), ("HIGH", "111")} <= shown
    assert [one["value"] for one in page.select("#field-LIMITS option[selected]")] == [
        "NEG", "NEG", "CREAT", "M",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"TEST": "HGB", "LOW": "150", "HIGH": "115"}, "The lower limit is above the upper one."),
        ({"TEST": "HGB", "LOW": "ten"}, "Haemoglobin: Enter a number in digits"),
        ({"TEST": "<b>", "LOW": "1"}, "Choose the test of each row."),
        ({"TEST": "UPROT", "LOW": "7"}, "Choose one of NEG"),
    ],
)
def test_limits_that_cannot_be_are_refused_with_all_that_was_typed(
    keeper: BrowserClient, ward: Ward, row: dict[str, str], said: str
) -> None:
    before = lab_rows(ward)
    typed = limits({"TEST": "WBC", "LOW": "3.5", "HIGH": "9.5"}, row)
    answer = keeper.post(f"/registers/{ward.site.id}/LAB/new", typed)
    assert answer.status_code == 422
    assert said in text_of(answer)
    values = {one.get("value") for one in parsed(answer).select("#field-LIMITS input")}
    assert {"3.5", "9.5"} <= values
    assert lab_rows(ward) == before


def test_a_period_that_overlaps_is_refused_at_its_first_day(
    keeper: BrowserClient, ward: Ward
) -> None:
    before = lab_rows(ward)
    later = limits({"TEST": "WBC", "LOW": "3.5"}, LBLAB="LAB01", **{"FROM.year": "2024"})
    answer = keeper.post(f"/registers/{ward.site.id}/LAB/new", later)
    assert answer.status_code == 422
    assert "already has an entry valid from 2020-01-01" in text_of(answer)
    assert lab_rows(ward) == before


def test_a_new_period_begins_with_the_limits_of_the_last(keeper: BrowserClient, ward: Ward) -> None:
    (row,) = (row for row in lab_rows(ward) if row.values["LBLAB"] == "LAB01")
    page = parsed(keeper.get(f"/registers/rows/{row.row_id}"))
    link = page.find("a", string=lambda text: "New period" in (text or ""))
    assert link is not None
    copied = parsed(keeper.get(str(link["href"])))

    def typed(name: str) -> Any:
        control = copied.select_one(f"[name='{name}']")
        return control and control.get("value")

    assert (typed("LBLAB"), typed("FROM.year")) == ("LAB01", "")
    assert {"130", "175"} <= {one.get("value") for one in copied.select("#field-LIMITS input")}
    # An address with anything else copies nothing.
    other = parsed(keeper.get(f"/registers/{ward.site.id}/LAB/new?copy=%00x"))
    assert not any(one.get("value") for one in other.select("#field-LIMITS input[type=text]"))


def test_a_nurse_keeps_no_limits(nurse: BrowserClient, ward: Ward) -> None:
    before = lab_rows(ward)
    assert nurse.get(f"/registers/{ward.site.id}/LAB/new").status_code in (403, 404)
    assert nurse.post(f"/registers/{ward.site.id}/LAB/new", limits()).status_code in (403, 404)
    assert lab_rows(ward) == before
