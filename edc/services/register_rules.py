"""Judging an entry of a register: what is impossible refuses it, what is unusual is said of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edc import clock
from edc.label import Label
from edc.services.rules import outside, unexpected
from edc.study.checks import Severity
from edc.study.conditions import Expression
from edc.study.entry_scope import EntryScope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edc.study.items import Item
    from edc.study.study import Register

Problems = dict[str, list[tuple[str, Label]]]

# A system item that holds since when another one has been as it is: (register, item) → that other.
_SINCE: Final = {("BATCH", "BTSTDT"): "BTST"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of an entry that was stored: a value out of the ordinary, or an act."""

    rule: str
    item: str
    message: Label


def problems(
    declared: Register, values: Mapping[str, str], *, before: Mapping[str, str] | None = None
) -> Problems:
    """Return what refuses an entry, by item: owed, no longer asked, impossible, or a hard check.

    :param before: the entry as it is stored; what was answered there and is not asked any more may
        stay.
    """
    scope = _scope(declared, values)
    found: Problems = defaultdict(list)
    for item in declared.items:
        if not item.is_typed:
            continue
        value = values.get(item.code)
        is_asked = scope.is_shown(item)
        if value is None:
            if is_asked and (item.code == declared.key or _is_required(item, scope)):
                found[item.code].append(("REQ", _OWED))
        elif not is_asked:
            if value != (before or {}).get(item.code):
                found[item.code].append((f"HIDDEN:{item.code}", _HIDDEN))
        elif message := outside(scope, item, value, hard=True):
            found[item.code].append((f"HARD:{item.code}", message))
    own = frozenset(declared.by_code)
    for rule in declared.checks:
        if rule.severity is Severity.HARD and rule.when.holds(scope):
            found[rule.at_item(own)].append((rule.id, rule.message))
    return dict(found)


def remarks(
    declared: Register, values: Mapping[str, str], *, before: Mapping[str, str] | None = None
) -> tuple[Remark, ...]:
    """Return what is said of an entry; an act of the system only when its cause is new."""
    return tuple(_remarks(declared, values, before))


def _remarks(
    declared: Register, values: Mapping[str, str], before: Mapping[str, str] | None
) -> Iterator[Remark]:
    scope = _scope(declared, values)
    for item in declared.items:
        value = scope.item(item.code)
        if value is None:
            continue
        message = unexpected(item, value) or outside(scope, item, value, hard=False)
        if message:
            yield Remark(f"SOFT:{item.code}", item.code, message)
    own = frozenset(declared.by_code)
    for rule in declared.checks:
        if rule.severity is Severity.HARD or not rule.when.holds(scope):
            continue
        was = before is not None and rule.when.holds(_scope(declared, before))
        if rule.severity is not Severity.ACTION or not was:
            yield Remark(rule.id, rule.at_item(own), rule.message)


def system_values(
    declared: Register, values: Mapping[str, str], *, before: Mapping[str, str] | None
) -> dict[str, str]:
    """Return the items that the server writes in an entry."""
    found = {}
    for (register, item), other in _SINCE.items():
        if register != declared.code:
            continue
        is_same = before is not None and before.get(other) == values.get(other)
        since = before.get(item) if before is not None and is_same else None
        found[item] = since or clock.today().isoformat()
    return found


def _scope(declared: Register, values: Mapping[str, str]) -> EntryScope:
    now = clock.local(clock.now())
    facts = {"today": now.date().isoformat(), "now": now.isoformat(timespec="seconds")}
    return EntryScope(declared, values, facts=facts)


def _is_required(item: Item, scope: EntryScope) -> bool:
    if isinstance(item.required, Expression):
        return item.required.holds(scope)
    return item.required


_OWED = Label(en="Fill this in.", zh="此项必填。")
_HIDDEN = Label(
    en="This item is not asked given the other answers. Clear it, or correct those answers.",
    zh="根据其他回答，此项无需填写。请清空该项，或更正相关回答。",
)
