"""What "correct as entered" is said of: the values that a check read, as one digest.

A confirmed query is silent as long as its check reads the same values, and wakes when one of them
changes. Own items count as they are stored. What a check looks up elsewhere counts by its result:
whether such a row exists, the latest such value; so a row that changes no answer wakes nobody.
What passes by itself counts not at all, or every morning would wake every query: the day, and the
facts that only an act sets. Nor does the arm, which never changes and which no digest may tell.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING

from edc.protocol import STUDY
from edc.study.conditions import FACTS, walk
from edc.study.evaluation import evaluate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.services.rules import Place
    from edc.study.casebook import Casebook
    from edc.study.conditions import Expression, Tree

_LASTING = frozenset(
    {
        "consent_date", "randomisation_date", "row", "target_date", "visit", "visit_date",
        "visit_order", "window_end", "window_start",
    }
)  # fmt: skip
_LOOKED_UP = frozenset({"any", "at", "count", "earliest", "foreign", "latest", "previous"})


def fingerprint(
    book: Casebook, place: Place, *, item: str, repeat: int, check_id: str
) -> str | None:
    """Return the SHA-256 of what a check reads at a place, None where nothing was ever saved."""
    record = book.records.get(place)
    if record is None:
        return None
    scope = book.scope(record, repeat)
    owned, looked_up = _reads(place[1], check_id, item)
    if item:
        owned |= {item}
    cells = [(code, scope.cell(code)) for code in sorted(owned)]
    read = [
        [[code, cell.value, cell.missing] for code, cell in cells],
        [[json.dumps(tree), _written(evaluate(tree, scope))] for tree in looked_up],
    ]
    return hashlib.sha256(json.dumps(read, ensure_ascii=False).encode()).hexdigest()


def _written(value: object) -> str:
    """Return an evaluated value as text: numbers are exact fractions, so equal ones are alike."""
    return json.dumps(value) if isinstance(value, tuple) else str(value)


@cache
def _reads(form: str, check_id: str, shown_at: str) -> tuple[frozenset[str], tuple[Tree, ...]]:
    """Return the own items that a rule reads, and the expressions by which it looks elsewhere."""
    owned: set[str] = set()
    looked_up: dict[Tree, None] = {}
    own = STUDY.crfs[form].by_code
    for expression in _expressions(form, check_id, shown_at):
        for tree in _parts(expression.tree):
            named = {node[1] for node in walk(tree) if node[0] == "this"}
            named |= {tree[1]} if tree[0] == "item" else set()
            owned |= named & own.keys()
            if tree[0] != "item" and not _passes(tree):
                looked_up[tree] = None
    return frozenset(owned), tuple(looked_up)


def _expressions(form: str, check_id: str, shown_at: str) -> Iterator[Expression]:
    """Return what a rule evaluates: a check, a soft range (``SOFT:ITEM``), or a skip rule.

    One check may be asked of several items, as of every laboratory test: the one *shown_at* counts.
    """
    crf = STUDY.crfs[form]
    kind, _, code = check_id.partition(":")
    item = crf.by_code.get(code)
    if item is None:
        own = frozenset(crf.by_code)
        rules = [rule for rule in crf.checks if rule.id == check_id]
        here = [rule for rule in rules if rule.at_item(own) == shown_at]
        yield from (rule.when for rule in here or rules)
    elif kind == "SOFT" and item.soft is not None:
        yield from (end for end in (item.soft.low, item.soft.high) if end is not None)
    elif kind == "HIDDEN" and item.shown_when is not None:
        yield item.shown_when


def _parts(tree: Tree) -> Iterator[Tree]:
    """Return the places at which an expression reads: own items, facts, and look-ups whole."""
    kind, *parts = tree
    if kind in ("item", "fact") or kind in _LOOKED_UP:
        yield tree
        return
    for part in parts:
        if isinstance(part, tuple):
            yield from _parts(part)


def _passes(tree: Tree) -> bool:
    """Tell whether what an expression reads changes by itself, or may not be told."""
    facts = {
        node[1]
        for node in walk(tree)
        if node[0] in ("fact", "this", "previous") and (node[1] in FACTS or node[1] in STUDY.facts)
    }
    return not all(map(_lasts, facts))


@cache
def _lasts(name: str) -> bool:
    """Tell whether a fact holds until somebody changes data."""
    declared = STUDY.facts.get(name)
    if declared is None:
        return name in _LASTING
    named = (read for read in declared.reads if read.islower())
    return all(map(_lasts, named))
