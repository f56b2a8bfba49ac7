"""``edc randomization simulate``: tables always, pictures where the drawing program is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edc.cli import edc
from edc.errors import EdcError
from edc.reports import design_charts
from edc.reports.design_comparison import BEGIN, END, MarkersMissing
from tests.factories import make_settings

PAGES = ("randomization.md", "randomization.zh.md")


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(design_charts, "import_module", absent)


def run(*words: str) -> Result:
    command = ["randomization", "simulate", "--runs", "2", "--processes", "1", *words]
    # No database is needed, and none is there.
    return CliRunner().invoke(edc, command, obj=lambda: make_settings("sqlite:////nowhere/x.db"))


def test_the_table_is_shown_when_no_folder_is_named() -> None:
    result = run()

    assert result.exit_code == 0, result.output
    assert "| Blocks of 4 and 6 (chosen) |" in result.output
    assert "2 simulated trials" in result.output


def test_tables_are_written_although_nothing_can_be_drawn(tmp_path: Path) -> None:
    result = run("--out", str(tmp_path / "new"))

    assert result.exit_code == 0, result.output
    assert "edc[charts]" in result.stderr
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "design-comparison-en.md",
        "design-comparison-zh.md",
        "design-comparison.csv",
    ]


def test_the_documentation_is_brought_up_to_date_between_its_markers(tmp_path: Path) -> None:
    for name in PAGES:
        (tmp_path / name).write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")

    assert run("--docs", str(tmp_path)).exit_code == 0
    first = [(tmp_path / name).read_text(encoding="utf-8") for name in PAGES]
    assert run("--docs", str(tmp_path)).exit_code == 0

    for name, text in zip(PAGES, first, strict=True):
        assert text.startswith(f"before\n{BEGIN}\n\n")
        assert text.endswith(f"\n\n{END}\nafter\n")
        assert "old" not in text
        assert (tmp_path / name).read_text(encoding="utf-8") == text


def test_a_page_without_markers_is_refused_before_anything_is_simulated(tmp_path: Path) -> None:
    (tmp_path / PAGES[0]).write_text(f"{BEGIN}{END}", encoding="utf-8")
    (tmp_path / PAGES[1]).write_text("no place", encoding="utf-8")

    result = run("--docs", str(tmp_path))

    assert isinstance(result.exception, MarkersMissing)
    assert (tmp_path / PAGES[0]).read_text(encoding="utf-8") == f"{BEGIN}{END}"


def test_a_short_seed_and_no_runs_are_refused() -> None:
    assert isinstance(run("--seed", "abc").exception, EdcError)
    assert run("--runs", "0").exit_code == 2
