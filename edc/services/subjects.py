"""Finding participants: one by number, or a page of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from edc.models import Subject

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def find_subject(session: Session, subject_id: int) -> Subject | None:
    """Return the participant with this id and their slot; the caller checks the site.

    A session that has read them already does not ask again.
    """
    return session.get(Subject, subject_id, options=[joinedload(Subject.slot)])


def lock_subject(session: Session, subject_id: int) -> Subject | None:
    """Return the participant as they are now, held until the transaction ends."""
    return session.get(
        Subject,
        subject_id,
        options=[joinedload(Subject.slot)],
        populate_existing=True,
        with_for_update={"of": Subject},
    )
