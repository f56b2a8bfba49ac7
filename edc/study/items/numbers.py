"""Items that hold a number: whole, or with a fixed number of decimal places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import ClassVar

from edc.label import Label
from edc.study.codelists import Unit
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
    """A whole number.

    :param scale: what the lowest and the highest number of its hard range mean, when every number
        between is offered to be chosen rather than typed.
    """

    kind: ClassVar[str] = "integer"
    step: int = 1
    scale: tuple[Label, Label] | None = None

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


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a number reported in another unit becomes one in the item's own; both are kept.

    :param item: the item that holds the number as it was reported.
    :param unit: the unit it was reported in.
    :param factor: an expression of digits, ``"88.4"`` or ``"1/18.0"``, so that it is exact.
    """

    item: str
    unit: Unit
    factor: str

    @property
    def exact_factor(self) -> Fraction:
        """Return what the reported number is multiplied by."""
        over, _, under = self.factor.partition("/")
        return Fraction(over) / Fraction(under or "1")


@dataclass(frozen=True, kw_only=True)
class DecimalNumber(Item):
    """A number with at most *places* decimal places; more are refused, never rounded.

    :param fills: whether the places are filled with zeros; where tests of one table have each
        their own places, a number is kept as short as it is.
    :param converted: the number may be given in another unit instead.
    """

    kind: ClassVar[str] = "decimal"
    places: int = 1
    fills: bool = True
    converted: Conversion | None = None

    def convert(self, reported: str) -> str:
        """Return canonical *reported*, given in the other unit, in this item's own.

        A half is rounded away from zero.
        """
        factor = self.converted.exact_factor if self.converted else Fraction(1)
        exact = Fraction(reported) * factor
        number = Decimal(exact.numerator) / Decimal(exact.denominator)
        places = Decimal(1).scaleb(-self.places)
        return self._written(number.quantize(places, rounding=ROUND_HALF_UP))

    def _written(self, number: Decimal) -> str:
        text = f"{number.copy_abs() if number.is_zero() else number:f}"
        return text if self.fills or "." not in text else text.rstrip("0").rstrip(".")

    def read(self, typed: object) -> str | None:
        """Return the number in plain digits; full-width digits are accepted."""
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
        return self._written(filled)
