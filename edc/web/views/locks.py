"""Locking and unlocking the study, and a participant's casebook or CRFs."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EdcError, NotFound, PasswordRefused, Refused, TooManyAttempts
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.services import locking, unmasking
from edc.services.obstacles import OBSTACLES, Obstacle, ObstacleKind, Place, find_obstacles
from edc.services.people import find_name
from edc.web.crf_page import NO_VISIT, place_url
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.password_again import password_again
from edc.web.request import actor, database, reading, subject, text, viewer, whole
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import DataLock
    from edc.services.unit_of_work import Actor

bp = Blueprint("locks", __name__)
_STUDY = (Permission.STUDY_LOCK, Permission.STUDY_UNLOCK, Permission.ARMS_RELEASE)
_REFUSALS = (PasswordRefused, Refused, TooManyAttempts)
_ROW_FIGURES = 4
_VISIT = re.compile(f"[A-Z0-9]{{1,12}}|{re.escape(NO_VISIT)}")
_SETTLED_AT = {
    ObstacleKind.QUERIES: (Permission.QUERY_READ, "queries.index"),
    ObstacleKind.DEVIATIONS: (Permission.DEVIATION_READ, "deviations.index"),
    ObstacleKind.LINKS: (Permission.LINKING_PROPOSE, "linking.index"),
    ObstacleKind.UNMASKINGS: (Permission.UNMASK_READ, "unmasking.page"),
}
_BY_NUMBER = (ObstacleKind.QUERIES, ObstacleKind.DEVIATIONS)


@bp.get("/study-lock")
@requires(*_STUDY)
def index() -> ResponseReturnValue:
    """Show whether the study is locked, what stands in the way, and what may be done."""
    return _page()


@bp.post("/study-lock")
@requires(Permission.STUDY_LOCK)
def lock() -> ResponseReturnValue:
    """Lock the study."""
    if language_chosen():
        return _page()
    try:
        checked = password_again()
        with database().unit_of_work(actor(Permission.STUDY_LOCK), "lock.study") as uow:
            locking.lock_study(uow, password_checked=checked)
    except _REFUSALS as refusal:
        return _refused(refusal)
    flash(_("The study is locked: no data can be entered or changed."), "success")
    return redirect(url_for("locks.index"), code=303)


@bp.post("/study-lock/verify")
@requires(*_STUDY)
def verify() -> ResponseReturnValue:
    """Compute the digests anew and say whether what was locked still stands there."""
    found = locking.find_study_lock(reading())
    if found is None:
        return redirect(url_for("locks.index"), code=303)
    verified = locking.verify(reading(), found)
    if verified.holds:
        flash(_("Data and trail are what was locked."), "success")
    if not verified.data:
        flash(_("The data are not what was locked. Tell the sponsor at once."), "error")
    if not verified.trail:
        flash(_("The trail is not what was locked. Tell the sponsor at once."), "error")
    return redirect(url_for("locks.index"), code=303)


@bp.post("/study-lock/unlock")
@requires(Permission.STUDY_LOCK)
def ask_unlock() -> ResponseReturnValue:
    """Ask that the study be unlocked."""
    if language_chosen():
        return _page()
    reason = request.form.get("reason", "")
    try:
        checked = password_again()
        by = actor(Permission.STUDY_LOCK)
        with database().unit_of_work(by, "unlock.ask", reason=reason) as uow:
            locking.ask_unlock(uow, reason=reason, password_checked=checked)
    except _REFUSALS as refusal:
        return _refused(refusal)
    flash(_("Asked. An investigator confirms it."), "success")
    return redirect(url_for("locks.index"), code=303)


@bp.post("/study-lock/unlock/confirm")
@requires(Permission.STUDY_UNLOCK)
def confirm_unlock() -> ResponseReturnValue:
    """Unlock the study as the second person."""
    if language_chosen():
        return _page()
    found = locking.find_study_lock(reading())
    try:
        checked = password_again()
        by = actor(Permission.STUDY_UNLOCK)
        reason = found.unlock_reason if found else None
        with database().unit_of_work(by, "unlock.study", reason=reason) as uow:
            locking.confirm_unlock(
                uow, asked_at=_moment(request.form.get("asked_at", "")), password_checked=checked
            )
        _write_owed_rows(by, "unlock.study")
    except _REFUSALS as refusal:
        return _refused(refusal)
    flash(_("The study is unlocked. Whoever knows the arms still knows them."), "success")
    return redirect(url_for("locks.index"), code=303)


@bp.post("/study-lock/unlock/withdraw")
@requires(Permission.STUDY_LOCK, Permission.STUDY_UNLOCK)
def withdraw_unlock() -> ResponseReturnValue:
    """Take the request to unlock the study off the table."""
    try:
        by = actor(Permission.STUDY_LOCK)
        if not viewer().may_somewhere(Permission.STUDY_LOCK):
            by = actor(Permission.STUDY_UNLOCK)
        with database().unit_of_work(by, "unlock.withdraw") as uow:
            locking.refuse_unlock(uow)
    except Refused as refusal:
        return _refused(refusal)
    flash(_("The study stays locked."), "success")
    return redirect(url_for("locks.index"), code=303)


@bp.get("/subjects/<int:subject_id>/locks")
@requires(Permission.STUDY_LOCK)
def casebook(subject_id: int) -> ResponseReturnValue:
    """Show what of a casebook is locked."""
    return _casebook_page(subject_id)


@bp.post("/subjects/<int:subject_id>/locks")
@requires(Permission.STUDY_LOCK)
def lock_part(subject_id: int) -> ResponseReturnValue:
    """Lock the casebook or one of its CRFs."""
    if language_chosen():
        return _casebook_page(subject_id)
    reason, place = request.form.get("reason", ""), _typed_place(request.form.get("place", ""))
    name = "lock.casebook" if place == locking.WHOLE else "lock.crf"
    try:
        with database().unit_of_work(actor(), name, reason=reason) as uow:
            locking.lock_part(uow, subject_id=subject_id, place=place, reason=reason)
    except Refused as refusal:
        return _casebook_page(subject_id, refusal=refusal), 422
    flash(_("Locked."), "success")
    return redirect(url_for("locks.casebook", subject_id=subject_id), code=303)


@bp.post("/subjects/<int:subject_id>/locks/<int:lock_id>/unlock")
@requires(Permission.STUDY_LOCK)
def unlock_part(subject_id: int, lock_id: int) -> ResponseReturnValue:
    """Unlock the casebook or one of its CRFs."""
    if language_chosen():
        return _casebook_page(subject_id)
    reason = request.form.get("reason", "")
    try:
        with database().unit_of_work(actor(), "unlock.partial", reason=reason) as uow:
            locking.unlock_part(uow, subject_id=subject_id, lock_id=lock_id, reason=reason)
        _write_owed_rows(actor(), "unlock.partial")
    except Refused as refusal:
        return _casebook_page(subject_id, refusal=refusal), 422
    flash(_("Unlocked."), "success")
    return redirect(url_for("locks.casebook", subject_id=subject_id), code=303)


def _write_owed_rows(by: Actor, action: str) -> None:
    """Write what a lock held back of unmaskings, each in a unit of work of its own."""
    for number in unmasking.find_owed_rows(reading()):
        with database().unit_of_work(by, action) as uow:
            unmasking.write_owed_row(uow, unmasking_id=number, key=sealing_key())


def _typed_place(typed: str) -> tuple[str, str, int]:
    """Read ``VISIT/FORM/ROW``; nothing stands for the whole casebook."""
    if not typed.strip():
        return locking.WHOLE
    parts = typed.strip().split("/")
    row = whole(parts[2], figures=_ROW_FIGURES) if len(parts) == 3 else None  # noqa: PLR2004
    if row is None or parts[1] not in STUDY.crfs or not _VISIT.fullmatch(parts[0]):
        raise NotFound
    return ("" if parts[0] == NO_VISIT else parts[0], parts[1], row)


def _moment(typed: str) -> datetime:
    """Read the moment of the request that the page was drawn with."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise NotFound from error
    if moment.tzinfo is None:
        raise NotFound
    return moment


