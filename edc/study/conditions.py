"""The expression language of the study: skip rules, requirements, bounds and edit checks.

An expression is written as text, ``"OMPERF == 'Y' and OMLOC in ('IPD', 'OPD')"``, parsed once into
a tree of nested tuples, and evaluated by ``edc.study.evaluation`` on the server and by
``static/js/conditions.js`` in the browser. The tree is plain JSON, so both read the same thing; one
set of cases tests both.

What may be written
    ``ITEM``                    the item in the same record; a hidden item reads as empty
    ``FORM.ITEM``               the item on the participant's CRF (the latest record by date)
    ``previous.ITEM``           the item on the last earlier record of the same CRF, by date
    ``this.ITEM``               inside any and count: the item of the outer record
    lower-case names            facts: ``visit``, ``today``, ``consent_date`` … (see ``FACTS``), and
                                those that the study declares (``edc.study.facts``)
    ``== != < <= > >=``         comparisons, ``in`` and ``not in``: with an empty side they are
                                false, ``!=`` and ``not in`` included
    ``and or not``, ``+ - * /``, ``A if CONDITION else B``
    ``('A', 'B', ITEM)``        a list; what is empty is left out
    ``empty(X)``, ``abs(X)``, ``missing(X)``, ``length(X)``, ``year(X)``, ``changed(X)``
    ``at('BL', OM.OMWHO)``      the item on the CRF of that visit
    ``any(FORM, CONDITION)``, ``count(FORM, CONDITION)``, ``count_above(N, A, B, …)``
    ``earliest(FORM.ITEM)``, ``latest(FORM.ITEM)``, of days
    ``entry(ITEM, 'column')``   what the register, dictionary or log that a reference item points
                                into says of the chosen entry or row

``any`` and ``count`` also take a register of the site in place of a form, and ``changed`` an item
of another CRF.

How values compare and calculate is told in ``edc.study.values``. Nothing else can be written: there
are no attributes, calls or names outside these lists, and nothing is executed.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from edc.study.evaluation import evaluate, is_true
from edc.study.values import Value, as_number, compare, day_range, is_empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Tree: TypeAlias = "tuple[Any, ...]"

__all__ = [
    "CALLS",
    "FACTS",
    "Expression",
    "ExpressionError",
    "Scope",
    "Tree",
    "Value",
    "as_number",
    "compare",
    "day_range",
    "is_empty",
    "is_fact",
    "parse",
    "walk",
]

FACTS = frozenset(
    {
        "visit",  # code of the visit the record belongs to, empty for a log
        "visit_order",  # its VISITNUM
        "row",  # its number in a log, or the number of its part
        "today",  # calendar day at the site
        "now",  # the moment, with the site's offset
        "consent_date",  # first ICDAT
        "randomisation_date",  # day of RDDTM
        "target_date",  # planned day of the visit
        "window_start",
        "window_end",
        "visit_date",  # SVSTDAT of the same visit
        "arm",  # server side only; never sent to a browser
        "possible_duplicate",  # Y when another participant looks like the same person
        "randomised",  # Y once a slot is taken
        "ready_to_randomise",  # Y when RAND-01 has nothing to object to
        "target_reached",
        "randomisation_asked",  # Y while an allocation of the participant is asked for
        "rescreening_asked",  # Y while a further screening of the participant is asked for
        "report_asked",  # Y while a safety report is being sent
        "signature_asked",  # Y while a signature of the record is asked for
        "unsettled",  # Y while the participant has an open query or hard check
    }
)
CALLS = frozenset(
    {
        "empty", "abs", "missing", "length", "year", "changed", "at",
        "any", "count", "count_above", "earliest", "latest", "entry",
    }
)  # fmt: skip
_ONE_ARGUMENT = frozenset({"empty", "abs", "length", "year"})
_SHAPES: dict[str, tuple[tuple[str, ...], ...]] = {
    "missing": (("item",),),
    "changed": (("item",), ("foreign",)),
    "at": (("const", "foreign"),),
    "entry": (("item", "const"),),
    "earliest": (("foreign",),),
    "latest": (("foreign",),),
}

_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
_OWNERS = frozenset({"previous", "this"})
_FACT = re.compile(r"[a-z][a-z0-9_]{2,60}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")

LONGEST_SOURCE = 4000
DEEPEST_TREE = 40


class ExpressionError(ValueError):
    """The text is not an expression of the study's language."""


