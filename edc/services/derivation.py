"""Computing derived items: on the CRF being saved, and on every CRF that reads what changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from edc.models import CrfEntry
from edc.protocol import STUDY
from edc.services import rules
from edc.services.dependence import (
    Change,
    ItemRef,
    of_completeness,
    of_derived,
    of_derived_item,
)
from edc.study import groups
from edc.study.casebook import EMPTY, Casebook, Cell, Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.services.casebooks import Opened, Place
    from edc.services.data_points import CellKey
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.crf import Crf
    from edc.study.items import Calculated

_MAX_ROUNDS = 5


def derive(
    book: Casebook, record: Record, *, only: Sequence[Calculated] | None = None
) -> list[CellKey]:
    """Compute the record's derived items in their order; return those that changed.

    In a repeating group they are computed for each of its rows.

    :param only: the items that may have changed; left out, every one.
    """
    changed = []
    crf = STUDY.crfs[record.form].at(record.row)
    for item in crf.calculated if only is None else only:
        for repeat in groups.touched_or_first(record, crf, item.code):
            value = item.rule(book.scope(record, repeat))
            if record.cells.get((item.code, repeat), EMPTY).value != value:
                record.cells[item.code, repeat] = Cell(value)
                book.put(record)
                changed.append((item.code, repeat))
    return changed


def derive_elsewhere(
    opened: Opened, saved: Record, changed: set[ItemRef]
) -> dict[Place, list[CellKey]]:
    """Recompute what is derived on other CRFs from *changed* items; return what changed there.

    A derived item may read another derived one, so it goes on until nothing changes.
    """
    found: dict[Place, list[CellKey]] = defaultdict(list)
    pending = Change(saved, typed=frozenset(changed), derived=frozenset())
    for _ in range(_MAX_ROUNDS):
        derived: set[ItemRef] = set()
        for record in list(opened.book.records.values()):
            crf = STUDY.crfs[record.form].at(record.row)
            if record is saved or not pending.reaches(record, of_derived(crf.code, crf.part)):
                continue
            keys = derive(opened.book, record, only=_reached(crf, record, pending))
            if keys:
                known = found[record.place]
                known += [key for key in keys if key not in known]
                derived |= {(record.form, code) for code, _ in keys}
        if not derived:
            break
        pending = Change(saved, typed=frozenset(), derived=frozenset(derived))
    return found


def _reached(crf: Crf, record: Record, change: Change) -> Sequence[Calculated] | None:
    """Return which derived items of a part to compute; None of a whole CRF, which has few.

    A panel of the laboratory has a hundred, of which a weight or a baseline changes one or two.
    """
    if not crf.part:
        return None
    return [
        item
        for item in crf.calculated
        if change.reaches(record, of_derived_item(crf.code, crf.part, item.code))
    ]


def complete_elsewhere(uow: UnitOfWork, opened: Opened, change: Change) -> None:
    """Judge anew whether other CRFs are complete: what is asked there may rest on this one."""
    for record in opened.book.records.values():
        crf = STUDY.crfs[record.form].at(record.row)
        reads = of_completeness(crf.code, crf.part)
        if record is change.saved or not change.reaches(record, reads):
            continue
        is_complete = rules.is_complete(opened.book, record)
        if is_complete != record.is_complete:
            record.is_complete = is_complete
            stored = opened.stored[record.place]
            uow.session.get_one(CrfEntry, stored.entry_id).is_complete = is_complete
