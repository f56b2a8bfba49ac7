"""Photographs on a CRF: chosen, kept, shown, replaced, removed; and by whom they are seen."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from edc.models import AuditEntry
from edc.permissions import GRANTS, Permission, Role
from edc.services.casebooks import open_casebook
from edc.services.files import FOLDER
from edc.web.app import MAX_REQUEST_BYTES
from tests.factories import database_of
from tests.services.casebook_support import Ward, enter
from tests.support.client import BrowserClient, parsed, text_of
from tests.support.pictures import PHOTO, SECRETS, jpeg, png, png_header
from tests.support.visitors import Doorstep

OM = ("DA01", "OM", 1)
CONSENT = ("", "IC", 1)


@dataclass
class Bedside:
    """A randomised participant who consented to photographs, and the nurse who takes them."""

    doorstep: Doorstep
    instance: Path
    subject_id: int

    def browser(self, role: Role = Role.RESEARCH_NURSE, language: str = "en") -> BrowserClient:
        return self.doorstep.browser(role, language=language)

    @property
    def path(self) -> str:
        return f"/subjects/{self.subject_id}/crf/DA01/OM/1"

    def kept(self) -> set[str]:
        """Return the pictures on the disk, thumbnails left out."""
        folder = self.instance / FOLDER
        return {p.name for p in folder.glob("*") if ".thumb." not in p.name}

    def stored(self) -> str | None:
        with database_of(self.doorstep.app).reading() as session:
            record = open_casebook(session, self.subject_id).book.records.get(OM)
        cell = record.cells.get(("OMPHOTO", 1)) if record else None
        return cell.value if cell else None

    def version(self) -> int:
        with database_of(self.doorstep.app).reading() as session:
            return open_casebook(session, self.subject_id).versions.get(OM, 0)

    def consent_to_photographs(self, answer: str) -> None:
        world = self.doorstep.world
        database = database_of(self.doorstep.app)
        with database.reading() as session:
            site = open_casebook(session, self.subject_id).subject.site
        ward = Ward(
            database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR)
        )
        enter(ward, self.subject_id, CONSENT, {"ICPHOTO": answer}, reason="asked again")

    def save(self, browser: BrowserClient, **fields: Any) -> TestResponse:
        sent = {"_version": str(self.version()), "OMPERF": "Y", "OMLOC": "IPD", **fields}
        return send(
            browser, self.path, {name.replace("__", "."): value for name, value in sent.items()}
        )


def send(browser: BrowserClient, path: str, fields: dict[str, Any]) -> TestResponse:
    """Send a form in parts, made here: the client's own way leaves a file open."""
    boundary, body = encode_multipart({"csrf_token": browser.csrf_token(), **fields})
    return browser.client.post(
        path,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        environ_overrides=browser.environ,
    )


def chosen(data: bytes, name: str = "IMG_0001.JPG") -> FileStorage:
    return FileStorage(io.BytesIO(data), name)


def sent_again(page: BeautifulSoup) -> dict[str, str]:
    """Return what the page would send of the photograph and of the comment."""
    form = page.find("form", id="crf-form")
    assert form is not None
    assert form["enctype"] == "multipart/form-data"
    return {
        control["name"]: control.get("value", "")
        for control in form.find_all("input")
        if control.get("name") in ("OMPHOTO", "OMPHOTO.kept", "OMCOM")
    }


def bedside_at(url: str, instance: Path) -> Bedside:
    doorstep = Doorstep(url, instance=instance)
    bedside = Bedside(doorstep, instance, doorstep.world.subjects["soc"])
    bedside.consent_to_photographs("Y")
    return bedside


@pytest.fixture
def bedside(world_url: str, tmp_path: Path) -> Iterator[Bedside]:
    found = bedside_at(world_url, tmp_path)
    yield found
    found.doorstep.close()


@pytest.fixture
def either(any_world_url: str, tmp_path: Path) -> Iterator[Bedside]:
    found = bedside_at(any_world_url, tmp_path)
    yield found
    found.doorstep.close()


