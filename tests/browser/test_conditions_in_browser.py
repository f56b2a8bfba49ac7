"""The browser's evaluator gives what the server's gives: on every case, and on random thousands."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from edc.study.browser import resolved
from edc.study.conditions import Tree, parse
from edc.study.evaluation import evaluate
from tests.study.plain_scope import PlainScope, as_json, read_cases

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

SCRIPTS = Path(__file__).parents[2] / "edc" / "static" / "js"
ORIGIN = "http://conditions.test"

# One call for a whole batch: [tree, context, items, missing] → [value, holds].
JUDGE = """async (batch) => {
  const { evaluate, holds, scopeOf } = await import("/conditions.js");
  return batch.map(([tree, context, items, missing]) => {
    const scope = scopeOf(context, items, missing);
    return [evaluate(tree, scope), holds(tree, scope)];
  });
}"""


@pytest.fixture
def modules(page: Page) -> Page:
    """Open an empty page from whose origin the scripts' own files can be imported."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        if name:
            route.fulfill(
                body=(SCRIPTS / name).read_text(encoding="utf-8"), content_type="text/javascript"
            )
        else:
            route.fulfill(body="<!doctype html><title>.</title>", content_type="text/html")

    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"{ORIGIN}/")
    return page


def _sent(tree: Tree, scope: PlainScope) -> list[Any]:
    """Return what the browser is given to judge *tree*: its JSON, and what the server resolved."""
    shown = {code: parse(source).tree for code, source in scope.shown.items()}
    context = {
        "shown": shown,
        "facts": scope.facts,
        "resolved": resolved([tree, *shown.values()], scope),
    }
    return [tree, context, scope.items, scope.missing]


def _differences(page: Page, judged: list[tuple[str, Tree, PlainScope]]) -> list[str]:
    answers = page.evaluate(JUDGE, [_sent(tree, scope) for _, tree, scope in judged])
    assert len(answers) == len(judged)
    return [
        f"{source} with {json.dumps(scope.items, ensure_ascii=False)}: {here!r} here, {there!r}"
        for (source, tree, scope), (there, holds) in zip(judged, answers, strict=True)
        if (here := as_json(evaluate(tree, scope))) != there or (here is True) is not holds
    ]


def test_the_browser_gives_what_each_case_says(modules: Page) -> None:
    cases = read_cases()
    judged = [(case.source, parse(case.source).tree, case.scope) for case in cases]
    answers = modules.evaluate(JUDGE, [_sent(tree, scope) for _, tree, scope in judged])
    wrong = [
        f"{case.about}: {case.source} gives {found!r}, not {case.expected!r}"
        for case, (found, _) in zip(cases, answers, strict=True)
        if found != case.expected or type(found) is not type(case.expected)
    ]
    assert not wrong
    assert not _differences(modules, judged)


VALUES: tuple[Any, ...] = (
    None, "", "0", "1", "2", "-1", "-0", "0.1", "0.30", "3.70", "10", "99", "2024", "1999", "007",
    "123456789012345", "9" * 30, "9" * 31, "0." + "3" * 30, "2024--", "2023--", "2024-02",
    "2024-02-", "2024-13", "2024-00", "0000-01-01", "0001-01-01", "9999-12-31", "2024-02-29",
    "2023-02-29", "2024-03-18", "2024-3-18", "1900-02-28", "2000-02-29", "2024-03-18T08:00+08:00",
    "2024-03-18T23:59:59+08:00", "2024-03-18T08:00+00:00", "2024-13-40T08:00+08:00", "09:30",
    "14:05", "Y", "N", "ORAL", "口腔", "\U00020000", "\uffee", "é", "e\u0301", "１２", "٣", "1e5",
    "+1", " 1", "1 ", "1\n", "2024\n", "Infinity", "NaN", "--", "-", "'", '"', "a\u2028b",
    [], ["1"], ["Y", "N"], ["2024-03-18"], ["0.10", "口腔"],
)  # fmt: skip
FACTS = {"visit": "BL", "today": "2024-03-18", "consent_date": "2024--", "visit_order": "2.000"}
ITEMS = ("A", "B", "C", "D")


