"""What the expressions of one entry of a register read: its own items, and the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from edc.study.conditions import Scope, Value
    from edc.study.items import Item
    from edc.study.study import Register


class EntryScope:
    """One entry of a register, read as a CRF's record is; it stands at a site, beside nobody."""

    def __init__(
        self, register: Register, values: Mapping[str, str], *, facts: Mapping[str, str]
    ) -> None:
        """Read *values*, item → canonical value; *facts* are those that no entry decides."""
        self.register = register
        self.values = values
        self.facts = facts

    def is_shown(self, item: Item) -> bool:
        """Tell whether the item is asked, given the entry's other values."""
        return item.shown_when is None or item.shown_when.holds(self)

    def item(self, code: str) -> Value:
        """Return the entry's own item; empty when it is not asked."""
        declared = self.register.by_code.get(code)
        if declared is None or not self.is_shown(declared):
            return None
        return self.values.get(code)

    def fact(self, name: str) -> Value:
        """Return a fact such as the day."""
        return self.facts.get(name)

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        """Return nothing: an entry belongs to no participant."""
        del form, code, visit
        return None

    def previous(self, code: str) -> Value:
        """Return nothing: entries have no order in time."""
        del code
        return None

    def rows(self, form: str) -> Iterable[Scope]:
        """Return nothing: an entry belongs to no participant."""
        del form
        return ()

    def is_missing(self, code: str) -> bool:
        """Tell whether the item is asked and holds nothing."""
        return self.item(code) is None

    def is_changed(self, code: str) -> bool:
        """Return False: an entry was never randomised."""
        del code
        return False

    def entry(self, code: str, column: str) -> Value:
        """Return nothing: an entry names no other one."""
        del code, column
        return None
