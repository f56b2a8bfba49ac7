"""Values as rules compare and calculate them: numbers, days known in full or in part, texts, lists.

A value is canonical text until an operator asks what it reads as. ``static/js/values.js`` does the
same in the browser, so nothing here may depend on what only Python has: numbers are exact
fractions, days are counted on the calendar, text is ordered by code point.

A year alone reads as a number. Where it is a date known in part, rules are given it as the date's
three fields joined, ``2024--``, so that the two are never confused.
"""

from __future__ import annotations

import operator
import re
from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

Number: TypeAlias = "int | Fraction"
Value: TypeAlias = "str | Decimal | Number | bool | tuple[str, ...] | None"

_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\+08:00")
_PLACES = 10**12
_WIDEST = 1 << 400  # beyond it a result is no quantity of this world, and only costs time
_LAST_DAY = date.max.toordinal()

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": Fraction,
}


def is_empty(value: Value) -> bool:
    """Tell whether *value* holds nothing; an entered 0 is not nothing."""
    return value is None or value in ("", ())


@lru_cache(maxsize=8192)
def _number_of(text: str) -> Number | None:
    if not _NUMBER.fullmatch(text):
        return None
    return Fraction(text) if "." in text else int(text)


def exact_number(value: Value) -> Number | None:
    """Return *value* as an exact number if it reads as one; digits are ASCII digits."""
    if isinstance(value, str):
        return _number_of(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        return Fraction(value) if value.is_finite() else None
    return value if isinstance(value, int | Fraction) else None


def as_number(value: Value) -> Decimal | None:
    """Return *value* as a decimal number if it reads as one, to twelve places."""
    if isinstance(value, Decimal):
        return value
    number = exact_number(value)
    return None if number is None else Decimal(number_text(number))


def number_text(number: Number) -> str:
    """Return *number* in plain digits: at most twelve places, half away from zero."""
    scaled = (2 * abs(number.numerator) * _PLACES + number.denominator) // (2 * number.denominator)
    whole, part = divmod(scaled, _PLACES)
    digits = f"{whole}.{part:012d}".rstrip("0").rstrip(".") if part else str(whole)
    return f"-{digits}" if number < 0 and scaled else digits


@lru_cache(maxsize=8192)
def day_range(text: str) -> tuple[date, date] | None:
    """Return the first and the last day that a full or partial date may be, or None.

    A moment is its day.
    """
    moment = _MOMENT.fullmatch(text)
    found = _DAY.fullmatch(moment[1] if moment else text.rstrip("-"))
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        if not month:
            return (date(year, 1, 1), date(year, 12, 31)) if found[2] is None else None
        if found[3] is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def exact_day(value: Value) -> date | None:
    """Return the one day that *value* can be, or None."""
    days = day_range(value) if isinstance(value, str) else None
    return days[0] if days and days[0] == days[1] else None


def compare(op: str, left: Value, right: Value) -> bool:
    """Compare two values by *op*; false when either is empty.

    Days known in part compare by their possible range: the answer is true only if it is true of
    every day they may be, for ``==`` and ``!=`` too. Values that read as different things differ,
    and neither is before the other.
    """
    if isinstance(left, str) and isinstance(right, str):
        return _compare_strings(op, left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return _ORDER[op](left is True, right is True)
    if is_empty(left) or is_empty(right):
        return False
    one, other = exact_number(left), exact_number(right)
    if one is not None and other is not None:
        return _ORDER[op](one, other)
    return _ORDER[op](left, right) if op in ("==", "!=") else False


@lru_cache(maxsize=8192)
def _compare_strings(op: str, left: str, right: str) -> bool:
    """Compare two answers; most are codes, and the same few are compared again and again."""
    if not left or not right:
        return False
    one, other = exact_number(left), exact_number(right)
    if one is not None and other is not None:
        return _ORDER[op](one, other)
    return _compare_texts(op, left, right, is_number=one is not other)


def _compare_texts(op: str, left: str, right: str, *, is_number: bool) -> bool:
    first, second = day_range(left), day_range(right)
    if first and second:
        if _MOMENT.fullmatch(left) and _MOMENT.fullmatch(right):
            return _ORDER[op](left, right)
        return _compare_days(op, first, second)
    if is_number or first or second:
        return op == "!="
    return _ORDER[op](left, right)


def _compare_days(op: str, left: tuple[date, date], right: tuple[date, date]) -> bool:
    match op:
        case "==":
            return left[0] == left[1] == right[0] == right[1]
        case "!=":
            return left[1] < right[0] or right[1] < left[0]
        case "<" | "<=":
            return _ORDER[op](left[1], right[0])
    return _ORDER[op](left[0], right[1])


def is_member(left: Value, right: Value) -> bool:
    """Tell whether *left* equals one of *right*."""
    if is_empty(left) or is_empty(right):
        return False
    choices = right if isinstance(right, tuple) else (right,)
    return any(compare("==", left, choice) for choice in choices)


def calculate(op: str, left: Value, right: Value) -> Value:
    """Return a number, a day shifted by whole days, or None where there is no exact answer."""
    numbers = exact_number(left), exact_number(right)
    if numbers[0] is not None and numbers[1] is not None:
        if op == "/" and not numbers[1]:
            return None
        result = _ARITHMETIC[op](numbers[0], numbers[1])
        is_sane = abs(result.numerator) < _WIDEST and result.denominator < _WIDEST
        return result if is_sane else None
    first = exact_day(left) if numbers[0] is None else None
    if first is None:
        return None
    shift = numbers[1]
    if shift is None:
        second = exact_day(right)
        return (first - second).days if second and op == "-" else None
    if op not in "+-" or shift.denominator != 1:
        return None
    ordinal = first.toordinal() + (shift.numerator if op == "+" else -shift.numerator)
    return date.fromordinal(ordinal).isoformat() if 1 <= ordinal <= _LAST_DAY else None
