"""The CRF page: opening, saving, previewing derived values, keeping drafts, comparing versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from edc import clock
from edc.errors import EditConflict, InvalidValues, NotPermitted, ReasonRequired, Refused
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.reports.casebook import casebook_view, next_to_enter
from edc.services import admission, deviations, drafts, people
from edc.services.casebooks import Opened, Place, load_references, open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.proposals import proposed
from edc.services.randomize import arm_of
from edc.services.submissions import address, drafted
from edc.study import groups
from edc.study.casebook import EMPTY
from edc.study.crf import Crf, Occurs
from edc.web import cell_words, crf_conflict, crf_files, crf_form, crf_page, log_again, safety_panel
from edc.web.crf_page import NO_VISIT, REASON, hidden_items, place_url
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, role, subject, text, viewer
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.label import Label
    from edc.web.crf_page import Errors

__all__ = ["NO_VISIT", "bp", "place_url"]

bp = Blueprint("crf", __name__)
REFUSED = "_refused"
_PLACE = "/subjects/<int:subject_id>/crf/<visit>/<form>/<number:row>"
_ENTER = (
    Permission.CRF_ENTER, Permission.CRF_ASSESS, Permission.RANDOMISATION_CORRECT,
    Permission.SAFETY_ASSESS, Permission.DEVIATION_REVIEW,
)  # fmt: skip


def _place(visit: str, form: str, row: int) -> Place:
    return ("" if visit == NO_VISIT else visit, form, row)


@bp.get(_PLACE)
@requires(Permission.CRF_READ)
def page(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Show a CRF; opening it writes nothing."""
    place = _place(visit, form, row)
    draft = drafts.find_draft(
        reading(), user_id=viewer().user_id, subject_id=subject_id, place=place
    )
    if draft is not None and request.args.get("draft") == "use":
        return _again(subject_id, place, _fields(drafts.fields_of(draft)), errors={})
    if form == deviations.FORM and (proposal := crf_form.proposal_of(request.args)) is not None:
        return _again(subject_id, place, _of_proposal(subject_id, proposal), errors={})
    opened, crf = _open(subject_id, place)
    stored = opened.book.records.get(place) or opened.error_record(place)
    return crf_page.draw(
        opened, crf, place, draft=draft, stored=stored,
        record=log_again.filled(opened, crf, place, request.args.get("again", ""))
        or proposed(reading(), opened, crf, place),
        refusal=_refusal(opened, place), panel=safety_panel.panel(opened, place),
    )  # fmt: skip


