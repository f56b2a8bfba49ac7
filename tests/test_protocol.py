"""The protocol on its page: arms, strata, schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from edc.protocol import DESIGN, SCHEDULE, STUDY
from edc.study.visits import Created, Visit

D0 = date(2024, 3, 20)  # a Wednesday


def visit(code: str) -> Visit:
    return SCHEDULE.by_code[code]


def window(code: str) -> tuple[int, int]:
    found = visit(code)
    assert found.target is not None
    return found.target - found.window.before, found.target + found.window.after


@pytest.mark.parametrize(
    ("code", "first", "last"),
    [
        ("SCR", -7, 0), ("BL", -1, 0), ("DA01", 1, 1), ("DA14", 14, 14), ("V7", 6, 8),
        ("V14", 13, 15), ("DB15", 14, 16), ("V21", 19, 23), ("V28", 26, 30), ("FU60", 53, 67),
        ("FU100", 93, 107), ("M6", 166, 194), ("M12", 335, 395),
    ],
)  # fmt: skip
def test_the_windows_are_those_of_the_schedule(code: str, first: int, last: int) -> None:
    assert window(code) == (first, last)


def test_the_visits_are_numbered_in_the_order_of_the_schedule() -> None:
    numbers = {
        "SCR": "1", "BL": "2", "DA07": "3.07", "V7": "10", "V14": "20", "DB16": "25.16",
        "V21": "30", "V28": "40", "FU60": "50", "FU100": "60", "M6": "70", "M12": "80",
    }  # fmt: skip
    assert {code: visit(code).number for code in numbers} == numbers
    in_order = [float(one.number) for one in SCHEDULE.visits]
    assert in_order == sorted(in_order)


def test_three_visits_a_week_fall_on_monday_wednesday_and_friday() -> None:
    held = [v for v in SCHEDULE.visits if v.group == "DB" and v.exists_for(D0)]
    assert {(D0 + timedelta(days=v.target or 0)).weekday() for v in held} == {0, 2, 4}
    assert len(held) == 6


def test_a_participant_starts_with_screening_and_baseline_only() -> None:
    assert [v.code for v in SCHEDULE.created_by(Created.REGISTRATION)] == ["SCR", "BL"]
    assert [v.code for v in SCHEDULE.created_by(Created.BY_SITE)] == ["UNS"]
    assert [v.code for v in SCHEDULE.created_by(Created.RECURRENCE)] == ["DR"]


@pytest.mark.parametrize(
    ("code", "crfs"),
    [
        ("SCR", ["SV", "DM", "HSCT", "INJ", "VS", "IE"]),
        ("BL", ["SV", "VS", "OM", "RAND"]),
        ("DA07", ["SV", "OM"]),
        ("V7", ["SV", "VS", "RSP"]),
        ("DB20", ["SV", "OM"]),
        ("V28", ["SV", "VS", "OM", "RSP"]),
        ("FU100", ["SV", "VS", "OM", "RSP"]),
        ("M12", ["SV", "VS", "RSP"]),
        ("DR", ["SV", "OM"]),
    ],
)
def test_a_visit_plans_the_crfs_of_the_matrix(code: str, crfs: list[str]) -> None:
    assert [plan.crf for plan in visit(code).crfs] == crfs


def test_the_mouth_is_planned_where_it_is_injured_and_optional_when_unscheduled() -> None:
    for one in SCHEDULE.visits:
        for plan in one.crfs:
            if plan.crf == "OM" and one.code != "UNS":
                assert plan.when is not None
                assert plan.when.source == "INJ.INJORAL == 'Y'"
    assert {p.crf for p in visit("UNS").crfs if p.optional} == {"VS", "OM", "RSP"}


def test_main_visits_are_those_whose_order_is_checked() -> None:
    main = {v.code for v in SCHEDULE.visits if v.main}
    rule = next(check for check in STUDY.crfs["SV"].checks if check.id == "SV-03")
    assert all(f"'{code}'" in rule.when.source for code in main)
    assert len(main) == 10


def test_the_design_is_one_to_one_in_six_strata() -> None:
    assert [arm.code for arm in DESIGN.arms] == ["SOC", "MSC"]
    assert (DESIGN.ratio, DESIGN.block_sizes) == ((1, 1), (4, 6))
    assert len(DESIGN.strata()) == 6
    assert DESIGN.stratum_of({"RDSTR1": "ORAL", "RDSTR2": "ALLO"}).key == "ORAL/ALLO"
    assert (DESIGN.target, STUDY.target) == (120, 120)
