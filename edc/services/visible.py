"""What a role may know of a place, an item or a check of the study: one question for all readers.

Pages, exports, mail and lists ask here. Behind it stand the masking rules, by CRF and item, and the
checks whose firing alone would tell an arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.protocol import STUDY
from edc.randomization.masking import is_visible, may_see_arm

if TYPE_CHECKING:
    from edc.permissions import Role


def may_know(role: Role | None, *, form: str, item: str = "", rule: str = "", row: int = 1) -> bool:
    """Tell whether *role* may know of this CRF, of this item of it, and that this check fired.

    :param role: None is the system itself, which knows all.
    :param item: empty for the CRF as a whole.
    :param rule: the id of a check; empty for none.
    :param row: of a log; some rows tell the arm.
    """
    if role is None or may_see_arm(role):
        return True
    return (
        is_visible(role, form=form, item=item or None, row=row)
        and rule not in STUDY.restricted_checks
    )
