"""The measurements: each round lets both programs work in turn, and compares them pair by pair."""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench import allocations, audit_export, bare, clones, full_casebook, statements
from bench.browsers import Browsers, Measured, Plan
from bench.report import Report, Target, progress
from bench.servers import Server, serving
from bench.study import SAVED_AT, Study, fill
from tests.factories import PASSWORD
from tests.support.databases import migrate
from tests.support.postgres import DURABLE_SETTINGS, PostgresServer, start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATABASES = ("postgresql", "sqlite")
PARTS = (
    "saves", "pages", "growth", "statements", "casebook", "allocations", "export", "memory",
)  # fmt: skip
CLIENTS = 8
SMALL, LARGE = 120, 10_000

QUARTER = Target(0.25, at_least=True)
GROWTH = Target(1.3, at_least=False, unit=" ×")
MEMORY = Target(250, at_least=False, unit=" MB")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a run measures."""

    rounds: int
    seconds: float
    large: int
    exported: tuple[int, ...]


STEADY = Pace(rounds=5, seconds=2.5, large=LARGE, exported=(10_000, 100_000, 1_000_000))
QUICK = Pace(rounds=3, seconds=1.5, large=1_500, exported=(10_000, 100_000))


def run(report: Report, kind: str, *, only: tuple[str, ...], quick: bool) -> None:
    """Measure on one kind of database."""
    pace = QUICK if quick else STEADY
    with fresh_databases(kind) as databases:
        if {"saves", "pages", "growth", "statements", "memory"} & set(only):
            _run_servers(report, kind, databases, only=only, pace=pace)
        if "casebook" in only:
            full_casebook.run(report, kind, databases("casebook"))
        if "allocations" in only:
            measure_allocations(report, kind, databases)
        if "export" in only:
            measure_export(report, kind, databases("export"), pace=pace)


def measure_allocations(report: Report, kind: str, databases: Callable[[str], str]) -> None:
    """Give allocations one after another on one process."""
    url = databases("allocations")
    migrate(url)
    speed = allocations.measure(url)
    report.add(
        kind,
        "allocations on one process",
        value=f"{speed.a_second:.0f}/s ({speed.median_ms:.1f} ms)",
        target=Target(allocations.TARGET_A_SECOND, at_least=True, unit="/s"),
        judged=speed.a_second,
    )


def measure_export(report: Report, kind: str, url: str, *, pace: Pace) -> None:
    """Export the trail as CSV at growing sizes."""
    for found in audit_export.measure_all(url, sizes=list(pace.exported), formats=["csv"]):
        report.add(
            kind,
            f"export of {found.rows:,} entries as CSV",
            value=f"{found.rate:,.0f} rows/s",
            target=Target(audit_export.TARGET_ROWS, at_least=True, unit=" rows/s"),
            judged=found.rate,
        )
        report.add(
            kind,
            "memory of that export above idle",
            value=f"{found.megabytes:.1f} MB",
            target=Target(audit_export.TARGET_MEGABYTES, at_least=False, unit=" MB"),
            judged=found.megabytes,
        )


def _run_servers(
    report: Report,
    kind: str,
    databases: Callable[[str], str],
    *,
    only: tuple[str, ...],
    pace: Pace,
) -> None:
    progress(f"{kind}: entering participants")
    url, bare_url = databases("study"), databases("bare")
    migrate(url)
    study = fill(url, clients=CLIENTS, ready=0)
    clones.grow(url, study, to=SMALL)
    bare.prepare(bare_url)
    if "statements" in only:
        crf = _crf(study.full[0])
        pages = _paths(study)
        statements.run(report, kind, url, username=study.users[0], crf=crf, pages=pages)
    with ExitStack() as stack:
        ours = stack.enter_context(serving("config:wsgi()", url))
        theirs = stack.enter_context(serving("bench.bare:wsgi()", bare_url))
        browsers = stack.enter_context(_open(_plan(ours, study)))
        strangers = stack.enter_context(_open(_bare_plan(theirs)))
        if "saves" in only:
            for clients in (1, CLIENTS):
                measure_saves(report, kind, browsers, strangers, clients=clients, pace=pace)
        if "pages" in only:
            measure_pages(report, kind, browsers, strangers, study, pace=pace)
        if "memory" in only:
            report.add(
                kind, "largest worker", value=f"{ours.worker_megabytes():.0f} MB",
                target=MEMORY, judged=ours.worker_megabytes(),
            )  # fmt: skip
    if "growth" in only:
        measure_growth(report, kind, databases, url, study, pace=pace)


def _crf(subject_id: int) -> str:
    """Return the address of the CRF that is saved."""
    visit, form, row = SAVED_AT
    return f"/subjects/{subject_id}/crf/{visit}/{form}/{row}"


def _plan(server: Server, study: Study) -> Plan:
    return Plan(
        port=server.port,
        people=tuple(study.users),
        password=PASSWORD,
        crfs=tuple(_crf(one) for one in study.full),
    )


def _bare_plan(server: Server) -> Plan:
    return Plan(port=server.port, people=(), password="", crfs=("",) * CLIENTS)


@contextmanager
def _open(plan: Plan) -> Iterator[Browsers]:
    browsers = Browsers(plan)
    try:
        yield browsers
    finally:
        browsers.close()


def measure_saves(
    report: Report, kind: str, ours: Browsers, theirs: Browsers, *, clients: int, pace: Pace
) -> None:
    """Compare saves of ten changed items with the bare application's, pair by pair."""
    pairs = _pairs(ours, theirs, ("save", "save"), clients=clients, pace=pace)
    ratio = statistics.median(own.per_second / bare.per_second for own, bare in pairs)
    own, bare = _medians(pairs)
    report.add(
        kind,
        f"saves of ten items, {clients} client{'s' if clients > 1 else ''}",
        value=f"{own.per_second:.0f}/s ({own.median_ms:.1f} ms); bare {bare.per_second:.0f}/s; "
        f"ratio {ratio:.2f}",
        target=QUARTER if clients == CLIENTS else None,
        judged=ratio,
    )


