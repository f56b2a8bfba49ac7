"""What a cell holds in words of the page's language, and what a reference may name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from edc.forms import ctcae
from edc.protocol import STUDY
from edc.study.casebook import EMPTY
from edc.study.items import Date, File, Reference
from edc.study.missing import MISSING_LABELS
from edc.web.request import language, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Language
    from edc.study.casebook import Casebook, Cell, Record
    from edc.study.crf import Crf
    from edc.study.items import Item
    from edc.study.study import Register


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
    declared = next((one for one in STUDY.registers if one.code == item.to), None)
    if declared is None:
        return [{"value": key, "text": str(rows[key].get("NAME", key))} for key in sorted(rows)]
    order = _newest_first(declared, rows) if declared.in_force_from else sorted(rows)
    states = _versions(declared, rows, today=book.facts.get("today", ""))
    return [
        {"value": key, "text": _entry_text(declared, key, rows[key], states.get(key))}
        for key in order
    ]


def _newest_first(register: Register, rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the keys of versions, the one in force last on top."""
    since = register.in_force_from
    return sorted(rows, key=lambda key: (rows[key].get(since, ""), key), reverse=True)


def _versions(
    register: Register, rows: Mapping[str, Mapping[str, str]], *, today: str
) -> dict[str, str]:
    """Return what each version is today, in words; one of any state may have been signed.

    Section 3.0: what can happen by mistake is recorded, and IC-03 asks about it.
    """
    if not register.in_force_from or not today:
        return {}
    found, later = {}, ""
    for key in _newest_first(register, rows):
        since = rows[key].get(register.in_force_from, "")
        if since > today:
            found[key] = _("not approved yet")
        elif later:
            found[key] = _("replaced on %(day)s", day=later)
        else:
            found[key] = _("in force")
        later = since if since <= today else ""
    return found


def _entry_text(
    register: Register, key: str, entry: Mapping[str, str], state: str | None
) -> str:  # fmt: skip
    """Return what an entry is called where it is chosen: its key, and what the register tells."""
    words = [key]
    for code in register.shown_with:
        item, value = register.by_code[code], entry.get(code)
        if value is not None:
            said = item.write(value, language())
            words.append(f"{text(item.label)} {said}" if isinstance(item, Date) else said)
    return " · ".join([*words, state] if state else words)


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
