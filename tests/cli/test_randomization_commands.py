"""``edc randomization``: what a statistician and an administrator do at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edc.cli import edc
from edc.errors import EdcError
from edc.randomization.lists import generate
from tests.factories import make_settings
from tests.randomization.support import SEED


class Terminal:
    """Runs commands of one installation, as its terminal would."""

    def __init__(self, database_url: str, **changes: object) -> None:
        self.settings = make_settings(database_url, **changes)

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(edc, ["randomization", *words], obj=lambda: self.settings)


@pytest.fixture
def terminal(sqlite_url: str) -> Terminal:
    return Terminal(sqlite_url)


def made(terminal: Terminal, folder: Path, *, purpose: str = "test") -> Path:
    out = folder / f"{purpose}.json"
    result = terminal.run("generate", "--seed", SEED, "--purpose", purpose, "--out", str(out))
    assert result.exit_code == 0, result.output
    return out


def test_a_seed_gives_the_same_list_as_the_library(terminal: Terminal, tmp_path: Path) -> None:
    from edc.protocol import DESIGN

    out = made(terminal, tmp_path)
    expected = generate(DESIGN, seed=SEED, purpose="test")
    assert out.read_text() == expected.write()
    assert out.stat().st_mode & 0o077 == 0


def test_making_a_list_prints_checksum_and_commitment_but_no_arm(
    terminal: Terminal, tmp_path: Path
) -> None:
    from edc.protocol import DESIGN

    result = terminal.run("generate", "--purpose", "test", "--out", str(tmp_path / "list.json"))
    text = (tmp_path / "list.json").read_text()
    assert json.loads(text)["root"] in result.output
    assert not [arm.code for arm in DESIGN.arms if arm.code in result.output]
    seed = next(line.split()[1] for line in result.output.splitlines() if "seed" in line)
    assert seed not in text
    assert generate(DESIGN, seed=seed, purpose="test").sha256() in result.output


def test_a_list_is_never_written_over_another_file(terminal: Terminal, tmp_path: Path) -> None:
    out = made(terminal, tmp_path)
    before = out.read_bytes()
    again = terminal.run("generate", "--purpose", "test", "--out", str(out))
    assert again.exit_code != 0
    assert out.read_bytes() == before


def test_a_list_is_loaded_and_its_use_shown(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.run("status").exit_code == 1
    out = made(terminal, tmp_path)
    loaded = terminal.run("load", str(out))
    assert loaded.exit_code == 0, loaded.output
    status = terminal.run("status")
    assert status.exit_code == 0
    assert "randomised 0 of 120" in status.output
    assert "ORAL/ALLO" in status.output


def test_a_wrong_checksum_loads_nothing(terminal: Terminal, tmp_path: Path) -> None:
    out = made(terminal, tmp_path)
    refused = terminal.run("load", str(out), "--sha256", "0" * 64)
    assert refused.exit_code != 0
    assert "Nothing was loaded" in refused.output
    assert terminal.run("status").exit_code == 1


def test_the_production_list_is_refused_outside_production(
    terminal: Terminal, tmp_path: Path
) -> None:
    out = made(terminal, tmp_path, purpose="production")
    refused = terminal.run("load", str(out))
    assert isinstance(refused.exception, EdcError)
    assert refused.exception.rule == "LIST-PURPOSE"
    assert terminal.run("status").exit_code == 1


def test_a_key_that_does_not_fit_the_list_is_reported(
    terminal: Terminal, sqlite_url: str, tmp_path: Path
) -> None:
    from edc.randomization.sealing import new_key

    terminal.run("load", str(made(terminal, tmp_path)))
    other = Terminal(sqlite_url, allocation_key=new_key())
    result = other.run("status")
    assert result.exit_code == 1
    assert "not the key" in result.output
