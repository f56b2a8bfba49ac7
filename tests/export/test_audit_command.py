"""`edc audit export` writes the trail to a file and says how much."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edc.cli.audit import group
from edc.services.unit_of_work import Database
from tests.factories import make_settings
from tests.support.small_trail import ARM_TELLING, make_small_trail
from tests.support.trail import opened


@pytest.fixture
def database(database_url: str) -> Database:
    with opened(database_url) as found:
        make_small_trail(found)
        return found


def run(url: str, *arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(group, ["export", *arguments], obj=lambda: make_settings(url))
    return found.exit_code, found.output


def test_the_whole_trail_is_written_masked(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    out = tmp_path / "trail.jsonl"
    code, said = run(database_url, "--format", "jsonl", "--out", str(out))
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (code, f"{len(lines)} entries" in said) == (0, True)
    assert ARM_TELLING not in out.read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.part"))


def test_an_unmasked_export_is_recorded_as_such(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    assert run(database_url, "--format", "jsonl", "--out", str(first), "--unmasked")[0] == 0
    assert ARM_TELLING in first.read_text(encoding="utf-8")
    assert run(database_url, "--format", "jsonl", "--out", str(second))[0] == 0
    record = json.loads(second.read_text(encoding="utf-8").splitlines()[-1])
    assert record["new_values"]["masked"] is False


@pytest.mark.parametrize(
    ("option", "value"),
    [("--participant", "01001"), ("--since", "2026-03-02"), ("--user", "wang"), ("--item", "TEMP")],
)
def test_a_part_of_the_trail_is_written(
    database: Database, database_url: str, tmp_path: Path, option: str, value: str
) -> None:
    part, whole = tmp_path / "part.csv", tmp_path / "whole.csv"
    assert run(database_url, "--format", "csv", "--out", str(part), option, value)[0] == 0
    assert run(database_url, "--format", "csv", "--out", str(whole))[0] == 0
    assert 1 < len(part.read_bytes().splitlines()) < len(whole.read_bytes().splitlines())


def test_a_day_that_is_none_is_refused(database_url: str, tmp_path: Path) -> None:
    out = tmp_path / "x.csv"
    code, said = run(database_url, "--format", "csv", "--out", str(out), "--since", "2026-02-30")
    assert code == 2
    assert "2026-02-30" in said
    assert not out.exists()
