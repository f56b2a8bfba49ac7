"""The fields of a CRF as its page draws them, section by section, named as its form reads them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from edc.services.submissions import address
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
from edc.web.cell_words import display, reference_options
from edc.web.choice_rows import as_option, as_scale, in_groups, usual_answer
from edc.web.request import language, text
from edc.web.row_cards import RowCards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.label import Label
    from edc.study.casebook import Casebook, Record
    from edc.study.crf import Crf, Section
    from edc.web.crf_form import CellKey, Typed

_KEYS = {"text": "text", "reference": "ref"}


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


def _range_text(item: Item) -> str | None:
    if item.soft is None or not item.soft.is_constant or isinstance(item, Choice):
        return None
    low = item.soft.low.tree[1] if item.soft.low else ""
    high = item.soft.high.tree[1] if item.soft.high else ""
    if low and high:
        return f"{low}–{high}"
    return f"≥ {low}" if low else f"≤ {high}"
