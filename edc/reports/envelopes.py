"""Envelopes that did not fit the allocation list: what everybody who decides on them may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from edc.models import Envelope, EnvelopeState, StratumRow, Subject

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """An envelope that waits, or does not fit the list; the arm on it is not told.

    :param conflict: which incident it is; with a slot, that randomisation was shut.
    :param is_as_listed: False when the arm on the paper is not that of the slot.
    """

    site_id: int
    number: str
    stratum: str
    sequence: int
    state: EnvelopeState
    conflict: str | None
    is_as_listed: bool | None
    passed_over: int
    unsealed_at: datetime
    entered_at: datetime
    decided_by: str | None


def list_incidents(session: Session) -> list[Incident]:
    """Return the envelopes that wait for a second person or do not fit the list, latest first."""
    found = session.execute(
        select(Envelope, StratumRow.stratum, Subject)
        .join(StratumRow, StratumRow.id == Envelope.stratum_id)
        .join(Subject, Subject.id == Envelope.subject_id)
        .where(
            or_(
                Envelope.state.in_([EnvelopeState.WAITING, EnvelopeState.CONFLICT]),
                Envelope.is_as_listed.is_(False),
                Envelope.passed_over > 0,
                Envelope.conflict.is_not(None),
            )
        )
        .order_by(Envelope.id.desc())
    )
    return [
        Incident(
            site_id=subject.site_id,
            number=subject.number,
            stratum=stratum,
            sequence=envelope.sequence,
            state=EnvelopeState(envelope.state),
            conflict=envelope.conflict,
            is_as_listed=envelope.is_as_listed,
            passed_over=envelope.passed_over,
            unsealed_at=envelope.unsealed_at,
            entered_at=envelope.entered_at,
            decided_by=envelope.decided_by,
        )
        for envelope, stratum, subject in found
    ]
