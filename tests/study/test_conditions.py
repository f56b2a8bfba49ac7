"""Expressions give what the cases say, and nothing outside the language is an expression."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.study.conditions import (
    DEEPEST_TREE,
    LONGEST_SOURCE,
    ExpressionError,
    Scope,
    parse,
)
from tests.study.plain_scope import Case, PlainScope, as_json, read_cases

CASES = read_cases()


@pytest.mark.parametrize("case", CASES, ids=[f"{case.about}: {case.source}" for case in CASES])
def test_an_expression_gives_what_its_case_says(case: Case) -> None:
    scope: Scope = case.scope
    found = parse(case.source).evaluate(scope)
    assert as_json(found) == case.expected
    assert parse(case.source).holds(scope) is (case.expected is True)


def test_there_are_enough_cases_to_keep_two_evaluators_together() -> None:
    assert len(CASES) >= 150
    assert len({(case.about, case.source) for case in CASES}) == len(CASES)


HOSTILE = [
    "__import__('os').system('true')", "A.__class__", "A.B.C", "().__class__", "open('x')",
    "eval('1')", "[x for x in A]", "{x for x in A}", "{A: 1}", "{A}", "(x for x in A)",
    "lambda: 1", "lambda A: A", "(A := 1)", "await A", "yield A", "A[0]", "A[1:2]", "A['x']",
    "f'{A}'", "b'A'", "1j", "1e5", "1e400", "0x10", "0b1", "0o7", "1_000", "True", "False", "None",
    "...", "A is B", "A is not B", "~A", "+A", "A ** 2", "A // 2", "A % 2", "A @ B", "A << 1",
    "A | B", "A & B", "A ^ B", "*A", "empty(*A)", "empty(A, B)", "empty()", "empty(x=A)", "abs()",
    "any()", "any('AE')", "any(AE, A, B)", "any(ae)", "count(AE.X)", "at(BL, OM.X)", "at('BL', X)",
    "at('BL')", "missing('A')", "missing(AE.X)", "changed('A')", "earliest(X)", "latest('A')",
    "entry(A)", "entry('A', 'b')", "count_above(1)", "year()", "year(A, B)", "length()", "item(A)",
    "a", "aB", "_A", "__A", "previous", "previous.a", "this.__class__", "this.a", "OM.a", "om.A",
    "OM.visit", "()", "[]", "", " ", "A B", "A ==", "== A", "A = B",
    "A; B", "import os", "A if B", "A if B else", "not", "'", "'a", "'\\n'", "\\", "A\x00", "\x00",
    "'\ud800'", "\ud800", "１", "А == 1", "A == １", "A\u200b", "A == 0.", "A == .5",
    "print(A)", "exit()", "A.item", "A.mro()", "previous.A.B", "empty(lambda: A)", "(yield)",
    "A == 1.0000000000000000000000001", "9" * 5000, "type(A)", "getattr(A, 'x')",
    "(" * 1500 + "A" + ")" * 1500, "-" * 3000 + "A",
    "not " * 900 + "A", "A" + " + A" * 900, "empty(" * 300 + "A" + ")" * 300, "[" * 90 + "]" * 90,
    "A if A else " * 300 + "A", "A " * (LONGEST_SOURCE + 1), "any(AE, " * 80 + "A" + ")" * 80,
]  # fmt: skip


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_in_the_language_is_refused(source: str) -> None:
    with pytest.raises(ExpressionError):
        parse.__wrapped__(source)


def _mutations(count: int) -> list[str]:
    """Return texts made from fragments of good and hostile expressions, joined and cut anywhere."""
    dice = random.Random(20240318)  # noqa: S311 - the same dice each time, and no secret
    fragments = [
        *HOSTILE[:100], *(case.source for case in CASES), "(", ")", "[", "]", "{", "}", ",", ".",
        ":", "=", ":=", "->", "@", "#", "\n", "\t", "'", '"', "'''", "lambda", "for", "in", "if",
        "else", "not", "and", "__class__", "__builtins__", "é", "口", "\x00", "\ud800", "\\", "`",
        "$", "!", "?", "0" * 30, "-", "**",
    ]  # fmt: skip
    made = []
    for _ in range(count):
        text = dice.choice(("", " ", ".", "(")).join(dice.choices(fragments, k=dice.randint(1, 6)))
        cut = dice.randint(0, len(text)) if dice.random() < 0.3 else len(text)
        made.append(text[:cut])
    return made


def test_five_thousand_hostile_texts_are_refused_in_one_way_or_judged_harmless() -> None:
    refused = 0
    for source in _mutations(5000):
        try:
            expression = parse.__wrapped__(source)
        except ExpressionError:
            refused += 1
        else:
            result = expression.evaluate(PlainScope(items={"A": "1"}))
            assert result is None or isinstance(as_json(result), str | bool | list)
    assert refused > 2500


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_refused_as_none(source: str) -> None:
    try:
        found = parse.__wrapped__(source)
    except ExpressionError:
        return
    assert found.source == source


def test_nesting_is_read_up_to_its_limit_and_no_deeper() -> None:
    within = "not " * (DEEPEST_TREE - 1) + "A"
    assert parse(within).holds(PlainScope()) is bool((DEEPEST_TREE - 1) % 2)
    with pytest.raises(ExpressionError, match="nesting this deep"):
        parse("not " + within)


def test_what_an_expression_reads_is_told_by_form_and_item() -> None:
    reads = parse(
        "A == 1 and OM.X > 2 and previous.B == 1 and any(AE, C == this.D) and previous.visit != ''"
    ).reads()
    assert reads == {("", "A"), ("OM", "X"), ("", "B"), ("AE", "*"), ("AE", "C"), ("", "D")}


def test_the_facts_an_expression_depends_on_are_told() -> None:
    rule = parse("arm == 'MSC' or any(AE, this.visit == 'BL') or previous.visit_order > 3")
    assert rule.facts() == {"arm", "visit", "visit_order"}
