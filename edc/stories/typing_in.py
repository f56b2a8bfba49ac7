"""What a person types for a story's values: one text for each control of the item's field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edc import clock
from edc.forms.lab_limits import rows_of
from edc.services.submissions import address
from edc.stories.world import StepRefused
from edc.study.items import (
    Date,
    DateTime,
    File,
    Item,
    MultiChoice,
    PartialDate,
    Reference,
    Table,
)  # fmt: skip

if TYPE_CHECKING:
    from edc.stories.page import Form
    from edc.stories.world import World
    from edc.study.crf import Crf

Typed = dict[str, list[str]]
LIMITS = "LIMITS"
_DAY_PARTS = ("year", "month", "day")


def register_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a register's row as its reader takes it: limits by test become rows of their table."""
    return {
        code: rows_of(value) if code == LIMITS and isinstance(value, Mapping) else value
        for code, value in row.items()
    }


def type_value(
    world: World,
    item: Item,
    value: Any,  # noqa: ANN401 - as in the file
    *,
    name: str,
    subject: str,
) -> Typed:
    """Return control → texts for a value; null empties the field.

    :raises StepRefused: when the value is not one that can be typed into this kind of field.
    """
    match item:
        case MultiChoice():
            return {name: [_text(one, item) for one in _list(value)]}
        case DateTime():
            return _moment(name, value, item)
        case Date() | PartialDate():
            return _day(name, value, item)
        case Table():
            return {
                f"{name}.{number}.{column}": [_text(text, item)]
                for number, row in enumerate(_list(value))
                for column, text in row.items()
            }
        case File():
            raise StepRefused(f"{item.code}: a story cannot send a file")
        case Reference():
            return {name: [_reference(world, item, value, subject=subject)]}
    return {name: [_text(value, item)]}


def _text(value: object, item: Item) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise StepRefused(f"{item.code}: {value!r} is no text that can be typed")
    return value


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _day(name: str, value: object, item: Item) -> Typed:
    parts = _text(value, item).split("-", len(_DAY_PARTS) - 1)
    parts += [""] * (len(_DAY_PARTS) - len(parts))
    return {f"{name}.{part}": [text] for part, text in zip(_DAY_PARTS, parts, strict=True)}


def _moment(name: str, value: object, item: Item) -> Typed:
    text = _text(value, item)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day, _, time = text.partition("T")
    else:
        if moment.tzinfo is not None:  # the page asks for the time at the site
            moment = clock.local(moment)
        day, time = moment.date().isoformat(), f"{moment:%H:%M}"
    return _day(name, day, item) | {f"{name}.time": [time]}


def _reference(world: World, item: Reference, value: object, *, subject: str) -> str:
    text = _text(value, item)
    if item.to == "USER":
        return world.accounts.get(text, text)
    return str(world.rows.get((subject, item.to, text), text))


def row_number(crf: Crf, row: Mapping[str, Any]) -> int:
    """Return the number of a row of the CRF's repeating group.

    :raises StepRefused: when the row gives none.
    """
    numbered = next(section.numbered for section in crf.sections if section.repeats > 1)
    given = str(row.get(numbered, ""))
    if not given.isdecimal():
        raise StepRefused(f"a row of CRF {crf.code} needs its {numbered}")
    return int(given)


def type_into(
    world: World,
    crf: Crf,
    form: Form,
    *,
    values: dict[str, Any],
    missing: dict[str, str],
    because: str,
    subject: str,
    repeat: int = 1,
) -> Typed:
    """Return what changes on the form of a CRF when *values* and *missing* codes are typed.

    A value takes the place of a missing code, and the other way round.

    :raises StepRefused: when the page has no field for an item.
    """
    changes: Typed = {}
    for code in [*values, *missing]:
        item = crf.by_code.get(code)
        if item is None:
            raise StepRefused(f"CRF {crf.code} has no item {code}")
        name = address((code, repeat if code in crf.repeating else 1))
        typed = type_value(world, item, values.get(code), name=name, subject=subject)
        if repeat == 1 and not any(one == name or one.startswith(f"{name}.") for one in form.names):
            raise StepRefused(f"the page of CRF {crf.code} has no field for {code}")
        changes |= typed
        if code in missing and f"{name}.missing" not in form.names:
            raise StepRefused(f"{code} takes no missing code")
        if f"{name}.missing" in form.names:
            changes[f"{name}.missing"] = [missing.get(code, "")]
            changes[f"{name}.missing_reason"] = [because if code in missing else ""]
    return changes
