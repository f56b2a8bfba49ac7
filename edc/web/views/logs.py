"""A participant's log on a page of its own, and marking one of its rows as entered in error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EditConflict, InvalidValues, NotFound, ReasonRequired, Refused
from edc.permissions import Permission
from edc.reports.casebook import casebook_view
from edc.services import admission, entries
from edc.services.casebooks import load_references, open_casebook
from edc.study.casebook import EMPTY
from edc.study.crf import Occurs
from edc.web import cell_words, log_table
from edc.web.crf_page import place_url
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, role, text
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf

bp = Blueprint("logs", __name__)
_LARGEST_ROW = 2**31 - 1


@bp.get("/subjects/<int:subject_id>/log/<form>")
@requires(Permission.CRF_READ)
def show(subject_id: int, form: str) -> ResponseReturnValue:
    """Show every row of a log."""
    crf = _log(form)
    opened = open_casebook(reading(), subject_id)
    load_references(reading(), opened, crf)
    rows = casebook_view(opened, role=role(), today=clock.today()).logs[form]
    return render_template(
        "subjects/log.html",
        subject=opened.subject,
        crf=crf,
        title=text(crf.label),
        note=text(crf.note) if crf.note else None,
        log=log_table.table(crf, rows, marks=True),
        count=sum(row.why is None for row in rows),
        in_error=sum(row.why is not None for row in rows),
        add_url=log_table.add_url(crf, opened, is_full=False),
        again_url=log_table.again_url(crf, rows, opened),
    )


@bp.route("/subjects/<int:subject_id>/log/<form>/<number:row>/error", methods=["GET", "POST"])
@requires(Permission.CRF_ENTER)
def mark(subject_id: int, form: str, row: int) -> ResponseReturnValue:
    """Mark a row as entered in error, with the reason."""
    crf = _log(form)
    if row > _LARGEST_ROW:
        raise NotFound
    place: Place = ("", form, row)
    opened = open_casebook(reading(), subject_id)
    entries.require_markable(opened, place, role=role())
    if request.method != "POST" or language_chosen():
        return _page(opened, crf, place)
    reason = request.form.get("_reason", "").strip() or request.form.get("_reason_choice", "")
    seen = request.form.get("_version", "")
    version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1  # noqa: PLR2004
    try:
        with database().unit_of_work(
            actor(), "crf.in_error", reason=reason[: entries.REASON_MAX].strip() or None
        ) as uow:
            entries.mark_in_error(
                uow, subject_id=subject_id, place=place, version=version, reason=reason,
                key=sealing_key(),
            )  # fmt: skip
    except ReasonRequired as refusal:
        return _page(opened, crf, place, reason_error=text(refusal.message)), 422
    except InvalidValues as refusal:
        said = text(refusal.problems["reason"][0][1])
        return _page(opened, crf, place, reason_error=said), 422
    except EditConflict as refusal:
        return _page(opened, crf, place, error=text(refusal.message)), 409
    except Refused as refusal:
        return _page(opened, crf, place, error=text(refusal.message)), 422
    flash(_("Row %(row)d is marked as entered in error.", row=row), "success")
    return redirect(url_for("logs.show", subject_id=subject_id, form=form), code=303)


def _log(form: str) -> Crf:
    """Return the log; one of which the person may not know does not exist for them."""
    crf = admission.find_crf(form, role=role())
    if crf.occurs is not Occurs.LOG:
        raise NotFound
    return crf


def _page(
    opened: Opened,
    crf: Crf,
    place: Place,
    *,
    error: str | None = None,
    reason_error: str | None = None,
) -> str:
    record = opened.book.records[place]
    return render_template(
        "subjects/log_error.html",
        subject=opened.subject,
        crf=crf,
        title=text(crf.label),
        row=place[2],
        facts=[
            {
                "key": text(crf.by_code[code].label),
                "text": cell_words.display(crf.by_code[code], record.cells.get((code, 1), EMPTY))
                or "—",
            }
            for code in log_table.titles(crf)
        ],
        version=opened.versions[place],
        error=error,
        reason_error=reason_error,
        typed_reason=request.form.get("_reason", "") or request.form.get("_reason_choice", ""),
        row_url=place_url("crf.page", place),
        back_url=url_for("logs.show", subject_id=opened.subject.id, form=crf.code),
    )