class Maker:
    """Makes expressions of the language at random, as text."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same dice each time, and no secret

    def scope(self) -> PlainScope:
        pick = self.dice.choice
        return PlainScope(
            items={code: pick(VALUES) for code in ITEMS},
            shown={"D": self.condition(1).replace("D", "A")} if pick((True, False)) else {},
            facts=FACTS,
            missing={code: "ND" for code in ITEMS if pick((True, False))},
            foreigners={"OM.X": pick(VALUES), "at:BL:OM.X": pick(VALUES)},
            earlier={"A": pick(VALUES), "B": pick(VALUES)},
            others={"AE": [{"A": pick(VALUES), "B": pick(VALUES)} for _ in range(pick((0, 1, 3)))]},
            changed=[pick(ITEMS)],
        )

    def literal(self) -> str:
        value = self.dice.choice([v for v in VALUES if isinstance(v, str) and v.isprintable()])
        is_number = value in ("0", "1", "2", "0.1", "0.30", "3.70", "10", "2024")
        return self.dice.choice((value, repr(value))) if is_number else repr(value)

    def value(self, depth: int) -> str:
        pick = self.dice.choice
        if depth <= 0 or self.dice.random() < 0.3:
            return pick((*ITEMS, *ITEMS, self.literal(), self.literal(), *FACTS))
        return pick(
            (
                lambda: f"({self.value(depth - 1)} {pick('+-*/')} {self.value(depth - 1)})",
                lambda: f"({self.value(depth - 1)} {pick('+-')} {self.value(depth - 1)})",
                lambda: f"{pick(('abs', 'year', 'length'))}({self.value(depth - 1)})",
                lambda: f"count_above({self.value(0)}, {self.value(0)}, {self.value(depth - 1)})",
                lambda: f"(- {self.value(depth - 1)})",
                lambda: (
                    f"({self.value(depth - 1)} if {self.condition(depth - 1)} "
                    f"else {self.value(depth - 1)})"
                ),
                lambda: f"({self.value(0)}, {self.value(depth - 1)}, {self.value(0)})",
                lambda: pick(("OM.X", "at('BL', OM.X)", "previous.A", "previous.B")),
                lambda: pick(("earliest(AE.A)", "latest(AE.B)", "count(AE)")),
                lambda: f"count(AE, A {self.comparison()} this.{pick(ITEMS)})",
            )
        )()

    def comparison(self) -> str:
        return self.dice.choice(("==", "!=", "<", "<=", ">", ">=", "in", "not in"))

    def condition(self, depth: int) -> str:
        pick = self.dice.choice
        if depth <= 0 or self.dice.random() < 0.3:
            return f"{self.value(0)} {self.comparison()} {self.value(0)}"
        return pick(
            (
                lambda: f"{self.value(depth - 1)} {self.comparison()} {self.value(depth - 1)}",
                lambda: f"({self.condition(depth - 1)} and {self.condition(depth - 1)})",
                lambda: f"({self.condition(depth - 1)} or {self.condition(depth - 1)})",
                lambda: f"not {self.condition(depth - 1)}",
                lambda: f"empty({self.value(depth - 1)})",
                lambda: f"missing({pick(ITEMS)})",
                lambda: f"changed({pick(ITEMS)})",
                lambda: f"({self.condition(depth - 1)}) == ({self.condition(depth - 1)})",
                lambda: f"any(AE, A {self.comparison()} B)",
            )
        )()


def test_both_evaluators_agree_on_thousands_of_random_expressions(modules: Page) -> None:
    maker = Maker(seed=6599346)
    judged = []
    for number in range(6000):
        source = maker.condition(3) if number % 2 else maker.value(3)
        judged.append((source, parse(source).tree, maker.scope()))
    kinds = {type(as_json(evaluate(tree, scope))) for _, tree, scope in judged}
    assert kinds == {type(None), bool, str, list}
    assert _differences(modules, judged) == []


def test_both_evaluators_agree_on_every_pair_of_values(modules: Page) -> None:
    judged = []
    for left in VALUES:
        for right in VALUES:
            scope = PlainScope(items={"A": left, "B": right})
            judged += [
                (source, parse(source).tree, scope)
                for source in ("A == B", "A != B", "A < B", "A <= B", "A in B", "A - B", "A + B")
            ]
    assert _differences(modules, judged) == []
