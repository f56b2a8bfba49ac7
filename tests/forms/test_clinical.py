"""Worked values of GVHD grades, blood counts and diaries, and where the shared checks are shown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.blood_counts import neutrophil_engraftment_day, recent_neutrophils
from edc.forms.derivations.diary import days_of_one_score, diary_opens_on
from edc.protocol import STUDY
from edc.study.casebook import Casebook
from tests.forms.casebooks import INJURY, casebook, day, place_of, value
from tests.forms.check_cases import ALLOGENEIC

Records = dict[str, Any]


def graded(skin: object, liver: object, upper: object, lower: object) -> str | None:
    """Return the overall grade of the four stages."""
    stages = {"AGVSKIN": skin, "AGVLIV": liver, "AGVUGI": upper, "AGVLGI": lower}
    book = casebook({"GVHD@V14": {"GVDAT": day(14), "AGVYN": "Y"} | stages})
    return value(book, "GVHD@V14", "AGVGRD")


@pytest.mark.parametrize(
    ("skin", "liver", "upper", "lower", "grade"),
    [
        (0, 0, 0, 0, "0"),
        (1, 0, 0, 0, "1"), (2, 0, 0, 0, "1"),
        (3, 0, 0, 0, "2"), (0, 1, 0, 0, "2"), (0, 0, 1, 0, "2"), (0, 0, 0, 1, "2"),
        (3, 1, 1, 1, "2"),
        (0, 2, 0, 0, "3"), (0, 3, 0, 0, "3"), (0, 0, 0, 2, "3"), (0, 0, 0, 3, "3"),
        (3, 2, 1, 3, "3"),
        (4, 0, 0, 0, "4"), (0, 4, 0, 0, "4"), (0, 0, 0, 4, "4"),
        # A stage that could raise the grade is not known; a stage 4 nothing can raise.
        (None, 0, 0, 0, None), (0, None, 0, 3, None), (1, 1, None, 1, None),
        ("?ND", 0, 0, 0, None), (4, None, None, None, "4"), (None, None, None, 4, "4"),
    ],
)  # fmt: skip
def test_the_four_stages_of_acute_gvhd_make_the_magic_grade(
    skin: object, liver: object, upper: object, lower: object, grade: str | None
) -> None:
    assert graded(skin, liver, upper, lower) == grade


@given(st.tuples(*(st.integers(0, most) for most in (4, 4, 1, 4))), st.integers(0, 3))
def test_a_worse_stage_never_makes_a_better_grade(stages: tuple[int, ...], raised: int) -> None:
    worse = list(stages)
    worse[raised] = min(worse[raised] + 1, 1 if raised == 2 else 4)
    assert str(graded(*worse)) >= str(graded(*stages))


def test_without_signs_of_acute_gvhd_the_grade_is_0_and_before_the_answer_there_is_none() -> None:
    for answer, grade in (("N", "0"), (None, None)):
        book = casebook({"GVHD@V14": {"GVDAT": day(14), "AGVYN": answer}})
        assert value(book, "GVHD@V14", "AGVGRD") == grade


@pytest.mark.parametrize(
    ("samples", "found"),
    [
        ({10: "20"}, None),
        ({11: "20"}, "20"), ({17: "20"}, "20"), ({18: "20"}, None),
        ({12: "20", 15: "30"}, "30"),
        # Of two as near the earlier; of two on one day the higher.
        ({13: "20", 15: "30"}, "20"),
        ({13: "20", 14: "99.5"}, "99.5"),
        ({}, None),
    ],
)  # fmt: skip
def test_the_bilirubin_that_stages_the_liver_is_the_nearest_within_3_days(
    samples: dict[int, str], found: str | None
) -> None:
    records: Records = {
        f"LB@{visit}#2": {"LBPERF": "Y", "LBDAT": day(offset), "BILI": result}
        for visit, (offset, result) in zip(("V7", "V14", "V21"), samples.items(), strict=False)
    }
    records["GVHD@V14"] = {"GVDAT": day(14), "AGVYN": "Y"}
    assert value(casebook(records), "GVHD@V14", "AGVBILI") == found


def test_of_two_samples_of_one_day_the_higher_bilirubin_counts() -> None:
    sample = {"LBPERF": "Y", "LBDAT": day(14)}
    book = casebook(
        {
            "LB@DA14#2": sample | {"BILI": "40"},
            "LB@V14#2": sample | {"BILI": "9"},
            "GVHD@V14": {"GVDAT": day(14), "AGVYN": "Y"},
        }
    )
    assert value(book, "GVHD@V14", "AGVBILI") == "40"


VISITS = ("SCR", "BL", *(f"DA{number:02}" for number in range(1, 15)), "V21", "V28")


def counted(by_day: dict[str, str], **more: Any) -> Casebook:
    """Return a casebook with blood counts, one a visit, after a transplant on 2024-03-12."""
    records: Records = {
        f"LB@{visit}": {"LBPERF": "Y", "LBDAT": on[:10], "LBTIM": on[11:] or None, "NEUT": count}
        for visit, (on, count) in zip(VISITS, by_day.items(), strict=False)
    }
    return casebook({"HSCT@SCR": ALLOGENEIC, "ENG@V28": {"NEUENG": "N"}} | records | more)


def march(*counts: str | None, first: int = 20) -> dict[str, str]:
    """Return counts of consecutive days of March 2024; None is a day without one."""
    start = date(2024, 3, first)
    return {
        (start + timedelta(days=offset)).isoformat(): count
        for offset, count in enumerate(counts)
        if count is not None
    }


@pytest.mark.parametrize(
    ("by_day", "engrafted"),
    [
        (march("0.05", "0.42", "0.5", "0.6", "0.7"), "2024-03-22"),
        (march("0.05", "0.42", "0.49", "0.5", "0.6"), None),
        (march("0.05", "0.5", "0.6", "0.4", "0.5", "0.6", "0.7"), "2024-03-24"),
        (march("0.05", "0.5", "0.6", None, "0.7", "0.8", "0.9"), "2024-03-24"),
        (march("0.05", "0.5", None, "0.6", None, "0.7"), None),
        # The recipient's own cells before the fall are no engraftment.
        (march("1.5", "1.2", "0.9", "0.3", "0.6", "0.7", "0.8", first=12), "2024-03-16"),
        (march("1.5", "1.2", "0.9", first=9), None),
        (march("0.6", "0.7", "0.8", first=26), "2024-03-26"),
        ({}, None),
    ],
)
def test_neutrophils_engraft_on_the_first_of_three_days_in_a_row(
    by_day: dict[str, str], engrafted: str | None
) -> None:
    book = counted(by_day)
    scope = book.scope(book.records[place_of("ENG@V28")])
    assert neutrophil_engraftment_day(scope) == engrafted


def test_engraftment_is_not_counted_without_a_transplant_day() -> None:
    book = counted(march("0.05", "0.6", "0.7", "0.8"), **{"HSCT@SCR": {"HCTTYP": "ALLO"}})
    assert neutrophil_engraftment_day(book.scope(book.records[place_of("ENG@V28")])) is None


@given(st.lists(st.sampled_from(["0.1", "0.5", "2.0", None]), max_size=16))
def test_engraftment_starts_three_days_of_enough_neutrophils(counts: list[str | None]) -> None:
    by_day = march(*counts)
    book = counted(by_day)
    found = neutrophil_engraftment_day(book.scope(book.records[place_of("ENG@V28")]))
    if found is not None:
        first = date.fromisoformat(str(found))
        run = [(first + timedelta(days=n)).isoformat() for n in range(3)]
        assert all(float(by_day.get(on, 0)) >= 0.5 for on in run)


@pytest.mark.parametrize(
    ("by_day", "taken", "count"),
    [
        ({"2024-03-27 08:00": "0.9"}, "2024-03-29 08:00", "0.9"),
        ({"2024-03-27 07:59": "0.9"}, "2024-03-29 08:00", None),
        ({"2024-03-29 08:00": "0.9"}, "2024-03-29 08:00", "0.9"),
        ({"2024-03-29 08:01": "0.9"}, "2024-03-29 08:00", None),
        ({"2024-03-27": "0.9"}, "2024-03-29 23:00", "0.9"),
        ({"2024-03-26": "0.9"}, "2024-03-29 08:00", None),
        ({"2024-03-29 06:00": "0.8"}, "2024-03-29", "0.8"),
        ({"2024-03-28 08:00": "0.9", "2024-03-29 06:00": "1.4"}, "2024-03-29 08:00", "1.4"),
    ],
)
def test_the_count_beside_a_fever_is_the_latest_of_the_48_hours_before(
    by_day: dict[str, str], taken: str, count: str | None
) -> None:
    signs = {"VSPERF": "Y", "VSDAT": taken[:10], "VSTIM": taken[11:] or None}
    book = counted(by_day, **{"VS@V7": signs})
    assert recent_neutrophils(book.scope(book.records[place_of("VS@V7")])) == count


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        ("2024-03-22T00:00:00+08:00", "2024-03-21"),
        ("2024-03-22T12:00:59+08:00", "2024-03-21"),
        ("2024-03-22T12:01:00+08:00", "2024-03-22"),
        ("2024-03-01T08:00:00+08:00", "2024-02-29"),
    ],
)
def test_a_diary_may_be_about_today_and_about_yesterday_until_noon(now: str, earliest: str) -> None:
    book = casebook({"PRO@DA01": {"PRODAT": day(1)}}, facts={"now": now})
    assert diary_opens_on(book.scope(book.records[place_of("PRO@DA01")])) == earliest


def test_days_of_one_score_are_counted_back_from_the_diary_without_a_gap() -> None:
    scores = {f"PRO{number:02}": 3 for number in range(1, 10)}
    skin = {"INJ@SCR": INJURY | {"INJSKIN": "Y", "INJBLAD": "Y"}}
    days = {f"PRO@DA{n:02}": {"PRODAT": day(n)} | scores for n in (1, 2, 4, 5, 6)}
    book = casebook(skin | days)

    def run(number: int) -> object:
        return days_of_one_score(book.scope(book.records[place_of(f"PRO@DA{number:02}")]))

    assert [run(number) for number in (1, 2, 4, 5, 6)] == [1, 2, 1, 2, 3]


def test_a_question_that_is_not_asked_does_not_break_a_run_of_one_score() -> None:
    scores = {f"PRO{number:02}": 3 for number in (1, 2, 3, 4, 5, 8, 9)}
    days = {f"PRO@DA{n:02}": {"PRODAT": day(n)} | scores | {"PRO06": 9} for n in (1, 2)}
    book = casebook({"INJ@SCR": INJURY} | days)
    assert days_of_one_score(book.scope(book.records[place_of("PRO@DA02")])) == 2


def shown_at(records: Records, place: str) -> set[tuple[str, str]]:
    """Return check and item of all that fires on one record."""
    book = casebook(records)
    record = book.records[place_of(place)]
    crf, scope = STUDY.crfs[record.form], book.scope(record)
    own = frozenset(crf.by_code)
    return {(rule.id, rule.at_item(own)) for rule in crf.checks if rule.when.holds(scope)}


def test_a_check_of_several_items_asks_at_the_item_it_is_about() -> None:
    examined = {"PEPERF": "Y", "PEDAT": day(14), "PELNGRES": "CS", "PENEURES": "CS"}
    assert shown_at({"PE@V14": examined}, "PE@V14") == {
        ("PE-01", "PELNGRES"), ("PE-01", "PENEURES"),
    }  # fmt: skip
    serology = {"VIR@SCR": {"HBSAG": "POS", "HBVDNAQ": "EQ", "HBVDNA": 900, "HIV": "POS"}}
    answers = {"IE@SCR": {"EXC05": "N", "EXC06": "N"}}
    assert shown_at(serology | answers, "IE@SCR") == {("IE-10", "EXC05"), ("IE-10", "EXC06")}
    site = {"INJ@SCR": INJURY | {"INJBLAD": "Y"}, "BC@BL": {"BCPERF": "Y", "BCGRD": 0}}
    assert shown_at(site, "INJ@SCR") == {("INJ-04", "INJBLAD")}


def test_only_the_first_row_of_history_asks_what_is_asked_once() -> None:
    book = casebook({"MH#1": {"MHYN": "N"}, "MH#2": {}})

    def asked(row: int) -> set[str]:
        scope = book.scope(book.records["", "MH", row])
        return {item.code for item in STUDY.crfs["MH"].items if scope.is_shown(item)}

    assert asked(1) == {"MHYN", "MHALL"}
    assert asked(2) == {"MHTERM", "MHSTDAT", "MHONGO"}
