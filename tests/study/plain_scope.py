"""A scope over plain values, for judging expressions without a study or a casebook."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edc.study.conditions import parse
from edc.study.values import number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.conditions import Value

CASES = Path(__file__).with_name("condition_cases.json")


def _value(plain: Any) -> Value:
    return tuple(plain) if isinstance(plain, list) else plain


@dataclass
class PlainScope:
    """What expressions read, as one case of ``condition_cases.json`` gives it."""

    items: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    foreigners: dict[str, Any] = field(default_factory=dict)
    earlier: dict[str, Any] = field(default_factory=dict)
    others: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _is_shown(self, code: str) -> bool:
        return code not in self.shown or parse(self.shown[code]).holds(self)

    def item(self, code: str) -> Value:
        return _value(self.items.get(code)) if self._is_shown(code) else None

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        name = f"{form}.{code}" if visit is None else f"at:{visit}:{form}.{code}"
        return _value(self.foreigners.get(name))

    def previous(self, code: str) -> Value:
        return _value(self.earlier.get(code))

    def fact(self, name: str) -> Value:
        return self.facts.get(name)

    def rows(self, form: str) -> Iterator[PlainScope]:
        return (PlainScope(items=row) for row in self.others.get(form, ()))

    def is_missing(self, code: str) -> bool:
        return code in self.missing and self._is_shown(code)

    def is_changed(self, code: str) -> bool:
        return code in self.changed

    def entry(self, code: str, column: str) -> Value:
        return _value(self.entries.get(code, {}).get(column))


@dataclass(frozen=True)
class Case:
    """An expression, what it reads, and what it must give."""

    about: str
    source: str
    expected: Any
    scope: PlainScope


def read_cases() -> list[Case]:
    """Return every case of the file that both evaluators are judged by."""
    cases = []
    for group in json.loads(CASES.read_text(encoding="utf-8")):
        scope = PlainScope(
            items=group.get("items", {}),
            shown=group.get("shown", {}),
            facts=group.get("facts", {}),
            missing=group.get("missing", {}),
            foreigners=group.get("foreign", {}),
            earlier=group.get("previous", {}),
            others=group.get("rows", {}),
            changed=group.get("changed", []),
            entries=group.get("entries", {}),
        )
        cases += [
            Case(group["about"], source, expected, scope) for source, expected in group["cases"]
        ]
    return cases


def as_json(value: Value) -> Any:
    """Return a result as the browser returns it: a number is its text, several values a list."""
    if isinstance(value, int | Decimal | Fraction) and not isinstance(value, bool):
        return number_text(Fraction(value))
    return list(value) if isinstance(value, tuple) else value
