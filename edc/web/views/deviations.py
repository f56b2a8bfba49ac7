"""Proposed protocol deviations: the list, and the page on which one is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EntryClosed, InvalidValues, Refused
from edc.forms.codelists_conduct import DVCAT, DVSEV
from edc.models import ProposalState
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.reports import deviations as report
from edc.reports.deviations import ProposalFilter
from edc.services import admission, deviations
from edc.services.casebooks import open_casebook
from edc.services.people import find_name
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, language, reading, role, subject, text, viewer
from edc.web.views.crf import place_url
from edc.web.views.notices import page_number, place_href, place_text, typed_number

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import DeviationProposal

bp = Blueprint("deviations", __name__)
FORM_ID = "refuse-form"
_ALL = "all"
# The look of each state; a participant is "withdrawn" in another sense.
_STATES = {str(state): str(state) for state in ProposalState} | {"withdrawn": "retracted"}


@bp.get("/deviations")
@requires(Permission.DEVIATION_READ)
def index() -> ResponseReturnValue:
    """List the proposals of the person's sites, the oldest first."""
    asked = request.args.get("state", "")
    state = asked if asked in {*ProposalState, _ALL} else str(ProposalState.PROPOSED)
    chosen = ProposalFilter(state="" if state == _ALL else state, number=typed_number())
    page = page_number()
    found = report.find_page(reading(), viewer(), chosen, page=page)
    kept: dict[str, Any] = {"state": asked or None, "participant": chosen.number or None}
    return render_template(
        "deviations/index.html",
        rows=[
            {
                "number": row.subject.number,
                "href": _address(row.proposal),
                "place": place_text(*row.proposal.place),
                **_words(row.proposal),
            }
            for row in found.rows
        ],
        state=state,
        number=chosen.number,
        previous_url=url_for("deviations.index", **kept, page=page - 1) if page > 1 else None,
        next_url=url_for("deviations.index", **kept, page=page + 1) if found.has_more else None,
    )


@bp.get("/subjects/<int:subject_id>/deviations/<int:proposal_id>")
@requires(Permission.DEVIATION_READ)
def page(subject_id: int, proposal_id: int) -> ResponseReturnValue:
    """Show a proposal: what the check says, where, and what can be decided."""
    return _draw(_find(subject_id, proposal_id))


@bp.post("/subjects/<int:subject_id>/deviations/<int:proposal_id>")
@requires(Permission.DEVIATION_REFUSE)
def refuse(subject_id: int, proposal_id: int) -> ResponseReturnValue:
    """Decide that it is no deviation, with the reason."""
    proposal = _find(subject_id, proposal_id)
    reason = request.form.get("reason", "")
    if language_chosen():
        return _draw(proposal, reason=reason)
    try:
        with database().unit_of_work(actor(), "deviation.refuse", reason=reason) as uow:
            deviations.refuse(uow, subject_id=subject_id, proposal_id=proposal_id, reason=reason)
    except InvalidValues as refusal:
        return _draw(proposal, reason=reason, error=text(refusal.problems["reason"][0][1])), 422
    except Refused as refusal:
        return _draw(proposal, refused=text(refusal.message)), 422
    flash(_("The proposal is refused; the trail keeps your reason."), "success")
    return redirect(url_for("deviations.index", participant=subject().number), code=303)


def _find(subject_id: int, proposal_id: int) -> DeviationProposal:
    return deviations.find_proposal(
        reading(), subject_id=subject_id, proposal_id=proposal_id, role=role()
    )


def _draw(
    proposal: DeviationProposal, *, reason: str = "", error: str | None = None,
    refused: str | None = None,
) -> str:  # fmt: skip
    is_open = proposal.state == ProposalState.PROPOSED
    person, site_id = viewer(), subject().site_id
    return render_template(
        "deviations/page.html",
        subject=subject(),
        words=_words(proposal),
        place=place_text(*proposal.place),
        place_url=place_href(subject().id, proposal.place, proposal.item),
        happened_on=proposal.happened_on,
        proposed_at=proposal.proposed_at,
        decided_by=find_name(reading(), proposal.decided_by) if proposal.decided_by else None,
        decided_at=proposal.decided_at,
        reason_given=proposal.reason,
        row_url=place_url("crf.page", ("", deviations.FORM, proposal.dv_row))
        if proposal.dv_row
        else None,
        accept_url=_accept_url(proposal) if is_open else None,
        may_refuse=is_open and person.may(Permission.DEVIATION_REFUSE, site_id=site_id),
        form_id=FORM_ID,
        reason=reason,
        error=error,
        refused=refused,
    )


def _accept_url(proposal: DeviationProposal) -> str | None:
    """Return the address of the row of DV that would accept it; None if it cannot be entered."""
    crf = STUDY.crfs[deviations.FORM]
    opened = open_casebook(reading(), subject().id, queries=False)
    row = opened.next_row(deviations.FORM, like=deviations.first_row(proposal))
    place = ("", deviations.FORM, row)
    if not admission.may_enter(crf, role()):
        return None
    try:
        admission.admit(opened, place, role=role())
    except EntryClosed:
        return None
    return place_url("crf.page", place, _proposal=proposal.id)


def _words(proposal: DeviationProposal) -> dict[str, Any]:
    """Return a proposal in words."""
    return {
        "text": text(proposal.message),
        "rule": proposal.check_id,
        "category": DVCAT.text(proposal.dvcat, language()),
        "severity": DVSEV.text(proposal.dvsev, language()),
        "state": _STATES[proposal.state],
        "proposed_on": clock.local(proposal.proposed_at).date(),
        "happened_on": proposal.happened_on,
    }


def _address(proposal: DeviationProposal) -> str:
    return url_for(
        "deviations.page", subject_id=proposal.subject_id, proposal_id=proposal.id
    )  # fmt: skip
