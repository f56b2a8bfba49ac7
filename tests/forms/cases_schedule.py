"""Cases of the checks of visits."""

from __future__ import annotations

from typing import Any

from tests.forms.casebooks import day
from tests.forms.check_cases import EVENT, Case, beside, pair, sv

FOR_AN_EVENT = {"UNSREAS": "AE", "UNSFORM": ["VS"]}


def held(offset: int, **event: Any) -> dict[str, Any]:
    """Return an unscheduled visit held on D + *offset*, beside an event."""
    return {"SV@UNS01": sv(day(offset)), "AE": EVENT | event}


CASES: list[Case] = [
    *pair("UNS-01", "UNS@UNS01", FOR_AN_EVENT, FOR_AN_EVENT | {"UNSREAS": "REQ"}),
    # The event began on D2, three days before and after.
    *beside("UNS-01", "UNS@UNS01", FOR_AN_EVENT, held(6), held(5)),
    *beside(
        "UNS-01", "UNS@UNS01", FOR_AN_EVENT,
        held(1, AESTDAT=day(5)), held(1, AESTDAT=day(4)),
    ),
    # A date known in part fires only if every day it may be is too far.
    *beside(
        "UNS-01", "UNS@UNS01", FOR_AN_EVENT,
        held(20, AESTDAT="2024-03"), held(14, AESTDAT="2024-03"),
    ),
    *beside("UNS-01", "UNS@UNS01", FOR_AN_EVENT, {"AE": {"AEYN": "N"}}, {"AE": EVENT}),
]  # fmt: skip
