"""Items that hold a day, a day known in part, a time of day, or a moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import ClassVar

from edc.label import Label, Language
from edc.study.items.base import Item, Parts
from edc.study.items.typed import Unreadable, narrowed, typed_text

_FIELDS = ("year", "month", "day")
_EARLIEST_YEAR = 1900  # nothing recorded about a person who is alive is older
_YEAR = re.compile(r"[0-9]{4}")
_ONE_OR_TWO = re.compile(r"[0-9]{1,2}")
_TIME = re.compile(r"([0-9]{1,2}):?([0-9]{2})")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_SITE_OFFSET = timezone(timedelta(hours=8))

NOT_A_DATE = Label(
    en="This is not a day of the calendar. Enter year, month and day in digits, "
    "for example 2024 3 18.",
    zh="日期不存在。请用数字填写年、月、日，例如2024 3 18。",
)


def _typed_parts(typed: object) -> tuple[str, str, str]:
    """Return year, month and day as typed, from their three fields or from one ISO text."""
    if isinstance(typed, Mapping):
        year, month, day = (narrowed(typed_text(typed.get(name))) for name in _FIELDS)
        return year, month, day
    text = narrowed(typed_text(typed)).replace("/", "-").replace(".", "-")
    if not text:
        return "", "", ""
    parts = text.split("-")
    if len(parts) > len(_FIELDS) or not all(parts):
        raise Unreadable(NOT_A_DATE)
    year, month, day = parts + [""] * (len(_FIELDS) - len(parts))
    return year, month, day


def _calendar_day(year: str, month: str, day: str) -> date:
    if not _YEAR.fullmatch(year):
        raise Unreadable(Label(en="Give the year with four digits.", zh="年份请填写4位数字。"))
    if not _ONE_OR_TWO.fullmatch(month) or not _ONE_OR_TWO.fullmatch(day):
        raise Unreadable(NOT_A_DATE)
    if int(year) < _EARLIEST_YEAR:
        raise Unreadable(
            Label(
                en="Check the year: it is before {earliest}.", zh="请核对年份：早于{earliest}年。"
            ).filled(earliest=_EARLIEST_YEAR)
        )
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise Unreadable(NOT_A_DATE) from error


def read_date(typed: object) -> str | None:
    """Return the ISO date of three fields or of one text; None when nothing was typed.

    :raises Unreadable: when it is not a full day of the calendar.
    """
    year, month, day = _typed_parts(typed)
    if not (year or month or day):
        return None
    if not (year and month and day):
        raise Unreadable(
            Label(
                en="Give year, month and day. If the day is unknown, use “not available”.",
                zh="请填写年、月、日；如日期不详，请选择“无法提供”。",
            )
        )
    return _calendar_day(year, month, day).isoformat()


def read_time(typed: object) -> str | None:
    """Return ``HH:MM``; ``0930`` and ``9:30`` are accepted. None when nothing was typed.

    :raises Unreadable: when it is not a time of day.
    """
    text = narrowed(typed_text(typed))
    if not text:
        return None
    found = _TIME.fullmatch(text)
    try:
        if found:
            return time(int(found[1]), int(found[2])).strftime("%H:%M")
    except ValueError:
        pass  # 24:00 and 9:75 have the form of a time, and get the same sentence as other text
    raise Unreadable(
        Label(
            en="Enter the time as hours and minutes, 24-hour clock, for example 14:05.",
            zh="请按24小时制填写时间，例如14:05。",
        )
    )


@dataclass(frozen=True, kw_only=True)
class Date(Item):
    """A full date, typed in three fields (a native picker would show the browser's own order)."""

    kind: ClassVar[str] = "date"

    def read(self, typed: object) -> str | None:
        """Return the ISO date."""
        return read_date(typed)

    def parts(self, value: str) -> Parts:
        """Return the three fields' contents."""
        return dict(zip(_FIELDS, value.split("-"), strict=False))


@dataclass(frozen=True, kw_only=True)
class PartialDate(Date):
    """A date of which the day, or month and day, may be unknown."""

    kind: ClassVar[str] = "partial_date"

    def read(self, typed: object) -> str | None:
        """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
        year, month, day = _typed_parts(typed)
        if not (year or month or day):
            return None
        if not year or (day and not month):
            raise Unreadable(
                Label(
                    en="Give at least the year; a day needs its month.",
                    zh="至少填写年份；填写日时须同时填写月。",
                )
            )
        full = _calendar_day(year, month or "1", day or "1").isoformat()
        return full[: 10 if day else 7 if month else 4]


@dataclass(frozen=True, kw_only=True)
class Time(Item):
    """A time of day, 24 hours."""

    kind: ClassVar[str] = "time"

    def read(self, typed: object) -> str | None:
        """Return ``HH:MM``."""
        return read_time(typed)


@dataclass(frozen=True, kw_only=True)
class DateTime(Item):
    """A moment at the site, to the minute, stored with its offset."""

    kind: ClassVar[str] = "datetime"

    def read(self, typed: object) -> str | None:
        """Return ``YYYY-MM-DDTHH:MM+08:00`` from a date's parts and a time, or from ISO text.

        A text with another offset is converted; one without any is the site's own time.
        """
        if not isinstance(typed, Mapping):
            return self._read_iso(narrowed(typed_text(typed)))
        day, clock = read_date(typed), read_time(typed.get("time"))
        if day is None and clock is None:
            return None
        if day is None or clock is None:
            raise Unreadable(
                Label(en="Give both the date and the time.", zh="请同时填写日期和时间。")
            )
        return f"{day}T{clock}+08:00"

    def _read_iso(self, text: str) -> str | None:
        if not text:
            return None
        try:
            if not _MOMENT.fullmatch(text):
                raise Unreadable(NOT_A_DATE)
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                moment = moment.astimezone(_SITE_OFFSET)
        except (ValueError, OverflowError) as error:
            raise Unreadable(NOT_A_DATE) from error
        _calendar_day(*moment.date().isoformat().split("-"))
        return f"{moment:%Y-%m-%dT%H:%M}+08:00"

    def write(self, value: str, language: Language) -> str:
        """Return date, time and offset."""
        del language
        return f"{value[:10]} {value[11:16]} (UTC{value[16:]})"

    def parts(self, value: str) -> Parts:
        """Return the contents of the date's fields and of the time's."""
        return dict(zip(_FIELDS, value[:10].split("-"), strict=True)) | {"time": value[11:16]}
