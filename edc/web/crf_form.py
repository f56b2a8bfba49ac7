"""Crf ⇄ page: the fields a CRF shows, and what its form sends back.

A field's name is the item's code, ``CODE.2`` in the second row of a repeating group; parts follow
after a dot (``CODE.year``, ``CODE.missing``, ``CODE.0.COLUMN``). Names of the page itself begin
with an underscore.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from edc.forms import ctcae
from edc.label import Label
from edc.protocol import STUDY
from edc.services.submissions import Submission, address
from edc.study.casebook import EMPTY, Cell
from edc.study.items import (
    Calculated,
    Choice,
    File,
    Integer,
    Item,
    LongText,
    MultiChoice,
    Reference,
    System,
    Table,
    Text,
)  # fmt: skip
from edc.study.missing import MISSING_LABELS
from edc.web import laboratory_rows
from edc.web.choice_rows import as_option, as_scale, in_groups, usual_answer
from edc.web.request import language, text
from edc.web.row_cards import RowCards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.datastructures import MultiDict

    from edc.label import Language
    from edc.study.casebook import Casebook, Record
    from edc.study.crf import Crf, Section

CellKey = tuple[str, int]
CONTROLS = frozenset({"csrf_token"})
NEVER_SAVED = -1
PROPOSAL = "_proposal"
_DATE_PARTS = ("year", "month", "day", "time")
FILE_PARTS = ("file", "kept", "remove")
_LONGEST_NAME = 60
_KEYS = {"text": "text", "reference": "ref"}


@dataclass(slots=True)
class Typed:
    """What a form sent, in the shape in which a field shows it again."""

    values: dict[CellKey, Any] = field(default_factory=dict)
    missing: dict[CellKey, tuple[str, str]] = field(default_factory=dict)
    kept: dict[CellKey, str] = field(default_factory=dict)


def read_typed(crf: Crf, form: MultiDict[str, str]) -> Typed:
    """Return what *form* sent for each item that was on the page; unknown names are kept too."""
    typed = Typed()
    for name in form:
        if name.startswith("_") or name in CONTROLS:
            continue
        code, repeat, part = _split(crf, name[:_LONGEST_NAME])
        key = (code, repeat)
        item = crf.by_code.get(code)
        if part == "missing_reason" and name.removesuffix("_reason") not in form:
            # The item is another role's: its choices are disabled and only this text is sent.
            continue
        if isinstance(item, File) and part in FILE_PARTS:
            continue
        if part in ("missing", "missing_reason"):
            old = typed.missing.get(key, ("", ""))
            sent = form[name]
            typed.missing[key] = (sent, old[1]) if part == "missing" else (old[0], sent)
            # A question with no box ticked sends nothing but its "not available" control.
            typed.values.setdefault(key, [] if isinstance(item, MultiChoice) else "")
        elif isinstance(item, MultiChoice):
            typed.values[key] = form.getlist(name)
        elif part in _DATE_PARTS:
            value = typed.values.get(key)
            parts = value if isinstance(value, dict) else {}
            typed.values[key] = parts | {part: form[name]}
        elif isinstance(item, Table):
            _read_grid(typed, key, part, form[name])
        else:
            typed.values[key] = form[name]
    _put_together(crf, typed, form)
    return typed


def _put_together(crf: Crf, typed: Typed, form: MultiDict[str, str]) -> None:
    """Bring the rows of tables into order, and read what goes with the name of a file."""
    for key, value in typed.values.items():
        item = crf.by_code.get(key[0])
        if isinstance(item, Table) and isinstance(value, dict):
            typed.values[key] = [value[number] for number in sorted(value)]
        elif isinstance(item, File):
            typed.kept[key] = form.get(f"{address(key)}.kept", "")
            if f"{address(key)}.remove" in form:
                typed.values[key] = ""


def _split(crf: Crf, name: str) -> tuple[str, int, str]:
    """Return item code, repeat and part of a field's name."""
    code, _, rest = name.partition(".")
    item = crf.by_code.get(code)
    head, _, tail = rest.partition(".")
    if head.isdecimal() and head.isascii() and not isinstance(item, Table):
        return code, int(head[:4]), tail
    return code, 1, rest


def key_of(name: str) -> CellKey:
    """Return item code and row of an item's address."""
    code, _, repeat = name.partition(".")
    is_number = repeat.isascii() and repeat.isdecimal()
    return code, int(repeat[:4]) if is_number else 1


def owner_of(crf: Crf, name: str) -> str:
    """Return the address of the item that a field's name belongs to."""
    code, repeat, _ = _split(crf, name)
    return address((code, repeat))


def _read_grid(typed: Typed, key: CellKey, part: str, value: str) -> None:
    number, _, column = part.partition(".")
    rows = typed.values.get(key)
    grid = rows if isinstance(rows, dict) else {}
    if number.isdecimal() and number.isascii() and len(number) < 4:  # noqa: PLR2004 - rows of a grid
        grid.setdefault(int(number), {})[column] = value
    typed.values[key] = grid


