"""The papers of a list: the same bytes each time, in both languages, and no block size."""

from __future__ import annotations

import re
import zlib
from datetime import date

import pytest

from edc.export.custody_papers import certificate, envelope_sheets, grouped
from edc.export.pdf import render
from edc.protocol import STUDY
from edc.randomization.lists import AllocationList, Purpose, generate
from tests.randomization.support import SEED, small_design

KEYS = {"installation": "6e12b6aa2f5541b7", "recovery": "0123456789abcdef"}


def made(purpose: Purpose = "production") -> AllocationList:
    return generate(small_design(), seed=SEED, purpose=purpose)


def certify(purpose: Purpose = "production") -> bytes:
    return certificate(
        made(purpose).commitment_document(), study=STUDY, design=small_design(),
        made_on=date(2026, 3, 1), keys=KEYS,
    )  # fmt: skip


def count_pages(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content + b"".join(_streams(content))))


def _streams(content: bytes) -> list[bytes]:
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return found


def test_the_certificate_is_one_page_and_the_same_bytes_each_time() -> None:
    first = certify()

    assert first.startswith(b"%PDF-")
    assert count_pages(first) == 1
    assert certify() == first
    assert certify("test") != first


def test_each_slot_has_its_sheet_after_one_that_says_how() -> None:
    allocation_list = made()
    wanted = allocation_list.slots_of("AUTO")[:3]

    first = envelope_sheets(allocation_list, study=STUDY, wanted=wanted)

    assert count_pages(first) == 1 + 3
    assert envelope_sheets(allocation_list, study=STUDY, wanted=wanted) == first


def test_a_paper_fetches_nothing_from_anywhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("print")
    (folder / "paper.html").write_text('<p>x<img src="file:///etc/hostname"></p>')
    (folder / "paper.css").write_text("p { background: url(http://127.0.0.1:9/x.png) }")
    monkeypatch.setattr("edc.export.pdf._TEMPLATES", folder)

    with_images = render("paper.html", style="paper.css")
    (folder / "paper.html").write_text("<p>x</p>")
    (folder / "paper.css").write_text("p {}")

    assert b"/Image" not in with_images
    assert count_pages(with_images) == count_pages(render("paper.html", style="paper.css"))


def test_digits_are_told_in_groups_of_four() -> None:
    assert grouped("0123456789") == ["0123", "4567", "89"]
