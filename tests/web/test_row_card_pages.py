"""Lesions on the page of a skin assessment: listed, sent, photographed, compared, and read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from edc import clock
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.files import FOLDER
from tests.factories import database_of
from tests.forms.casebooks import lesion, skin
from tests.services.casebook_support import Ward, enter
from tests.support.client import BrowserClient, parsed
from tests.support.pictures import jpeg
from tests.support.visitors import Doorstep
from tests.web.test_photographs import chosen, send

BL = ("BL", "SK", 1)
DA03 = ("DA03", "SK", 1)


@dataclass
class Bedside:
    """A randomised participant with an injured skin, and who looks at it."""

    doorstep: Doorstep
    instance: Path
    subject_id: int

    def browser(self, role: Role = Role.RESEARCH_NURSE) -> BrowserClient:
        return self.doorstep.browser(role, language="en")

    def path(self, place: tuple[str, str, int]) -> str:
        return f"/subjects/{self.subject_id}/crf/{place[0]}/{place[1]}/{place[2]}"

    def version(self, place: tuple[str, str, int]) -> int:
        with database_of(self.doorstep.app).reading() as session:
            return open_casebook(session, self.subject_id).versions.get(place, 0)

    def lesions(self, place: tuple[str, str, int]) -> dict[int, dict[str, str]]:
        with database_of(self.doorstep.app).reading() as session:
            record = open_casebook(session, self.subject_id).book.records[place]
            found: dict[int, dict[str, str]] = {}
            for (code, repeat), cell in record.cells.items():
                if code.startswith("SL") and cell.value is not None:
                    found.setdefault(repeat, {})[code] = cell.value
        return found

    def save(self, place: tuple[str, str, int], fields: dict[str, Any], **other: Any) -> Any:
        sent = {"_version": str(self.version(place)), "_reason": "Seen again"} | fields | other
        return send(self.browser(), self.path(place), sent)


def assessed(*lesions: dict[str, Any]) -> dict[str, Any]:
    """Return what a page sends of an assessment made today."""
    today = clock.today()
    found = skin(today.isoformat(), *lesions)
    del found["SKDAT"]
    date = {"SKDAT.year": today.year, "SKDAT.month": today.month, "SKDAT.day": today.day}
    # The first row of a group has no number in its names.
    names = {name.removesuffix(".1"): str(value) for name, value in (found | date).items()}
    return dict(names)


@pytest.fixture
def bedside(world_url: str, tmp_path: Path) -> Iterator[Bedside]:
    doorstep = Doorstep(world_url, instance=tmp_path)
    found = Bedside(doorstep, tmp_path, doorstep.world.subjects["soc"])
    database = database_of(doorstep.app)
    with database.reading() as session:
        site = open_casebook(session, found.subject_id).subject.site
    people = doorstep.world
    ward = Ward(
        database, site, people.person(Role.RESEARCH_NURSE), people.person(Role.INVESTIGATOR)
    )
    today = clock.today().isoformat()
    injured = {"INJSKIN": "Y", "INJSKDAT": today}
    enter(ward, found.subject_id, ("SCR", "INJ", 1), injured, reason="Seen")
    enter(ward, found.subject_id, ("", "IC", 1), {"ICPHOTO": "Y"}, reason="Signed")
    yield found
    doorstep.close()


def cards(page: BeautifulSoup) -> dict[str, Tag]:
    """Return the cards by their number, but for the mould."""
    found = page.select("[data-row-cards] > [data-row]")
    return {str(card["data-row"]): card for card in found}


def as_it_stands(page: BeautifulSoup) -> dict[str, str]:
    """Return what a browser without script would send of the page's form."""
    form = page.find("form", id="crf-form")
    assert isinstance(form, Tag)
    sent: dict[str, str] = {}
    for control in form.find_all(["input", "select", "textarea"]):
        name = str(control.get("name", ""))
        if not name or control.get("form", "crf-form") != "crf-form":
            continue  # the answer to a query is another form's
        if control.find_parent("fieldset", disabled=True):
            continue
        if control.name == "select":
            option = control.find("option", selected=True)
            sent[name] = str(option["value"]) if isinstance(option, Tag) else ""
        elif control.get("type") in ("radio", "checkbox"):
            if control.has_attr("checked"):
                sent[name] = str(control["value"])
        elif control.get("type") != "file":
            sent[name] = str(control.get("value", ""))
    return sent


def test_a_page_without_script_has_one_blank_card_behind_those_that_are_known(
    bedside: Bedside,
) -> None:
    nurse = bedside.browser()
    assert set(cards(nurse.page(bedside.path(BL)))) == {"1"}
    assert bedside.save(BL, assessed(lesion(1), lesion(2))).status_code == 303
    assert set(cards(nurse.page(bedside.path(BL)))) == {"1", "2", "3"}
    shown = cards(nurse.page(bedside.path(DA03)))
    assert set(shown) == {"1", "2", "3"}
    assert "Perianal or perineal erosion · Perineum · Midline" in shown["2"].get_text()
    assert shown["3"].has_attr("data-row-blank")


def test_a_page_that_is_sent_as_it_stands_enters_no_lesion(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1), lesion(2)))
    assert bedside.save(DA03, assessed()).status_code == 303
    page = bedside.browser().page(bedside.path(DA03))
    sent = as_it_stands(page)
    for own in ("csrf_token", "_reason"):
        del sent[own]
    assert (sent["SLTYPE.2"], sent["SLNUM.2"], sent["SLLEN.2"]) == ("PA", "2", "")
    assert bedside.save(DA03, sent | {"SKPAIN": "4"}).status_code == 303
    assert bedside.lesions(DA03) == {}