def test_a_photograph_is_kept_shown_and_recorded_by_its_digest(either: Bedside) -> None:
    nurse = either.browser()
    assert either.save(nurse, OMPHOTO__file=chosen(jpeg(secrets=True))).status_code == 303
    name = either.stored()
    assert name is not None
    assert either.kept() == {name}
    picture = nurse.page(either.path).find("img", class_="crf-photo__picture")
    assert picture is not None
    thumbnail = nurse.get(picture["src"])
    whole = nurse.get(picture.find_parent("a")["href"])
    for answer in (thumbnail, whole):
        assert answer.status_code == 200
        assert answer.mimetype == "image/jpeg"
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Content-Disposition"] == (
            f'inline; filename="OM-OMPHOTO-{name[:8]}.jpg"'
        )
        assert not any(secret in answer.data for secret in SECRETS)
    with Image.open(io.BytesIO(whole.data)) as image:
        assert image.size == (64, 48)
    with database_of(either.doorstep.app).reading() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.item == "OMPHOTO"))
    assert json.loads(entry.new)["value"] == name


def test_a_photograph_is_kept_when_another_answer_is_refused(either: Bedside) -> None:
    nurse = either.browser()
    answer = either.save(nurse, OMPHOTO__file=chosen(png()), OMPNRST="11", OMCOM="as seen")
    assert answer.status_code == 422
    page = parsed(answer)
    again = sent_again(page)
    assert again["OMCOM"] == "as seen"
    assert either.kept() == {again["OMPHOTO"]}
    assert either.stored() is None
    picture = page.find("img", class_="crf-photo__picture")
    assert picture is not None
    assert nurse.get(picture["src"]).status_code == 200
    assert either.save(nurse, **again, OMPNRST="3").status_code == 303
    assert either.stored() == again["OMPHOTO"]


def test_a_change_of_language_keeps_the_chosen_photograph(bedside: Bedside) -> None:
    nurse = bedside.browser()
    answer = bedside.save(nurse, OMPHOTO__file=chosen(jpeg()), _language="zh", OMCOM="如图")
    assert answer.status_code == 200
    again = sent_again(parsed(answer))
    assert again["OMCOM"] == "如图"
    assert bedside.version() == 0
    assert bedside.save(nurse, **again).status_code == 303
    assert bedside.stored() == again["OMPHOTO"]


def test_a_conflict_shows_both_photographs_and_loses_neither(bedside: Bedside) -> None:
    nurse, other = bedside.browser(), bedside.browser(Role.INVESTIGATOR)
    assert bedside.save(other, OMPHOTO__file=chosen(jpeg(colour="navy"))).status_code == 303
    theirs = bedside.stored()
    answer = bedside.save(nurse, _version="0", OMPHOTO__file=chosen(jpeg()))
    assert answer.status_code == 409
    page = parsed(answer)
    pictures = [image["src"] for image in page.select(".kit-compare img")]
    assert len(pictures) == 2
    assert {nurse.get(source).status_code for source in pictures} == {200}
    inputs = {
        control["name"]: control["value"]
        for control in page.select("#crf-form input[type=hidden]")
        if control["name"] != "_compared"
    }
    resolved = inputs | {"_compared": "OMPHOTO", "_keep.OMPHOTO": "yours", "_reason": "sharper"}
    assert nurse.post(bedside.path, resolved).status_code == 303
    assert bedside.stored() == inputs["OMPHOTO"] != theirs
    assert bedside.kept() == {theirs, inputs["OMPHOTO"]}


