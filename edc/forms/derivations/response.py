"""Response and healing, derived from the assessments of the injured sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.forms.derivations.healing import READERS, Healing, after_baseline, baseline, find_healing
from edc.forms.derivations.values import day
from edc.forms.injury_sites import SITES, Site

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope

WITHOUT_RESPONSE = ("M6", "M12")


def _response(scope: RecordScope, site: Site) -> str | None:
    """Return the response of *site*.

    Section 3.4, "response, when": from the last assessment after baseline and at or before RSPDAT,
    not at months 6 and 12.  "Response, oral": grade 0 is CR, at least 1 lower than baseline PR, the
    same NR, higher PD.
    """
    on = day(scope.item("RSPDAT"))
    if on is None or scope.fact("visit") in WITHOUT_RESPONSE:
        return None
    if scope.foreign("INJ", site.present_item) != "Y":
        return None
    seen = [one for one in after_baseline(scope.casebook, site) if one.on <= on]
    if not seen:
        return None
    first = baseline(scope.casebook, site)
    return _compare(seen[-1].grade, first.grade if first else None)


def _compare(now: int, before: int | None) -> str | None:
    if now == 0:
        return "CR"
    if before is None:
        return None
    return "NR" if now == before else "PR" if now < before else "PD"


def oral_response(scope: RecordScope) -> str | None:
    """Return RSPORALC: the response of the mouth (section 3.4, response, oral)."""
    return _response(scope, SITES["ORAL"])


def skin_response(scope: RecordScope) -> str | None:
    """Return RSPSKINC: the response of the skin (section 3.4), once its assessment is declared."""
    return _response(scope, SITES["SKIN"])


def bladder_response(scope: RecordScope) -> str | None:
    """Return RSPBLADC: the response of the bladder (section 3.4), once its assessment is declared."""
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

    Section 3.4; a recurrence does not turn it back.  Empty while no rule tells when the target
    site is healed.
    """
    site, until = _target(scope), day(scope.item("RSPDAT"))
    if site is None or until is None or site.assessment not in READERS:
        return None
    return "Y" if _target_healing(scope) else "N"


def target_healing_date(scope: RecordScope) -> str | None:
    """Return HEALDAT: the first day of the target site's confirmed healing (section 3.4)."""
    healing = _target_healing(scope)
    return healing.on.isoformat() if healing else None