@bp.post(_PLACE)
@requires(*_ENTER)
def save(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Save a CRF, or show it again with what was typed and what speaks against it."""
    place = _place(visit, form, row)
    crf = admission.find_crf(form, role=role(), row=row)
    fields, refused = crf_files.take(subject_id, place, crf)
    compared = crf_conflict.COMPARED in fields
    if language_chosen():
        return _in_other_language(subject_id, place, fields, refused=refused)
    if refused:
        errors = _standing(subject_id, place, fields) | refused
        return _again(subject_id, place, fields, errors=errors), 422
    if compared:
        as_new_row = fields.get("_action") == "row"
        if not as_new_row and crf_conflict.undecided(fields):
            error = _("Choose one of the two versions for each item.")
            return _compare(subject_id, place, fields, error=error), 409
        fields = crf_conflict.resolved(crf, fields, as_new_row=as_new_row)
    files = crf_files.vouched(subject_id, place, crf, fields)
    submission = crf_form.submission(crf, fields, files=files)
    try:
        with database().unit_of_work(
            actor(), "crf.save", reason=submission.reason.strip() or None
        ) as uow:
            saved = save_crf(
                uow, subject_id=subject_id, visit=place[0], form=form, row=row,
                submission=submission, key=sealing_key(),
            )  # fmt: skip
            drafts.drop_draft(
                uow.session, user_id=viewer().user_id, subject_id=subject_id, place=place
            )
    except EditConflict:
        return _compare(subject_id, place, fields), 409
    except Refused as refusal:
        return _again(subject_id, place, fields, errors=_spoken(refusal)), 422
    return _after_save(crf, saved)


@bp.post(f"{_PLACE}/preview")
@requires(*_ENTER)
def preview(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Return the derived values as they would be with what is typed; store nothing."""
    place = _place(visit, form, row)
    opened, crf = _open(subject_id, place)
    draft = drafted(
        opened, place, crf_form.submission(crf, request.form), role=role(), by=viewer().username
    )
    cells = {
        (item.code, repeat): (item, draft.record.cells.get((item.code, repeat), EMPTY))
        for item in crf.worked_out
        if item.code not in hidden_items(crf)
        for repeat in groups.touched_or_first(draft.record, crf, item.code)
    }
    return jsonify(
        {
            "values": {address(k): cell_words.display_value(*found) for k, found in cells.items()},
            "codes": {address(k): cell.value or "" for k, (_item, cell) in cells.items()},
        }
    )


@bp.post(f"{_PLACE}/draft")
@requires(*_ENTER)
def keep_draft(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Keep what is typed for the same person's next session."""
    place = _place(visit, form, row)
    _open(subject_id, place)
    fields = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    with database().housekeeping() as session:
        kept = drafts.save_draft(
            session, user_id=viewer().user_id, subject_id=subject_id, place=place,
            version=max(0, crf_form.version_of(request.form)), fields=fields,
        )  # fmt: skip
    return ("", 204) if kept else ("", 413)


@bp.post(f"{_PLACE}/draft/drop")
@requires(*_ENTER)
def drop_draft(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Throw the person's own draft away."""
    place = _place(visit, form, row)
    with database().housekeeping() as session:
        drafts.drop_draft(session, user_id=viewer().user_id, subject_id=subject_id, place=place)
    return redirect(place_url("crf.page", place), code=303)


def _open(subject_id: int, place: Place) -> tuple[Opened, Crf]:
    crf = admission.find_crf(place[1], role=role(), row=place[2])
    opened = open_casebook(reading(), subject_id, queries=False)
    if place not in opened.versions:
        admission.check_place(opened, place)
    load_references(reading(), opened, crf)
    if crf.asks_by_arm:
        arm = arm_of(reading(), subject_id, role=role(), key=sealing_key())
        if arm is not None:
            opened.book.facts["arm"] = arm
    return opened, crf


def _refusal(opened: Opened, place: Place) -> Label | None:
    """Return why a role that enters the CRF may not do so now; None when it may."""
    try:
        admission.admit(opened, place, role=role())
    except Refused as refusal:
        return refusal.message
    except NotPermitted:
        return None
    return None


def _fields(lists: dict[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for name, values in lists.items() for value in values])


def _named(problems: Errors) -> Errors:
    """Return a refusal's problems by the names that the page gives its controls."""
    return {REASON if name == "reason" else name: found for name, found in problems.items()}


def _of_proposal(subject_id: int, proposal_id: int) -> MultiDict[str, str]:
    """Return the form of a row of DV that is to accept a proposed deviation."""
    proposal = deviations.find_proposal(
        reading(), subject_id=subject_id, proposal_id=proposal_id, role=role()
    )
    deviations.require_undecided(proposal)
    typed = crf_form.prefilled(deviations.prefilled(proposal), STUDY.crfs[deviations.FORM])
    return MultiDict({"_version": "0", crf_form.PROPOSAL: str(proposal.id)} | typed)


def _spoken(refusal: Refused) -> Errors:
    """Return what a refusal says, by the names that the page gives its controls."""
    if isinstance(refusal, InvalidValues):
        return _named(refusal.problems)
    if isinstance(refusal, ReasonRequired):
        return {REASON: [("REASON", refusal.message)]}
    return {"": [(refusal.rule, refusal.message)]}


def _in_other_language(
    subject_id: int, place: Place, fields: MultiDict[str, str], *, refused: Errors
) -> str:
    """Draw the page again in the language just chosen, its errors too; save nothing."""
    if crf_conflict.COMPARED in fields:
        return _compare(subject_id, place, fields)
    errors = _standing(subject_id, place, fields) if REFUSED in fields else {}
    return _again(subject_id, place, fields, errors=errors | refused)


def _standing(subject_id: int, place: Place, fields: MultiDict[str, str]) -> Errors:
    """Return what speaks against saving the form as it stands."""
    opened, crf = _open(subject_id, place)
    submission = crf_form.submission(crf, fields)
    draft = drafted(opened, place, submission, role=role(), by=viewer().username)
    errors = _named(draft.problems)
    if not errors and draft.overwritten and not submission.reason.strip():
        errors = {REASON: [("REASON", ReasonRequired().message)]}
    return errors


def _again(
    subject_id: int, place: Place, fields: MultiDict[str, str], *, errors: Errors
) -> str:  # fmt: skip
    """Show the page with what was typed still there, and with the version it was typed over."""
    opened, crf = _open(subject_id, place)
    stored = opened.book.records.get(place)
    panel = safety_panel.panel(opened, place)
    submission = crf_form.submission(crf, fields)
    draft = drafted(opened, place, submission, role=role(), by=viewer().username)
    return crf_page.draw(
        opened, crf, place, stored=stored, record=draft.record,
        typed=crf_form.read_typed(crf, fields), errors=errors, reason=submission.reason,
        is_dirty=bool(errors or draft.problems or draft.changed),
        version=submission.version, opened_text=fields.get(crf_conflict.OPENED, ""),
        proposal=submission.proposal, panel=panel,
    )  # fmt: skip


def _compare(
    subject_id: int, place: Place, fields: MultiDict[str, str], *, error: str | None = None
) -> str:
    """Show what is stored now beside what was typed here; lose neither."""
    opened, crf = _open(subject_id, place)
    stored = opened.book.records.get(place)
    submission = crf_form.submission(crf, fields)
    cells = dict(stored.cells) if stored else {}
    draft = drafted(opened, place, submission, role=role(), by=viewer().username)
    is_new_row = crf.occurs is Occurs.LOG and not crf.rows_of and submission.version == 0
    return crf_page.draw_comparison(
        opened, crf, place, stored=stored,
        items=crf_conflict.differences(
            crf, fields, stored=cells, draft=draft, submission=submission,
            hidden_items=hidden_items(crf),
        ),
        typed_inputs=list(crf_conflict.typed_inputs(fields)),
        carried={
            "_version": fields.get("_version", ""),
            crf_conflict.OPENED: fields.get(crf_conflict.OPENED, ""),
            crf_conflict.SEEN_VERSION: str(opened.versions.get(place, 0)),
            crf_form.PROPOSAL: fields.get(crf_form.PROPOSAL, ""),
        },
        saved_by=people.last_saved(reading(), subject_id, place),
        reason=submission.reason, needs_reason=bool(draft.overwritten), error=error,
        new_row=("", crf.code, opened.next_row(crf.code, like=place[2])) if is_new_row else None,
    )  # fmt: skip


def _after_save(crf: Crf, saved: Saved) -> ResponseReturnValue:
    """Say what the save did, and go where the person asked to go."""
    crf_name = f"{saved.place[0]} {crf.name}".strip()
    if not saved.owed:
        flash(_("%(crf)s is saved and complete.", crf=crf_name), "success")
    else:
        flash(
            ngettext(
                "%(crf)s is saved. %(num)d required item is still owed.",
                "%(crf)s is saved. %(num)d required items are still owed.",
                len(saved.owed),
                crf=crf_name,
            ),
            "success",
        )
    hidden = hidden_items(crf)
    for finding in saved.warnings:
        if finding.item not in hidden:
            flash(f"{text(finding.message)} [{finding.id}]", "warning")
    for notice in saved.actions:
        flash(f"{text(notice.message)} [{notice.check_id}]", "warning")
    shown = _asked_about(saved)
    if shown:
        # The next page may be another CRF's: the sentence says where the flags are.
        flash(
            ngettext(
                "%(num)d query was opened: %(items)s",
                "%(num)d queries were opened: %(items)s",
                len(shown),
                items=_("; ").join(dict.fromkeys(shown)),
            ),
            "warning",
        )
    after = request.form.get("_action", "")
    if after == "next" and (following := _next_place(saved.place)):
        return redirect(place_url("crf.page", following), code=303)
    if after == "stay" or (shown and after not in ("return", "next")):
        return redirect(place_url("crf.page", saved.place), code=303)
    return redirect(
        url_for("subjects.casebook", subject_id=subject().id, _anchor=saved.place[0] or None),
        code=303,
    )


def _asked_about(saved: Saved) -> list[str]:
    """Return CRF and item of every query that the save opened, here or on another CRF."""
    found = []
    for query in saved.opened:
        crf = STUDY.crfs[query.form].at(query.row)
        if query.item in hidden_items(crf):
            continue
        is_of_item = query.item in crf.by_code
        label = crf.label_of(query.item, query.repeat) if is_of_item else crf.label
        found.append(f"{query.visit} {crf.name} {text(label)}".strip())
    return found


def _next_place(place: Place) -> Place | None:
    """Return the next row of a log, else the next CRF that the person may enter.

    Behind a consent come the CRFs that it opens, not another consent.
    """
    visit, form, row = place
    if STUDY.crfs[form].rows_of:
        return None
    if STUDY.crfs[form].occurs is Occurs.LOG and form != "IC":
        return ("", form, row + 1)
    opened = open_casebook(reading(), subject().id)
    view = casebook_view(opened, role=role(), today=clock.today())
    return next_to_enter(view, role=role(), after=place if visit else None)
