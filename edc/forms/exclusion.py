"""Why a participant was not randomised, in the groups of the CONSORT flow (section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.codelists import SFREAS
from edc.forms.states import State
from edc.label import Label

if TYPE_CHECKING:
    from edc.study.casebook import Casebook

# In this order: the first criterion not met gives the group. EXC05 and EXC06 are one group, so that
# an HIV infection is not told apart.
_CRITERIA: Final = (
    ("INC01", "Y", "AGE"),
    ("INC02", "Y", "HSCT"),
    ("INC03", "Y", "INJ"),
    ("INC04", "Y", "CONS"),
    ("INC05", "Y", "CONS"),
    ("EXC01", "N", "ORGAN"),
    ("EXC02", "N", "INF"),
    ("EXC03", "N", "ALLERGY"),
    ("EXC04", "N", "PREG"),
    ("EXC05", "N", "VIRUS"),
    ("EXC06", "N", "VIRUS"),
    ("EXC07", "N", "TRIAL"),
)
NOT_CONSENTING: Final = "NOCONS"
OTHER: Final = "OTH"

EXCLUSION_LABELS: Final[dict[str, Label]] = {
    "AGE": Label(en="Age", zh="年龄不符"),
    "HSCT": Label(en="No transplant", zh="未接受移植"),
    "INJ": Label(en="No mucosal or skin injury", zh="无黏膜/皮肤损伤"),
    "CONS": Label(en="Consent or compliance", zh="知情同意/依从性不符"),
    "ORGAN": Label(en="Organ dysfunction", zh="脏器功能障碍"),
    "INF": Label(en="Uncontrolled infection", zh="未控制的感染"),
    "ALLERGY": Label(en="Allergy to the product", zh="对制品过敏"),
    "PREG": Label(en="Pregnant or breast-feeding", zh="妊娠或哺乳"),
    "VIRUS": Label(en="Viral infection (exclusions 5, 6)", zh="病毒感染（排除5、6）"),
    "TRIAL": Label(en="Another trial", zh="参加其他临床试验"),
    NOT_CONSENTING: Label(en="Approached, did not consent", zh="已接触，未签署知情同意"),
} | {code.value: code.label for code in SFREAS.codes if code.value != "IE"}

_LEFT_BEFORE: Final = {
    State.WITHDRAWN: "WBC",
    State.DIED: "DEATH",
    State.LOST: OTHER,
    State.COMPLETED: OTHER,
}


def exclusion(casebook: Casebook, state: str, not_enrolled: str | None) -> str | None:
    """Return the group of the reason for not being randomised; None while it is still open.

    :param not_enrolled: the screening log's own reason, of somebody who never consented.
    """
    if casebook.consent_date() is None and not_enrolled is not None:
        return NOT_CONSENTING
    if state == State.SCREEN_FAILED:
        reason = casebook.value("IE", "SFREAS", "SCR")
        if reason and reason != "IE":
            return reason
        return next(
            (
                group
                for code, met, group in _CRITERIA
                if (answer := casebook.value("IE", code, "SCR")) is not None and answer != met
            ),
            OTHER,
        )
    return _LEFT_BEFORE.get(State(state))
