"""The status with which the program ends, as a shell or a pipeline reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from edc import cli
from edc.settings import Settings


def no_settings() -> Settings:
    """Stand in for an installation: stories bring their own."""
    raise AssertionError("a story reads no settings")


@pytest.mark.parametrize(
    ("state", "status"), [("REGISTERED", 0), ("COMPLETED", 1)], ids=["holds", "does not hold"]
)
def test_the_program_ends_with_1_when_a_story_does_not_hold(
    state: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "T01.yaml"
    file.write_text(
        "story: T01\ntitle: Screening\nclock: 2024-03-04T08:00+08:00\n"
        "users: {nurse: research_nurse}\n"
        f"steps: [{{do: screen, as: nurse, subject: A, expect: {{state: {state}}}}}]\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("sys.argv", ["edc", "story", "run", str(file)])

    assert cli.run(no_settings) == status