def _paths(study: Study) -> dict[str, str]:
    first = study.full[0]
    return {
        "CRF page": _crf(first),
        "casebook": f"/subjects/{first}",
        "participant list": "/subjects",
        "enrolment": "/enrolment",
    }


def measure_pages(
    report: Report, kind: str, ours: Browsers, theirs: Browsers, study: Study, *, pace: Pace
) -> None:
    """Compare each page with the bare application's page of 200 rows."""
    for name, path in _paths(study).items():
        for clients in (1, CLIENTS):
            pairs = _pairs(ours, theirs, (path, "/page"), clients=clients, pace=pace)
            ratio = statistics.median(own.per_second / bare.per_second for own, bare in pairs)
            own, bare = _medians(pairs)
            report.add(
                kind,
                f"{name}, {clients} client{'s' if clients > 1 else ''}",
                value=f"{own.per_second:.0f}/s ({own.median_ms:.1f} ms); bare page of 200 rows "
                f"{bare.per_second:.0f}/s; ratio {ratio:.2f}",
            )


def measure_growth(
    report: Report,
    kind: str,
    databases: Callable[[str], str],
    url: str,
    study: Study,
    *,
    pace: Pace,
) -> None:
    """Compare each page in a large study with the same page in a study of the planned size."""
    progress(f"{kind}: growing a study to {pace.large:,} participants")
    large_url = databases("large")
    migrate(large_url)
    large = fill(large_url, clients=1, ready=0)
    clones.grow(large_url, large, to=pace.large)
    with (
        serving("config:wsgi()", url) as small_server,
        serving("config:wsgi()", large_url) as large_server,
        _open(_plan(small_server, study)) as at_small,
        _open(_plan(large_server, large)) as at_large,
    ):
        large_paths = _paths(large)
        for name, path in _paths(study).items():
            pairs = _pairs(at_large, at_small, (large_paths[name], path), clients=1, pace=pace)
            ratio = statistics.median(big.median_ms / small.median_ms for big, small in pairs)
            big, small = _medians(pairs)
            report.add(
                kind,
                f"{name} at {pace.large:,} beside {SMALL} participants",
                value=f"{big.median_ms:.1f} ms beside {small.median_ms:.1f} ms; ratio {ratio:.2f}",
                target=GROWTH,
                judged=ratio,
            )


Pairs = list[tuple[Measured, Measured]]


def _pairs(
    first: Browsers, second: Browsers, what: tuple[str, str], *, clients: int, pace: Pace
) -> Pairs:
    """Measure both in turn, after a short warm-up; who begins alternates."""
    for browsers, path in ((first, what[0]), (second, what[1])):
        browsers.ask(path, clients, 0.5)
    pairs = []
    for number in range(pace.rounds):
        if number % 2:
            other = second.ask(what[1], clients, pace.seconds)
            own = first.ask(what[0], clients, pace.seconds)
        else:
            own = first.ask(what[0], clients, pace.seconds)
            other = second.ask(what[1], clients, pace.seconds)
        pairs.append((own, other))
    return pairs


def _medians(pairs: Pairs) -> tuple[Measured, Measured]:
    sides = zip(*pairs, strict=True)
    first, second = (
        Measured(
            statistics.median(one.per_second for one in side),
            statistics.median(one.median_ms for one in side),
        )
        for side in sides
    )
    return first, second


@contextmanager
def fresh_databases(kind: str) -> Iterator[Callable[[str], str]]:
    """Return a function from a name to the URL of an empty database; all are gone afterwards.

    Both keep their promise to the disk: PostgreSQL with fsync and synchronous commit, SQLite with
    ``synchronous = FULL``, for either program alike.
    """
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="edc-bench-") as folder:
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
        return
    server = start_server(DURABLE_SETTINGS)
    try:
        yield lambda name: _create(server, name)
    finally:
        server.stop()


def _create(server: PostgresServer, name: str) -> str:
    from sqlalchemy import create_engine, make_url  # noqa: PLC0415

    engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE bench_{name} TEMPLATE template0")
    engine.dispose()
    url = make_url(server.url).set(database=f"bench_{name}")
    return url.render_as_string(hide_password=False)
