"""What each role may see of an allocation, and by which CRFs and items an arm would be told.

One rule for pages, exports, trail and search alike. A masked role is not shown an empty place:
what is restricted does not exist for it. Source: the table "who sees what" of the study's content
specification.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.permissions import Permission, Role, grants

if TYPE_CHECKING:
    from collections.abc import Iterable

UNMASKED_ROLES: Final = frozenset(
    {
        # They treat, or prepare the product: without a placebo nothing can be hidden from them.
        Role.RESEARCH_NURSE,
        Role.INVESTIGATOR,
        Role.PHARMACIST,
        # They follow the product, or report to the committee, and enter nothing.
        Role.UNMASKED_MONITOR,
        Role.INDEPENDENT_STATISTICIAN,
    }
)
"""Those who see each participant's arm; tables by arm are another right, ``ARM_TABULATE``."""

RESTRICTED_FORMS: Final = frozenset({"EX", "BATCH"})
"""CRFs that only one arm has: their rows, counts and completeness tell the arm.

The register of batches goes with them: what was used, and of which batch, is told by EX.
"""

RESTRICTED_ITEMS: Final = frozenset(
    {
        ("RAND", "RDARM"),
        ("PRO", "PRO10"),
        ("SAE", "SAEDRUG"),
        ("PREG", "PGEXP"),
        # "Not applicable" is the answer for every control participant and for nobody else, so any
        # answer tells the arm; hiding that one answer only would tell it as well.
        ("AE", "AEREL"),
        ("AE", "AERELPR"),
        ("AE", "AEACN"),
        # The report repeats them, and a product given again was given before.
        ("SAE", "SAERELI"),
        ("SAE", "SAEACN"),
        ("SAE", "SAERECH"),
        # The narrative tells of doses.
        ("SAE", "SAENARR"),
        # The sponsor too may answer "not applicable". Where the sponsor sees no relation, a SUSAR
        # and its days say that the investigator sees one, hence that the product was given.
        ("SAE", "SAERELS"),
        ("SAE", "SUSAR"),
        ("SAE", "SUSDUE"),
        ("SAE", "SUSSUB"),
        ("SAE", "SUSFUP"),
        # Treatment ends with the last dose in one arm and with the period of care in the other, and
        # only a product is stopped for an event, for want of benefit or for a pregnancy.
        ("EOT", "EOTDAT"),
        ("EOT", "EOTREAS"),
        ("EOT", "EOTAE"),
        ("EOT", "EOTOT"),
        # A death can be the product's; the question after the event that led to it then appears.
        ("DTH", "DTHCAUS"),
        ("DTH", "DTHCTX"),
        ("DTH", "DTHAE"),
    }
)
"""Items, as (CRF, item), whose presence or value tells the arm."""

KNOWN_TO: Final = {
    ("SAE", item): frozenset({Role.SAFETY_OFFICER})
    for item in ("SAERELS", "SUSAR", "SUSDUE", "SUSSUB", "SUSFUP")
}
"""Of these the masked roles that know them all the same, because the duty is theirs.

The safety officer judges for the sponsor and reports a SUSAR to the authority within days; of a
SUSAR that role may be told the arm, case by case.
"""

FIRST_RESTRICTED_ROW: Final = {"DV": 1001}
"""Logs of which only some rows tell the arm, as a deviation in giving the product does.

Such a row is numbered from here on: its number says what it is, and no gap in the numbers of the
other rows tells that it exists.
"""


def may_see_arm(role: Role) -> bool:
    """Tell whether *role* sees the arms of the participants at its own sites."""
    return role in UNMASKED_ROLES


def person_may_see_arm(roles: Iterable[Role]) -> bool:
    """Tell whether somebody who holds all these roles at a site sees the arms there.

    Whoever assesses outcomes stays masked whatever else they may do.
    """
    held = frozenset(roles)
    return Role.OUTCOME_ASSESSOR not in held and not held.isdisjoint(UNMASKED_ROLES)


def person_may_tabulate(roles: Iterable[Role]) -> bool:
    """Tell whether somebody who holds all these roles, at whatever sites, is shown tables by arm.

    One table is enough to unmask: who assesses outcomes anywhere is shown none.
    """
    held = frozenset(roles)
    return Role.OUTCOME_ASSESSOR not in held and any(
        grants(role, Permission.ARM_TABULATE) for role in held
    )


def is_restricted(form: str, *, item: str | None = None, row: int = 1) -> bool:
    """Tell whether a CRF, the record at *row* of it, or one of its items, would tell an arm."""
    return (
        form in RESTRICTED_FORMS or (form, item) in RESTRICTED_ITEMS or is_restricted_row(form, row)
    )


def is_restricted_row(form: str, row: int) -> bool:
    """Tell whether a row of a log is one of those that tell the arm."""
    first = FIRST_RESTRICTED_ROW.get(form)
    return first is not None and row >= first


def is_visible(role: Role, *, form: str, item: str | None = None, row: int = 1) -> bool:
    """Tell whether *role* may know of this CRF, of the record at *row*, or of this item of it."""
    if may_see_arm(role) or not is_restricted(form, item=item, row=row):
        return True
    return item is not None and role in KNOWN_TO.get((form, item), ())


def known_items(role: Role) -> frozenset[tuple[str, str]]:
    """Return the restricted items, as (CRF, item), that a masked role knows all the same."""
    return frozenset(place for place, roles in KNOWN_TO.items() if role in roles)


def visible_items(role: Role, *, form: str, items: Iterable[str]) -> list[str]:
    """Return those of a CRF's items that *role* may know of, in the given order."""
    return [item for item in items if is_visible(role, form=form, item=item)]
