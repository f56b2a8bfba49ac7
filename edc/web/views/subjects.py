"""Participants: the list, a new screening, the casebook, and the logs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc import clock
from edc.errors import EntryLocked, Refused
from edc.forms.codelists import SFREAS
from edc.forms.states import STATE_LABELS, State
from edc.permissions import Permission, Role
from edc.protocol import STUDY
from edc.reports import casebook as casebook_report
from edc.reports import deviations as deviations_report
from edc.reports import notices as notices_report
from edc.reports.notices import NoticeFilter
from edc.reports.subject_list import SubjectFilter, find_page
from edc.services import admission, enrolment, schedule
from edc.services.casebooks import CASEBOOK_LOCK, open_casebook
from edc.services.sites import list_sites
from edc.study.items import Unreadable, narrowed
from edc.web import casebook_page, safety_panel
from edc.web.crf_page import place_url
from edc.web.guard import requires
from edc.web.request import actor, database, reading, role, text, viewer
from edc.web.views.notices import shown_row

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.services.casebooks import Opened

bp = Blueprint("subjects", __name__)
_MAX_WORDS = 20
_UNMASKING = (Permission.UNMASK_REQUEST, Permission.UNMASK_APPROVE, Permission.UNMASK_READ)


@bp.get("/subjects")
@requires(Permission.SUBJECT_LIST)
def index() -> ResponseReturnValue:
    """List the participants of the person's sites, newest first."""
    try:
        words = narrowed(request.args.get("q", ""))[:_MAX_WORDS]
    except Unreadable:
        words = ""
    state = request.args.get("state", "")
    states = (state,) if state in set(State) else ()
    chosen = SubjectFilter(
        sites=viewer().sites_with(Permission.SUBJECT_LIST), words=words, states=states
    )
    found = find_page(
        reading(), chosen, viewer=viewer(), after=_key("after"), before=_key("before")
    )
    filters: dict[str, Any] = {"q": words or None, "state": state or None}
    sites = list_sites(reading())
    screening = [site for site in sites if viewer().may(Permission.SUBJECT_SCREEN, site_id=site.id)]
    return render_template(
        "subjects/index.html",
        page=found,
        words=words,
        state=state,
        states=[{"value": str(s), "text": text(STATE_LABELS[s])} for s in State],
        sites={site.id: site for site in sites},
        screening_sites=screening,
        today=clock.today(),
        previous_url=url_for("subjects.index", before=found.previous_key, **filters)
        if found.previous_key
        else None,
        next_url=url_for("subjects.index", after=found.next_key, **filters)
        if found.next_key
        else None,
    )


def _key(name: str) -> int | None:
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None  # noqa: PLR2004


@bp.post("/subjects")
@requires(Permission.SUBJECT_SCREEN)
def screen() -> ResponseReturnValue:
    """Enter a person in the screening log of a site."""
    site = request.form.get("site", "")
    site_id = int(site) if site.isascii() and site.isdecimal() and len(site) < 16 else 0  # noqa: PLR2004
    if not viewer().may(Permission.SUBJECT_SCREEN, site_id=site_id):
        raise Refused(enrolment.CHOOSE_SITE)
    with database().unit_of_work(actor(Permission.SUBJECT_SCREEN), "subject.screen") as uow:
        registered = enrolment.register_subject(uow, site_id=site_id)
    flash(_("Screening number %(number)s.", number=registered.screening_number), "success")
    return redirect(url_for("subjects.casebook", subject_id=registered.id), code=303)


