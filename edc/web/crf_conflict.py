"""A CRF that somebody else saved since the page was opened: both versions, and the choice.

The page carries along what it showed when it was opened (``_opened``), so that an item which only
one of the two changed is settled beforehand; an item which both changed is left to the reader.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from edc.services.submissions import address
from edc.study.casebook import EMPTY, Cell
from edc.study.items import File
from edc.web import cell_words, crf_form
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edc.services.submissions import Draft, Submission
    from edc.study.casebook import Record
    from edc.study.crf import Crf
    from edc.study.items import Item

OPENED = "_opened"
COMPARED = "_compared"
SEEN_VERSION = "_seen"
KEEP = "_keep."
SIDES = ("theirs", "yours")
_LONGEST_OPENED = 200_000
_CELL_PARTS = 3

CellKey = tuple[str, int]


def opened_text(record: Record | None, *, hidden_items: frozenset[str]) -> str:
    """Return what a page shows of *record*, as its hidden input carries it along.

    In the order of the items' codes: the order in which a database returns its rows may follow what
    was changed beside them, which is not for everybody to know.
    """
    cells = record.cells if record else {}
    return json.dumps(
        {
            address(key): [cell.value, cell.missing, cell.missing_reason]
            for key, cell in sorted(cells.items())
            if cell.is_answered and key[0] not in hidden_items
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read_opened(fields: MultiDict[str, str]) -> dict[str, Cell] | None:
    """Return what the page showed when it was opened; None when that was not sent, or is forged."""
    sent = fields.get(OPENED, "")
    if not sent or len(sent) > _LONGEST_OPENED:
        return None
    try:
        found = json.loads(sent)
        return {name: _cell(parts) for name, parts in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _cell(parts: list[str | None]) -> Cell:
    if len(parts) != _CELL_PARTS or not all(isinstance(one, str | None) for one in parts):
        raise ValueError
    value, missing, reason = parts
    return Cell(value, missing, missing_reason=reason)


def differences(
    crf: Crf,
    fields: MultiDict[str, str],
    *,
    stored: Mapping[CellKey, Cell],
    draft: Draft,
    submission: Submission,
    hidden_items: frozenset[str],
) -> list[dict[str, Any]]:
    """Return the items that are stored otherwise than typed here, as ``compare`` takes them."""
    opened = read_opened(fields)
    items = []
    numbers = {section.numbered for section in crf.sections}  # written with the row, not chosen
    for key, typed in submission.typed.items():
        item = crf.by_code.get(key[0])
        if item is None or key[0] in hidden_items | numbers:
            continue
        name = address(key)
        theirs, yours = stored.get(key, EMPTY), draft.record.cells.get(key, EMPTY)
        unread = name in draft.problems
        if not unread and _same(theirs, yours):
            continue
        entry: dict[str, Any] = {
            "name": name,
            "key": key,
            "label": text(crf.label_of(*key)),
            "theirs": cell_words.display(item, theirs),
            "yours": _as_typed(crf, item, typed) if unread else cell_words.display(item, yours),
            "keep": fields.get(KEEP + name),
        }
        if isinstance(item, File) and not unread:
            kept = fields.get(f"{name}.kept", "")
            entry["files"] = {"theirs": (theirs.value, ""), "yours": (yours.value, kept)}
        if opened is not None:
            before = opened.get(name, EMPTY)
            entry["before"] = _display(crf, key[0], before)
            if entry["keep"] not in SIDES:
                entry["keep"] = _only_change(before, theirs, None if unread else yours)
        items.append(entry)
    return items


def _same(one: Cell, other: Cell) -> bool:
    return (one.value, one.missing, one.missing_reason) == (
        other.value, other.missing, other.missing_reason,
    )  # fmt: skip


def _only_change(before: Cell, theirs: Cell, yours: Cell | None) -> str | None:
    """Return the side that alone changed the item, None when both did."""
    if yours is not None and _same(yours, before):
        return "theirs"
    return "yours" if _same(theirs, before) else None


def _display(crf: Crf, code: str, cell: Cell) -> str:
    try:
        return cell_words.display(crf.by_code[code], cell)
    except (ValueError, TypeError, KeyError):
        return ""  # forged: the reader then sees the two real versions only


def _as_typed(crf: Crf, item: Item, typed: object) -> str:
    """Return what may not be saved as it was typed, a choice in its words."""
    if item.kind == "choice" and isinstance(typed, str):
        return _display(crf, item.code, Cell(typed)) or typed
    return _raw(typed)


def _raw(typed: object) -> str:
    if isinstance(typed, dict):
        return "-".join(str(part) for part in typed.values())
    if isinstance(typed, list):
        return "; ".join(_raw(one) for one in typed)
    return str(typed)


def undecided(fields: MultiDict[str, str]) -> list[str]:
    """Return the compared items for which neither version was chosen."""
    return [
        name for name in fields.getlist(COMPARED) if name and fields.get(KEEP + name) not in SIDES
    ]


def resolved(
    crf: Crf, fields: MultiDict[str, str], *, as_new_row: bool = False
) -> MultiDict[str, str]:
    """Return the form as it is to be saved: over the version that was compared with.

    An item for which the stored version was chosen is left out, and so stays as it is. For a new
    row of a log all that was typed is kept, and the row has no version yet.
    """
    kept: MultiDict[str, str] = MultiDict(
        (name, value)
        for name, value in fields.items(multi=True)
        if name not in (COMPARED, SEEN_VERSION, "_version")
        and not name.startswith(KEEP)
        and (as_new_row or fields.get(KEEP + crf_form.owner_of(crf, name)) != "theirs")
    )
    kept["_version"] = "0" if as_new_row else fields.get(SEEN_VERSION, "")
    return kept


def typed_inputs(fields: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what was typed, as the hidden inputs beside the comparison carry it."""
    for name, value in fields.items(multi=True):
        if not name.startswith("_") and name not in crf_form.CONTROLS:
            yield name, value
