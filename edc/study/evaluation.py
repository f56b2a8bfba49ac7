"""Evaluate the tree of an expression; ``static/js/conditions.js`` is this module's twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from edc.study.values import (
    Value,
    calculate,
    compare,
    day_range,
    exact_number,
    is_empty,
    is_member,
    number_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.study.conditions import Scope, Tree

    Outer: TypeAlias = "Scope | None"
    Node: TypeAlias = Callable[[Tree, Scope, Outer], Value]


def evaluate(tree: Tree, scope: Scope, outer: Outer = None) -> Value:
    """Return the value of *tree* in *scope*; *outer* is the record that ``this`` names."""
    return _NODES[tree[0]](tree, scope, outer)


def is_true(tree: Tree, scope: Scope, outer: Outer = None) -> bool:
    """Tell whether *tree* is true in *scope*; a value that is no condition is not."""
    return evaluate(tree, scope, outer) is True


def _list(tree: Tree, scope: Scope, outer: Outer) -> Value:
    found: list[str] = []
    for element in tree[1:]:
        value = evaluate(element, scope, outer)
        if isinstance(value, tuple):
            found.extend(value)
        elif isinstance(value, str) and value:
            found.append(value)
        elif (number := exact_number(value)) is not None:
            found.append(number_text(number))
    return tuple(found)


def _this(tree: Tree, _: Scope, outer: Outer) -> Value:
    if outer is None:
        return None
    name = tree[1]
    return outer.item(name) if name[0].isupper() else outer.fact(name)


def _at(tree: Tree, scope: Scope, _: Outer) -> Value:
    visit, (form, code) = tree[1][1], tree[2][1:]
    return scope.foreign(form, code, visit=visit)


def _not_in(tree: Tree, scope: Scope, outer: Outer) -> Value:
    left, right = evaluate(tree[1], scope, outer), evaluate(tree[2], scope, outer)
    return not (is_empty(left) or is_empty(right) or is_member(left, right))


def _changed(tree: Tree, scope: Scope, _: Outer) -> Value:
    kind, *names = tree[1]
    if kind == "item":
        return scope.is_changed(names[0])
    return any(row.is_changed(names[1]) for row in scope.rows(names[0]))


def _length(tree: Tree, scope: Scope, outer: Outer) -> Value:
    value = evaluate(tree[1], scope, outer)
    if is_empty(value):
        return 0
    return len(value) if isinstance(value, tuple) else 1


def _year(tree: Tree, scope: Scope, outer: Outer) -> Value:
    value = evaluate(tree[1], scope, outer)
    return value[:4] if isinstance(value, str) and day_range(value) else None


def _abs(tree: Tree, scope: Scope, outer: Outer) -> Value:
    number = exact_number(evaluate(tree[1], scope, outer))
    return None if number is None else max(number, -number)


def _count_above(tree: Tree, scope: Scope, outer: Outer) -> Value:
    bound = evaluate(tree[1], scope, outer)
    return sum(compare(">", evaluate(part, scope, outer), bound) for part in tree[2:])


def _earliest_or_latest(tree: Tree, scope: Scope, _: Outer) -> Value:
    name, (form, code) = tree[0], tree[1][1:]
    texts = [value for row in scope.rows(form) if isinstance(value := row.item(code), str)]
    days = [(found, text) for text in texts if (found := day_range(text))]
    if not days:
        return None
    if name == "earliest":
        return min(days, key=lambda one: (one[0][0], one[1]))[1]
    return max(days, key=lambda one: (one[0][1], one[1]))[1]


def _comparison(op: str) -> Node:
    return lambda tree, scope, outer: compare(
        op, evaluate(tree[1], scope, outer), evaluate(tree[2], scope, outer)
    )


def _arithmetic(op: str) -> Node:
    return lambda tree, scope, outer: calculate(
        op, evaluate(tree[1], scope, outer), evaluate(tree[2], scope, outer)
    )


_NODES: dict[str, Node] = {
    "const": lambda tree, _, __: tree[1],
    "const-true": lambda _, __, ___: True,
    "list": _list,
    "item": lambda tree, scope, _: scope.item(tree[1]),
    "fact": lambda tree, scope, _: scope.fact(tree[1]),
    "previous": lambda tree, scope, _: scope.previous(tree[1]),
    "this": _this,
    "foreign": lambda tree, scope, _: scope.foreign(tree[1], tree[2]),
    "at": _at,
    "and": lambda tree, scope, outer: all(is_true(part, scope, outer) for part in tree[1:]),
    "or": lambda tree, scope, outer: any(is_true(part, scope, outer) for part in tree[1:]),
    "not": lambda tree, scope, outer: not is_true(tree[1], scope, outer),
    "if": lambda tree, scope, outer: evaluate(
        tree[2] if is_true(tree[1], scope, outer) else tree[3], scope, outer
    ),
    "in": lambda tree, scope, outer: is_member(
        evaluate(tree[1], scope, outer), evaluate(tree[2], scope, outer)
    ),
    "not in": _not_in,
    **{op: _comparison(op) for op in ("==", "!=", "<", "<=", ">", ">=")},
    **{op: _arithmetic(op) for op in ("+", "-", "*", "/")},
    "empty": lambda tree, scope, outer: is_empty(evaluate(tree[1], scope, outer)),
    "missing": lambda tree, scope, _: scope.is_missing(tree[1][1]),
    "changed": _changed,
    "entry": lambda tree, scope, _: scope.entry(tree[1][1], tree[2][1]),
    "length": _length,
    "year": _year,
    "abs": _abs,
    "any": lambda tree, scope, _: any(is_true(tree[2], row, scope) for row in scope.rows(tree[1])),
    "count": lambda tree, scope, _: sum(
        is_true(tree[2], row, scope) for row in scope.rows(tree[1])
    ),
    "count_above": _count_above,
    "earliest": _earliest_or_latest,
    "latest": _earliest_or_latest,
}
