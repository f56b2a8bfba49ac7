"""How the product is given, as expressions over the route: read from the study's settings."""

from __future__ import annotations

from decimal import Decimal

from edc.forms.study_settings import DOSING


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
