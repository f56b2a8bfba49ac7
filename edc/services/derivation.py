"""Computing derived items: on the CRF being saved, and on every CRF that reads what changed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import CrfEntry, DataPoint
from edc.protocol import STUDY
from edc.study.casebook import EMPTY, Casebook, Cell, Record

if TYPE_CHECKING:
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork

ItemRef = tuple[str, str]  # form, item; "*" is the existence of rows
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


@cache
def readers() -> dict[ItemRef, frozenset[str]]:
    """Return, for each item that a derived item of another CRF reads, the forms that read it."""
    found: dict[ItemRef, set[str]] = {}
    for crf in STUDY.all_crfs:
        for item in crf.calculated:
            for read in item.reads:
                form, _, code = read.rpartition(".")
                found.setdefault((form or crf.code, code), set()).add(crf.code)
    return {ref: frozenset(forms) for ref, forms in found.items()}


def derive_elsewhere(
    uow: UnitOfWork, opened: Opened, saved: Record, changed: set[ItemRef]
) -> set[ItemRef]:
    """Recompute the other CRFs that read *changed* items; return what changed there.

    A derived item may read another derived one, so it goes on until nothing changes.
    """
    found: set[ItemRef] = set()
    pending = set(changed)
    for _ in range(_MAX_ROUNDS):
        forms = {form for ref in pending for form in readers().get(ref, ())}
        forms |= {
            form
            for changed_form in {form for form, _ in pending}
            for form in readers().get((changed_form, "*"), ())
        }
        pending = set()
        for record in list(opened.book.records.values()):
            if record.form not in forms or record is saved:
                continue
            codes = derive(opened.book, record)
            if codes:
                _write(uow, opened, record, codes)
                pending |= {(record.form, code) for code in codes}
        found |= pending
        if not pending:
            break
    return found


def _write(uow: UnitOfWork, opened: Opened, record: Record, codes: list[str]) -> None:
    """Store the derived values of another CRF; its version stays, since nobody typed there."""
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
    entry = rows[0][0]
    found: list[DataPoint | None] = [row[1] for row in rows]
    points = {point.item: point for point in found if point is not None}
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
