"""Planned unmasking: two signatures after the study lock, then every arm with its proof."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EdcError, PasswordRefused, Refused, TooManyAttempts
from edc.permissions import ROLE_LABELS, Permission, Role
from edc.protocol import DESIGN
from edc.randomization.proof import write_document
from edc.services import arms_release
from edc.services.locking import find_study_lock
from edc.services.people import find_name
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.password_again import password_again
from edc.web.request import actor, database, reading, text, viewer
from edc.web.sealing import list_purpose, sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import Unmasking

bp = Blueprint("arms", __name__)
FILE_NAME = "allocations-proof.json"
_HASH = 12  # digits by which a hash is recognised; the file has it whole


@bp.get("/arms")
@requires(Permission.ARMS_RELEASE, Permission.ARMS_READ)
def index() -> ResponseReturnValue:
    """Show how the planned unmasking stands, and the arms to those who read them."""
    return _page()


@bp.post("/arms")
@requires(Permission.ARMS_RELEASE)
def sign() -> ResponseReturnValue:
    """Sign that the arms be released."""
    if language_chosen():
        return _page()
    lock = find_study_lock(reading())
    waits = lock is not None and arms_release.find_first_signature(reading(), lock.id) is not None
    name = "unmasking.release" if waits else "unmasking.plan"
    why = request.form.get("why", "")
    try:
        checked = password_again()
        by = actor(Permission.ARMS_RELEASE)
        with database().unit_of_work(by, name, reason=None if waits else why) as uow:
            is_done = arms_release.sign(uow, why=why, password_checked=checked)
    except (PasswordRefused, Refused, TooManyAttempts) as refusal:
        answer = _page(refusal=refusal)
        if isinstance(refusal, TooManyAttempts):
            return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
        return answer, 422
    said = (
        _("Signed by two persons: the arms are released.")
        if is_done
        else _("Signed. The second signature releases the arms.")
    )
    flash(said, "success")
    return redirect(url_for("arms.index"), code=303)


@bp.post("/arms/file")
@requires(Permission.ARMS_READ)
def download() -> ResponseReturnValue:
    """Give every arm with its proof as one file; who took it is in the trail."""
    by = actor(Permission.ARMS_READ)
    try:
        found = arms_release.read_arms(
            reading(), role=by.role, design=DESIGN, purpose=list_purpose(), key=sealing_key()
        )
    except Refused as refusal:
        return _page(refusal=refusal), 422
    with database().unit_of_work(by, "unmasking.read") as uow:
        uow.record(rows=len(cast("list[object]", found["allocations"])))
    return Response(
        write_document(found),
        mimetype="application/json",
        headers={"Content-Disposition": f"attachment; filename={FILE_NAME}"},
    )


def _page(*, refusal: EdcError | None = None) -> str:
    person = viewer()
    lock = find_study_lock(reading())
    release = arms_release.find_release(reading())
    first = arms_release.find_first_signature(reading(), lock.id) if lock and not release else None
    reads = release is not None and person.may_somewhere(Permission.ARMS_READ)
    return render_template(
        "arms/index.html",
        lock=lock,
        is_released=release is not None,
        first=_signature(first) if first else None,
        release=_signature(release) if release else None,
        may_sign=lock is not None
        and release is None
        and person.may_somewhere(Permission.ARMS_RELEASE)
        and (first is None or first.person != person.username),
        allocations=_allocations() if reads else [],
        reads=reads,
        why=request.form.get("why", ""),
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
    )


def _signature(found: Unmasking) -> dict[str, Any]:
    return {
        "first_by": find_name(reading(), found.person),
        "first_role": text(ROLE_LABELS[Role(found.person_role)]),
        "first_at": found.asked_at,
        "why": found.explanation,
        "second_by": find_name(reading(), found.decided_by) if found.decided_by else "",
        "second_role": text(ROLE_LABELS[Role(found.decided_role)]) if found.decided_role else "",
        "second_at": found.decided_at,
    }


def _allocations() -> list[dict[str, Any]]:
    found = arms_release.read_arms(
        reading(), role=viewer().role_for(Permission.ARMS_READ), design=DESIGN,
        purpose=list_purpose(), key=sealing_key(),
    )  # fmt: skip
    return [
        one
        | {
            "arm": text(DESIGN.arm(one["opened"]["arm"]).label),
            "code": one["opened"]["arm"],
            "at": datetime.fromisoformat(one["allocated_at"]),
            "begins": one["leaf"][:_HASH],
        }
        for one in cast("list[dict[str, Any]]", found["allocations"])
    ]
