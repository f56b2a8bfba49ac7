"""Whether an assessor knew the arm, as the system marks it: OMMASK, SKMASK and BCMASK are then N.

Section 5.4: "later assessments by that person are marked". An assessment is that of whoever said
that it was done; it is a later one when its day is not before the day from which that person knows
the arm. What was already recorded stays as it was recorded, unless its day or whether it was done
is changed afterwards; what is marked nobody changes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.study.casebook import EMPTY, Cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.services.casebooks import Opened
    from edc.study.casebook import Record

FORMS: Final = ("OM", "SK", "BC")
UNAWARE: Final = {form: f"{form}MASK" for form in FORMS}
"""The item of each assessment that says whether its assessor was unaware of the arm."""

KNOWS: Final = "N"

CellKey = tuple[str, int]


def settle(
    opened: Opened,
    record: Record,
    *,
    before: Mapping[CellKey, Cell],
    typed: dict[CellKey, Cell],
    by: str,
) -> None:
    """Mark the record that is about to be saved, where its assessor knows the arm.

    :param record: the record with what was typed; *before* and *typed* its stored and sent cells.
    :param by: the user name of whoever saves it.
    """
    if record.form not in UNAWARE or not opened.unmasked:
        return
    done, day, mask, assessor = (
        (f"{record.form}{part}", 1) for part in ("PERF", "DAT", "MASK", "EVAL")
    )
    if record.cells.get(done, EMPTY).value != "Y":
        return
    who = before.get(assessor, EMPTY).value or by
    known_on = opened.unmasked.get(who)
    if known_on is None or (record.cells.get(day, EMPTY).value or known_on) < known_on:
        return
    stored = before.get(mask, EMPTY)
    is_new = before.get(assessor, EMPTY).value is None
    is_moved = any(
        record.cells.get(key, EMPTY).value != before.get(key, EMPTY).value for key in (done, day)
    )
    if stored.value == KNOWS:
        typed[mask] = record.cells[mask] = stored
    elif is_new or is_moved:
        marked = Cell(KNOWS, changed_after_randomisation=opened.slot is not None)
        typed[mask] = record.cells[mask] = marked


def mark_of(opened: Opened, record: Record, *, by: str) -> str:
    """Return the item of an assessment that its page leaves to the system; empty for none.

    :param by: the user name of whoever opens it.
    """
    mask = UNAWARE.get(record.form)
    if mask is None or not opened.unmasked:
        return ""
    assessor, day, held = (
        record.cells.get((code, 1), EMPTY).value
        for code in (f"{record.form}EVAL", f"{record.form}DAT", mask)
    )
    if assessor is None:
        return mask if by in opened.unmasked else ""
    known_on = opened.unmasked.get(assessor)
    is_marked = held == KNOWS and known_on is not None and (day or known_on) >= known_on
    return mask if is_marked else ""
