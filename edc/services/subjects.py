"""Finding participants: one by number, or a page of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import joinedload

from edc.models import Subject

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# Asked with nearly every request: made once.
_FIND = select(Subject).options(joinedload(Subject.slot)).where(Subject.id == bindparam("subject"))
_LOCK = _FIND.with_for_update(of=Subject).execution_options(populate_existing=True)


def find_subject(session: Session, subject_id: int) -> Subject | None:
    """Return the participant with this id and their slot; the caller checks the site.

    A session that has read them already does not ask again.
    """
    known = session.identity_map.get(inspect(Subject).identity_key_from_primary_key((subject_id,)))
    if isinstance(known, Subject):
        return known
    return session.scalars(_FIND, {"subject": subject_id}).one_or_none()


def lock_subject(session: Session, subject_id: int) -> Subject | None:
    """Return the participant as they are now, held until the transaction ends."""
    return session.scalars(_LOCK, {"subject": subject_id}).one_or_none()
