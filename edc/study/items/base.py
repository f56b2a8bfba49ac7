"""Item: what every kind declares, and the bounds a value may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from edc.label import Label, Language
from edc.study.codelists import Unit
from edc.study.conditions import Expression, parse
from edc.study.items.typed import cleaned, typed_text

Parts: TypeAlias = "str | Sequence[Parts] | Mapping[str, Parts]"
"""What a field is filled with: one text, the chosen codes, a date's fields, or a table's rows."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of an item, each a number, a day, or an expression over other items; None is open."""

    low: Expression | None
    high: Expression | None

    def text(self) -> str:
        """Return the bounds as they were declared, for the codebook."""
        low = self.low.source if self.low else ""
        high = self.high.source if self.high else ""
        return f"{low} .. {high}"

    @property
    def is_constant(self) -> bool:
        """Tell whether the bounds are plain values that can be shown beside the field."""
        return all(bound is None or bound.tree[0] == "const" for bound in (self.low, self.high))


def between(low: float | str | None, high: float | str | None) -> Range:
    """Declare bounds; a text is an expression such as ``"consent_date"`` or ``"HCTDAT - 14"``."""

    def bound(value: float | str | None) -> Expression | None:
        return None if value is None else parse(str(value))

    return Range(bound(low), bound(high))


@dataclass(frozen=True, kw_only=True)
class Item:
    """What every kind of item declares.

    :param required: True, False, or the condition under which a shown item must be answered.
    :param shown_when: the condition under which the item is asked; None is always.
    :param hard: bounds outside which a value is refused.
    :param soft: bounds outside which a saved value is queried.
    :param expected: the code whose opposite is queried (``SOFT:ITEM``).
    :param cdash: True when the name is CDASH's or SDTM's own.
    :param changed_by: the roles that may type it; empty is everyone who may enter the CRF.
    :param only_arm: the one arm that is asked it; nobody is, before the allocation. Only the server
        knows, and it asks nobody who may not see the arm.

    Both conditions may be declared as text; they are expressions from then on.
    """

    kind: ClassVar[str]
    is_typed: ClassVar[bool] = True

    code: str
    label: Label
    required: bool | Expression = True
    shown_when: Expression | None = None
    hint: Label | None = None
    hard: Range | None = None
    soft: Range | None = None
    soft_text: Label | None = None
    expected: str | None = None
    cdash: bool = False
    sdtm: str = ""
    unit: Unit | None = None
    changed_by: frozenset[str] = frozenset()
    only_arm: str = ""

    def __post_init__(self) -> None:
        """Let conditions be declared as plain text."""
        for name in ("required", "shown_when"):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, parse(getattr(self, name)))

    def read(self, typed: object) -> str | None:
        """Return the canonical text of what was typed, None when nothing was.

        :param typed: text, a list or a mapping of parts, as the fields of this kind post it.
        :raises Unreadable: when it is not a value of this kind.
        """
        text = cleaned(typed_text(typed))
        return self._read(text) if text else None

    def _read(self, text: str) -> str:
        return text

    def write(self, value: str, language: Language) -> str:
        """Return the canonical *value* as it is shown."""
        del language
        return value

    def parts(self, value: str) -> Parts:
        """Return the canonical *value* as the field's input holds it; ``read`` reads it back."""
        return value
