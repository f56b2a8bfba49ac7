"""What is wrong with this installation: migrations, guards, secrets, clock, disk, list."""

from __future__ import annotations

import base64
import binascii
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from edc import clock
from edc.label import Label
from edc.models import AuditTransaction, audited_tables, migrations
from edc.models.guards import missing_guards
from edc.services.mail import count_waiting
from edc.settings import SECRET_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.services.unit_of_work import Database
    from edc.settings import Settings

MIN_FREE_BYTES = 500 * 1024 * 1024
LONGEST_MAIL_WAIT = timedelta(hours=1)
MAX_CLOCK_STEP = timedelta(minutes=5)
EARLIEST_CLOCK = datetime(2024, 1, 1, tzinfo=UTC)
_VARIETY = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong, and whether it is a reason not to serve."""

    name: str
    message: Label
    stops: bool


def faults(database: Database, settings: Settings) -> Iterator[Fault]:
    """Return everything wrong with the installation, gravest first."""
    yield from _secrets(settings)
    try:
        at = migrations.current(database.engine)
    except OperationalError:
        yield Fault(
            "database",
            Label(en="The database cannot be reached.", zh="无法连接数据库。"),
            stops=True,
        )
        return
    if at != migrations.head():
        yield Fault(
            "migrations",
            Label(
                en="The tables are at {at}, the program needs {head}. Run `edc db upgrade`.",
                zh="数据表版本为{at}，程序需要{head}。请运行 `edc db upgrade`。",
            ).filled(at=at or "none", head=migrations.head()),
            stops=True,
        )
        return
    yield from _guards(database)
    yield from _clock(database)
    yield from _disk(settings)
    yield from _mail(database, settings)


def _secrets(settings: Settings) -> Iterator[Fault]:
    for name, value in (
        ("EDC_SECRET_KEY", settings.secret_key),
        ("EDC_ALLOCATION_KEY", settings.allocation_key),
    ):
        try:
            raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) < SECRET_BYTES or len(set(raw)) < _VARIETY:
            yield Fault(
                "secret",
                Label(
                    en="{name} is weak: it needs 32 random bytes. `edc doctor --new-secret` "
                    "prints a fresh value.",
                    zh="{name}强度不足：需要32字节随机值。运行 `edc doctor --new-secret` 可生成。",
                ).filled(name=name),
                stops=True,
            )
    if settings.secret_key == settings.allocation_key:
        yield Fault(
            "secret",
            Label(
                en="EDC_SECRET_KEY and EDC_ALLOCATION_KEY must differ.",
                zh="EDC_SECRET_KEY与EDC_ALLOCATION_KEY不得相同。",
            ),
            stops=True,
        )
    if settings.environment == "production" and not settings.secure_cookies:
        yield Fault(
            "cookies",
            Label(
                en="Cookies travel without TLS (EDC_SECURE_COOKIES=0): only on loopback.",
                zh="Cookie未受TLS保护（EDC_SECURE_COOKIES=0），仅限本机回环使用。",
            ),
            stops=False,
        )


def _guards(database: Database) -> Iterator[Fault]:
    tables = [model.__tablename__ for model in audited_tables()]  # type: ignore[attr-defined]
    with database.engine.connect() as connection:
        missing = missing_guards(connection, audited=tables)
    if missing:
        names = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")  # noqa: PLR2004
        yield Fault(
            "guards",
            Label(
                en="The database does not guard its audit trail: {names} missing or disabled.",
                zh="数据库缺少或停用了稽查轨迹保护：{names}。",
            ).filled(names=names),
            stops=True,
        )


def _clock(database: Database) -> Iterator[Fault]:
    with database.reading() as session:
        last = session.scalar(
            select(AuditTransaction.at).where(
                AuditTransaction.id == select(func.max(AuditTransaction.id)).scalar_subquery()
            )
        )
    behind = last is not None and last - clock.now() > MAX_CLOCK_STEP
    if behind or clock.now() < EARLIEST_CLOCK:
        yield Fault(
            "clock",
            Label(
                en="The server's clock is behind the last audit entry. Set the clock.",
                zh="服务器时钟早于最近一条稽查记录，请校准时钟。",
            ),
            stops=False,
        )


def _disk(settings: Settings) -> Iterator[Fault]:
    folder = settings.instance
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(Path(folder)).free
    if free < MIN_FREE_BYTES:
        yield Fault(
            "disk",
            Label(
                en="Only {free} MB are free on the disk.", zh="磁盘仅剩{free} MB可用空间。"
            ).filled(free=free // 2**20),
            stops=False,
        )


def _mail(database: Database, settings: Settings) -> Iterator[Fault]:
    if not settings.mail_host:
        return
    with database.reading() as session:
        waiting = count_waiting(session, since=clock.now() - LONGEST_MAIL_WAIT)
    if waiting:
        yield Fault(
            "mail",
            Label(
                en="{waiting} mails wait since more than an hour. `edc mail list` says why; is "
                "`edc mail deliver` run every minute?",
                zh="有{waiting}封邮件等待发送超过1小时。请用 `edc mail list` 查看原因，"
                "并确认每分钟运行 `edc mail deliver`。",
            ).filled(waiting=waiting),
            stops=False,
        )
