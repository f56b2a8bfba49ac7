"""When daily assessments are asked for: until healing, after recurrence, less often at home."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.daily import DailyCourse, Recurrence
from edc.forms.states import Course, CrfState, VisitState, crf_state, next_due, visit_state
from edc.protocol import STUDY
from edc.study.casebook import Casebook, PlannedVisit
from edc.study.visits import Created
from tests.forms.casebooks import DAY_ZERO, INJURY, casebook, day, mouth
from tests.forms.test_states import RANDOMISED, healed, on

DR = STUDY.schedule.created_by(Created.RECURRENCE)[0]
MONTHS = 420


def came_back(offset: int, **changes: Any) -> dict[str, Any]:
    """Return CRF RSP of an unscheduled visit: the injury came back on D + *offset*."""
    return {"RSPDAT": day(offset), "RSPORAL": "PR", "RECUR": "Y", "RECDAT": day(offset)} | changes


def follow(book: Casebook) -> Casebook:
    """Put the visits after a recurrence on the schedule, as the service does."""
    days = DailyCourse(book).recurrence_days(DR.weekdays)
    for number, target in enumerate(days, 1):
        start, end = target - timedelta(days=1), target + timedelta(days=1)
        texts = (one.isoformat() for one in (target, start, end))
        book.visits[f"DR{number:02}"] = PlannedVisit(f"DR{number:02}", *texts)
    return book


def recurred(offset: int, **more: Any) -> Casebook:
    return follow(casebook(healed(**{"RSP@UNS01": came_back(offset)}, **more), today=on(MONTHS)))


# Recurrence


@given(st.integers(29, 400))
def test_after_a_late_recurrence_every_monday_wednesday_and_friday_of_28_days_is_a_visit(
    offset: int,
) -> None:
    found = DailyCourse(recurred(offset)).recurrence_days(DR.weekdays)
    back = on(offset)
    assert [(target - back).days for target in found] == sorted(
        n for n in range(1, 29) if (back + timedelta(days=n)).weekday() in (0, 2, 4)
    )
    assert len(found) == 12


@given(st.integers(11, 28))
def test_a_recurrence_up_to_day_28_adds_no_visit_and_opens_those_that_are_left(offset: int) -> None:
    book = recurred(offset)
    assert DailyCourse(book).recurrence_days(DR.weekdays) == []
    course = Course(book, on(40))
    for visit in book.visits.values():
        group = STUDY.schedule.by_code[visit.code].group
        if group in ("DA", "DB") and visit.target and visit.target > day(10):
            is_open = visit.target >= day(offset)
            assert course.visit_state(visit.code) == ("late" if is_open else "not_due"), visit


@given(st.lists(st.integers(29, 200), min_size=2, max_size=4))
def test_several_recurrences_ask_for_each_day_once(offsets: list[int]) -> None:
    back = {f"RSP@UNS{n:02}": came_back(offset) for n, offset in enumerate(offsets, 1)}
    book = casebook(healed(**back), today=on(MONTHS))
    found = DailyCourse(book).recurrence_days(DR.weekdays)
    assert found == sorted(set(found))
    for target in found:
        assert any(0 < (target - on(offset)).days <= 28 for offset in offsets)


def test_a_visit_after_a_recurrence_is_due_on_its_day_and_late_after_its_window() -> None:
    book = recurred(40)
    first = book.visits["DR01"]
    assert first.target is not None
    target = date.fromisoformat(first.target)
    states = {n: visit_state(book, "DR01", target + timedelta(days=n)) for n in (-2, -1, 1, 2)}
    assert states == {-2: "not_due", -1: "due", 1: "due", 2: "late"}


def test_after_a_second_healing_no_further_visit_is_asked_for() -> None:
    book = recurred(40)
    days = [book.visits[f"DR{n:02}"].target for n in (1, 2)]
    again = {f"OM@DR{n:02}": mouth(0, str(target)) for n, target in enumerate(days, 1)}
    book = recurred(40, **again)
    course = Course(book, on(100))
    assert course.visit_state("DR02") is VisitState.LATE, "it confirmed the healing"
    assert [course.visit_state(f"DR{n:02}") for n in range(3, 13)] == [VisitState.NOT_DUE] * 10
    assert course.is_ended("DR03")


def test_only_grades_after_the_recurrence_count_as_healed_again() -> None:
    book = recurred(40, **{"OM@UNS01": mouth(0, day(40)), "OM@UNS02": mouth(0, day(39))})
    assert DailyCourse(book).sites_back(on(42)) == ("ORAL",)


def test_a_recurrence_taken_back_takes_its_visits_out_of_sight_but_not_what_was_recorded() -> None:
    seen = {"SV@DR02": {"SVSTAT": "DONE", "SVSTDAT": day(43), "SVLOC": "OPD"}}
    kept = recurred(40, **seen).visits
    for back in (came_back(40, RECUR="N", RECDAT=None), came_back(20)):
        book = casebook(healed(**{"RSP@UNS01": back}, **seen), today=on(MONTHS))
        book.visits = kept
        course = Course(book, on(100))
        on_schedule = [code for code in kept if code.startswith("DR")]
        assert [code for code in on_schedule if course.is_on_schedule(code)] == ["DR02"]
        assert course.visit_state("DR05") is VisitState.NOT_DUE
        assert course.visit_state("DR02") in (VisitState.DONE, VisitState.OUT_OF_WINDOW)


def test_the_visits_of_a_corrected_recurrence_are_those_of_its_new_day() -> None:
    kept = recurred(40).visits
    book = casebook(healed(**{"RSP@UNS01": came_back(47)}), today=on(MONTHS))
    book.visits = kept
    course = Course(book, on(100))
    shown = [kept[code].target for code in kept if code.startswith("DR")
             and course.is_on_schedule(code)]  # fmt: skip
    assert shown == [d.isoformat() for d in course._daily.recurrence_days(DR.weekdays)][:9]


# Several sites

BOTH = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(-3), "INJPRIM": "ORAL"}


def test_a_site_that_never_healed_did_not_come_back() -> None:
    back = came_back(40, RSPSKIN="PR")
    book = casebook(healed(**{"INJ@SCR": BOTH, "RSP@UNS01": back}), today=on(MONTHS))
    assert DailyCourse(book).recurrences == (Recurrence(on(40), frozenset({"ORAL"})),)


def test_at_month_6_where_no_response_is_judged_the_target_site_came_back() -> None:
    back = {"RSPDAT": day(180), "RECUR": "Y", "RECDAT": day(178)}
    book = casebook(healed(**{"RSP@M6": back}), today=on(MONTHS))
    assert DailyCourse(book).recurrences == (Recurrence(on(178), frozenset({"ORAL"})),)


def test_after_a_recurrence_the_form_of_the_site_that_came_back_is_asked_for() -> None:
    book = follow(
        casebook(
            healed(**{"INJ@SCR": BOTH, "RSP@UNS01": came_back(40)}), today=on(MONTHS)
        )
    )  # fmt: skip
    planned = [plan.crf for plan in Course(book, on(41)).planned_crfs("DR01")]
    assert planned == ["SV", "OM"]


def test_an_injury_that_came_later_reopens_no_earlier_day() -> None:
    later = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(18)}
    course = Course(casebook(healed(**{"INJ@SCR": later})), on(25))
    assert course.visit_state("DA12") is VisitState.NOT_DUE
    assert course.visit_state("DB16") is VisitState.NOT_DUE
    assert course.visit_state("DB21") is VisitState.LATE


@pytest.mark.parametrize(
    ("visit", "state"),
    [("V14", CrfState.NOT_DUE), ("V21", CrfState.LATE), ("V28", CrfState.NOT_DUE)],
)
def test_an_injury_that_came_later_adds_its_form_to_later_visits(
    visit: str, state: CrfState
) -> None:
    later = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(18)}
    book = casebook(RANDOMISED | {"INJ@SCR": later})
    today = {"V14": 16, "V21": 24, "V28": 25}[visit]
    assert crf_state(book, visit, "SK", on(today)) is state


def test_no_baseline_is_owed_for_an_injury_that_came_later() -> None:
    later = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(18)}
    assert crf_state(casebook(RANDOMISED | {"INJ@SCR": later}), "BL", "SK", on(20)) == "not_due"


# Outpatients


def seen(*visits: tuple[str, int, str]) -> dict[str, Any]:
    """Return CRF SV of visits held on D + n at a place."""
    return {
        f"SV@{code}": {"SVSTAT": "DONE", "SVSTDAT": day(n), "SVLOC": place}
        for code, n, place in visits
    }


# D0 is a Wednesday: D5 and D7 are Monday and Wednesday, D6 is a Tuesday.
AT_HOME = RANDOMISED | seen(("BL", 0, "IPD"), ("DA04", 4, "OPD"))


@pytest.mark.parametrize(
    ("visit", "today", "state"),
    [("DA05", 5, "due"), ("DA06", 6, "not_due"), ("DA07", 7, "due"), ("DA08", 8, "not_due"),
     ("DA03", 8, "late"), ("DA09", 9, "due")],
)  # fmt: skip
def test_an_outpatient_is_seen_on_monday_wednesday_and_friday(
    visit: str, today: int, state: str
) -> None:
    assert visit_state(casebook(AT_HOME), visit, on(today)) == state


@pytest.mark.parametrize("place", ["OPD", "HOME", "VID", "TEL"])
def test_whoever_was_last_seen_off_the_ward_is_an_outpatient(place: str) -> None:
    book = casebook(RANDOMISED | seen(("BL", 0, "IPD"), ("DA04", 4, place)))
    assert visit_state(book, "DA06", on(6)) is VisitState.NOT_DUE


def test_back_on_the_ward_every_day_counts_again() -> None:
    book = casebook(AT_HOME | seen(("DA05", 5, "IPD")))
    assert visit_state(book, "DA06", on(6)) is VisitState.DUE


def test_the_diary_stays_daily_at_home() -> None:
    book = casebook(AT_HOME)
    assert crf_state(book, "DA06", "PRO", on(6)) is CrfState.DUE
    assert crf_state(book, "DA06", "PRO", on(7)) is CrfState.LATE
    assert crf_state(book, "DA06", "OM", on(7)) is CrfState.NOT_DUE


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (f"{day(6)}T23:59:00+08:00", CrfState.DUE),
        (f"{day(7)}T12:00:00+08:00", CrfState.LATE),
        (f"{day(7)}T12:01:00+08:00", CrfState.MISSED),
        (f"{day(40)}T08:00:00+08:00", CrfState.MISSED),
    ],
)
def test_a_diary_of_a_day_that_can_no_longer_be_given_is_missed(now: str, state: CrfState) -> None:
    today = date.fromisoformat(now[:10])
    for records in (AT_HOME, RANDOMISED, RANDOMISED | seen(("DA06", 6, "IPD"))):
        book = casebook(records, facts={"now": now}, today=today)
        assert crf_state(book, "DA06", "PRO", today) is state
    given = casebook(RANDOMISED | {"PRO@DA06": {"PRODAT": day(6)}}, facts={"now": now})
    assert crf_state(given, "DA06", "PRO", today) is CrfState.COMPLETE


@pytest.mark.parametrize(
    ("held", "today", "state"),
    [
        ((), 30, CrfState.LATE),  # the visit may still be held, and its diary given then
        ((("V21", 21, "OPD"),), 24, CrfState.LATE),
        ((("V21", 21, "OPD"),), 25, CrfState.MISSED),
        ((("V21", 26, "OPD"),), 27, CrfState.LATE),
        ((("V21", 26, "OPD"),), 28, CrfState.MISSED),
    ],
)
def test_a_diary_of_a_visit_of_several_days_waits_for_the_visit(
    held: tuple[tuple[str, int, str], ...], today: int, state: CrfState
) -> None:
    book = casebook(RANDOMISED | seen(*held))
    assert crf_state(book, "V21", "PRO", on(today)) is state


def test_the_diary_ends_with_healing_at_home_too() -> None:
    book = casebook(healed(**seen(("DA10", 10, "OPD"))))
    assert crf_state(book, "DA13", "PRO", on(20)) is CrfState.NOT_DUE


def test_a_skin_measured_on_days_of_its_own_is_measured_at_home_too() -> None:
    skin = INJURY | {"INJORAL": "N", "INJSKIN": "Y", "INJSKDAT": day(-3), "INJPRIM": "SKIN"}
    book = casebook(RANDOMISED | {"INJ@SCR": skin} | seen(("DA01", 1, "OPD")))
    # D3 is a Saturday, D10 a Saturday; D4 a Sunday without anything but the diary.
    assert visit_state(book, "DA03", on(3)) is VisitState.DUE
    assert visit_state(book, "DA04", on(4)) is VisitState.NOT_DUE


def test_a_rest_day_is_never_the_next_visit() -> None:
    records = AT_HOME | seen(("DA01", 1, "IPD"), ("DA02", 2, "IPD"), ("DA03", 3, "IPD"))
    records |= seen(("DA05", 5, "OPD"), ("SCR", -1, "IPD"), ("V7", 6, "OPD"))
    assert next_due(casebook(records), on(6)) == ("DA07", on(7))


# Closing


def test_a_death_closes_what_was_planned_after_it_and_the_end_of_study_the_rest() -> None:
    died = casebook(RANDOMISED | {"DTH": {"DTHDAT": day(50)}})
    assert visit_state(died, "FU60", on(60)) is VisitState.CLOSED
    assert visit_state(died, "V28", on(60)) is VisitState.LATE
    ended = casebook(RANDOMISED | {"DTH": {"DTHDAT": day(50)}, "EOS": {"EOSREAS": "DEATH"}})
    assert visit_state(ended, "V28", on(60)) is VisitState.CLOSED


def test_after_the_end_of_study_no_crf_of_a_held_visit_is_owed() -> None:
    records = RANDOMISED | seen(("V7", 7, "IPD"))
    assert crf_state(casebook(records), "V7", "VS", on(20)) is CrfState.LATE
    ended = casebook(records | {"EOS": {"EOSREAS": "LTFU"}})
    assert crf_state(ended, "V7", "VS", on(20)) is CrfState.CLOSED


@pytest.mark.parametrize(
    ("records", "today", "eot", "eos"),
    [
        ({}, 20, "not_due", "not_due"),
        ({}, 26, "due", "not_due"),
        ({}, 31, "late", "not_due"),
        (seen(("V28", 28, "OPD")), 28, "due", "not_due"),
        ({"DTH": {"DTHDAT": day(5)}}, 6, "due", "due"),
        ({"IC#2": {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": day(5)}}, 6, "due", "due"),
        ({"IC#2": {"ICTYPE": "WD", "ICWDTYP": "TRT", "ICWDDAT": day(5)}}, 6, "not_due", "not_due"),
        (seen(("M12", 360, "OPD")), 360, "late", "due"),
        ({}, 400, "late", "late"),
        ({"EOS": {"EOSREAS": "LTFU"}}, 400, "closed", "complete"),
    ],
)
def test_the_end_of_treatment_and_of_study_are_asked_for_in_time(
    records: dict[str, Any], today: int, eot: str, eos: str
) -> None:
    book = casebook(RANDOMISED | records, today=on(today))
    states = [crf_state(book, "", form, on(today)) for form in ("EOT", "EOS")]
    assert states == [eot, eos]


def test_nobody_who_was_not_randomised_owes_an_end_of_treatment() -> None:
    book = casebook({}, day_zero=None)
    assert crf_state(book, "", "EOT", on(400)) is CrfState.NOT_DUE


def test_what_is_overdue_first_need_not_be_the_next_visit() -> None:
    held = [(v.code, v.target or 0, "IPD") for v in STUDY.schedule.visits
            if v.target is not None and v.target <= 28 and v.code != "V28"]  # fmt: skip
    book = casebook(healed(**seen(*held), **{"RSP@UNS01": came_back(29)}), today=on(MONTHS))
    course = Course(follow(book), on(31))
    assert course.next_due() == ("V28", on(28))
    assert course.overdue_after() == on(30), "V28 may be held until D30"
    late = Course(book, on(62))
    assert late.overdue_after() == on(30)


def test_dates_years_back_are_judged_like_those_of_today() -> None:
    years = casebook(RANDOMISED, day_zero=date(2020, 11, 2), today=date(2026, 1, 1))
    assert visit_state(years, "M12", date(2026, 1, 1)) is VisitState.LATE
    seen_then = {"SVSTAT": "DONE", "SVSTDAT": "2021-11-02", "SVLOC": "OPD"}
    book = casebook(
        RANDOMISED | {"SV@M12": seen_then}, day_zero=date(2020, 11, 2), today=date(2026, 1, 1)
    )
    assert visit_state(book, "M12", date(2026, 1, 1)) is VisitState.DONE


def test_unscheduled_visits_ask_for_what_crf_uns_says() -> None:
    book = casebook(
        RANDOMISED
        | {"UNS@UNS01": {"UNSREAS": "WORS", "UNSFORM": ["OM", "VS", "LB"]}}
        | {"UNS@UNS02": {"UNSREAS": "REQ", "UNSFORM": ["PE"]}}
    )
    for code in ("UNS01", "UNS02"):
        book.visits[code] = PlannedVisit(code)
    course = Course(book, on(30))
    first = [plan.crf for plan in course.planned_crfs("UNS01") if not plan.optional]
    assert first == ["UNS", "SV", "VS", "OM"]
    assert {p.part for p in course.planned_crfs("UNS01") if p.optional} == {
        "CBC", "CHEM", "COAG", "URIN", "VLOAD", "DRUG",
    }  # fmt: skip
    assert [plan.crf for plan in course.planned_crfs("UNS02")] == ["UNS", "SV", "PE"]
    assert course.crf_state("UNS01", "OM") is CrfState.DUE
    assert course.crf_state("UNS02", "OM") is CrfState.NOT_DUE


def test_day_zero_of_these_tests_is_a_wednesday() -> None:
    assert DAY_ZERO.weekday() == 2
