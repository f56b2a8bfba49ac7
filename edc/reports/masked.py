"""The conditions by which a statement leaves out what would tell an arm, or what the site keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_, or_, true

from edc.forms.confidential import SCREENS
from edc.permissions import Permission, grants
from edc.randomization.masking import (
    FIRST_RESTRICTED_ROW,
    RESTRICTED_FORMS,
    RESTRICTED_ITEMS,
    known_items,
    may_see_arm,
)
from edc.services.visible import restricted_checks

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute

    from edc.permissions import Role


def known_to(
    role: Role,
    *,
    form: InstrumentedAttribute[str],
    item: InstrumentedAttribute[str],
    row: InstrumentedAttribute[int],
    check_id: InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """Return the condition that *role* may know of a row: ``may_know``, as the database asks it.

    :param form: the columns that say where in the casebook it stands, and which check fired.
    """
    reads_answers = grants(role, Permission.CONFIDENTIAL_READ)
    answers = true() if reads_answers else tells_no_answer(form, item, check_id)
    if may_see_arm(role):
        return answers
    return and_(
        answers,
        tells_no_arm(form, item, row, known=known_items(role)),
        check_id.not_in(sorted(restricted_checks(role))),
    )


def tells_no_arm(
    form: InstrumentedAttribute[str],
    item: InstrumentedAttribute[str],
    row: InstrumentedAttribute[int],
    *,
    known: frozenset[tuple[str, str]] = frozenset(),
) -> ColumnElement[bool]:
    """Return the condition that a row of the database would not tell an arm.

    :param form: its columns that say where in the casebook it stands.
    :param known: the restricted items, as (CRF, item), that the reader knows all the same.
    """
    by_form: dict[str, list[str]] = {}
    for code, restricted in sorted(RESTRICTED_ITEMS - known):
        by_form.setdefault(code, []).append(restricted)
    return and_(
        form.not_in(sorted(RESTRICTED_FORMS)),
        *(not_(and_(form == code, item.in_(items))) for code, items in by_form.items()),
        *(not_(and_(form == code, row >= first)) for code, first in FIRST_RESTRICTED_ROW.items()),
    )


def is_confidential(
    form: InstrumentedAttribute[str], item: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Return the condition that a row stands at an item whose answer only the site reads."""
    return or_(*(and_(form == owner, item == code) for owner, code in sorted(SCREENS)))


def tells_no_answer(
    form: InstrumentedAttribute[str],
    item: InstrumentedAttribute[str],
    check_id: InstrumentedAttribute[str],
) -> ColumnElement[bool]:
    """Return the condition that a query or notice would not tell an answer that the site keeps.

    What a person asks there tells nothing; that a check fired does.
    """
    return not_(and_(check_id != "", is_confidential(form, item)))