def submission(
    crf: Crf, form: MultiDict[str, str], *, files: frozenset[str] = frozenset()
) -> Submission:
    """Return the form as the data-entry service takes it; *files* are vouched for by the page."""
    typed = read_typed(crf, form)
    reason = form.get("_reason", "").strip() or form.get("_reason_choice", "")
    return Submission(
        typed=typed.values,
        missing=typed.missing,
        version=version_of(form),
        reason=reason,
        files=files,
        proposal=proposal_of(form),
    )


def proposal_of(form: MultiDict[str, str]) -> int | None:
    """Return the proposed deviation that the form accepts."""
    sent = form.get(PROPOSAL, "")
    is_plain = sent.isdecimal() and sent.isascii() and len(sent) < 19  # noqa: PLR2004
    return int(sent) if is_plain else None


def prefilled(values: Mapping[str, str], crf: Crf) -> dict[str, str]:
    """Return the fields of a form that is opened with these canonical values already typed."""
    found: dict[str, str] = {}
    for code, value in values.items():
        shown = crf.by_code[code].parts(value)
        if isinstance(shown, dict):
            found |= {f"{code}.{part}": given for part, given in shown.items()}
        else:
            found[code] = value
    return found


def version_of(form: MultiDict[str, str]) -> int:
    """Return the version that the page was opened with; a forged or absent one was never saved."""
    version = form.get("_version", "")
    is_plain = version.isdecimal() and version.isascii() and len(version) < 9  # noqa: PLR2004
    return int(version) if is_plain else NEVER_SAVED


@dataclass(frozen=True, slots=True)
class PageState:
    """What a CRF's fields show besides the record: what was typed, errors, queries, warnings.

    :param saved: the CRF as it is stored; the record may hold what was typed.
    :param filled: what stands in a new row as in the one before: answered by nobody yet.
    """

    typed: Typed | None = None
    saved: Record | None = None
    filled: frozenset[CellKey] = frozenset()
    errors: Mapping[str, list[tuple[str, Label]]] = field(default_factory=dict)
    queries: Mapping[CellKey, list[Any]] = field(default_factory=dict)
    warnings: Mapping[CellKey, list[Label]] = field(default_factory=dict)


def sections(
    crf: Crf,
    book: Casebook,
    record: Record,
    *,
    state: PageState,
    hidden_items: frozenset[str],
    may_type: Callable[[Item], bool],
    history: Callable[[CellKey], str],
    ask: Callable[[CellKey], str | None],
    file_urls: Callable[[CellKey, str, str], dict[str, str]],
) -> list[dict[str, Any]]:
    """Return the CRF's sections with a field for each item the person may see."""

    def fields_of(
        section: Section, repeat: int, listed: Mapping[CellKey, Cell]
    ) -> list[dict[str, Any]]:
        """Return a row's fields; what is *listed* stands in them as if it had been typed."""
        fields = []
        scope = book.scope(record, repeat)
        for item in section.items:
            key = (item.code, repeat)
            if item.code in hidden_items or (item.only_arm and not scope.is_shown(item)):
                continue
            cell = record.cells.get(key, EMPTY)
            fields.append(
                _field(
                    item, key, listed.get(key, cell), book=book, shown=scope.is_shown(item),
                    is_own=key not in listed and key not in state.filled, state=state,
                    is_aside=section.layout == laboratory_rows.LAYOUT,
                )
                | {
                    "required": scope.is_required(item),
                    "read_only": not may_type(item),
                    "history_url": history(key)
                    if cell.is_answered and key not in state.filled
                    else None,
                    "ask_url": ask(key),
                }
            )  # fmt: skip
            if isinstance(item, File):
                fields[-1] |= _file(item, fields[-1], state.typed, repeat, file_urls)
        return fields

    found = []
    for section in crf.sections:
        entry: dict[str, Any] = {
            "id": f"section-{section.code}",
            "title": text(section.label),
            "hint": text(section.hint) if section.hint else None,
        }
        if section.repeats > 1:
            entry["cards"] = RowCards(
                section=section, book=book, record=record, typed=state.typed, saved=state.saved,
                may_add=all(may_type(item) for item in section.items if item.is_typed),
                fields_of=partial(fields_of, section), said=display,
            ).drawn()  # fmt: skip
            found.append(entry)
        elif fields := fields_of(section, 1, {}):
            entry["rest"] = usual_answer(section.rest, fields)
            is_grid = section.layout == laboratory_rows.LAYOUT
            entry["groups"] = laboratory_rows.in_rows(fields) if is_grid else in_groups(fields)
            found.append(entry)
    return found


