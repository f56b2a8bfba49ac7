"""Randomising a participant, and the allocation they got.

No address, title or log holds an arm: it stands only on the page of an allocation, and there only
for roles that may see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EntryClosed, NotFound, NotReady, RandomisationClosed, Refused
from edc.forms.states import Course
from edc.models import EnvelopeState
from edc.permissions import Permission
from edc.protocol import DESIGN, STUDY
from edc.reports.planned_visits import planned_visits
from edc.services import admission
from edc.services.casebooks import open_casebook
from edc.services.envelopes import list_envelopes
from edc.services.people import find_name
from edc.services.randomize import arm_of, find_allocation, randomise_subject
from edc.services.readiness import RAND_PLACE, readiness
from edc.services.recruitment import find_recruitment, require_open
from edc.study.casebook import EMPTY
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, language, reading, role, subject, text, viewer
from edc.web.sealing import list_purpose, sealing_key
from edc.web.views.crf import place_url
from edc.web.views.visits import visit_row

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.forms.derivations.allocation import Owed
    from edc.models import Envelope
    from edc.services.casebooks import Opened
    from edc.services.readiness import Readiness

bp = Blueprint("randomisation", __name__)
FORM_ID = "randomise-form"
_CONFIRMATIONS = ("confirm_identity", "confirm_strata")
_IDENTITY = ("SUBJINIT", "SEX", "BRTHYR")


@bp.get("/subjects/<int:subject_id>/randomise")
@requires(Permission.RANDOMISATION_REQUEST)
def page(subject_id: int) -> ResponseReturnValue:
    """Show what is missing, or what to confirm before the participant is randomised."""
    opened = open_casebook(reading(), subject_id)
    if find_allocation(reading(), subject_id) is not None:
        return _already(subject_id), 422
    return _page(opened)


@bp.post("/subjects/<int:subject_id>/randomise")
@requires(Permission.RANDOMISATION_REQUEST)
def randomise(subject_id: int) -> ResponseReturnValue:
    """Randomise the participant; the same request sent again leads to the first result."""
    if language_chosen():
        return _page(open_casebook(reading(), subject_id))
    unconfirmed = [name for name in _CONFIRMATIONS if request.form.get(name) != "y"]
    # Sent twice, the second request must not be told that it forgot something.
    if unconfirmed and find_allocation(reading(), subject_id) is None:
        return _page(open_casebook(reading(), subject_id), unconfirmed=unconfirmed), 422
    try:
        act = database().unit_of_work(actor(Permission.RANDOMISATION_REQUEST), "subject.randomise")
        with act as uow:
            randomise_subject(
                uow,
                subject_id=subject_id,
                confirmed=request.form.get("stratum", ""),
                key=sealing_key(),
                purpose=list_purpose(),
            )
    except NotReady:
        return _page(open_casebook(reading(), subject_id)), 422
    except Refused as refusal:
        return _page(open_casebook(reading(), subject_id), refusal=refusal), 422
    return redirect(url_for("randomisation.allocation", subject_id=subject_id), code=303)


@bp.get("/subjects/<int:subject_id>/allocation")
@requires(Permission.CRF_READ)
def allocation(subject_id: int) -> ResponseReturnValue:
    """Show the participant's allocation; its arm to those who may see it, and to nobody else."""
    found = find_allocation(reading(), subject_id)
    if found is None:
        raise NotFound
    arm = arm_of(reading(), subject_id, role=role(), key=sealing_key())
    wording = {stratum.key: text(stratum.label) for stratum in DESIGN.strata()}
    stratum = " · ".join(filter(None, (found.stratum, wording.get(found.stratum))))
    opened = open_casebook(reading(), subject_id, queries=False)
    visits = planned_visits(opened, Course(opened.book, clock.today()), role=role())
    return render_template(
        "randomisation/allocation.html",
        subject=subject(),
        allocation=found,
        requested_by=find_name(reading(), found.by),
        stratum=stratum,
        arm=text(DESIGN.arm(arm).label) if arm is not None else None,
        envelope=_envelope(subject_id) if arm is not None and found.entered_at else None,
        visits=[visit_row(visit) for visit in visits],
        urls={
            "casebook": url_for("subjects.casebook", subject_id=subject_id),
            "visits": url_for("visits.page", subject_id=subject_id),
            "crf": place_url("crf.page", RAND_PLACE),
            "proof": url_for("proofs.one", subject_id=subject_id),
            "linking": url_for("linking.index")
            if viewer().may(Permission.LINKING_PROPOSE, site_id=subject().site_id)
            else None,
            # An envelope opened for somebody whom the system had randomised is entered too.
            "envelope": url_for("envelopes.page", subject_id=subject_id)
            if viewer().may(Permission.ENVELOPE_ENTER, site_id=subject().site_id)
            and found.entered_at is None
            else None,
        },
    )


