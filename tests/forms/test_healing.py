"""Healing and response of mouth, skin and bladder: worked by hand, then held to their rules."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.healing import find_healing
from edc.forms.injury_sites import SITES
from edc.study.casebook import Casebook
from tests.forms.casebooks import (
    CONSENT,
    DAY_ZERO,
    INJURY,
    bladder,
    casebook,
    day,
    fired_rows,
    healed,
    lesion,
    mouth,
    skin,
    value,
)  # fmt: skip

SKIN = INJURY | {"INJORAL": "N", "INJSKIN": "Y", "INJSKDAT": "2024-03-10", "INJPRIM": "SKIN"}
BLADDER = INJURY | {"INJORAL": "N", "INJBLAD": "Y", "INJBLDAT": "2024-03-10", "INJPRIM": "BLAD"}


def course(form: str, injury: Any, seen: dict[str, Any], *, on: int, at: str = "V28") -> Casebook:
    """Return a casebook with assessments by visit, and one RSP on day *on*."""
    records: dict[str, Any] = {"IC": CONSENT, "INJ@SCR": injury}
    records |= {f"{form}@{visit}": values for visit, values in seen.items()}
    records[f"RSP@{at}"] = {"RSPDAT": day(on), "RSPSURV": "Y"}
    return casebook(records)


def of_skin(seen: dict[str, Any], *, on: int = 28, at: str = "V28") -> Casebook:
    return course("SK", SKIN, seen, on=on, at=at)


def of_bladder(seen: dict[str, Any], *, on: int = 28, at: str = "V28") -> Casebook:
    return course("BC", BLADDER, seen, on=on, at=at)


def told(book: Casebook, at: str = "V28") -> tuple[str | None, ...]:
    return tuple(value(book, f"RSP@{at}", code) for code in ("RSPTGT", "HEALYN", "HEALDAT"))


# The size of lesions


def test_the_area_of_each_lesion_is_its_own_length_times_its_own_width() -> None:
    book = casebook({"SK@BL": skin(day(0), lesion(1), lesion(2, SLLEN="5.0", SLWID="3.0"))})
    assert [value(book, "SK@BL", "SLAREA", row) for row in (1, 2)] == ["8.00", "15.00"]


def test_a_lesion_without_a_width_has_no_area() -> None:
    book = casebook({"SK@BL": skin(day(0), lesion(1, SLWID="?ND"))})
    assert value(book, "SK@BL", "SLAREA") is None


@pytest.mark.parametrize(
    ("length", "width", "reduction"),
    [("4.0", "1.0", "50.00"), ("0.0", "0.0", "100.00"), ("4.0", "2.0", "0.00"),
     ("8.0", "2.0", "-100.00"), ("3.0", "2.0", "25.00"), ("3.3", "1.0", "58.75")],
)  # fmt: skip
def test_the_reduction_of_a_lesion_is_told_against_its_own_baseline(
    length: str, width: str, reduction: str
) -> None:
    book = of_skin(
        {
            "BL": skin(day(0), lesion(1, SLLEN="9.0"), lesion(2)),
            "DA03": skin(day(3), lesion(1), lesion(2, SLLEN=length, SLWID=width)),
        }
    )
    assert value(book, "SK@DA03", "SLREDPC", 2) == reduction
    assert value(book, "SK@BL", "SLREDPC", 2) is None


def test_a_lesion_that_the_baseline_does_not_have_has_no_reduction() -> None:
    book = of_skin(
        {"BL": skin(day(0), lesion(1)), "DA03": skin(day(3), lesion(1), lesion(2))}
    )  # fmt: skip
    assert value(book, "SK@DA03", "SLREDPC", 2) is None


@given(st.integers(1, 600), st.integers(1, 600), st.integers(0, 600), st.integers(0, 600))
def test_a_smaller_lesion_is_a_reduction_and_a_larger_one_is_none(
    length: int, width: int, now_length: int, now_width: int
) -> None:
    def row(*tenths: int) -> dict[str, Any]:
        return lesion(1, SLLEN=tenths[0] / 10, SLWID=tenths[1] / 10)

    seen = {
        "BL": skin(day(0), row(length, width)),
        "DA03": skin(day(3), row(now_length, now_width)),
    }
    found = Decimal(value(of_skin(seen), "SK@DA03", "SLREDPC") or "nan")
    assert found <= 100
    assert (found > 0) == (length * width > now_length * now_width) or abs(found) < Decimal("0.01")


def test_a_lesion_that_is_missing_is_asked_about_at_its_own_number() -> None:
    book = of_skin(
        {"BL": skin(day(0), lesion(1), lesion(2), lesion(3)), "DA03": skin(day(3), lesion(2))}
    )
    assert {row for rule, row in fired_rows(book, "SK@DA03") if rule == "SK-05"} == {1, 3}


# Healing of the skin

BASE = skin(day(0), lesion(1), lesion(2))


def on(offset: int, *rows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return skin(day(offset), *rows, **changes)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"DA07": on(7, healed(1), healed(2)), "DA10": on(10, healed(1), healed(2))}, 7),
        ({"DA07": on(7, healed(1), healed(2)), "V21": on(9, healed(1), healed(2))}, 7),
        # A day later confirms nothing, and undoes nothing.
        ({"DA07": on(7, healed(1), healed(2)), "V21": on(8, healed(1), healed(2))}, None),
        (
            {
                "DA07": on(7, healed(1), healed(2)),
                "UNS01": on(8, healed(1), healed(2)),
                "DA10": on(10, healed(1), healed(2)),
            },
            7,
        ),
        (
            {
                "DA07": on(7, healed(1), healed(2)),
                "UNS01": on(8, healed(1), lesion(2)),
                "DA10": on(10, healed(1), healed(2)),
                "DA14": on(14, healed(1), healed(2)),
            },
            10,
        ),
        # There is no longest time between the two.
        ({"DA14": on(14, healed(1), healed(2)), "V28": on(28, healed(1), healed(2))}, 14),
        # One lesion is not all of them.
        ({"DA07": on(7, healed(1), lesion(2)), "DA10": on(10, healed(1), lesion(2))}, None),
        # A lesion that healed before need not be recorded again.
        (
            {
                "DA07": on(7, healed(1), lesion(2)),
                "DA10": on(10, healed(2)),
                "DA14": on(14, healed(2)),
            },
            10,
        ),
        # Left out without having healed, nobody knows.
        ({"DA07": on(7, healed(1)), "DA10": on(10, healed(1))}, None),
        # A skin of which no lesion was recorded confirms nothing.
        ({"DA07": on(7, healed(1), healed(2)), "DA10": on(10)}, None),
        # What appeared later is no part of the baseline.
        (
            {
                "DA07": on(7, healed(1), healed(2), lesion(3)),
                "DA10": on(10, healed(1), healed(2), lesion(3)),
            },
            7,
        ),
    ],
)
def test_the_skin_heals_when_every_baseline_lesion_has_and_a_later_day_confirms_it(
    seen: dict[str, Any], expected: int | None
) -> None:
    book = of_skin({"BL": BASE} | seen)
    _, is_healed, healed_on = told(book)
    assert is_healed == ("N" if expected is None else "Y")
    assert healed_on == (None if expected is None else day(expected))


def test_a_healing_of_the_skin_counts_once_it_is_confirmed_by_the_day_of_the_visit() -> None:
    seen = {"BL": BASE, "DA07": on(7, healed(1), healed(2)), "DA10": on(10, healed(1), healed(2))}
    assert told(of_skin(seen, on=9, at="V7"), "V7") == ("PR", "N", None)
    assert told(of_skin(seen, on=10, at="V7"), "V7") == ("CR", "Y", day(7))


def test_after_a_recurrence_only_later_assessments_count() -> None:
    seen = {
        "BL": BASE,
        "DA07": on(7, healed(1), healed(2)),
        "DA10": on(10, healed(1), healed(2)),
        "DA14": on(14, healed(1), lesion(2)),
        "V21": on(21, healed(2)),
        "V28": on(28, healed(2)),
    }
    book = of_skin(seen)
    back = DAY_ZERO + timedelta(days=14)
    again = find_healing(book, SITES["SKIN"], after=back)
    assert again is not None
    assert (again.on, again.confirmed_on) == (
        DAY_ZERO + timedelta(days=21), DAY_ZERO + timedelta(days=28),
    )  # fmt: skip
    assert told(book) == ("CR", "Y", day(7))


@given(st.lists(st.booleans(), min_size=2, max_size=9), st.integers(1, 3))
def test_the_skin_is_healed_on_a_clear_day_that_stays_clear_for_two_days(
    clear: list[bool], apart: int
) -> None:
    visits = ["DA03", "DA07", "DA10", "DA14", "V21", "V28", "FU60", "FU100", "UNS01"]
    days = [1 + apart * number for number in range(len(clear))]
    seen = {
        visit: on(offset, healed(1) if is_clear else lesion(1))
        for visit, offset, is_clear in zip(visits, days, clear, strict=False)
    }
    book = of_skin({"BL": skin(day(0), lesion(1))} | seen)
    found = find_healing(book, SITES["SKIN"])
    runs = [
        (first, last)
        for start, first in enumerate(days)
        for end, last in enumerate(days)
        if last - first >= 2 and all(clear[start : end + 1])
    ]
    assert (found is None) == (not runs)
    if found is not None:
        assert (found.on - DAY_ZERO).days == min(first for first, _ in runs)


# Response of the skin

LARGEST = lesion(2, SLLEN="8.0", SLWID="4.0")


@pytest.mark.parametrize(
    ("now", "response"),
    [
        (on(7, lesion(1), LARGEST), "NR"),
        # Of the largest lesion, which is the second here, half is gone, or not quite.
        (on(7, lesion(1), lesion(2, SLLEN="4.0", SLWID="4.0")), "PR"),
        (on(7, lesion(1), lesion(2, SLLEN="4.1", SLWID="4.0")), "NR"),
        (on(7, lesion(1, SLLEN="1.0"), LARGEST), "NR"),
        (on(7, lesion(1), lesion(2, SLLEN="10.0", SLWID="4.0")), "PD"),
        (on(7, lesion(1), lesion(2, SLLEN="9.9", SLWID="4.0")), "NR"),
        (on(7, lesion(1), LARGEST, SKCTCUL=1), "PR"),
        (on(7, lesion(1), LARGEST, SKCTCUL=3), "PD"),
        # What got worse decides.
        (on(7, lesion(1), lesion(2, SLLEN="1.0", SLWID="1.0"), SKCTCUL=3), "PD"),
        (on(7, lesion(1), lesion(2, SLLEN="1.0", SLWID="1.0"), lesion(3)), "PD"),
        (on(7, lesion(1), lesion(2, SLLEN="1.0", SLWID="1.0"), healed(3)), "PR"),
        (on(7, healed(1), healed(2), lesion(3)), "PD"),
        # Healed and not yet confirmed.
        (on(7, healed(1), healed(2), SKCTCUL=0), "PR"),
        # Left out, the index lesion tells nothing: the grade does.
        (on(7, lesion(1)), "NR"),
        (on(7, lesion(1), SKCTCUL="?ND"), None),
    ],
)
def test_the_skin_responds_by_its_index_lesion_its_grade_and_new_lesions(
    now: dict[str, Any], response: str | None
) -> None:
    book = of_skin({"BL": skin(day(0), lesion(1), LARGEST), "DA07": now}, on=7, at="V7")
    assert value(book, "RSP@V7", "RSPSKINC") == response
    assert value(book, "RSP@V7", "RSPTGT") == response


def test_the_worse_of_two_skin_grades_counts() -> None:
    radiation = SKIN | {"INJCAUSE": ["RT"]}
    seen = {
        "BL": on(0, lesion(1), SKCTCUL=1, SKCTCRD=3),
        "DA07": on(7, lesion(1), SKCTCUL=2, SKCTCRD=2),
    }
    assert told(course("SK", radiation, seen, on=7, at="V7"), "V7")[0] == "PR"


def test_a_skin_injured_after_randomisation_is_compared_with_its_first_assessment() -> None:
    later = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(2)}
    seen = {"DA03": on(3, lesion(1)), "DA07": on(7, lesion(1, SLLEN="2.0"))}
    book = course("SK", later, seen, on=7, at="V7")
    assert value(book, "RSP@V7", "RSPSKINC") == "PR"
    assert value(book, "SK@DA07", "SLREDPC") == "50.00"


def test_a_skin_never_assessed_after_baseline_has_no_response() -> None:
    assert told(of_skin({"BL": BASE}, on=7, at="V7"), "V7") == (None, "N", None)


# Healing and response of the bladder


def cured(offset: int, **changes: Any) -> dict[str, Any]:
    return bladder(0, day(offset), **changes)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"DA05": cured(5), "DA06": cured(6)}, 5),
        ({"DA05": cured(5), "DA07": cured(7)}, None),  # two days in a row
        ({"DA05": cured(5, BCDYS=1), "DA06": cured(6, BCDYS=1)}, 5),
        ({"DA05": cured(5, BCDYS=2), "DA06": cured(6), "DA07": cured(7)}, 6),
        ({"DA05": cured(5), "DA06": cured(6, BCCATH="Y"), "DA07": cured(7)}, None),
        ({"DA05": cured(5), "DA06": cured(6, BCCBI="Y", BCCATH="Y")}, None),
        ({"DA05": cured(5), "DA06": cured(6, BCCATH="?NK")}, None),
        ({"DA05": cured(5), "DA06": bladder(1, day(6), BCDYS=0)}, None),
        ({"DA05": cured(5), "UNS01": bladder(1, day(5)), "DA06": cured(6)}, None),
        ({"DA05": cured(5), "DA06": {"BCPERF": "N", "BCDAT": day(6)}}, None),
    ],
)
def test_the_bladder_heals_on_two_clear_days_in_a_row(
    seen: dict[str, Any], expected: int | None
) -> None:
    book = of_bladder({"BL": bladder(3, day(0))} | seen)
    _, is_healed, healed_on = told(book)
    assert is_healed == ("N" if expected is None else "Y")
    assert healed_on == (None if expected is None else day(expected))


AT_HOME = {"SVSTAT": "DONE", "SVSTDAT": day(3), "SVLOC": "OPD"}
ON_WARD = AT_HOME | {"SVLOC": "IPD"}


# D0 is a Wednesday: D5, D12 and D19 are Mondays.
@pytest.mark.parametrize(
    ("seen", "place", "expected"),
    [
        ({"DA05": cured(5), "DA07": cured(7)}, AT_HOME, 5),
        ({"DA05": cured(5), "DA07": cured(7)}, ON_WARD, None),
        ({"DA09": cured(9), "DA12": cured(12)}, AT_HOME, 9),  # Friday, Monday
        ({"DA05": cured(5), "DA09": cured(9)}, AT_HOME, None),  # Wednesday was left out
        ({"DA05": cured(5), "DA07": {"BCPERF": "N", "BCDAT": day(7)}, "DA09": cured(9)}, AT_HOME,
         None),
        ({"DB16": cured(16), "DB19": cured(19)}, ON_WARD, 16),
        ({"DB19": cured(19), "DB21": cured(22), "DB23": cured(23)}, ON_WARD, 19),  # in its window
        ({"DB19": cured(19), "DB23": cured(23)}, ON_WARD, None),
        ({"DB16": cured(16), "UNS01": bladder(1, day(17)), "DB19": cured(19)}, ON_WARD, None),
        ({"DB28": cured(28), "UNS01": cured(32)}, ON_WARD, 28),
        ({"DB28": cured(28), "UNS01": cured(33)}, ON_WARD, None),
        ({"DB28": cured(28), "FU60": cured(60)}, ON_WARD, None),
    ],
)  # fmt: skip
def test_the_bladder_heals_on_two_days_in_a_row_of_those_on_which_it_is_to_be_assessed(
    seen: dict[str, Any], place: dict[str, Any], expected: int | None
) -> None:
    records: dict[str, Any] = {"IC": CONSENT, "INJ@SCR": BLADDER, "SV@DA03": place}
    records |= {f"BC@{visit}": values for visit, values in seen.items()}
    records |= {"BC@BL": bladder(3, day(0)), "RSP@FU60": {"RSPDAT": day(60), "RSPSURV": "Y"}}
    assert told(casebook(records), "FU60")[2] == (None if expected is None else day(expected))


@pytest.mark.parametrize(
    ("before", "now", "response"),
    [
        (3, cured(7), "CR"),
        (3, cured(7, BCDYS=1, BCSUPP=1), "CR"),
        (3, cured(7, BCDYS=2), "PR"),
        (3, cured(7, BCURG=1), "PR"),
        (3, cured(7, BCSPASM="?NK"), "PR"),
        (3, bladder(2, day(7)), "PR"),
        (2, bladder(1, day(7)), "PR"),  # gross haematuria gone
        (2, bladder(2, day(7)), "NR"),
        (2, bladder(3, day(7)), "PD"),
        (0, cured(7, BCURG=1), "NR"),
    ],
)
def test_the_bladder_responds_against_its_baseline(
    before: int, now: dict[str, Any], response: str
) -> None:
    book = of_bladder({"BL": bladder(before, day(0)), "DA07": now}, on=7, at="V7")
    assert value(book, "RSP@V7", "RSPBLADC") == response
    assert value(book, "RSP@V7", "RSPTGT") == response


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=14))
def test_the_bladder_is_healed_on_the_first_of_two_clear_days(days: list[tuple[int, int]]) -> None:
    seen = {
        f"DA{number:02}": bladder(grade, day(number), BCDYS=pain)
        for number, (grade, pain) in enumerate(days, 1)
    }
    healed_on = told(of_bladder({"BL": bladder(3, day(0))} | seen))[2]
    clear = [grade == 0 and pain <= 1 for grade, pain in days]
    first = next((n for n, pair in enumerate(pairwise(clear), 1) if all(pair)), None)
    assert healed_on == (None if first is None else day(first))


# Several sites


def test_the_target_site_alone_decides_what_is_told_of_it() -> None:
    both = INJURY | {"INJSKIN": "Y", "INJSKDAT": "2024-03-10"}
    records: dict[str, Any] = {
        "IC": CONSENT, "INJ@SCR": both,
        "OM@BL": mouth(3, day(0)), "OM@DA06": mouth(2, day(6)),
        "SK@BL": skin(day(0), lesion(1)), "SK@DA03": skin(day(3), healed(1)),
        "SK@DA07": skin(day(7), healed(1)),
        "RSP@V7": {"RSPDAT": day(7), "RSPSURV": "Y"},
    }  # fmt: skip
    book = casebook(records)
    assert told(book, "V7") == ("PR", "N", None)
    assert value(book, "RSP@V7", "RSPSKINC") == "CR"
    book = casebook(records | {"INJ@SCR": both | {"INJPRIM": "SKIN"}})
    assert told(book, "V7") == ("CR", "Y", day(3))


# Virus in the urine


@pytest.mark.parametrize(
    ("copies", "log"),
    [("3200000000", "9.51"), ("52000000", "7.72"), ("1", "0.00"), ("1000", "3.00"), (None, None)],
)
def test_the_virus_in_the_urine_is_also_told_as_a_logarithm(
    copies: str | None, log: str | None
) -> None:
    book = casebook({"BC@BL": bladder(3, day(0), BKVUQ="EQ", BKVU=copies)})
    assert value(book, "BC@BL", "BKVLOG") == log


def test_below_the_limit_of_detection_there_is_no_logarithm() -> None:
    book = casebook({"BC@BL": bladder(3, day(0), BKVUQ="LT", BKVU="1000")})
    assert value(book, "BC@BL", "BKVLOG") is None


@given(st.integers(1, 10**13))
def test_ten_times_the_virus_is_one_more(copies: int) -> None:
    def log(count: int) -> Decimal:
        book = casebook({"BC@BL": bladder(3, day(0), BKVUQ="EQ", BKVU=count)})
        return Decimal(value(book, "BC@BL", "BKVLOG") or "nan")

    assert abs(log(copies * 10) - log(copies) - 1) <= Decimal("0.01")


@pytest.mark.parametrize(("surface", "healed_on"), [("0.0", day(7)), ("1.0", None), (None, None)])
def test_skin_without_any_affected_surface_confirms_lesions_that_healed_before(
    surface: str | None, healed_on: str | None
) -> None:
    book = of_skin(
        {
            "BL": skin(day(0), lesion(1)), "DA07": skin(day(7), healed(1)),
            "DA10": skin(day(10), SKBSA=surface),
        }
    )  # fmt: skip
    assert told(book)[2] == healed_on