def _field(
    item: Item,
    key: CellKey,
    cell: Cell,
    *,
    book: Casebook,
    shown: bool,
    is_own: bool,
    is_aside: bool,
    state: PageState,
) -> dict[str, Any]:
    name = address(key)
    typed = state.typed
    value = typed.values[key] if typed and key in typed.values else _stored(item, cell)
    missing = typed.missing.get(key) if typed and key in typed.values else None
    if missing is None:
        missing = (cell.missing or "", cell.missing_reason or "")
    queries = state.queries.get(key, [])
    errors = state.errors.get(name, [])
    # What was answered and is asked no longer stays in sight: its query says to clear it.
    is_left_over = is_own and not shown and item.is_typed and cell.is_answered
    entry: dict[str, Any] = {
        "name": name,
        "kind": _KEYS.get(item.kind, item.kind),
        "label": text(item.label),
        "hint": text(item.hint) if item.hint else None,
        "unit": text(item.unit.label) if item.unit and not item.unit.is_count else None,
        "value": value,
        "shown": shown or is_left_over,
        "shown_when": item.shown_when.tree if item.shown_when and not is_left_over else None,
        "range_text": _range_text(item),
        "error": " ".join(text(message) for _, message in errors) or None,
        "warnings": [text(message) for message in state.warnings.get(key, [])],
        "query": _queries(queries, is_aside=is_aside) if queries else None,
        "missing": {
            "allowed": item.is_typed and not isinstance(item, File),
            "code": missing[0],
            "reason": missing[1],
            "codes": [{"value": str(c), "text": text(m)} for c, m in MISSING_LABELS.items()],
        },
    }
    entry.update(_particulars(item, cell, book))
    return entry


def _queries(threads: list[dict[str, Any]], *, is_aside: bool) -> dict[str, Any]:
    """Return an item's threads, and what its field says of those that are open."""
    waiting = [thread for thread in threads if thread["state"] == "open"]
    return {
        "count": len(waiting),
        "state": "open",
        "messages": [thread["text"] for thread in waiting],
        "threads": threads,
        "is_aside": is_aside,
        "href": f"#query-{threads[0]['id']}",
    }


def _file(
    item: File,
    entry: dict[str, Any],
    typed: Typed | None,
    repeat: int,
    urls: Callable[[CellKey, str, str], dict[str, str]],
) -> dict[str, Any]:
    """Return what a file's field shows: the picture, and what the page sends of it."""
    key = (item.code, repeat)
    kept = typed.kept.get(key, "") if typed else ""
    return {
        "accept": ",".join(item.types),
        "kept": kept,
        "file": urls(key, entry["value"], kept) if entry["value"] else None,
    }


def _stored(item: Item, cell: Cell) -> Any:  # noqa: ANN401 - each kind's own shape
    if cell.value is None:
        return [] if isinstance(item, MultiChoice | Table) else ""
    if isinstance(item, Table):
        return json.loads(cell.value)  # a column is one text each, also a date
    return item.parts(cell.value)


def stored_controls(
    crf: Crf, record: Record, *, hidden_items: frozenset[str]
) -> dict[str, dict[str, list[str]]]:
    """Return what the controls of each answered item hold as stored: item → control → values.

    By it the browser tells which stored values are being changed.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for key, cell in record.cells.items():
        item = crf.by_code.get(key[0])
        if item is None or not item.is_typed or not cell.is_answered or key[0] in hidden_items:
            continue
        name = address(key)
        controls = {name: _controls(_stored(item, cell))}
        if isinstance(value := _stored(item, cell), dict):
            controls = {f"{name}.{part}": [given] for part, given in value.items() if given}
        elif isinstance(item, Table):
            controls = {
                f"{name}.{number}.{column}": [given]
                for number, row in enumerate(value)
                for column, given in row.items()
            }
        if cell.missing is not None:
            controls[f"{name}.missing"] = [cell.missing]
            controls[f"{name}.missing_reason"] = [cell.missing_reason or ""]
        found[name] = {control: values for control, values in controls.items() if any(values)}
    return found


def _controls(value: Any) -> list[str]:  # noqa: ANN401 - each kind's own shape
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _column(column: Item) -> dict[str, Any]:
    """Return a column of a small table."""
    return {
        "name": column.code,
        "label": text(column.label),
        "kind": column.kind,
        "options": [{"value": c.value, "text": text(c.label)} for c in column.codes.codes]
        if isinstance(column, Choice)
        else None,
    }


def _particulars(item: Item, cell: Cell, book: Casebook) -> dict[str, Any]:
    """Return what only one kind of item needs."""
    found: dict[str, Any] = {}
    match item:
        case Choice() | MultiChoice():
            found = {"options": [as_option(code) for code in item.codes.codes]}
        case Integer() if item.scale is not None:
            found = as_scale(item)
        case Reference():
            found = {"options": reference_options(item, book), "scanned": item.scanned}
        case Table():
            found = {"columns": [_column(column) for column in item.columns]}
        case Text() | LongText():
            found = {
                "max_length": item.max_length,
                "scanned": item.scanned,
                "suggestions": list(item.suggestions),
            }
        case Calculated() | System():
            shown = item.write(cell.value, language()) if cell.value is not None else None
            found = {"display": shown, "value": cell.value or ""}
    return found


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


def _range_text(item: Item) -> str | None:
    if item.soft is None or not item.soft.is_constant or isinstance(item, Choice):
        return None
    low = item.soft.low.tree[1] if item.soft.low else ""
    high = item.soft.high.tree[1] if item.soft.high else ""
    if low and high:
        return f"{low}–{high}"
    return f"≥ {low}" if low else f"≤ {high}"


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
