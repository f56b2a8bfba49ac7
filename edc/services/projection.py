"""Keeping what a participant's row says of their CRFs: state, numbers, initials, next visit.

These columns are derived, so a list or a chart over the whole study need not open every casebook.
They change only here, in the transaction of the save that changes them, and the trail records them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from edc import clock
from edc.forms.exclusion import exclusion
from edc.forms.states import Course, State
from edc.services.casebooks import possible_duplicate
from edc.services.numbers import lock_site

if TYPE_CHECKING:
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Casebook, Record

IDENTITY_CRF = "DM"


def prepare(uow: UnitOfWork, opened: Opened, saved: Record) -> None:
    """Bring the fact that DM-04 reads, and no CRF holds, up to date before the checks run."""
    if saved.form != IDENTITY_CRF:
        return
    subject = opened.subject
    key = identity_key(opened)
    if subject.identity_key != key:
        # Held, so that of two saves at once the second sees what the first has written.
        lock_site(uow, subject.site_id)
        subject.identity_key = key
    if possible_duplicate(uow.session, subject, key):
        opened.book.facts["possible_duplicate"] = "Y"


def identity_key(opened: Opened) -> str | None:
    """Return year, month, sex and initials together (DM-04), or None while one is missing."""
    book = opened.book
    parts = [book.value("DM", code, "SCR") for code in ("BRTHYR", "BRTHMO", "SEX", "SUBJINIT")]
    return "|".join(part for part in parts if part) if all(parts) else None


def refresh(uow: UnitOfWork, opened: Opened) -> None:
    """Bring the participant's derived columns to what the casebook now says."""
    subject, book = opened.subject, opened.book
    if subject.subject_number is None and book.consent_date() is not None:
        site = lock_site(uow, subject.site_id)
        site.last_subject += 1
        subject.subject_number = f"{site.code}-{site.last_subject:03d}"
    course = Course(book, clock.today())
    state = str(course.state)
    visit, day = course.next_due() or (None, None)
    randomised = book.facts.get("randomisation_date")
    derived = {
        "state": state,
        "initials": book.value("DM", "SUBJINIT", "SCR"),
        "next_visit": visit,
        "next_due": day,
        "overdue_after": course.overdue_after(),
        "randomised_on": date.fromisoformat(randomised) if randomised else None,
        "exclusion": None if randomised else exclusion(book, state, subject.not_enrolled_reason),
        "awaits_signature": state == State.SCREENING and _awaits_investigator(book),
    }
    if subject.state != state:
        subject.state_since = clock.now()
    for name, value in derived.items():
        if getattr(subject, name) != value:
            setattr(subject, name, value)


def _awaits_investigator(book: Casebook) -> bool:
    """Tell whether all criteria are met on an unsigned CRF IE that nobody said no to.

    Who is not yet confirmed waits for the same person as who is confirmed and not yet signed.
    """
    record = book.records.get(("SCR", "IE", 1))
    return (
        record is not None
        and not record.is_signed
        and book.value("IE", "IEYN", "SCR") == "Y"
        and book.value("IE", "IECONF", "SCR") != "N"
    )
