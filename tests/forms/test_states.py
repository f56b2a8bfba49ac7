"""Where participants, visits and CRFs stand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.states import (
    CRF_STATE_LABELS,
    STATE_LABELS,
    VISIT_STATE_LABELS,
    Course,
    CrfState,
    State,
    VisitState,
    crf_state,
    next_due,
    participant_state,
    visit_state,
)
from edc.study.casebook import Casebook, PlannedVisit, Record
from tests.forms.casebooks import CONSENT, DAY_ZERO, INJURY, casebook, day, mouth
from tests.forms.test_derivations import MET

SCREENED: dict[str, Any] = {"IC": CONSENT, "SV@SCR": {"SVSTAT": "DONE", "SVSTDAT": "2024-03-18"}}
ELIGIBLE = SCREENED | {"IE@SCR": MET | {"IECONF": "Y"}, "INJ@SCR": INJURY}
RANDOMISED = ELIGIBLE | {"RAND@BL": {"RDNUM": "R001", "RDSTAT": "ALLOC"}}
FAILED = SCREENED | {"IE@SCR": MET | {"INC03": "N", "SFYN": "Y"}}


def on(offset: int) -> date:
    return DAY_ZERO + timedelta(days=offset)


def state_of(records: dict[str, Any], **options: Any) -> State:
    options = {"day_zero": None, "signed": ("IE@SCR",)} | options
    return participant_state(casebook(records, **options))


@pytest.mark.parametrize(
    ("records", "state"),
    [
        ({}, State.REGISTERED),
        ({"IC": CONSENT}, State.CONSENTED),
        (SCREENED, State.SCREENING),
        (ELIGIBLE, State.ELIGIBLE),
        (FAILED, State.SCREEN_FAILED),
        (ELIGIBLE | {"EOS": {"EOSREAS": "SF"}}, State.SCREEN_FAILED),
        (RANDOMISED, State.ON_TREATMENT),
        (RANDOMISED | {"EOS": {"EOSREAS": "COMPLETED"}}, State.COMPLETED),
        (RANDOMISED | {"EOS": {"EOSREAS": "LTFU"}}, State.LOST),
        (RANDOMISED | {"EOS": {"EOSREAS": "PHYS"}}, State.WITHDRAWN),
        (RANDOMISED | {"EOS": {"EOSREAS": "DEATH"}}, State.DIED),
        (RANDOMISED | {"EOS": {"EOSREAS": "SF"}}, State.ON_TREATMENT),
    ],
)
def test_the_state_follows_from_the_crfs(records: dict[str, Any], state: State) -> None:
    assert state_of(records) is state


@pytest.mark.parametrize(
    ("kind", "state"),
    [("TRT", State.ON_TREATMENT), ("ALL", State.WITHDRAWN), ("DATA", State.WITHDRAWN)],
)
def test_leaving_treatment_is_not_leaving_the_study(kind: str, state: State) -> None:
    leaving = {"ICTYPE": "WD", "ICWDTYP": kind, "ICWDDAT": day(4)}
    assert state_of(RANDOMISED | {"IC#2": leaving}) is state


def test_eligibility_needs_a_signature_that_still_holds() -> None:
    assert state_of(ELIGIBLE, signed=()) is State.SCREENING
    assert state_of(ELIGIBLE, complete=False) is State.SCREENING


def test_the_end_of_treatment_and_a_death_are_seen_once_their_crfs_exist() -> None:
    book = casebook(RANDOMISED)
    book.put(Record("EOT"))
    assert participant_state(book) is State.FOLLOW_UP
    book.put(Record("DTH"))
    assert participant_state(book) is State.DIED


def test_the_arm_never_changes_the_state() -> None:
    states = {state_of(RANDOMISED, facts={"arm": arm}) for arm in ("SOC", "MSC")}
    assert states == {State.ON_TREATMENT}


def test_every_state_has_a_wording() -> None:
    assert set(STATE_LABELS) == set(State)
    assert set(VISIT_STATE_LABELS) == set(VisitState)
    assert set(CRF_STATE_LABELS) == set(CrfState)


# Visits


@pytest.mark.parametrize(
    ("today", "state"), [(5, "not_due"), (6, "due"), (8, "due"), (9, "late"), (300, "late")]
)
def test_a_visit_becomes_due_and_late_with_its_window(today: int, state: str) -> None:
    assert visit_state(casebook(RANDOMISED), "V7", on(today)) == state


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"SVSTAT": "DONE", "SVSTDAT": day(8)}, "done"),
        ({"SVSTAT": "DONE", "SVSTDAT": day(9)}, "out_of_window"),
        ({"SVSTAT": "MISS"}, "missed"),
        ({"SVSTAT": "NOTDUE"}, "not_due"),
        ({}, "late"),
    ],
)
def test_what_was_recorded_of_a_visit_decides(values: dict[str, str], state: str) -> None:
    assert visit_state(casebook(RANDOMISED | {"SV@V7": values}), "V7", on(20)) == state


def test_what_a_visit_owes_is_asked_of_its_crfs_not_of_whether_it_was_held() -> None:
    held = RANDOMISED | {"SV@DA02": {"SVSTAT": "DONE", "SVSTDAT": day(2)}}
    started = casebook(held | {"PRO@DA02": {"PRODAT": day(2)}})
    started.records["DA02", "PRO", 1].is_complete = False

    def owed(book: Casebook, today: int) -> list[str]:
        return [plan.crf for plan in Course(book, on(today)).owed_crfs("DA02")]

    assert owed(casebook(held), 2) == ["OM", "PRO"]
    assert owed(casebook(held), 4) == ["OM"], "the diary is missed, and nobody can complete it"
    assert owed(started, 4) == ["OM", "PRO"]
    full = held | {"OM@DA02": mouth(2, day(2)), "PRO@DA02": {"PRODAT": day(2)}}
    assert owed(casebook(full), 4) == []


def test_baseline_waits_for_a_signed_eligibility() -> None:
    before = casebook(SCREENED, day_zero=None)
    after = casebook(ELIGIBLE, day_zero=None, signed=("IE@SCR",))
    assert visit_state(before, "BL", on(0)) is VisitState.NOT_DUE
    assert visit_state(after, "BL", on(0)) is VisitState.DUE


def test_a_visit_that_is_on_no_schedule_is_not_due() -> None:
    assert visit_state(casebook(SCREENED, day_zero=None), "M6", on(0)) is VisitState.NOT_DUE


def test_a_withdrawal_closes_the_visits_after_it() -> None:
    leaving = {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": day(45)}
    book = casebook(RANDOMISED | {"IC#2": leaving})
    assert visit_state(book, "FU60", on(46)) is VisitState.CLOSED
    assert visit_state(book, "V28", on(46)) is VisitState.LATE
    assert crf_state(book, "FU60", "VS", on(46)) is CrfState.CLOSED


def test_a_withdrawal_from_treatment_closes_none() -> None:
    leaving = {"ICTYPE": "WD", "ICWDTYP": "TRT", "ICWDDAT": day(4)}
    book = casebook(RANDOMISED | {"IC#2": leaving})
    assert visit_state(book, "V7", on(4)) is VisitState.NOT_DUE


def test_the_end_of_study_closes_whatever_was_not_done() -> None:
    book = casebook(RANDOMISED | {"EOS": {"EOSREAS": "LTFU"}})
    assert visit_state(book, "V7", on(100)) is VisitState.CLOSED
    assert next_due(book, on(100)) is None


def test_a_screen_failure_has_no_visit_left() -> None:
    book = casebook(FAILED, day_zero=None)
    assert visit_state(book, "BL", on(0)) is VisitState.CLOSED
    assert next_due(book, on(0)) is None


# The daily stop rule


def healed(**more: Any) -> dict[str, Any]:
    """Return a participant healed on D9, confirmed on D10."""
    grades = {"BL": (0, 3), "DA09": (9, 0), "DA10": (10, 0)}
    return RANDOMISED | {f"OM@{v}": mouth(g, day(n)) for v, (n, g) in grades.items()} | more


def test_daily_visits_end_once_healing_is_confirmed() -> None:
    book = casebook(healed())
    assert visit_state(book, "DA11", on(11)) is VisitState.NOT_DUE
    assert visit_state(book, "DB16", on(20)) is VisitState.NOT_DUE
    assert visit_state(book, "V14", on(14)) is VisitState.DUE
    assert visit_state(book, "DA08", on(11)) is VisitState.LATE


def test_daily_visits_go_on_while_another_site_is_injured() -> None:
    both = INJURY | {"INJSKIN": "Y", "INJSKDAT": day(-3)}
    assert visit_state(casebook(healed(**{"INJ@SCR": both})), "DA11", on(11)) is VisitState.DUE


def test_daily_visits_open_again_from_a_recurrence() -> None:
    back = {"RSPDAT": day(14), "RECUR": "Y", "RECDAT": day(14)}
    book = casebook(healed(**{"RSP@UNS01": back}))
    assert visit_state(book, "DA13", on(30)) is VisitState.NOT_DUE
    assert visit_state(book, "DA14", on(14)) is VisitState.DUE
    assert visit_state(book, "DB16", on(16)) is VisitState.DUE


def test_a_second_healing_ends_them_again() -> None:
    back = {"RSPDAT": day(14), "RECUR": "Y", "RECDAT": day(14)}
    again = {f"OM@DB{n}": mouth(0, day(n)) for n in (16, 19)}
    book = casebook(healed(**{"RSP@UNS01": back}, **again))
    assert visit_state(book, "DB16", on(25)) is VisitState.LATE
    assert visit_state(book, "DB21", on(25)) is VisitState.NOT_DUE


# CRFs


def test_a_crf_shows_how_far_it_is() -> None:
    records = RANDOMISED | {"SV@V7": {"SVSTAT": "DONE", "SVSTDAT": day(7)}, "VS@V7": {}}
    book = casebook(records)
    book.records["V7", "VS", 1].is_complete = False
    assert crf_state(book, "V7", "SV", on(7)) is CrfState.COMPLETE
    assert crf_state(book, "V7", "VS", on(7)) is CrfState.STARTED
    assert crf_state(book, "V7", "RSP", on(7)) is CrfState.DUE
    assert crf_state(book, "V7", "RSP", on(9)) is CrfState.LATE
    assert crf_state(book, "V7", "OM", on(7)) is CrfState.NOT_DUE
    assert crf_state(book, "V14", "VS", on(7)) is CrfState.NOT_DUE


def test_a_missed_visit_owes_no_crf() -> None:
    book = casebook(RANDOMISED | {"SV@V7": {"SVSTAT": "MISS"}})
    assert crf_state(book, "V7", "VS", on(20)) is CrfState.MISSED


def test_the_mouth_is_assessed_only_where_it_is_injured() -> None:
    skin = INJURY | {"INJORAL": "N", "INJSKIN": "Y", "INJPRIM": "SKIN"}
    assert crf_state(casebook(RANDOMISED), "DA01", "OM", on(1)) is CrfState.DUE
    book = casebook(RANDOMISED | {"INJ@SCR": skin})
    assert crf_state(book, "DA01", "OM", on(1)) is CrfState.NOT_DUE


def test_a_crf_of_an_unscheduled_visit_waits_for_nobody() -> None:
    book = casebook(RANDOMISED)
    book.visits["UNS01"] = PlannedVisit("UNS01")
    assert crf_state(book, "UNS01", "SV", on(30)) is CrfState.DUE
    assert crf_state(book, "UNS01", "OM", on(30)) is CrfState.NOT_DUE


def test_a_log_shows_whether_a_row_is_unfinished() -> None:
    book = casebook(RANDOMISED | {"AE": {"AEYN": "Y"}, "AE#2": {"AEYN": "Y"}})
    assert crf_state(book, "", "AE", on(1)) is CrfState.COMPLETE
    book.records["", "AE", 2].is_complete = False
    assert crf_state(book, "", "AE", on(1)) is CrfState.STARTED
    assert crf_state(casebook(RANDOMISED), "", "AE", on(1)) is CrfState.NOT_DUE


# Next visit


def test_the_next_visit_is_the_first_that_waits() -> None:
    done = {f"SV@{v}": {"SVSTAT": "DONE", "SVSTDAT": day(n)} for v, n in (("BL", 0), ("DA01", 1))}
    assert next_due(casebook({}, day_zero=None), on(-2)) == ("SCR", None)
    assert next_due(casebook(SCREENED, day_zero=None), on(-2)) == ("BL", None)
    assert next_due(casebook(RANDOMISED | done), on(1)) == ("DA02", on(2))
    assert next_due(casebook(RANDOMISED | done), on(3)) == ("DA02", on(2))


def test_the_next_visit_passes_over_what_healing_ended() -> None:
    seen = {f"SV@DA{n:02}": {"SVSTAT": "DONE", "SVSTDAT": day(n)} for n in range(1, 11)}
    seen |= {f"SV@{v}": {"SVSTAT": "DONE", "SVSTDAT": day(n)} for v, n in (("BL", 0), ("V7", 7))}
    assert next_due(casebook(healed(**seen)), on(11)) == ("V14", on(14))


@given(st.integers(-5, 420), st.sets(st.sampled_from(["V7", "V14", "V21", "V28", "FU60", "M12"])))
def test_the_next_visit_is_never_one_that_was_held(today: int, held: set[str]) -> None:
    records = RANDOMISED | {f"SV@{v}": {"SVSTAT": "DONE", "SVSTDAT": day(7)} for v in held}
    found = next_due(casebook(records), on(today))
    assert found is not None
    assert found[0] not in held
