"""Running a story: a fresh study, then step by step to the end."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc import clock
from edc.models import Site
from edc.models.migrations import current, downgrade, upgrade
from edc.models.session import create_engine_for
from edc.services.unit_of_work import Database
from edc.stories.browser import BrowserStuck
from edc.stories.expectations import judge
from edc.stories.failures import Failure
from edc.stories.setting import application, refuse_used, set_up
from edc.stories.steps import perform
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from edc.stories.reader import Step, Story
    from edc.stories.world import World

_BEFORE = timedelta(days=1)  # people and registers are there before the story begins


@dataclass(slots=True, kw_only=True)
class StepResult:
    """A step that was carried out, and which of its expectations do not hold."""

    step: Step
    at: datetime
    failures: list[Failure] = field(default_factory=list)


def run_story(
    story: Story, *, database_url: str, report: Callable[[StepResult], None] | None = None
) -> list[StepResult]:
    """Run *story* on the empty database at *database_url*, through the web layer.

    :param report: called after each step.
    :raises StoryRefused: when the database is not empty, or the story cannot be set up.
    """
    upgrade(database_url)
    now = story.starts - _BEFORE
    with TemporaryDirectory(prefix="edc-story-") as folder:
        app = application(database_url, instance=Path(folder))
        database: Database = app.extensions["edc_database"]
        try:
            refuse_used(database)
            results: list[StepResult] = []
            with _told_time(now) as tell:
                world = set_up(story, app, database)
                tell(story.starts)
                for step in story.steps:
                    world.now = step.at or world.now
                    tell(world.now)
                    result = StepResult(step=step, at=world.now, failures=_run_step(world, step))
                    results.append(result)
                    if report is not None:
                        report(result)
            return results
        finally:
            database.engine.dispose()


def clear_database(database_url: str) -> None:
    """Take down the tables of a story that was run on this database, for the next one."""
    downgrade(database_url)


def is_empty(database_url: str) -> bool:
    """Tell whether the database holds no study."""
    engine = create_engine_for(database_url)
    try:
        if current(engine) is None:
            return True
        with Database(engine).reading() as session:
            return not session.scalar(select(func.count()).select_from(Site))
    finally:
        engine.dispose()


def _run_step(world: World, step: Step) -> list[Failure]:
    try:
        return judge(world, perform(world, step))
    except (StepRefused, BrowserStuck) as refusal:
        return [Failure(what="step", expected="to be carried out", found=str(refusal))]


@contextmanager
def _told_time(now: datetime) -> Iterator[Callable[[datetime], None]]:
    told = now

    def tell(moment: datetime) -> None:
        nonlocal told
        told = moment

    with clock.replaced(lambda: told):
        yield tell
