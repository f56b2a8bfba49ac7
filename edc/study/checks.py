"""Edit checks: what is wrong, how grave it is, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from edc.label import Label
from edc.study.conditions import Expression, Scope, Tree, Value, parse, walk
from edc.study.values import as_number, exact_number, number_text


class Severity(StrEnum):
    """What a check does when it fires."""

    HARD = "H"  # refuses the save: only for the impossible
    QUERY = "Q"  # opens a query, closed by the system when cured
    WARNING = "W"  # says so on the page, and no more
    ACTION = "S"  # a notice or an act of the system


@dataclass(frozen=True, slots=True)
class Deviation:
    """A protocol deviation that a check proposes, in the codes of DVCAT and DVSEV.

    :param once_randomised: it is one only of a participant who is randomised, such as an exclusion
        criterion found later (section 5.5).
    """

    category: str
    severity: str
    once_randomised: bool = False


@dataclass(frozen=True, slots=True)
class EditCheck:
    """A rule over a CRF's items; it fires when its expression is true.

    :param item: the item at which it is shown; empty takes the first own item that it reads.
    :param tells: what the placeholders of its message stand for, each something that it reads.
    :raises ValueError: when the message tells what the check does not read.
    """

    id: str
    severity: Severity
    when: Expression
    message: Label
    item: str = ""
    proposes: Deviation | None = None
    tells: tuple[tuple[str, Expression], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a message that would change although nothing that the check reads did."""
        told = frozenset[tuple[str, str]]().union(*(one.reads() for _, one in self.tells))
        if not told <= self.when.reads():
            message = f"check {self.id} tells what it does not read"
            raise ValueError(message)

    def told(self, scope: Scope) -> Label:
        """Return the message with what *scope* holds in the place of its placeholders."""
        if not self.tells:
            return self.message
        return self.message.filled(**{name: _said(one.evaluate(scope)) for name, one in self.tells})

    def at_item(self, own: frozenset[str]) -> str:
        """Return the item at which the check is shown, among the CRF's *own* items."""
        if self.item:
            return self.item
        return next((code for code in _named(self.when.tree) if code in own), "")


def _said(value: Value) -> str:
    number = as_number(value)
    return str(value) if number is None else number_text(exact_number(number) or 0)


def _named(tree: Tree) -> Iterator[str]:
    """Return the own items an expression names, in the order of its text."""
    kind, *parts = tree
    if kind in ("item", "this", "previous"):
        yield parts[0]
    elif kind in ("any", "count"):
        # A bare name in here is an item of the other form's rows.
        yield from (node[1] for node in walk(tree) if node[0] == "this")
    else:
        for part in parts:
            if isinstance(part, tuple):
                yield from _named(part)


def check(
    check_id: str,
    severity: str,
    when: str,
    *,
    en: str,
    zh: str,
    item: str = "",
    proposes: Deviation | None = None,
    tells: Mapping[str, str] | None = None,
) -> EditCheck:
    """Declare an edit check from the texts of the specification."""
    return EditCheck(
        id=check_id,
        severity=Severity(severity),
        when=parse(when),
        message=Label(en=en, zh=zh),
        item=item,
        proposes=proposes,
        tells=tuple((name, parse(text)) for name, text in (tells or {}).items()),
    )
