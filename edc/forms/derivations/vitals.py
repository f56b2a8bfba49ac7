"""Body mass index and body surface area."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from edc.forms.derivations.values import number, rounded
from edc.study.conditions import as_number

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope

CENTIMETRES_PER_METRE = 100
MOSTELLER = 3600


def _height(scope: RecordScope) -> Decimal | None:
    """Return the height in cm; it is measured at screening only and serves every visit."""
    return number(scope, "HEIGHT") or as_number(scope.foreign("VS", "HEIGHT", visit="SCR"))


def body_mass_index(scope: RecordScope) -> str | None:
    """Return BMI: weight in kg / (height in m)², section 3.4."""
    weight, height = number(scope, "WEIGHT"), _height(scope)
    if not weight or not height:
        return None
    return rounded(weight / (height / CENTIMETRES_PER_METRE) ** 2)


def body_surface_area(scope: RecordScope) -> str | None:
    """Return BSA in m²: √(height in cm × weight in kg / 3600), Mosteller, section 3.4."""
    weight, height = number(scope, "WEIGHT"), _height(scope)
    if not weight or not height:
        return None
    return rounded((height * weight / MOSTELLER).sqrt())