def test_replacing_or_removing_a_photograph_asks_for_the_reason(bedside: Bedside) -> None:
    nurse = bedside.browser()
    bedside.save(nurse, OMPHOTO__file=chosen(jpeg()))
    first = bedside.stored()
    assert first is not None
    refused = bedside.save(nurse, OMPHOTO=first, OMPHOTO__file=chosen(png()))
    assert refused.status_code == 422
    assert "Give the reason for the change." in text_of(refused)
    again = sent_again(parsed(refused))
    assert bedside.save(nurse, **again, _reason="blurred").status_code == 303
    second = bedside.stored()
    assert second == again["OMPHOTO"] != first
    away = {"OMPHOTO": second, "OMPHOTO.remove": "y"}
    assert bedside.save(nurse, **away).status_code == 422
    assert bedside.stored() == second
    assert bedside.save(nurse, **away, _reason="shows an eye").status_code == 303
    assert bedside.stored() is None
    # The trail names both, and so both can still be looked at by those who read it.
    for name in (first, second):
        address = f"/subjects/{bedside.subject_id}/file/DA01/OM/1/OMPHOTO/1/{name}"
        assert nurse.get(address).status_code == 200


def test_saving_without_touching_the_photograph_leaves_it(bedside: Bedside) -> None:
    nurse = bedside.browser()
    bedside.save(nurse, OMPHOTO__file=chosen(jpeg()))
    name = bedside.stored()
    again = sent_again(nurse.page(bedside.path))
    again |= {"OMCOM": "no change"}
    answer = bedside.save(nurse, **again, OMPHOTO__file=chosen(b"", name=""))
    assert answer.status_code == 303
    assert bedside.stored() == name