@bp.get("/subjects/<int:subject_id>")
@requires(Permission.CRF_READ)
def casebook(subject_id: int) -> ResponseReturnValue:
    """Show the participant's casebook."""
    opened = open_casebook(reading(), subject_id)
    person = viewer()
    site_id = opened.subject.site_id
    view = casebook_report.casebook_view(opened, role=role(), today=clock.today())
    may_screen = person.may(Permission.SUBJECT_SCREEN, site_id=site_id)
    consented = opened.book.consent_date() is not None
    is_closed = admission.is_closed(opened, "")
    following = casebook_report.next_to_enter(view, role=role()) if consented else None
    told = notices_report.find_page(reading(), person, NoticeFilter(subject_id=subject_id))
    return render_template(
        "subjects/casebook.html",
        opened=opened,
        subject=opened.subject,
        view=view,
        groups=casebook_page.matrix_rows(
            view.rows, next_visit=opened.subject.next_visit, today=clock.today().isoformat(),
            unfolded=request.args.get("unfold", ""),
        ),
        logs=[
            casebook_page.log_card(STUDY.crfs[code], rows, opened=opened)
            for code, rows in view.logs.items()
        ],
        following=casebook_page.continue_link(following),
        state=view.state,
        clocks=safety_panel.of_participant(opened),
        notices_unseen=[shown_row(row) for row in told.rows],
        deviations_proposed=deviations_report.count_proposed(reading(), person, subject_id),
        consented=consented,
        is_closed=is_closed,
        slot=opened.slot,
        open_query_count=len(opened.open_queries_for(role())),
        may_screen=may_screen,
        may_randomise=person.may(Permission.RANDOMISATION_REQUEST, site_id=site_id),
        may_enter_envelope=role() is Role.PHARMACIST,
        may_raise=person.may(Permission.QUERY_RAISE, site_id=site_id),
        may_read_queries=person.may(Permission.QUERY_READ, site_id=site_id),
        may_unmask=any(person.may(one, site_id=site_id) for one in _UNMASKING),
        may_lock=person.may(Permission.STUDY_LOCK, site_id=site_id),
        locked=_locked(opened),
        may_read_trail=person.may(Permission.AUDIT_READ, site_id=site_id),
        not_enrolled_reasons=[
            {"value": code.value, "text": text(code.label)} for code in SFREAS.codes
        ],
        not_enrolled=text(SFREAS.label(opened.subject.not_enrolled_reason))  # type: ignore[arg-type]
        if opened.subject.not_enrolled_reason
        else None,
        consent_url=place_url("crf.page", ("", "IC", 1)),
        unscheduled_url=_unscheduled_url(opened),
    )  # fmt: skip


def _locked(opened: Opened) -> str | None:
    """Return what is said of a casebook that is locked with the study or by itself."""
    try:
        admission.require_unlocked(opened, CASEBOOK_LOCK)
    except EntryLocked as refusal:
        return text(refusal.message)
    return None


def _unscheduled_url(opened: Opened) -> str | None:
    """Return where the next unscheduled visit begins: with why it is held, and which CRFs it needs.

    Its CRF UNS makes it when it is saved; opening the page makes nothing.
    """
    code = schedule.next_unscheduled(opened)
    return place_url("crf.page", (code, "UNS", 1)) if code else None


@bp.post("/subjects/<int:subject_id>/rescreen")
@requires(Permission.SUBJECT_SCREEN)
def rescreen(subject_id: int) -> ResponseReturnValue:
    """Screen a screen failure once more, under a new number."""
    with database().unit_of_work(actor(), "subject.rescreen") as uow:
        again = enrolment.rescreen_subject(uow, subject_id=subject_id)
    flash(_("Screening number %(number)s.", number=again.screening_number), "success")
    return redirect(url_for("subjects.casebook", subject_id=again.id), code=303)


@bp.post("/subjects/<int:subject_id>/not-enrolled")
@requires(Permission.SUBJECT_SCREEN)
def not_enrolled(subject_id: int) -> ResponseReturnValue:
    """Enter in the screening log why somebody who never consented was not enrolled."""
    with database().unit_of_work(actor(), "subject.not_enrolled") as uow:
        enrolment.record_not_enrolled(
            uow,
            subject_id=subject_id,
            reason=request.form.get("reason", ""),
            note=request.form.get("note", ""),
        )
    flash(_("The screening log is up to date."), "success")
    return redirect(url_for("subjects.casebook", subject_id=subject_id), code=303)
