"""What is typed becomes one canonical value, or a refusal that says what to do."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.label import Label
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DateTime,
    DecimalNumber,
    File,
    Integer,
    Item,
    LongText,
    MultiChoice,
    PartialDate,
    Reference,
    System,
    Table,
    Text,
    Time,
    Unreadable,
)
from tests.study.small_study import CAUSE, NY, YEAR, both, double_weight

TEXT = Text(code="T", label=both("Text"))
LONG = LongText(code="L", label=both("Long"))
WHOLE = Integer(code="I", label=both("Whole"), unit=YEAR)
ONE_PLACE = DecimalNumber(code="D", label=both("Decimal"), unit=YEAR, places=1)
DAY = Date(code="DT", label=both("Day"))
PART = PartialDate(code="P", label=both("Part"))
CLOCK = Time(code="C", label=both("Time"))
MOMENT = DateTime(code="M", label=both("Moment"))
CHOICE = Choice(code="CH", label=both("Choice"), codes=NY)
MULTI = MultiChoice(code="MU", label=both("Multi"), codes=CAUSE)
FILE = File(code="F", label=both("File"))
REFERENCE = Reference(code="R", label=both("Reference"), to="ICV")
TABLE = Table(
    code="TA",
    label=both("Table"),
    columns=(DAY, ONE_PLACE, Text(code="N", label=both("Note"), required=False)),
    max_rows=3,
)
DERIVED = Calculated(code="CA", label=both("Derived"), rule=double_weight)
WRITTEN = System(code="S", label=both("System"))

TYPED = [TEXT, LONG, WHOLE, ONE_PLACE, DAY, PART, CLOCK, MOMENT, CHOICE, MULTI, FILE, REFERENCE]
EVERY_KIND = [*TYPED, TABLE, DERIVED, WRITTEN]

DIGITS = st.integers(1900, 2100)
DAYS = st.dates(date(1900, 1, 1)).map(
    lambda day: {"year": f"{day.year}", "month": f"{day.month}", "day": f"{day.day:02}"}
)
CLOCKS = st.times().map(lambda moment: moment.strftime("%H:%M"))
GOOD: list[tuple[Item, st.SearchStrategy[Any]]] = [
    (TEXT, st.text(max_size=200)),
    (LONG, st.text(max_size=400)),
    (WHOLE, st.integers(-(10**15) + 1, 10**15 - 1).map(str)),
    (ONE_PLACE, st.decimals(-10_000, 10_000, places=1).map(str)),
    (DAY, DAYS),
    (PART, DAYS | DIGITS.map(lambda year: {"year": str(year), "month": "", "day": ""})),
    (PART, DIGITS.map(lambda year: {"year": str(year), "month": "2"})),
    (CLOCK, CLOCKS),
    (MOMENT, st.tuples(DAYS, CLOCKS).map(lambda both: both[0] | {"time": both[1]})),
    (CHOICE, st.sampled_from(NY.values)),
    (MULTI, st.lists(st.sampled_from(CAUSE.values))),
    (FILE, st.binary(min_size=32, max_size=32).map(lambda content: f"{content.hex()}.png")),
    (REFERENCE, st.text("ABC123.-", min_size=1, max_size=64)),
    (
        TABLE,
        st.lists(st.fixed_dictionaries({"DT": DAYS, "D": st.just("3.5")}), max_size=3),
    ),
]


@pytest.mark.parametrize(("item", "typed"), GOOD, ids=[item.kind for item, _ in GOOD])
def test_a_value_shown_in_its_field_is_read_back_as_the_same_value(
    item: Item, typed: st.SearchStrategy[Any]
) -> None:
    @given(typed)
    def judge(given_text: Any) -> None:
        try:
            value = item.read(given_text)
        except Unreadable:
            assert isinstance(given_text, str)
            assert item.kind in ("text", "longtext")
            return
        if value is None:
            return
        assert item.read(item.parts(value)) == value
        assert item.write(value, "en")
        assert item.write(value, "zh")

    judge()


@pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: item.kind)
@pytest.mark.parametrize("nothing", ["", "   ", "\u3000", "\n\t", None, "\u200b\ufeff"])
def test_blanks_of_every_width_are_nothing(item: Item, nothing: str | None) -> None:
    if item is TABLE and nothing:
        assert item.read([{"DT": nothing, "D": nothing}]) is None
    else:
        assert item.read(nothing) is None


@pytest.mark.parametrize(
    ("item", "typed", "value"),
    [
        (WHOLE, "0", "0"),
        (WHOLE, "１２３", "123"),
        (WHOLE, "－５", "-5"),
        (WHOLE, "−5", "-5"),
        (WHOLE, "-0", "0"),
        (WHOLE, "+5", "5"),
        (WHOLE, "007", "7"),
        (WHOLE, "12.0", "12"),
        (WHOLE, "\u3000 7 \u3000", "7"),
        (WHOLE, "000000000000000000001", "1"),
        (ONE_PLACE, "0", "0.0"),
        (ONE_PLACE, "-0", "0.0"),
        (ONE_PLACE, "-0.0", "0.0"),
        (ONE_PLACE, "３６．８", "36.8"),
        (ONE_PLACE, "36。8", "36.8"),
        (ONE_PLACE, ".5", "0.5"),
        (ONE_PLACE, "36.80", "36.8"),
        (DAY, "2024-03-18", "2024-03-18"),
        (DAY, "２０２４/３/８", "2024-03-08"),
        (DAY, {"year": "２０２４", "month": "２", "day": "29"}, "2024-02-29"),
        (PART, "2024", "2024"),
        (PART, "2024-3", "2024-03"),
        (PART, {"year": "2024", "month": "", "day": ""}, "2024"),
        (CLOCK, "0930", "09:30"),
        (CLOCK, "9：30", "09:30"),
        (CLOCK, "00:00", "00:00"),
        (MOMENT, "2024-03-18T09:30", "2024-03-18T09:30+08:00"),
        (MOMENT, "2024-03-18 09:30:59", "2024-03-18T09:30+08:00"),
        (MOMENT, "2024-03-18T17:30:00+00:00", "2024-03-19T01:30+08:00"),
        (TEXT, "a\r\nb", "a b"),
        (TEXT, "e\u0301", "é"),
        (TEXT, "\ufeff 口腔\u200b ", "口腔"),
        (TEXT, "abc\u202ecba", "abccba"),
        (LONG, "a\r\nb\rc", "a\nb\nc"),
        (MULTI, ["OTH", "RT", "RT", ""], '["RT", "OTH"]'),
        (MULTI, "RT", '["RT"]'),
    ],
)
def test_what_is_meant_is_understood(item: Item, typed: Any, value: str) -> None:
    assert item.read(typed) == value


NO_NUMBERS = [
    "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "1e5", "1E5", "9" * 400, "9" * 16, "abc",
    "1,5", "1.5.0", "--5", "5-", "1 5", "0x10", "1_000", "٣", "३", "१२", "¹", "½", "五", "１２ ３",
    "36.", ".", "-", "+", "-.", "1/2", "5%", "\x00", "5\x00", "5\x07", "5\ud800", "9" * 1_000_000,
]  # fmt: skip
NO_DAYS = [
    "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-04-31", "24-03-18",
    "20240318", "18-03-2024", "2024-3-18-1", "2024--18", "-2024-03-18", "2024-+3-18", "٢٠٢٤-03-18",
    "2024-०3-18", "2024-3-x", "today", "1899-12-31", "0000-01-01", "99999-01-01", "\x00", "\ud800",
    "2024-03-18T09:30", "2" * 1_000_000,
]  # fmt: skip
UNREADABLE: list[tuple[Item, Any]] = [
    *((item, text) for item in (WHOLE, ONE_PLACE) for text in NO_NUMBERS),
    *((item, text) for item in (DAY, PART, MOMENT) for text in NO_DAYS if item is not MOMENT),
    (MOMENT, "2024-03-18"), (MOMENT, "2024-02-30T09:30"), (MOMENT, "2024-03-18T25:00"),
    (MOMENT, "2024-03-18T09:30+99:99"), (MOMENT, "9999-12-31T23:59-12:00"), (MOMENT, "now"),
    (MOMENT, "1800-01-01T09:30"),
    (MOMENT, {"year": "2024", "month": "3", "day": "18", "time": ""}), (MOMENT, {"time": "09:30"}),
    (ONE_PLACE, "36.85"), (ONE_PLACE, "0.01"), (WHOLE, "3.5"), (WHOLE, "0.5"),
    (DAY, {"year": "2024", "month": "2", "day": "30"}), (DAY, {"year": "2024", "month": "2"}),
    (DAY, {"year": "24", "month": "2", "day": "3"}), (DAY, {"year": ["2024"]}), (DAY, "2024"),
    (DAY, "2024-03"), (PART, {"day": "18"}), (PART, {"year": "2024", "day": "18"}),
    (PART, {"year": "2024", "month": "２x"}),
    (CLOCK, "24:00"), (CLOCK, "9:75"), (CLOCK, "9.30"), (CLOCK, "٩:٣٠"), (CLOCK, "9"),
    (CLOCK, "09:30:00"),
    (CHOICE, "y"), (CHOICE, "X"), (CHOICE, "Y\nN"), (CHOICE, ["Y"]), (MULTI, ["RT", "X"]),
    (MULTI, [["RT"]]), (MULTI, {"RT": "on"}), (MULTI, '["RT"]'),
    (FILE, "photo.png"), (FILE, "../../etc/passwd"), (FILE, "a" * 64 + ".exe"),
    (REFERENCE, "K" * 65), (REFERENCE, "a\nb"),
    (TEXT, "x" * 201), (TEXT, "a\x00b"), (TEXT, "\ud83d"), (TEXT, "a\x1b[31m"), (TEXT, "\x85\x90a"),
    (TEXT, "口" * 1_000_000), (TEXT, ["a"]), (TEXT, {"a": "b"}), (TEXT, 5), (LONG, "x" * 4001),
    (LONG, "x" * 1_000_000), (LONG, "a\ufffe"),
    (TABLE, "text"), (TABLE, {"DT": "x"}), (TABLE, ["row"]), (TABLE, [{"DT": "2024-03-18"}]),
    (TABLE, [{"DT": "2024-02-30", "D": "1"}]), (TABLE, [{"DT": "2024-03-18", "D": "1"}] * 4),
    (DERIVED, "5"), (WRITTEN, "5"), (WRITTEN, ["5"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "typed"), UNREADABLE, ids=[f"{i.kind}-{n}" for n, (i, _) in enumerate(UNREADABLE)]
)
def test_what_cannot_be_a_value_is_refused_in_both_languages(item: Item, typed: Any) -> None:
    with pytest.raises(Unreadable) as refusal:
        item.read(typed)
    message = refusal.value.message
    assert isinstance(message, Label)
    assert "{" not in message.en + message.zh
    assert len(message.en) < 200


@pytest.mark.parametrize("item", EVERY_KIND, ids=lambda item: item.kind)
@given(typed=st.recursive(
    st.none() | st.text() | st.integers() | st.booleans() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["year", "month", "day", "time", "DT", "D"]), inner, max_size=3
    ),
    max_leaves=4,
))  # fmt: skip
def test_nothing_posted_can_do_worse_than_be_refused(item: Item, typed: Any) -> None:
    try:
        value = item.read(typed)
    except Unreadable:
        return
    assert value is None or (isinstance(value, str) and value)


def test_an_entered_zero_is_a_value_and_not_nothing() -> None:
    assert WHOLE.read("0") == "0"
    assert ONE_PLACE.read("０") == "0.0"


def test_a_number_may_have_to_be_a_multiple() -> None:
    tens = Integer(code="K", label=both("KPS"), unit=YEAR, step=10)
    assert tens.read("90") == "90"
    with pytest.raises(Unreadable, match="multiple of 10"):
        tens.read("95")


def test_a_line_may_have_to_match_a_pattern_as_a_whole() -> None:
    initials = Text(code="I", label=both("Initials"), pattern="[A-Z]{2,4}")
    assert initials.read("WXY") == "WXY"
    with pytest.raises(Unreadable):
        initials.read("WXYZ1")


def test_a_tables_refusal_names_the_row_and_the_column() -> None:
    rows = [{"DT": "2024-03-18", "D": "1"}, {"DT": "2024-03-19", "D": "x"}]
    with pytest.raises(Unreadable, match=r"^Row 2, Decimal: Enter a number") as refusal:
        TABLE.read(rows)
    assert refusal.value.message.zh.startswith("第2行，Decimal（中文）：")


def test_a_table_leaves_out_empty_rows_and_optional_columns() -> None:
    rows = [{"DT": "", "D": ""}, {"DT": "2024-03-18", "D": "1"}]
    assert json.loads(TABLE.read(rows) or "") == [{"DT": "2024-03-18", "D": "1.0"}]


def test_values_are_shown_in_the_readers_language() -> None:
    assert (CHOICE.write("Y", "en"), CHOICE.write("Y", "zh")) == ("Yes", "是")
    assert MULTI.write('["RT", "OTH"]', "zh") == "放疗；其他"
    assert MULTI.write('["RT", "OTH"]', "en") == "Radiation; Other"
    assert MOMENT.write("2024-03-18T09:30+08:00", "zh") == "2024-03-18 09:30 (UTC+08:00)"


def test_a_code_that_left_the_list_is_still_shown() -> None:
    assert CHOICE.write("OLD", "zh") == "OLD"