BAD = {
    "an empty file": (b"", "file is empty", "文件为空"),
    "words": (b"not a picture", "not a JPEG or PNG", "不是JPEG或PNG"),
    "a script in an SVG": (b"<svg><script/></svg>", "not a JPEG or PNG", "不是JPEG或PNG"),
    "half a picture": (jpeg()[:300], "damaged or incomplete", "损坏或不完整"),
    "20,000 by 20,000": (png_header(20_000, 20_000), "million pixels", "万像素"),
    "too many bytes": (
        b"\xff\xd8\xff" + bytes(PHOTO.max_bytes), "larger than 10 MB", "超过10 MB"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_bad_file_is_refused_at_its_field_and_nothing_is_stored(
    bedside: Bedside, name: str, language: str
) -> None:
    data, *said = BAD[name]
    browser = bedside.browser(language=language)
    answer = bedside.save(browser, OMPHOTO__file=chosen(data), OMCOM="kept", OMPNRST="11")
    assert answer.status_code == 422
    page = parsed(answer)
    sentence = page.find(id="OMPHOTO-error")
    assert sentence is not None
    assert said[language == "zh"] in sentence.get_text()
    assert page.find(id="OMPNRST-error") is not None
    assert sent_again(page) == {"OMPHOTO": "", "OMCOM": "kept"}
    assert (bedside.kept(), bedside.version()) == (set(), 0)


def test_without_consent_to_photographs_none_is_kept(bedside: Bedside) -> None:
    bedside.consent_to_photographs("N")
    nurse = bedside.browser()
    field = nurse.page(bedside.path).find(id="field-OMPHOTO")
    assert field is not None
    assert field.has_attr("hidden")
    answer = bedside.save(nurse, OMPHOTO__file=chosen(jpeg()))
    assert answer.status_code == 422
    assert "[HIDDEN:OMPHOTO]" in text_of(answer)
    assert (bedside.kept(), bedside.version()) == (set(), 0)


def test_withdrawing_the_consent_takes_the_photographs_out_of_sight(bedside: Bedside) -> None:
    nurse = bedside.browser()
    bedside.save(nurse, OMPHOTO__file=chosen(jpeg()))
    address = f"/subjects/{bedside.subject_id}/file/DA01/OM/1/OMPHOTO/1/{bedside.stored()}"
    assert nurse.get(address).status_code == 200
    bedside.consent_to_photographs("N")
    assert nurse.get(address).status_code == 404


def test_a_file_for_an_item_that_takes_none_is_refused(bedside: Bedside) -> None:
    nurse = bedside.browser()
    for field in ("OMCOM", "OMCOM.file", "NOSUCH.file", "OMPHOTO", "OMPHOTO.2.file"):
        answer = bedside.save(nurse, **{field: chosen(jpeg())})
        assert answer.status_code == 422, field
        assert (bedside.kept(), bedside.version()) == (set(), 0)


@pytest.mark.parametrize("role", list(Role))
def test_only_who_reads_the_crf_sees_the_photograph(bedside: Bedside, role: Role) -> None:
    bedside.save(bedside.browser(), OMPHOTO__file=chosen(jpeg()))
    address = f"/subjects/{bedside.subject_id}/file/DA01/OM/1/OMPHOTO/1/{bedside.stored()}"
    expected = 200 if Permission.CRF_READ in GRANTS[role] else 403
    assert bedside.browser(role).get(address).status_code == expected
    assert bedside.doorstep.browser("anonymous").get(address).status_code == 302


def test_a_photograph_is_found_at_its_own_place_only(either: Bedside) -> None:
    nurse = either.browser()
    either.save(nurse, OMPHOTO__file=chosen(jpeg()))
    name = either.stored()
    subject, world = either.subject_id, either.doorstep.world
    for address in (
        f"/subjects/{world.subjects['msc']}/file/DA01/OM/1/OMPHOTO/1/{name}",
        f"/subjects/{world.elsewhere}/file/DA01/OM/1/OMPHOTO/1/{name}",
        f"/subjects/{subject}/file/BL/OM/1/OMPHOTO/1/{name}",
        f"/subjects/{subject}/file/DA01/OM/1/OMPHOTO/2/{name}",
        f"/subjects/{subject}/file/DA01/OM/1/OMCOM/1/{name}",
        f"/subjects/{subject}/file/DA01/NONE/1/OMPHOTO/1/{name}",
        f"/subjects/{subject}/file/DA01/OM/1/OMPHOTO/1/{'0' * 64}.jpg",
        f"/subjects/{subject}/file/DA01/OM/1/OMPHOTO/1/%25",
        f"/subjects/{subject}/file/DA01/OM/{2**40}/OMPHOTO/1/{name}",
    ):
        assert nurse.get(address).status_code == 404, address


def test_another_participant_s_photograph_cannot_be_claimed(either: Bedside) -> None:
    nurse = either.browser()
    either.save(nurse, OMPHOTO__file=chosen(jpeg()))
    name = either.stored()
    either.subject_id = either.doorstep.world.subjects["msc"]
    either.consent_to_photographs("Y")
    for claim in ({}, {"OMPHOTO.kept": "forged"}):
        answer = either.save(nurse, OMPHOTO=name, **claim)
        assert answer.status_code == 422
        assert "Choose a file again." in text_of(answer)
        assert either.version() == 0


def test_what_vouches_for_a_photograph_serves_nobody_else(bedside: Bedside) -> None:
    answer = bedside.save(bedside.browser(), OMPHOTO__file=chosen(jpeg()), OMPNRST="11")
    again = sent_again(parsed(answer))
    other = bedside.browser(Role.INVESTIGATOR)
    picture = parsed(answer).find("img", class_="crf-photo__picture")
    assert picture is not None
    assert other.get(picture["src"]).status_code == 404
    assert bedside.save(other, **again).status_code == 422
    assert bedside.stored() is None


def test_only_a_crf_that_takes_photographs_takes_a_large_request(bedside: Bedside) -> None:
    nurse = bedside.browser()
    large = chosen(bytes(MAX_REQUEST_BYTES))
    elsewhere = f"/subjects/{bedside.subject_id}/crf/SCR/DM/1"
    other = send(nurse, elsewhere, {"SUBJINIT.file": large})
    assert other.status_code == 413
    beyond = bedside.save(nurse, OMPHOTO__file=chosen(bytes(3 * PHOTO.max_bytes)))
    assert beyond.status_code == 413
    words = bedside.save(nurse, OMCOM="长" * (2 * MAX_REQUEST_BYTES // 3 + 1))
    assert words.status_code == 413
    assert (bedside.kept(), bedside.version()) == (set(), 0)


def test_a_form_without_a_file_is_sent_as_ever(bedside: Bedside) -> None:
    page = bedside.browser().page(f"/subjects/{bedside.subject_id}/crf/SCR/DM/1")
    form = page.find("form", id="crf-form")
    assert form is not None
    assert not form.has_attr("enctype")
