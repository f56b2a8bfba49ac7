"""The condition by which a statement leaves out what would tell an arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_

from edc.randomization.masking import RESTRICTED_FORMS, RESTRICTED_ITEMS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute


def tells_no_arm(
    form: InstrumentedAttribute[str], item: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Return the condition that a row, by its columns *form* and *item*, would not tell an arm."""
    by_form: dict[str, list[str]] = {}
    for code, restricted in sorted(RESTRICTED_ITEMS):
        by_form.setdefault(code, []).append(restricted)
    return and_(
        form.not_in(sorted(RESTRICTED_FORMS)),
        *(not_(and_(form == code, item.in_(items))) for code, items in by_form.items()),
    )
