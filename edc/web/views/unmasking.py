"""Unmasking of one participant: asking, approving, the one look at the arm, and the register.

The arm stands in one answer only: that to the request by which the person looks at it. No address,
title, log, flash or mail holds it, and the showing is on record before the answer leaves.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EdcError, NotFound, PasswordRefused, Refused, TooManyAttempts
from edc.forms.codelists_conduct import UBREAS
from edc.label import Label
from edc.models import UnmaskingKind, UnmaskingState
from edc.permissions import ROLE_LABELS, Permission, Role
from edc.protocol import DESIGN
from edc.randomization.masking import may_see_arm
from edc.reports.unmasking_words import UNMASKING_KINDS, UNMASKING_STATES
from edc.reports.unmaskings import Listed, find_register
from edc.services import mail, unmasking
from edc.services.mail_words import MailKind
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.password_again import password_again
from edc.web.request import (
    actor,
    database,
    language,
    reading,
    role,
    settings,
    subject,
    text,
    viewer,
)
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

bp = Blueprint("unmasking", __name__)
_HERE = "/subjects/<int:subject_id>/unmasking"
_ANY = (Permission.UNMASK_REQUEST, Permission.UNMASK_APPROVE, Permission.UNMASK_READ)
_SUMMARY = 160  # characters of an explanation in the register


@bp.get("/unmasking")
@requires(*_ANY)
def index() -> ResponseReturnValue:
    """Show the register to those who may read it, and their own unmaskings to everybody."""
    person = viewer()
    if person.may_somewhere(Permission.UNMASK_READ):
        found = find_register(reading(), person.sites_with(Permission.UNMASK_READ))
    else:
        sites = person.sites_with(Permission.UNMASK_REQUEST)
        found = [
            one for one in find_register(reading(), sites) if one.row.person == person.username
        ]
    return render_template(
        "unmasking/index.html",
        rows=[_row(one) for one in found],
        is_whole=person.may_somewhere(Permission.UNMASK_READ),
    )


@bp.get(_HERE)
@requires(*_ANY)
def page(subject_id: int) -> ResponseReturnValue:
    """Show what concerns the person: the request, what waits for a decision, the register."""
    return _page(subject_id)


@bp.post(_HERE)
@requires(Permission.UNMASK_REQUEST)
def ask(subject_id: int) -> ResponseReturnValue:
    """Ask to be told the arm."""
    if language_chosen():
        return _page(subject_id)
    try:
        checked = password_again()
        why, explanation = request.form.get("why", ""), request.form.get("explanation", "")
        begun = clock.now()
        with database().unit_of_work(actor(), "unmasking.ask") as uow:
            unmasking.ask(
                uow, subject_id=subject_id, why=why, explanation=explanation,
                password_checked=checked,
            )  # fmt: skip
    except (PasswordRefused, Refused, TooManyAttempts) as refusal:
        return _refused(subject_id, refusal)
    if _is_mailed(subject_id, since=begun):
        told = _("Asked. The investigator and the medical monitor on call are told by mail.")
        flash(told, "success")
    else:
        flash(
            _("Asked, but no mail could be sent: telephone an investigator to approve it now."),
            "warning",
        )
    return redirect(url_for("unmasking.page", subject_id=subject_id), code=303)


def _is_mailed(subject_id: int, *, since: datetime) -> bool:
    """Tell whether a mail about the request goes to anybody: in none may the asker trust."""
    if not settings().mail_host:
        return False
    # A session of its own: the request's began before the mails were written.
    with database().reading() as session:
        return mail.is_queued(
            session,
            kind=MailKind.UNMASKING_ASKED,
            subject_id=subject_id,
            since=since,
            besides=viewer().username,
        )


@bp.post(f"{_HERE}/<int:unmasking_id>/decision")
@requires(Permission.UNMASK_APPROVE)
def decide(subject_id: int, unmasking_id: int) -> ResponseReturnValue:
    """Approve a request with the password, or refuse it with a reason."""
    if language_chosen():
        return _page(subject_id)
    is_approved = request.form.get("act") == "approve"
    try:
        checked = password_again()
        name = "unmasking.approve" if is_approved else "unmasking.refuse"
        reason = request.form.get("reason", "")
        # An approval gives none: what nobody has looked through must not get into the trail.
        told = None if is_approved else reason
        with database().unit_of_work(actor(), name, reason=told) as uow:
            if is_approved:
                unmasking.approve(
                    uow, subject_id=subject_id, unmasking_id=unmasking_id, key=sealing_key(),
                    password_checked=checked,
                )  # fmt: skip
            else:
                unmasking.refuse(
                    uow, subject_id=subject_id, unmasking_id=unmasking_id, reason=reason
                )
    except (PasswordRefused, Refused, TooManyAttempts) as refusal:
        form = "" if is_approved else "refuse"
        return _refused(subject_id, refusal, unmasking_id=unmasking_id, form=form)
    said = (
        _("Approved. The arm can be looked at once, within 24 hours, by the person who asked.")
        if is_approved
        else _("Refused. Nobody is shown the arm.")
    )
    flash(said, "success")
    return redirect(url_for("unmasking.page", subject_id=subject_id), code=303)


@bp.get(f"{_HERE}/<int:unmasking_id>/arm")
@requires(Permission.UNMASK_REQUEST)
def look(subject_id: int, unmasking_id: int) -> ResponseReturnValue:
    """Lead whoever comes back to the address of the arm to the participant's page."""
    del unmasking_id
    return redirect(url_for("unmasking.page", subject_id=subject_id))


