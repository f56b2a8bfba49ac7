"""Sets out neighbouring questions that share their answers as the rows of one grid.

The same nine sites graded twice a day, or a list of criteria, are read and filled in as a grid: one
row a question, one column an answer. Each row stays a field of its own, with its error, its query,
its history and its "not available".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.web.kit import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Field = dict[str, Any]

FEWEST_ROWS = 3
MOST_COLUMNS = 6
_WIDEST_HEAD = 16  # what stands above a column, in Latin characters
_WIDEST_MARK = 8  # what stands in a cell
_ENDS_PREFIX = ("：", ": ")


def in_groups(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return *fields* in their order as groups ``{"fields", "columns", "heads"}``.

    ``columns`` is 0 for fields that stand alone; in a grid it is the number of answers, and
    ``heads`` their wording above the columns (empty where the cells themselves say it). The fields
    of a grid come back with ``layout`` "cells", ``marks`` (what stands in each cell) and ``prefix``
    (what all labels begin with; it is spoken only).
    """
    groups: list[dict[str, Any]] = []
    for run in _runs(fields):
        marks = _marks(run[0]) if len(run) >= FEWEST_ROWS else None
        if marks is not None:
            groups.append(_grid(run, marks))
        elif groups and not groups[-1]["columns"]:
            groups[-1]["fields"].extend(run)
        else:
            groups.append({"fields": list(run), "columns": 0, "heads": []})
    return groups


def _runs(fields: Sequence[Field]) -> Iterator[list[Field]]:
    """Yield the longest runs of neighbouring choices with equal options, other fields singly."""
    run: list[Field] = []
    for field in fields:
        if run and not (
            field["kind"] == run[0]["kind"] == "choice" and field["options"] == run[0]["options"]
        ):
            yield run
            run = []
        run.append(field)
    if run:
        yield run


def _marks(field: Field) -> list[str] | None:
    """Return what stands in each cell of a row, None when the answers do not fit columns.

    A numbered answer is told by its number under its wording; any other must be short.
    """
    if field["kind"] != "choice" or not 2 <= len(field["options"]) <= MOST_COLUMNS:  # noqa: PLR2004
        return None
    marks = []
    for option in field["options"]:
        text, value = option["text"], option["value"]
        is_short = text_width(text) <= _WIDEST_MARK and not value.isdecimal()
        is_numbered = value.isdecimal() and text_width(text) <= _WIDEST_HEAD
        if not (is_short or is_numbered) or option.get("hint"):
            return None
        marks.append(text if is_short else value)
    return marks


def _grid(run: list[Field], marks: list[str]) -> dict[str, Any]:
    texts = [option["text"] for option in run[0]["options"]]
    prefix = _shared_prefix([field["label"] for field in run])
    return {
        "fields": [field | {"layout": "cells", "marks": marks, "prefix": prefix} for field in run],
        "columns": len(marks),
        "heads": [] if marks == texts else texts,
    }


def _shared_prefix(labels: list[str]) -> str:
    """Return what all *labels* begin with, up to a colon; empty when there is no such thing."""
    first = labels[0]
    ends = [first.find(mark) + len(mark) for mark in _ENDS_PREFIX if mark in first]
    prefix = first[: min(ends)] if ends else ""
    return prefix if prefix and all(label.startswith(prefix) for label in labels) else ""
