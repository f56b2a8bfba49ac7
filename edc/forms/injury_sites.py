"""The three injured sites of the trial, and where each is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Site:
    """A site that may be injured: its code in ``INJSITE`` and the items and CRF it owns."""

    code: str
    present_item: str  # of INJ
    onset_item: str  # of INJ
    assessment: str  # the CRF that grades it
    response_item: str  # of RSP, derived
    judged_item: str  # of RSP, the investigator's own


SITES: Final = {
    site.code: site
    for site in (
        Site("ORAL", "INJORAL", "INJORDAT", "OM", "RSPORALC", "RSPORAL"),
        Site("SKIN", "INJSKIN", "INJSKDAT", "SK", "RSPSKINC", "RSPSKIN"),
        Site("BLAD", "INJBLAD", "INJBLDAT", "BC", "RSPBLADC", "RSPBLAD"),
    )
}
