"""``edc night``, as a scheduler starts it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from edc.cli import edc
from edc.services import rules
from tests.factories import make_settings


def night(url: str, *words: str) -> Result:
    return CliRunner().invoke(edc, ["night", *words], obj=lambda: make_settings(url))


def test_the_night_says_in_both_languages_what_it_did(any_world_url: str) -> None:
    answer = night(any_world_url)
    assert answer.exit_code == 0
    assert "9 participants in " in answer.output
    assert "9例受试者" in answer.output


def test_a_quiet_night_says_nothing(world_url: str) -> None:
    answer = night(world_url, "--quiet")
    assert (answer.exit_code, answer.output) == (0, "")


def test_a_night_that_failed_for_somebody_says_for_whom_and_ends_with_status_one(
    world_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "13800001234"
        raise ValueError(message)

    monkeypatch.setattr(rules, "all_findings", broken)
    answer = night(world_url, "--quiet")

    assert answer.exit_code == 1
    assert answer.output.count("ValueError (test_night_command.py:") == 9
    assert "13800001234" not in answer.output
