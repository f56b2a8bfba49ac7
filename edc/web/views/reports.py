"""Reports over participants: the endpoints, pooled over arms, and the reconciliation lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from edc import clock
from edc.forms.codelists import INJSITE
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.reports import endpoints, reconciliation
from edc.web.crf_page import NO_VISIT
from edc.web.guard import requires
from edc.web.request import language, reading, text, viewer

if TYPE_CHECKING:
    from decimal import Decimal

    from flask.typing import ResponseReturnValue

    from edc.forms.derivations.endpoints import Area, TimeToHealing
    from edc.reports.endpoints import Daily, Endpoints
    from edc.reports.reconciliation import Difference

bp = Blueprint("reports", __name__)


@bp.get("/reports/endpoints")
@requires(Permission.ENROLMENT_READ)
def show_endpoints() -> ResponseReturnValue:
    """Show each participant's endpoints and what they come to together, pooled over arms."""
    table = endpoints.find_table(reading(), viewer().sites_with(Permission.ENROLMENT_READ))
    return render_template(
        "reports/endpoints.html",
        table=table,
        rows=[_line(row) for row in table.rows],
        daily=_daily(table.summary.daily),
        number=_number,
    )


@bp.get("/reports/reconciliation")
@requires(Permission.CRF_READ)
def show_reconciliation() -> ResponseReturnValue:
    """Show where two parts of a casebook tell the same thing differently."""
    sites = viewer().sites_with(Permission.CRF_READ)
    lists = reconciliation.find_lists(reading(), sites, viewer=viewer())
    return render_template(
        "reports/reconciliation.html",
        lists=[
            {
                "id": f"topic-{one.topic.code}",
                "text": text(one.topic.label),
                "rows": [_difference(difference) for difference in one.differences],
            }
            for one in lists
        ],
    )


def _line(row: Endpoints) -> dict[str, Any]:
    sets = [
        name
        for name, is_in in (
            ("ITT", row.sets.itt), ("mITT", row.sets.mitt), ("PP", row.sets.pp),
        )
        if is_in
    ]  # fmt: skip
    return {
        "cells": [
            {"text": row.number},
            {"text": INJSITE.text(row.site, language()) if row.site else "–"},
            {"text": _healing(row.healing)},
            {"text": _number(row.severe)},
            {"text": _area(row.area_14, 14)},
            {"text": _area(row.area_28, 28)},
            {"text": _daily(row.daily)},
            {"text": " · ".join(sets) or _("none")},
        ]
    }


def _healing(time: TimeToHealing | None) -> str:
    """Return the days to healing; a plus sign stands behind a censored time."""
    if time is None:
        return "–"
    return f"{time.days}+" if time.is_censored else str(time.days)


def _area(area: Area | None, until: int) -> str:
    if area is None:
        return "–"
    shown = f"{area.area:.1f}"
    return shown if area.days >= until else _("%(area)s to D%(day)d", area=shown, day=area.days)


def _daily(daily: Daily) -> str:
    if not daily.due:
        return "–"
    return f"{daily.done}/{daily.due} ({100 * daily.done / daily.due:.0f}%)"


def _number(value: float | Decimal | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def _difference(one: Difference) -> dict[str, Any]:
    visit, form, row = one.place
    crf = STUDY.crfs[form].at(row)
    return {
        "cells": [
            {
                "text": one.number,
                "href": url_for(
                    "crf.page",
                    subject_id=one.subject_id,
                    visit=visit or NO_VISIT,
                    form=form,
                    row=row,
                    _anchor=one.item or None,
                ),
            },
            {"text": " ".join(filter(None, (visit, crf.name))), "sub": text(crf.label)},
            {"text": one.check_id, "code": True},
            {"text": text(one.text)},
            {"text": clock.local(one.opened_at).date().isoformat()},
        ]
    }