@bp.post(f"{_HERE}/<int:unmasking_id>/arm")
@requires(Permission.UNMASK_REQUEST)
def show(subject_id: int, unmasking_id: int) -> ResponseReturnValue:
    """Show the arm, once, in the answer to this request and nowhere else."""
    if language_chosen():
        return _page(subject_id)
    try:
        checked = password_again()
        with database().unit_of_work(actor(), "unmasking.show") as uow:
            arm = unmasking.show(
                uow, subject_id=subject_id, unmasking_id=unmasking_id, key=sealing_key(),
                password_checked=checked,
            )  # fmt: skip
    except (PasswordRefused, Refused, TooManyAttempts) as refusal:
        return _refused(subject_id, refusal, unmasking_id=unmasking_id)
    return render_template(
        "unmasking/arm.html", subject=subject(), arm=DESIGN.arm(arm).label, code=arm
    )


@bp.post(f"{_HERE}/report")
@requires(Permission.UNMASK_REQUEST)
def report(subject_id: int) -> ResponseReturnValue:
    """Report that the person learned the arm by accident."""
    if language_chosen():
        return _page(subject_id)
    try:
        password_again()
        known_from = _moment(request.form.get("day", ""), request.form.get("time", ""))
        with database().unit_of_work(actor(), "unmasking.report") as uow:
            unmasking.report(
                uow, subject_id=subject_id, how=request.form.get("how", ""),
                known_from=known_from, key=sealing_key(),
            )  # fmt: skip
    except (PasswordRefused, Refused, TooManyAttempts) as refusal:
        return _refused(subject_id, refusal, form="report")
    flash(_("Reported. Your later assessments of this participant are marked."), "success")
    return redirect(url_for("unmasking.page", subject_id=subject_id), code=303)


@bp.post(f"{_HERE}/<int:unmasking_id>/impact")
@requires(Permission.UNMASK_APPROVE)
def assess(subject_id: int, unmasking_id: int) -> ResponseReturnValue:
    """Say what an unmasking means for the study."""
    if language_chosen():
        return _page(subject_id)
    known = find_register(reading(), None, subject_id=subject_id)
    if all(one.row.id != unmasking_id for one in known):
        raise NotFound
    try:
        with database().unit_of_work(actor(), "unmasking.assess") as uow:
            unmasking.assess(uow, unmasking_id=unmasking_id, impact=request.form.get("impact", ""))
    except Refused as refusal:
        return _refused(subject_id, refusal, unmasking_id=unmasking_id, form="impact")
    flash(_("The impact is on record."), "success")
    return redirect(url_for("unmasking.page", subject_id=subject_id), code=303)


def _moment(day: str, time: str) -> datetime:
    try:
        typed = datetime.strptime(f"{day.strip()} {time.strip()}", "%Y-%m-%d %H:%M")  # noqa: DTZ007
        return typed.replace(tzinfo=clock.STUDY_ZONE)
    except ValueError as error:
        raise Refused(_NO_TIME, rule="TIME") from error


def _refused(
    subject_id: int, refusal: EdcError, *, unmasking_id: int | None = None, form: str = ""
) -> ResponseReturnValue:
    answer = _page(subject_id, refusal=refusal, unmasking_id=unmasking_id, form=form)
    if isinstance(refusal, TooManyAttempts):
        return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
    return answer, 422


