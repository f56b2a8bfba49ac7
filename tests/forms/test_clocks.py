"""The clocks of safety reports and of re-consent: to the minute and to the day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.clocks import Clock, ClockKind, ClockState, SentReport, clocks_of
from tests.forms.casebooks import CONSENT, ICF, casebook, day, fired
from tests.forms.cases_safety import AWARE, BY_SPONSOR, PREGNANT, REPORT, SERIOUS

STARTED = datetime.fromisoformat(AWARE)
MINUTE = timedelta(minutes=1)
STATES = {
    ClockState.RUNNING: 0, ClockState.DUE_SOON: 1, ClockState.LATE: 2,
}  # fmt: skip


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def on(text: str) -> date:
    return date.fromisoformat(text)


def clocks(
    records: dict[str, Any], now: datetime, *, sent: list[SentReport] | None = None
) -> dict[ClockKind, Clock]:
    book = casebook({"IC": CONSENT, **records}, today=now.date(), facts={"now": now.isoformat()})
    return {one.kind: one for one in clocks_of(book, now, sent=sent or [])}


def reported(**changes: Any) -> dict[str, Any]:
    return {"AE": SERIOUS, "SAE": REPORT | changes}


def noon(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+08:00")


def followed_up(sent_on: str, *, version: int = 2, row: int = 1) -> SentReport:
    return SentReport(form="SAE", row=row, version=version, sent_at=noon(sent_on))


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(), "running"),
        (timedelta(hours=18) - MINUTE, "running"),
        (timedelta(hours=18), "due_soon"),
        (timedelta(hours=24), "due_soon"),
        (timedelta(hours=24, seconds=59), "due_soon"),
        (timedelta(hours=24, minutes=1), "late"),
        (timedelta(days=400), "late"),
    ],
)
@pytest.mark.parametrize(("kind", "records"), [
    (ClockKind.SAE, reported()), (ClockKind.PREG, {"PREG": PREGNANT}),
])  # fmt: skip
def test_a_report_is_due_24_hours_after_becoming_aware_to_the_minute(
    kind: ClockKind, records: dict[str, Any], after: timedelta, state: str
) -> None:
    found = clocks(records, STARTED + after)[kind]

    assert found.due == STARTED + timedelta(hours=24)
    assert (str(found.state), found.is_late) == (state, state == "late")


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(hours=16, minutes=40), "met"),
        (timedelta(hours=24), "met"),
        (timedelta(hours=24, minutes=1), "met_late"),
    ],
)
def test_a_report_that_was_sent_is_met_or_met_late_for_good(after: timedelta, state: str) -> None:
    records = reported(SAESUBDTM=iso(STARTED + after))

    found = {clocks(records, STARTED + later)[ClockKind.SAE].state
             for later in (after, timedelta(days=3), timedelta(days=900))}  # fmt: skip
    assert found == {state}


def test_no_clock_runs_before_the_investigator_became_aware() -> None:
    assert clocks(reported(SAEAWDTM=None), STARTED) == {}


@given(
    after=st.timedeltas(timedelta(), timedelta(days=30)),
    later=st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_time_only_makes_an_open_report_more_pressing(after: timedelta, later: timedelta) -> None:
    states = [
        clocks(reported(), STARTED + gone)[ClockKind.SAE].state for gone in (after, after + later)
    ]

    assert STATES[states[0]] <= STATES[states[1]]


@given(gone=st.integers(0, 4000), sent=st.none() | st.integers(0, 4000))
def test_sae_01_and_sae_02_follow_the_clock(gone: int, sent: int | None) -> None:
    now = STARTED + gone * MINUTE
    changes = {} if sent is None else {"SAESUBDTM": iso(STARTED + sent * MINUTE)}
    records = {"IC": CONSENT} | reported(**changes)
    book = casebook(records, facts={"now": now.isoformat()})
    late = gone > 24 * 60 if sent is None else sent > 24 * 60

    found = fired(book, "SAE")

    assert ("SAE-01" in found) == late
    assert ("SAE-02" in found) == (sent is None and 18 * 60 <= gone <= 24 * 60)


@pytest.mark.parametrize(("life", "days", "reminded"), [("Y", 7, 5), ("N", 15, 12)])
def test_a_susar_is_due_on_day_7_or_15_after_the_sponsor_knew(
    life: str, days: int, reminded: int
) -> None:
    records = {"AE": SERIOUS | {"AESLIFE": life, "AESHOSP": "Y"}, "SAE": BY_SPONSOR}
    known = on(day(6))

    def state(after: int) -> str:
        moment = noon((known + timedelta(days=after)).isoformat())
        return str(clocks(records, moment)[ClockKind.SUSAR].state)

    assert clocks(records, noon(day(6)))[ClockKind.SUSAR].due == known + timedelta(days=days)
    assert [state(after) for after in (0, reminded - 1, reminded, days, days + 1)] == [
        "running", "running", "due_soon", "due_soon", "late",
    ]  # fmt: skip


@pytest.mark.parametrize(("sent", "state"), [(13, "met"), (14, "met_late")])
def test_a_susar_is_met_on_the_day_it_was_sent_to_the_authority(sent: int, state: str) -> None:
    records = {"AE": SERIOUS, "SAE": BY_SPONSOR | {"SUSSUB": day(sent)}}

    assert clocks(records, noon(day(40)))[ClockKind.SUSAR].state == state


def test_what_is_no_susar_has_no_days_to_the_authority() -> None:
    for changes in ({"SAEEXP": "EXP"}, {"SAEEXP": "NA"}, {"SAERELI": "NOT", "SAERELS": "UNLK"}):
        found = clocks({"AE": SERIOUS, "SAE": BY_SPONSOR | changes}, noon(day(30)))
        assert set(found) == {ClockKind.SAE}


def test_further_information_is_due_8_days_after_the_first_report_of_a_grave_susar() -> None:
    records = {"AE": SERIOUS, "SAE": BY_SPONSOR | {"SUSSUB": day(10)}}

    found = clocks(records, noon(day(12)))[ClockKind.SUSFUP]

    assert (found.due, found.met, found.state) == (on(day(18)), None, "running")
    assert clocks(records, noon(day(16)))[ClockKind.SUSFUP].state == "due_soon"
    assert clocks(records, noon(day(19)))[ClockKind.SUSFUP].state == "late"
    mild = {"AE": SERIOUS | {"AESLIFE": "N"}, "SAE": records["SAE"]}
    assert ClockKind.SUSFUP not in clocks(mild, noon(day(12)))


@pytest.mark.parametrize(
    ("sent", "met"),
    [
        ([followed_up(day(12))], on(day(12))),
        ([followed_up(day(10))], on(day(10))),
        ([followed_up(day(9))], None),
        ([followed_up(day(12), version=1)], None),
        ([followed_up(day(12), row=2)], None),
        ([followed_up(day(19), version=3), followed_up(day(14))], on(day(14))),
    ],
)
def test_further_information_is_met_by_the_next_version_that_the_site_sends(
    sent: list[SentReport], met: date | None
) -> None:
    records = {"AE": SERIOUS, "SAE": BY_SPONSOR | {"SUSSUB": day(10)}}

    assert clocks(records, noon(day(20)), sent=sent)[ClockKind.SUSFUP].met == met


NEW_VERSION = on(ICF["V3.0"]["ICAPPDAT"])
AGAIN = {"ICTYPE": "NEWVER", "ICVER": "V3.0"}


@pytest.mark.parametrize(
    ("after", "state"), [(0, "running"), (9, "running"), (10, "due_soon"), (14, "due_soon"),
                         (15, "late")]
)  # fmt: skip
def test_consent_to_a_new_version_is_due_14_days_after_its_approval(after: int, state: str) -> None:
    today = noon((NEW_VERSION + timedelta(days=after)).isoformat())

    found = clocks({}, today)[ClockKind.RECONSENT]

    assert (found.about, found.due) == ("V3.0", NEW_VERSION + timedelta(days=14))
    assert found.state == state


def test_no_version_asks_for_consent_before_its_approval() -> None:
    assert clocks({}, noon((NEW_VERSION - timedelta(days=1)).isoformat())) == {}


@pytest.mark.parametrize(("after", "state"), [(3, "met"), (14, "met"), (15, "met_late")])
def test_consent_to_a_new_version_is_met_on_the_day_it_was_signed(after: int, state: str) -> None:
    signed = (NEW_VERSION + timedelta(days=after)).isoformat()

    found = clocks({"IC#2": AGAIN | {"ICDAT": signed}}, noon("2024-09-01"))

    assert found[ClockKind.RECONSENT].state == state


@pytest.mark.parametrize(
    "left",
    [
        {"EOS": {"EOSDAT": "2024-06-10", "EOSREAS": "COMPLETED"}},
        {"IC#2": {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": "2024-06-10"}},
        {"DTH": {"DTHDAT": "2024-06-10"}},
    ],
)
def test_who_has_left_the_study_is_asked_for_no_consent(left: dict[str, Any]) -> None:
    assert ClockKind.RECONSENT not in clocks(left, noon("2024-07-01"))


def test_who_signed_an_old_version_after_a_newer_was_in_force_has_14_days_from_then() -> None:
    found = clocks({"IC": CONSENT | {"ICDAT": "2024-07-01"}}, noon("2024-07-02"))

    assert found[ClockKind.RECONSENT].due == date(2024, 7, 15)


@given(after=st.integers(0, 60))
def test_ic_04_fires_when_the_clock_is_late(after: int) -> None:
    today = NEW_VERSION + timedelta(days=after)
    book = casebook({"IC": CONSENT}, today=today)

    states = {one.state for one in clocks_of(book, noon(today.isoformat()))}

    assert ("IC-04" in fired(book, "IC")) == (ClockState.LATE in states)
