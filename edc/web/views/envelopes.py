"""A sealed envelope that was opened while the system was down: entered, compared, confirmed.

Only roles that see the arm come here, for the sheet in the envelope names it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.clock import STUDY_ZONE
from edc.errors import EdcError, PasswordRefused, Refused, TooManyAttempts
from edc.label import Label
from edc.models import Envelope, EnvelopeState
from edc.permissions import GRANTS, ROLE_LABELS, Permission, Role
from edc.protocol import DESIGN
from edc.randomization.sealing import SealBroken
from edc.services import envelopes
from edc.services.allocation_lists import find_list
from edc.services.envelopes import Conflict, Paper
from edc.services.people import find_names, names_in_roles
from edc.services.randomize import find_allocation
from edc.services.sign_in import check_password
from edc.web import sessions
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, role, subject, text, viewer, whole
from edc.web.sealing import list_purpose, sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("envelopes", __name__)
FORM_ID = "envelope-form"
_FIGURES = 5
_PATH = "/subjects/<int:subject_id>/envelope"
_NAMES: Final = ("stratum", "sequence", "arm", "day", "time", "unsealed_by", "reason")
_FIELDS: Final = {
    "SEQUENCE": "sequence", "ARM": "arm", "TIME": "day", "REASON": "reason", "PRIVACY": "reason",
    "STRATUM": "stratum",
}  # fmt: skip
_OPENERS: Final = frozenset(
    one for one, granted in GRANTS.items() if Permission.ENVELOPE_ENTER in granted
)
CONFLICTS: Final = {
    Conflict.USED: Label(
        en="The system had given this place of the list to another participant. Nobody was "
        "allocated by this entry.",
        zh="系统已将列表中的该位次分配给其他受试者。本次录入未分配随机号。",
    ),
    Conflict.PASSED: Label(
        en="This place of the list had been passed over, because a later envelope was entered "
        "first. Nobody was allocated by this entry.",
        zh="因后一信封先行录入，列表中的该位次已被跳过。本次录入未分配随机号。",
    ),
    Conflict.SHUT: Label(
        en="It was opened while randomisation was stopped or closed. The place of the list is the "
        "participant's all the same; the independent statistician decides what follows.",
        zh="拆封时随机处于暂停或关闭状态。该位次仍归该受试者，由独立统计师决定后续处理。",
    ),
    Conflict.RANDOMISED: Label(
        en="The participant had been randomised through the system, and that allocation stands. "
        "The place of the opened envelope is never used.",
        zh="该受试者此前已由系统随机，原分配有效。所拆信封对应的位次不再使用。",
    ),
}


@bp.get(_PATH)
@requires(Permission.ENVELOPE_ENTER)
def page(subject_id: int) -> ResponseReturnValue:
    """Show the entry that waits for the second person, or the form to make one."""
    del subject_id
    return _page()


@bp.post(_PATH)
@requires(Permission.ENVELOPE_ENTER)
def enter(subject_id: int) -> ResponseReturnValue:
    """Keep what the envelope said, as the first person."""
    if language_chosen():
        return _page()
    paper, errors = _paper()
    if paper is None:
        return _page(errors=errors), 422
    try:
        _prove()
        with database().unit_of_work(actor(Permission.ENVELOPE_ENTER), "envelope.enter") as uow:
            envelopes.enter(
                uow,
                subject_id=subject_id,
                paper=paper,
                key=sealing_key(),
                purpose=list_purpose(),
                password_checked=True,
            )
    except TooManyAttempts as refusal:
        return _page(refusal=refusal), 429, {"Retry-After": str(refusal.wait_seconds)}
    except Refused as refusal:
        return _page(refusal=refusal), 422
    flash(_("Entered. A second person must now compare it with the paper and confirm."), "success")
    return redirect(url_for("envelopes.page", subject_id=subject_id), code=303)


@bp.post(f"{_PATH}/<int:envelope_id>/confirm")
@requires(Permission.ENVELOPE_ENTER)
def confirm(subject_id: int, envelope_id: int) -> ResponseReturnValue:
    """Confirm as the second person, with the password typed again."""
    if language_chosen():
        return _page()
    try:
        _prove()
        with database().unit_of_work(actor(Permission.ENVELOPE_ENTER), "envelope.confirm") as uow:
            outcome = envelopes.confirm(
                uow,
                subject_id=subject_id,
                envelope_id=envelope_id,
                key=sealing_key(),
                purpose=list_purpose(),
                password_checked=True,
            )
    except TooManyAttempts as refusal:
        return _page(refusal=refusal), 429, {"Retry-After": str(refusal.wait_seconds)}
    except Refused as refusal:
        return _page(refusal=refusal), 422
    if outcome.allocation is None:
        return redirect(url_for("envelopes.page", subject_id=subject_id), code=303)
    flash(_("Confirmed. The participant is randomised by the envelope."), "success")
    return redirect(url_for("randomisation.allocation", subject_id=subject_id), code=303)


@bp.post(f"{_PATH}/<int:envelope_id>/refuse")
@requires(Permission.ENVELOPE_ENTER)
def refuse(subject_id: int, envelope_id: int) -> ResponseReturnValue:
    """Send the entry back because it is not what the paper says."""
    if language_chosen():
        return _page()
    try:
        with database().unit_of_work(actor(Permission.ENVELOPE_ENTER), "envelope.refuse") as uow:
            envelopes.refuse(
                uow,
                subject_id=subject_id,
                envelope_id=envelope_id,
                reason=request.form.get("reason", ""),
            )
    except Refused as refusal:
        return _page(refusal=refusal), 422
    flash(_("Sent back. No place of the list was used; enter the envelope again."), "success")
    return redirect(url_for("envelopes.page", subject_id=subject_id), code=303)


def _prove() -> None:
    """Let the person prove who they are: an envelope is signed by both.

    :raises PasswordRefused: when the password is wrong.
    """
    check_password(
        database(),
        viewer(),
        request.form.get("password", ""),
        origin=sessions.origin(),
        hashing=sessions.hashing(),
    )


def _paper() -> tuple[Paper | None, dict[str, str]]:
    """Read the form; what cannot be read is told at its field."""
    typed = _typed()
    errors = {}
    moment = _moment(typed["day"], typed["time"])
    if typed["stratum"] not in {one.key for one in DESIGN.strata()}:
        errors["stratum"] = _("Choose the stratum on the envelope.")
    sequence = whole(typed["sequence"], figures=_FIGURES)
    if sequence is None:
        errors["sequence"] = _("Give the number on the envelope.")
    if moment is None:
        errors["day"] = _("Give day (YYYY-MM-DD) and time (HH:MM) at which it was opened.")
    if typed["unsealed_by"] not in _openers():
        errors["unsealed_by"] = _("Choose who opened the envelope.")
    if errors or moment is None or sequence is None:
        return None, errors
    return (
        Paper(
            stratum=typed["stratum"],
            sequence=sequence,
            arm=typed["arm"],
            unsealed_at=moment,
            unsealed_by=typed["unsealed_by"],
            reason=typed["reason"],
        ),
        {},
    )


def _moment(day: str, at: str) -> datetime | None:
    try:
        found = datetime.combine(date.fromisoformat(day), time.fromisoformat(at.replace("：", ":")))
    except ValueError:
        return None
    return found.replace(tzinfo=STUDY_ZONE)


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _NAMES}


def _openers() -> dict[str, str]:
    return names_in_roles(reading(), subject().site_id, _OPENERS)


def _page(*, errors: dict[str, str] | None = None, refusal: EdcError | None = None) -> str:
    found = envelopes.list_envelopes(reading(), subject().id)
    waiting = next((one for one in found if one.state == EnvelopeState.WAITING), None)
    is_password = isinstance(refusal, (PasswordRefused, TooManyAttempts))
    at = _FIELDS.get(getattr(refusal, "rule", ""))
    told = dict(errors or {})
    if refusal is not None and at and waiting is None:
        told[at] = text(refusal.message)
    held = find_allocation(reading(), subject().id)
    names = find_names(reading(), {name for one in found for name in _people(one)})
    return render_template(
        "randomisation/envelope.html",
        subject=subject(),
        waiting=_shown(waiting, names) if waiting else None,
        decided=[_decided(one, names) for one in found if one is not waiting],
        is_own=waiting is not None and waiting.entered_by == viewer().username,
        lacks_investigator=waiting is not None
        and Role.INVESTIGATOR not in {role(), Role(waiting.entered_role)},
        held=held,
        offers_form=waiting is None and (held is None or held.entered_at is None),
        errors=told,
        refusal=text(refusal.message) if refusal and not is_password and not at else "",
        password_error=text(refusal.message) if refusal and is_password else "",
        reason_error=text(refusal.message) if refusal and at == "reason" else "",
        typed=_typed() if request.method == "POST" else _empty(),
        strata=[
            {"value": one.key, "text": f"{one.key} · {text(one.label)}"} for one in DESIGN.strata()
        ],
        arms=[{"value": one.code, "text": text(one.label)} for one in DESIGN.arms],
        openers=[{"value": key, "text": name} for key, name in _openers().items()],
        form_id=FORM_ID,
        urls={
            "casebook": url_for("subjects.casebook", subject_id=subject().id),
            "enter": url_for("envelopes.enter", subject_id=subject().id),
            "recruitment": url_for("recruitment.index"),
        },
    )


def _empty() -> dict[str, str]:
    """Return a form in which nothing is chosen: the stratum is read on the envelope, not here."""
    return dict.fromkeys(_NAMES, "")


def _people(one: Envelope) -> set[str]:
    return {one.unsealed_by, one.entered_by, one.decided_by or ""}


def _shown(one: Envelope, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "stratum": one.stratum.stratum,
        "sequence": one.sequence,
        "arm": _arm(one),
        "unsealed_at": one.unsealed_at,
        "unsealed_by": names.get(one.unsealed_by, one.unsealed_by),
        "reason": one.reason,
        "passes": envelopes.count_passed(reading(), one),
        "entered_by": names.get(one.entered_by, one.entered_by),
        "entered_role": text(ROLE_LABELS[Role(one.entered_role)]),
        "entered_at": one.entered_at,
    }


def _arm(one: Envelope) -> str:
    """Return the arm on the sheet in words."""
    listed = find_list(reading(), purpose=list_purpose())
    sha256 = listed.sha256 if listed else ""
    try:
        arm = envelopes.arm_on_paper(one, sha256=sha256, key=sealing_key())
    except SealBroken:
        # The list was sealed anew meanwhile; what was typed before is read by the old key only.
        return str(_("It can no longer be read: send the entry back and enter the envelope again."))
    return text(DESIGN.arm(arm).label)


def _decided(one: Envelope, names: dict[str, str]) -> dict[str, Any]:
    state = EnvelopeState(one.state)
    return {
        "sequence": f"{one.stratum.stratum} · {one.sequence}",
        "unsealed_at": one.unsealed_at,
        "decided_at": one.decided_at,
        "who": f"{names.get(one.entered_by, one.entered_by)} · "
        f"{names.get(one.decided_by or '', one.decided_by or '')}",
        "state": {"confirmed": "resolved", "refused": "closed"}.get(state, "open"),
        "text": _state_text(state),
        "note": text(CONFLICTS[one.conflict]) if one.conflict else one.decision or "",
    }


def _state_text(state: EnvelopeState) -> str:
    words = {
        EnvelopeState.WAITING: _("Waits"),
        EnvelopeState.CONFIRMED: _("Confirmed"),
        EnvelopeState.REFUSED: _("Sent back"),
        EnvelopeState.CONFLICT: _("Incident"),
    }
    return str(words[state])
