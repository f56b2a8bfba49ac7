"""``edc study``: check the definition of the trial, and print its data dictionary."""

from __future__ import annotations

import json

import click

from edc.study.check_table import check_table
from edc.study.codebook import codebook
from edc.study.study import StudyInvalidError


@click.group("study")
def group() -> None:
    """Check and print the definition of the trial."""


@group.command()
def check() -> None:
    """Explain every mistake in the definition by file and item."""
    try:
        from edc.protocol import STUDY
    except StudyInvalidError as error:
        for problem in error.problems:
            click.echo(str(problem))
        raise click.exceptions.Exit(1) from error
    items = sum(len(crf.items) for crf in STUDY.all_crfs)
    checks = sum(len(crf.checks) for crf in STUDY.all_crfs)
    click.echo(
        f"{STUDY.code}: {len(STUDY.all_crfs)} CRFs, {items} items, {len(STUDY.codelists)} code "
        f"lists, {checks} checks, {len(STUDY.schedule.visits)} visits; no mistake found"
    )


@group.command("checks")
def print_checks() -> None:
    """Print every edit check as a Markdown table in both languages."""
    from edc.protocol import STUDY

    click.echo(check_table(STUDY), nl=False)


@group.command("codebook")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def print_codebook(*, as_json: bool) -> None:
    """Print the data dictionary."""
    from edc.protocol import STUDY

    book = codebook(STUDY)
    if as_json:
        click.echo(json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True))
        return
    for crf in book["crfs"]:
        click.echo(f"\n{crf['code']}  {crf['label']['en']} · {crf['label']['zh']}")
        for section in crf["sections"]:
            for item in section["items"]:
                click.echo(
                    f"  {item['code']:<10}{item['kind']:<13}{item['label']['en']}"
                    f" · {item['label']['zh']}"
                )
