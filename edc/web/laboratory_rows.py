"""Sets out the laboratory's items as a grid: a test a row, from its result to what it means.

Each item stays a field of its own, with its error, its query and its history; what the row's head
says already is only spoken. Columns: result (with its sign and its unit), reference limits, flag,
proposed grade, significance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edc.forms.codelists_laboratory import LBQ
from edc.forms.lb_tests import BY_CODE
from edc.web.request import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Field = dict[str, Any]

LAYOUT = "laboratory"
_SIGNS = {"LT": "<", "GT": ">"}
# Asked only beside a result: whether it is there is the result's to say.
_BESIDE = ("LBORIG", "LBQUAL")


def in_rows(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """Return the fields of a panel as one group whose ``tests`` are the rows of the grid."""
    return [{"tests": list(_rows(fields))}]


def _rows(fields: Sequence[Field]) -> Iterator[dict[str, Any]]:
    row: dict[str, Any] = {}
    for field in fields:
        code, _, part = field["name"].partition("_")
        if not part:
            if row:
                yield row
            test = BY_CODE[code]
            row = {"code": code, "label": text(test.label), "result": _compact(field)}
            row["is_optional"] = not (test.is_required or test.is_calculated)
        else:
            row[part] = _compact(field)
            if part in _BESIDE:
                row[part]["missing"] = {"allowed": False}
            if part == "LBQUAL":
                row[part] |= {"options": _signs(), "blank": "="}
            if part == "LBORIG":
                row["other_unit"] = field["unit"]
    if row:
        yield row


def _compact(field: Field) -> Field:
    """Return a field without what the grid has no room for, or says elsewhere."""
    field = field | {"range_text": None}
    field.pop("required", None)  # the row says which results are owed
    if field["kind"] == "choice":
        field["layout"] = "row" if field["name"].endswith("_LBCLSIG") else "list"
    return field


def _signs() -> list[dict[str, str]]:
    return [{"value": code.value, "text": _SIGNS[code.value]} for code in LBQ.codes]
