"""Worked values of what follows from a death, and of the term for reporting a deviation."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.derivations.conduct import working_days_after
from edc.forms.notices import USUAL, audience
from edc.permissions import Permission, Role, grants
from tests.forms.casebooks import CONSENT, INJURY, casebook, day, value

DIED = {"DTHDAT": "2024-07-15", "DTHCAUS": "INF"}
RELAPSED = {"DISREL": "REL", "DISRELDT": "2024-07-01"}


@pytest.mark.parametrize(
    ("death", "response", "expected"),
    [
        # The worked story: relapse on D70, death of pneumonia two weeks later.
        (DIED, RELAPSED, "N"),
        (DIED, {"DISREL": "REM"}, "Y"),
        (DIED, RELAPSED | {"DISRELDT": "2024-07-15"}, "N"),
        (DIED, RELAPSED | {"DISRELDT": "2024-07-16"}, "Y"),
        (DIED, RELAPSED | {"DISRELDT": None}, "Y"),
        (DIED | {"DTHCAUS": "REL"}, {"DISREL": "REM"}, "N"),
        (DIED | {"DTHCAUS": "REL"}, {}, "N"),
        ({"DTHCAUS": "REL"}, RELAPSED, None),
        (DIED, {}, "Y"),
    ],
)
def test_a_death_after_a_relapse_or_of_it_is_no_non_relapse_death(
    death: dict[str, Any], response: dict[str, Any], expected: str | None
) -> None:
    book = casebook(
        {"IC": CONSENT, "INJ@SCR": INJURY, "RSP@UNS01": response, "DTH": death},
        today=date(2024, 8, 1),
    )
    assert value(book, "DTH", "DTHNRM") == expected


def test_a_relapse_at_any_visit_counts_also_when_the_last_one_says_remission() -> None:
    book = casebook(
        {
            "IC": CONSENT,
            "RSP@V28": {"RSPDAT": day(28), "DISREL": "REL", "DISRELDT": day(25)},
            "RSP@FU60": {"RSPDAT": day(60), "DISREL": "REM"},
            "DTH": DIED,
        },
        today=date(2024, 8, 1),
    )
    assert value(book, "DTH", "DTHNRM") == "N"


@pytest.mark.parametrize(
    ("found", "due"),
    [
        (date(2024, 5, 20), date(2024, 5, 27)),  # Monday to the next Monday
        (date(2024, 5, 24), date(2024, 5, 31)),  # Friday to Friday
        (date(2024, 5, 25), date(2024, 5, 31)),  # Saturday counts as the Friday before
        (date(2024, 5, 26), date(2024, 5, 31)),
        (date(2024, 12, 27), date(2025, 1, 3)),
    ],
)
def test_a_deviation_is_reported_within_five_working_days(found: date, due: date) -> None:
    assert working_days_after(found, 5) == due


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_the_term_ends_on_a_working_day_and_holds_as_many_as_it_says(
    found: date, days: int
) -> None:
    end = working_days_after(found, days)
    between = (date.fromordinal(one) for one in range(found.toordinal() + 1, end.toordinal() + 1))
    assert end.weekday() < 5
    assert sum(one.weekday() < 5 for one in between) == days


def test_whoever_is_told_of_a_notice_may_read_notices() -> None:
    told = {"VIR-03", "EX-01", "AE-12", "SAE-01", "SAE-02", "DTH-03", "UNBL-01", "CHANGED:OMWHO"}
    for rule in told:
        assert all(grants(role, Permission.NOTICE_READ) for role in audience(rule)), rule
    assert audience("IC-05") == USUAL
    assert audience("VIR-03") == {Role.INVESTIGATOR}
    assert audience("CHANGED:OMWHO") == {Role.DATA_MANAGER}