def _refused(refusal: EdcError) -> ResponseReturnValue:
    answer = _page(refusal=refusal)
    if isinstance(refusal, TooManyAttempts):
        return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
    return answer, 422


def _page(*, refusal: EdcError | None = None) -> str:
    person = viewer()
    found = locking.find_study_lock(reading())
    obstacles = [] if found else find_obstacles(reading())
    asked_by = found.unlock_asked_by if found else None
    return render_template(
        "locks/index.html",
        lock=_lock(found) if found else None,
        obstacles=[_obstacle(one) for one in obstacles],
        earlier=[_lock(one) for one in locking.list_study_locks(reading()) if one.unlocked_at],
        may_lock=person.may_somewhere(Permission.STUDY_LOCK),
        may_confirm=person.may_somewhere(Permission.STUDY_UNLOCK)
        and asked_by is not None
        and asked_by != person.username,
        may_withdraw=asked_by is not None
        and (asked_by == person.username or person.may_somewhere(Permission.STUDY_UNLOCK)),
        reason=request.form.get("reason", ""),
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
    )


def _lock(found: DataLock) -> dict[str, Any]:
    return {
        "locked_by": find_name(reading(), found.locked_by),
        "locked_at": found.locked_at,
        "data": found.data_sha256,
        "trail": found.trail_sha256,
        "entry": found.trail_entry,
        "asked_by": find_name(reading(), found.unlock_asked_by) if found.unlock_asked_by else "",
        "asked_at": found.unlock_asked_at,
        "asked_key": found.unlock_asked_at.isoformat() if found.unlock_asked_at else "",
        "reason": found.unlock_reason,
        "unlocked_by": find_name(reading(), found.unlocked_by) if found.unlocked_by else "",
        "unlocked_at": found.unlocked_at,
    }