class Scope(Protocol):
    """What an expression reads: one record, its participant's other records, and facts."""

    def item(self, code: str) -> Value:
        """Return the record's own item; empty when it is hidden or not answered."""

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        """Return an item of another CRF of the participant."""

    def previous(self, code: str) -> Value:
        """Return the item on the last earlier record of the same CRF."""

    def fact(self, name: str) -> Value:
        """Return a fact of ``FACTS``."""

    def rows(self, form: str) -> Iterable[Scope]:
        """Return a scope for each of the participant's records of *form*."""

    def is_missing(self, code: str) -> bool:
        """Tell whether the item holds a missing code."""

    def is_changed(self, code: str) -> bool:
        """Tell whether a saved value of the item was changed after randomisation."""

    def entry(self, code: str, column: str) -> Value:
        """Return a column of the register or dictionary entry that a reference item names."""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression, as it was written and as it is evaluated."""

    source: str
    tree: Tree

    def evaluate(self, scope: Scope) -> Value:
        """Return the value of the expression in *scope*, a number as a decimal number."""
        value = evaluate(self.tree, scope)
        is_number = isinstance(value, int | Fraction) and not isinstance(value, bool)
        return as_number(value) if is_number else value

    def holds(self, scope: Scope) -> bool:
        """Tell whether the expression is true in *scope*."""
        return is_true(self.tree, scope)

    def reads(self) -> frozenset[tuple[str, str]]:
        """Return what it depends on, as ``(form, item)``; the own record's form is ``""``.

        ``(form, "*")`` stands for the existence of rows of *form*.
        """
        return frozenset(_reads(self.tree, ""))

    def facts(self) -> frozenset[str]:
        """Return the names of the facts it depends on."""
        return frozenset(
            node[1]
            for node in walk(self.tree)
            if node[0] in ("fact", "this", "previous") and is_fact(node[1])
        )


def is_fact(name: str) -> bool:
    """Tell whether a name is a fact's; items are in capitals."""
    return name[:1].islower()


@cache
def parse(source: str) -> Expression:
    """Read *source* into an expression.

    :raises ExpressionError: when it uses anything outside the language.
    """
    if len(source) > LONGEST_SOURCE or "\\" in source:
        message = f"an expression has at most {LONGEST_SOURCE} characters and no backslash"
        raise ExpressionError(message)
    try:
        body = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        # Null characters, lone surrogates and absurd nesting have each their own way to fail.
        message = f"{source!r} is not an expression: {error}"
        raise ExpressionError(message) from error
    return Expression(source=source, tree=_Parser(source.strip()).node(body, depth=1))