def _envelope(subject_id: int) -> Envelope | None:
    """Return the envelope by which the participant was randomised."""
    found = list_envelopes(reading(), subject_id)
    return next((one for one in found if one.state == EnvelopeState.CONFIRMED), None)


def _already(subject_id: int) -> str:
    found = find_allocation(reading(), subject_id)
    return render_template(
        "randomisation/already.html",
        subject=subject(),
        number=found.number if found else "",
        urls={
            "casebook": url_for("subjects.casebook", subject_id=subject_id),
            "allocation": url_for("randomisation.allocation", subject_id=subject_id),
        },
    )


def _page(
    opened: Opened, *, unconfirmed: list[str] | None = None, refusal: Refused | None = None
) -> str:
    visit, _form, _row = RAND_PLACE
    is_closed = admission.is_closed(opened, visit)
    found = readiness(opened.book)
    shut = _shut()
    if refusal is None:
        refusal = EntryClosed() if is_closed else shut
    return render_template(
        "randomisation/page.html",
        subject=opened.subject,
        is_ready=found.is_ready and not is_closed and shut is None,
        missing=[_missing(owed) for owed in found.missing],
        identity=_identity(opened),
        strata=_strata(found),
        stratum=found.stratum.key if found.stratum else "",
        checked={name: request.form.get(name) == "y" for name in _CONFIRMATIONS},
        unconfirmed=unconfirmed or [],
        was_asked=request.method == "POST" and not language_chosen(),
        refusal=text(refusal.message) if refusal else "",
        rule=refusal.rule if refusal else "",
        requester=viewer().full_name,
        form_id=FORM_ID,
        urls={
            "randomise": url_for("randomisation.randomise", subject_id=opened.subject.id),
            "casebook": url_for("subjects.casebook", subject_id=opened.subject.id),
            "envelope": url_for("envelopes.page", subject_id=opened.subject.id),
            "recruitment": url_for("recruitment.index") if shut else None,
        },
    )


def _shut() -> RandomisationClosed | None:
    """Return why nobody can be randomised at present, before anybody asks in vain."""
    found = find_recruitment(reading(), purpose=list_purpose(), target=STUDY.target)
    if found is not None:
        try:
            require_open(found)
        except RandomisationClosed as closed:
            return closed
    return None


def _missing(owed: Owed) -> dict[str, Any]:
    place = (owed.visit, owed.form, owed.row)
    may_sign = viewer().may(Permission.CRF_SIGN, site_id=subject().site_id)
    endpoint = "signing.page" if owed.is_signature and may_sign else "crf.page"
    return {"text": text(owed.label), "form": owed.form, "href": place_url(endpoint, place)}


def _identity(opened: Opened) -> list[dict[str, str]]:
    """Return by what the requester recognises the participant: never a name."""
    record = opened.book.records.get(("SCR", "DM", 1))
    crf = STUDY.crfs["DM"]
    rows = [{"key": _("Participant"), "text": opened.subject.number}]
    for code in _IDENTITY:
        cell = record.cells.get((code, 1), EMPTY) if record else EMPTY
        item = crf.by_code[code]
        shown = item.write(cell.value, language()) if cell.value else "—"
        rows.append({"key": text(item.label), "text": shown})
    return rows


def _strata(found: Readiness) -> list[dict[str, str]]:
    if found.stratum is None:
        return []
    rows = [
        {"key": text(factor.label), "text": text(level.label)}
        for factor, level in zip(DESIGN.factors, found.stratum.levels, strict=True)
    ]
    return [*rows, {"key": _("Stratum"), "text": found.stratum.key}]
