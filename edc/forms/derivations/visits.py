"""Where a visit stands against its window and against the transplant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.derivations.values import day, days_between

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope


def days_outside_window(scope: RecordScope) -> str | None:
    """Return SVOUT: days before or after the visit's window, 0 inside it.

    Section 2 (windows) and form SV; a visit without a planned day has no window.
    """
    seen = day(scope.item("SVSTDAT"))
    start, end = day(scope.fact("window_start")), day(scope.fact("window_end"))
    if seen is None or start is None or end is None:
        return None
    return str(max((start - seen).days, (seen - end).days, 0))


def day_after_transplant(scope: RecordScope) -> str | None:
    """Return SVTPLUS: days from the stem-cell infusion, T+ of section 2."""
    return days_between(scope.foreign("HSCT", "HCTDAT"), scope.item("SVSTDAT"))
