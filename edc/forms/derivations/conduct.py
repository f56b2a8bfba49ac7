"""What follows from a death, and by when a deviation is to be reported."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from edc.forms.derivations.values import day
from edc.forms.study_settings import WORKING_DAYS_TO_REPORT
from edc.study.conditions import compare
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

_SATURDAY = 5


def non_relapse_death(scope: RecordScope) -> str | None:
    """Return DTHNRM: whether the participant died without a relapse before.

    Section 3.4: N when an RSP of any visit has DISREL = REL with DISRELDT <= DTHDAT, or DTHCAUS =
    REL; else Y.  Of a day known in part a relapse counts as before the death only if every possible
    day was (section 3.0).
    """
    died = scope.text("DTHDAT")
    if died is None:
        return None
    if scope.text("DTHCAUS") == "REL":
        return "N"
    responses = (scope.casebook.scope(record) for record in scope.casebook.of_form("RSP"))
    relapsed = any(
        one.item("DISREL") == "REL" and compare("<=", one.item("DISRELDT"), died)
        for one in responses
    )
    return "N" if relapsed else "Y"


def working_days_after(start: date, days: int) -> date:
    """Return the day that is *days* working days after *start*.

    Monday to Friday count; public holidays, which the State Council sets year by year, do not
    lengthen the term.
    """
    found = start
    while days:
        found += timedelta(days=1)
        days -= found.weekday() < _SATURDAY
    return found


def ethics_report_due(scope: RecordScope) -> Value:
    """Return by when a deviation is to be reported: 5 working days after it was found (DV-01)."""
    found = day(scope.text("DVKNOW"))
    return working_days_after(found, WORKING_DAYS_TO_REPORT).isoformat() if found else None


FACTS = (Fact(name="ethics_report_due", rule=ethics_report_due, reads=("DVKNOW",)),)
