"""The CRF page: opening, saving, previewing derived values, keeping drafts, comparing versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from edc.errors import EditConflict, InvalidValues, ReasonRequired
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.randomization.masking import is_visible, visible_items
from edc.randomization.sealing import SealingKey
from edc.services import admission, drafts, people
from edc.services.casebooks import Opened, Place, load_references, open_casebook
from edc.services.data_entry import Saved, address, drafted, save_crf
from edc.services.randomize import arm_of
from edc.services.signing import signature_state
from edc.study.browser import browser_context
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.crf import Crf, Occurs
from edc.web import crf_form
from edc.web.crf_form import PageState
from edc.web.guard import requires
from edc.web.request import (
    actor, database, language, reading, role, settings, subject, text, viewer,
)  # fmt: skip
from edc.web.signature_marks import signature_marks

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.label import Label

bp = Blueprint("crf", __name__)
FORM_ID = "crf-form"
NO_VISIT = "-"  # stands for the empty visit of a log in an address
_PLACE = "/subjects/<int:subject_id>/crf/<visit>/<form>/<int:row>"
_ENTER = (Permission.CRF_ENTER, Permission.CRF_ASSESS, Permission.RANDOMISATION_CORRECT)


def place_url(endpoint: str, place: Place, **values: object) -> str:
    """Return the address of a view of one CRF of the participant."""
    visit, form, row = place
    return url_for(
        endpoint, subject_id=subject().id, visit=visit or NO_VISIT, form=form, row=row,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


def _place(visit: str, form: str, row: int) -> Place:
    return ("" if visit == NO_VISIT else visit, form, row)


@bp.get(_PLACE)
@requires(Permission.CRF_READ)
def page(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Show a CRF; opening it writes nothing."""
    place = _place(visit, form, row)
    opened, crf = _open(subject_id, place)
    draft = drafts.find_draft(
        reading(), user_id=viewer().user_id, subject_id=subject_id, place=place
    )
    typed = None
    if draft is not None and request.args.get("draft") == "use":
        typed = crf_form.read_typed(crf, _fields(drafts.fields_of(draft)))
    return _render(opened, crf, place, typed=typed, draft=draft)