class _Parser:
    """Turn Python's syntax tree into ours, refusing all that is not in the language."""

    def __init__(self, source: str) -> None:
        self.source = source

    def node(self, node: ast.expr, *, depth: int) -> Tree:
        if depth > DEEPEST_TREE:
            raise self.refusal("nesting this deep")
        match node:
            case ast.Constant():
                return self.constant(node)
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=code):
                return self.attribute(owner, code)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, arguments, depth=depth + 1)
        return self.operation(node, depth=depth + 1)

    def operation(self, node: ast.expr, *, depth: int) -> Tree:  # noqa: PLR0911 - one a kind
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts) if parts:
                return ("list", *self.nodes(parts, depth=depth))
            case ast.BoolOp(op=op, values=parts):
                word = "and" if isinstance(op, ast.And) else "or"
                return (word, *self.nodes(parts, depth=depth))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ("not", self.node(operand, depth=depth))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.negative(self.node(operand, depth=depth))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                return self.compare(left, ops, rights, depth=depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return (_ARITHMETIC[type(op)], *self.nodes([left, right], depth=depth))
            case ast.IfExp(test=test, body=body, orelse=other):
                return ("if", *self.nodes([test, body, other], depth=depth))
        raise self.refusal(ast.get_source_segment(self.source, node) or type(node).__name__)

    def nodes(self, parts: list[ast.expr], *, depth: int) -> list[Tree]:
        return [self.node(part, depth=depth) for part in parts]

    def refusal(self, part: str) -> ExpressionError:
        return ExpressionError(
            f"{part[:80]!r} in {self.source[:200]!r} is not part of the expression language"
        )

    def constant(self, node: ast.Constant) -> Tree:
        if isinstance(node.value, str):
            return ("const", node.value)
        # The digits as they stand: a float would not keep them, and 1e400 would be infinite.
        digits = ast.get_source_segment(self.source, node) or ""
        if not _NUMBER.fullmatch(digits):
            raise self.refusal(digits)
        return ("const", digits)

    def negative(self, operand: Tree) -> Tree:
        if operand[0] == "const" and _NUMBER.fullmatch(operand[1]):
            return ("const", f"-{operand[1]}")
        return ("-", ("const", "0"), operand)

    def name(self, name: str) -> Tree:
        if _FACT.fullmatch(name) and name not in _OWNERS:
            return ("fact", name)
        if _CODE.fullmatch(name):
            return ("item", name)
        raise self.refusal(name)

    def attribute(self, owner: str, code: str) -> Tree:
        if owner in _OWNERS and (_CODE.fullmatch(code) or _FACT.fullmatch(code)):
            return (owner, code)
        if _CODE.fullmatch(owner) and _CODE.fullmatch(code):
            return ("foreign", owner, code)
        raise self.refusal(f"{owner}.{code}")

    def compare(
        self, left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr], *, depth: int
    ) -> Tree:
        parts: list[Tree] = []
        for op, right in zip(ops, rights, strict=True):
            if type(op) not in _COMPARE:
                raise self.refusal("is")
            sides = self.node(left, depth=depth), self.node(right, depth=depth)
            parts.append((_COMPARE[type(op)], *sides))
            left = right
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def call(self, name: str, arguments: list[ast.expr], *, depth: int) -> Tree:
        if name not in CALLS or not arguments:
            raise self.refusal(f"{name}()")
        if name in ("any", "count"):
            return self.rows(name, arguments, depth=depth)
        nodes = self.nodes(arguments, depth=depth)
        shape = tuple(node[0] for node in nodes)
        if (
            (name in _SHAPES and shape not in _SHAPES[name])
            or (name in _ONE_ARGUMENT and len(nodes) != 1)
            or (name == "count_above" and len(nodes) == 1)
        ):
            raise self.refusal(f"{name}({', '.join(shape)})")
        return (name, *nodes)

    def rows(self, name: str, arguments: list[ast.expr], *, depth: int) -> Tree:
        form, *condition = arguments
        if not isinstance(form, ast.Name) or not _CODE.fullmatch(form.id) or len(condition) > 1:
            raise self.refusal(f"{name}()")
        inner = self.node(condition[0], depth=depth) if condition else ("const-true",)
        return (name, form.id, inner)


def walk(tree: Tree) -> Iterator[Tree]:
    """Return every node of *tree*, itself first."""
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from walk(part)


def _reads(tree: Tree, form: str) -> Iterator[tuple[str, str]]:
    match tree:
        case ("item", code):
            yield (form, code)
        case ("this", code) if not is_fact(code):
            yield ("", code)
        case ("previous", code) if not is_fact(code):
            yield (form, code)
        case ("foreign", other, code):
            yield (other, code)
        case ("any" | "count", other, condition):
            yield (other, "*")
            yield from _reads(condition, other)
        case _:
            for part in tree[1:]:
                if isinstance(part, tuple):
                    yield from _reads(part, form)
