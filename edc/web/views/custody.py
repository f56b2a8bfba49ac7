"""The allocation list: brought by one person, confirmed by another, and its public commitment.

No page shows a slot. The commitment is for everybody: published before the first participant is
randomised, it lets anyone check afterwards that the list was not changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EdcError, NotFound, NotPermitted, Refused, TooManyAttempts
from edc.models import ListAct
from edc.permissions import Permission
from edc.protocol import DESIGN, STUDY
from edc.services import custody
from edc.services.allocation_lists import find_commitment, find_list, status
from edc.services.people import find_name
from edc.services.recruitment import find_recruitment
from edc.services.sign_in import check_password
from edc.web import sessions
from edc.web.guard import open_to_all, requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, text, viewer
from edc.web.sealing import list_purpose, sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("custody", __name__)
FORM_ID = "list-form"


@bp.get("/randomisation")
@requires(Permission.RANDOMISATION_STATUS)
def index() -> ResponseReturnValue:
    """Show whether a list is loaded and how much of it is used; never a slot."""
    return _page()


@bp.post("/randomisation")
@requires(Permission.RANDOMISATION_MANAGE)
def bring() -> ResponseReturnValue:
    """Bring a sealed list: to be loaded, or to encrypt the loaded one's arms under a new key."""
    if language_chosen():
        return _page()
    act = ListAct.RESEAL if request.form.get("act") == ListAct.RESEAL else ListAct.LOAD
    sent = request.files.get("list")
    content = sent.read() if sent is not None else b""
    if not content:
        return _page(errors={"list": _("Choose the file of the sealed list.")}), 422
    try:
        checked = _password()
        who = actor(Permission.RANDOMISATION_MANAGE)
        with database().unit_of_work(who, "randomisation.propose") as uow:
            custody.bring(
                uow,
                content.decode(errors="replace"),
                act=act,
                design=DESIGN,
                key=sealing_key(),
                purpose=list_purpose(),
                password_checked=checked,
            )
    except (TooManyAttempts, Refused) as refusal:
        return _refused(refusal)
    flash(_("The list is brought. A data manager confirms it with the certificate."), "success")
    return redirect(url_for("custody.index"), code=303)


@bp.post("/randomisation/<int:proposal_id>/confirm")
@requires(Permission.RANDOMISATION_CONFIRM)
def confirm(proposal_id: int) -> ResponseReturnValue:
    """Confirm the list as the second person, with the certificate's checksum and the password."""
    waiting = _require_waiting(proposal_id)
    if language_chosen():
        return _page()
    try:
        checked = _password()
        who = actor(Permission.RANDOMISATION_CONFIRM)
        with database().unit_of_work(who, custody.ACTIONS[waiting.act]) as uow:
            custody.confirm(
                uow,
                proposal_id=proposal_id,
                checksum=request.form.get("sha256", ""),
                design=DESIGN,
                key=sealing_key(),
                purpose=list_purpose(),
                password_checked=checked,
            )
    except (TooManyAttempts, Refused) as refusal:
        return _refused(refusal)
    if waiting.act is ListAct.LOAD:
        flash(_("The allocation list is loaded. Participants can be randomised."), "success")
    else:
        flash(_("The arms are encrypted under the new key. No allocation was changed."), "success")
    return redirect(url_for("custody.index"), code=303)


