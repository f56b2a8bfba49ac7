"""The list of proposed protocol deviations, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import false, func, select

from edc.models import DeviationProposal, ProposalState, Subject
from edc.permissions import Permission, grants
from edc.reports.by_role import by_role, may_be_known, of_participant

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.viewer import Viewer

PAGE_ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalFilter:
    """What the list is narrowed to; empty fields narrow nothing.

    :param number: the beginning of a participant's number.
    """

    state: str = ProposalState.PROPOSED
    number: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with its participant."""

    proposal: DeviationProposal
    subject: Subject


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A page of proposals, those proposed first before the later ones."""

    rows: list[ProposalRow]
    has_more: bool


def find_page(
    session: Session, viewer: Viewer, chosen: ProposalFilter, *, page: int = 1
) -> ProposalPage:
    """Return a page of the proposals that the person may know of, in one statement."""
    statement = (
        select(DeviationProposal, Subject)
        .join(Subject, Subject.id == DeviationProposal.subject_id)
        .where(_readable(viewer))
        .order_by(DeviationProposal.proposed_at, DeviationProposal.id)
        .offset((page - 1) * PAGE_ROWS)
        .limit(PAGE_ROWS + 1)
    )
    if chosen.state:
        statement = statement.where(DeviationProposal.state == chosen.state)
    if chosen.number:
        statement = statement.where(of_participant(chosen.number))
    found = session.execute(statement).all()
    rows = [ProposalRow(proposal, subject) for proposal, subject in found[:PAGE_ROWS]]
    return ProposalPage(rows, has_more=len(found) > PAGE_ROWS)


def count_proposed(session: Session, viewer: Viewer, subject_id: int) -> int:
    """Return how many proposals of a participant wait for a decision."""
    statement = (
        select(func.count())
        .select_from(DeviationProposal)
        .join(Subject, Subject.id == DeviationProposal.subject_id)
        .where(
            DeviationProposal.subject_id == subject_id,
            DeviationProposal.state == ProposalState.PROPOSED,
            _readable(viewer),
        )
    )
    return session.scalar(statement) or 0


def _readable(viewer: Viewer) -> ColumnElement[bool]:
    return by_role(viewer, _for_role)


def _for_role(role: Role) -> ColumnElement[bool]:
    if not grants(role, Permission.DEVIATION_READ):
        return false()
    return may_be_known(DeviationProposal, role)
