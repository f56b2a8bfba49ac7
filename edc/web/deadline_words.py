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
    """Return in words how much time is left, how late it is, or how long it took."""
    gap = _gap(one)
    if isinstance(gap, timedelta):
        is_over, amount = gap > timedelta(), span(abs(gap))
    else:
        is_over, amount = gap > 0, days(abs(gap))
    if is_over:
        return str(_("%(time)s late", time=amount))
    if one.met is not None:
        return str(_("after %(time)s", time=_taken(one)))
    return str(_("today") if not gap else _("%(time)s left", time=amount))


def _gap(one: Clock) -> timedelta | int:
    """Return by how much it is over, of a day in days; negative while there is time."""
    if isinstance(one.due, datetime):
        at = one.met if isinstance(one.met, datetime) else clock.local(clock.now())
        return at.replace(second=0, microsecond=0) - one.due
    return ((one.met if one.met is not None else clock.today()) - one.due).days


def _taken(one: Clock) -> str:
    """Return how long it took to be met."""
    if isinstance(one.met, datetime) and isinstance(one.started, datetime):
        return span(one.met - one.started)
    return days(((one.met or one.due) - one.started).days)


def days(number: int) -> str:
    """Return a number of days in words."""
    return str(ngettext("%(num)d day", "%(num)d days", number))


def span(length: timedelta) -> str:
    """Return a length of time in hours and minutes, or in days from two days on."""
    minutes = int(length.total_seconds()) // _MINUTES
    hours, rest = divmod(minutes, _MINUTES)
    if hours >= _HOURS_OF_TWO_DAYS:
        return days(hours // 24)
    return str(_("%(hours)d h %(minutes)d min", hours=hours, minutes=rest))
