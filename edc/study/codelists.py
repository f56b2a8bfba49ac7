"""Code lists and units: a stored code, and what it says in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from edc.label import Label, Language


@dataclass(frozen=True, slots=True)
class Code:
    """One stored value of a code list, with its wording, and a short one for a narrow cell."""

    value: str
    label: Label
    short: Label | None = None


@dataclass(frozen=True)
class CodeList:
    """A closed list of codes; *maps_to* names the CDISC list or the scale it comes from.

    :raises ValueError: when a stored value occurs twice, or the list is empty.
    """

    name: str
    codes: tuple[Code, ...]
    maps_to: str = "sponsor"

    def __post_init__(self) -> None:
        """Refuse a list in which one stored value would have two meanings."""
        values = [code.value for code in self.codes]
        if not values or len(values) != len(set(values)):
            message = f"code list {self.name} is empty or repeats a value"
            raise ValueError(message)

    @classmethod
    def of(cls, name: str, maps_to: str, *codes: tuple[str, str, str]) -> CodeList:
        """Build a list from ``(value, English, Chinese)`` triples."""
        return cls(
            name=name,
            maps_to=maps_to,
            codes=tuple(Code(value, Label(en=en, zh=zh)) for value, en, zh in codes),
        )

    def shortened(self, **short: Label) -> CodeList:
        """Return the list with a short wording for the codes that are named."""
        codes = (Code(code.value, code.label, short.get(code.value)) for code in self.codes)
        return CodeList(self.name, tuple(codes), self.maps_to)

    @cached_property
    def _labels(self) -> dict[str, Label]:
        return {code.value: code.label for code in self.codes}

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Return the stored values in their order."""
        return tuple(code.value for code in self.codes)

    def label(self, value: str) -> Label | None:
        """Return the wording of *value*, or None when it is not in the list."""
        return self._labels.get(value)

    def text(self, value: str, language: Language) -> str:
        """Return the wording of *value*, or the value itself when an older list had it."""
        label = self.label(value)
        return label.text(language) if label else value


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, which is stored, and how it is shown in both languages."""

    ucum: str
    label: Label

    @property
    def is_count(self) -> bool:
        """Tell whether the figure is a plain count or score, whose label says all: ``{score}``."""
        return self.ucum.startswith("{") and self.ucum.endswith("}")

    @classmethod
    def of(cls, ucum: str, en: str = "", zh: str = "") -> Unit:
        """Build a unit; a symbol that reads the same in both languages is given once, or not."""
        return cls(ucum, Label(en=en or ucum, zh=zh or en or ucum))
