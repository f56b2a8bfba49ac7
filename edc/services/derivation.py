"""Computing derived items: on the CRF being saved, and on every CRF that reads what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import CrfEntry, DataPoint
from edc.protocol import STUDY
from edc.services import rules
from edc.services.dependence import Change, ItemRef, of_completeness, of_derived
from edc.study.casebook import EMPTY, Casebook, Cell, Record

if TYPE_CHECKING:
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork

_MAX_ROUNDS = 5


def derive(book: Casebook, record: Record) -> list[str]:
    """Compute the record's derived items in their order; return the codes that changed."""
    changed = []
    for item in STUDY.crfs[record.form].calculated:
        value = item.rule(book.scope(record))
        if record.cells.get((item.code, 1), EMPTY).value != value:
            record.cells[item.code, 1] = Cell(value)
            book.put(record)
            changed.append(item.code)
    return changed


def derive_elsewhere(
    uow: UnitOfWork, opened: Opened, saved: Record, changed: set[ItemRef]
) -> set[ItemRef]:
    """Recompute what is derived on other CRFs from *changed* items; return what changed there.

    A derived item may read another derived one, so it goes on until nothing changes.
    """
    found: set[ItemRef] = set()
    pending = Change(saved, typed=frozenset(changed), derived=frozenset())
    for _ in range(_MAX_ROUNDS):
        derived: set[ItemRef] = set()
        for record in list(opened.book.records.values()):
            if record is saved or not pending.reaches(record, of_derived(record.form)):
                continue
            codes = derive(opened.book, record)
            if codes:
                _write(uow, opened, record, codes)
                derived |= {(record.form, code) for code in codes}
        found |= derived
        if not derived:
            break
        pending = Change(saved, typed=frozenset(), derived=frozenset(derived))
    return found


def complete_elsewhere(uow: UnitOfWork, opened: Opened, change: Change) -> None:
    """Judge anew whether other CRFs are complete: what is asked there may rest on this one."""
    for record in opened.book.records.values():
        if record is change.saved or not change.reaches(record, of_completeness(record.form)):
            continue
        is_complete = not rules.owed(opened.book, record)
        if is_complete != record.is_complete:
            record.is_complete = is_complete
            _entry_with_points(uow, opened, record, [])[0].is_complete = is_complete


def _write(uow: UnitOfWork, opened: Opened, record: Record, codes: list[str]) -> None:
    """Store the derived values of another CRF; its version stays, since nobody typed there."""
    entry, points = _entry_with_points(uow, opened, record, codes)
    for code in codes:
        value = record.cells[code, 1].value
        if code in points:
            points[code].value = value
            points[code].revision += 1
        else:
            uow.session.add(
                DataPoint(
                    entry_id=entry.id, entry=entry, item=code, repeat=1, value=value, revision=1
                )
            )


def _entry_with_points(
    uow: UnitOfWork, opened: Opened, record: Record, codes: list[str]
) -> tuple[CrfEntry, dict[str, DataPoint]]:
    rows = uow.session.execute(
        select(CrfEntry, DataPoint)
        .outerjoin(DataPoint, (DataPoint.entry_id == CrfEntry.id) & DataPoint.item.in_(codes))
        .where(
            CrfEntry.subject_id == opened.subject.id,
            CrfEntry.visit == record.visit,
            CrfEntry.form == record.form,
            CrfEntry.row == record.row,
        )
    ).all()
    found: list[DataPoint | None] = [row[1] for row in rows]
    return rows[0][0], {point.item: point for point in found if point is not None}
