"""Registered twice: what the data manager reports and the statistician confirms.

The page holds numbers, times and reasons only: the statistician sees no clinical data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EdcError, NotFound, PasswordRefused, Refused, TooManyAttempts
from edc.models import LinkState
from edc.permissions import Permission
from edc.services import linking
from edc.services.people import find_name
from edc.services.sign_in import check_password
from edc.web import sessions
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, text, viewer
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.services.linking import Link

bp = Blueprint("linking", __name__)
FORM_ID = "link-form"
_BOTH = (Permission.LINKING_CONFIRM, Permission.LINKING_PROPOSE)


@bp.get("/linking")
@requires(*_BOTH)
def index() -> ResponseReturnValue:
    """Show every report of a double registration, and the form or the decision of the person."""
    return _page()


@bp.post("/linking")
@requires(Permission.LINKING_PROPOSE)
def propose() -> ResponseReturnValue:
    """Report a double registration."""
    if language_chosen():
        return _page()
    act = database().unit_of_work(
        actor(Permission.LINKING_PROPOSE), "linking.propose", reason=request.form.get("reason")
    )
    try:
        with act as uow:
            linking.propose(
                uow,
                void=request.form.get("void", ""),
                counted=request.form.get("counted", ""),
                reason=request.form.get("reason", ""),
                sites=viewer().sites_with(Permission.LINKING_PROPOSE),
            )
    except Refused as refusal:
        return _page(refusal=refusal), 422
    flash(_("Reported. The statistician decides on it."), "success")
    return redirect(url_for("linking.index"), code=303)


@bp.post("/linking/<int:link_id>/confirm")
@requires(Permission.LINKING_CONFIRM)
def confirm(link_id: int) -> ResponseReturnValue:
    """Confirm a report as the second person, with the password typed again."""
    _require_known(link_id)
    if language_chosen():
        return _page(link_id=link_id)
    checked: Literal[True] = True
    try:
        check_password(
            database(),
            viewer(),
            request.form.get("password", ""),
            origin=sessions.origin(),
            hashing=sessions.hashing(),
        )
        reason = linking.find_reason(reading(), link_id)
        who = actor(Permission.LINKING_CONFIRM)
        with database().unit_of_work(who, "linking.confirm", reason=reason) as uow:
            linking.confirm(uow, proposal_id=link_id, key=sealing_key(), password_checked=checked)
    except TooManyAttempts as refusal:
        answer = _page(link_id=link_id, refusal=refusal)
        return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
    except (PasswordRefused, Refused) as refusal:
        return _page(link_id=link_id, refusal=refusal), 422
    flash(_("Confirmed. The later allocation is void; its number stays used."), "success")
    return redirect(url_for("linking.index"), code=303)


@bp.post("/linking/<int:link_id>/refuse")
@requires(Permission.LINKING_CONFIRM)
def refuse(link_id: int) -> ResponseReturnValue:
    """Refuse a report, with a reason."""
    _require_known(link_id)
    if language_chosen():
        return _page(link_id=link_id)
    reason = request.form.get("reason", "")
    try:
        who = actor(Permission.LINKING_CONFIRM)
        with database().unit_of_work(who, "linking.refuse", reason=reason) as uow:
            linking.refuse(uow, proposal_id=link_id, reason=reason)
    except Refused as refusal:
        return _page(link_id=link_id, refusal=refusal), 422
    flash(_("Refused. Both allocations stay as they are."), "success")
    return redirect(url_for("linking.index"), code=303)


def _links() -> list[Link]:
    """Return the reports at the person's sites."""
    found: dict[int, Link] = {}
    for permission in _BOTH:
        if viewer().may_somewhere(permission):
            links = linking.list_links(reading(), viewer().sites_with(permission))
            found |= {link.id: link for link in links}
    return sorted(found.values(), key=lambda link: -link.id)


def _require_known(link_id: int) -> None:
    """Refuse a report of a site where the person does not decide, as one that does not exist."""
    sites = viewer().sites_with(Permission.LINKING_CONFIRM)
    if all(link.id != link_id for link in linking.list_links(reading(), sites)):
        raise NotFound


def _page(*, link_id: int | None = None, refusal: EdcError | None = None) -> str:
    """Draw the page; a refusal stands at the report or the form it belongs to."""
    links = _links()
    waiting = [link for link in reversed(links) if link.state is LinkState.PROPOSED]
    may_confirm = viewer().may_somewhere(Permission.LINKING_CONFIRM)
    return render_template(
        "linking/index.html",
        waiting=[_shown(link, may_confirm=may_confirm) for link in waiting],
        decided=[_shown(link) for link in links if link.state is not LinkState.PROPOSED],
        may_propose=viewer().may_somewhere(Permission.LINKING_PROPOSE),
        typed={name: request.form.get(name, "") for name in ("void", "counted", "reason")},
        form_id=FORM_ID,
        link_id=link_id,
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
    )


def _shown(link: Link, *, may_confirm: bool = False) -> dict[str, Any]:
    return {
        "id": link.id,
        "void": link.void,
        "counted": link.counted,
        "reason": link.reason,
        "state": {"confirmed": "resolved", "refused": "closed"}.get(link.state, "open"),
        "is_confirmed": link.state is LinkState.CONFIRMED,
        "proposed_by": find_name(reading(), link.proposed_by),
        "proposed_at": link.proposed_at,
        "decided_by": find_name(reading(), link.decided_by) if link.decided_by else "",
        "decided_at": link.decided_at,
        "decision": link.decision or "",
        "may_confirm": may_confirm and link.proposed_by != viewer().username,
    }
