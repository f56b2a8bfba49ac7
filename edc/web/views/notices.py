"""Notices: what checks have set off, for those who are to know it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from edc.permissions import Permission
from edc.protocol import STUDY
from edc.reports import notices as report
from edc.reports.notices import NoticeFilter
from edc.services import notices
from edc.services.unit_of_work import Actor
from edc.study.items import Unreadable, narrowed
from edc.web.guard import requires
from edc.web.request import actor, database, reading, text, viewer
from edc.web.views.crf import NO_VISIT
from edc.web.views.pages import own_path

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.reports.notices import NoticeRow

bp = Blueprint("notices", __name__)
_MOST_WORDS = 20
_MOST_PAGES = 10_000


@bp.get("/notices")
@requires(Permission.NOTICE_READ)
def index() -> ResponseReturnValue:
    """List the notices that are for the person, the latest first."""
    shown = request.args.get("show", "")
    chosen = NoticeFilter(
        shown=shown if shown in report.SHOWN else report.SHOWN[0], number=typed_number()
    )
    page = page_number()
    found = report.find_page(reading(), viewer(), chosen, page=page)
    kept: dict[str, Any] = {"show": shown or None, "participant": chosen.number or None}
    return render_template(
        "notices/index.html",
        rows=[shown_row(row) for row in found.rows],
        chosen=chosen,
        here=request.full_path.rstrip("?"),
        previous_url=url_for("notices.index", **kept, page=page - 1) if page > 1 else None,
        next_url=url_for("notices.index", **kept, page=page + 1) if found.has_more else None,
    )


@bp.post("/notices/seen")
@requires(Permission.NOTICE_READ)
def seen() -> ResponseReturnValue:
    """Note that the person has seen these notices: for each participant one unit of work."""
    ids = {int(one) for one in request.form.getlist("notice") if _is_key(one)}
    subjects = report.find_subjects(reading(), viewer(), ids)
    by_subject: dict[tuple[int, int], set[int]] = defaultdict(set)
    for notice_id, subject in subjects.items():
        by_subject[subject.id, subject.site_id].add(notice_id)
    marked = 0
    for (subject_id, site_id), notice_ids in by_subject.items():
        by = _acting_at(site_id)
        with database().unit_of_work(by, "notice.seen") as uow:
            marked += notices.mark_seen(uow, subject_id=subject_id, notice_ids=notice_ids)
    if marked:
        said = ngettext(
            "%(num)d notice is marked as seen.", "%(num)d notices are marked as seen.", marked
        )
        flash(said, "success")
    return redirect(own_path(request.form.get("next", "") or url_for("notices.index")), code=303)


def _acting_at(site_id: int) -> Actor:
    """Return the person as an actor in the role held at a site."""
    by = actor(Permission.NOTICE_READ)
    return viewer().actor(
        viewer().role_at(site_id), request_id=by.request_id, address=by.address
    )  # fmt: skip


def _is_key(sent: str) -> bool:
    return sent.isascii() and sent.isdecimal() and len(sent) < 19  # noqa: PLR2004


def typed_number() -> str:
    """Return what was typed to narrow a list to a participant."""
    try:
        return narrowed(request.args.get("participant", ""))[:_MOST_WORDS].upper()
    except Unreadable:
        return ""


def page_number() -> int:
    """Return which page of a list is asked for."""
    sent = request.args.get("page", "")
    return min(int(sent), _MOST_PAGES) if _is_key(sent) and int(sent) > 0 else 1


def shown_row(row: NoticeRow) -> dict[str, Any]:
    """Return a notice as the list and the casebook show it."""
    notice = row.notice
    return {
        "id": notice.id,
        "text": text(notice.message),
        "rule": notice.check_id,
        "number": row.subject.number,
        "casebook": url_for("subjects.casebook", subject_id=row.subject.id),
        "place": place_text(notice.visit, notice.form, notice.row),
        "item": item_text(notice.form, notice.row, notice.item),
        "href": place_href(
            row.subject.id, (notice.visit, notice.form, notice.row), notice.item
        ),
        "raised_at": notice.raised_at,
        "ended_at": notice.ended_at,
        "seen_at": row.seen_at,
        "is_unseen": row.is_unseen,
    }  # fmt: skip


def place_text(visit: str, form: str, row: int) -> str:
    """Return a CRF's place in words: the visit or the row, and the CRF."""
    crf = STUDY.crfs.get(form)
    name = text(crf.at(row).label) if crf else form
    if visit:
        return f"{visit} · {name}"
    return f"{name} · {_('Row %(row)d', row=row)}" if crf and crf.occurs == "log" else name


def item_text(form: str, row: int, item: str) -> str:
    """Return an item's label; empty for one that the CRF no longer has."""
    crf = STUDY.crfs.get(form)
    found = crf.at(row).by_code.get(item) if crf else None
    return text(found.label) if found else ""


def place_href(subject_id: int, place: tuple[str, str, int], item: str) -> str:
    """Return the address of an item on its CRF."""
    visit, form, row = place
    return url_for(
        "crf.page", subject_id=subject_id, visit=visit or NO_VISIT, form=form, row=row,
        _anchor=item or None,
    )  # fmt: skip
