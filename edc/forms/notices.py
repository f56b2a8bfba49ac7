"""Who is told what checks set off: the roles behind the alerts of the specification's tables."""

from __future__ import annotations

from typing import Final

from edc.permissions import Role

SITE: Final = frozenset({Role.RESEARCH_NURSE, Role.INVESTIGATOR})
USUAL: Final = SITE | {Role.DATA_MANAGER}
"""Who is told where the specification names nobody."""

_INVESTIGATOR: Final = frozenset({Role.INVESTIGATOR})
_AND_SPONSOR: Final = SITE | {Role.SAFETY_OFFICER}

AUDIENCE: Final[dict[str, frozenset[Role]]] = {
    "VIR-03": _INVESTIGATOR,  # "restricted alert to the investigator only"
    "PREGT-02": _AND_SPONSOR,
    "EX-01": SITE,  # "alert to PI"; whoever records the dose must know at once
    "AE-12": USUAL | {Role.SAFETY_OFFICER},
    "SAE-01": _AND_SPONSOR,  # "alert to PI and sponsor"
    "SAE-02": SITE,
    "SAE-04": _AND_SPONSOR,
    "PREG-01": _AND_SPONSOR,
    "DTH-03": USUAL | {Role.SAFETY_OFFICER},
    "UNBL-01": USUAL | {Role.SAFETY_OFFICER},  # "PI and sponsor are told that it happened"
}
"""Who is told, by the id of a check that sets off a notice; all others tell ``USUAL``."""

WARNED: Final[dict[str, frozenset[Role]]] = {
    "PRO-02": frozenset({Role.DATA_MANAGER}),  # "pattern flag for the data manager only"
}
"""Who is warned, by the id of a check of severity W; by all others whoever saves the CRF.

Those who are named enter nothing there: they are warned when they open the CRF.
"""

CHANGED: Final = "CHANGED"
"""Section 3.5, rule 6: the notice of a changed key item is ``CHANGED:ITEM``."""
TOLD_OF_CHANGES: Final = frozenset({Role.DATA_MANAGER})


def audience(rule: str) -> frozenset[Role]:
    """Return the roles that are told of a notice, by the id of its rule."""
    if rule.startswith(f"{CHANGED}:"):
        return TOLD_OF_CHANGES
    return AUDIENCE.get(rule, USUAL)


def is_warned(role: Role | None, rule: str) -> bool:
    """Tell whether *role* is warned by a check, by its id; None is the system itself."""
    return role is None or rule not in WARNED or role in WARNED[rule]
