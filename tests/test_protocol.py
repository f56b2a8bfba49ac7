"""The protocol on its page: arms, strata, schedule."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from edc.protocol import DESIGN, SCHEDULE, STUDY
from edc.randomization.masking import RESTRICTED_FORMS
from edc.study.visits import Created, Planned, Visit

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


# Section 2, as it is printed. X everybody; O S B an injured site, F who may bear children,
# A allogeneic, (x) if clinically needed; at UNS what CRF UNS asks for.
COLUMNS = ("SCR", "BL", "DA", "V7", "V14", "DB", "V21", "V28", "FU60", "FU100", "M6", "M12", "UNS")
MATRIX = {
    "SV":     "X  X  X   X  X  X  X  X  X  X  X  X  X",
    "DM":     "X  .  .   .  .  .  .  .  .  .  .  .  .",
    "HSCT":   "X  .  .   .  .  .  .  .  .  .  .  .  .",
    "VIR":    "X  .  .   .  .  .  .  .  .  .  .  .  .",
    "INJ":    "X  .  .   .  .  .  .  .  .  .  .  .  .",
    "IE":     "X  .  .   .  .  .  .  .  .  .  .  .  .",
    "CV":     "X  .  .   .  .  .  .  .  .  .  .  .  U",
    "PREGT":  "F  F  .   .  .  .  .  F  .  F  .  .  U",
    "VS":     "X  X  .   X  X  .  X  X  X  X  X  X  U",
    "PE":     "X  X  .   .  X  .  .  X  .  X  .  .  U",
    "CBC":    "X  X  (x) X  X  .  X  X  X  X  X  X  (U)",
    "CHEM":   "X  X  .   X  X  .  .  X  X  X  X  X  (U)",
    "COAG":   "X  .  .   .  X  .  .  X  .  .  .  .  (U)",
    "URIN":   "X  X  B   X  X  B  B  X  .  .  .  .  (U)",
    "VLOAD":  ".  A  .   .  A  .  .  A  A  A  .  .  (U)",
    "DRUG":   ".  A  .   .  A  .  .  A  A  A  .  .  (U)",
    "RAND":   ".  X  .   .  .  .  .  .  .  .  .  .  .",
    "OM":     ".  O  O   .  .  O  O  O  O  O  .  .  U",
    "SK":     ".  S  S   .  .  .  S  S  S  S  .  .  U",
    "BC":     ".  B  B   .  .  B  B  B  B  B  .  .  U",
    "PRO":    ".  X  X   .  .  .  X  X  X  X  .  .  .",
    "GVHD":   ".  A  .   A  A  .  A  A  A  A  A  A  U",
    "ENG":    ".  .  .   .  .  .  .  X  X  X  .  .  .",
    "RSP":    ".  .  .   X  X  .  X  X  X  X  X  X  U",
    "UNS":    ".  .  .   .  .  .  .  .  .  .  .  .  X",
}  # fmt: skip
SKIN_DAYS = {"DA03", "DA07", "DA10", "DA14"}


def letter(plan: Planned) -> str:
    """Return how the matrix writes a planned CRF, by the participant it is planned for."""
    told = plan.when.source if plan.when else ""
    needed = "LB" if plan.part else plan.crf
    mark = {
        "": "X",
        "INJ.INJORAL == 'Y' and not INJ.INJORDAT > target_date": "O",
        "INJ.INJSKIN == 'Y' and not INJ.INJSKDAT > target_date": "S",
        "INJ.INJBLAD == 'Y' and not INJ.INJBLDAT > target_date": "B",
        "DM.SEX == 'F' and DM.CHILDPOT == 'Y'": "F",
        "HSCT.HCTTYP == 'ALLO'": "A",
        f"'{needed}' in forms_needed": "U",
    }[told]
    return {"X": "(x)", "U": "(U)"}[mark] if plan.optional else mark


@pytest.mark.parametrize("column", COLUMNS)
def test_every_visit_plans_the_crfs_of_the_matrix(column: str) -> None:
    place = COLUMNS.index(column)
    wanted = {name: row.split()[place] for name, row in MATRIX.items()}
    for one in SCHEDULE.visits:
        if column not in (one.code, one.group):
            continue
        expected = {name: mark for name, mark in wanted.items() if mark != "."}
        if one.group == "DA" and one.code not in SKIN_DAYS:
            del expected["SK"]
        assert {plan.part or plan.crf: letter(plan) for plan in one.crfs} == expected, one.code


def test_after_a_recurrence_only_what_came_back_is_planned() -> None:
    told = {p.part or p.crf: p.when.source if p.when else "" for p in visit("DR").crfs}
    assert told == {
        "SV": "", "URIN": "'BLAD' in sites_back", "OM": "'ORAL' in sites_back",
        "SK": "'SKIN' in sites_back", "BC": "'BLAD' in sites_back",
    }  # fmt: skip


def test_no_visit_plans_what_only_one_arm_has() -> None:
    planned = {plan.crf for one in SCHEDULE.visits for plan in one.crfs}
    assert planned.isdisjoint(RESTRICTED_FORMS)
    told = {name for one in SCHEDULE.visits for p in one.crfs if p.when for name in p.when.facts()}
    assert "arm" not in told


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