def test_a_card_recalls_what_was_recorded_before_and_nothing_recorded_later(
    bedside: Bedside,
) -> None:
    bedside.save(BL, assessed(lesion(1)))
    bedside.save(DA03, assessed(lesion(1), lesion(2)))
    nurse = bedside.browser()
    assert "Before:" in cards(nurse.page(bedside.path(DA03)))["1"].get_text()
    shown = cards(nurse.page(bedside.path(BL)))
    assert "Before:" not in shown["1"].get_text() + shown["2"].get_text()
    assert "Perianal or perineal erosion" in shown["2"].get_text()


def test_a_figure_shows_its_unit_and_a_score_none(bedside: Bedside) -> None:
    page = bedside.browser().page(bedside.path(("BL", "BC", 1)))
    units = {code: page.find(id=f"{code}-unit") for code in ("BKVU", "BCDYS")}
    assert units["BCDYS"] is None
    assert isinstance(units["BKVU"], Tag)
    assert units["BKVU"].get_text() == "copies/mL"


def test_each_lesion_has_a_photograph_of_its_own(bedside: Bedside) -> None:
    pictures = {
        "SLPHOTO.file": chosen(jpeg(secrets=True)),
        "SLPHOTO.2.file": chosen(jpeg(colour="navy"), "other.jpg"),
    }  # fmt: skip
    assert bedside.save(BL, assessed(lesion(1), lesion(2)), **pictures).status_code == 303
    names = {number: row["SLPHOTO"] for number, row in bedside.lesions(BL).items()}
    assert len(set(names.values())) == 2
    on_disk = {path.name for path in (bedside.instance / FOLDER).glob("*")}
    assert set(names.values()) <= on_disk
    nurse = bedside.browser()
    for number, card in cards(nurse.page(bedside.path(BL))).items():
        picture = card.find("img", class_="crf-photo__picture")
        if number not in ("1", "2"):
            continue
        assert isinstance(picture, Tag)
        assert f"/SLPHOTO/{number}/{names[int(number)]}" in str(picture["src"])
        assert nurse.get(str(picture["src"])).status_code == 200


def test_the_photograph_of_one_lesion_cannot_be_given_to_another(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1), lesion(2)), **{"SLPHOTO.file": chosen(jpeg(secrets=True))})
    name = bedside.lesions(BL)[1]["SLPHOTO"]
    answer = bedside.save(BL, {"SLPHOTO.2": name})
    assert answer.status_code == 422
    assert "SLPHOTO" not in bedside.lesions(BL)[2]


def test_two_who_add_the_same_lesion_see_whose_answer_is_whose(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1)))
    opened = bedside.browser().page(bedside.path(BL)).find("input", {"name": "_opened"})
    assert isinstance(opened, Tag)
    mine = assessed(lesion(1), lesion(2, SLLOC="LEG", SLLEN="9.0"))
    mine |= {"_version": str(bedside.version(BL)), "_opened": str(opened["value"])}
    bedside.save(BL, assessed(lesion(1), lesion(2, SLLEN="5.0")))
    answer = send(bedside.browser(), bedside.path(BL), mine)
    assert answer.status_code == 409
    asked = [legend.get_text(strip=True) for legend in parsed(answer).select(".kit-compare__label")]
    assert asked == ["Lesion 2: Place", "Lesion 2: Longest length"]


def test_who_only_reads_meets_the_lesions_and_nothing_to_add_one(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1), lesion(2)))
    page = bedside.browser(Role.MONITOR).page(bedside.path(BL))
    assert set(cards(page)) == {"1", "2"}
    assert page.select("[data-row-add], [data-row-mould], [data-row-remove]") == []


def test_the_trail_and_the_history_name_the_lesion(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1), lesion(2)))
    bedside.save(BL, {"SLLEN.2": "3.0"})
    browser = bedside.browser()
    history = browser.page(f"/subjects/{bedside.subject_id}/history/BL/SK/1/SLLEN/2")
    assert "Lesion 2: Longest length" in history.get_text()
    assert "3.0" in history.get_text()
    trail = bedside.browser(Role.MONITOR).page("/audit")
    assert "Lesion 2: Longest length" in trail.get_text()


def test_what_is_refused_comes_back_with_every_card_and_its_row(bedside: Bedside) -> None:
    bedside.save(BL, assessed(lesion(1)))
    answer = bedside.save(BL, assessed(lesion(1), lesion(2, SLLEN="a lot")))
    assert answer.status_code == 422
    page = parsed(answer)
    assert "Lesion 2: Longest length" in page.get_text()
    field = cards(page)["2"].find("input", {"name": "SLLEN.2"})
    assert isinstance(field, Tag)
    assert field["value"] == "a lot"


@pytest.mark.parametrize("name", ["SLLEN.0", "SLLEN.11", "SLLEN.99999", "SLNUM.3"])
def test_a_row_that_there_is_not_is_refused_or_nothing(bedside: Bedside, name: str) -> None:
    answer = bedside.save(BL, assessed(lesion(1)) | {name: "5"})
    assert answer.status_code == 422
    assert bedside.version(BL) == 0
