"""What stands in the way of locking the study: everything that somebody still has to do.

A lock is not forced. Each kind is counted, with the first few by name. What would tell an arm, or
an answer that the site keeps, is neither counted nor named: that there is some is all that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, func, literal, not_, or_, select, union_all

from edc import clock
from edc.forms.state_names import State
from edc.label import Label
from edc.models import (
    AllocationListRow,
    CrfEntry,
    DeviationProposal,
    Envelope,
    EnvelopeState,
    Gate,
    LinkProposal,
    LinkState,
    ProposalState,
    Query,
    QueryState,
    Signature,
    Subject,
    Unmasking,
    UnmaskingState,
)  # fmt: skip
from edc.protocol import STUDY
from edc.reports.masked import tells_no_answer, tells_no_arm
from edc.services.unmasking import VALID

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

SHOWN: Final = 10


class ObstacleKind(StrEnum):
    """What may be left open."""

    RECRUITMENT = "recruitment"
    QUERIES = "queries"
    INCOMPLETE = "incomplete"
    UNSIGNED = "unsigned"
    NOT_ENDED = "not_ended"
    DEVIATIONS = "deviations"
    LINKS = "links"
    ENVELOPES = "envelopes"
    UNMASKINGS = "unmaskings"
    HIDDEN = "hidden"


OBSTACLES: Final[dict[ObstacleKind, Label]] = {
    ObstacleKind.RECRUITMENT: Label(en="Recruitment that is not closed", zh="受试者招募尚未关闭"),
    ObstacleKind.QUERIES: Label(en="Queries that are not closed", zh="未关闭的质疑"),
    ObstacleKind.INCOMPLETE: Label(en="CRFs that are not complete", zh="未填写完整的CRF"),
    ObstacleKind.UNSIGNED: Label(
        en="Eligibility or end of study without a valid signature",
        zh="入组资格或研究结束页缺少有效签名",
    ),
    ObstacleKind.NOT_ENDED: Label(
        en="Participants whose study has not ended", zh="尚未结束研究的受试者"
    ),
    ObstacleKind.DEVIATIONS: Label(
        en="Proposed deviations that nobody has decided on", zh="尚未处理的建议方案偏离"
    ),
    ObstacleKind.LINKS: Label(
        en="Double registrations that wait for the statistician", zh="待统计师确认的重复登记"
    ),
    ObstacleKind.ENVELOPES: Label(
        en="Envelopes that wait for a second person", zh="待第二人确认的信封"
    ),
    ObstacleKind.UNMASKINGS: Label(
        en="Unmaskings that are not decided or not assessed", zh="未处理或未评估影响的揭盲"
    ),
    ObstacleKind.HIDDEN: Label(
        en="Something that only the treating staff see: "
        "each site's investigator finds it in the casebooks.",
        zh="有仅治疗人员可见的未完成事项，由各中心研究者在受试者CRF总览中查找处理。",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One thing that is open.

    :param number: the participant's.
    """

    subject_id: int
    number: str
    site_id: int
    visit: str = ""
    form: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A kind of thing that is open: how many, and the first of them."""

    kind: ObstacleKind
    count: int
    first: tuple[Place, ...]


_NUMBER = func.coalesce(Subject.subject_number, Subject.screening_number)
# The investigator confirms eligibility on the one, and signs the whole casebook on the other.
_SIGNED: Final = ("IE", "EOS")
# Who was never randomised needs no end of study, but must not be left at the door either.
_AT_THE_DOOR: Final = (State.REGISTERED, State.CONSENTED, State.SCREENING, State.ELIGIBLE)


def _at(model: Any, *conditions: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - a model, SQL
    """Return the places of a model's rows that meet the conditions, with their participants."""
    return (
        select(Subject.id, _NUMBER, Subject.site_id, model.visit, model.form, model.row)
        .join(Subject, Subject.id == model.subject_id)
        .where(*conditions)
        .order_by(Subject.id, model.id)
    )


def _may_be_told(model: Any) -> Any:  # noqa: ANN401 - a model with a place; a condition of SQL
    """Return the condition that everybody who may open the page may know of a row."""
    item: Any = getattr(model, "item", literal(""))
    parts = [tells_no_arm(model.form, item, model.row)]
    if hasattr(model, "check_id"):
        parts.append(model.check_id.not_in(sorted(STUDY.restricted_checks)))
        parts.append(tells_no_answer(model.form, item, model.check_id))
    return and_(*parts)


