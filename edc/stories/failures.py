"""What does not hold after a step, and how both sides of it are said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An expectation that does not hold."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Say both sides."""
        return f"{self.what}: expected {self.expected}, found {self.found}"


def listed(ids: Iterable[str]) -> str:
    """Return ids as a story writes a list of them."""
    return f"[{', '.join(sorted(ids))}]"


def shown(value: object) -> str:
    """Return a value as a story would write it."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
