"""The settings of this study: every figure that its investigators may set, each with its source.

The specification proposes them (its mark [A]) and asks the investigators to confirm them.  What
depends on one reads it here; expressions hold it as a number, so a changed setting shows in the
codebook and gives the study a new fingerprint, as an amendment of the protocol does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

HBV_DNA_LIMIT: Final = 20
"""IU/mL above which hepatitis B counts as active (IE-10)."""

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

REPORT_WITHIN: Final = timedelta(hours=24)
"""From when the investigator became aware until a SAE or a pregnancy is reported (section 3.4)."""

REMINDED_AFTER: Final = timedelta(hours=18)
"""From when the investigator became aware until they are reminded (SAE-02)."""

GRAVE_SUSAR_REMINDED_BEFORE: Final = timedelta(days=2)
"""Before the first report of a fatal or life-threatening SUSAR is due: day 5 of 7 (SAE-04)."""

SUSAR_REMINDED_BEFORE: Final = timedelta(days=3)
"""Before the first report of any other SUSAR is due: day 12 of 15 (SAE-04)."""

FOLLOW_UP_REMINDED_BEFORE: Final = timedelta(days=2)
"""Before further information on a SUSAR is due."""

RECONSENT_WITHIN: Final = timedelta(days=14)
"""From the approval of a new consent form until it is signed (IC-04)."""

RECONSENT_REMINDED_BEFORE: Final = timedelta(days=4)
"""Before a re-consent is due."""

WORKING_DAYS_TO_REPORT: Final = 5
"""From when a major deviation is found until the ethics committee is told (DV-01)."""
