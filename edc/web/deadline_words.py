"""How a deadline is told: when it is, and how much time is left or has gone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import ngettext

from edc import clock
from edc.forms.clocks import CLOCK_LABELS
from edc.web.request import text

if TYPE_CHECKING:
    from edc.forms.clocks import Clock

_MINUTES = 60
_HOURS_OF_TWO_DAYS = 48


def told(one: Clock, name: str) -> dict[str, Any]:
    """Return a clock as a page shows it."""
    return {
        "what": text(CLOCK_LABELS[one.kind]),
        "kind": str(one.kind),
        "name": name,
        "place": one.place,
        "state": str(one.state),
        "since": when(one.started),
        "due": when(one.due),
        "met": when(one.met) if one.met is not None else "",
        "left": left(one),
        "is_late": one.is_late,
    }


def when(moment: date) -> str:
    """Return a moment to the minute, or a day."""
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else moment.isoformat()


def left(one: Clock) -> str:
    """Return in words how much time is left, how late it is, or how late it was met."""
    is_met = one.met is not None
    if isinstance(one.due, datetime):
        at = one.met if isinstance(one.met, datetime) else clock.local(clock.now())
        gap = at.replace(second=0, microsecond=0) - one.due
        amount, is_over = span(abs(gap)), gap > timedelta()
    else:
        days = ((one.met if one.met is not None else clock.today()) - one.due).days
        if not days and not is_met:
            return str(_("today"))
        amount = ngettext("%(num)d day", "%(num)d days", abs(days))
        is_over = days > 0
    if is_over:
        return str(_("%(time)s late", time=amount))
    return str(_("in time") if is_met else _("%(time)s left", time=amount))


def span(length: timedelta) -> str:
    """Return a length of time in hours and minutes, or in days from two days on."""
    minutes = int(length.total_seconds()) // _MINUTES
    hours, rest = divmod(minutes, _MINUTES)
    if hours >= _HOURS_OF_TWO_DAYS:
        return str(ngettext("%(num)d day", "%(num)d days", hours // 24))
    return str(_("%(hours)d h %(minutes)d min", hours=hours, minutes=rest))
