"""``edc randomization minimisation``: refused while blocks are in use, and begun by two people."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from edc import protocol
from edc.cli import edc
from edc.permissions import Role
from edc.randomization.minimisation import commitment
from tests.factories import PASSWORD, create_user, make_settings, open_database
from tests.randomization.support import SEED


@pytest.fixture
def url(sqlite_url: str) -> str:
    database = open_database(sqlite_url)
    create_user(database, role=Role.STATISTICIAN, username="statistician")
    create_user(database, role=Role.DATA_MANAGER, username="manager")
    database.engine.dispose()
    return sqlite_url


def run(url: str, *words: str, typed: str = "") -> Result:
    command = ["randomization", "minimisation", *words]
    return CliRunner().invoke(edc, command, input=typed, obj=lambda: make_settings(url))


def begin(url: str, *, second: str = "manager") -> Result:
    return run(
        url, "begin", "--statistician", "statistician", "--second", second, "--seed",
        typed=f"{SEED}\n{PASSWORD}\n{PASSWORD}\n",
    )  # fmt: skip


def test_while_the_study_declares_blocks_nothing_is_begun(url: str) -> None:
    result = begin(url)

    assert result.exit_code == 1
    assert "stratified blocks" in result.output
    assert run(url, "replay").exit_code == 1


def test_two_people_begin_what_the_study_declares(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "RANDOMISATION", protocol.MINIMISATION)
    assert begin(url, second="statistician").exit_code != 0

    result = begin(url)

    assert result.exit_code == 0, result.output
    assert commitment(protocol.MINIMISATION, seed=SEED, purpose="test") in result.output
    assert SEED not in result.output
    replayed = run(url, "replay")
    assert replayed.exit_code == 0
    assert "draws       0" in replayed.output
