"""What consent, age and the criteria say before randomisation."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from edc.forms.derivations.values import days_between
from edc.forms.injury_sites import SITES
from edc.study.conditions import day_range

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope

INCLUSION = ("INC01", "INC02", "INC03", "INC04", "INC05")
EXCLUSION = ("EXC01", "EXC02", "EXC03", "EXC04", "EXC05", "EXC06", "EXC07")
CRITERIA = (*INCLUSION, *EXCLUSION)
MIDDLE_OF_MONTH = 15


def _of_version(scope: RecordScope, column: str) -> str | None:
    value = scope.entry("ICVER", column)
    return value if isinstance(value, str) else None


def consent_version_date(scope: RecordScope) -> str | None:
    """Return ICVERDAT: the date printed on the version signed, from the site's register (form IC)."""
    return _of_version(scope, "ICVERDAT")


def consent_approval_date(scope: RecordScope) -> str | None:
    """Return ICAPPDAT: the day the ethics committee approved the version signed (form IC)."""
    return _of_version(scope, "ICAPPDAT")


def age_at_consent(scope: RecordScope) -> str | None:
    """Return AGE: whole years from birth to the first consent.

    Section 3.4; a day of birth that is not given counts as the 15th.
    """
    year, month = scope.text("BRTHYR"), scope.text("BRTHMO")
    consent = scope.fact("consent_date")
    if year is None or month is None or not isinstance(consent, str):
        return None
    given = int(scope.text("BRTHDY") or MIDDLE_OF_MONTH)
    born = day_range(f"{int(year):04}-{int(month):02}-{given:02}")
    if born is None:
        return None
    return str(_whole_years(born[0], date.fromisoformat(consent)))


def _whole_years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def all_criteria_met(scope: RecordScope) -> str | None:
    """Return IEYN: N as soon as one criterion is not met, Y when all are.

    Form IE ("all criteria must be answered"): a criterion coded missing is not met; one that is
    not answered yet leaves the result open.
    """
    answers = {code: scope.text(code) for code in CRITERIA}
    failed = (
        scope.is_missing(code) or (answer is not None and answer != wanted)
        for codes, wanted in ((INCLUSION, "Y"), (EXCLUSION, "N"))
        for code in codes
        for answer in (answers[code],)
    )
    if any(failed):
        return "N"
    return None if None in answers.values() else "Y"


def days_from_onset(scope: RecordScope) -> str | None:
    """Return INJONSTD: days from the start of the target injury to randomisation.

    Section 3.4, "onset to treatment": RANDDAT less the start date at INJPRIM.
    """
    site = SITES.get(scope.text("INJPRIM") or "")
    if site is None:
        return None
    return days_between(scope.item(site.onset_item), scope.fact("randomisation_date"))
