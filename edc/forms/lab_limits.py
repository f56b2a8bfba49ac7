"""The laboratories of a site and their reference limits: by test, sex and age, each for a period.

Limits are rows of a table: a test, whom they are for, and the lowest and highest normal result. At
most one row of a test is for any one person, so nobody has to know which of two would win.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any, Final

from edc.forms import units
from edc.forms.codelists import SEX
from edc.forms.lb_tests import BY_CODE, TESTS, LabTest
from edc.label import Label, Language
from edc.study.conditions import as_number
from edc.study.items import (
    Choice,
    Date,
    DecimalNumber,
    Integer,
    Table,
    Text,
    Unreadable,
    between,
)
from edc.study.study import Register

OLDEST = 120
_NUMBER = DecimalNumber(code="LIMIT", label=Label(en="Limit", zh="限值"), places=4)
_ORDER: Final = {test.code: place for place, test in enumerate(TESTS)}


@dataclass(frozen=True, kw_only=True)
class ReferenceLimits(Table):
    """The table of limits; rows without a limit are left out, so that a page may offer them all."""

    max_rows: int = 200

    def read(self, typed: object) -> str | None:
        """Return the rows that hold a limit as JSON, in the order of the tests.

        :raises Unreadable: naming the test whose limits contradict themselves or one another.
        """
        if typed is None or typed == "":
            return None
        if isinstance(typed, str) or not isinstance(typed, Sequence):
            raise Unreadable(Label(en="This is not a table.", zh="表格格式不正确。"))
        rows = [row for given in typed if (row := _read_row(self, given))]
        if len(rows) > self.max_rows:
            raise Unreadable(
                Label(en="At most {limit} rows.", zh="最多{limit}行。").filled(limit=self.max_rows)
            )
        rows.sort(key=_place)
        for one, other in combinations(rows, 2):
            if one["TEST"] == other["TEST"] and _meet(one, other):
                raise _refusal(BY_CODE[one["TEST"]], _TWICE)
        return json.dumps(rows, ensure_ascii=False, sort_keys=True) if rows else None

    def write(self, value: str, language: Language) -> str:
        """Return how many tests have limits: the rows themselves are a page of their own."""
        count = len({row["TEST"] for row in json.loads(value)})
        return f"{count}项检测" if language == "zh" else f"{count} tests"


def _read_row(table: Table, given: object) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise Unreadable(Label(en="This is not a row.", zh="行格式不正确。"))
    if not any(str(given.get(code) or "").strip() for code in ("LOW", "HIGH")):
        return {}
    test = BY_CODE.get(str(given.get("TEST") or ""))
    if test is None:
        raise Unreadable(_NO_TEST)
    row: dict[str, str] = {}
    for column in table.columns:
        typed = given.get(column.code)
        is_limit = column.code in ("LOW", "HIGH")
        try:
            value = _read_limit(test, typed) if is_limit else column.read(typed)
        except Unreadable as refusal:
            raise _refusal(test, refusal.message) from refusal
        if value is not None:
            row[column.code] = value
    _refuse_reversed(test, row)
    return row


def _read_limit(test: LabTest, typed: object) -> str | None:
    """Return a limit as it is stored: a number without needless zeros, or a code of the test."""
    if test.codes is None:
        number = _NUMBER.read(typed)
        return _plain(number) if number is not None else None
    text = str(typed or "").strip()
    if text and text not in test.codes.values:
        raise Unreadable(
            Label(en="Choose one of {codes}.", zh="请选择{codes}之一。").filled(
                codes=", ".join(test.codes.values)
            )
        )
    return text or None


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _refuse_reversed(test: LabTest, row: Mapping[str, str]) -> None:
    low, high = rank(test, row.get("LOW")), rank(test, row.get("HIGH"))
    if low is not None and high is not None and low > high:
        raise _refusal(test, _REVERSED)
    if int(row.get("AGELO", "0")) > int(row.get("AGEHI", OLDEST)):
        raise _refusal(test, _AGES_REVERSED)


def rank(test: LabTest, value: str | None) -> Any:  # noqa: ANN401 - a number, or a place in a list
    """Return what orders a result of the test: its number, or its place in the test's list."""
    if value is None:
        return None
    if test.codes is not None:
        return test.codes.values.index(value) if value in test.codes.values else None
    return as_number(value)


