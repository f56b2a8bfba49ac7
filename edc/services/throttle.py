"""The delay after failed passwords, per account and per address, kept in the database.

Five failures are free. The fifth starts a delay of 30 seconds, and each further one doubles it up
to 15 minutes; what comes during a delay is not read and does not lengthen it, so a right password
works at the latest 15 minutes after an attack ends and nobody is locked out for good (ASVS 5.0,
6.1.1). A right password clears the count; so does a day without failures.

An attempt is counted before its password is compared, and taken back when the password was right.
Were it counted afterwards, attempts sent at once to several workers would all slip through.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from edc import clock
from edc.errors import TooManyAttempts
from edc.models import SignInFailure

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from edc.services.unit_of_work import Database

FREE_FAILURES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)
IPV6_PREFIX = 64


def account_key(username: str) -> str:
    """Return the key of an account's count; the name is not readable, for it may be a password."""
    return "account:" + hashlib.sha256(username.encode()).hexdigest()


def address_key(address: str) -> str:
    """Return the key of an address's count; who has one IPv6 address has its network's others."""
    try:
        known = ip_address(address)
    except ValueError:
        return f"address:{address[:45]}"
    if known.version == 6:  # noqa: PLR2004 - the version of the protocol
        return f"address:{ip_network((known, IPV6_PREFIX), strict=False)}"
    return f"address:{known}"


def delay_after(failures: int) -> timedelta:
    """Return how long nothing is read after so many failures in a row."""
    if failures < FREE_FAILURES:
        return timedelta()
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def count_attempt(database: Database, *, keys: list[str]) -> None:
    """Count an attempt under each key, before its password is compared.

    :raises TooManyAttempts: when one of the keys is delayed; then nothing is counted.
    """
    now = clock.now()
    with database.reading() as session:
        _refuse_delayed(list(session.scalars(_rows(keys))), now=now)
    with database.housekeeping() as session:
        _forget_old(session, now=now)
        _insert_missing(session, keys=keys, now=now)
        rows = list(session.scalars(_rows(keys).with_for_update()))
        _refuse_delayed(rows, now=now)
        for row in rows:
            row.failures = 1 if row.last_at < now - FORGOTTEN_AFTER else row.failures + 1
            row.last_at = now
            delay = delay_after(row.failures)
            row.blocked_until = now + delay if delay else None


def clear(session: Session, *, keys: list[str]) -> None:
    """Forget the failures under each key, because a password was right."""
    session.execute(_rows(keys).with_for_update())
    session.execute(
        delete(SignInFailure)
        .where(SignInFailure.key.in_(keys))
        .execution_options(synchronize_session=False)
    )


def list_delayed(session: Session) -> frozenset[str]:
    """Return the keys that are delayed at present."""
    found = session.scalars(
        select(SignInFailure.key).where(SignInFailure.blocked_until > clock.now())
    )
    return frozenset(found)


def _rows(keys: list[str]) -> Select[SignInFailure]:
    # One order for all, so that two attempts never wait for each other.
    return select(SignInFailure).where(SignInFailure.key.in_(keys)).order_by(SignInFailure.key)


def _forget_old(session: Session, *, now: datetime) -> None:
    """Remove what no longer counts, lest the table be a way to fill the disk from outside."""
    old = (
        select(SignInFailure.key)
        .where(SignInFailure.last_at < now - FORGOTTEN_AFTER)
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(SignInFailure)
        .where(SignInFailure.key.in_(old))
        .execution_options(synchronize_session=False)
    )


def _insert_missing(session: Session, *, keys: list[str], now: datetime) -> None:
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    rows = [{"key": key, "failures": 0, "last_at": now} for key in sorted(keys)]
    session.execute(insert(SignInFailure).values(rows).on_conflict_do_nothing())


def _refuse_delayed(rows: list[SignInFailure], *, now: datetime) -> None:
    until = max((row.blocked_until for row in rows if row.blocked_until), default=now)
    if until > now:
        raise TooManyAttempts(wait_seconds=-int(-(until - now).total_seconds() // 1))
