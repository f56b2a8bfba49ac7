"""The product: expiry, planned volume and contact time of a dose, and what its checks ask."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from edc.forms.derivations.healing import find_healing
from edc.forms.derivations.rhythm import RHYTHM_READS
from edc.forms.derivations.values import day, number, rounded
from edc.forms.injury_sites import SITES
from edc.forms.study_settings import DOSING, STORAGE, THAW_HOURS
from edc.study.conditions import as_number
from edc.study.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edc.study.casebook import RecordScope

_SITE_TIME = timezone(timedelta(hours=8))
_DOSE_ITEMS = ("ECOCCUR", "EXLOT", "EXKIT", "EXDOSE", "EXSTDAT", "EXSTTIM")


def expiry(scope: RecordScope) -> str | None:
    """Return EXEXP: the expiry of the batch as the register has it (form EX)."""
    found = scope.entry("EXLOT", "BTEXP")
    return found if isinstance(found, str) else None


def planned_volume(scope: RecordScope) -> str | None:
    """Return EXPLVOL: mL planned for the route; on the skin by the area treated (section 1.3)."""
    dosing = DOSING.get(str(scope.item("EXROUTE") or ""))
    if dosing is None:
        return None
    if not dosing.by_area:
        return rounded(dosing.planned, 1)
    area = number(scope, "EXAREA")
    return None if area is None else rounded(dosing.planned * area, 1)


def contact_minutes(scope: RecordScope) -> str | None:
    """Return EXDWELL: minutes from start to end of the dose (form EX)."""
    start, end = _minutes(scope.item("EXSTTIM")), _minutes(scope.item("EXENTIM"))
    return None if start is None or end is None else str(end - start)


def dose_start(scope: RecordScope) -> str | None:
    """Return the moment at which the dose was started (form EX: EXTHAW is not after it)."""
    start = _start(scope)
    return None if start is None else start.isoformat(timespec="minutes")


def earliest_thaw(scope: RecordScope) -> str | None:
    """Return the moment before which it was out of storage too long: 4 h before start (EX)."""
    start = _start(scope)
    if start is None:
        return None
    return (start - timedelta(hours=THAW_HOURS)).isoformat(timespec="minutes")


def earliest_end(scope: RecordScope) -> str | None:
    """Return the first minute after the start, for a dose ends after it starts (EXENTIM)."""
    start = _minutes(scope.item("EXSTTIM"))
    return None if start is None else f"{(start + 1) // 60:02d}:{(start + 1) % 60:02d}"


def storage_low(scope: RecordScope) -> str | None:
    """Return the lowest temperature, in °C, at which the batch may be stored (EX-06)."""
    found = STORAGE.get(str(scope.entry("EXLOT", "BTSTORE") or ""))
    return found[0] if found else None


def storage_high(scope: RecordScope) -> str | None:
    """Return the highest temperature, in °C, at which the batch may be stored (EX-06)."""
    found = STORAGE.get(str(scope.entry("EXLOT", "BTSTORE") or ""))
    return found[1] if found else None


def site_healed_on(scope: RecordScope) -> str | None:
    """Return the day of the confirmed healing of the site treated (section 3.4, EX-09)."""
    site = SITES.get(str(scope.item("EXSITE") or ""))
    found = find_healing(scope.casebook, site) if site else None
    return found.on.isoformat() if found else None


def container_used_elsewhere(scope: RecordScope) -> str | None:
    """Return Y when another participant was given product from the same container (EX-07)."""
    kit = scope.text("EXKIT")
    if kit is None:
        return None
    # Of all containers at once: the rows of a long course are judged one after the other.
    own = {found for row in scope.casebook.of_form("EX")
           if (found := scope.casebook.scope(row).text("EXKIT"))}  # fmt: skip
    others = scope.casebook.elsewhere("EX", "EXKIT", frozenset(own | {kit}))
    return "Y" if any(other.get("EXKIT") == kit for other in others) else None


def batch_overdrawn(scope: RecordScope) -> str | None:
    """Return Y when more of the batch was given up to this dose than there was (BATCH-02).

    There was what was received and not destroyed; counted are the containers, and the mL.
    """
    lot, at = scope.text("EXLOT"), _order(_as_given(scope))
    entry = scope.casebook.registers.get("BATCH", {}).get(lot or "")
    if lot is None or entry is None or scope.item("ECOCCUR") != "Y":
        return None
    received, destroyed = as_number(entry.get("BTRECV")), as_number(entry.get("BTDEST"))
    volume = as_number(entry.get("BTVOL"))
    if received is None or destroyed is None or volume is None:
        return None
    given = [dose for dose in _given(scope, lot) if _order(dose) <= at]
    containers = {kit for dose in given if (kit := dose.get("EXKIT"))}
    total = sum((as_number(dose.get("EXDOSE")) or Decimal() for dose in given), Decimal())
    held = received - destroyed
    return "Y" if len(containers) > held or total > held * volume else None


def dose_record_missing(scope: RecordScope) -> str | None:
    """Return Y when a day from D0 to the day before EOTDAT has no row of EX (EX-12)."""
    return "Y" if days_without_dose_record(scope) else None


def days_without_dose_record(scope: RecordScope) -> list[str]:
    """Return the days from D0 to the day before EOTDAT without a row of EX, given or not."""
    first, last = day(scope.fact("randomisation_date")), day(scope.foreign("EOT", "EOTDAT"))
    if first is None or last is None:
        return []
    rows = (scope.casebook.scope(row) for row in scope.casebook.of_form("EX"))
    recorded = {row.text("EXSTDAT") for row in rows}
    days = ((first + timedelta(days=n)).isoformat() for n in range((last - first).days))
    return [one for one in days if one not in recorded]


def _given(scope: RecordScope, lot: str) -> Iterator[Mapping[str, str]]:
    """Return the doses of the batch that were given, this participant's and the others'."""
    rows: list[Mapping[str, str]] = [
        _as_given(scope.casebook.scope(row)) for row in scope.casebook.of_form("EX")
    ]
    rows += scope.casebook.elsewhere("EX", "EXLOT", frozenset({lot}))
    return (row for row in rows if row.get("EXLOT") == lot and row.get("ECOCCUR") == "Y")


def _as_given(scope: RecordScope) -> dict[str, str]:
    return {code: value for code in _DOSE_ITEMS if (value := scope.text(code)) is not None}


def _order(dose: Mapping[str, str]) -> tuple[str, str]:
    return dose.get("EXSTDAT", "9999"), dose.get("EXSTTIM", "")


def _start(scope: RecordScope) -> datetime | None:
    on, minutes = day(scope.item("EXSTDAT")), _minutes(scope.item("EXSTTIM"))
    if on is None or minutes is None:
        return None
    return datetime(on.year, on.month, on.day, minutes // 60, minutes % 60, tzinfo=_SITE_TIME)


def _minutes(time: object) -> int | None:
    """Return the minutes since midnight of ``HH:MM``."""
    if not isinstance(time, str):
        return None
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


_EX_ITEMS = tuple(f"EX.{code}" for code in _DOSE_ITEMS)

FACTS = (
    Fact(name="dose_start", rule=dose_start, reads=("EXSTDAT", "EXSTTIM")),
    Fact(name="earliest_thaw", rule=earliest_thaw, reads=("EXSTDAT", "EXSTTIM")),
    Fact(name="earliest_end", rule=earliest_end, reads=("EXSTTIM",)),
    Fact(name="storage_low", rule=storage_low, reads=("EXLOT",)),
    Fact(name="storage_high", rule=storage_high, reads=("EXLOT",)),
    Fact(
        name="site_healed_on",
        rule=site_healed_on,
        reads=("EXSITE", "OM.*", "SK.*", "BC.*", "INJ.*", *RHYTHM_READS),
    ),
    Fact(name="container_used_elsewhere", rule=container_used_elsewhere, reads=("EXKIT",)),
    Fact(name="batch_overdrawn", rule=batch_overdrawn, reads=_EX_ITEMS),
    Fact(
        name="dose_record_missing",
        rule=dose_record_missing,
        reads=("randomisation_date", "EOT.EOTDAT", "EX.EXSTDAT", "EX.*"),
    ),
)
