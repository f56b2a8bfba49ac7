"""Screening: numbers that are never reused, the screening log, and the second screening."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc import clock
from edc.errors import Refused
from edc.forms.codelists import SFREAS
from edc.label import Label
from edc.models import Subject
from edc.protocol import STUDY
from edc.services import projection
from edc.services.casebooks import open_casebook
from edc.services.numbers import lock_site
from edc.services.schedule import create_visits
from edc.study.items import Unreadable, cleaned
from edc.study.visits import Created

if TYPE_CHECKING:
    from edc.services.unit_of_work import UnitOfWork

NOTE_MAX = 300
CHOOSE_SITE = Label(
    en="Choose a site at which you may screen participants.",
    zh="请选择您有权筛选受试者的中心。",
)


def register_subject(
    uow: UnitOfWork, *, site_id: int, rescreen_of: Subject | None = None
) -> Subject:
    """Enter a person in the screening log under the site's next screening number."""
    site = lock_site(uow, site_id)
    uow.about(site_id=site_id)
    site.last_screening += 1
    subject = Subject(
        site=site,
        screening_number=f"S{site.code}-{site.last_screening:04d}",
        registered_at=clock.now(),
        rescreen_of_id=rescreen_of.id if rescreen_of else None,
        state="REGISTERED",
        state_since=clock.now(),
        next_visit="SCR",
        next_due=clock.today(),
    )
    uow.session.add(subject)
    create_visits(uow, subject, Created.REGISTRATION)
    uow.session.flush()
    return subject


def rescreen_subject(uow: UnitOfWork, *, subject_id: int) -> Subject:
    """Screen a screen failure once more under a new number; nothing is copied.

    :raises Refused: when the failure does not allow it, or was itself a second screening (IE-13).
    """
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    first = opened.subject
    rule = next(rule for rule in STUDY.crfs["IE"].checks if rule.id == "IE-13")
    opened.book.facts["rescreening_asked"] = "Y"
    record = opened.book.records.get(("SCR", "IE", 1))
    is_refused = record is not None and rule.when.holds(opened.book.scope(record))
    # The number of the first screening stands on DM only once that is saved.
    if is_refused or first.rescreen_of_id is not None:
        raise Refused(rule.message, rule=rule.id)
    if first.superseded:
        raise Refused(
            Label(
                en="This participant has already been screened again.",
                zh="该受试者已再次筛选。",
            ),
            rule="IE-13",
        )
    if first.state != "SCREEN_FAILED" or opened.book.value("IE", "RESCR", "SCR") != "Y":
        raise Refused(
            Label(
                en="Re-screening needs a screen failure that allows it (CRF IE).",
                zh="仅筛选失败且IE表允许再次筛选的受试者可再次筛选。",
            ),
            rule="RESCR",
        )
    first.superseded = True
    return register_subject(uow, site_id=first.site_id, rescreen_of=first)


def record_not_enrolled(uow: UnitOfWork, *, subject_id: int, reason: str, note: str) -> None:
    """Enter in the screening log why a person who never consented was not enrolled.

    :raises Refused: when the reason is unknown, or the person has consented (use CRF IE then).
    """
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    if opened.book.consent_date() is not None:
        raise Refused(
            Label(
                en="After consent, record a screen failure on CRF IE instead.",
                zh="签署知情同意后，请在IE表记录筛选失败。",
            )
        )
    if reason not in SFREAS.values:
        raise Refused(Label(en="Choose a reason.", zh="请选择原因。"))
    try:
        text = cleaned(note)
    except Unreadable as error:
        raise Refused(error.message) from error
    if len(text) > NOTE_MAX:
        raise Refused(
            Label(
                en="Use at most {limit} characters for the note.",
                zh="备注最多{limit}个字符。",
            ).filled(limit=NOTE_MAX)
        )
    opened.subject.not_enrolled_reason = reason
    opened.subject.not_enrolled_note = text or None
    projection.refresh(uow, opened)
