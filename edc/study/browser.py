"""What a browser needs to follow a CRF's conditions while it is filled in.

The browser evaluates the same trees (``static/js/conditions.js``). It holds one record and nothing
else, so every node that reads outside the record is worked out here and given by its JSON text. A
study whose conditions read the arm does not build, hence nothing given here can tell it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from edc.study.conditions import Expression
from edc.study.evaluation import evaluate
from edc.study.values import number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edc.study.conditions import Scope, Tree, Value
    from edc.study.crf import Crf
    from edc.study.study import Register

OUTSIDE = frozenset(
    {"previous", "foreign", "at", "any", "count", "earliest", "latest", "changed", "entry"}
)
"""The nodes that read more than the record's own values."""


def browser_context(
    crf: Crf | Register, scope: Scope, *, hidden: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return the conditions of *crf* and what they read outside its fields, as JSON values.

    ``shown`` and ``required`` are trees by item, ``facts`` and ``resolved`` what they read (the
    latter by the node's JSON text), ``items`` the values of items that have no field.

    :param hidden: the items of which the person may not know.
    """
    known = [item for item in crf.items if item.code not in hidden]
    shown = {item.code: item.shown_when.tree for item in known if item.shown_when}
    required = {
        item.code: item.required.tree for item in known if isinstance(item.required, Expression)
    }
    nodes = [node for tree in (*shown.values(), *required.values()) for node in _inside(tree)]
    facts = sorted({node[1] for node in nodes if node[0] == "fact"})
    codes = sorted({node[1] for node in nodes if node[0] == "item"})
    return {
        "shown": shown,
        "required": required,
        "facts": {name: plain(scope.fact(name)) for name in facts},
        "items": {
            code: plain(scope.item(code))
            for code in codes
            if code in crf.by_code and not crf.by_code[code].is_typed and code not in hidden
        },
        "resolved": resolved([*shown.values(), *required.values()], scope),
    }


def resolved(trees: Iterable[Tree], scope: Scope) -> dict[str, Any]:
    """Return the value of every node of *trees* that reads outside the record, by its JSON text."""
    return {
        node_key(node): plain(evaluate(node, scope))
        for tree in trees
        for node in _inside(tree)
        if node[0] in OUTSIDE
    }


def node_key(node: Tree) -> str:
    """Return the JSON text of *node*, as ``JSON.stringify`` writes it."""
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))


def plain(value: Value) -> Any:  # noqa: ANN401 - a JSON value
    """Return *value* as JSON holds it: a whole number as one, any other number as its text."""
    if isinstance(value, Decimal | Fraction):
        number = Fraction(value)
        return number.numerator if number.denominator == 1 else number_text(number)
    return list(value) if isinstance(value, tuple) else value


def _inside(tree: Tree) -> Iterator[Tree]:
    """Return the nodes that a browser comes upon: none within one that is given to it."""
    yield tree
    if tree[0] not in OUTSIDE:
        for part in tree[1:]:
            if isinstance(part, tuple):
                yield from _inside(part)
