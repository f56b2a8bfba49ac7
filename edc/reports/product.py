"""The product at the sites: stock by batch, what was used of it, and who was given what.

All of it tells arms: only roles that see them may be shown any.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.errors import NotFound
from edc.models import CrfEntry, DataPoint, Subject
from edc.services.registers import Row, find_row, list_rows
from edc.study.conditions import as_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

EXPIRY_WARNING_DAYS = 30
_BATCH, _EX = "BATCH", "EX"
_ITEMS = ("ECOCCUR", "EXLOT", "EXKIT", "EXDOSE", "EXSTDAT")


@dataclass(slots=True)
class Recipient:
    """A participant who was given product of a batch."""

    subject_id: int
    number: str
    doses: int = 0
    containers: set[str] = field(default_factory=set)
    volume: Decimal = Decimal()
    days: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """Return the day of the first dose."""
        return min(self.days, default="")

    @property
    def last(self) -> str:
        """Return the day of the last dose."""
        return max(self.days, default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """A batch as its register and the recorded doses have it.

    :param used: containers from which a dose was recorded; *left* is what the pharmacy still holds.
    :param days_left: until the expiry, negative after it.
    """

    row: Row
    used: int
    left: int
    recipients: int
    doses: int
    days_left: int

    @property
    def state(self) -> str:
        """Return the batch's state (PRODST)."""
        return self.row.values["BTST"]

    @property
    def expires_soon(self) -> bool:
        """Tell whether a usable batch is near its expiry or past it."""
        return self.state == "REL" and self.days_left <= EXPIRY_WARNING_DAYS

    @property
    def is_short(self) -> bool:
        """Tell whether more containers were used than were dispensed and not returned."""
        return self.used > self.count("BTDISP") - self.count("BTRET")

    def count(self, item: str) -> int:
        """Return a number of containers of the register."""
        return int(self.row.values.get(item, "0"))


def stock(session: Session, *, site_ids: frozenset[int] | None, today: date) -> list[Stock]:
    """Return the batches of the sites, of every site when None, those that expire first on top."""
    rows = [row for row in list_rows(session, site_ids=site_ids) if row.register == _BATCH]
    given = _recipients(session, rows)
    found = [_stock(row, given[row.row_id], today=today) for row in rows]
    return sorted(found, key=lambda one: (one.row.site_id, one.row.values["BTEXP"], one.row.key))


def batch(session: Session, row_id: int, *, today: date) -> tuple[Stock, list[Recipient]]:
    """Return one batch, and every participant who was given product of it (BATCH-03).

    :raises NotFound: when there is no such batch.
    """
    row = find_row(session, row_id)
    if row.register != _BATCH:
        raise NotFound
    recipients = _recipients(session, [row])[row_id]
    return _stock(row, recipients, today=today), sorted(recipients, key=lambda one: one.number)


def _stock(row: Row, recipients: list[Recipient], *, today: date) -> Stock:
    used = len({kit for one in recipients for kit in one.containers})
    count = {
        code: int(row.values.get(code, "0")) for code in ("BTRECV", "BTDISP", "BTRET", "BTDEST")
    }
    return Stock(
        row=row,
        used=used,
        left=count["BTRECV"] - count["BTDISP"] + count["BTRET"] - count["BTDEST"],
        recipients=len(recipients),
        doses=sum(one.doses for one in recipients),
        days_left=(date.fromisoformat(row.values["BTEXP"]) - today).days,
    )


def _recipients(session: Session, rows: Iterable[Row]) -> dict[int, list[Recipient]]:
    """Return the recipients of each batch, by the batch's row."""
    batches = {(row.site_id, row.key): row.row_id for row in rows}
    found: dict[int, dict[int, Recipient]] = {row_id: {} for row_id in batches.values()}
    if not batches:
        return {}
    named = (
        select(DataPoint.entry_id)
        .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
        .where(
            CrfEntry.form == _EX,
            CrfEntry.in_error.is_(False),
            DataPoint.item == "EXLOT",
            DataPoint.value.in_({key for _site, key in batches}),
        )
    )
    points = session.execute(
        select(
            DataPoint.entry_id, DataPoint.item, DataPoint.value, Subject.id, Subject.site_id,
            Subject.subject_number, Subject.screening_number,
        )
        .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
        .join(Subject, Subject.id == CrfEntry.subject_id)
        .where(DataPoint.entry_id.in_(named), DataPoint.item.in_(_ITEMS))
        .order_by(DataPoint.entry_id)
    )  # fmt: skip
    doses: dict[int, tuple[tuple[int, int, str], dict[str, str]]] = {}
    for entry_id, item, value, subject_id, site_id, number, screening in points:
        who = subject_id, site_id, number or screening
        doses.setdefault(entry_id, (who, {}))[1][item] = value or ""
    for (subject_id, site_id, number), dose in doses.values():
        row_id = batches.get((site_id, dose.get("EXLOT", "")))
        if row_id is None or dose.get("ECOCCUR") != "Y":
            continue
        one = found[row_id].setdefault(subject_id, Recipient(subject_id, number))
        one.doses += 1
        one.volume += as_number(dose.get("EXDOSE")) or Decimal()
        one.containers.update(filter(None, [dose.get("EXKIT")]))
        one.days += filter(None, [dose.get("EXSTDAT")])
    return {row_id: list(people.values()) for row_id, people in found.items()}
