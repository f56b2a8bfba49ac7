"""The expression language of the study: skip rules, requirements, bounds and edit checks.

An expression is written as text, ``"OMPERF == 'Y' and OMLOC in ('IPD', 'OPD')"``, parsed once into a
tree of nested tuples, and evaluated here on the server and by ``static/js/conditions.js`` in the
browser. The tree is plain JSON, so both read the same thing; one set of cases tests both.

What may be written
    ``ITEM``                    the item in the same record; a hidden item reads as empty
    ``FORM.ITEM``               the item on the participant's CRF (the latest record by date)
    ``previous.ITEM``           the item on the last earlier record of the same CRF, by date
    ``this.ITEM``               inside any/count/earliest/latest: the item of the outer record
    lower-case names            facts: ``visit``, ``today``, ``consent_date`` … (see ``FACTS``)
    ``== != < <= > >= in``      comparisons; with an empty side they are false, ``!=`` included
    ``and or not``, ``+ - * /``, ``A if CONDITION else B``
    ``empty(X)``, ``abs(X)``, ``missing(X)``, ``length(X)``, ``year(X)``, ``changed(X)``
    ``at('BL', OM.OMWHO)``      the item on the CRF of that visit
    ``any(FORM, CONDITION)``, ``count(FORM, CONDITION)``, ``count_above(N, A, B, …)``
    ``earliest(FORM.ITEM)``, ``latest(FORM.ITEM)``
    ``entry(ITEM, 'column')``   what the register or dictionary that a reference item points into
                                says of the chosen entry (on the server only)

``any`` and ``count`` also take a register of the site in place of a form, and ``changed`` an item
of another CRF.

Values are canonical text. Two that read as numbers compare as numbers, two that read as dates by
their possible range (a partial date is before another only if every day it may be is before it),
anything else as text. ``date - date`` is days; ``date ± number`` is a date. Nothing else can be
written: there are no attributes, calls or names outside these lists, and nothing is executed.
"""

from __future__ import annotations

import ast
import operator
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Value: TypeAlias = "str | Decimal | bool | tuple[str, ...] | None"
Tree: TypeAlias = "tuple[Any, ...]"