def _page(
    subject_id: int,
    *,
    refusal: EdcError | None = None,
    unmasking_id: int | None = None,
    form: str = "",
) -> str:
    """Draw the participant's page; a refusal stands at the form it belongs to."""
    person, site_id = viewer(), subject().site_id
    found = find_register(reading(), None, subject_id=subject_id)
    may_read = person.may(Permission.UNMASK_READ, site_id=site_id)
    own = [one for one in found if one.row.person == person.username]
    now = clock.now()
    may_ask = (
        person.may(Permission.UNMASK_REQUEST, site_id=site_id)
        and not may_see_arm(role())
        and subject().slot is not None
    )
    is_waiting = any(unmasking.is_pending(one.row, now=now) for one in own)
    local = clock.local(now)
    typed = {name: request.form.get(name, "") for name in ("why", "explanation", "how", "reason")}
    return render_template(
        "unmasking/page.html",
        subject=subject(),
        cards=[_card(one) for one in (found if may_read else own)],
        may_ask=may_ask and not is_waiting,
        may_report=may_ask,
        reasons=[{"value": code.value, "text": text(code.label)} for code in unmasking.REASONS],
        typed=typed,
        day=request.form.get("day", local.date().isoformat()),
        time=request.form.get("time", f"{local:%H:%M}"),
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
        refused_id=unmasking_id,
        refused_form=form,
    )


def _card(one: Listed) -> dict[str, Any]:
    row, person = one.row, viewer()
    is_pending = unmasking.is_pending(row, now=clock.now())
    may_approve = person.may(Permission.UNMASK_APPROVE, site_id=subject().site_id)
    is_own = row.person == person.username
    return _told(one) | {
        "may_decide": may_approve
        and is_pending
        and not is_own
        and row.state == UnmaskingState.ASKED,
        "waits": is_own and is_pending and row.state == UnmaskingState.ASKED,
        "may_look": is_own and is_pending and row.state == UnmaskingState.APPROVED,
        "may_assess": may_approve and not is_own and row.known_from is not None,
        "until": (row.decided_at or row.asked_at) + timedelta(hours=24) if is_pending else None,
    }


def _row(one: Listed) -> dict[str, Any]:
    told = _told(one)
    explanation = one.row.explanation
    if len(explanation) > _SUMMARY:
        explanation = f"{explanation[:_SUMMARY]}…"
    href = (
        url_for("arms.index")
        if one.row.subject_id is None
        else url_for("unmasking.page", subject_id=one.row.subject_id)
    )
    may_open = one.row.subject_id is not None or viewer().may_somewhere(Permission.ARMS_RELEASE)
    return told | {"explanation": explanation, "href": href if may_open else None}


def _told(one: Listed) -> dict[str, Any]:
    """Return an unmasking in words."""
    row = one.row
    is_pending = unmasking.is_pending(row, now=clock.now())
    is_over = row.kind == UnmaskingKind.EMERGENCY and not is_pending
    expired = is_over and row.state in (UnmaskingState.ASKED, UnmaskingState.APPROVED)
    return {
        "id": row.id,
        "number": row.subject.number if row.subject else _("All participants"),
        "kind": text(UNMASKING_KINDS[row.kind]),
        "state": _("expired") if expired else text(UNMASKING_STATES[row.state]),
        "look": "closed" if expired or row.state == "refused" else "open" if is_pending else "met",
        "person": one.person,
        "role": text(ROLE_LABELS[Role(row.person_role)]),
        "why": UBREAS.text(row.why, language()) if row.why else "",
        "explanation": row.explanation,
        "asked_at": row.asked_at,
        "decided_by": one.decided_by,
        "decided_at": row.decided_at,
        "decision": row.decision,
        "shown_at": row.shown_at,
        "known_from": row.known_from,
        "is_accidental": row.kind == UnmaskingKind.ACCIDENTAL,
        "impact": row.impact,
        "impact_by": one.impact_by,
        "impact_at": row.impact_at,
        "marked": one.marked,
        "unmarked": one.unmarked,
    }


_NO_TIME = Label(
    en="Give the day as YYYY-MM-DD and the time as HH:MM.",
    zh="日期格式为YYYY-MM-DD，时间格式为HH:MM。",
)
