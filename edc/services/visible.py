"""What a role may know of a place, an item or a check of the study: one question for all readers.

Pages, exports, mail and lists ask here. Behind it stand the masking rules, by CRF and item, the
checks whose firing alone would tell an arm, and the answers that only the site reads.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from edc.forms.confidential import may_read
from edc.protocol import STUDY
from edc.randomization.masking import is_restricted, is_visible, known_items, may_see_arm

if TYPE_CHECKING:
    from edc.permissions import Role
    from edc.study.crf import Crf


def may_know(role: Role | None, *, form: str, item: str = "", rule: str = "", row: int = 1) -> bool:
    """Tell whether *role* may know of this CRF, of this item of it, and that this check fired.

    :param role: None is the system itself, which knows all.
    :param item: empty for the CRF as a whole.
    :param rule: the id of a check; empty for none.
    :param row: of a log; some rows tell the arm.
    """
    if rule and not may_read(role, form=form, item=item):
        return False  # that the check fired would tell the answer
    if role is None or may_see_arm(role):
        return True
    is_known = is_visible(role, form=form, item=item or None, row=row)
    return is_known and rule not in restricted_checks(role)


def reads_all(role: Role, crf: Crf) -> bool:
    """Tell whether *role* reads every answer of a CRF: none of them is hidden or withheld."""
    return all(
        is_visible(role, form=crf.code, item=item.code)
        and may_read(role, form=crf.code, item=item.code)
        for item in crf.items
    )


@cache
def restricted_checks(role: Role) -> frozenset[str]:
    """Return the ids of the checks of which *role* may not know that they fired."""
    if may_see_arm(role):
        return frozenset()
    return STUDY.checks_telling(STUDY.restricted - known_items(role))


def asks_in_public(role: Role) -> bool:
    """Tell whether what *role* asks may stand where masked colleagues read it."""
    return not may_see_arm(role)


def tells_arm(*, form: str, item: str = "", rule: str = "", row: int = 1) -> bool:
    """Tell whether this CRF, item, row or fired check would tell an arm."""
    return is_restricted(form, item=item or None, row=row) or rule in STUDY.restricted_checks
