"""Data points as the database holds them: read as one text a CRF, written as plain rows.

A casebook has a thousand data points and a save changes ten of them: an object for each would cost
more than all that the save decides. What a changed data point held before comes from the text that
was read while the participant was locked, and the write fails if it no longer stands there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc.models import CrfEntry, DataPoint
from edc.models.audit import ENTRY_BITS
from edc.models.audit import Place as AuditPlace
from edc.models.json_rows import json_rows
from edc.models.row_writing import RowChange, write_rows
from edc.study.casebook import Cell, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from edc.services.casebooks import Opened, Place

CellKey = tuple[str, int]  # item, repeat

# Most cells hold one of a few codes, and a cell never changes: the same ones serve every casebook.
_cell = lru_cache(maxsize=4096)(Cell)

POINTS = (
    select(
        json_rows(
            DataPoint.item, DataPoint.repeat, DataPoint.value, DataPoint.missing,
            DataPoint.missing_reason, DataPoint.revision, DataPoint.audit_id,
        )
    )
    .where(DataPoint.entry_id == CrfEntry.id)
    .scalar_subquery()
)  # fmt: skip
"""A CRF's data points in one text, beside its own columns."""


@dataclass(frozen=True, slots=True)
class StoredCrf:
    """A CRF's row and its data points, as they were read."""

    entry_id: int
    points: str

    def rows(self) -> list[list[Any]]:
        """Return the columns of each data point, in the order of ``POINTS``."""
        found: list[list[Any]] = json.loads(self.points)
        return found


class StoredRecord(Record):
    """A record whose cells are read from the database's text when somebody first asks for one."""

    __slots__ = ("_allocated", "_stored")

    def __init__(self, place: Place, stored: StoredCrf, *, allocated: int | None) -> None:
        """Take the place; the cells stay unset until ``__getattr__`` is asked for them.

        :param allocated: the audit transaction in which the participant was randomised.
        """
        self.visit, self.form, self.row = place
        self._stored = stored
        self._allocated = allocated

    def __getattr__(self, name: str) -> dict[CellKey, Cell]:
        """Read the cells, once: afterwards they are an attribute like any other."""
        if name != "cells":
            raise AttributeError(name)
        cells = self.cells = dict(_cells(self._stored.points, self._allocated))
        return cells


@lru_cache(maxsize=512)
def _cells(points: str, since: int | None) -> dict[CellKey, Cell]:
    """Return the cells of a CRF's text: a participant's CRFs are read again at each save.

    :param since: the audit transaction in which the participant was randomised.
    """
    cells = {}
    for item, repeat, value, missing, reason, revision, audit_id in json.loads(points):
        changed = since is not None and revision > 1 and audit_id >> ENTRY_BITS > since
        cells[item, repeat] = _cell(value, missing, changed, reason)
    return cells


def write_points(
    session: Session, opened: Opened, place: Place, *, cells: Mapping[CellKey, Cell]
) -> None:
    """Bring a CRF's data points to *cells*, once; what stands there already is not written again.

    :raises StaleDataError: when a data point is no longer what was read.
    """
    subject, stored = opened.subject, opened.stored[place]
    known = {(row[0], row[1]): row for row in stored.rows()}
    changes = []
    for (item, repeat), cell in cells.items():
        before = known.get((item, repeat))
        if before and before[2:5] == [cell.value, cell.missing, cell.missing_reason]:
            continue  # computed back and forth to what it was
        values = {
            "value": cell.value, "missing": cell.missing, "missing_reason": cell.missing_reason,
            "revision": before[5] + 1 if before else 1,
        }  # fmt: skip
        old = dict(zip(values, before[2:6], strict=True)) if before else None
        changes.append(
            RowChange(
                key={"entry_id": stored.entry_id, "item": item, "repeat": repeat},
                place=AuditPlace(subject.site_id, subject.id, *place, item, repeat),
                new=values, old=old, audit_id=before[6] if before else None,
            )
        )  # fmt: skip
    if changes:
        write_rows(session, DataPoint, changes)
