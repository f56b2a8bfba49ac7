"""The endpoints of one participant, from worked values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.endpoints import (
    TimeToHealing,
    analysis_sets,
    grade_area,
    severe_days,
    time_to_healing,
)
from edc.reports.endpoints import endpoints_of, median_survival, summarise
from edc.study.casebook import Casebook
from tests.forms.casebooks import CONSENT, INJURY, casebook, day, mouth

GRADES = dict[int, int]
# WHO grades of a normal course: 3 at baseline, severe to D3, healed on D9.
NORMAL: GRADES = {0: 3, 1: 3, 2: 3, 3: 3, 4: 2, 5: 2, 6: 2, 7: 1, 8: 1, 9: 0, 10: 0}


def course(grades: GRADES, **other: Any) -> Casebook:
    """Return a casebook whose mouth was graded on these days from randomisation."""
    records: dict[str, Any] = {"IC": CONSENT, "INJ@SCR": INJURY}
    for offset, grade in grades.items():
        visit = "BL" if offset == 0 else f"DA{offset:02}" if offset <= 14 else f"UNS{offset:02}"
        records[f"OM@{visit}"] = mouth(grade, day(offset))
    return casebook(records | other)


def area(book: Casebook, until: int) -> Decimal | None:
    found = grade_area(book, until=until)
    return found.area if found else None


def test_a_normal_course_has_the_figures_worked_out_by_hand() -> None:
    book = course(NORMAL)
    assert time_to_healing(book) == TimeToHealing(9, is_censored=False)
    assert severe_days(book) == 3
    assert area(book, 14) == Decimal("18.5")
    assert area(book, 28) == Decimal("18.5")


def test_who_is_not_healed_is_censored_at_the_last_assessment_and_at_day_28_at_the_latest() -> None:
    assert time_to_healing(course({0: 2, 5: 1})) == TimeToHealing(5, is_censored=True)
    assert time_to_healing(course({0: 2, 28: 1})) == TimeToHealing(28, is_censored=True)
    assert time_to_healing(course({0: 2, 40: 1})) == TimeToHealing(28, is_censored=True)
    assert time_to_healing(course({0: 2})) == TimeToHealing(0, is_censored=True)


def test_a_healing_counts_on_day_28_and_no_longer_on_day_29() -> None:
    assert time_to_healing(course({0: 2, 28: 0, 30: 0})) == TimeToHealing(28, is_censored=False)
    assert time_to_healing(course({0: 2, 29: 0, 31: 0})) == TimeToHealing(28, is_censored=True)


def test_a_gap_of_three_days_takes_the_last_grade_and_a_longer_one_is_missing() -> None:
    # D1 is severe, D2-D4 take its grade, D5 is missing; D6 is severe again.
    assert severe_days(course({0: 2, 1: 3, 6: 4, 7: 1})) == 5
    assert severe_days(course({0: 2, 1: 2, 2: 1})) == 0
    # Not D0; the baseline's grade is carried over D1 to D3.
    assert severe_days(course({0: 4, 4: 1})) == 3


def test_an_injury_that_is_not_of_the_mouth_has_no_grade_of_it() -> None:
    skin = INJURY | {"INJORAL": "N", "INJORDAT": None, "INJSKIN": "Y", "INJPRIM": "SKIN"}
    book = casebook({"IC": CONSENT, "INJ@SCR": skin})
    assert severe_days(book) is None
    assert grade_area(book, until=14) is None


def test_the_area_needs_three_points_and_the_baseline_among_them() -> None:
    assert area(course({0: 3, 4: 1}), 14) is None
    assert area(course({1: 3, 4: 1, 6: 1}), 14) is None
    assert area(course({0: 3, 4: 1, 6: 1}), 14) == Decimal(10)


def test_a_curve_that_ends_early_covers_fewer_days() -> None:
    found = grade_area(course({0: 2, 2: 2, 4: 2}), until=14)
    assert found is not None
    assert (found.area, found.days, found.per_day) == (Decimal(8), 4, Decimal(2))


def test_an_inner_gap_over_the_end_is_cut_on_its_straight_line() -> None:
    # From 2 on D10 to 0 on D18: 1 on D14, so the last piece is 4 x 1.5.
    found = grade_area(course({0: 2, 10: 2, 18: 0}), until=14)
    assert found is not None
    assert (found.area, found.days) == (Decimal(26), 14)


@given(st.dictionaries(st.integers(1, 14), st.integers(0, 4), min_size=2), st.integers(0, 4))
def test_the_area_lies_between_nothing_and_the_worst_grade_all_the_time(
    later: GRADES, first: int
) -> None:
    found = grade_area(course({0: first} | later), until=14)
    assert found is not None
    assert 0 <= found.area <= max(first, *later.values()) * found.days
    assert found.days <= 14


def test_a_second_registration_of_one_person_is_in_no_analysis_set() -> None:
    assert analysis_sets(course(NORMAL)).itt
    void = course(NORMAL, **{"RAND@BL": {"RDVOID": "Y"}})
    assert not analysis_sets(void).itt
    assert not analysis_sets(void).safety


@pytest.mark.parametrize(("given", "as_treated"), [("Y", "MSC"), ("N", "SOC"), (None, "SOC")])
def test_the_safety_set_goes_by_the_treatment_received(given: str | None, as_treated: str) -> None:
    book = course(NORMAL, EX={"ECOCCUR": given})
    assert analysis_sets(book).treated_as == as_treated


def test_a_deviation_that_excludes_leaves_only_the_per_protocol_set() -> None:
    sets = analysis_sets(course(NORMAL, **{"DV": {"DVPP": "N"}, "DV#2": {"DVPP": "Y"}}))
    assert (sets.itt, sets.mitt, sets.pp) == (True, True, False)


def test_who_was_never_assessed_again_is_not_in_the_modified_set() -> None:
    assert not analysis_sets(course({0: 3})).mitt


def test_the_median_time_to_healing_is_that_of_kaplan_and_meier() -> None:
    times = [
        TimeToHealing(6, is_censored=False), TimeToHealing(6, is_censored=True),
        TimeToHealing(9, is_censored=False), TimeToHealing(12, is_censored=False),
        TimeToHealing(28, is_censored=True),
    ]  # fmt: skip
    # S(6) = 4/5, S(9) = 4/5 x 2/3 = 0.53, S(12) = 0.27
    assert median_survival(times) == 12
    assert median_survival(times[-1:]) is None
    assert median_survival([TimeToHealing(4, is_censored=False)] * 2) == 4


def test_the_summary_counts_the_intention_to_treat_set_alone() -> None:
    rows = [
        endpoints_of("01-001", course(NORMAL)),
        endpoints_of("01-002", course({0: 2, 5: 1, 7: 1})),
        endpoints_of("01-003", course(NORMAL, **{"RAND@BL": {"RDVOID": "Y"}})),
    ]
    found = summarise(rows)
    assert (found.itt, found.mitt, found.healed) == (2, 2, 1)
    assert (found.median_severe, found.severe_affected) == (1.5, 3)
