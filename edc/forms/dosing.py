"""How the product is given: the settings of the study by route, and by how a batch is stored.

Section 1.3 proposes them and asks the investigators to confirm them; everything that depends on a
volume, a contact time or a storage temperature reads them here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

Bounds = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosing:
    """One route of the product.

    :param site: the injured site (INJSITE) that it treats.
    :param planned: mL of one dose, or mL for each cm² of skin if *by_area*.
    :param usual: mL outside which a dose is asked about (EX-05); outside *possible* it is refused.
    :param contact: the usual contact time in minutes.
    :param a_day: doses planned for a day.
    """

    route: str
    site: str
    planned: Decimal
    usual: Bounds
    possible: Bounds
    contact: Bounds
    a_day: int
    by_area: bool = False


DOSING: Final = {
    one.route: one
    for one in (
        Dosing(
            route="ORAL RINSE", site="ORAL", planned=Decimal(15),
            usual=("12", "18"), possible=("1", "50"), contact=("2", "10"), a_day=3,
        ),
        Dosing(
            # Between 0.1 and 0.2 mL/cm².
            route="TOPICAL", site="SKIN", planned=Decimal("0.15"), by_area=True,
            usual=("1", "100"), possible=("0.1", "500"), contact=("10", "120"), a_day=1,
        ),
        Dosing(
            route="INTRAVESICAL", site="BLAD", planned=Decimal(50),
            usual=("45", "55"), possible=("1", "100"), contact=("20", "120"), a_day=1,
        ),
    )
}  # fmt: skip

THAW_HOURS: Final = 4
"""The product is given within so many hours after it left storage."""

TREATMENT_DAYS: Final = 28
"""The longest course, counted from D0."""

STORAGE: Final[dict[str, Bounds]] = {
    "C2_8": ("2", "8"),
    "M20": ("-25", "-15"),
    "M80": ("-90", "-60"),
    "LN2": ("-200", "-150"),  # liquid or its vapour
    "DRY": ("10", "30"),  # room temperature of the Chinese Pharmacopoeia
}
"""Temperatures in °C, by how a batch is stored (STORE)."""


def by_route(bound: str, end: int) -> str:
    """Return, as an expression over EXROUTE, one end of a pair of bounds.

    While no route is answered the widest bounds of all hold.

    :param bound: ``usual``, ``possible`` or ``contact``; *end* is 0 for the lower one.
    """
    ends: dict[str, str] = {one.route: getattr(one, bound)[end] for one in DOSING.values()}
    widest = (min if end == 0 else max)(ends.values(), key=Decimal)
    found = widest
    for route, value in ends.items():
        found = f"{value} if EXROUTE == '{route}' else {found}"
    return found


def fits_no_site() -> str:
    """Return, as an expression, that a route and the site it is said to treat do not belong."""
    return " or ".join(
        f"EXROUTE == '{one.route}' and EXSITE != '{one.site}'" for one in DOSING.values()
    )
