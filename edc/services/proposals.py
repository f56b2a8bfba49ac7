"""What a new CRF offers filled in: shown, and stored only when somebody saves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import CrfEntry, DataPoint, Subject
from edc.services.derivation import derive
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.items import Reference

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf


def proposed(session: Session, opened: Opened, crf: Crf, place: Place) -> Record | None:
    """Return the new CRF with what its declaration lets stand as it did last (``as_last``).

    Last for this participant, else for anybody at the site.  None where nothing is proposed: the
    CRF exists, or nobody chose yet, or what was chosen is no longer in the site's register.
    """
    if place in opened.versions:
        return None
    visit, form, row = place
    record = Record(form, visit, row)
    for code in crf.as_last:
        value = _last_of_participant(opened, form, code) or _last_of_site(
            session, opened, form, code
        )
        item = crf.by_code[code]
        if isinstance(item, Reference) and value not in opened.book.entries(item.to):
            continue
        record.cells[code, 1] = Cell(value)
    if not record.cells:
        return None
    opened.book.put(record)
    derive(opened.book, record)
    return record


def _last_of_participant(opened: Opened, form: str, code: str) -> str | None:
    held = (one.cells.get((code, 1), EMPTY).value for one in reversed(opened.book.of_form(form)))
    return next((value for value in held if value is not None), None)


def _last_of_site(session: Session, opened: Opened, form: str, code: str) -> str | None:
    """Return what the CRF begun last at the site holds; the ids of CRFs grow with time."""
    statement = (
        select(DataPoint.value)
        .join(CrfEntry, CrfEntry.id == DataPoint.entry_id)
        .join(Subject, Subject.id == CrfEntry.subject_id)
        .where(
            Subject.site_id == opened.subject.site_id,
            CrfEntry.form == form,
            CrfEntry.in_error.is_(False),
            DataPoint.item == code,
            DataPoint.value.is_not(None),
        )
        .order_by(CrfEntry.id.desc())
        .limit(1)
    )
    return session.scalar(statement)