def _obstacle(found: Obstacle) -> dict[str, Any]:
    first = [
        {"text": _where(place), "href": _href(found.kind, place)}
        for place in found.first
        if viewer().role_at(place.site_id) is not None
    ]
    is_counted = found.kind not in (ObstacleKind.HIDDEN, ObstacleKind.RECRUITMENT)
    if found.kind is ObstacleKind.RECRUITMENT and viewer().may_somewhere(Permission.ENROLMENT_READ):
        first = [{"text": _("Recruitment"), "href": url_for("recruitment.index")}]
    return {
        "kind": str(found.kind),
        "text": text(OBSTACLES[found.kind]),
        "count": str(found.count) if is_counted else None,
        "first": first,
        "more": found.count - len(first) if is_counted else 0,
    }


def _where(place: Place) -> str:
    at = f"{place.visit} {place.form}".strip()
    return f"{place.number} {at}{f' {place.row}' if place.row > 1 else ''}".strip()


def _href(kind: ObstacleKind, place: Place) -> str | None:
    """Return where the thing is settled, for a person who may open it."""
    permission, endpoint = _SETTLED_AT.get(kind, (Permission.CRF_READ, "subjects.casebook"))
    if not viewer().may_somewhere(permission):
        return None
    if kind is ObstacleKind.LINKS:
        return url_for(endpoint)
    if kind in _BY_NUMBER:
        return url_for(endpoint, participant=place.number)
    if place.form:
        return url_for(
            "crf.page", subject_id=place.subject_id, visit=place.visit or NO_VISIT,
            form=place.form, row=place.row,
        )  # fmt: skip
    return url_for(endpoint, subject_id=place.subject_id)


def _casebook_page(subject_id: int, *, refusal: Refused | None = None) -> str:
    found = locking.list_locks(reading(), subject_id)
    return render_template(
        "locks/casebook.html",
        subject=subject(),
        locks=[
            {
                "id": one.id,
                "text": f"{one.visit} {one.form} {one.row}".strip()
                if one.form
                else _("The whole casebook"),
                "href": place_url("crf.page", (one.visit, one.form, one.row)) if one.form else None,
                "by": find_name(reading(), one.locked_by),
                "at": one.locked_at,
                "reason": one.reason,
            }
            for one in found
        ],
        place=request.form.get("place", request.args.get("place", "")),
        reason=request.form.get("reason", ""),
        refusal=text(refusal.message) if refusal else "",
        rule=getattr(refusal, "rule", ""),
    )