@bp.post("/randomisation/<int:proposal_id>/refuse")
@requires(Permission.RANDOMISATION_CONFIRM)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Refuse the list as the second person, with a reason."""
    _require_waiting(proposal_id)
    if language_chosen():
        return _page()
    reason = request.form.get("reason", "")
    try:
        who = actor(Permission.RANDOMISATION_CONFIRM)
        with database().unit_of_work(who, "randomisation.refuse", reason=reason) as uow:
            custody.refuse(uow, proposal_id=proposal_id, reason=reason, purpose=list_purpose())
    except Refused as refusal:
        return _refused(refusal)
    flash(_("The list is refused. Nothing of it is kept."), "success")
    return redirect(url_for("custody.index"), code=303)


@bp.post("/randomisation/<int:proposal_id>/withdraw")
@requires(Permission.RANDOMISATION_MANAGE)
def withdraw(proposal_id: int) -> ResponseReturnValue:
    """Take the list back before it is confirmed."""
    _require_waiting(proposal_id)
    if language_chosen():
        return _page()
    who = actor(Permission.RANDOMISATION_MANAGE)
    with database().unit_of_work(who, "randomisation.withdraw") as uow:
        custody.withdraw(uow, proposal_id=proposal_id, purpose=list_purpose())
    flash(_("The list is withdrawn. Nothing of it is kept."), "success")
    return redirect(url_for("custody.index"), code=303)


@bp.get("/commitment")
@open_to_all
def commitment() -> ResponseReturnValue:
    """Show the public commitment of the loaded list, and how to check it."""
    found = find_list(reading(), purpose=list_purpose())
    told: dict[str, Any] | None = json.loads(found.commitment) if found else None
    return render_template(
        "randomisation/commitment.html",
        purpose=told["purpose"] if told else None,
        loaded_at=found.loaded_at if found else None,
        rows=_told(told) if told else [],
    )


def _told(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a public document says, in words; that of a minimisation says less."""
    design = document["design"]
    digests = [
        {"key": wording, "digits": document[name]}
        for name, wording in (
            ("list_id", _("List id")),
            ("root", _("Root (SHA-256)")),
            ("commitment", _("Root (SHA-256)")),
            ("header_hash", _("Hash of the header")),
            ("sha256", _("SHA-256 of the list's file")),
        )
        if name in document
    ]
    facts = [
        (_("Algorithm"), document["algorithm"]),
        (_("Slots"), document.get("slots")),
        (_("Arms"), " : ".join(design["arms"])),
        (_("Ratio"), " : ".join(map(str, design.get("ratio", ())))),
        (
            _("Factors of the strata"),
            " × ".join(" / ".join(one["levels"]) for one in design["factors"]),
        ),
        (_("Slots in each stratum"), design.get("slots_per_stratum")),
    ]
    return [
        {"key": _("Study"), "text": design["study"]},
        *digests,
        *({"key": wording, "text": fact} for wording, fact in facts if fact),
    ]


@bp.get("/commitment.json")
@open_to_all
def commitment_file() -> ResponseReturnValue:
    """Give the public document as a file; until a list is loaded there is none."""
    found = find_commitment(reading(), purpose=list_purpose())
    if found is None:
        raise NotFound
    answer = Response(found, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="commitment.json"'
    return answer


def _password() -> Literal[True]:
    """Let the person prove again who they are."""
    check_password(
        database(),
        viewer(),
        request.form.get("password", ""),
        origin=sessions.origin(),
        hashing=sessions.hashing(),
    )
    return True


def _require_waiting(proposal_id: int) -> custody.WaitingList:
    """Return the list that waits, if it is the one the page was about."""
    found = custody.find_waiting(reading(), purpose=list_purpose())
    if found is None or found.id != proposal_id:
        raise NotFound
    return found


def _refused(refusal: EdcError) -> ResponseReturnValue:
    if isinstance(refusal, NotPermitted):
        raise refusal
    if isinstance(refusal, TooManyAttempts):
        answer = _page(errors={"": text(refusal.message)})
        return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
    return _page(errors={"": text(refusal.message)}), 422


def _page(*, errors: dict[str, str] | None = None) -> str:
    found = status(reading(), design=DESIGN, key=sealing_key(), purpose=list_purpose())
    recruiting = find_recruitment(reading(), purpose=list_purpose(), target=STUDY.target)
    waiting = custody.find_waiting(reading(), purpose=list_purpose())
    is_own = waiting is not None and waiting.brought_by == viewer().username
    may_bring = viewer().may_somewhere(Permission.RANDOMISATION_MANAGE)
    return render_template(
        "randomisation/list.html",
        status=found,
        people={
            name: find_name(reading(), name)
            for name in (
                *((found.loaded_by, found.confirmed_by) if found else ()),
                *((waiting.brought_by,) if waiting else ()),
            )
        },
        target=recruiting.target if recruiting else STUDY.target,
        strata=[
            {"text": text(use.label), "key": use.stratum, "used": use.used, "length": use.length}
            for use in (found.strata if found else ())
        ],
        is_production=list_purpose() == "production",
        waiting=waiting,
        is_reseal=waiting is not None and waiting.act is ListAct.RESEAL,
        may_confirm=not is_own and viewer().may_somewhere(Permission.RANDOMISATION_CONFIRM),
        may_withdraw=is_own and may_bring,
        may_load=may_bring and waiting is None and found is None,
        may_reseal=may_bring and waiting is None and found is not None and not found.fits_key,
        errors=errors or {},
        sha256=request.form.get("sha256", ""),
        form_id=FORM_ID,
    )
