"""Every act of the program has a name in both languages, under which the trail shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from edc.reports.audit_labels import ACTION_LABELS

ROOT = Path(__file__).resolve().parents[2]


def acts() -> Iterator[tuple[str, str]]:
    """Yield each act that the program names when it opens a unit of work, with its place."""
    for path in sorted((ROOT / "edc").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr == "unit_of_work" and len(node.args) > 1:
                for part in ast.walk(node.args[1]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_every_act_has_words_in_the_trail() -> None:
    found = list(acts())
    assert len(found) > 5
    assert [f"{act} at {place}" for act, place in found if act not in ACTION_LABELS] == []
