"""How many allocations one process gives in a second, on each database.

An allocation is ``edc.services.randomize.allocate`` in a unit of work of its own, committed:
the lock, the lowest free slot, the number and the trail. Participants and list are prepared first.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc import clock
from edc.models import Site, Subject
from edc.models.session import create_engine_for
from edc.protocol import DESIGN
from edc.randomization.design import Design
from edc.randomization.generator import new_seed
from edc.randomization.lists import generate
from edc.randomization.sealing import SealingKey, new_key
from edc.services.allocation_lists import load_list
from edc.services.randomize import allocate
from edc.services.unit_of_work import Database, system_actor

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET_A_SECOND = 200
REQUESTS = 600
_WARMING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationSpeed:
    """What was measured; times are of one allocation, in milliseconds."""

    requests: int
    a_second: float
    median_ms: float
    slowest_ms: float


def measure(url: str, *, requests: int = REQUESTS) -> AllocationSpeed:
    """Give *requests* allocations one after another on the empty, migrated database at *url*."""
    database = Database(create_engine_for(url))
    count = requests + _WARMING
    design = Design(
        study=DESIGN.study,
        arms=DESIGN.arms,
        ratio=DESIGN.ratio,
        factors=DESIGN.factors,
        block_sizes=DESIGN.block_sizes,
        slots_per_stratum=count,
        target=count,
    )
    key = SealingKey.from_text(new_key())
    subjects = _prepare(database, design=design, key=key, count=count)
    strata = [stratum.key for stratum in design.strata()]
    times = []
    for place, subject_id in enumerate(subjects):
        begin = time.perf_counter()
        with database.unit_of_work(system_actor("bench"), "subject.randomise") as uow:
            allocate(
                uow,
                subject_id=subject_id,
                stratum=strata[place % len(strata)],
                design=design,
                key=key,
                target=count,
                purpose="test",
            )
        times.append(time.perf_counter() - begin)
    database.engine.dispose()
    return _summary(times[_WARMING:])


def _prepare(database: Database, *, design: Design, key: SealingKey, count: int) -> list[int]:
    text = generate(design, seed=new_seed(), purpose="test").write()
    with database.unit_of_work(system_actor("bench"), "randomisation.load") as uow:
        load_list(uow, text, design=design, key=key, purpose="test", brought_by="statistician")
    with database.unit_of_work(system_actor("bench"), "subject.register") as uow:
        site = Site(code="01", name_en="Hospital", name_zh="医院")
        uow.session.add(site)
        uow.session.flush()
        subjects = [
            Subject(
                site_id=site.id,
                screening_number=f"S01-{number:04d}",
                registered_at=clock.now(),
                state="ELIGIBLE",
                state_since=clock.now(),
            )
            for number in range(1, count + 1)
        ]
        uow.session.add_all(subjects)
        uow.session.flush()
        return [subject.id for subject in subjects]


def _summary(times: Sequence[float]) -> AllocationSpeed:
    return AllocationSpeed(
        requests=len(times),
        a_second=len(times) / sum(times),
        median_ms=statistics.median(times) * 1000,
        slowest_ms=max(times) * 1000,
    )
