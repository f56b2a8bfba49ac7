"""Response and healing, derived from the assessments of the injured sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.derivations import bladder, skin
from edc.forms.derivations.healing import (
    RULES,
    Assessed,
    Healing,
    after_baseline,
    baseline,
    find_healing,
)
from edc.forms.derivations.values import day
from edc.forms.injury_sites import SITES, Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from edc.study.casebook import RecordScope

WITHOUT_RESPONSE = ("M6", "M12")

# Whether a site was injured only later, which gives it a baseline of its own, is among its reads.
ORAL_READS: Final = ("INJ.INJORDAT", "RAND.RDDTM", "OM.OMDAT", "OM.OMWHO")
SKIN_READS: Final = (
    "INJ.INJSKDAT", "RAND.RDDTM", "SK.SKPERF", "SK.SKDAT", "SK.SKBSA", "SK.SKCTCUL", "SK.SKCTCRD",
    "SK.SLNUM", "SK.SLLEN", "SK.SLWID", "SK.SLHEAL",
)  # fmt: skip
BLADDER_READS: Final = (
    "INJ.INJBLDAT", "RAND.RDDTM", "BC.BCDAT", "BC.BCGRD", "BC.BCDYS", "BC.BCSUPP",
    "BC.BCURG", "BC.BCSPASM", "BC.BCCATH", "BC.BCCBI",
)  # fmt: skip

_SMALLER = 50  # percent of the index lesion's area at baseline
_LARGER = 25


def _response(scope: RecordScope, site: Site) -> str | None:
    """Return the response of *site*.

    Section 3.4, "response, when": from the last assessment after baseline and at or before RSPDAT,
    not at months 6 and 12.
    """
    on = day(scope.item("RSPDAT"))
    if on is None or scope.fact("visit") in WITHOUT_RESPONSE:
        return None
    if scope.foreign("INJ", site.present_item) != "Y":
        return None
    seen = [one for one in after_baseline(scope.casebook, site) if one.on <= on]
    if not seen:
        return None
    return _JUDGED[site.assessment](seen, baseline(scope.casebook, site))


def _mouth(seen: list[Assessed], first: Assessed | None) -> str | None:
    return "CR" if seen[-1].grade == 0 else _by_grade(seen[-1], first)


def _bladder(seen: list[Assessed], first: Assessed | None) -> str | None:
    now = seen[-1]
    is_free = now.grade == 0 and bladder.has_no_symptoms(now.scope)
    return "CR" if is_free else _by_grade(now, first)


def _by_grade(now: Assessed, first: Assessed | None) -> str | None:
    if first is None or first.grade is None or now.grade is None:
        return None
    return "NR" if now.grade == first.grade else "PR" if now.grade < first.grade else "PD"


def _skin(seen: list[Assessed], first: Assessed | None) -> str | None:
    now = seen[-1]
    if skin.has_new_lesion(now.scope):
        return "PD"
    if now.is_clear:
        return "CR" if _is_confirmed(seen) else "PR"
    by_area = _by_area(skin.index_areas(now.scope))
    found = {by_area, _by_grade(now, first)}
    return next((one for one in ("PD", "PR", "NR") if one in found), None)


def _by_area(areas: tuple[Decimal, Decimal] | None) -> str | None:
    if areas is None:
        return None
    before, now = areas
    change = (now - before) * 100 / before
    return "PR" if change <= -_SMALLER else "PD" if change >= _LARGER else "NR"


def _is_confirmed(seen: list[Assessed]) -> bool:
    """Tell whether the site has been clear from an earlier assessment on, far enough back."""
    since = seen[-1].on
    for one in reversed(seen):
        if not one.is_clear:
            break
        since = one.on
    return seen[-1].on - since >= RULES["SK"].apart


_JUDGED: Final[dict[str, Callable[[list[Assessed], Assessed | None], str | None]]] = {
    "OM": _mouth,
    "SK": _skin,
    "BC": _bladder,
}


def oral_response(scope: RecordScope) -> str | None:
    """Return RSPORALC: the response of the mouth.

    Section 3.4, "response, oral": WHO grade 0 is CR, at least 1 lower than at baseline PR, the same
    NR, higher PD.
    """
    return _response(scope, SITES["ORAL"])


def skin_response(scope: RecordScope) -> str | None:
    """Return RSPSKINC: the response of the skin.

    Section 3.4, "response, skin": a lesion that the baseline did not have, the index lesion's area
    up by 25% or more, or a higher CTCAE grade is PD; all lesions healed and confirmed is CR, healed
    and not yet confirmed PR; so is an area down by 50% or more, or a lower grade.  Else NR.  Where
    one finding speaks for PR and another for PD, it is PD: what got worse decides.
    """
    return _response(scope, SITES["SKIN"])


def bladder_response(scope: RecordScope) -> str | None:
    """Return RSPBLADC: the response of the bladder.

    Section 3.4, "response, bladder": grade 0 without symptoms is CR, a lower grade than at baseline
    PR (gross haematuria that is gone has a lower grade), a higher one PD, else NR.
    """
    return _response(scope, SITES["BLAD"])


def _target(scope: RecordScope) -> Site | None:
    site = scope.foreign("INJ", "INJPRIM")
    return SITES.get(site) if isinstance(site, str) else None


def target_response(scope: RecordScope) -> str | None:
    """Return RSPTGT: the response at the target site INJPRIM (section 3.4)."""
    site = _target(scope)
    return _response(scope, site) if site else None


def _target_healing(scope: RecordScope) -> Healing | None:
    site, until = _target(scope), day(scope.item("RSPDAT"))
    return find_healing(scope.casebook, site, until=until) if site and until else None


def target_healed(scope: RecordScope) -> str | None:
    """Return HEALYN: whether the target site met its healing rule at any time up to RSPDAT.

    Section 3.4; a recurrence does not turn it back.
    """
    if _target(scope) is None or day(scope.item("RSPDAT")) is None:
        return None
    return "Y" if _target_healing(scope) else "N"


def target_healing_date(scope: RecordScope) -> str | None:
    """Return HEALDAT: the first day of the target site's confirmed healing (section 3.4)."""
    healing = _target_healing(scope)
    return healing.on.isoformat() if healing else None
