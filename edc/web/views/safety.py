"""Safety reports: what is due, sending a report, and each version as it was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EditConflict, NotFound, NotReady, Refused
from edc.forms.clocks import CLOCK_LABELS, ClockKind
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.deadlines import find_deadlines, may_know_kind
from edc.reports.safety_reports import view
from edc.services import admission, safety_reports
from edc.services.casebooks import open_casebook
from edc.services.safety_versions import SENT_AT, find_report, last_sent, list_reports
from edc.web import deadline_words
from edc.web.cell_words import display
from edc.web.crf_page import hidden_items, place_url
from edc.web.guard import requires
from edc.web.request import actor, database, language, reading, role, subject, text, viewer
from edc.web.safety_panel import report_url
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.label import Label
    from edc.reports.deadlines import Deadline
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import Record

bp = Blueprint("safety", __name__)
_REPORT = "/subjects/<int:subject_id>/reports/<form>/<number:row>"


@bp.get("/deadlines")
@requires(Permission.SAFETY_READ)
def deadlines() -> ResponseReturnValue:
    """Show the reports and re-consents that are due, over the person's participants."""
    shown = "all" if request.args.get("shown") == "all" else "waiting"
    kind = request.args.get("kind", "")
    kind = kind if kind in set(ClockKind) else ""
    found = find_deadlines(reading(), viewer())
    known = [one for one in found if not kind or one.clock.kind == kind]
    late = [one for one in known if one.clock.is_waiting and one.clock.is_late]
    rows = [one for one in known if shown == "all" or one.clock.is_waiting]
    return render_template(
        "safety/deadlines.html",
        rows=[_line(one) for one in rows],
        late=len(late),
        late_reports=any(one.clock.kind is not ClockKind.RECONSENT for one in late),
        waiting=sum(one.clock.is_waiting for one in known),
        shown=shown,
        kind=kind,
        kinds=[
            {"value": str(one), "text": text(CLOCK_LABELS[one])}
            for one in ClockKind
            if any(may_know_kind(one, role=held) for held in viewer().roles.values())
        ],
    )


def _line(one: Deadline) -> dict[str, Any]:
    visit, form, row = one.clock.place
    href = url_for("crf.page", subject_id=one.subject_id, visit=visit or "-", form=form, row=row)
    return deadline_words.told(one.clock, one.name) | {"number": one.number, "href": href}


@bp.get(f"{_REPORT}/send")
@requires(Permission.SAFETY_SEND)
def review(subject_id: int, form: str, row: int) -> ResponseReturnValue:
    """Show what would be sent."""
    return _review(subject_id, _place(form, row))


@bp.post(f"{_REPORT}/send")
@requires(Permission.SAFETY_SEND)
def send(subject_id: int, form: str, row: int) -> ResponseReturnValue:
    """Send the current version of the report."""
    place = _place(form, row)
    typed = request.form.get("_version", "")
    version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 9 else 0  # noqa: PLR2004
    try:
        with database().unit_of_work(actor(), "safety.send") as uow:
            report = safety_reports.send(
                uow, subject_id=subject_id, form=form, row=row, version=version, key=sealing_key()
            )
            number = report.report_version
    except EditConflict as conflict:
        return _review(subject_id, place, error=conflict.message, rule=conflict.rule), 409
    except NotReady as refusal:
        return _review(
            subject_id, place, error=refusal.message, rule=refusal.rule, missing=refusal.missing
        ), 422
    except Refused as refusal:
        # As a second press of the button: what was sent is shown, and not sent again.
        sent = last_sent(reading(), subject_id, place)
        if refusal.rule != "SENT" or not sent:
            return _review(subject_id, place, error=refusal.message, rule=refusal.rule), 422
        flash(text(refusal.message), "info")
        return redirect(report_url("safety.sent", place, version=sent), code=303)
    flash(_("Version %(number)d is sent. It stays as it is.", number=number), "success")
    return redirect(report_url("safety.sent", place, version=number), code=303)


@bp.get(f"{_REPORT}/<number:version>")
@requires(Permission.CRF_READ)
def sent(subject_id: int, form: str, row: int, version: int) -> ResponseReturnValue:
    """Show a version as it was sent, without what the person may not know."""
    place = _place(form, row)
    report = find_report(reading(), subject_id, place=place, version=version)
    if report is None:
        raise NotFound
    may_unmask = may_see_arm(role())
    masked = request.args.get("masked") == "1" and may_unmask
    found = view(report, role=role(), language=language(), masked=masked)
    return render_template(
        "safety/sent.html",
        view=found,
        report=report,
        title=text(STUDY.crfs[form].label),
        subject=subject(),
        numbers=[
            one.report_version for one in list_reports(reading(), subject_id, place=place)
        ],
        other_url=report_url(
            "safety.sent", place, version=version, masked=None if masked else "1"
        )
        if may_unmask
        else None,
        masked=masked,
        crf_url=place_url("crf.page", place),
        version_url=lambda number: report_url("safety.sent", place, version=number),
        casebook_url=url_for("subjects.casebook", subject_id=subject_id),
    )  # fmt: skip


def _place(form: str, row: int) -> Place:
    if form not in SENT_AT:
        raise NotFound
    admission.find_crf(form, role=role(), row=row)
    return ("", form, row)


def _review(
    subject_id: int,
    place: Place,
    *,
    error: Label | None = None,
    rule: str = "",
    missing: list[Label] | None = None,
) -> str:
    opened = open_casebook(reading(), subject_id)
    record = opened.book.records.get(place)
    if record is None:
        raise NotFound
    number = last_sent(reading(), subject_id, place)
    lacking = missing
    if lacking is None:
        lacking = [item.label for item in safety_reports.missing_in(opened, record)]
    crf = STUDY.crfs[place[1]]
    return render_template(
        "safety/review.html",
        title=text(crf.label),
        subject=subject(),
        crf=crf,
        sections=_sections(opened, record),
        missing=[text(label) for label in lacking],
        error=text(error) if error else None,
        rule=rule,
        sent=number,
        has_news=safety_reports.has_news(reading(), opened, record, sent=number),
        entry_version=opened.versions[place],
        now=clock.now(),
        urls={
            "send": report_url("safety.send", place),
            "crf": place_url("crf.page", place),
            "sent": report_url("safety.sent", place, version=number) if number else None,
            "casebook": url_for("subjects.casebook", subject_id=subject_id),
        },
    )


def _sections(opened: Opened, record: Record) -> list[dict[str, Any]]:
    """Return what would be sent, as it is read."""
    crf = STUDY.crfs[record.form]
    scope, hidden = opened.book.scope(record), hidden_items(crf)
    found = []
    for section in crf.sections:
        rows = [
            {"key": text(item.label), "text": display(item, cell)}
            for item in section.items
            if item.code not in hidden
            and (cell := record.cells.get((item.code, 1))) is not None
            and cell.is_answered
            and scope.is_shown(item)
        ]
        if rows:
            found.append({"title": text(section.label), "rows": rows})
    return found
