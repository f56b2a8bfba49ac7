"""Laboratory results: their limits, flags, proposed grades and clearance, from worked values."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.ctcae import terms
from edc.forms.ctcae_laboratory import Measured, proposed_grade, rules
from edc.forms.lab_limits import LAB, limits_for, rows_of
from edc.forms.lb import LB
from edc.forms.lb_tests import BY_CODE, PANELS, TESTS
from edc.study.checks import check
from edc.study.items import Calculated, DecimalNumber, Unreadable
from tests.forms import differences_laboratory as differences
from tests.forms.casebooks import casebook, day, place_of, value
from tests.forms.cases_laboratory import MAN, at, sample
from tests.support.laboratory import LAB_ENTRY, LIMITS, register

TINY = Decimal("0.0001")
WOMAN = {"DM@SCR": MAN["DM@SCR"] | {"SEX": "F"}}

# Each rule from CTCAE's text: the values at which a grade begins, as the grades on either side.
# ``above`` says that the value itself belongs to the lower grade (">3.0 x ULN").
LOW: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    # test: lower limit, [(value, grade at it, grade just below it)]
    "HGB": ("130", [("130", "0", "1"), ("100", "1", "2"), ("80", "2", "3")]),
    "WBC": ("3.5", [("3.5", "0", "1"), ("3", "1", "2"), ("2", "2", "3"), ("1", "3", "4")]),
    "NEUT": ("1.8", [("1.8", "0", "1"), ("1.5", "1", "2"), ("1", "2", "3"), ("0.5", "3", "4")]),
    "LYM": ("1.1", [("1.1", "0", "1"), ("0.8", "1", "2"), ("0.5", "2", "3"), ("0.2", "3", "4")]),
    "PLAT": ("125", [("125", "0", "1"), ("75", "1", "2"), ("50", "2", "3"), ("25", "3", "4")]),
    "ALB": ("35", [("35", "0", "1"), ("30", "1", "2"), ("20", "2", "3")]),
    "K": ("3.5", [("3.5", "0", "1"), ("3", "1", "3"), ("2.5", "3", "4")]),
    "SODIUM": (
        "137", [("137", "0", "1"), ("130", "1", "2"), ("125", "2", "3"), ("120", "3", "4")]
    ),
    "FIBRINO": ("4", [("4", "0", "1"), ("3", "1", "2"), ("2", "2", "3"), ("1", "3", "4")]),
}  # fmt: skip
HIGH: dict[str, tuple[str, list[tuple[str, str, str]]]] = {
    # test: upper limit, [(value, grade at it, grade just above it)]
    "ALT": ("50", [("50", "0", "1"), ("150", "1", "2"), ("250", "2", "3"), ("1000", "3", "4")]),
    "AST": ("40", [("40", "0", "1"), ("120", "1", "2"), ("200", "2", "3"), ("800", "3", "4")]),
    "GGT": ("60", [("60", "0", "1"), ("150", "1", "2"), ("300", "2", "3"), ("1200", "3", "4")]),
    "BILI": ("20", [("20", "0", "1"), ("30", "1", "2"), ("60", "2", "3"), ("200", "3", "4")]),
    "CREAT": ("100", [("100", "0", "1"), ("150", "1", "2"), ("300", "2", "3"), ("600", "3", "4")]),
    "K": ("5.3", [("5.3", "0", "1"), ("5.5", "1", "2"), ("6", "2", "3"), ("7", "3", "4")]),
    "SODIUM": (
        "147", [("147", "0", "1"), ("150", "1", "2"), ("155", "2", "3"), ("160", "3", "4")]
    ),
    "INR": ("1.2", [("1.2", "0", "1"), ("1.5", "1", "2"), ("2.5", "2", "3")]),
    "APTT": ("40", [("40", "0", "1"), ("60", "1", "2"), ("100", "2", "3")]),
    "LDH": ("250", [("250", "0", "1")]),
}  # fmt: skip
# An abnormal baseline: (value, grade at it, grade beyond it) by multiples of the baseline.
ABNORMAL: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    # The first step of ALT, AST and GGT is "1.5 - 3.0 x baseline": the value itself has the grade.
    "ALT": ("50", "100", [("149.9999", "0", "1"), ("300", "1", "2"), ("500", "2", "3"),
                          ("2000", "3", "4")]),
    "AST": ("40", "100", [("149.9999", "0", "1"), ("300", "1", "2"), ("500", "2", "3"),
                          ("2000", "3", "4")]),
    "GGT": ("60", "100", [("199.9999", "0", "1"), ("250", "1", "2"), ("500", "2", "3"),
                          ("2000", "3", "4")]),
    "BILI": ("20", "40", [("40", "0", "1"), ("60", "1", "2"), ("120", "2", "3"),
                          ("400", "3", "4")]),
}  # fmt: skip


def boundaries() -> list[tuple[str, dict[str, str], str, str, int]]:
    """Return test, what it is graded by, value, grade, and on which side of the value."""
    found = []
    for side, table, end in ((-1, LOW, "low"), (1, HIGH, "high")):
        for test, (limit, steps) in table.items():
            for value_, at_it, beyond in steps:
                other = {"low": "0", "high": "1000000"} | {end: limit}
                found.append((test, other, value_, at_it, 0))
                found.append((test, other, value_, beyond, side))
    for test, (limit, base, steps) in ABNORMAL.items():
        by = {"low": "0", "high": limit, "baseline": base, "abnormal_baseline": "HIGH"}
        for value_, at_it, beyond in steps:
            found.append((test, by, value_, at_it, 0))
            found.append((test, by, value_, beyond, 1))
    return found


@pytest.mark.parametrize(("test", "by", "at_value", "grade", "side"), boundaries())
def test_a_result_has_the_grade_of_ctcae_at_and_beside_every_boundary(
    test: str, by: dict[str, str], at_value: str, grade: str, side: int
) -> None:
    assert proposed_grade(test, Measured(Decimal(at_value) + side * TINY, **by)) == grade


def test_every_rule_of_ctcae_is_tried_and_names_its_term() -> None:
    declared = {(test, rule.direction) for test, found in rules().items() for rule in found}
    assert declared == {(t, "low") for t in LOW} | {(t, "high") for t in HIGH}
    assert len(declared) == 19
    for found in rules().values():
        for rule in found:
            assert set(rule.grades) <= set(terms()[rule.term].grades)


@pytest.mark.parametrize(
    ("result", "baseline", "grade"),
    [
        # Creatinine has the highest grade that any clause gives.
        ("90", "50", "2"), ("75", "50", "0"), ("150", "50", "2"), ("151", "50", "3"),
        ("151", "100", "2"), ("301", "100", "3"), ("601", "600", "4"),
    ],
)  # fmt: skip
def test_creatinine_is_graded_by_baseline_and_limit(result: str, baseline: str, grade: str) -> None:
    assert proposed_grade("CREAT", Measured(result, "0", "100", baseline)) == grade


@pytest.mark.parametrize(
    ("result", "grade"),
    [("1.6", "0"), ("1.59", "1"), ("1.21", "1"), ("1.2", "2"), ("0.8", "3"), ("0.5", "3"),
     ("0.49", "4"), ("0.4", "4")],
)  # fmt: skip
def test_a_fall_of_fibrinogen_counts_from_a_low_baseline(result: str, grade: str) -> None:
    assert proposed_grade("FIBRINO", Measured(result, "2", "4", "1.6", "LOW")) == grade


@pytest.mark.parametrize("test", sorted(rules()))
def test_without_limits_only_what_needs_none_is_graded(test: str) -> None:
    usual = {"INR": "1", "FIBRINO": "3", "K": "4", "SODIUM": "140", "HGB": "140", "ALB": "40"}
    expected = "0" if test == "INR" else None
    assert proposed_grade(test, Measured(usual.get(test, "100"))) == expected


def test_a_severe_result_is_graded_although_the_limits_are_unknown() -> None:
    assert proposed_grade("NEUT", Measured("0.4")) == "4"
    assert proposed_grade("K", Measured("7.1")) == "4"
    assert proposed_grade("K", Measured("5.4", None, "5.3")) == "1"
    assert proposed_grade("K", Measured("5.3", None, "5.3")) is None


@given(st.decimals("0", "3000", places=4), st.decimals("0", "3000", places=4))
def test_of_two_results_the_lower_never_has_the_lower_grade_of_a_fall(
    one: Decimal, other: Decimal
) -> None:
    low, high = sorted((one, other))
    for test in ("HGB", "WBC", "NEUT", "LYM", "PLAT", "ALB", "FIBRINO"):
        by = {"low": LIMITS[test]["M"][0] if test == "HGB" else LIMITS[test][0], "high": "9999"}
        grades = [proposed_grade(test, Measured(x, **by)) for x in (low, high)]
        assert str(grades[0]) >= str(grades[1])


# The casebook


def lab(records: dict[str, Any], *entries: dict[str, Any], **more: Any) -> Any:
    return casebook(MAN | records, registers={"LAB": register(*entries)}, **more)


def flags(book: Any, place: str, test: str) -> tuple[str | None, ...]:
    return tuple(
        value(book, place, f"{test}_{item}") for item in ("LBORNRLO", "LBORNRHI", "LBNRIND")
    )


@pytest.mark.parametrize(
    ("results", "flag"),
    [
        ({"HGB": "129.9"}, "LOW"), ({"HGB": "130"}, "NORMAL"), ({"HGB": "175"}, "NORMAL"),
        ({"HGB": "175.1"}, "HIGH"), ({"HGB": "?ND"}, None), ({}, None),
        # Below or above what can be measured: only where it lies on one side of the limit.
        ({"HGB": "130", "HGB_LBQUAL": "LT"}, "LOW"), ({"HGB": "131", "HGB_LBQUAL": "LT"}, None),
        ({"HGB": "175", "HGB_LBQUAL": "GT"}, "HIGH"), ({"HGB": "174", "HGB_LBQUAL": "GT"}, None),
    ],
)  # fmt: skip
def test_a_result_is_flagged_by_the_limits_of_the_sex(
    results: dict[str, str], flag: str | None
) -> None:
    book = lab({at("CBC"): sample(**results)})
    expected = ("130", "175", flag) if results.get("HGB", "?")[0] != "?" else (None, None, None)
    assert flags(book, at("CBC"), "HGB") == expected
    woman = casebook(
        WOMAN | {at("CBC"): sample(HGB="120")}, registers={"LAB": register()}
    )  # fmt: skip
    assert flags(woman, at("CBC"), "HGB") == ("115", "150", "NORMAL")


def test_below_what_can_be_measured_is_normal_where_nothing_is_low() -> None:
    book = lab({at("VLOAD"): sample(CMVDNA="500", CMVDNA_LBQUAL="LT")})
    assert flags(book, at("VLOAD"), "CMVDNA") == ("0", "1000", "NORMAL")


@pytest.mark.parametrize(("result", "flag"), [("NEG", "NORMAL"), ("TRACE", "HIGH"), ("4+", "HIGH")])
def test_lists_are_flagged_by_their_order(result: str, flag: str) -> None:
    book = lab({at("URIN"): sample(UPROT=result)})
    assert flags(book, at("URIN"), "UPROT") == ("NEG", "NEG", flag)


def test_the_limits_are_those_valid_on_the_day_of_the_sample() -> None:
    old = LAB_ENTRY | {"TO": day(6)}
    new = LAB_ENTRY | {"FROM": day(7), "LIMITS": rows_of({"HGB": ["120", "160"]})}
    book = lab({at("CBC", "DA06"): sample(6, HGB="125"), at("CBC"): sample(7, HGB="125")}, old, new)
    assert flags(book, at("CBC", "DA06"), "HGB") == ("130", "175", "LOW")
    assert flags(book, at("CBC"), "HGB") == ("120", "160", "NORMAL")


@pytest.mark.parametrize(("born", "low"), [("1964", "57"), ("1963", "67")])
def test_the_limits_are_those_of_the_age_at_the_sample(born: str, low: str) -> None:
    """The sample is of 27 March 2024; who is born in June is a year younger than by years."""
    rows = [
        {"TEST": "CREAT", "SEX": "M", "AGEHI": "59", "LOW": "57", "HIGH": "97"},
        {"TEST": "CREAT", "SEX": "M", "AGELO": "60", "LOW": "67", "HIGH": "111"},
    ]
    person = {"DM@SCR": MAN["DM@SCR"] | {"BRTHYR": born}}
    book = lab({at("CHEM"): sample(CREAT="60")} | person, LAB_ENTRY | {"LIMITS": rows})
    assert value(book, at("CHEM"), "CREAT_LBORNRLO") == low


def test_limits_by_age_say_nothing_of_somebody_whose_age_is_unknown() -> None:
    row = {"TEST": "CREAT", "AGELO": "18", "LOW": "57", "HIGH": "97"}
    table = LAB.by_code["LIMITS"].read([row])
    assert table is not None
    assert limits_for(table, "M", None) == {}
    assert limits_for(table, "M", 18) == {"CREAT": ("57", "97")}


def test_creatinine_clearance_is_that_of_cockcroft_and_gault() -> None:
    """Worked: (140 - 38) x 68 / (0.818 x 78) = 108.71, and 0.85 of it in a woman."""
    weight = {"VS@SCR": {"VSPERF": "Y", "VSDAT": day(-2), "WEIGHT": "68.0"}}
    records = weight | {at("CHEM", "SCR"): sample(-2, CREAT="78")}
    assert value(lab(records), at("CHEM", "SCR"), "CRCL") == "108.71"
    woman = casebook(WOMAN | records)
    assert value(woman, at("CHEM", "SCR"), "CRCL") == "92.40"


def test_the_weight_is_the_last_one_up_to_the_day_of_the_sample() -> None:
    vital = {"VSPERF": "Y"}
    records = {
        "VS@SCR": vital | {"VSDAT": day(-2), "WEIGHT": "68.0"},
        "VS@V7": vital | {"VSDAT": day(7), "WEIGHT": "64.0"},
        "VS@V14": vital | {"VSDAT": day(14), "WEIGHT": "50.0"},
        at("CHEM"): sample(7, CREAT="78"),
        at("CHEM", "BL"): sample(0, CREAT="78"),
    }
    book = lab(records)
    assert value(book, at("CHEM"), "CRCL") == "102.31"
    assert value(book, at("CHEM", "BL"), "CRCL") == "108.71"
    assert value(lab({at("CHEM"): sample(7, CREAT="78")}), at("CHEM"), "CRCL") is None


@pytest.mark.parametrize(("weighed", "clearance"), [(0, "108.71"), (1, None)])
def test_who_was_not_weighed_before_the_sample_counts_as_weighed_within_a_week_after_it(
    weighed: int, clearance: str | None
) -> None:
    records = {
        at("CHEM", "SCR"): sample(-7, CREAT="78"),
        "VS@BL": {"VSPERF": "Y", "VSDAT": day(weighed), "WEIGHT": "68.0"},
        "VS@V7": {"VSPERF": "Y", "VSDAT": day(7), "WEIGHT": "50.0"},
    }
    assert value(lab(records), at("CHEM", "SCR"), "CRCL") == clearance


def test_the_baseline_is_the_last_value_before_randomisation() -> None:
    records = {
        at("CHEM", "SCR"): sample(-2, ALT="300"),
        at("CHEM", "BL"): sample(0, ALT="100"),
        at("CHEM"): sample(7, ALT="160"),
    }
    book = lab(records)
    # 1.6 times the abnormal baseline, though 3.2 times the limit.
    assert value(book, at("CHEM"), "ALT_LBTOXGR") == "1"
    # What comes before randomisation is graded by the limit alone.
    assert value(book, at("CHEM", "BL"), "ALT_LBTOXGR") == "1"
    assert value(book, at("CHEM", "SCR"), "ALT_LBTOXGR") == "3"
    assert value(lab(records | {at("CHEM", "BL"): sample(0)}), at("CHEM"), "ALT_LBTOXGR") == "0"


def test_less_than_a_number_is_graded_as_a_little_less() -> None:
    book = lab({at("CBC"): sample(NEUT="0.5", NEUT_LBQUAL="LT", PLAT="75", PLAT_LBQUAL="GT")})
    assert value(book, at("CBC"), "NEUT_LBTOXGR") == "4"
    assert value(book, at("CBC"), "PLAT_LBTOXGR") == "1"


def test_a_panel_not_done_derives_nothing() -> None:
    book = lab({at("CBC"): sample(HGB="60") | {"LBPERF": "N"}})
    assert flags(book, at("CBC"), "HGB") == (None, None, None)
    assert value(book, at("CBC"), "HGB_LBTOXGR") is None


# The register


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"TEST": "HGB", "LOW": "150", "HIGH": "115"}], "The lower limit is above"),
        ([{"TEST": "UPROT", "LOW": "1+", "HIGH": "NEG"}], "The lower limit is above"),
        ([{"TEST": "UPROT", "HIGH": "5"}], "Choose one of NEG"),
        ([{"TEST": "HGB", "LOW": "NEG"}], "Enter a number"),
        ([{"TEST": "XYZ", "LOW": "1"}], "Choose the test"),
        ([{"LOW": "1"}], "Choose the test"),
        ([{"TEST": "HGB", "LOW": "1", "SEX": "X"}], "Choose one of the answers"),
        ([{"TEST": "HGB", "LOW": "1", "AGELO": "60", "AGEHI": "59"}], "wrong way round"),
        ([{"TEST": "HGB", "LOW": "1"}, {"TEST": "HGB", "SEX": "F", "LOW": "2"}], "same person"),
        ([{"TEST": "HGB", "LOW": "1", "AGEHI": "60"}, {"TEST": "HGB", "LOW": "2", "AGELO": "60"}],
         "same person"),
        ([{"TEST": "HGB", "LOW": "1"}] * 2, "same person"),
        ("HGB", "not a table"),
        (["HGB"], "not a row"),
    ],
)  # fmt: skip
def test_limits_that_contradict_themselves_are_refused(rows: Any, said: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        LAB.by_code["LIMITS"].read(rows)
    assert said in refusal.value.message.en


def test_lines_without_a_limit_are_left_out() -> None:
    rows = [{"TEST": "HGB", "SEX": "M", "LOW": "", "HIGH": " "}, {"TEST": "WBC", "LOW": "3.50"}]
    assert LAB.by_code["LIMITS"].read(rows) == '[{"LOW": "3.5", "TEST": "WBC"}]'
    assert LAB.by_code["LIMITS"].read([]) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "M", "F"]), st.integers(0, 99), st.integers(0, 99)),
        max_size=6,
    ),
    st.sampled_from(["M", "F"]),
    st.integers(0, 99),
)
def test_of_accepted_limits_at_most_one_line_is_for_any_one_person(
    lines: list[tuple[str, int, int]], sex: str, age: int
) -> None:
    rows = [
        {"TEST": "HGB", "SEX": whom, "AGELO": str(low), "AGEHI": str(high), "LOW": str(number)}
        for number, (whom, low, high) in enumerate(lines, 1)
    ]
    meant = [r for r in rows if r["SEX"] in ("", sex) and int(r["AGELO"]) <= age <= int(r["AGEHI"])]
    try:
        table = LAB.by_code["LIMITS"].read(rows)
    except Unreadable:
        return
    assert len(meant) <= 1
    found = limits_for(table, sex, age) if table else {}
    assert found == {"HGB": (meant[0]["LOW"], None)} if meant else found == {}


# The declarations


@pytest.mark.parametrize(
    ("test", "reported", "result"),
    [
        ("HGB", "9.8", "98"), ("CREAT", "0.9", "79.56"), ("BILI", "1.1", "18.81"),
        ("BILDIR", "0.4", "6.84"), ("ALB", "4.1", "41"), ("GLUC", "100", "5.5556"),
        ("CA", "9", "2.25"), ("UREA", "20", "7.14"), ("FIBRINO", "320", "3.2"),
        ("CREAT", "0.00005", "0.0044"),
    ],
)  # fmt: skip
def test_a_number_in_the_other_unit_is_converted_by_the_stored_factor(
    test: str, reported: str, result: str
) -> None:
    item = LB.by_code[test]
    assert isinstance(item, DecimalNumber)
    assert item.convert(reported) == result


@given(st.decimals("0", "3000", places=4))
def test_a_converted_number_is_one_that_could_have_been_typed(reported: Decimal) -> None:
    for item in LB.items:
        if isinstance(item, DecimalNumber) and item.converted is not None:
            result = item.convert(f"{reported:f}")
            assert item.read(result) == result


def test_each_panel_asks_its_own_tests_and_the_sample() -> None:
    for row, panel in enumerate(PANELS, 1):
        part = LB.at(row)
        assert {item.code for item in part.items if item.code in BY_CODE} == {
            test.code for test in TESTS if test.panel == panel
        }
        assert {"LBPERF", "LBDAT", "LBTIM", "LBLAB", "LBCOM"} <= set(part.by_code)
        assert {rule.id for rule in part.checks} >= {"LB-05", "LB-07", "LB-08", "LB-09"}
    assert [rule.id for rule in LB.at(1).checks if rule.item == "NEUT"] == ["LB-01", "LB-10"]
    assert all(item.rule.__doc__ for item in LB.items if isinstance(item, Calculated))


# The specification


SPECIFICATION = json.loads(
    (Path(__file__).parent / "specification.json").read_text(encoding="utf-8")
)
TESTS_SPECIFIED = SPECIFICATION["labtests"]
ROW_SPECIFIED = {
    field["code"]: field
    for form in SPECIFICATION["forms"]
    if form["code"] == "LB"
    for field in form["fields"]
    if field["code"] in differences.ROW
}


def test_the_36_tests_stand_in_their_panels_in_the_order_specified() -> None:
    specified = [(one["panel"], one["testcd"]) for one in TESTS_SPECIFIED]
    assert [(test.panel, test.code) for test in TESTS] == specified
    assert len(specified) == 36


@pytest.mark.parametrize("facts", TESTS_SPECIFIED, ids=[t["testcd"] for t in TESTS_SPECIFIED])
def test_a_test_is_declared_as_specified(facts: dict[str, str]) -> None:
    item = LB.by_code[facts["testcd"]]
    if item.code not in differences.TESTS_REWORDED:
        assert (item.label.en, item.label.zh) == (facts["en"], facts["zh"])
    assert (item.cdash, item.sdtm) == (False, "LB.LBORRES")
    assert item.shown_when is not None
    assert item.shown_when.source == "LBPERF == 'Y'"
    if facts["req"] == "D":
        assert isinstance(item, Calculated)
    else:
        assert item.required is (facts["req"] == "Y")
    test = BY_CODE[item.code]
    if facts["unit"] == "ordinal":
        assert test.codes is not None
        assert facts["hard"] == f"list {test.codes.name}"
        usual = {"NEG to 1+": "'NEG' .. '1+'", "NEG": "NEG"}[facts["soft"]]
        assert (item.soft.text() if item.soft else item.expected) == usual
        return
    assert item.unit is not None
    assert item.unit.ucum == UCUM.get(facts["unit"], facts["unit"])
    for name in ("soft", "hard"):
        bounds = getattr(item, name)
        low, high = (float(part) for part in facts[name].split(" to "))
        assert (float(bounds.low.source), float(bounds.high.source)) == (low, high)


UCUM = {"ratio": "{ratio}", "mg/L FEU": "mg/L{FEU}", "copies/mL": "{copies}/mL", "/HPF": "/[HPF]"}


def test_each_test_has_the_items_of_its_row() -> None:
    for test in TESTS:
        own = {code for code in LB.by_code if code.partition("_")[0] == test.code}
        expected = {test.code, *(f"{test.code}_{item}" for item in differences.ROW[2:])}
        if test.code not in rules():
            expected -= {f"{test.code}_LBTOXGR"}
        if test.codes is None and not test.is_calculated:
            expected |= {f"{test.code}_LBQUAL"}
        if test.other_unit is not None:
            expected |= {f"{test.code}_LBORIG"}
        assert own == expected


def test_a_large_change_is_told_with_both_results() -> None:
    book = casebook({at("CBC", "BL"): sample(3, HGB="132.0"), at("CBC"): sample(7, HGB="98.5")})
    scope = book.scope(book.records[place_of(at("CBC"))])
    (rule,) = (one for one in LB.checks if (one.id, one.item) == ("LB-04", "HGB"))
    assert rule.when.holds(scope)
    told = rule.told(scope)
    assert told.en == "Large change from 132 to 98.5 g/L: confirm or repeat."
    assert told.zh == "由132变为98.5 g/L，变化过大，请确认或复查。"


def test_a_check_tells_only_what_it_reads() -> None:
    with pytest.raises(ValueError, match="does not read"):
        check("X-01", "Q", "HGB > 1", en="{now}", zh="{now}", tells={"now": "WBC"})


@pytest.mark.parametrize("code", differences.ROW[1:])
def test_an_item_of_the_row_is_declared_as_specified(code: str) -> None:
    field = ROW_SPECIFIED[code]
    kind = {"code": "choice", "calc": "calculated"}[field["type"]]
    for test in TESTS:
        item = LB.by_code.get(f"{test.code}_{code}")
        if item is None:
            continue
        assert (item.kind, item.cdash, item.sdtm) == (kind, field["cdash"], field["sdtm"])
        assert item.label.en.lower() == f"{test.label.en}: {ROW_WORDS[code]}".lower()
        if field["codelist"] or code == "LBNRIND":
            codes = getattr(item, "codes", None)
            assert codes is not None
            assert codes.name == (field["codelist"] or "NRIND")
        if code == "LBCLSIG":
            assert item.required is True
            assert item.shown_when is not None
            assert item.shown_when.source == f"{test.code}_LBNRIND in ('LOW', 'HIGH')"


ROW_WORDS = {
    "LBQUAL": "Below or above the measuring limit", "LBORNRLO": "Lower reference limit",
    "LBORNRHI": "Upper reference limit", "LBNRIND": "Low, normal, high",
    "LBTOXGR": "Proposed CTCAE grade", "LBCLSIG": "Clinically significant",
}  # fmt: skip


def test_the_factors_are_those_of_the_specification() -> None:
    """Section 3.3: what each number reported in the other unit is multiplied by."""
    factors = {test.code: test.other_unit[1] for test in TESTS if test.other_unit}
    assert factors == {
        "HGB": "10", "CREAT": "88.4", "BILI": "17.1", "BILDIR": "17.1", "ALB": "10",
        "GLUC": "1/18.0", "CA": "1/4.0", "UREA": "0.357", "FIBRINO": "1/100",
    }  # fmt: skip
