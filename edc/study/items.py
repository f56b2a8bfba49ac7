"""The kinds of item: what each holds, how what is typed is read, and how it is shown.

Each kind has one reader (typed text → canonical text, or a refusal in both languages) and one
writer (canonical text → shown text). Canonical text is what is stored: digits with ``.``, ISO
dates, code values; several values of one item are a JSON list.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from edc.label import Label, Language
from edc.study.codelists import CodeList, Unit
from edc.study.conditions import Expression, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.study.casebook import RecordScope

Typed = "str | list[str] | Mapping[str, str]"

LONGEST_TEXT = 4000
_MAX_DIGITS = 15
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)\Z", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+\Z", re.ASCII)
_MONTHS_A_YEAR = 12


class Unreadable(ValueError):
    """What was typed is not a value of this kind; the message says what to type instead."""

    def __init__(self, message: Label) -> None:
        """Keep the sentence."""
        super().__init__(message.en)
        self.message = message


def cleaned(raw: str) -> str:
    """Return *raw* composed (NFC), with full-width digits and signs narrowed, and trimmed.

    :raises Unreadable: on control characters and lone surrogates, which no database stores alike.
    """
    if _FORBIDDEN.search(raw):
        raise Unreadable(
            Label(
                en="This text contains characters that cannot be stored. Type it again.",
                zh="文本中含有无法保存的控制字符，请重新输入。",
            )
        )
    return unicodedata.normalize("NFC", raw).replace("\r\n", "\n").strip()


def narrowed(raw: str) -> str:
    """Return *raw* with full-width digits, point, colon and signs as ASCII ones.

    Only full-width forms (a Chinese keyboard's) are narrowed: digits of other scripts stay as they
    are and are then refused, since a reader of the page could not check them.
    """
    text = cleaned(raw)
    return "".join(
        unicodedata.normalize("NFKC", mark) if "\uff01" <= mark <= "\uff5e" else mark
        for mark in text
    ).replace("。", ".").replace("−", "-").strip()


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of an item, each a number, a day, or an expression over other items; None is open."""

    low: Expression | None
    high: Expression | None

    def text(self) -> str:
        """Return the bounds as they were declared, for the codebook."""
        low = self.low.source if self.low else ""
        high = self.high.source if self.high else ""
        return f"{low} .. {high}"

    @property
    def is_constant(self) -> bool:
        """Tell whether the bounds are plain values that can be shown beside the field."""
        return all(bound is None or bound.tree[0] == "const" for bound in (self.low, self.high))


def between(low: float | str | None, high: float | str | None) -> Range:
    """Declare bounds; a text is an expression such as ``"consent_date"`` or ``"HCTDAT - 14"``."""

    def bound(value: float | str | None) -> Expression | None:
        return None if value is None else parse(str(value))

    return Range(bound(low), bound(high))


@dataclass(frozen=True, kw_only=True)
class Item:
    """What every kind of item declares.

    :param required: True, False, or the condition under which a shown item must be answered.
    :param shown_when: the condition under which the item is asked; None is always.
    :param hard: bounds outside which a value is refused.
    :param soft: bounds outside which a saved value is queried.
    :param expected: the code whose opposite is queried (``SOFT:ITEM``).
    :param cdash: True when the name is CDASH's or SDTM's own.
    :param changed_by: the roles that may type it; empty is everyone who may enter the CRF.
    """

    kind: ClassVar[str]
    is_typed: ClassVar[bool] = True

    code: str
    label: Label
    required: bool | Expression = True
    shown_when: Expression | None = None
    hint: Label | None = None
    hard: Range | None = None
    soft: Range | None = None
    soft_text: Label | None = None
    expected: str | None = None
    cdash: bool = False
    sdtm: str = ""
    unit: Unit | None = None
    changed_by: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Let conditions be declared as plain text."""
        for name in ("required", "shown_when"):
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, parse(getattr(self, name)))

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - text, list or parts, as posted
        """Return the canonical text of what was typed, None when nothing was.

        :raises Unreadable: when it is not a value of this kind.
        """
        raw = typed if isinstance(typed, str) else ""
        text = cleaned(raw)
        return self._read(text) if text else None

    def _read(self, text: str) -> str:
        return text

    def write(self, value: str, language: Language) -> str:
        """Return the canonical *value* as it is shown."""
        del language
        return value

    def parts(self, value: str) -> Any:  # noqa: ANN401 - what the field of this kind is filled with
        """Return the canonical *value* as the field's input holds it."""
        return value


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """A line of text; *pattern* is a whole-match rule with its sentence."""

    kind: ClassVar[str] = "text"
    max_length: int = 200
    pattern: str = ""
    pattern_text: Label | None = None

    def _read(self, text: str) -> str:
        if len(text) > self.max_length:
            raise Unreadable(
                Label(
                    en="Use at most {limit} characters; {given} were typed.",
                    zh="最多{limit}个字符，当前为{given}个。",
                ).filled(limit=self.max_length, given=len(text))
            )
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise Unreadable(
                self.pattern_text
                or Label(en="This is not in the expected form.", zh="格式不符合要求。")
            )
        return text


@dataclass(frozen=True, kw_only=True)
class LongText(Text):
    """Several lines of text."""

    kind: ClassVar[str] = "longtext"
    max_length: int = LONGEST_TEXT


def _number(text: str) -> Decimal:
    if not _NUMBER.match(text) or sum(mark.isdigit() for mark in text) > _MAX_DIGITS:
        raise Unreadable(
            Label(
                en="Enter a number in digits, for example 36.8.",
                zh="请输入数字，例如36.8。",
            )
        )
    try:
        return Decimal(text)
    except InvalidOperation as error:  # pragma: the pattern lets nothing through that lands here
        raise Unreadable(Label(en="Enter a number.", zh="请输入数字。")) from error


@dataclass(frozen=True, kw_only=True)
class Integer(Item):
    """A whole number."""

    kind: ClassVar[str] = "integer"
    step: int = 1

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return the number in plain digits; full-width digits are accepted."""
        text = narrowed(typed if isinstance(typed, str) else "")
        if not text:
            return None
        number = _number(text)
        if number != number.to_integral_value() or not _WHOLE.match(text.split(".")[0] or "0"):
            raise Unreadable(Label(en="Enter a whole number.", zh="请输入整数。"))
        if int(number) % self.step:
            raise Unreadable(
                Label(en="Enter a multiple of {step}.", zh="请输入{step}的倍数。").filled(
                    step=self.step
                )
            )
        return str(int(number))


@dataclass(frozen=True, kw_only=True)
class DecimalNumber(Item):
    """A number with at most *places* decimal places; more are refused, never rounded."""

    kind: ClassVar[str] = "decimal"
    places: int = 1

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return the number with its places filled; full-width digits are accepted."""
        text = narrowed(typed if isinstance(typed, str) else "")
        if not text:
            return None
        number = _number(text)
        rounded = number.quantize(Decimal(1).scaleb(-self.places))
        if rounded != number:
            raise Unreadable(
                Label(
                    en="Use at most {places} decimal places.", zh="最多保留{places}位小数。"
                ).filled(places=self.places)
            )
        return f"{abs(rounded) if rounded == 0 else rounded:f}"


def _date_parts(typed: Any, names: tuple[str, ...]) -> tuple[str, ...] | None:  # noqa: ANN401
    """Return the typed parts of a date, from its three fields or from one ISO text."""
    if isinstance(typed, str):
        text = narrowed(typed).replace("/", "-").replace(".", "-")
        if not text:
            return None
        parts = tuple(text.split("-"))
        if len(parts) > len(names) or not all(part.strip() for part in parts):
            raise Unreadable(_NOT_A_DATE)
        return parts + ("",) * (len(names) - len(parts))
    given = typed if isinstance(typed, dict) else {}
    parts = tuple(narrowed(str(given.get(name, ""))) for name in names)
    return parts if any(parts) else None


_NOT_A_DATE = Label(
    en="This is not a day of the calendar. Enter year, month and day in digits, for example 2024 3 18.",
    zh="日期不存在。请用数字填写年、月、日，例如2024 3 18。",
)
_DATE_FIELDS = ("year", "month", "day")


def _whole(part: str, digits: int) -> int:
    if not _WHOLE.match(part) or len(part) > digits:
        raise Unreadable(_NOT_A_DATE)
    return int(part)


def _calendar_day(year: str, month: str, day: str) -> date:
    if len(year) != 4:  # noqa: PLR2004 - a year of two digits is ambiguous
        raise Unreadable(
            Label(en="Give the year with four digits.", zh="年份请填写4位数字。")
        )
    try:
        return date(_whole(year, 4), _whole(month, 2), _whole(day, 2))
    except ValueError as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(_NOT_A_DATE) from error


@dataclass(frozen=True, kw_only=True)
class Date(Item):
    """A full date, typed in three fields (a native picker would show the browser's own order)."""

    kind: ClassVar[str] = "date"

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return the ISO date."""
        parts = _date_parts(typed, _DATE_FIELDS)
        if parts is None:
            return None
        if not all(parts):
            raise Unreadable(
                Label(
                    en="Give year, month and day. If the day is unknown, use “not available”.",
                    zh="请填写年、月、日；如日期不详，请选择“无法提供”。",
                )
            )
        return _calendar_day(*parts).isoformat()

    def parts(self, value: str) -> dict[str, str]:
        """Return the three fields' contents."""
        return dict(zip(_DATE_FIELDS, value.split("-"), strict=False))


@dataclass(frozen=True, kw_only=True)
class PartialDate(Date):
    """A date of which the day, or month and day, may be unknown."""

    kind: ClassVar[str] = "partial_date"

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
        parts = _date_parts(typed, _DATE_FIELDS)
        if parts is None:
            return None
        year, month, day = parts
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

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return ``HH:MM``; ``0930`` and ``9:30`` are accepted."""
        text = narrowed(typed if isinstance(typed, str) else "")
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,2}):?(\d{2})", text, re.ASCII)
        try:
            if found:
                return time(int(found[1]), int(found[2])).strftime("%H:%M")
        except ValueError:
            pass
        raise Unreadable(
            Label(
                en="Enter the time as hours and minutes, 24-hour clock, for example 14:05.",
                zh="请按24小时制填写时间，例如14:05。",
            )
        )


@dataclass(frozen=True, kw_only=True)
class DateTime(Item):
    """A moment at the site, stored with its offset."""

    kind: ClassVar[str] = "datetime"
    OFFSET: ClassVar[str] = "+08:00"

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return ``YYYY-MM-DDTHH:MM+08:00`` from a date's parts and a time, or from ISO text."""
        if isinstance(typed, str):
            text = narrowed(typed)
            if not text:
                return None
            try:
                moment = datetime.fromisoformat(text)
            except ValueError as error:
                raise Unreadable(_NOT_A_DATE) from error
            return moment.strftime("%Y-%m-%dT%H:%M") + self.OFFSET
        given = typed if isinstance(typed, dict) else {}
        day = Date(code=self.code, label=self.label).read(given)
        clock = Time(code=self.code, label=self.label).read(given.get("time", ""))
        if day is None and clock is None:
            return None
        if day is None or clock is None:
            raise Unreadable(
                Label(en="Give both the date and the time.", zh="请同时填写日期和时间。")
            )
        return f"{day}T{clock}{self.OFFSET}"

    def write(self, value: str, language: Language) -> str:
        """Return date, time and offset in words."""
        del language
        return f"{value[:10]} {value[11:16]} (UTC{value[16:]})"

    def parts(self, value: str) -> dict[str, str]:
        """Return the contents of the date's fields and of the time's."""
        return dict(zip(_DATE_FIELDS, value[:10].split("-"), strict=True)) | {"time": value[11:16]}


@dataclass(frozen=True, kw_only=True)
class Choice(Item):
    """One code of a list; *narrow* leaves out codes that this item does not offer."""

    kind: ClassVar[str] = "choice"
    codes: CodeList

    def _read(self, text: str) -> str:
        if text not in self.codes.values:
            raise Unreadable(Label(en="Choose one of the answers.", zh="请选择列表中的一项。"))
        return text

    def write(self, value: str, language: Language) -> str:
        """Return the wording of the code."""
        label = self.codes.label(value)
        return label.text(language) if label else value


@dataclass(frozen=True, kw_only=True)
class MultiChoice(Item):
    """Several codes of a list."""

    kind: ClassVar[str] = "multi"
    codes: CodeList

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return the chosen codes as a JSON list, in the list's order."""
        given = [typed] if isinstance(typed, str) else list(typed or [])
        chosen = {cleaned(str(one)) for one in given} - {""}
        if not chosen <= set(self.codes.values):
            raise Unreadable(Label(en="Choose from the list.", zh="请从列表中选择。"))
        return json.dumps([code for code in self.codes.values if code in chosen]) if chosen else None

    def write(self, value: str, language: Language) -> str:
        """Return the wordings of the codes."""
        labels = (self.codes.label(code) for code in json.loads(value))
        mark = "；" if language == "zh" else "; "
        return mark.join(label.text(language) for label in labels if label)

    def parts(self, value: str) -> list[str]:
        """Return the chosen codes."""
        return list(json.loads(value))


@dataclass(frozen=True, kw_only=True)
class File(Item):
    """A file kept outside the item; the value is its content's SHA-256 with its type."""

    kind: ClassVar[str] = "file"
    types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_bytes: int = 10 * 1024 * 1024

    def _read(self, text: str) -> str:
        if not re.fullmatch(r"[0-9a-f]{64}\.(jpg|png|pdf)", text):
            raise Unreadable(Label(en="Choose a file again.", zh="请重新选择文件。"))
        return text


@dataclass(frozen=True, kw_only=True)
class Reference(Item):
    """A key of a register or of another record; *to* names which.

    The keys that may be chosen are facts of the site, given by the data-entry service.
    """

    kind: ClassVar[str] = "reference"
    to: str = ""

    def _read(self, text: str) -> str:
        if len(text) > 64:  # noqa: PLR2004 - longer than any key of a register
            raise Unreadable(Label(en="Choose one of the entries.", zh="请选择列表中的一项。"))
        return text


@dataclass(frozen=True, kw_only=True)
class Table(Item):
    """A small grid whose *columns* are items; the value is a JSON list of rows."""

    kind: ClassVar[str] = "table"
    columns: tuple[Item, ...] = ()
    max_rows: int = 20

    def read(self, typed: Any) -> str | None:  # noqa: ANN401 - see Item.read
        """Return the filled rows as JSON, each a mapping of column to canonical text."""
        rows: list[dict[str, str]] = []
        for given in typed if isinstance(typed, list) else []:
            if not isinstance(given, dict):
                raise Unreadable(Label(en="This is not a row.", zh="行格式不正确。"))
            row = {c.code: c.read(given.get(c.code, "")) for c in self.columns}
            filled = {code: value for code, value in row.items() if value is not None}
            if filled and len(filled) < len(self.columns):
                raise Unreadable(
                    Label(en="Fill every column of the row, or none.", zh="每行须填写完整或留空。")
                )
            if filled:
                rows.append(filled)
        if len(rows) > self.max_rows:
            raise Unreadable(
                Label(en="At most {limit} rows.", zh="最多{limit}行。").filled(limit=self.max_rows)
            )
        return json.dumps(rows, ensure_ascii=False, sort_keys=True) if rows else None

    def write(self, value: str, language: Language) -> str:
        """Return the rows in words."""
        return "; ".join(
            " · ".join(
                column.write(row[column.code], language)
                for column in self.columns
                if column.code in row
            )
            for row in json.loads(value)
        )

    def parts(self, value: str) -> list[dict[str, Any]]:
        """Return the rows, each column as its own input holds it."""
        return [
            {c.code: c.parts(row[c.code]) for c in self.columns if c.code in row}
            for row in json.loads(value)
        ]


@dataclass(frozen=True, kw_only=True)
class Calculated(Item):
    """A value the system derives; *rule* says how, its docstring where the rule comes from.

    :param holds: the kind of the result, for reading and export.
    :param reads: the items it depends on, as ``ITEM`` or ``FORM.ITEM`` (``FORM.*`` for all rows).
    """

    kind: ClassVar[str] = "calculated"
    is_typed: ClassVar[bool] = False
    rule: Callable[[RecordScope], str | None] = field(compare=False)
    reads: tuple[str, ...] = ()
    holds: Literal["integer", "decimal", "date", "choice", "text"] = "decimal"
    places: int = 2
    codes: CodeList | None = None
    required: bool | Expression = False

    def write(self, value: str, language: Language) -> str:
        """Return the wording of a derived code, or the value itself."""
        label = self.codes.label(value) if self.codes else None
        return label.text(language) if label else value


@dataclass(frozen=True, kw_only=True)
class System(Item):
    """A value written by the server, never typed."""

    kind: ClassVar[str] = "system"
    is_typed: ClassVar[bool] = False
    codes: CodeList | None = None
    required: bool | Expression = False

    def write(self, value: str, language: Language) -> str:
        """Return the wording of a code, or the value itself."""
        label = self.codes.label(value) if self.codes else None
        return label.text(language) if label else value
