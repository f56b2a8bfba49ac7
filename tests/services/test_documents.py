"""Documents beside a register's entry: told by their content, kept whole, refused if they act."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from edc.forms.batch import BATCH
from edc.services.documents import keep_document, read_document
from edc.services.files import FileRefused, read_file
from edc.study.items import File

CERTIFICATE, LOG = (item for item in BATCH.items if isinstance(item, File))
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
TABLE = "time,temperature\n2024-03-01 08:00,4.5\n2024-03-01 09:00,-0.5\n"


def test_a_pdf_is_kept_as_it_came_under_the_name_of_its_content(tmp_path: Path) -> None:
    document = read_document(PDF, item=CERTIFICATE)
    assert document.name == f"{hashlib.sha256(PDF).hexdigest()}.pdf"
    keep_document(tmp_path, document)
    assert read_file(tmp_path, document.name) == PDF


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_kept_as_text_that_every_spreadsheet_reads(
    tmp_path: Path, encoding: str
) -> None:
    text = TABLE.replace("temperature", "温度")
    document = read_document(text.encode(encoding), item=LOG)
    assert document.name.endswith(".csv")
    keep_document(tmp_path, document)
    kept = read_file(tmp_path, document.name)
    assert kept is not None
    assert kept.decode("utf-8-sig") == text


@pytest.mark.parametrize(
    ("data", "item"),
    [
        (b"", LOG),
        (b"GIF89a" + b"\x00" * 40, LOG),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, CERTIFICATE),
        (TABLE.encode(), CERTIFICATE),
        (b"%PDF-1.7 cut short", CERTIFICATE),
        (b"PK\x03\x04" + b"\x00" * 40, LOG),
        (b"only one column\nand another line\n", LOG),
        (b"a,b\n", LOG),
        (b"a,b\n1,\x07\n", LOG),
        (b"a,b\n=1+1,2\n", LOG),
        (b"a,b\n+cmd|' /C calc'!A0,2\n", LOG),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", LOG),
        (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /JS (app.alert(1)) >>"), CERTIFICATE),
        (PDF.replace(b"/Catalog", b"/Catalog /Names << /JavaScript 2 0 R >>"), CERTIFICATE),
        (PDF.replace(b"/Catalog", b"/Catalog /Names << /EmbeddedFiles 2 0 R >>"), CERTIFICATE),
        (PDF + b"x" * (10 * 1024 * 1024), CERTIFICATE),
    ],
)
def test_what_is_no_document_of_the_kind_is_refused_in_both_languages(
    data: bytes, item: File
) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_document(data, item=item)
    assert refusal.value.message.en
    assert refusal.value.message.zh
