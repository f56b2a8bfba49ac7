"""The condition by which a statement leaves out what would tell an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_

from edc.randomization.masking import FIRST_RESTRICTED_ROW, RESTRICTED_FORMS, RESTRICTED_ITEMS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute


def tells_no_arm(
    form: InstrumentedAttribute[str],
    item: InstrumentedAttribute[str],
    row: InstrumentedAttribute[int],
) -> ColumnElement[bool]:
    """Return the condition that a row of the database would not tell an arm.

    :param form: its columns that say where in the casebook it stands.
    """
    by_form: dict[str, list[str]] = {}
    for code, restricted in sorted(RESTRICTED_ITEMS):
        by_form.setdefault(code, []).append(restricted)
    return and_(
        form.not_in(sorted(RESTRICTED_FORMS)),
        *(not_(and_(form == code, item.in_(items))) for code, items in by_form.items()),
        *(not_(and_(form == code, row >= first)) for code, first in FIRST_RESTRICTED_ROW.items()),
    )