def _place(row: Mapping[str, str]) -> tuple[int, str, int]:
    return _ORDER[row["TEST"]], row.get("SEX", ""), int(row.get("AGELO", "0"))


def _meet(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Tell whether some person is meant by both rows."""
    if "SEX" in one and "SEX" in other and one["SEX"] != other["SEX"]:
        return False
    youngest = max(int(row.get("AGELO", "0")) for row in (one, other))
    oldest = min(int(row.get("AGEHI", OLDEST)) for row in (one, other))
    return youngest <= oldest


def _refusal(test: LabTest, message: Label) -> Unreadable:
    return Unreadable(
        Label(en=f"{test.label.en}: {message.en}", zh=f"{test.label.zh}：{message.zh}")
    )


@lru_cache(maxsize=512)
def limits_for(
    table: str, sex: str | None, age: int | None
) -> Mapping[str, tuple[str | None, str | None]]:
    """Return test → lower and upper limit for a person; without sex or age, what is for anyone."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for row in json.loads(table):
        if "SEX" in row and row["SEX"] != sex:
            continue
        is_aged = "AGELO" in row or "AGEHI" in row
        if is_aged and (
            age is None or not int(row.get("AGELO", "0")) <= age <= int(row.get("AGEHI", OLDEST))
        ):
            continue
        found[row["TEST"]] = (row.get("LOW"), row.get("HIGH"))
    return found


def rows_of(limits: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rows of ``{test: [low, high]}``; where the sexes differ ``{test: {sex: […]}}``."""
    rows = []
    for test, given in limits.items():
        by_sex = given if isinstance(given, Mapping) else {"": given}
        for sex, (low, high) in by_sex.items():
            rows.append({"TEST": test, "SEX": sex, "LOW": str(low), "HIGH": str(high)})
    return rows


_NO_TEST = Label(en="Choose the test of each row.", zh="请选择每一行的检测项目。")
_REVERSED = Label(en="The lower limit is above the upper one.", zh="下限高于上限。")
_AGES_REVERSED = Label(en="The ages are the wrong way round.", zh="年龄上下限颠倒。")
_TWICE = Label(
    en="Two rows hold for the same person. Give limits for everybody, or by sex and age.",
    zh="有两行适用于同一人。请填写通用范围，或按性别、年龄分别填写。",
)

LAB = Register(
    code="LAB",
    label=Label(en="Laboratory reference limits", zh="实验室参考范围"),
    key="LBLAB",
    period=("FROM", "TO"),
    shown_with=("LBNAM",),
    items=(
        Text(
            code="LBLAB", label=Label(en="Laboratory code", zh="检验科室编号"), max_length=30,
            hint=Label(en="Chosen on CRF LB, as LAB01", zh="在LB表中选择，如LAB01"),
        ),
        Text(
            code="LBNAM", label=Label(en="Name of the laboratory", zh="检验科室名称"),
            max_length=60, required=False,
        ),
        Date(code="FROM", label=Label(en="Limits valid from", zh="参考范围生效日期")),
        Date(
            code="TO", label=Label(en="Limits valid to", zh="参考范围失效日期"), required=False,
            hard=between("FROM", None),
            hint=Label(
                en="The last day. Empty while they are in force.", zh="最后一天；现行有效时留空。"
            ),
        ),
        ReferenceLimits(
            code="LIMITS",
            label=Label(en="Reference limits", zh="参考范围"),
            columns=(
                Text(code="TEST", label=Label(en="Test", zh="检测项目"), max_length=12),
                Choice(
                    code="SEX", label=Label(en="Sex", zh="性别"), codes=SEX, required=False
                ),
                Integer(
                    code="AGELO", label=Label(en="Age from", zh="年龄下限"), unit=units.YEAR,
                    required=False,
                ),
                Integer(
                    code="AGEHI", label=Label(en="Age to", zh="年龄上限"), unit=units.YEAR,
                    required=False,
                ),
                Text(
                    code="LOW", label=Label(en="Lower limit", zh="下限"), max_length=20,
                    required=False,
                ),
                Text(
                    code="HIGH", label=Label(en="Upper limit", zh="上限"), max_length=20,
                    required=False,
                ),
            ),
        ),
    ),
)  # fmt: skip
