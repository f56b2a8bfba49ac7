"""`edc randomization verify`: what a sceptic with a terminal and an own copy is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from edc.cli import edc
from edc.models import Slot
from edc.protocol import DESIGN
from edc.randomization.lists import generate
from edc.services.unit_of_work import Database
from tests.factories import make_settings
from tests.randomization.support import OTHER_SEED, SEED
from tests.services.allocation_support import KEY, add_subjects, load, open_database, request


class Check:
    """Runs the command on an installation with three allocations."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.database: Database = open_database(url)
        load(self.database, design=DESIGN)
        for subject in add_subjects(self.database, 3):
            request(self.database, subject, design=DESIGN)

    def run(self, *words: str, key: bytes = KEY.secret) -> Result:
        settings = make_settings(self.url, allocation_key=encoded(key))
        return CliRunner().invoke(edc, ["randomization", "verify", *words], obj=lambda: settings)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def encoded(secret: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(secret).decode()


@pytest.fixture
def check(sqlite_url: str, tmp_path: Path) -> Iterator[Check]:
    made = Check(sqlite_url, tmp_path)
    yield made
    made.database.engine.dispose()


def test_all_allocations_are_checked_against_the_copy_that_was_kept(check: Check) -> None:
    made = generate(DESIGN, seed=SEED, purpose="test")
    kept = check.file("kept.json", json.dumps(made.commitment_document()))
    clear = check.file("list.json", made.write())
    done = check.run("--commitment", kept, "--opened", clear)
    assert done.exit_code == 0, done.output
    assert "Everything that was checked holds · 所核查内容全部一致" in done.output
    assert "was used" not in done.output
    assert not [arm.code for arm in DESIGN.arms if arm.code in done.output]


def test_one_allocation_is_checked_by_either_number(check: Check) -> None:
    with check.database.reading() as session:
        slot = session.scalars(select(Slot).where(Slot.randomisation_number == "R002")).one()
        assert slot.subject is not None
        number = slot.subject.number
    for which in ("r002 ", number):
        done = check.run(which)
        assert done.exit_code == 0, done.output
        assert "give the copy that you kept with --commitment" in done.output
        assert "nothing      0  Numbers and slots in order" in done.output


def test_another_list_s_commitment_is_not_the_one_followed(check: Check) -> None:
    other = generate(DESIGN, seed=OTHER_SEED, purpose="test").commitment_document()
    done = check.run("--commitment", check.file("other.json", json.dumps(other)))
    assert done.exit_code == 1
    assert "root is not what you hold" in done.output


def test_a_file_that_is_no_commitment_is_named_and_no_fault(check: Check) -> None:
    for text in ("", "{", "[]", "{}", "null", '"x"'):
        done = check.run("--commitment", check.file("none.json", text))
        assert done.exit_code == 1, text
        assert "commitment" in done.output
        assert "FAILED" in done.output


def test_without_the_key_all_but_the_seals_is_checked(check: Check) -> None:
    done = check.run(key=bytes(32))
    assert done.exit_code == 1
    assert done.output.count("FAILED") == 1
    assert "the key here is not the one of the list" in done.output
    assert "Problems: 1. Do not rely on this" in done.output


def test_a_number_that_nobody_has_is_said_in_both_languages(check: Check) -> None:
    done = check.run("R099")
    assert done.exit_code == 1
    assert "No allocation belongs to R099 · 未找到R099的随机分配" in done.output


def test_without_a_list_there_is_nothing_to_rely_on(sqlite_url: str) -> None:
    settings = make_settings(sqlite_url)
    done = CliRunner().invoke(edc, ["randomization", "verify"], obj=lambda: settings)
    assert done.exit_code == 1
    assert "No list is loaded · 未载入随机列表" in done.output
