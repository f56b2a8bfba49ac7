"""The trail: a page over the whole study, its export, and the history of one item."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import NotFound
from edc.export.archive import find_evidence
from edc.export.audit import Format, open_export
from edc.forms.confidential import TITLE, may_read
from edc.permissions import ROLE_LABELS, Permission, grants
from edc.protocol import DESIGN
from edc.randomization.masking import is_visible, may_see_arm
from edc.reports import audit_trail
from edc.reports.audit_filter import TrailFilter, resolve
from edc.reports.audit_labels import ACTION_LABELS
from edc.reports.audit_scope import scope_of
from edc.reports.audit_words import Words
from edc.services.proofs import reader_of
from edc.services.visible import may_know
from edc.study.items import Unreadable, cleaned
from edc.study.items.dates import read_date
from edc.web.guard import requires
from edc.web.opaque import hidden, number_of
from edc.web.request import actor, database, language, reading, role, study, subject, text, viewer
from edc.web.sealing import list_purpose, sealing_key
from edc.web.views.crf import NO_VISIT, place_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask.typing import ResponseReturnValue

    from edc.label import Label

bp = Blueprint("audit", __name__)
_LONGEST_WORD = 100
_WORDS = ("participant", "visit", "form", "item", "user", "role", "action", "text")
_DAYS = ("since", "until")
_LARGEST_KEY = 2**63 - 1
_LARGEST_ROW = 2**31 - 1


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def index() -> ResponseReturnValue:
    """Show a page of the trail, newest first."""
    wanted, errors = _wanted(request.args)
    page = None
    if not errors:
        session, scope = reading(), scope_of(viewer())
        words = Words(study(), language(), is_masked=not scope.tells_every_arm)
        query = resolve(session, wanted, scope=scope, study=study())
        page = audit_trail.find_page(
            session,
            query,
            words=words,
            before=_key("before"),
            after=_key("after"),
            from_oldest=request.args.get("from") == "oldest",
        )
    body = render_template(
        "audit/index.html",
        page=page,
        asked=wanted.facts(),
        fields=_fields(errors),
        errors=[{"name": name, "text": problem} for name, problem in errors.items()],
        to=lambda **place: url_for("audit.index", **(wanted.facts() | _named(place))),
        history=_history_url,
        formats=[str(kind) for kind in Format],
        may_export=viewer().may_somewhere(Permission.AUDIT_EXPORT),
    )
    return (body, 422) if errors else body


@bp.post("/audit/export")
@requires(Permission.AUDIT_EXPORT)
def export() -> ResponseReturnValue:
    """Record an export of what the filters find, and stream it."""
    wanted, errors = _wanted(request.form)
    if errors or request.form.get("format") not in set(Format):
        raise NotFound
    kind = Format(request.form["format"])
    evidence = partial(
        find_evidence,
        design=DESIGN,
        purpose=list_purpose(),
        key=sealing_key(),
        reader=reader_of(viewer(), Permission.AUDIT_EXPORT),
        with_proof=kind is Format.ZIP,
    )
    made = open_export(
        database(),
        actor=actor(Permission.AUDIT_EXPORT),
        scope=scope_of(viewer(), Permission.AUDIT_EXPORT),
        wanted=wanted,
        study=study(),
        language=language(),
        format_=kind,
        evidence=evidence,
    )
    answer = Response(made, mimetype=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    return answer


@bp.get("/subjects/<int:subject_id>/history/<visit>/<form>/<number:row>/<item>/<number:repeat>")
@requires(Permission.CRF_READ)
def item_history(  # noqa: PLR0917 - the parts of the address
    subject_id: int, visit: str, form: str, row: int, item: str, repeat: int
) -> ResponseReturnValue:
    """Show what befell one item."""
    crf = study().crfs.get(form)
    crf = crf.at(row) if crf else None
    declared = crf.by_code.get(item) if crf else None
    if crf is None or declared is None or max(row, repeat) > _LARGEST_ROW:
        raise NotFound
    if not is_visible(role(), form=form, item=item, row=row):
        raise NotFound
    place = ("" if visit == NO_VISIT else visit, form, row)
    reads = may_read(role(), form=form, item=item)
    # A reason is told with every item of the save; whether it is depends on no single one.
    reads_all = grants(role(), Permission.CONFIDENTIAL_READ)
    words = Words(
        study(), language(), reads_confidential=reads_all, is_masked=not may_see_arm(role())
    )
    events = audit_trail.item_history(
        reading(), subject_id, visit=place[0], form=form, row=row, item=item, repeat=repeat,
        words=words, role=role(),
    )  # fmt: skip
    where = [text(crf.label), words.visit(place[0]) if place[0] else _("Row %(row)d", row=row)]
    return render_template(
        "audit/item_history.html",
        code=declared.code,
        item_label=crf.label_of(item, repeat) if reads else TITLE,
        events=events,
        facts=where,
        number=subject().number,
        back_link={"text": text(crf.label), "href": place_url("crf.page", place)},
    )


def _wanted(sent: Mapping[str, str]) -> tuple[TrailFilter, dict[str, str]]:
    """Return the filter that was typed, and a sentence for each field that cannot be read."""
    words: dict[str, str] = {}
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name in _WORDS:
        try:
            words[name] = cleaned(sent.get(name, ""))[:_LONGEST_WORD]
        except Unreadable as problem:
            errors[name] = text(problem.message)
    for name in _DAYS:
        try:
            typed = read_date(sent.get(name, ""))
            days[name] = date.fromisoformat(typed) if typed else None
        except Unreadable as problem:
            errors[name] = text(problem.message)
    since, until = days.get("since"), days.get("until")
    if since and until and until < since:
        errors["until"] = _("The last day is before the first.")
    return TrailFilter(**words, since=since, until=until), errors


def _named(place: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a page begins as its address names it: an entry by a word, not by its id."""
    return {name: hidden(key) if isinstance(key, int) else key for name, key in place.items()}


