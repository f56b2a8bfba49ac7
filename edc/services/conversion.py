"""Numbers given in another unit: the item's own number follows from what was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.label import Label
from edc.study.casebook import EMPTY, Cell
from edc.study.items import DecimalNumber

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping

    from edc.services.data_points import CellKey
    from edc.study.crf import Crf


def settle(
    crf: Crf, typed: MutableMapping[CellKey, Cell], before: Mapping[CellKey, Cell]
) -> Iterator[tuple[CellKey, Label]]:
    """Fill in each number that was given in its other unit; return those that contradict it.

    A number left empty, or as it was while what was reported is new, is worked out. Any other must
    be what the factor makes of the reported one: of two that differ nobody could say which holds.
    """
    for item in crf.items:
        if not isinstance(item, DecimalNumber) or item.converted is None:
            continue
        key, other = (item.code, 1), (item.converted.item, 1)
        stood, stood_reported = before.get(key, EMPTY), before.get(other, EMPTY)
        given, reported = typed.get(key, stood), typed.get(other, stood_reported)
        if reported.value is None or not {key, other} & typed.keys():
            continue
        result = item.convert(reported.value)
        if given.value == result:
            continue
        is_follow_up = reported.value != stood_reported.value and given == stood
        if given.missing is None and (given.value is None or is_follow_up):
            typed[key] = Cell(result)
        else:
            yield key, _CONTRADICTS.filled(
                reported=_plain(reported.value), unit=item.converted.unit.label.en,
                result=_plain(result),
            )  # fmt: skip


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


_CONTRADICTS = Label(
    en="{reported} {unit} was reported, which is {result} here. Give one of the two.",
    zh="已填写报告值{reported} {unit}，换算后为{result}。两者只填其一。",
)
