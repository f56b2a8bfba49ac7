"""The comparison of designs: its tables, its place in the documentation, and its pictures."""

from __future__ import annotations

import csv
import io
import struct
from pathlib import Path

import pytest

from edc.protocol import DESIGN
from edc.randomization.comparison import Outcome, compare
from edc.reports import design_charts
from edc.reports.design_comparison import (
    BEGIN,
    END,
    NAMES,
    MarkersMissing,
    checks,
    page,
    placed,
    plan,
    table,
)

PLAN = plan(runs=30)
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return compare(PLAN, processes=1)


def test_every_design_stands_in_both_languages_and_in_the_csv(
    outcomes: dict[str, Outcome],
) -> None:
    english, chinese = (page(PLAN, outcomes, language=language) for language in ("en", "zh"))
    rows = list(csv.DictReader(io.StringIO(table(outcomes))))

    for name, label in NAMES.items():
        assert f"| {label.en} |" in english
        assert f"| {label.zh} |" in chinese
        assert len([row for row in rows if row["design"] == name]) == 5 + len(DESIGN.strata())
    assert "30 simulated trials" in english
    assert "模拟30次试验" in chinese


def test_every_closed_form_is_near_the_simulation(outcomes: dict[str, Outcome]) -> None:
    found = checks(PLAN, outcomes)

    # Four designs by stratum (guesses and six strata), the trial of two, the guesses of one.
    assert len(found) == 4 * 7 + 3
    assert {check.design for check in found} == set(NAMES) - {"minimisation"}
    assert max(check.errors_off for check in found) < 4


def test_the_documentation_holds_a_result_of_ten_thousand_runs_in_both_languages() -> None:
    for name, said in (("randomization.md", "10,000"), ("randomization.zh.md", "10,000")):
        text = (DOCS / name).read_text(encoding="utf-8")
        result = text.partition(BEGIN)[2].partition(END)[0]
        assert said in result
        assert placed(text, result=result.strip()) == text
        for picture in ("imbalance", "predictability"):
            assert f"img/design-{picture}-" in result


@pytest.mark.parametrize("text", ["", BEGIN, END, END + BEGIN, 2 * (BEGIN + END)])
def test_a_page_without_one_place_for_the_result_is_left_alone(text: str) -> None:
    with pytest.raises(MarkersMissing):
        placed(text, result="x")


def test_the_pictures_are_drawn_as_png_and_svg_in_both_languages(
    outcomes: dict[str, Outcome], tmp_path: Path
) -> None:
    written = design_charts.draw(outcomes, folder=tmp_path)

    assert len(written) == 8
    for path in written:
        if path.suffix == ".svg":
            language = "zh" if path.stem.endswith("zh") else "en"
            drawn = path.read_text(encoding="utf-8")
            assert all(label.text(language) in drawn for label in NAMES.values())
        else:
            width, height = struct.unpack(">II", path.read_bytes()[16:24])
            assert width > height > 400


def test_without_the_extra_the_refusal_says_what_to_install(
    outcomes: dict[str, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(design_charts, "import_module", absent)

    with pytest.raises(design_charts.ChartsMissing) as missing:
        design_charts.draw(outcomes, folder=tmp_path / "img")

    assert "edc[charts]" in missing.value.message.en
    assert "edc[charts]" in missing.value.message.zh
    assert not (tmp_path / "img").exists()
