"""Tables as CSV, XLSX and JSON Lines, written in batches so that memory stays flat.

A spreadsheet runs a cell that begins like a formula. In CSV such a cell gets a leading apostrophe,
and nothing else changes; a negative number is left a number. In XLSX every text is stored as text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Cell = str | int | None

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads Chinese as another encoding
# The full-width signs are taken for their narrow twins by spreadsheets in Chinese.
FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")

ROWS_IN_SHEET = 1_048_575  # the format's 1,048,576 with the heading
_LONGEST_CELL = 32_767
_FILE_CHUNK = 256 * 1024


def neutral(text: str) -> str:
    """Return *text* so that no spreadsheet runs it; a negative number stays one."""
    if text and text[0] in FORMULA_STARTS and not _NUMBER.fullmatch(text):
        return "'" + text
    return text


def csv_chunks(header: Sequence[str], batches: Iterable[list[Sequence[Cell]]]) -> Iterator[bytes]:
    """Yield a CSV file in UTF-8 with byte order mark, a chunk a batch (RFC 4180).

    The caller has made the texts that people typed :func:`neutral`.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow(header)
    for batch in batches:
        writer.writerows(batch)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def json_chunks(batches: Iterable[list[dict[str, Any]]]) -> Iterator[bytes]:
    """Yield JSON Lines: an object a line, in UTF-8."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for batch in batches:
        yield "".join([encode(row) + "\n" for row in batch]).encode()


def xlsx_chunks(
    header: Sequence[str],
    batches: Iterable[list[Sequence[Cell]]],
    *,
    title: str,
    widths: Sequence[int] = (),
    rows_in_sheet: int = ROWS_IN_SHEET,
) -> Iterator[bytes]:
    """Yield an XLSX file, further sheets when one is full.

    The format's index stands at its end, so the file is made on disk before its first byte is sent.
    """
    with TemporaryFile() as file:
        workbook = Workbook(
            file,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        _fill(workbook, header, batches, title=title, widths=widths, rows_in_sheet=rows_in_sheet)
        workbook.close()
        file.seek(0)
        while chunk := file.read(_FILE_CHUNK):
            yield chunk


def _fill(
    workbook: Workbook,
    header: Sequence[str],
    batches: Iterable[list[Sequence[Cell]]],
    *,
    title: str,
    widths: Sequence[int],
    rows_in_sheet: int,
) -> None:
    bold = workbook.add_format({"bold": True})
    sheets = 0

    def next_sheet() -> Any:  # noqa: ANN401 - the library has no types
        nonlocal sheets
        sheets += 1
        sheet = workbook.add_worksheet(title if sheets == 1 else f"{title} {sheets}")
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for column, text in enumerate(header):
            sheet.write_string(0, column, text, bold)
        return sheet

    sheet, line = next_sheet(), 0
    for batch in batches:
        for row in batch:
            if line == rows_in_sheet:
                sheet, line = next_sheet(), 0
            line += 1
            _write_row(sheet, line, row)


def _write_row(sheet: Any, line: int, row: Sequence[Cell]) -> None:  # noqa: ANN401 - as above
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(line, column, cell)
        elif cell:
            sheet.write_string(line, column, cell[:_LONGEST_CELL])
