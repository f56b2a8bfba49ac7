"""Every derived value: worked by hand, then held to what must be true of all inputs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.allocation import missing_before_randomisation
from edc.forms.derivations.oral import REDNESS, ULCERS
from edc.forms.derivations.values import rounded
from tests.forms.casebooks import CONSENT, DAY_ZERO, INJURY, casebook, day, mouth, value

SCORES = st.sampled_from([None, 0, 1, 2, 9])
ULCER_SCORES = st.sampled_from([None, 0, 1, 2, 3, 9])


def om(**values: Any) -> Any:
    return casebook({"IC": CONSENT, "OM@BL": {"OMPERF": "Y", "OMLOC": "IPD"} | values})


def sites(codes: tuple[str, ...], scores: list[int | None]) -> dict[str, int | None]:
    return dict(zip(codes, scores, strict=True))


# Visits


@pytest.mark.parametrize(
    ("seen", "days"), [(5, "1"), (6, "0"), (7, "0"), (8, "0"), (9, "1"), (12, "4")]
)
def test_a_visit_counts_its_days_outside_the_window(seen: int, days: str) -> None:
    book = casebook({"IC": CONSENT, "SV@V7": {"SVSTAT": "DONE", "SVSTDAT": day(seen)}})
    assert value(book, "SV@V7", "SVOUT") == days


def test_a_visit_without_a_planned_day_is_neither_in_nor_out_of_a_window() -> None:
    book = casebook({"SV@UNS01": {"SVSTAT": "DONE", "SVSTDAT": day(9)}})
    assert value(book, "SV@UNS01", "SVOUT") is None


def test_days_are_also_counted_from_the_transplant() -> None:
    book = casebook(
        {
            "IC": CONSENT,
            "HSCT@SCR": {"HCTDAT": "2024-03-12"},
            "SV@SCR": {"SVSTAT": "DONE", "SVSTDAT": "2024-03-10"},
            "SV@BL": {"SVSTAT": "DONE", "SVSTDAT": "2024-03-20"},
        }
    )
    assert value(book, "SV@BL", "SVTPLUS") == "8"
    assert value(book, "SV@SCR", "SVTPLUS") == "-2"


# Consent, age, criteria


def test_a_consent_shows_the_dates_of_its_version() -> None:
    book = casebook({"IC": CONSENT})
    assert value(book, "IC", "ICVERDAT") == "2023-12-20"
    assert value(book, "IC", "ICAPPDAT") == "2024-01-10"


def test_an_unknown_version_has_no_dates() -> None:
    assert value(casebook({"IC": CONSENT | {"ICVER": "V9"}}), "IC", "ICAPPDAT") is None


@pytest.mark.parametrize(
    ("birth", "age"),
    [
        ((1985, 6, None), "38"),
        ((1985, 3, 18), "39"),
        ((1985, 3, 19), "38"),
        ((1985, 3, None), "39"),  # the 15th
        ((2006, 3, 18), "18"),
        ((2006, 3, 19), "17"),
    ],
)
def test_age_is_whole_years_at_consent(birth: tuple[int, int, int | None], age: str) -> None:
    names = ("BRTHYR", "BRTHMO", "BRTHDY")
    book = casebook({"IC": CONSENT, "DM@SCR": dict(zip(names, birth, strict=True))})
    assert value(book, "DM@SCR", "AGE") == age


def test_there_is_no_age_before_consent_or_for_a_day_that_never_was() -> None:
    born = {"BRTHYR": 1985, "BRTHMO": 2, "BRTHDY": 30}
    assert value(casebook({"DM@SCR": born | {"BRTHDY": 3}}), "DM@SCR", "AGE") is None
    assert value(casebook({"IC": CONSENT, "DM@SCR": born}), "DM@SCR", "AGE") is None


@given(
    born=st.dates(date(1930, 1, 1), date(2006, 12, 31)),
    consent=st.dates(date(2020, 10, 1), date(2025, 9, 30)),
)
def test_a_birthday_adds_exactly_one_year(born: date, consent: date) -> None:
    names = {"BRTHYR": born.year, "BRTHMO": born.month, "BRTHDY": born.day}
    book = casebook({"IC": CONSENT | {"ICDAT": consent.isoformat()}, "DM@SCR": names})
    age = int(value(book, "DM@SCR", "AGE") or -1)
    assert date(born.year + age, born.month, 1) <= consent
    assert consent.year - born.year - 1 <= age <= consent.year - born.year


MET = {f"INC0{n}": "Y" for n in range(1, 6)} | {f"EXC0{n}": "N" for n in range(1, 8)}


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({}, "Y"),
        ({"INC03": "N"}, "N"),
        ({"EXC06": "Y"}, "N"),
        ({"EXC06": None}, None),
        ({"EXC06": None, "INC01": "N"}, "N"),
        ({"EXC05": "?NK"}, "N"),
    ],
)
def test_all_criteria_are_met_only_when_every_one_is(changes: Any, result: str | None) -> None:
    assert value(casebook({"IE@SCR": MET | changes}), "IE@SCR", "IEYN") == result


@given(st.dictionaries(st.sampled_from(sorted(MET)), st.sampled_from(["Y", "N", None])))
def test_one_failed_criterion_is_enough(changes: dict[str, str | None]) -> None:
    answers = MET | changes
    result = value(casebook({"IE@SCR": answers}), "IE@SCR", "IEYN")
    failed = any(answer not in (None, MET[code]) for code, answer in answers.items())
    assert (result == "N") == failed


def test_onset_to_randomisation_is_counted_at_the_target_site() -> None:
    several = INJURY | {"INJSKIN": "Y", "INJSKDAT": "2024-03-01", "INJPRIM": "SKIN"}
    assert value(casebook({"INJ@SCR": INJURY}), "INJ@SCR", "INJONSTD") == "3"
    assert value(casebook({"INJ@SCR": several}), "INJ@SCR", "INJONSTD") == "19"
    assert value(casebook({"INJ@SCR": INJURY}, day_zero=None), "INJ@SCR", "INJONSTD") is None


# Vital signs


def test_body_measures_use_the_height_of_screening_at_every_visit() -> None:
    book = casebook(
        {
            "VS@SCR": {"VSPERF": "Y", "VSDAT": day(-2), "HEIGHT": "172.0", "WEIGHT": "68.0"},
            "VS@BL": {"VSPERF": "Y", "VSDAT": day(0), "WEIGHT": "67.6"},
        }
    )
    assert (value(book, "VS@SCR", "BMI"), value(book, "VS@SCR", "BSA")) == ("22.99", "1.80")
    assert (value(book, "VS@BL", "BMI"), value(book, "VS@BL", "BSA")) == ("22.85", "1.80")


def test_body_measures_need_both_height_and_weight() -> None:
    book = casebook({"VS@BL": {"VSPERF": "Y", "WEIGHT": "67.6"}})
    assert value(book, "VS@BL", "BMI") is None
    assert value(book, "VS@BL", "BSA") is None


@given(st.integers(1000, 2300), st.integers(250, 2000), st.sampled_from([("BMI", 1), ("BSA", 0)]))
def test_a_heavier_person_of_one_height_never_has_smaller_measures(
    height: int, weight: int, measure: tuple[str, int]
) -> None:
    def measured(tenths: int) -> Decimal:
        values = {"VSPERF": "Y", "HEIGHT": height / 10, "WEIGHT": tenths / 10}
        return Decimal(value(casebook({"VS@SCR": values}), "VS@SCR", measure[0]) or "0")

    assert measured(weight) <= measured(weight + 1)


@pytest.mark.parametrize(
    ("given_value", "text"), [("1.005", "1.01"), ("-1.005", "-1.01"), ("2", "2.00")]
)
def test_a_half_is_rounded_away_from_zero(given_value: str, text: str) -> None:
    assert rounded(Decimal(given_value)) == text


# Oral mucositis

P01_REDNESS = [2, 2, 1, 1, 2, 2, 1, 1, 0]
P01_ULCERS = [1, 2, 1, 1, 2, 2, 0, 0, 0]


def test_the_scores_of_a_severe_mouth() -> None:
    book = om(
        **sites(REDNESS, P01_REDNESS), **sites(ULCERS, P01_ULCERS),
        OMDIET="LIQ", OMDIETRS=["OM"], OMPNRST=6, OMPNSWL=8,
    )  # fmt: skip
    found = [
        value(book, "OM@BL", code) for code in ("OMERYM", "OMULCM", "OMMEAN", "OMNULC", "OMWHOC")
    ]
    assert found == ["1.33", "1.00", "2.33", "6", "3"]


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        ([1, 1, 1, 1, 1, 1, 1, 9, 9], "1.00"),
        ([1, 1, 1, 1, 1, 1, 9, 9, 9], None),
        ([1, 1, 1, 1, 1, 1, None, None, None], None),
        ([2, 0, 0, 0, 0, 0, 0, 0, 9], "0.25"),
    ],
)
def test_a_mean_needs_seven_of_nine_sites(scores: list[int | None], mean: str | None) -> None:
    assert value(om(**sites(REDNESS, scores)), "OM@BL", "OMERYM") == mean


def test_the_mean_score_takes_only_sites_with_both_redness_and_ulcer() -> None:
    book = om(
        **sites(REDNESS, [2, 2, 2, 2, 2, 2, 2, 2, 9]), **sites(ULCERS, [9, 3, 3, 3, 3, 3, 3, 3, 3])
    )
    assert value(book, "OM@BL", "OMMEAN") == "5.00"


def test_a_mouth_that_nobody_saw_has_no_scores() -> None:
    book = om(
        OMLOC="VID",
        OMDIET="NPO",
        OMDIETRS=["OM"],
        OMPNRST=8,
        OMPNSWL=8,
        **sites(ULCERS, P01_ULCERS),
    )
    for code in ("OMERYM", "OMULCM", "OMMEAN", "OMNULC", "OMWHOC"):
        assert value(book, "OM@BL", code) is None


NONE, RED, ULCER = [0] * 9, [0, 1] + [0] * 7, [0, 0, 1] + [0] * 6


@pytest.mark.parametrize(
    ("redness", "ulcers", "diet", "because", "pain", "grade"),
    [
        (NONE, NONE, "SOL", None, (0, 0), "0"),
        (NONE, NONE, "SOL", None, (1, 0), "1"),
        (NONE, NONE, "SOL", None, (0, 1), "1"),
        (RED, NONE, "SOFT", ["CHO"], (0, 0), "1"),
        (RED, ULCER, "SOL", None, (0, 0), "2"),
        (RED, ULCER, "SOFT", ["OM"], (3, 3), "2"),
        (RED, ULCER, "LIQ", ["OM", "NV"], (3, 3), "3"),
        (RED, ULCER, "LIQ", ["NV"], (3, 3), "2"),
        (RED, NONE, "LIQ", ["OM"], (3, 3), "1"),
        (RED, ULCER, "NPO", ["OM"], (9, 9), "4"),
        (NONE, NONE, "NPO", ["OM"], (9, 9), "4"),
        (RED, ULCER, "NPO", ["NPO"], (3, 3), "2"),
        (NONE, NONE, None, None, (0, 0), None),
        (NONE, NONE, "SOL", None, (0, None), None),
        ([9] * 9, [9] * 9, "SOL", None, (0, 0), None),
        # Whether there was an ulcer decides; redness does only where nothing else tells.
        (RED, [9] * 9, "SOL", None, (3, 3), None),
        (NONE, [9] * 9, "NPO", ["OM"], (3, 3), "4"),
        ([9] * 9, NONE, "SOL", None, (0, 0), None),
        ([9] * 9, NONE, "SOL", None, (1, 0), "1"),
    ],
)
def test_the_who_grade_follows_from_its_components(
    redness: list[int], ulcers: list[int], diet: str | None, because: Any, pain: Any, grade: Any
) -> None:
    book = om(
        **sites(REDNESS, redness), **sites(ULCERS, ulcers),
        OMDIET=diet, OMDIETRS=because, OMPNRST=pain[0], OMPNSWL=pain[1],
    )  # fmt: skip
    assert value(book, "OM@BL", "OMWHOC") == grade


@given(
    st.lists(SCORES, min_size=9, max_size=9),
    st.lists(ULCER_SCORES, min_size=9, max_size=9),
    st.sampled_from(["SOL", "SOFT", "LIQ", "NPO"]),
    st.integers(0, 10),
)
def test_scores_stay_within_their_scales(
    redness: list[int | None], ulcers: list[int | None], diet: str, pain: int
) -> None:
    book = om(
        **sites(REDNESS, redness), **sites(ULCERS, ulcers),
        OMDIET=diet, OMDIETRS=["OM"], OMPNRST=pain, OMPNSWL=pain,
    )  # fmt: skip
    for code, top in (("OMERYM", 2), ("OMULCM", 3), ("OMMEAN", 5), ("OMNULC", 9), ("OMWHOC", 4)):
        found = value(book, "OM@BL", code)
        assert found is None or 0 <= Decimal(found) <= top
    ulcerated = int(value(book, "OM@BL", "OMNULC") or 0) > 0
    grade = value(book, "OM@BL", "OMWHOC")
    assert not ulcerated or grade in ("2", "3", "4")


# Response and healing


def course(
    grades: dict[str, tuple[int, int]], *, seen: int, at: str = "V14", **changes: Any
) -> Any:
    """Return a casebook with WHO grades by visit ``(day, grade)`` and one RSP on day *seen*."""
    records: dict[str, Any] = {"IC": CONSENT, "INJ@SCR": INJURY | changes}
    records |= {f"OM@{visit}": mouth(who, day(on)) for visit, (on, who) in grades.items()}
    records[f"RSP@{at}"] = {"RSPDAT": day(seen), "RSPSURV": "Y"}
    return casebook(records)


@pytest.mark.parametrize(
    ("before", "after", "response"),
    [(3, 0, "CR"), (3, 2, "PR"), (3, 1, "PR"), (3, 3, "NR"), (2, 3, "PD"), (0, 0, "CR")],
)
def test_the_mouth_responds_against_its_baseline(before: int, after: int, response: str) -> None:
    book = course({"BL": (0, before), "DA07": (7, after)}, seen=7, at="V7")
    assert value(book, "RSP@V7", "RSPORALC") == response
    assert value(book, "RSP@V7", "RSPTGT") == response


def test_response_is_read_from_the_last_assessment_up_to_its_own_day() -> None:
    book = course({"BL": (0, 3), "DA06": (6, 2), "DA08": (8, 0)}, seen=7, at="V7")
    assert value(book, "RSP@V7", "RSPORALC") == "PR"


def test_no_response_is_derived_without_an_assessment_after_baseline() -> None:
    book = course({"BL": (0, 3)}, seen=7, at="V7")
    assert value(book, "RSP@V7", "RSPORALC") is None
    assert value(book, "RSP@V7", "HEALYN") == "N"


@pytest.mark.parametrize("visit", ["M6", "M12"])
def test_no_response_is_derived_in_late_follow_up_but_healing_is(visit: str) -> None:
    book = course({"BL": (0, 3), "DA09": (9, 0), "DA10": (10, 0)}, seen=60, at=visit)
    assert value(book, f"RSP@{visit}", "RSPORALC") is None
    assert value(book, f"RSP@{visit}", "HEALYN") == "Y"


def test_a_mouth_that_is_not_injured_has_no_response() -> None:
    book = course({"BL": (0, 3), "DA07": (7, 0)}, seen=7, INJORAL="N", INJSKIN="Y", INJPRIM="SKIN")
    for code in ("RSPORALC", "RSPSKINC", "RSPBLADC", "RSPTGT", "HEALDAT"):
        assert value(book, "RSP@V14", code) is None
    assert value(book, "RSP@V14", "HEALYN") == "N"  # of the skin, which nobody assessed


@pytest.mark.parametrize(
    ("grades", "healed"),
    [
        ({"DA09": (9, 0), "DA10": (10, 0)}, 9),
        ({"DA09": (9, 0), "DA13": (13, 0)}, 9),  # at most 4 days later
        ({"DA09": (9, 0), "DA14": (14, 0)}, None),
        ({"DA09": (9, 0), "DA10": (10, 1), "DA11": (11, 0), "DA12": (12, 0)}, 11),
        ({"DA09": (9, 0), "UNS01": (9, 0)}, None),  # confirmed on a later day only
        ({"DA09": (9, 0), "UNS01": (9, 1), "DA10": (10, 0)}, None),  # the worst grade of a day
        ({"DA09": (9, 0)}, None),
    ],
)
def test_healing_is_the_first_of_two_clear_assessments(grades: Any, healed: int | None) -> None:
    book = course({"BL": (0, 3)} | grades, seen=14)
    assert value(book, "RSP@V14", "HEALYN") == ("N" if healed is None else "Y")
    assert value(book, "RSP@V14", "HEALDAT") == (None if healed is None else day(healed))


def test_a_healing_counts_only_once_it_is_confirmed_by_the_day_of_the_visit() -> None:
    book = course({"BL": (0, 3), "DA13": (13, 0), "V21": (15, 0)}, seen=14)
    assert value(book, "RSP@V14", "HEALYN") == "N"


def test_a_clear_baseline_is_no_part_of_a_healing() -> None:
    book = course({"BL": (0, 0), "DA01": (1, 0), "DA02": (2, 1)}, seen=14)
    assert value(book, "RSP@V14", "HEALYN") == "N"


def test_a_recurrence_does_not_turn_healing_back() -> None:
    grades = {"BL": (0, 3), "DA05": (5, 0), "DA06": (6, 0), "DA10": (10, 2)}
    book = course(grades, seen=14)
    assert value(book, "RSP@V14", "HEALYN") == "Y"
    assert value(book, "RSP@V14", "HEALDAT") == day(5)


@given(st.lists(st.integers(0, 4), min_size=2, max_size=14))
def test_the_day_of_healing_is_always_clear_and_so_is_the_next(grades: list[int]) -> None:
    seen = {f"DA{n:02}": (n, grade) for n, grade in enumerate(grades, 1)}
    book = course({"BL": (0, 3)} | seen, seen=14)
    healed = value(book, "RSP@V14", "HEALDAT")
    if healed is None:
        assert not any(one == other == 0 for one, other in pairwise(grades))
    else:
        on = (date.fromisoformat(healed) - DAY_ZERO) // timedelta(days=1)
        assert grades[on - 1] == grades[on] == 0


# Randomisation

READY: dict[str, Any] = {
    "IC": CONSENT,
    "SV@SCR": {"SVSTAT": "DONE", "SVSTDAT": "2024-03-18"},
    "DM@SCR": {"BRTHYR": 1985, "BRTHMO": 6, "SEX": "M"},
    "HSCT@SCR": {"HCTTYP": "ALLO", "HCTDAT": "2024-03-12"},
    "INJ@SCR": INJURY,
    "VS@SCR": {"VSPERF": "N"},
    "VIR@SCR": {"HBSAG": "NEG", "HBCAB": "NEG", "HCVAB": "NEG", "HIV": "NEG"},
    "IE@SCR": MET | {"IECONF": "Y"},
    "VS@BL": {"VSPERF": "N"},
    **{f"LB@BL#{row}": {"LBPERF": "N"} for row in (1, 2, 4, 5, 6)},
    "OM@BL": mouth(3, day(0)),
    "RAND@BL": {},
}


def allocation(changes: dict[str, Any] | None = None, **options: Any) -> Any:
    records = READY | (changes or {})
    options = {"signed": ("IE@SCR",), "day_zero": None} | options
    return casebook({place: v for place, v in records.items() if v is not None}, **options)


def test_a_complete_casebook_is_ready_for_randomisation() -> None:
    book = allocation()
    assert [value(book, "RAND@BL", c) for c in ("RDELIG", "RDSTR1", "RDSTR2")] == [
        "Y",
        "ORAL",
        "ALLO",
    ]


@pytest.mark.parametrize(
    "absent",
    [
        "IC", "DM@SCR", "HSCT@SCR", "INJ@SCR", "VIR@SCR", "IE@SCR", "VS@BL", "OM@BL",
        *(f"LB@BL#{row}" for row in (1, 2, 4, 5, 6)),
    ],
)  # fmt: skip
def test_randomisation_waits_for_every_crf_it_needs(absent: str) -> None:
    assert value(allocation({absent: None}), "RAND@BL", "RDELIG") == "N"


def test_randomisation_waits_for_complete_crfs_and_a_signed_confirmation() -> None:
    assert value(allocation(complete=False), "RAND@BL", "RDELIG") == "N"
    assert value(allocation(signed=()), "RAND@BL", "RDELIG") == "N"
    assert value(allocation({"IE@SCR": MET | {"IECONF": "N"}}), "RAND@BL", "RDELIG") == "N"


def test_randomisation_waits_for_an_open_hard_check() -> None:
    impossible = {"VSPERF": "Y", "VSDAT": day(0), "SYSBP": 80, "DIABP": 95}
    assert value(allocation({"VS@BL": impossible}), "RAND@BL", "RDELIG") == "N"


def test_a_mouth_that_is_not_injured_needs_no_assessment() -> None:
    skin = INJURY | {"INJORAL": "N", "INJSKIN": "Y", "INJPRIM": "SKIN"}
    book = allocation({"OM@BL": None, "SK@BL": {"SKPERF": "N"}, "INJ@SCR": skin})
    assert value(book, "RAND@BL", "RDELIG") == "Y"


MAY_BEAR = {"DM@SCR": {"BRTHYR": 1985, "BRTHMO": 6, "SEX": "F", "CHILDPOT": "Y"}}
NEGATIVE = {"PREGDN": "Y", "PREGDAT": day(0), "PREGRES": "NEG"}


@pytest.mark.parametrize(
    ("records", "ready"),
    [
        ({"PREGT@BL": NEGATIVE}, "Y"),
        ({"PREGT@BL": NEGATIVE | {"PREGDAT": day(-7)}}, "Y"),
        ({"PREGT@BL": NEGATIVE | {"PREGDAT": day(-8)}}, "N"),
        ({"PREGT@BL": NEGATIVE | {"PREGRES": "IND"}}, "N"),
        ({"PREGT@BL": {"PREGDN": "N"}}, "N"),
        ({"PREGT@BL": {"PREGDN": "N"}, "PREGT@SCR": NEGATIVE | {"PREGDAT": day(-7)}}, "Y"),
        ({"PREGT@SCR": NEGATIVE}, "N"),
        ({}, "N"),
        ({"DM@SCR": MAY_BEAR["DM@SCR"] | {"CHILDPOT": "POST"}}, "Y"),
    ],
)
def test_who_may_bear_a_child_needs_a_negative_test_of_the_last_7_days(
    records: dict[str, Any], ready: str
) -> None:
    book = allocation(MAY_BEAR | records, today=DAY_ZERO)
    assert value(book, "RAND@BL", "RDELIG") == ready
    owed = [one for one in missing_before_randomisation(book) if "PREGT-01" in one.label.en]
    assert [(one.visit, one.form) for one in owed] in ([], [("BL", "PREGT")])


def test_a_positive_test_refuses_the_confirmation_and_so_the_randomisation() -> None:
    positive = {"PREGT@SCR": NEGATIVE | {"PREGRES": "POS"}, "PREGT@BL": NEGATIVE}
    assert value(allocation(MAY_BEAR | positive, today=DAY_ZERO), "RAND@BL", "RDELIG") == "Y"
    again = MAY_BEAR | {"PREGT@SCR": NEGATIVE, "PREGT@BL": NEGATIVE | {"PREGRES": "POS"}}
    book = allocation(again, today=DAY_ZERO)
    owed = [one.label.en for one in missing_before_randomisation(book)]
    assert owed == ["IE-09: Pregnancy test positive: not eligible."]


@pytest.mark.parametrize(
    ("kind", "stratum"), [("AUTO", "AUTO"), ("SYN", "AUTO"), ("ALLO", "ALLO"), (None, None)]
)
def test_a_syngeneic_transplant_counts_as_autologous(kind: str | None, stratum: str | None) -> None:
    book = allocation({"HSCT@SCR": {"HCTTYP": kind}})
    assert value(book, "RAND@BL", "RDSTR2") == stratum


def test_strata_stand_still_once_a_number_is_given() -> None:
    given_out = {"RDNUM": "R001", "RDELIG": "Y", "RDSTR1": "ORAL", "RDSTR2": "ALLO"}
    later = {"INJ@SCR": INJURY | {"INJPRIM": "SKIN"}, "HSCT@SCR": {"HCTTYP": "AUTO"}}
    book = allocation(later | {"RAND@BL": given_out, "VS@BL": None})
    assert [value(book, "RAND@BL", c) for c in ("RDELIG", "RDSTR1", "RDSTR2")] == [
        "Y",
        "ORAL",
        "ALLO",
    ]