def _key(name: str) -> int | None:
    """Return the entry id that a page's address names; anything else is none."""
    found = number_of(request.args.get(name, ""))
    return None if found is None else min(found, _LARGEST_KEY)


def _history_url(row: audit_trail.TrailRow) -> str | None:
    if not row.is_item or row.form not in study().crfs:
        return None
    return url_for(
        "audit.item_history", subject_id=row.subject_id, visit=row.visit or NO_VISIT,
        form=row.form, row=row.row, item=row.item, repeat=row.repeat,
    )  # fmt: skip


def _fields(errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the filter bar, filled with what was typed."""
    readers = [role for role in viewer().roles.values() if grants(role, Permission.AUDIT_READ)]
    crfs = (
        (crf.code, crf.label)
        for crf in study().all_crfs
        if any(may_know(role, form=crf.code) for role in readers)
    )
    visits = ((visit.code, visit.label) for visit in study().schedule.visits)
    roles = ((str(key), label) for key, label in ROLE_LABELS.items())
    fields: list[dict[str, Any]] = [
        {"name": "participant", "label": _("Participant number")},
        {"name": "visit", "label": _("Visit"), "options": _options(visits, code=True)},
        {"name": "form", "label": _("CRF"), "options": _options(crfs, code=True)},
        {"name": "item", "label": _("Item (code or words)")},
        {"name": "user", "label": _("User (name or account)")},
        {"name": "role", "label": _("Role"), "options": _options(roles)},
        {"name": "action", "label": _("Act"), "options": _options(ACTION_LABELS.items())},
        {"name": "since", "label": _("From"), "kind": "date"},
        {"name": "until", "label": _("To"), "kind": "date"},
        {"name": "text", "label": _("Words in a value or reason"), "kind": "search"},
    ]
    for field in fields:
        field.setdefault("kind", "select" if "options" in field else "text")
        field["value"] = request.args.get(field["name"], "")[:_LONGEST_WORD]
        field["error"] = errors.get(field["name"])
    return fields


def _options(choices: Iterable[tuple[str, Label]], *, code: bool = False) -> list[dict[str, str]]:
    shown = [
        {"value": value, "text": f"{value} · {text(label)}" if code else text(label)}
        for value, label in choices
    ]
    return [{"value": "", "text": _("All")}, *shown]