def _of_subjects(*conditions: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401 - conditions of SQL
    nothing = (literal(""), literal(""), literal(0))
    return (
        select(Subject.id, _NUMBER, Subject.site_id, *nothing)
        .where(*conditions)
        .order_by(Subject.id)
    )


def _statements() -> dict[ObstacleKind, Select[*tuple[Any, ...]]]:
    ended = exists().where(
        CrfEntry.subject_id == Subject.id, CrfEntry.form == "EOS", CrfEntry.in_error.is_(False)
    )
    signed = exists().where(Signature.entry_id == CrfEntry.id, Signature.voided_at.is_(None))
    of_people = (
        (
            ObstacleKind.LINKS,
            exists().where(
                LinkProposal.subject_id == Subject.id, LinkProposal.state == LinkState.PROPOSED
            ),
        ),
        (
            ObstacleKind.ENVELOPES,
            exists().where(
                Envelope.subject_id == Subject.id, Envelope.state == EnvelopeState.WAITING
            ),
        ),
        (
            ObstacleKind.UNMASKINGS,
            exists().where(
                Unmasking.subject_id == Subject.id,
                or_(
                    and_(
                        Unmasking.state == UnmaskingState.ASKED,
                        Unmasking.asked_at > clock.now() - VALID,
                    ),
                    and_(Unmasking.known_on.is_not(None), Unmasking.impact.is_(None)),
                ),
            ),
        ),
    )
    open_query = Query.state.in_((QueryState.OPEN, QueryState.ANSWERED))
    incomplete = and_(CrfEntry.is_complete.is_(False), CrfEntry.in_error.is_(False))
    proposed = DeviationProposal.state == ProposalState.PROPOSED
    hidden = or_(
        *(
            exists().where(condition, not_(_may_be_told(model)))
            for model, condition in (
                (Query, open_query), (CrfEntry, incomplete), (DeviationProposal, proposed),
            )
        )
    )  # fmt: skip
    # Locked by one slip while a ward recruits, the study would take two persons to be opened again.
    shut = exists().where(
        or_(
            AllocationListRow.gate == Gate.CLOSED,
            AllocationListRow.allocated
            >= func.coalesce(AllocationListRow.closes_after, STUDY.target),
        )
    )
    nobody = (literal(0), literal(""), literal(0), literal(""), literal(""), literal(0))
    return {
        ObstacleKind.RECRUITMENT: select(*nobody).where(~shut),
        ObstacleKind.HIDDEN: select(*nobody).where(hidden),
        ObstacleKind.QUERIES: _at(Query, open_query, _may_be_told(Query)),
        ObstacleKind.INCOMPLETE: _at(
            CrfEntry, incomplete, _may_be_told(CrfEntry), Subject.randomised_on.is_not(None)
        ),
        ObstacleKind.UNSIGNED: _at(
            CrfEntry,
            CrfEntry.form.in_(_SIGNED),
            CrfEntry.in_error.is_(False),
            or_(CrfEntry.form == "EOS", Subject.randomised_on.is_not(None)),
            ~signed,
        ),
        ObstacleKind.NOT_ENDED: _of_subjects(
            Subject.superseded.is_(False),
            Subject.not_enrolled_reason.is_(None),
            or_(
                and_(Subject.randomised_on.is_not(None), ~ended),
                and_(Subject.randomised_on.is_(None), Subject.state.in_(_AT_THE_DOOR)),
            ),
        ),
        ObstacleKind.DEVIATIONS: _at(DeviationProposal, proposed, _may_be_told(DeviationProposal)),
        **{kind: _of_subjects(condition) for kind, condition in of_people},
    }


def find_obstacles(session: Session) -> list[Obstacle]:
    """Return what is open, each kind with its count and the first of it; all in one statement."""
    found: dict[ObstacleKind, tuple[int, list[Place]]] = {}
    parts = []
    for kind, statement in _statements().items():
        counted = statement.add_columns(func.count().over(), literal(str(kind))).limit(SHOWN)
        columns = counted.subquery().c
        parts.append(select(*columns))
    rows = session.execute(union_all(*parts))
    for subject_id, number, site_id, visit, form, row, count, kind in rows:
        place = Place(
            subject_id=subject_id, number=number, site_id=site_id, visit=visit or "",
            form=form or "", row=row or 0,
        )  # fmt: skip
        places = found.setdefault(ObstacleKind(kind), (count, []))[1]
        if subject_id:
            places.append(place)
    return [
        Obstacle(kind=kind, count=found[kind][0], first=tuple(found[kind][1]))
        for kind in ObstacleKind
        if kind in found
    ]
