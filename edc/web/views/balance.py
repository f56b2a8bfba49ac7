"""How the allocations spread over strata: pooled, and by arm for whom tables by arm are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template

from edc.permissions import Permission
from edc.protocol import DESIGN
from edc.randomization.masking import person_may_tabulate
from edc.reports.balance import find_balance
from edc.web.guard import requires
from edc.web.request import reading, text, viewer
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.reports.balance import BalanceRow

bp = Blueprint("balance", __name__)


@bp.get("/randomisation/balance")
@requires(Permission.ENROLMENT_READ)
def index() -> ResponseReturnValue:
    """Show the allocations by stratum and by level, at the sites where the reader may."""
    by_arm = person_may_tabulate(viewer().roles.values())
    sites = viewer().sites_with(Permission.ARM_TABULATE if by_arm else Permission.ENROLMENT_READ)
    found = find_balance(reading(), sites, key=sealing_key() if by_arm else None)
    return render_template(
        "randomisation/balance.html",
        is_by_arm=found.is_by_arm,
        columns=[text(arm.label) for arm in DESIGN.arms] if found.is_by_arm else [],
        whole=_row(found.whole),
        strata=[_row(row) for row in found.strata],
        levels=[
            {"text": text(label), "rows": [_row(row) for row in rows]}
            for label, rows in found.levels
        ],
        # Of some sites alone a share of the study's target would mislead.
        target=DESIGN.target if sites is None else None,
    )


def _row(row: BalanceRow) -> dict[str, Any]:
    cells = [{"text": text(row.label), "sub": row.key}, {"text": str(row.allocated)}]
    if row.arms:
        cells += [{"text": str(count)} for count in (*row.arms, row.difference)]
    return {"cells": cells}
