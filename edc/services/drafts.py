"""Drafts: what somebody had typed when their session ran out, kept for them alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete

from edc import clock
from edc.models import Draft

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.casebooks import Place

MAX_DRAFT_CHARACTERS = 200_000

Fields = dict[str, list[str]]


def save_draft(
    session: Session, *, user_id: int, subject_id: int, place: Place, version: int, fields: Fields
) -> bool:
    """Keep what is typed on an open page; return False when it is too long to keep."""
    body = json.dumps(fields, ensure_ascii=False)
    if len(body) > MAX_DRAFT_CHARACTERS:
        return False
    visit, form, row = place
    session.merge(
        Draft(
            user_id=user_id, subject_id=subject_id, visit=visit, form=form, row=row,
            version=version, body=body, saved_at=clock.now(),
        )
    )  # fmt: skip
    return True


def find_draft(session: Session, *, user_id: int, subject_id: int, place: Place) -> Draft | None:
    """Return the person's own draft of a CRF, if there is one."""
    return session.get(Draft, (user_id, subject_id, *place))


_DROP = delete(Draft).where(  # with every save: made once
    Draft.user_id == bindparam("of"), Draft.subject_id == bindparam("subject"),
    Draft.visit == bindparam("visit"), Draft.form == bindparam("form"),
    Draft.row == bindparam("row"),
)  # fmt: skip


def drop_draft(session: Session, *, user_id: int, subject_id: int, place: Place) -> None:
    """Forget the person's draft: it was saved, or thrown away."""
    visit, form, row = place
    values = {"of": user_id, "subject": subject_id, "visit": visit, "form": form, "row": row}
    session.connection().execute(_DROP, values)


def fields_of(draft: Draft) -> Fields:
    """Return the form's fields as they were typed."""
    return dict(json.loads(draft.body))
