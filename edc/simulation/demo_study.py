"""The demo study's database: known by its first act, filled once, nobody else's touched."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from edc import clock
from edc.errors import InstallationFault
from edc.label import Label
from edc.models import AuditEntry, AuditTransaction, migrations
from edc.models.session import create_engine_for
from edc.randomization.sealing import SealingKey
from edc.services.passwords import STANDARD, Hashing
from edc.services.unit_of_work import Database
from edc.simulation.people import INSTALLER
from edc.simulation.stage import moment
from edc.simulation.trial import DATA_CUT, OPENED, Simulated, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Engine

    from edc.settings import Settings

CREATE = "demo.create"
COMPLETE = "demo.complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """What the demo study was filled with."""

    participants: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Marker:
    """What the first act of a demo study says of it."""

    filling: Filling
    key_fingerprint: str
    is_complete: bool


def find_filling(settings: Settings) -> Filling | None:
    """Return what the database that the settings name was filled with, None when it is empty.

    :raises InstallationFault: when it holds anything else than a whole demo study of these secrets.
    """
    path = _sqlite_path(settings.database_url)
    if path is not None and not path.exists():
        return None
    engine = create_engine_for(settings.database_url) if path is None else _read_only(path)
    try:
        marker = _marker(engine, shown=_shown(settings))
    except DatabaseError as error:
        raise InstallationFault(_UNREADABLE.filled(url=_shown(settings))) from error
    finally:
        engine.dispose()
    if marker is None:
        return None
    if not marker.is_complete:
        raise InstallationFault(_UNFINISHED.filled(url=_shown(settings)), rule="DEMO-UNFINISHED")
    key = SealingKey.from_text(settings.allocation_key)
    if marker.key_fingerprint != key.fingerprint():
        raise InstallationFault(_OTHER_SECRETS.filled(url=_shown(settings)), rule="DEMO-SECRETS")
    return marker.filling


def _read_only(path: Path) -> Engine:
    """Return an engine that cannot write: our own would change the journal of a file it opens."""
    name = f"file:{quote(str(path.resolve()))}?mode=ro"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(name, uri=True))


def _marker(engine: Engine, *, shown: str) -> _Marker | None:
    tables = set(inspect(engine).get_table_names())
    if not tables:
        return None
    if AuditTransaction.__tablename__ not in tables:
        raise InstallationFault(_FOREIGN.filled(url=shown), rule="DEMO-FOREIGN")
    with Database(engine).reading() as session:
        first = session.execute(
            select(AuditTransaction.action, AuditEntry.new)
            .outerjoin(AuditEntry, AuditEntry.transaction_id == AuditTransaction.id)
            .order_by(AuditTransaction.id, AuditEntry.id)
            .limit(1)
        ).one_or_none()
        ended = session.scalars(
            select(AuditTransaction.id).where(AuditTransaction.action == COMPLETE)
        ).first()
    if first is None:
        return None
    action, facts = first
    if action != CREATE:
        raise InstallationFault(_FOREIGN.filled(url=shown), rule="DEMO-FOREIGN")
    said = json.loads(facts)
    return _Marker(
        Filling(participants=said["participants"], seed=said["seed"]),
        key_fingerprint=said["key"],
        is_complete=ended is not None,
    )


def require_same(found: Filling, *, participants: int | None, seed: int | None) -> None:
    """Refuse to call a filled study another one than it is; None asks for whatever is there.

    :raises InstallationFault: naming what it was filled with.
    """
    if participants in (None, found.participants) and seed in (None, found.seed):
        return
    raise InstallationFault(
        Label(
            en="The demo study is already filled, with {participants} participants and seed "
            "{seed}. Ask for the same, or name an empty database in EDC_DATABASE_URL.",
            zh="演示研究已生成（受试者{participants}例，种子{seed}）。请使用相同参数，"
            "或用EDC_DATABASE_URL指定一个空数据库。",
        ).filled(participants=found.participants, seed=found.seed),
        rule="DEMO-OTHER",
    )


def fill(
    settings: Settings,
    filling: Filling,
    *,
    progress: Callable[[date], None],
    hashing: Hashing = STANDARD,
) -> Simulated:
    """Fill the empty database that the settings name.

    An SQLite file is filled under another name and put in its place when it is whole, so that an
    interruption leaves nothing half filled. Until then no commit waits for the disk.
    """
    path = _sqlite_path(settings.database_url)
    if path is None:
        return _fill(settings.database_url, settings, filling, progress=progress, hashing=hashing)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    _remove(partial)
    url = f"sqlite:///{partial}"
    simulated = _fill(url, settings, filling, progress=progress, hashing=hashing)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    _remove(path)
    partial.replace(path)
    partial.with_name(f"{partial.name}-turn").unlink(missing_ok=True)
    return simulated


def _fill(
    url: str,
    settings: Settings,
    filling: Filling,
    *,
    progress: Callable[[date], None],
    hashing: Hashing,
) -> Simulated:
    migrations.upgrade(url)
    engine = create_engine_for(url, is_durable=False)
    database = Database(engine)
    key = SealingKey.from_text(settings.allocation_key)
    try:
        _mark(
            database, CREATE, OPENED, hour=8,
            participants=filling.participants, seed=filling.seed, key=key.fingerprint(),
        )  # fmt: skip
        simulated = simulate(
            database,
            participants=filling.participants,
            seed=filling.seed,
            secret=settings.secret_key,
            key=key,
            progress=progress,
            hashing=hashing,
        )
        _mark(database, COMPLETE, DATA_CUT, hour=19, acts=simulated.acts)
    finally:
        engine.dispose()
    return simulated


def _mark(database: Database, action: str, day: date, *, hour: int, **facts: object) -> None:
    with (
        clock.replaced(lambda: moment(day, hour)),
        database.unit_of_work(INSTALLER, action) as uow,
    ):
        uow.record(**facts)


def _sqlite_path(url: str) -> Path | None:
    parsed = make_url(url)
    if not parsed.drivername.startswith("sqlite") or not parsed.database:
        return None
    return Path(parsed.database)


def _remove(path: Path) -> None:
    """Remove an SQLite file with what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _shown(settings: Settings) -> str:
    return make_url(settings.database_url).render_as_string(hide_password=True)


_FOREIGN = Label(
    en="{url} is not a demo study, and it is not empty. It was not touched; name an empty database "
    "in EDC_DATABASE_URL, or none.",
    zh="{url}不是演示研究，且不为空，未作任何改动。请用EDC_DATABASE_URL指定空数据库，或不指定。",
)
_UNREADABLE = Label(
    en="{url} cannot be opened as a database. It was not touched; name an empty one in "
    "EDC_DATABASE_URL, or none.",
    zh="{url}无法作为数据库打开，未作任何改动。请用EDC_DATABASE_URL指定空数据库，或不指定。",
)
_UNFINISHED = Label(
    en="The demo study in {url} was interrupted while it was being filled. Make the database "
    "anew and run the command again.",
    zh="{url}中的演示研究在生成过程中被中断。请重新建立空数据库后再次运行。",
)
_OTHER_SECRETS = Label(
    en="The demo study in {url} was filled with other secrets than those in the instance folder, "
    "so its allocations cannot be opened. Put the secrets back, or name an empty database.",
    zh="{url}中的演示研究使用的密钥与instance目录中的不同，无法解密分组。请恢复原密钥，"
    "或指定一个空数据库。",
)
