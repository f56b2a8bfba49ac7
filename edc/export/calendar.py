"""Planned visits as an iCalendar file (RFC 5545) for the participant's own calendar.

It names neither the participant nor the trial: it ends up on a telephone that others see. Every
visit is an event of a whole day, so that no time zone can move it to another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from icalendar import Calendar, Event

from edc import clock

MIME_TYPE: Final = "text/calendar; charset=utf-8"
SITE_ZONE: Final = "Asia/Shanghai"
_PRODUCT: Final = "-//EDC//Planned visits//EN"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarVisit:
    """A visit as it stands in a calendar.

    :param uid: the same each time the file is made, so that a calendar brings its entry up to date.
    :param is_tentative: True for what ends with healing.
    """

    uid: str
    on: date
    title: str
    description: str
    is_tentative: bool


def calendar_file(visits: Iterable[CalendarVisit], *, name: str) -> bytes:
    """Return the file, in the order of the visits."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", SITE_ZONE)
    for visit in visits:
        event = Event()
        event.add("uid", visit.uid)
        event.add("dtstamp", clock.now())
        event.add("dtstart", visit.on)
        event.add("dtend", visit.on + timedelta(days=1))
        event.add("summary", visit.title)
        event.add("description", visit.description)
        event.add("status", "TENTATIVE" if visit.is_tentative else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
