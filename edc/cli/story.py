"""``edc story``: run participant stories through the web layer of a fresh study."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from edc import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.stories.reader import Story
    from edc.stories.runner import StepResult


@click.group("story")
def group() -> None:
    """Participant stories."""


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the SQLite database here.")
@click.option("--database", help="Run on this empty database instead, such as a PostgreSQL one.")
def run(*, files: tuple[Path, ...], keep: Path | None, database: str | None) -> None:
    """Run each story in a fresh study; exit status 1 if an expectation does not hold."""
    from edc.stories.reader import StoryRefused, read_story

    if keep is not None and (database or len(files) > 1):
        raise click.UsageError("--keep takes one story, and no --database")
    if keep is not None and keep.exists():
        raise click.UsageError(f"{keep} exists; name a new file")
    failed: list[str] = []
    for file in files:
        try:
            story = read_story(file)
            failed += _run(story, keep=keep, database=database, is_last=file is files[-1])
        except StoryRefused as refusal:
            click.echo(f"edc: {refusal}", err=True)
            failed.append(str(refusal))
    if failed:
        click.echo(f"\n{len(failed)} not as expected:")
        for line in failed:
            click.echo(f"  {line}")
        raise click.exceptions.Exit(1)
    click.echo(f"\n{len(files)} {'story' if len(files) == 1 else 'stories'}, all as expected")


def _run(story: Story, *, keep: Path | None, database: str | None, is_last: bool) -> Iterator[str]:
    """Run one story, printing a line a step; yield what does not hold."""
    from edc.stories.runner import clear_database, is_empty, run_story

    click.echo(f"{story.code} {story.title}")
    with TemporaryDirectory(prefix="edc-story-") as folder:
        url = database or f"sqlite:///{(keep or Path(folder, 'story.db')).absolute()}"
        was_empty = is_empty(url)
        for result in run_story(story, database_url=url, report=_print):
            for failure in result.failures:
                yield f"{story.code} {result.step}: {failure}"
        if database and was_empty and not is_last:
            clear_database(url)


def _print(result: StepResult) -> None:
    moment = clock.local(result.at)
    step = result.step
    words = " ".join(filter(None, (step.by, step.subject)))
    verdict = "FAILED" if result.failures else "ok"
    click.echo(f"  {verdict:<7}{moment:%Y-%m-%d %H:%M}  {words:<14} {step}")
    for failure in result.failures:
        click.echo(f"         {failure}")
