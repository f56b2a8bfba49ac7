"""Sets out neighbouring questions that share their answers as the rows of one grid.

The same nine sites graded twice a day, a list of criteria, or scores from 0 to 10 are read and
filled in as a grid: one row a question, one column an answer. Each row stays a field of its own,
with its error, its query, its history and its "not available".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.study.conditions import walk
from edc.web.kit import text_width
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edc.study.codelists import Code
    from edc.study.items import Integer

Field = dict[str, Any]

FEWEST_ROWS = 3
MOST_COLUMNS = 6
_WIDEST_HEAD = 16  # what stands above a column, in Latin characters
_WIDEST_MARK = 8  # what stands in a cell
_ENDS_PREFIX = ("：", ": ")


def as_option(code: Code) -> dict[str, str]:
    """Return an answer of a code list as a field offers it; *short* fits a cell."""
    option = {"value": code.value, "text": text(code.label)}
    return option | ({"short": text(code.short)} if code.short else {})


def as_scale(item: Integer) -> Field:
    """Return what makes every number of a scale an answer to be chosen.

    :raises ValueError: when the item has no scale, or bounds that are no numbers.
    """
    if item.scale is None or item.hard is None or not item.hard.is_constant:
        message = f"{item.code} has no scale between two numbers"
        raise ValueError(message)
    low, high = (int(bound.tree[1]) for bound in (item.hard.low, item.hard.high) if bound)
    words = {low: text(item.scale[0]), high: text(item.scale[1])}
    numbers = range(low, high + 1, item.step)
    return {
        "kind": "choice",
        "ends": list(words.values()),
        "options": [{"value": str(n), "text": words.get(n, str(n))} for n in numbers],
    }


def usual_answer(code: str, fields: Sequence[Field]) -> dict[str, str] | None:
    """Return the answer that one tap gives to the rest of a section; None where nobody types."""
    offered = (
        option
        for field in fields
        if not field["read_only"]
        for option in field.get("options") or ()
        if option["value"] == code
    )
    return next(offered, None) if code else None


def in_groups(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return *fields* in their order as groups, each a mapping.

    ``fields`` are its fields and ``columns`` 0 where they stand alone; in a grid it is the number
    of answers, ``heads`` their wording above the columns (empty where the cells themselves say it),
    and ``figures`` tells whether a figure on the keyboard chooses one. A grid of scales has
    ``ends`` instead: what its lowest and its highest number mean. The fields of a grid
    come back with ``layout`` "cells", ``marks`` (what stands in each cell) and ``prefix`` (what all
    labels begin with; it is spoken only). A text that is asked because of the row above it stays in
    the grid, as a field of its own.
    """
    groups: list[dict[str, Any]] = []
    for run in _runs(fields):
        marks = _marks(run)
        if marks is not None:
            groups.append(_grid(run, marks))
        elif groups and not groups[-1]["columns"]:
            groups[-1]["fields"].extend(run)
        else:
            groups.append({"fields": list(run), "columns": 0, "heads": [], "ends": []})
    return groups


def _runs(fields: Sequence[Field]) -> Iterator[list[Field]]:
    """Yield the longest runs of neighbouring choices with equal options, other fields singly."""
    run: list[Field] = []
    row: Field | None = None  # the last choice of the run
    for field in fields:
        if row and not (_is_alike(field, row) or _follows(field, row)):
            yield run
            run, row = [], None
        run.append(field)
        row = field if field["kind"] == "choice" else row
        if row is None:
            yield run
            run = []
    if run:
        yield run


def _is_alike(field: Field, row: Field) -> bool:
    return bool(field["kind"] == "choice" and field["options"] == row["options"])


def _follows(field: Field, row: Field) -> bool:
    """Tell whether a text is asked because of what *row* alone was answered."""
    if field["kind"] != "text" or not field.get("shown_when"):
        return False
    return {node[1:] for node in walk(field["shown_when"]) if node[0] in _READING} == {
        (row["name"],)
    }


_READING = frozenset({"item", "fact", "foreign", "previous", "any", "count", "at"})


def _marks(run: list[Field]) -> list[str] | None:
    """Return what stands in each cell of a row, None when the answers do not fit columns.

    A numbered answer is told by its number under its wording; any other must be short.
    """
    first = run[0]
    if first["kind"] != "choice":
        return None
    if first.get("ends"):
        return [option["value"] for option in first["options"]]
    rows = [field for field in run if field["kind"] == "choice"]
    if len(rows) < FEWEST_ROWS or not 2 <= len(first["options"]) <= MOST_COLUMNS:  # noqa: PLR2004
        return None
    marks = []
    for option in first["options"]:
        words, value = option.get("short", option["text"]), option["value"]
        is_short = text_width(words) <= _WIDEST_MARK and not value.isdecimal()
        is_numbered = value.isdecimal() and text_width(words) <= _WIDEST_HEAD
        if not (is_short or is_numbered) or option.get("hint"):
            return None
        marks.append(words if is_short else value)
    return marks


def _grid(run: list[Field], marks: list[str]) -> dict[str, Any]:
    ends: list[str] = run[0].get("ends", [])
    texts = [option["text"] for option in run[0]["options"]]
    rows = [field for field in run if field["kind"] == "choice"]
    prefix = _shared_prefix([field["label"] for field in rows])
    cells = {"layout": "cells", "marks": marks, "prefix": prefix}
    return {
        "fields": [field | cells if field["kind"] == "choice" else field for field in run],
        "columns": len(marks),
        "heads": [] if ends or marks == texts else texts,
        "figures": any(mark.isdecimal() for mark in marks),
        "ends": ends,
    }


def _shared_prefix(labels: list[str]) -> str:
    """Return what all *labels* begin with, up to a colon; empty when there is no such thing."""
    first = labels[0]
    ends = [first.find(mark) + len(mark) for mark in _ENDS_PREFIX if mark in first]
    prefix = first[: min(ends)] if ends else ""
    return prefix if prefix and all(label.startswith(prefix) for label in labels) else ""
