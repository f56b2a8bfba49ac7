"""What a cell holds in words of the page's language, and what a reference may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.forms import ctcae
from edc.protocol import STUDY
from edc.study.casebook import EMPTY
from edc.study.items import File, Reference
from edc.study.missing import MISSING_LABELS
from edc.web.request import language, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Language
    from edc.study.casebook import Casebook, Cell, Record
    from edc.study.crf import Crf
    from edc.study.items import Item


def reference_options(item: Reference, book: Casebook) -> list[dict[str, str]]:
    """Return what a reference may name: rows of a register, people, participants, CTCAE terms."""
    if item.to == "CTCAE":
        other: Language = "en" if language() == "zh" else "zh"
        return [
            {"value": key, "text": text(term.name), "search": term.name.text(other)}
            for key, term in ctcae.terms().items()
        ]
    if item.to in STUDY.crfs:
        return [
            {"value": str(record.row), "text": row_name(STUDY.crfs[item.to], record)}
            for record in book.of_form(item.to)
        ]
    rows = book.entries(item.to)
    return [{"value": key, "text": _entry_name(item.to, key, rows[key])} for key in sorted(rows)]


def _entry_name(register: str, key: str, entry: Mapping[str, Any]) -> str:
    """Return what an entry is called where it is chosen: its key, and what the register tells."""
    declared = next((one for one in STUDY.registers if one.code == register), None)
    if declared is None:
        return str(entry.get("NAME", key))
    told = ((declared.by_code[code], entry.get(code)) for code in declared.shown_with)
    words = [item.write(value, language()) for item, value in told if value is not None]
    return " · ".join([str(entry.get("NAME", key)), *words])


def row_name(crf: Crf, record: Record) -> str:
    """Return how a row of a log is called: its number, and what the CRF names its rows by."""
    titles = (crf.by_code[code] for code in crf.row_title)
    said = (display(item, record.cells.get((item.code, 1), EMPTY)) for item in titles)
    return " · ".join([f"{record.row}", *(text for text in said if text)])


def display_value(item: Item, cell: Cell) -> str:
    """Return what a cell holds in words, without its unit; its field shows that beside it."""
    return item.write(cell.value, language()) if cell.value is not None else ""


def display(item: Item, cell: Cell) -> str:
    """Return what a cell holds, in words of the page's language."""
    if cell.missing is not None:
        reason = f" ({cell.missing_reason})" if cell.missing_reason else ""
        label = next((m for c, m in MISSING_LABELS.items() if c == cell.missing), None)
        return (text(label) if label else cell.missing) + reason
    if cell.value is None:
        return ""
    if isinstance(item, Reference) and item.to == "CTCAE":
        term = ctcae.terms().get(cell.value)
        return text(term.name) if term else cell.value
    if isinstance(item, File):
        return f"SHA-256 {cell.value[:12]}…"  # beside the picture itself
    shown = item.write(cell.value, language())
    unit = item.unit
    if unit and not unit.is_count:
        return f"{shown} {text(unit.label)}"
    return shown
