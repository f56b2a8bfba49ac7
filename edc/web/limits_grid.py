"""Sets out a laboratory's reference limits as a grid: a test a row, for everybody, men and women.

Limits for an age stand in lines of their own below it. Every line is a row of the register's table
as it is sent: ``LIMITS.12.TEST``, ``LIMITS.12.SEX``, ``LIMITS.12.LOW`` …
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from edc.forms.codelists import SEX
from edc.forms.lb_tests import PANELS, TESTS
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from edc.forms.lb_tests import LabTest

Line = dict[str, Any]

WHOM = ("", "M", "F")
BLANK_LINES = 4


def particulars(value: object) -> dict[str, Any]:
    """Return what draws the field: its panels with a line for each sex, and the lines by age.

    :param value: the rows as they are stored, or as they were typed.
    """
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    numbers = count()
    placed: dict[tuple[str, str], Mapping[str, str]] = {}
    by_age: list[Mapping[str, str]] = []
    known = {test.code for test in TESTS}
    for row in rows:
        key = row.get("TEST", ""), row.get("SEX", "")
        is_plain = not row.get("AGELO") and not row.get("AGEHI")
        if is_plain and key[0] in known and key[1] in WHOM and key not in placed:
            placed[key] = row
        elif any(str(cell).strip() for cell in row.values()):
            by_age.append(row)
    return {
        "kind": "limits",
        "panels": [
            {
                "label": text(label),
                "tests": [
                    _test(test, placed, numbers) for test in TESTS if test.panel == panel
                ],
            }
            for panel, label in PANELS.items()
        ],
        "lines": [
            {"number": next(numbers), **row} for row in [*by_age, *({} for _ in range(BLANK_LINES))]
        ],
        "tests": [{"value": test.code, "text": text(test.label)} for test in TESTS],
        "sexes": [{"value": code.value, "text": text(code.label)} for code in SEX.codes],
    }  # fmt: skip


def _test(
    test: LabTest, placed: Mapping[tuple[str, str], Mapping[str, str]], numbers: Iterator[int]
) -> dict[str, Any]:
    lines: list[Line] = []
    for sex in WHOM:
        row = placed.get((test.code, sex), {})
        line = {"number": next(numbers), "sex": sex}
        lines.append(line | {"LOW": row.get("LOW", ""), "HIGH": row.get("HIGH", "")})
    codes: Sequence[Any] = test.codes.codes if test.codes else ()
    return {
        "code": test.code,
        "label": text(test.label),
        "unit": text(test.unit.label) if test.unit else "",
        "options": [{"value": code.value, "text": text(code.label)} for code in codes],
        "lines": lines,
    }
