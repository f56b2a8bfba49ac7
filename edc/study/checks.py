"""Edit checks: what is wrong, how grave it is, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from edc.label import Label
from edc.study.conditions import Expression, parse


class Severity(StrEnum):
    """What a check does when it fires."""

    HARD = "H"  # refuses the save: only for the impossible
    QUERY = "Q"  # opens a query, closed by the system when cured
    WARNING = "W"  # says so on the page, and no more
    ACTION = "S"  # a notice or an act of the system


@dataclass(frozen=True, slots=True)
class EditCheck:
    """A rule over a CRF's items; it fires when its expression is true.

    :param item: the item at which it is shown; empty takes the first own item that it reads.
    :param form: set by the CRF that declares it.
    """

    id: str
    severity: Severity
    when: Expression
    message: Label
    item: str = ""

    def at_item(self, own: frozenset[str]) -> str:
        """Return the item at which the check is shown, among the CRF's *own* items."""
        if self.item:
            return self.item
        return next(
            (node for node in _in_order(self.when.tree) if node in own),
            "",
        )


def _in_order(tree: tuple[object, ...]) -> list[str]:
    """Return the own items an expression names, in the order of its text."""
    if tree[0] in ("item", "this", "previous"):
        return [str(tree[1])]
    if tree[0] in ("any", "count"):
        return [code for node in _this_nodes(tree) for code in node]
    return [
        code for part in tree[1:] if isinstance(part, tuple) and part for code in _in_order(part)
    ]


def _this_nodes(tree: tuple[object, ...]) -> list[list[str]]:
    if tree[0] == "this":
        return [[str(tree[1])]]
    return [
        found
        for part in tree[1:]
        if isinstance(part, tuple) and part
        for found in _this_nodes(part)
    ]


def check(
    check_id: str, severity: str, when: str, *, en: str, zh: str, item: str = ""
) -> EditCheck:
    """Declare an edit check from the texts of the specification."""
    return EditCheck(
        id=check_id,
        severity=Severity(severity),
        when=parse(when),
        message=Label(en=en, zh=zh),
        item=item,
    )
