"""``python -m bench.race``: race at the service and over HTTP on both databases, and count."""

from __future__ import annotations

import argparse
import random
import sys
from typing import TYPE_CHECKING, Any

from bench.race import services, web
from bench.race.counts import count
from bench.report import machine, progress
from bench.rounds import DATABASES, fresh_databases
from edc.models.session import create_engine_for
from edc.services.unit_of_work import Database
from tests.support.databases import migrate

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.race.counts import Race

REQUESTS = 20_000
SHARE_OVER_HTTP = 0.3
RACES: dict[str, Callable[..., Race]] = {"service": services.run, "HTTP": web.run}
_HEAD = (
    "database", "where", "requests", "allocations", "kills", "lost with a worker", "a second",
    "median ms", "p95 ms",
)  # fmt: skip


def main() -> int:
    """Run the races asked for and print both tables; 1 when anything is not 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.race", description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="on all databases together")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--only", choices=tuple(RACES), help="one of the two races")
    parser.add_argument("--seed", type=int, default=None, help="of the moments of the kills")
    chosen = parser.parse_args()
    databases = DATABASES if chosen.database == "both" else (chosen.database,)
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    found: dict[str, int] = {}
    print("| " + " | ".join(_HEAD) + " |\n|" + " --- |" * len(_HEAD))
    for kind in databases:
        for name in (chosen.only,) if chosen.only else RACES:
            share = 1.0
            if not chosen.only:
                share = SHARE_OVER_HTTP if name == "HTTP" else 1 - SHARE_OVER_HTTP
            requests = int(chosen.requests * share / len(databases))
            counted = _race(kind, name, requests=requests, chance=random.Random(seed))  # noqa: S311 - moments of kills
            for what, number in counted.items():
                found[what] = found.get(what, 0) + number
    print("\n| counted afterwards | |\n| --- | --- |")
    for what, number in found.items():
        print(f"| {what} | {number} |")
    print(f"\nseed {seed}; {machine()}")
    return int(any(found.values()))


def _race(kind: str, name: str, **options: Any) -> dict[str, int]:  # noqa: ANN401 - as run takes them
    """Run one race on a fresh database, print its row, and return what must be 0."""
    progress(f"{kind}, {name}: {options['requests']:,} requests")
    with fresh_databases(kind) as databases:
        url = databases("race")
        migrate(url)
        race = RACES[name](url, **options)
        database = Database(create_engine_for(url))
        with database.reading() as session:
            counted = count(session, race, is_whole=name == "HTTP")
        database.engine.dispose()
    median, high = race.latency()
    row = (
        kind, name, f"{race.requests:,}", f"{len(race.asked):,}", f"{race.kills:,}",
        f"{race.lost:,}", f"{race.requests / race.seconds:.0f}", f"{median:.0f}", f"{high:.0f}",
    )  # fmt: skip
    print("| " + " | ".join(row) + " |", flush=True)
    for words in race.refused[:5]:
        progress(f"  refused: {words}")
    return counted


if __name__ == "__main__":
    sys.exit(main())
