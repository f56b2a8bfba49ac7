"""What a rule is called on a page: a check by its id, an item's own rule in words.

The ids of an item's own rules (``SOFT:TEMP``) are for the trail and for exports; whoever reads a
query sees the item named beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import pgettext

from edc.study.items import Choice, LongText, MultiChoice, Text

if TYPE_CHECKING:
    from edc.study.items import Item


def rule_words(rule: str, item: Item | None) -> dict[str, str] | None:
    """Return the rule as it is shown: ``code`` for a check's id, else ``text``; None without one.

    :param item: the item that the rule belongs to, where it is still declared.
    """
    kind, mark, _code = rule.partition(":")
    words = {
        "SOFT": _soft_words(item),
        "HARD": pgettext("rule", "possible range"),
        "HIDDEN": pgettext("rule", "no longer asked"),
    }
    if mark and kind in words:
        return {"text": str(words[kind])}
    return {"code": rule} if rule else None


def _soft_words(item: Item | None) -> str:
    """Return what an item is asked about when its value is not what is usual."""
    match item:
        case Choice() | MultiChoice():
            return str(pgettext("rule", "expected answer"))
        case Text() | LongText():
            return str(pgettext("rule", "usual length"))
    return str(pgettext("rule", "plausible range"))
