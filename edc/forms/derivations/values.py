"""Canonical text and the values it stands for, as the derivation rules need them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from edc.study.conditions import as_number

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

FULL_DATE = 10  # characters of YYYY-MM-DD


def number(scope: RecordScope, code: str) -> Decimal | None:
    """Return an item's value as a number, None when it has none."""
    return as_number(scope.item(code))


def day(value: Value) -> date | None:
    """Return a full date, or the day of a moment; None for anything less."""
    if not isinstance(value, str) or len(value) < FULL_DATE:
        return None
    try:
        return date.fromisoformat(value[:FULL_DATE])
    except ValueError:
        return None


def days_between(first: Value, last: Value) -> str | None:
    """Return the days from *first* to *last*, None unless both are full dates."""
    start, end = day(first), day(last)
    return None if start is None or end is None else str((end - start).days)


def rounded(value: Decimal, places: int = 2) -> str:
    """Return *value* with *places* decimals, a half rounded away from zero."""
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):f}"
