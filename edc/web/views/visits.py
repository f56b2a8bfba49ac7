"""The planned visits of a participant: a page, a sheet to give away, a file for a calendar."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, url_for
from flask_babel import format_date
from flask_babel import gettext as _

from edc import clock
from edc.errors import NotFound
from edc.export.calendar import MIME_TYPE, CalendarVisit, calendar_file
from edc.forms.derivations.rhythm import UNTIL_HEALED
from edc.forms.states import Course
from edc.permissions import Permission
from edc.protocol import VISIT_GROUPS
from edc.reports.planned_visits import Stretch, planned_visits, still_ahead, stretches
from edc.services.casebooks import open_casebook
from edc.web.casebook_page import day_counts, visit_note
from edc.web.guard import requires
from edc.web.request import reading, role, settings, text

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue

    from edc.reports.visit_days import VisitDay
    from edc.services.casebooks import Opened

bp = Blueprint("visits", __name__)
_PATH = "/subjects/<int:subject_id>/visits"


@bp.get(_PATH)
@requires(Permission.CRF_READ)
def page(subject_id: int) -> ResponseReturnValue:
    """Show every planned day with its window and day counts."""
    opened, visits = _open(subject_id)
    return render_template(
        "visits/page.html",
        subject=opened.subject,
        day_zero=opened.book.facts["randomisation_date"],
        visits=[visit_row(visit) for visit in visits],
        urls=_urls(subject_id),
    )


@bp.get(f"{_PATH}/sheet")
@requires(Permission.CRF_READ)
def sheet(subject_id: int) -> ResponseReturnValue:
    """Show one page to print for the participant: their number, and the days."""
    opened, visits = _open(subject_id)
    return render_template(
        "visits/sheet.html",
        subject=opened.subject,
        day_zero=opened.book.facts["randomisation_date"],
        lines=[_line(one) for one in stretches(still_ahead(visits))],
        urls=_urls(subject_id),
    )


@bp.get(f"{_PATH}/calendar.ics")
@requires(Permission.CRF_READ)
def calendar(subject_id: int) -> ResponseReturnValue:
    """Send the planned days for a calendar, without anything that names a person or the trial."""
    _opened, visits = _open(subject_id)
    events = [
        CalendarVisit(
            uid=_uid(subject_id, visit.code),
            on=visit.on,
            title=_("Study visit: %(visit)s", visit=text(visit.declared.label)),
            description=_description(visit),
            is_tentative=visit.declared.group in UNTIL_HEALED,
        )
        for visit in still_ahead(visits)
        if visit.on is not None
    ]
    content = calendar_file(events, name=_("Study visits"))
    return Response(
        content,
        content_type=MIME_TYPE,
        headers={"Content-Disposition": 'attachment; filename="visits.ics"'},
    )


def _open(subject_id: int) -> tuple[Opened, list[VisitDay]]:
    """Return the casebook and the planned visits.

    :raises NotFound: before randomisation, when nothing has a day yet.
    """
    opened = open_casebook(reading(), subject_id, queries=False)
    if "randomisation_date" not in opened.book.facts:
        raise NotFound
    return opened, planned_visits(opened, Course(opened.book, clock.today()), role=role())


def _urls(subject_id: int) -> dict[str, str]:
    return {
        "casebook": url_for("subjects.casebook", subject_id=subject_id),
        "page": url_for("visits.page", subject_id=subject_id),
        "sheet": url_for("visits.sheet", subject_id=subject_id),
        "calendar": url_for("visits.calendar", subject_id=subject_id),
    }


def visit_row(visit: VisitDay) -> dict[str, Any]:
    """Return a planned visit as a page shows it."""
    return {
        "code": visit.code,
        "text": text(visit.declared.label),
        "day": _day(visit.on),
        "window": _window(visit),
        "counts": day_counts(visit),
        "state": visit.shown_state,
        "note": visit_note(visit),
    }


def _line(stretch: Stretch) -> dict[str, Any]:
    """Return one line of the sheet; days that may stand one below the other are given apart."""
    first, last = stretch.first, stretch.last
    if first is last:
        label, days = text(first.declared.label), [_day(first.on)]
    else:
        label = text(VISIT_GROUPS[first.declared.group])
        days = [f"{_day(first.on)} –", _day(last.on)]
    return {
        "text": label,
        "days": days,
        "window": [] if stretch.is_until_healed else [_window(first)],
        "note": _how_often(stretch) if stretch.is_until_healed else "",
    }


def _how_often(stretch: Stretch) -> str:
    if stretch.first.declared.weekdays:
        return str(_("Every Monday, Wednesday and Friday, until the injury has healed"))
    return str(_("Every day, until the injury has healed; after discharge three days a week"))


def _description(visit: VisitDay) -> str:
    if visit.declared.group in UNTIL_HEALED:
        return str(_("Takes place only as long as the injury has not healed."))
    return str(_("Possible days: %(days)s", days=_window(visit)))


def _window(visit: VisitDay) -> str:
    planned = visit.planned
    if planned.start is None or planned.end is None or planned.start == planned.end:
        return str(_("this day only"))
    is_one_year = planned.start[:4] == planned.end[:4]
    return f"{planned.start} – {planned.end[5:] if is_one_year else planned.end}"


def _day(on: date | None) -> str:
    return f"{on.isoformat()} {format_date(on, 'EEE')}" if on else ""


def _uid(subject_id: int, code: str) -> str:
    """Return an id that stays the same and tells nothing: no number can be found from it."""
    named = f"planned-visit {subject_id} {code}".encode()
    digest = hmac.new(settings().secret_key.encode(), named, hashlib.sha256).hexdigest()
    return f"{digest[:40]}@visits"