FACTS = frozenset(
    {
        "visit",  # code of the visit the record belongs to, empty for a log
        "visit_order",  # its VISITNUM
        "today",  # calendar day at the site
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
        "rescreening_asked",  # Y while a further screening of the participant is asked for
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

_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?\Z")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*\Z")


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
        """Return the value of the expression in *scope*."""
        return _evaluate(self.tree, scope, None)

    def holds(self, scope: Scope) -> bool:
        """Tell whether the expression is true in *scope*."""
        return _evaluate(self.tree, scope, None) is True

    def reads(self) -> frozenset[tuple[str, str]]:
        """Return what it depends on, as ``(form, item)``; the own record's form is ``""``.

        ``(form, "*")`` stands for the existence of rows of *form*.
        """
        return frozenset(_reads(self.tree, ""))

    def facts(self) -> frozenset[str]:
        """Return the names of the facts it depends on."""
        return frozenset(node[1] for node in _walk(self.tree) if node[0] == "fact")


@lru_cache(maxsize=None)
def parse(source: str) -> Expression:
    """Read *source* into an expression.

    :raises ExpressionError: when it uses anything outside the language.
    """
    try:
        body = ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        message = f"{source!r} is not an expression: {error.msg}"
        raise ExpressionError(message) from error
    return Expression(source=source, tree=_Parser(source).node(body))


class _Parser:
    """Turn Python's syntax tree into ours, refusing all that is not in the language."""

    def __init__(self, source: str) -> None:
        self.source = source

    def node(self, node: ast.expr) -> Tree:  # noqa: PLR0911 - one return per kind of node
        match node:
            case ast.Constant(value=str() as text):
                return ("const", text)
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return ("const", str(number))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return ("list", *(self.node(element) for element in elements))
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=code):
                return self.attribute(owner, code)
            case ast.BoolOp(op=op, values=values):
                return (
                    "and" if isinstance(op, ast.And) else "or",
                    *(self.node(value) for value in values),
                )
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ("not", self.node(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return ("-", ("const", "0"), self.node(operand))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                return self.compare(left, ops, rights)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return (_ARITHMETIC[type(op)], self.node(left), self.node(right))
            case ast.IfExp(test=test, body=body, orelse=other):
                return ("if", self.node(test), self.node(body), self.node(other))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self.call(name, arguments)
        self.refuse(ast.unparse(node))

    def refuse(self, part: str) -> Any:  # noqa: ANN401 - never returns
        message = f"{part!r} in {self.source!r} is not part of the expression language"
        raise ExpressionError(message)

    def name(self, name: str) -> Tree:
        if name in FACTS:
            return ("fact", name)
        if _CODE.match(name):
            return ("item", name)
        return self.refuse(name)  # type: ignore[no-any-return]

    def attribute(self, owner: str, code: str) -> Tree:
        if not _CODE.match(code) and code not in FACTS:
            self.refuse(f"{owner}.{code}")
        if owner in ("previous", "this"):
            return (owner, code)
        if _CODE.match(owner):
            return ("foreign", owner, code)
        return self.refuse(f"{owner}.{code}")  # type: ignore[no-any-return]

    def compare(self, left: ast.expr, ops: list[ast.cmpop], rights: list[ast.expr]) -> Tree:
        parts: list[Tree] = []
        for op, right in zip(ops, rights, strict=True):
            if type(op) not in _COMPARE:
                self.refuse(ast.unparse(left))
            parts.append((_COMPARE[type(op)], self.node(left), self.node(right)))
            left = right
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def call(self, name: str, arguments: list[ast.expr]) -> Tree:
        if name not in CALLS:
            self.refuse(name)
        if name in ("any", "count"):
            form, *condition = arguments
            if not isinstance(form, ast.Name) or len(condition) > 1:
                self.refuse(name)
            inner = self.node(condition[0]) if condition else ("const-true",)
            return (name, form.id, inner)  # type: ignore[attr-defined]
        nodes = [self.node(argument) for argument in arguments]
        if name in ("earliest", "latest") and [n[0] for n in nodes] != ["foreign"]:
            self.refuse(name)
        if name == "at" and [n[0] for n in nodes] != ["const", "foreign"]:
            self.refuse(name)
        if name == "missing" and [n[0] for n in nodes] != ["item"]:
            self.refuse(name)
        if name == "changed" and [n[0] for n in nodes] not in (["item"], ["foreign"]):
            self.refuse(name)
        if name == "entry" and [n[0] for n in nodes] != ["item", "const"]:
            self.refuse(name)
        return (name, *nodes)


def _walk(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from _walk(part)


def _reads(tree: Tree, form: str) -> Iterator[tuple[str, str]]:
    match tree:
        case ("item", code):
            yield (form, code)
        case ("this", code) if code not in FACTS:
            yield ("", code)
        case ("previous", code):
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


def is_empty(value: Value) -> bool:
    """Tell whether *value* holds nothing; an entered 0 is not nothing."""
    return value is None or value in ("", ())


def day_range(text: str) -> tuple[date, date] | None:
    """Return the first and the last day that a full or partial date may be, or None."""
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    if year is None:
        return None
    try:
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        return None


def as_number(value: Value) -> Decimal | None:
    """Return *value* as a number if it reads as one."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _NUMBER.match(value):
        return Decimal(value)
    return None


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def compare(op: str, left: Value, right: Value) -> bool:
    """Compare two values by *op*; false when either is empty."""
    if isinstance(left, bool) or isinstance(right, bool):
        return _ORDER[op](bool(left), bool(right))
    if is_empty(left) or is_empty(right):
        return False
    numbers = as_number(left), as_number(right)
    if None not in numbers:
        return _ORDER[op](*numbers)
    if isinstance(left, str) and isinstance(right, str):
        days = day_range(left), day_range(right)
        if days[0] and days[1] and op not in ("==", "!="):
            (left_first, left_last), (right_first, right_last) = days[0], days[1]
            if op in ("<", "<="):
                return _ORDER[op](left_last, right_first)
            return _ORDER[op](left_first, right_last)
        return _ORDER[op](left, right)
    return _ORDER[op](left, right) if op in ("==", "!=") else False


def _member(left: Value, right: Value) -> bool:
    if is_empty(left) or is_empty(right):
        return False
    choices = right if isinstance(right, tuple) else (right,)
    return any(compare("==", left, choice) for choice in choices)  # type: ignore[arg-type]


def _calculate(op: str, left: Value, right: Value) -> Value:
    if is_empty(left) or is_empty(right):
        return None
    numbers = as_number(left), as_number(right)
    first = day_range(left) if isinstance(left, str) and numbers[0] is None else None
    second = day_range(right) if isinstance(right, str) and numbers[1] is None else None
    if first and second and op == "-":
        exact = first[0] == first[1] and second[0] == second[1]
        return Decimal((first[0] - second[0]).days) if exact else None
    if first and numbers[1] is not None and op in "+-":
        days = timedelta(days=int(numbers[1]))
        return (first[0] + days if op == "+" else first[0] - days).isoformat()
    if numbers[0] is None or numbers[1] is None:
        return None
    try:
        if op == "/":
            return numbers[0] / numbers[1]
        return {"+": operator.add, "-": operator.sub, "*": operator.mul}[op](*numbers)  # type: ignore[no-any-return]
    except (DivisionByZero, InvalidOperation):
        return None


def _evaluate(tree: Tree, scope: Scope, outer: Scope | None) -> Value:  # noqa: C901, PLR0911, PLR0912 - one arm per node
    match tree:
        case ("const", text):
            return text  # type: ignore[no-any-return]
        case ("const-true",):
            return True
        case ("list", *elements):
            return tuple(str(_evaluate(element, scope, outer)) for element in elements)
        case ("item", code):
            return scope.item(code)
        case ("fact", name):
            return scope.fact(name)
        case ("previous", code):
            return scope.previous(code)
        case ("this", code):
            return (
                None if outer is None else outer.fact(code) if code in FACTS else outer.item(code)
            )
        case ("foreign", form, code):
            return scope.foreign(form, code)
        case ("at", ("const", visit), ("foreign", form, code)):
            return scope.foreign(form, code, visit=visit)
        case ("and", *parts):
            return all(_evaluate(part, scope, outer) is True for part in parts)
        case ("or", *parts):
            return any(_evaluate(part, scope, outer) is True for part in parts)
        case ("not", part):
            return _evaluate(part, scope, outer) is not True
        case ("if", test, body, other):
            return _evaluate(body if _evaluate(test, scope, outer) is True else other, scope, outer)
        case ("in", left, right):
            return _member(_evaluate(left, scope, outer), _evaluate(right, scope, outer))
        case ("not in", left, right):
            value = _evaluate(left, scope, outer)
            return not is_empty(value) and not _member(value, _evaluate(right, scope, outer))
        case ("==" | "!=" | "<" | "<=" | ">" | ">=" as op, left, right):
            return compare(op, _evaluate(left, scope, outer), _evaluate(right, scope, outer))
        case ("+" | "-" | "*" | "/" as op, left, right):
            return _calculate(op, _evaluate(left, scope, outer), _evaluate(right, scope, outer))
        case ("empty", part):
            return is_empty(_evaluate(part, scope, outer))
        case ("missing", ("item", code)):
            return scope.is_missing(code)
        case ("changed", ("item", code)):
            return scope.is_changed(code)
        case ("changed", ("foreign", form, code)):
            return any(row.is_changed(code) for row in scope.rows(form))
        case ("entry", ("item", code), ("const", column)):
            return scope.entry(code, column)
        case ("length", part):
            value = _evaluate(part, scope, outer)
            return Decimal(0 if is_empty(value) else len(value) if isinstance(value, tuple) else 1)
        case ("year", part):
            value = _evaluate(part, scope, outer)
            return value[:4] if isinstance(value, str) and day_range(value) else None
        case ("abs", part):
            number = as_number(_evaluate(part, scope, outer))
            return None if number is None else abs(number)
        case ("any", form, condition):
            return any(_evaluate(condition, row, scope) is True for row in scope.rows(form))
        case ("count", form, condition):
            return Decimal(
                sum(_evaluate(condition, row, scope) is True for row in scope.rows(form))
            )
        case ("count_above", limit, *parts):
            bound = _evaluate(limit, scope, outer)
            return Decimal(sum(compare(">", _evaluate(p, scope, outer), bound) for p in parts))
        case ("earliest" | "latest" as name, ("foreign", form, code)):
            values = [row.item(code) for row in scope.rows(form)]
            texts = sorted(value for value in values if isinstance(value, str) and value)
            return (texts[0] if name == "earliest" else texts[-1]) if texts else None
    message = f"unknown node {tree[0]!r}"
    raise ExpressionError(message)
