"""The investigator's enrolment page: counts that agree, each leading to its participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.forms.exclusion import EXCLUSION_LABELS
from edc.forms.states import STATE_LABELS, State
from edc.permissions import Permission
from edc.protocol import DESIGN
from edc.reports import enrolment
from edc.reports.subject_list import SubjectFilter, find_page
from edc.services.sites import list_sites
from edc.web.drawings import consort_flow, line_chart
from edc.web.guard import requires
from edc.web.request import reading, text, viewer

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("enrolment", __name__)
_GROUPS = frozenset((*enrolment.GROUPS, "reason", "state", "stratum"))


@bp.get("/enrolment")
@requires(Permission.ENROLMENT_READ)
def index() -> ResponseReturnValue:
    """Show enrolment against the target, pooled over arms."""
    sites = viewer().sites_with(Permission.ENROLMENT_READ)
    session, today = reading(), clock.today()
    figures = enrolment.find_figures(session, sites)
    curve = enrolment.find_curve(session, sites, today=today)
    shown = [value if month <= f"{today:%Y-%m}" else None for month, value in
             zip(curve.months, curve.randomised, strict=True)]  # fmt: skip
    strata = enrolment.find_strata(session, sites)
    return render_template(
        "enrolment/index.html",
        figures=figures,
        chart=line_chart(curve.months, shown, curve.target),
        flow=consort_flow(_trunk(figures)),
        strata=[
            {"key": key, "text": _stratum_text(key), "count": count, "href": _to("stratum", key)}
            for key, count in strata.items()
        ],
        strata_total=sum(strata.values()),
        waiting=enrolment.find_waiting(session, sites, today=today),
        to=_to,
        may_list=viewer().may_somewhere(Permission.SUBJECT_LIST),
    )


@bp.get("/enrolment/people")
@requires(Permission.ENROLMENT_READ)
def people() -> ResponseReturnValue:
    """List the participants behind one figure."""
    group = request.args.get("group", "")
    value = request.args.get("value", "")[:40]
    value = value if value.isprintable() else ""
    group = group if group in _GROUPS else "screened"
    sites = viewer().sites_with(Permission.ENROLMENT_READ)
    ids = enrolment.find_ids(reading(), sites, group=group, value=value, today=clock.today())
    after = request.args.get("after", "")
    found = find_page(
        reading(),
        SubjectFilter(sites=sites),
        viewer=viewer(),
        ids=ids,
        after=int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else None,  # noqa: PLR2004
    )
    return render_template(
        "enrolment/people.html",
        page=found,
        total=len(ids),
        title=_group_text(group, value),
        reasons={code: text(label) for code, label in EXCLUSION_LABELS.items()},
        sites={site.id: site for site in list_sites(reading())},
        may_open=viewer().may_somewhere(Permission.CRF_READ),
        next_url=url_for("enrolment.people", group=group, value=value, after=found.next_key)
        if found.next_key
        else None,
    )


def _to(group: str, value: str = "") -> str:
    return url_for("enrolment.people", group=group, value=value or None)


def _trunk(figures: enrolment.EnrolmentFigures) -> list[dict[str, Any]]:
    """Return the flow's boxes; beside each stands what left there, so that the sums agree."""
    return [
        {
            "text": _("Screened (persons)"),
            "count": figures.screened,
            "href": _to("screened"),
            "side": {
                "text": _("Not randomised"),
                "count": figures.screened - figures.randomised,
                "href": _to("not_randomised"),
                "reasons": [
                    {
                        "text": text(EXCLUSION_LABELS[group]),
                        "count": count,
                        "href": _to("reason", group),
                    }
                    for group, count in figures.excluded.items()
                ]
                + [
                    {
                        "text": _("Still in screening"),
                        "count": figures.screening,
                        "href": _to("screening"),
                    }
                ],
            },
        },
        {
            "text": _("Randomised"),
            "count": figures.randomised,
            "href": _to("randomised"),
            "reasons": [
                {"text": text(STATE_LABELS[State(state)]), "count": count,
                 "href": _to("state", state)}
                for state, count in figures.after.items()
            ],
        },
    ]  # fmt: skip


def _stratum_text(key: str) -> str:
    stratum = next((one for one in DESIGN.strata() if one.key == key), None)
    return text(stratum.label) if stratum else key


def _group_text(group: str, value: str) -> str:
    texts = {
        "screened": _("Screened (persons)"),
        "excluded": _("Excluded"),
        "screening": _("Still in screening"),
        "not_randomised": _("Not randomised"),
        "randomised": _("Randomised"),
        "consented": _("Consented"),
        "eligible": _("Confirmed eligible"),
        "to_sign": _("Eligibility to sign"),
        "to_randomise": _("Randomisation to do"),
        "overdue": _("Visits overdue"),
        "stratum": _stratum_text(value),
    }
    if group == "reason" and value in EXCLUSION_LABELS:
        return text(EXCLUSION_LABELS[value])
    if group == "state" and value in set(State):
        return text(STATE_LABELS[State(value)])
    return str(texts.get(group, _("Participants")))
