"""``edc randomization simulate``: compare designs for this trial by simulated trials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edc.label import Language

PAGES: dict[Language, str] = {"en": "randomization.md", "zh": "randomization.zh.md"}


@click.command()
@click.option("--runs", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--seed", help="Hexadecimal, at least 256 bits; the documented one when not given.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for the tables (Markdown, CSV) and pictures (PNG, SVG).",
)
@click.option(
    "--docs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The documentation's folder, whose pages are brought up to date.",
)
@click.option("--processes", type=click.IntRange(min=1), help="All processors when not given.")
def simulate(
    *, runs: int, seed: str | None, out: Path | None, docs: Path | None, processes: int | None
) -> None:
    """Compare the chosen design with others: imbalance, and how often a guess is right."""
    from edc.randomization.comparison import compare
    from edc.reports import design_charts, design_comparison

    planned = design_comparison.plan(runs=runs, seed=seed or design_comparison.SEED)
    pages = {} if docs is None else {language: docs / name for language, name in PAGES.items()}
    texts = {language: path.read_text(encoding="utf-8") for language, path in pages.items()}
    for text in texts.values():
        design_comparison.placed(text, result="")  # refused now, and not after the long part
    with click.progressbar(length=runs, label="simulated trials") as bar:
        outcomes = compare(planned, processes=processes, done=bar.update)
    results = {
        language: design_comparison.page(planned, outcomes, language=language) for language in PAGES
    }
    if docs is None and out is None:
        click.echo(results["en"])
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        _write(out / "design-comparison.csv", text=design_comparison.table(outcomes))
        for language, result in results.items():
            _write(out / f"design-comparison-{language}.md", text=f"{result}\n")
    for language, path in pages.items():
        _write(path, text=design_comparison.placed(texts[language], result=results[language]))
    try:
        for folder in filter(None, (out, docs)):
            for path in design_charts.draw(outcomes, folder=folder / "img"):
                click.echo(f"written to  {path}")
    except design_charts.ChartsMissing as missing:
        click.echo(f"{missing.message.en}\n{missing.message.zh}", err=True)


def _write(path: Path, *, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"written to  {path}")
