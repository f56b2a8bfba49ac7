"""What one save costs behind a year of data: statements and milliseconds, in this process.

The casebook is that of the acceptance story P01: screening to month 12, with every dose, panel and
assessment of a participant who heals on day 9.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, select

from edc import clock
from edc.models import Subject
from edc.models.session import create_engine_for
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database
from edc.stories.reader import read_story
from edc.stories.runner import run_story

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.report import Report
    from edc.services.casebooks import Place

STORY = Path(__file__).parents[1] / "tests" / "stories" / "P01.yaml"
ROUNDS = 15
# What is changed back and forth: one item of a daily assessment, one result of a panel.
SAVES: Mapping[str, tuple[Place, str, tuple[str, str]]] = {
    "OM": (("DA05", "OM", 1), "OMPNSWL", ("4", "5")),
    "LB, chemistry": (("V7", "LB", 2), "CRP", ("7", "8")),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a save took: the most statements of all rounds, and their median time."""

    statements: int
    milliseconds: float


def run(report: Report, kind: str, url: str) -> None:
    """Play the story on the empty database at *url*, then correct its CRFs again and again."""
    story = read_story(STORY)
    for result in run_story(story, database_url=url):
        if result.failures:
            message = f"{result.step}: {result.failures[0]}"
            raise RuntimeError(message)
    ended = next(step.at for step in reversed(story.steps) if step.at is not None)
    database = Database(create_engine_for(url))
    with database.reading() as session:
        subject_id = session.scalars(select(Subject.id)).one()
    with clock.replaced(lambda: ended + timedelta(hours=1)):
        for name, (place, item, values) in SAVES.items():
            cost, size = measure(database, subject_id, place=place, item=item, values=values)
            report.add(
                kind,
                f"save of {name}, behind {size} CRFs",
                value=f"{cost.statements} statements, {cost.milliseconds:.1f} ms",
            )
    database.engine.dispose()


def measure(
    database: Database, subject_id: int, *, place: Place, item: str, values: tuple[str, str]
) -> tuple[Cost, int]:
    """Save one changed item in each round; return the cost and the number of CRFs beside it."""
    sent: list[str] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: sent.append(statement),
    )
    counts, times, size = [], [], 0
    for _, value in zip(range(ROUNDS), cycle(values), strict=False):
        with database.reading() as session:
            versions = open_casebook(session, subject_id).versions
        size = len(versions)
        sent.clear()
        start = time.perf_counter()
        _save(database, subject_id, place=place, item=item, value=value, version=versions[place])
        times.append(time.perf_counter() - start)
        counts.append(len(sent))
    return Cost(max(counts), statistics.median(times) * 1000), size


def _save(
    database: Database, subject_id: int, *, place: Place, item: str, value: str, version: int
) -> None:
    actor = Actor(username="bench", role=Role.RESEARCH_NURSE, full_name="Bench")
    visit, form, row = place
    with database.unit_of_work(actor, "crf.save", reason="measured") as uow:
        save_crf(
            uow,
            subject_id=subject_id,
            visit=visit,
            form=form,
            row=row,
            submission=Submission(typed={(item, 1): value}, version=version, reason="measured"),
        )
