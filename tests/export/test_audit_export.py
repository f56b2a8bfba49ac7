"""The exported trail: the same rows as the page, safe in a spreadsheet, recorded, and flat."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from edc.export.audit import FIELDS, AuditExport, Format, open_export
from edc.export.sheets import BYTE_ORDER_MARK, csv_chunks, json_chunks, neutral, xlsx_chunks
from edc.models import AuditEntry, AuditTransaction
from edc.permissions import GRANTS, Permission, Role
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.audit_filter import TrailFilter, resolve
from edc.reports.audit_scope import WHOLE, Scope, scope_of
from edc.reports.audit_trail import find_page
from edc.reports.audit_words import Words
from edc.services.unit_of_work import system_actor
from edc.services.viewer import Viewer
from tests.support.small_trail import ARM_TELLING, FORMULA, SmallTrail, make_small_trail
from tests.support.trail import opened


@pytest.fixture
def trail(database_url: str) -> Iterator[SmallTrail]:
    with opened(database_url) as database:
        yield make_small_trail(database)


@contextmanager
def exported(
    trail: SmallTrail,
    format_: Format,
    *,
    scope: Scope = WHOLE,
    language: str = "zh",
    **asked: Any,
) -> Iterator[AuditExport]:
    made = open_export(
        trail.database,
        actor=system_actor("exporter"),
        scope=scope,
        wanted=TrailFilter(**asked),
        study=STUDY,
        language="en" if language == "en" else "zh",
        format_=format_,
    )
    try:
        yield made
    finally:
        made.close()


def content(trail: SmallTrail, format_: Format, **asked: Any) -> bytes:
    with exported(trail, format_, **asked) as made:
        return b"".join(made)


def csv_rows(trail: SmallTrail, **asked: Any) -> list[dict[str, str]]:
    text = content(trail, Format.CSV, **asked).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    names = [name for name, _, _ in FIELDS]
    assert len(header) == len(names)
    return [dict(zip(names, row, strict=True)) for row in rows]


# --- the same as the page ----------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("asked", [{}, {"user": "zhang"}, {"form": "OM"}, {"text": "病历"}])
def test_the_export_is_what_the_page_shows(
    trail: SmallTrail, asked: dict[str, str], language: str
) -> None:
    rows = csv_rows(trail, language=language, **asked)
    with trail.database.reading() as session:
        query = resolve(session, TrailFilter(**asked), scope=WHOLE, study=STUDY)
        words = Words(STUDY, "zh" if language == "zh" else "en")
        shown = find_page(session, query, words=words, size=500).rows
    # The page, read after, also shows the export's own record.
    shown = [row for row in shown if row.id <= int(rows[-1]["entry"])]
    assert len(rows) == len(shown) > 0
    for row, expected in zip(rows, reversed(shown), strict=True):
        assert row["entry"] == str(expected.id)
        assert row["username"] == expected.username
        assert row["full_name"] == expected.full_name
        assert row["role"] == expected.role
        assert row["action"] == expected.action
        assert row["participant"] == expected.number
        assert row["visit_text"] == expected.visit_text
        assert row["form_text"] == expected.form_text
        assert row["item_text"] == expected.item_text
        assert row["old"].removeprefix("'") == expected.old
        assert row["new"].removeprefix("'") == expected.new
        assert row["reason"] == expected.reason


def test_the_three_formats_hold_the_same_cells(trail: SmallTrail) -> None:
    names = [name for name, _, _ in FIELDS]
    rows = csv_rows(trail)
    highest = int(rows[-1]["entry"])
    lines = content(trail, Format.JSONL).decode().splitlines()
    objects = [json.loads(line) for line in lines]
    book = load_workbook(io.BytesIO(content(trail, Format.XLSX)), read_only=True)
    (sheet,) = book.worksheets
    _, *cells = sheet.iter_rows(values_only=True)
    book.close()
    in_sheet = [dict(zip(names, row, strict=True)) for row in cells]
    for row, one, line in zip(rows, objects, in_sheet, strict=False):
        if int(row["entry"]) > highest:
            break
        for name in set(names) - {"kind"}:
            told = row[name].removeprefix("'")
            assert str("" if one[name] is None else one[name]) == told
            assert str("" if line[name] is None else line[name]) == told


def test_an_object_holds_the_columns_as_stored_but_no_secret(trail: SmallTrail) -> None:
    objects = [json.loads(line) for line in content(trail, Format.JSONL).decode().splitlines()]
    change = next(one for one in objects if one["item"] == "OMWHO" and one["old"])
    assert change["old_values"]["value"] == "2"
    assert change["new_values"]["value"] == "3"
    accounts = [one for one in objects if one["table"] == "user_account"]
    assert accounts
    assert all("password_hash" not in one["new_values"] for one in accounts)


def test_headings_are_in_the_reader_s_language(trail: SmallTrail) -> None:
    for language in ("zh", "en"):
        first = content(trail, Format.CSV, language=language).decode("utf-8-sig").splitlines()[0]
        expected = [label.text("zh" if language == "zh" else "en") for _, label, _ in FIELDS]
        assert next(csv.reader([first])) == expected


def test_times_are_given_at_the_site_and_in_utc(trail: SmallTrail) -> None:
    row = next(row for row in csv_rows(trail) if row["item"] == "OMWHO" and row["old"])
    assert row["time"] == "2026-03-02 00:01:00+08:00"
    assert row["time_utc"] == "2026-03-01 16:01:00.000000+00:00"


# --- masking -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [r for r in Role if Permission.AUDIT_EXPORT in GRANTS[r]])
@pytest.mark.parametrize("format_", list(Format))
def test_no_export_tells_a_masked_role_an_arm(
    trail: SmallTrail, role: Role, format_: Format
) -> None:
    viewer = Viewer(user_id=1, username="x", full_name="X", roles={None: role})
    scope = scope_of(viewer, Permission.AUDIT_EXPORT)
    assert not may_see_arm(role), "an unmasked role may export: this test must then tell it apart"
    made = content(trail, format_, scope=scope)
    if format_ is Format.XLSX:
        sheet = load_workbook(io.BytesIO(made)).active
        assert sheet is not None
        made = repr(list(sheet.iter_rows(values_only=True))).encode()
    elif format_ is Format.ZIP:
        made = zipfile.ZipFile(io.BytesIO(made)).read("trail.jsonl")
    assert b"AETERM" in made
    for telling in (ARM_TELLING, "AEREL", "EXDOSE"):
        assert telling.encode() not in made


# --- recorded ----------------------------------------------------------------------------------


def test_the_export_is_in_the_trail_before_its_first_byte(trail: SmallTrail) -> None:
    with exported(trail, Format.CSV, form="OM") as made:
        with trail.database.reading() as session:
            record, action = session.execute(
                select(AuditEntry.new, AuditTransaction.action)
                .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
                .order_by(AuditEntry.id.desc())
                .limit(1)
            ).one()
        rows = b"".join(made).decode("utf-8-sig").splitlines()[1:]
    assert action == "audit.export"
    told = json.loads(record)
    assert told == {
        "format": "csv",
        "filters": {"form": "OM"},
        "language": "zh",
        "rows": len(rows),
        "highest": int(rows[-1].split(",")[0]),
        "sites": "all",
        "masked": False,
    }


def test_what_is_written_meanwhile_is_not_in_the_export(trail: SmallTrail) -> None:
    with exported(trail, Format.CSV) as made:
        with trail.database.unit_of_work(system_actor("afterwards"), "test.after") as uow:
            uow.record(too="late")
        rows = b"".join(made).decode("utf-8-sig").splitlines()[1:]
    assert len(rows) == made.extent.rows
    assert not [row for row in rows if "afterwards" in row]


def test_an_export_given_up_gives_its_connection_back(trail: SmallTrail) -> None:
    for _ in range(40):  # more than the pool holds
        with exported(trail, Format.CSV) as made:
            next(made)
    assert csv_rows(trail)


def test_an_empty_export_is_a_heading(trail: SmallTrail) -> None:
    assert csv_rows(trail, participant="no such number") == []
    assert content(trail, Format.JSONL, participant="no such number") == b""


# --- spreadsheets ------------------------------------------------------------------------------


def test_a_formula_is_made_harmless_and_a_negative_number_stays_one(trail: SmallTrail) -> None:
    rows = csv_rows(trail)
    assert "'" + FORMULA in {row["new"] for row in rows}
    assert "-5" in {row["new"] for row in rows}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_every_start_of_a_formula_gets_an_apostrophe(start: str) -> None:
    assert neutral(start + "A1") == "'" + start + "A1"


@pytest.mark.parametrize("text", ["-5", "-36.80", "", "5", "发热", "a=b", "2026-01-01"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@given(st.text(max_size=20))
def test_no_neutral_text_starts_a_formula_and_none_is_lost(text: str) -> None:
    safe = neutral(text)
    assert safe in {text, "'" + text}
    if safe[:1] in {"=", "+", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}:
        pytest.fail(f"{safe!r} starts a formula")
    if safe.startswith("-"):
        assert float(safe) <= 0


def test_chinese_opens_in_excel_and_cells_with_breaks_stay_whole() -> None:
    cells = [["张护士", '说："好"', "第一行\n第二行", 7]]
    made = b"".join(csv_chunks(["姓名", "话", "行", "数"], [cells]))
    assert made.startswith(BYTE_ORDER_MARK.encode())
    read = list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    assert read == [["姓名", "话", "行", "数"], ["张护士", '说："好"', "第一行\n第二行", "7"]]


def test_a_full_sheet_is_followed_by_another() -> None:
    rows: list[list[list[str | int | None]]] = [[[n, f"值{n}", None]] for n in range(7)]
    made = b"".join(xlsx_chunks(["号", "值", "空"], rows, title="稽查轨迹", rows_in_sheet=3))
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["稽查轨迹", "稽查轨迹 2", "稽查轨迹 3"]
    held = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    assert [sheet[0] for sheet in held] == [("号", "值", "空")] * 3
    assert [row for sheet in held for row in sheet[1:]] == [(n, f"值{n}", None) for n in range(7)]


def test_a_sheet_holds_texts_and_no_formula() -> None:
    texts = [FORMULA, "=1+1", "+1", "@SUM(A1)", "http://example.org", "0012", "-5", "x" * 40_000]
    made = b"".join(xlsx_chunks(["t"], [[[text] for text in texts]], title="t"))
    sheet = load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert [cell.value for cell in cells][:-1] == texts[:-1]
    assert all(cell.hyperlink is None for cell in cells)


def test_json_lines_are_one_object_a_line() -> None:
    made = b"".join(json_chunks([[{"a": "第一行\n第二行"}], [{"a": None}]]))
    assert [json.loads(line) for line in made.decode().splitlines()] == [
        {"a": "第一行\n第二行"},
        {"a": None},
    ]


# --- memory ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", [Format.CSV, Format.JSONL])
def test_ten_times_the_rows_take_no_more_memory(database_url: str, format_: Format) -> None:
    peaks = []
    with opened(database_url) as database:
        trail = SmallTrail(database, *[None] * 5)  # type: ignore[arg-type]
        for rows in (2_000, 20_000):
            with database.unit_of_work(system_actor(), "test.fill") as uow:
                for number in range(rows):
                    uow.record(number=number, text="一段不短的说明文字" * 3)
            with exported(trail, format_) as made:
                tracemalloc.start()
                for chunk in made:
                    assert chunk is not None
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2 + 500_000, peaks
