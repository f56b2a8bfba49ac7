"""Reading the casebooks of many participants at once, in a number of statements that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc import clock
from edc.models import CrfEntry, Slot, Subject, SubjectVisit
from edc.protocol import STUDY
from edc.services.data_points import POINTS, StoredCrf, StoredRecord
from edc.study.casebook import Casebook, PlannedVisit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy.orm import Session


def read_records(
    session: Session, books: Mapping[int, Casebook], *, forms: Collection[str]
) -> None:
    """Put the records of these CRFs into the casebook of each participant, in one statement.

    Signatures are not read: nobody is told of many participants at once what has been signed.
    """
    records = select(
        CrfEntry.subject_id, CrfEntry.id, CrfEntry.visit, CrfEntry.form, CrfEntry.row,
        CrfEntry.is_complete, POINTS,
    ).where(
        CrfEntry.subject_id.in_(list(books)), CrfEntry.form.in_(forms), CrfEntry.in_error.is_(False)
    )  # fmt: skip
    for subject_id, entry_id, visit, form, row, is_complete, points in session.execute(records):
        place = (visit, form, row)
        record = StoredRecord(place, StoredCrf(entry_id, points or "[]"), allocated=None)
        record.is_complete, record.is_signed = is_complete, False
        books[subject_id].records[place] = record


def read_randomised(
    session: Session, sites: Collection[int] | None, *, forms: Collection[str]
) -> dict[int, tuple[str, Casebook]]:
    """Return number and casebook of each randomised participant at *sites* (None is every site).

    :param forms: the CRFs that are read; what another holds is not there.
    """
    people = select(Subject.id, Subject.subject_number, Slot.allocated_at).join(
        Slot, Slot.subject_id == Subject.id
    )
    people = people.where(Slot.allocated_at.is_not(None))
    if sites is not None:
        people = people.where(Subject.site_id.in_(sites))
    found: dict[int, tuple[str, Casebook]] = {}
    today = clock.today().isoformat()
    for subject_id, number, allocated_at in session.execute(people.order_by(Subject.id)):
        if allocated_at is None:
            continue
        zero = clock.local(allocated_at).date().isoformat()
        facts = {"today": today, "randomised": "Y", "randomisation_date": zero}
        found[subject_id] = (number or "", Casebook(study=STUDY, facts=facts))
    read_records(session, {key: book for key, (_, book) in found.items()}, forms=forms)
    visits = select(
        SubjectVisit.subject_id, SubjectVisit.code, SubjectVisit.target,
        SubjectVisit.window_start, SubjectVisit.window_end,
    ).where(SubjectVisit.subject_id.in_(list(found)))  # fmt: skip
    for subject_id, code, *days in session.execute(visits):
        planned = PlannedVisit(code, *(day.isoformat() if day else None for day in days))
        found[subject_id][1].visits[code] = planned
    return found
