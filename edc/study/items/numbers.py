"""Items that hold a number: whole, or with a fixed number of decimal places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from edc.label import Label
from edc.study.items.base import Item
from edc.study.items.typed import Unreadable, narrowed, typed_text

_MOST_DIGITS = 15
# A point needs a digit after it: "36." is a number of which the rest was not typed.
_NUMBER = re.compile(r"[+-]?([0-9]*\.)?[0-9]+")


def _typed_number(typed: object) -> Decimal | None:
    text = narrowed(typed_text(typed))
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise Unreadable(
            Label(
                en="Enter a number in digits, for example 36.8.",
                zh="请输入数字，例如36.8。",
            )
        )
    if len(text.lstrip("+-0").replace(".", "")) > _MOST_DIGITS:
        raise Unreadable(
            Label(
                en="Use at most {limit} digits.",
                zh="最多{limit}位数字。",
            ).filled(limit=_MOST_DIGITS)
        )
    return Decimal(text)


@dataclass(frozen=True, kw_only=True)
class Integer(Item):
    """A whole number."""

    kind: ClassVar[str] = "integer"
    step: int = 1

    def read(self, typed: object) -> str | None:
        """Return the number in plain digits; full-width digits are accepted."""
        number = _typed_number(typed)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Unreadable(Label(en="Enter a whole number.", zh="请输入整数。"))
        if int(number) % self.step:
            raise Unreadable(
                Label(en="Enter a multiple of {step}.", zh="请输入{step}的倍数。").filled(
                    step=self.step
                )
            )
        return str(int(number))


@dataclass(frozen=True, kw_only=True)
class DecimalNumber(Item):
    """A number with at most *places* decimal places; more are refused, never rounded."""

    kind: ClassVar[str] = "decimal"
    places: int = 1

    def read(self, typed: object) -> str | None:
        """Return the number with its places filled; full-width digits are accepted."""
        number = _typed_number(typed)
        if number is None:
            return None
        filled = number.quantize(Decimal(1).scaleb(-self.places))
        if filled != number:
            raise Unreadable(
                Label(
                    en="Use at most {places} decimal places.", zh="最多保留{places}位小数。"
                ).filled(places=self.places)
            )
        return f"{filled.copy_abs() if filled.is_zero() else filled:f}"
