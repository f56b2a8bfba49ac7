"""Finding participants: one by number, or a page of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import Site, Subject

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def find_subject(session: Session, subject_id: int) -> Subject | None:
    """Return the participant with this id, whatever the site; the caller checks the site."""
    return session.get(Subject, subject_id)


def list_sites(session: Session) -> list[Site]:
    """Return every site of the study, by code."""
    return list(session.scalars(select(Site).order_by(Site.code)))
