"""Measures the export of the trail: rows a second, and peak memory above idle, at growing sizes.

    python -m bench.audit_export [sqlite:///… | postgresql://…] [--rows 10000 100000 1000000]

The database must be empty and the program's own to fill; without an address a SQLite file in a
temporary folder is used. Rows are made without the guards, for only reading is measured.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from edc.export.audit import Format, open_export
from edc.models import AuditEntry, AuditTransaction, Base, Site, Subject
from edc.models.audit import ENTRY_BITS
from edc.models.session import create_engine_for
from edc.protocol import STUDY
from edc.reports.audit_filter import TrailFilter
from edc.reports.audit_scope import WHOLE
from edc.services.unit_of_work import Database, system_actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.items import Item

ENTRIES_IN_SAVE = 11
SUBJECTS = 1000
START = datetime(2024, 1, 1, tzinfo=UTC)
TARGET_ROWS = 60_000
TARGET_MEGABYTES = 20


@dataclass(frozen=True)
class Measured:
    """One export: how many rows, how long, how much memory above idle (MB)."""

    format: str
    rows: int
    seconds: float
    first_byte: float
    megabytes: float

    @property
    def rate(self) -> float:
        """Return rows a second."""
        return self.rows / self.seconds


def main() -> None:
    """Fill a database step by step, and measure each format at each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--formats", nargs="+", default=["csv", "jsonl", "xlsx"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{Path(folder) / 'trail.sqlite'}"
        print(f"{'rows':>10} {'format':>7} {'rows/s':>10} {'first byte':>11} {'memory':>9}")
        for measured in measure_all(url, sizes=chosen.rows, formats=chosen.formats):
            good = measured.megabytes <= TARGET_MEGABYTES and (
                measured.format != "csv" or measured.rate >= TARGET_ROWS
            )
            print(
                f"{measured.rows:>10,} {measured.format:>7} {measured.rate:>10,.0f}"
                f" {measured.first_byte:>9.2f} s {measured.megabytes:>+6.1f} MB"
                f" {'' if good else ' missed'}"
            )


def measure_all(url: str, *, sizes: list[int], formats: list[str]) -> Iterator[Measured]:
    """Yield the measurement of each format at each size, smallest first."""
    engine = create_engine_for(url)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        _people(session)
    made = 0
    for size in sorted(sizes):
        with Session(engine) as session, session.begin():
            made = _fill(session, made, until=size)
            if engine.dialect.name == "postgresql":
                # The fill numbered its transactions itself; the program's own follow on.
                last = select(func.max(AuditTransaction.id)).scalar_subquery()
                sequence = func.pg_get_serial_sequence("audit_transaction", "id")
                session.execute(select(func.setval(sequence, last)))
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("ANALYZE"))
        for format_ in formats:
            yield measure(url, format_=format_)
    engine.dispose()


def measure(url: str, *, format_: str) -> Measured:
    """Export the whole trail in a process of its own, whose memory is then only the export's."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_export, (url, format_))


def _export(url: str, format_: str) -> Measured:
    database = Database(create_engine_for(url))
    # Idle is a process that has already served: connected, and every word looked up once.
    wanted: dict[str, Any] = {"actor": system_actor(), "scope": WHOLE, "study": STUDY}
    for chunk in open_export(
        database, wanted=TrailFilter(visit="DA01", until=START.date()), language="zh",
        format_=Format(format_), **wanted,
    ):  # fmt: skip
        del chunk
    idle = _peak()
    began = time.perf_counter()
    export = open_export(
        database, wanted=TrailFilter(), language="zh", format_=Format(format_), **wanted
    )
    first_byte = 0.0
    for chunk in export:
        first_byte = first_byte or time.perf_counter() - began
        del chunk
    seconds = time.perf_counter() - began
    database.engine.dispose()
    return Measured(format_, export.extent.rows, seconds, first_byte, _peak() - idle)


def _peak() -> float:
    # Not getrusage: its figure is carried over from the process that started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _people(session: Session) -> None:
    before = {"role": "", "request_id": "", "address": ""}
    session.execute(
        insert(AuditTransaction),
        [{"at": START, "username": "bench", "action": "bench.fill", **before}],
    )
    first = (1 << ENTRY_BITS) + 1
    entries = [_entry(first + n, table="site", kind="insert", new={}) for n in range(SUBJECTS + 1)]
    session.execute(insert(AuditEntry), entries)
    site = {"code": "01", "name_en": "Bench", "name_zh": "中心", "audit_id": first}
    session.execute(insert(Site), [site | {"last_screening": 0, "last_subject": 0}])
    subject = {"site_id": 1, "registered_at": START, "state": "RANDOMISED", "state_since": START}
    numbers = range(1, SUBJECTS + 1)
    session.execute(
        insert(Subject),
        [
            subject
            | {
                "screening_number": f"S01{n:04}",
                "subject_number": f"01{n:04}",
                "audit_id": first + n,
            }
            for n in numbers
        ],
    )


def _entry(
    entry_id: int, *, table: str, kind: str, new: dict[str, Any], **place: object
) -> dict[str, Any]:
    return {
        "id": entry_id, "transaction_id": entry_id >> ENTRY_BITS, "kind": kind, "table": table,
        "row_key": "[1]", "site_id": 1, "subject_id": None, "visit": "", "form": "", "row": 0,
        "item": "", "repeat": 0, "old": None, "new": json.dumps(new, ensure_ascii=False), **place,
    }  # fmt: skip


def _fill(session: Session, made: int, *, until: int) -> int:
    """Add saves of ten items and their CRF until there are *until* entries; return how many."""
    chance = random.Random(made)  # noqa: S311 - invented values, the same in every run
    crfs = [STUDY.crfs[code] for code in ("VS", "OM", "AE")]
    visits = [visit.code for visit in STUDY.schedule.visits]
    number = session.scalar(select(func.max(AuditTransaction.id))) or 0
    while made < until:
        transactions, entries = [], []
        for _ in range(1000):
            number += 1
            crf = chance.choice(crfs)
            transactions.append(
                {"id": number, "at": START + timedelta(minutes=number), "user_id": None,
                 "username": f"nurse{number % 7}", "role": "research_nurse", "action": "crf.save",
                 "reason": "录入错误，核对原始病历后更正", "request_id": f"{number:016x}",
                 "address": "10.0.0.1"}
            )  # fmt: skip
            place = {
                "subject_id": 1 + number % SUBJECTS, "visit": chance.choice(visits),
                "form": crf.code, "row": 1,
            }  # fmt: skip
            for position in range(ENTRIES_IN_SAVE):
                item = crf.items[position % len(crf.items)]
                entries.append(_change(number, position, item, chance, place))
            made += ENTRIES_IN_SAVE
            if made >= until:
                break
        session.execute(insert(AuditTransaction), transactions)
        session.execute(insert(AuditEntry), entries, execution_options={"render_nulls": True})
    return made


def _change(
    number: int, position: int, item: Item, chance: random.Random, place: dict[str, Any]
) -> dict[str, Any]:
    entry_id = (number << ENTRY_BITS) + position + 1
    codes = getattr(item, "codes", None)

    def value() -> str:
        return chance.choice(codes.values) if codes else f"{chance.randint(350, 410) / 10:.1f}"

    new = {"value": value(), "missing": None, "missing_reason": None, "revision": 2}
    old = new | {"value": value(), "revision": 1}
    return _entry(
        entry_id, table="data_point", kind="update", new=new, item=item.code,
        old=json.dumps(old, ensure_ascii=False), **place,
    )  # fmt: skip


if __name__ == "__main__":
    main()
