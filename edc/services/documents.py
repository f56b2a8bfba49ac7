"""Documents beside a register's entry: what a PDF or a table of measurements must be to be kept.

The type is told by the content, whatever the name says. A PDF is kept as it came, for it is the
evidence; it is never shown in a page but downloaded. A table is kept as plain UTF-8 text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.label import Label
from edc.services.files import FileRefused, StoredFile, keep_content

if TYPE_CHECKING:
    from pathlib import Path

    from edc.study.items import File

_PDF_HEAD, _PDF_END = b"%PDF-", b"%%EOF"
_PDF_TAIL = 2048
_ACTS = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_FORMULA = ("=", "@", "+", "-")
_DELIMITERS = ",;\t"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
MOST_LINES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document ready to be kept; *name* is the SHA-256 of *content* with its type."""

    name: str
    content: bytes


def read_document(data: bytes, *, item: File) -> Document:
    """Return the document in *data*; store nothing.

    :raises FileRefused: saying what to choose instead.
    """
    if not data:
        raise FileRefused(_EMPTY)
    if len(data) > item.max_bytes:
        raise FileRefused(_TOO_LARGE.filled(limit=item.max_bytes // 2**20))
    if data.startswith(_PDF_HEAD) and "application/pdf" in item.types:
        return _named(_checked_pdf(data), "pdf")
    if "text/csv" in item.types:
        return _named(_checked_table(data), "csv")
    raise FileRefused(_NOT_PDF)


def keep_document(instance: Path, document: Document) -> StoredFile:
    """Write a document so that it is there whole, or not at all."""
    return keep_content(instance, document.name, document.content)


def _named(content: bytes, extension: str) -> Document:
    return Document(name=f"{hashlib.sha256(content).hexdigest()}.{extension}", content=content)


def _checked_pdf(data: bytes) -> bytes:
    if _PDF_END not in data[-_PDF_TAIL:]:
        raise FileRefused(_BROKEN_PDF)
    if _ACTS.search(data):
        raise FileRefused(_ACTIVE_PDF)
    return data


def _checked_table(data: bytes) -> bytes:
    """Return a table of text in UTF-8, told apart from any other file by what it holds."""
    text = _decoded(data)
    lines = text.splitlines()
    delimiter = next((mark for mark in _DELIMITERS if lines and mark in lines[0]), None)
    if delimiter is None or len(lines) > MOST_LINES:
        raise FileRefused(_NOT_TABLE)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except csv.Error as error:
        raise FileRefused(_NOT_TABLE) from error
    if len(rows) < 2:  # noqa: PLR2004 - a head and a measurement
        raise FileRefused(_NOT_TABLE)
    for cell in (cell.strip() for row in rows for cell in row):
        if cell.startswith(_FORMULA) and len(cell) > 1 and not _NUMBER.fullmatch(cell):
            raise FileRefused(_FORMULAS)
    return text.encode("utf-8-sig")  # by the mark a spreadsheet reads it as UTF-8


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise FileRefused(_NOT_TABLE)


_EMPTY = Label(en="The file is empty. Choose it again.", zh="文件为空，请重新选择。")
_TOO_LARGE = Label(
    en="The file is larger than {limit} MB. Choose a smaller one.",
    zh="文件超过{limit} MB，请选择较小的文件。",
)
_NOT_PDF = Label(
    en="The file is not a PDF, whatever its name says. Choose another file.",
    zh="文件内容不是PDF（与文件名无关），请选择其他文件。",
)
_BROKEN_PDF = Label(en="The PDF is incomplete. Export it again.", zh="PDF文件不完整，请重新导出。")
_ACTIVE_PDF = Label(
    en="The PDF holds a program or another file. Print it to a plain PDF and choose that.",
    zh="PDF含有脚本或嵌入文件，请打印为普通PDF后再选择。",
)
_NOT_TABLE = Label(
    en="The file is neither a PDF nor a table of text (CSV), whatever its name says. "
    "Choose another file.",
    zh="文件内容既不是PDF也不是CSV表格（与文件名无关），请选择其他文件。",
)
_FORMULAS = Label(
    en="The table holds formulas. Export it with values only.",
    zh="表格中含有公式，请仅导出数值。",
)
