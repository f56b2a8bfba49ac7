"""Whether a participant can be randomised now: what is still missing, and the stratum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edc.errors import NotReady
from edc.forms.derivations.allocation import (
    Owed,
    missing_before_randomisation,
    target_site,
    transplant_type,
)  # fmt: skip
from edc.label import Label
from edc.protocol import DESIGN
from edc.randomization.design import StratumUnknown
from edc.study.casebook import Record

if TYPE_CHECKING:
    from edc.randomization.design import Stratum
    from edc.study.casebook import Casebook

RAND_PLACE: Final = ("BL", "RAND", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What a request for allocation rests on.

    :param missing: empty when the participant can be randomised.
    :param stratum: None while an answer it is made from is missing.
    """

    missing: tuple[Owed, ...]
    stratum: Stratum | None

    @property
    def is_ready(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing and self.stratum is not None


def readiness(casebook: Casebook) -> Readiness:
    """Judge the casebook by section 3.5, rule 2, as far as the study has the CRFs."""
    missing = missing_before_randomisation(casebook)
    stratum = _stratum(casebook)
    if stratum is None and not missing:
        # Both CRFs may be complete by a missing code; the stratum then has no level.
        missing = [Owed(_NO_SITE, "SCR", "INJ"), Owed(_NO_TRANSPLANT, "SCR", "HSCT")]
    return Readiness(missing=tuple(missing), stratum=stratum)


def require_ready(casebook: Casebook) -> Stratum:
    """Return the stratum of a participant who can be randomised.

    :raises NotReady: naming everything that is missing (RAND-01).
    """
    found = readiness(casebook)
    if found.stratum is None or found.missing:
        raise NotReady(_NOT_READY, missing=[owed.label for owed in found.missing], rule="RAND-01")
    return found.stratum


def _stratum(casebook: Casebook) -> Stratum | None:
    visit, form, row = RAND_PLACE
    scope = casebook.scope(Record(form, visit, row))
    site, transplant = target_site(scope), transplant_type(scope)
    if site is None or transplant is None:
        return None
    try:
        return DESIGN.stratum_of({"RDSTR1": site, "RDSTR2": transplant})
    except StratumUnknown:
        return None


_NOT_READY = Label(
    en="This participant cannot be randomised yet. Complete what is listed below.",
    zh="该受试者尚不能随机，请先完成下列事项。",
)
_NO_SITE = Label(
    en="The target site, a stratification factor, is not known.",
    zh="靶部位（分层因素）不明。",
)
_NO_TRANSPLANT = Label(
    en="The type of transplant, a stratification factor, is not known.",
    zh="移植类型（分层因素）不明。",
)
