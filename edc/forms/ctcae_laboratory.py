"""The grades that CTCAE v5.0 gives to laboratory results of this trial, as rules over numbers.

Restated in SI units from: Common Terminology Criteria for Adverse Events (CTCAE) v5.0, US
Department of Health and Human Services, National Institutes of Health, National Cancer Institute,
27 November 2017 (a work of the US government, in the public domain). Grades that rest on symptoms
or treatment are left to the investigator, so what is worked out here is a proposal.

In ``ctcae_v5_laboratory.csv`` X is the result, LLN and ULN are the reference limits and BL is the
baseline. Behind a bar stands the rule for a participant whose baseline was abnormal.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from edc.study.conditions import parse
from edc.study.evaluation import is_true

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.study.conditions import Expression, Scope, Value

_GRADES = "1234"


@dataclass(frozen=True, slots=True)
class Measured:
    """A result with what it is graded by; None is what is not known.

    :param abnormal_baseline: the flag of the baseline, ``LOW`` or ``HIGH``, when it had one.
    """

    result: Value
    low: Value = None
    high: Value = None
    baseline: Value = None
    abnormal_baseline: str | None = None

    def item(self, code: str) -> Value:
        """Return what a rule calls X, LLN, ULN or BL."""
        named = {"X": self.result, "LLN": self.low, "ULN": self.high, "BL": self.baseline}
        return named[code]


@dataclass(frozen=True, slots=True)
class LabRule:
    """How results of one test in one direction are graded.

    :param grades: grade → its rule, and the rule when the baseline was abnormal.
    """

    direction: str
    term: str
    grades: Mapping[str, tuple[Expression, Expression]]

    @property
    def flag(self) -> str:
        """Return the flag of a result that the rule is about."""
        return "LOW" if self.direction == "low" else "HIGH"

    @property
    def reads_baseline(self) -> bool:
        """Tell whether a grade depends on the baseline."""
        return any("BL" in rule.source for pair in self.grades.values() for rule in pair)

    @property
    def needs(self) -> str:
        """Return the limit without which the rule cannot tell grade 0; empty when it needs none."""
        limit = "LLN" if self.direction == "low" else "ULN"
        return limit if any(limit in pair[0].source for pair in self.grades.values()) else ""

    def grade(self, measured: Measured) -> str | None:
        """Return the highest grade whose rule holds, ``0`` when none does, None when untold."""
        is_abnormal = measured.abnormal_baseline == self.flag
        found = [
            grade
            for grade, (usual, abnormal) in self.grades.items()
            if _holds(abnormal if is_abnormal else usual, measured)
        ]
        if found:
            return max(found)
        return None if self.needs and measured.item(self.needs) is None else "0"


def _holds(rule: Expression, measured: Measured) -> bool:
    # Such a rule reads nothing but items.
    return is_true(rule.tree, cast("Scope", measured))


@cache
def rules() -> Mapping[str, tuple[LabRule, ...]]:
    """Return the rules by the test's code; potassium and sodium have one in each direction."""
    text = files("edc.forms").joinpath("ctcae_v5_laboratory.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[LabRule, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        grades = {grade: _pair(row[f"grade{grade}"]) for grade in _GRADES if row[f"grade{grade}"]}
        rule = LabRule(row["direction"], row["term_id"], grades)
        found[row["test"]] = (*found.get(row["test"], ()), rule)
    return found


def _pair(text: str) -> tuple[Expression, Expression]:
    usual, _, abnormal = (part.strip() for part in text.partition("|"))
    return parse(usual), parse(abnormal or usual)


def proposed_grade(test: str, measured: Measured) -> str | None:
    """Return the grade proposed for a result: ``0`` to ``4``, None when it cannot be told.

    :raises KeyError: for a test that CTCAE does not grade by a number.
    """
    grades = [rule.grade(measured) for rule in rules()[test]]
    known = [grade for grade in grades if grade is not None]
    if not known:
        return None
    highest = max(known)
    # Nothing found in one direction says nothing while the other cannot be told.
    return None if highest == "0" and len(known) < len(grades) else highest