@bp.post(_PLACE)
@requires(*_ENTER)
def save(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Save a CRF, or show it again with what was typed and what speaks against it."""
    place = _place(visit, form, row)
    crf = admission.find_crf(form, role=role())
    fields = request.form
    if "_language" in fields:
        return _in_other_language(subject_id, place)
    if "_compared" in fields:
        fields = _resolved(subject_id, place, fields)
    submission = crf_form.submission(crf, fields)
    try:
        with database().unit_of_work(
            actor(), "crf.save", reason=submission.reason.strip() or None
        ) as uow:
            saved = save_crf(
                uow, subject_id=subject_id, visit=place[0], form=form, row=row,
                submission=submission,
            )  # fmt: skip
    except InvalidValues as refusal:
        return _again(subject_id, place, fields, errors=refusal.problems, status=422)
    except ReasonRequired as refusal:
        reason: dict[str, list[tuple[str, Label]]] = {"_reason": [("REASON", refusal.message)]}
        return _again(subject_id, place, fields, errors=reason, status=422)
    except EditConflict:
        return _compare(subject_id, place, fields)
    with database().housekeeping() as session:
        drafts.drop_draft(session, user_id=viewer().user_id, subject_id=subject_id, place=place)
    return _after_save(crf, saved)


@bp.post(f"{_PLACE}/preview")
@requires(*_ENTER)
def preview(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Return the derived values as they would be with what is typed; store nothing."""
    place = _place(visit, form, row)
    opened, crf = _open(subject_id, place)
    submission = crf_form.submission(crf, request.form)
    draft = drafted(opened, place, submission, role=role())
    hidden = _hidden_items(crf)
    return jsonify(
        {
            "values": {
                item.code: crf_form.display(item, draft.record.cells.get((item.code, 1), EMPTY))
                for item in crf.calculated
                if item.code not in hidden
            }
        }
    )


@bp.post(f"{_PLACE}/draft")
@requires(*_ENTER)
def keep_draft(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Keep what is typed for the same person's next session."""
    place = _place(visit, form, row)
    admission.find_crf(form, role=role())
    fields = {name: request.form.getlist(name) for name in request.form if name != "csrf_token"}
    version = request.form.get("_version", "")
    with database().housekeeping() as session:
        kept = drafts.save_draft(
            session, user_id=viewer().user_id, subject_id=subject_id, place=place,
            version=int(version) if version.isascii() and version.isdecimal() else 0,
            fields=fields,
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
    crf = admission.find_crf(place[1], role=role())
    opened = open_casebook(reading(), subject_id)
    if place not in opened.versions:
        admission.check_place(opened, place)
    load_references(reading(), opened, crf)
    return opened, crf


def _hidden_items(crf: Crf) -> frozenset[str]:
    codes = [item.code for item in crf.items]
    return frozenset(codes) - set(visible_items(role(), form=crf.code, items=codes))


def _fields(lists: dict[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for name, values in lists.items() for value in values])


def _in_other_language(subject_id: int, place: Place) -> ResponseReturnValue:
    """Draw the page again in the language just chosen, with what was typed and not saved."""
    from edc.web.views.pages import remember_language  # noqa: PLC0415 - pages knows no CRF

    chosen = request.form.get("_language", "")
    g.language = chosen
    body, status = _again(subject_id, place, request.form, errors={}, status=200)
    return remember_language((body, status), chosen)


def _again(
    subject_id: int,
    place: Place,
    fields: MultiDict[str, str],
    *,
    errors: dict[str, list[tuple[str, Label]]],
    status: int,
) -> tuple[str, int]:
    """Show the page with what was typed still there."""
    opened, crf = _open(subject_id, place)
    submission = crf_form.submission(crf, fields)
    draft = drafted(opened, place, submission, role=role())
    return (
        _render(
            opened, crf, place, typed=crf_form.read_typed(crf, fields), record=draft.record,
            errors=errors, reason=submission.reason, overwritten=len(draft.overwritten),
        ),
        status,
    )  # fmt: skip


def _render(  # noqa: PLR0913 - the page's own parts, each named
    opened: Opened,
    crf: Crf,
    place: Place,
    *,
    typed: crf_form.Typed | None = None,
    record: Record | None = None,
    errors: dict[str, list[tuple[str, Label]]] | None = None,
    reason: str = "",
    overwritten: int = 0,
    draft: Any = None,  # noqa: ANN401 - models.Draft or None
    compare: dict[str, Any] | None = None,
    version: int | None = None,
) -> str:
    errors = errors or {}
    visit, form, row = place
    record = record or opened.book.records.get(place) or Record(form, visit, row)
    opened.book.put(record)
    entry_known = place in opened.versions
    hidden = _hidden_items(crf)
    _show_arm(opened, crf, record, hidden)
    queries: dict[tuple[str, int], list[Any]] = {}
    for query in opened.open_queries:
        if (query.visit, query.form, query.row) == place:
            queries.setdefault((query.item, query.repeat), []).append(query)
    state = PageState(
        typed=typed,
        errors=errors,
        queries=queries,
    )
    may_enter = admission.may_enter(crf, role()) and place not in opened.in_error
    sections = crf_form.sections(
        crf, opened.book, record, state=state, hidden_items=hidden,
        history=lambda key: place_url("audit.item_history", place, item=key[0], repeat=key[1]),
    )  # fmt: skip
    scope = opened.book.scope(record)
    return render_template(
        "crf/page.html",
        form_id=FORM_ID,
        crf=crf,
        place=place,
        title=text(crf.label),
        visit_label=_visit_label(visit),
        subject=opened.subject,
        sections=sections,
        page_errors=_page_errors(errors, crf),
        may_enter=may_enter,
        version=opened.versions.get(place, 0) if version is None else version,
        is_saved=entry_known,
        is_dirty=typed is not None,
        needs_reason="_reason" in errors or overwritten > 0 or (entry_known and bool(record.cells)),
        reason=reason,
        reason_error=text(errors["_reason"][0][1]) if "_reason" in errors else None,
        overwritten=overwritten,
        context=browser_context(crf, scope) if may_enter else {},
        crf_queries=queries.get(("", 1), []),
        signatures=signature_marks(signature_state(reading(), opened.subject.id, place))
        if entry_known
        else [],
        may_sign=entry_known and viewer().may(Permission.CRF_SIGN, site_id=opened.subject.site_id),
        state=_state_of(opened, record, entry_known),
        draft=draft if typed is None else None,
        compare=compare,
        urls={
            "save": place_url("crf.save", place),
            "preview": place_url("crf.preview", place),
            "draft": place_url("crf.keep_draft", place),
            "drop_draft": place_url("crf.drop_draft", place),
            "use_draft": place_url("crf.page", place, draft="use"),
            "sign": place_url("signing.page", place),
            "back": url_for("subjects.casebook", subject_id=opened.subject.id),
        },
    )


def _state_of(opened: Opened, record: Record, known: bool) -> str:  # noqa: FBT001
    if not known:
        return "due"
    if any((q.visit, q.form, q.row) == record.place for q in opened.open_queries):
        return "queried"
    if record.is_signed:
        return "signed"
    return "complete" if record.is_complete else "started"


def _show_arm(opened: Opened, crf: Crf, record: Record, hidden: frozenset[str]) -> None:
    """Put the arm on the page of RAND, for a role that may see it; it is stored nowhere in clear."""
    if crf.code != "RAND" or "RDARM" in hidden or opened.slot is None:
        return
    arm = arm_of(
        reading(),
        opened.subject.id,
        role=role(),
        key=SealingKey.from_text(settings().allocation_key),
    )
    if arm is not None:
        record.cells["RDARM", 1] = Cell(arm)


def _visit_label(visit: str) -> str:
    declared = STUDY.find_visit(visit) if visit else None
    return f"{visit} {text(declared.label)}" if declared else ""


def _page_errors(
    errors: dict[str, list[tuple[str, Label]]], crf: Crf
) -> list[dict[str, str | None]]:
    """Return every error for the list on top of the page, in the order of the page."""
    order = {item.code: number for number, item in enumerate(crf.items)}

    def rank(name: str) -> int:
        return order.get(name.partition(".")[0], -1)

    return [
        {
            "text": (f"{text(crf.by_code[code].label)}: " if code in crf.by_code else "")
            + text(message)
            + (f" [{rule}]" if rule else ""),
            "name": name or None,
        }
        for name in sorted(errors, key=rank)
        for rule, message in errors[name]
        for code in [name.partition(".")[0]]
    ]


def _after_save(crf: Crf, saved: Saved) -> ResponseReturnValue:
    """Say what the save did, and go where the person asked to go."""
    if saved.is_complete:
        flash(_("Saved. The CRF is complete."), "success")
    else:
        flash(
            _("Saved. %(count)d required items are still owed.", count=len(saved.owed)), "success"
        )
    hidden = _hidden_items(crf)
    for finding in (*saved.warnings, *saved.actions):
        if finding.item not in hidden:
            flash(f"{text(finding.message)} [{finding.id}]", "warning")
    shown = [query for query in saved.opened if query.item not in hidden]
    if shown:
        flash(
            _("%(count)d queries were opened: see the flagged items.", count=len(shown)), "warning"
        )
    after = request.form.get("_action", "")
    if after == "next" and (following := _next_place(saved.place)):
        return redirect(place_url("crf.page", following), code=303)
    if after == "stay" or (shown and after != "return"):
        return redirect(place_url("crf.page", saved.place), code=303)
    return redirect(
        url_for("subjects.casebook", subject_id=subject().id, _anchor=saved.place[0] or None),
        code=303,
    )


def _next_place(place: Place) -> Place | None:
    """Return the next CRF of the visit that the person may enter, or the next row of a log."""
    visit, form, row = place
    crf = STUDY.crfs[form]
    if crf.occurs is Occurs.LOG:
        return ("", form, row + 1)
    declared = STUDY.find_visit(visit)
    if declared is None:
        return None
    opened = open_casebook(reading(), subject().id, queries=False)
    scope = opened.book.scope(opened.book.records.get(place) or Record(form, visit, row))
    codes = [
        plan.crf
        for plan in declared.crfs
        if (plan.when is None or plan.when.holds(scope))
        and not STUDY.crfs[plan.crf].system_only
        and is_visible(role(), form=plan.crf)
        and admission.may_enter(STUDY.crfs[plan.crf], role())
    ]
    later = codes[codes.index(form) + 1 :] if form in codes else []
    return (visit, later[0], 1) if later else None


def _compare(subject_id: int, place: Place, fields: MultiDict[str, str]) -> ResponseReturnValue:
    """Show what is stored now beside what was typed here; lose neither."""
    opened, crf = _open(subject_id, place)
    stored = dict(record.cells) if (record := opened.book.records.get(place)) else {}
    submission = crf_form.submission(crf, fields)
    draft = drafted(opened, place, submission, role=role())
    hidden = _hidden_items(crf)
    items = []
    for key, _typed in submission.typed.items():
        item = crf.by_code.get(key[0])
        if item is None or key[0] in hidden:
            continue
        theirs, yours = stored.get(key, EMPTY), draft.record.cells.get(key, EMPTY)
        unread = address(key) in draft.problems
        if not unread and (theirs.value, theirs.missing) == (yours.value, yours.missing):
            continue
        items.append(
            {
                "name": address(key),
                "label": text(item.label),
                "theirs": crf_form.display(item, theirs),
                "yours": str(submission.typed[key]) if unread else crf_form.display(item, yours),
            }
        )
    who, when = people.last_saved(reading(), subject_id, place)
    body = _render(
        opened, crf, place, typed=crf_form.read_typed(crf, fields), record=draft.record,
        reason=submission.reason, overwritten=len(draft.overwritten),
        compare={"items": items, "who": who, "when": when},
    )  # fmt: skip
    return body, 409


def _resolved(subject_id: int, place: Place, fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """Return the form with the stored version of each item for which that one was chosen."""
    del subject_id, place
    kept = MultiDict(
        (name, value)
        for name, value in fields.items(multi=True)
        if fields.get(f"_keep.{_base(name)}") != "theirs"
    )
    return kept


def _base(name: str) -> str:
    """Return the item's address that a field's name belongs to."""
    code, _, rest = name.partition(".")
    head = rest.partition(".")[0]
    return f"{code}.{head}" if head.isdecimal() else code
