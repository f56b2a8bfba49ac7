"""Two registrations of one person: reported by the data manager, confirmed by the statistician.

Section 5.5, randomised twice: the first allocation counts; on the second RAND the two together set
RDVOID and RDLINK. No slot is freed, nothing is deleted, and both casebooks stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from edc import clock
from edc.errors import NotFound, NotPermitted, Refused
from edc.label import Label
from edc.models import LinkProposal, LinkState, Slot, Subject
from edc.permissions import Permission, Role, grants
from edc.services.casebooks import open_casebook
from edc.services.data_entry import write_system_values
from edc.services.privacy import looks_identifying
from edc.services.readiness import RAND_PLACE
from edc.services.submissions import REASON_MAX
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork

RULE: Final = "LINK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A randomised registration by its numbers, without anything clinical.

    :param number: the participant number, *screening* the screening number.
    """

    number: str
    screening: str
    randomisation_number: str
    randomised_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A proposal as both persons read it."""

    id: int
    void: Registration
    counted: Registration
    reason: str
    state: LinkState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None


def propose(
    uow: UnitOfWork,
    *,
    void: str,
    counted: str,
    reason: str,
    sites: Collection[int] | None,
) -> int:
    """Report that a person was registered twice; return the proposal's id.

    :param void: the participant number of the later registration, *counted* of the earlier.
    :param sites: where the actor may report it; None is everywhere.
    :raises NotPermitted: when the actor's role does not report it.
    :raises Refused: when one of the numbers is not a randomised participant there, when both are
        the same, the order is wrong, one of them is void already, or the reason is not usable.
    """
    _require(uow, Permission.LINKING_PROPOSE)
    why = _reason(reason)
    later, earlier = (_find(uow.session, one, sites) for one in (void, counted))
    # The later one is held, so that of two reports at once the second sees the first.
    open_casebook(uow.session, later.id, lock=True, queries=False)
    uow.about(site_id=later.site_id, subject_id=later.id)
    _check_pair(uow.session, later, earlier)
    proposal = LinkProposal(
        subject=later, counted=earlier, reason=why, state=LinkState.PROPOSED,
        proposed_by=uow.actor.username, proposed_at=clock.now(),
    )  # fmt: skip
    uow.session.add(proposal)
    uow.session.flush()
    return proposal.id


def confirm(
    uow: UnitOfWork, *, proposal_id: int, key: SealingKey, password_checked: Literal[True]
) -> None:
    """Confirm a proposal as the second person: RDVOID and RDLINK are set, the slot stays used.

    :param password_checked: the caller has asked for the password again.
    :raises NotPermitted: when the actor's role does not confirm, or the actor proposed it.
    :raises Refused: when it is decided already, or no longer holds.
    """
    del password_checked
    proposal = _undecided(uow, proposal_id)
    later, earlier = proposal.subject, proposal.counted
    opened = open_casebook(uow.session, later.id, lock=True)
    uow.about(site_id=later.site_id, subject_id=later.id)
    _check_pair(uow.session, later, earlier, proposal=proposal)
    _decide(uow, proposal, LinkState.CONFIRMED)
    later.counted_as_id = earlier.id
    later.superseded = True
    values = {"RDVOID": "Y", "RDLINK": earlier.number}
    write_system_values(uow, opened, place=RAND_PLACE, values=values, key=key)


def refuse(uow: UnitOfWork, *, proposal_id: int, reason: str) -> None:
    """Refuse a proposal as the second person, with a reason; nothing else changes.

    :raises NotPermitted: when the actor's role does not decide, or the actor proposed it.
    :raises Refused: when it is decided already, or without a usable reason.
    """
    proposal = _undecided(uow, proposal_id)
    uow.about(site_id=proposal.subject.site_id, subject_id=proposal.subject_id)
    proposal.decision = _reason(reason)
    _decide(uow, proposal, LinkState.REFUSED)
    uow.session.flush()


def list_links(session: Session, sites: Collection[int] | None) -> list[Link]:
    """Return the proposals at *sites* (None is every site), the latest first."""
    statement = (
        select(LinkProposal)
        .options(joinedload(LinkProposal.subject), joinedload(LinkProposal.counted))
        .order_by(LinkProposal.id.desc())
    )
    found = session.scalars(statement).all()
    return [_link(one) for one in found if sites is None or one.subject.site_id in sites]


def find_reason(session: Session, proposal_id: int) -> str:
    """Return why a link was proposed.

    :raises NotFound: when there is no such proposal.
    """
    found = session.get(LinkProposal, proposal_id)
    if found is None:
        raise NotFound
    return found.reason


def _link(found: LinkProposal) -> Link:
    return Link(
        id=found.id,
        void=_registration(found.subject),
        counted=_registration(found.counted),
        reason=found.reason,
        state=LinkState(found.state),
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        decision=found.decision,
    )


def _registration(subject: Subject) -> Registration:
    slot = subject.slot
    return Registration(
        number=subject.number,
        screening=subject.screening_number,
        randomisation_number=(slot.randomisation_number if slot else None) or "",
        randomised_at=slot.allocated_at if slot else None,
    )


def _require(uow: UnitOfWork, permission: Permission) -> Role:
    role = uow.actor.role
    if role is None or not grants(role, permission):
        raise NotPermitted
    return role


def _undecided(uow: UnitOfWork, proposal_id: int) -> LinkProposal:
    """Return the proposal, held, if the actor is a second person who may decide on it."""
    _require(uow, Permission.LINKING_CONFIRM)
    proposal = uow.session.get(LinkProposal, proposal_id, with_for_update={"of": LinkProposal})
    if proposal is None:
        raise NotFound
    if proposal.proposed_by == uow.actor.username:
        raise NotPermitted
    if proposal.state != LinkState.PROPOSED:
        raise Refused(_DECIDED, rule=RULE)
    return proposal


def _decide(uow: UnitOfWork, proposal: LinkProposal, state: LinkState) -> None:
    proposal.state = state
    proposal.decided_by = uow.actor.username
    proposal.decided_at = clock.now()


def _find(session: Session, number: str, sites: Collection[int] | None) -> Subject:
    try:
        typed = cleaned(number)
    except Unreadable as error:
        raise Refused(error.message, rule=RULE) from error
    statement = select(Subject).join(Slot, Slot.subject_id == Subject.id)
    found = session.scalars(
        statement.where((Subject.subject_number == typed) | (Subject.screening_number == typed))
    ).one_or_none()
    if found is None or (sites is not None and found.site_id not in sites):
        raise Refused(_UNKNOWN.filled(number=typed[:20]), rule=RULE)
    return found


def _check_pair(
    session: Session, later: Subject, earlier: Subject, *, proposal: LinkProposal | None = None
) -> None:
    """Refuse what would link a registration to itself, in a circle, or against the order.

    The order of the allocations never changes, so that no chain of links can close.
    """
    if later.id == earlier.id:
        raise Refused(_SELF, rule=RULE)
    if later.site_id != earlier.site_id:
        raise Refused(_OTHER_SITE, rule=RULE)
    for one in (later, earlier):
        if one.counted_as_id is not None:
            raise Refused(_VOID.filled(number=one.number), rule=RULE)
    if _place_in_line(later) < _place_in_line(earlier):
        raise Refused(_ORDER.filled(number=later.number), rule=RULE)
    waiting = session.scalars(
        select(LinkProposal.id).where(
            LinkProposal.subject_id == later.id, LinkProposal.state == LinkState.PROPOSED
        )
    ).all()
    if any(proposal is None or one != proposal.id for one in waiting):
        raise Refused(_WAITING.filled(number=later.number), rule=RULE)


def _place_in_line(subject: Subject) -> int:
    """Return the randomisation number's count, which grows through the whole trial."""
    number = subject.slot.randomisation_number if subject.slot else None
    return int((number or "R0").removeprefix("R"))


def _reason(typed: str) -> str:
    try:
        reason = cleaned(typed)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not reason or len(reason) > REASON_MAX:
        raise Refused(_REASON.filled(limit=REASON_MAX), rule="REASON")
    if looks_identifying(reason):
        raise Refused(_IDENTIFYING, rule="PRIVACY")
    return reason


_UNKNOWN = Label(
    en="{number} is not the number of a randomised participant at your site.",
    zh="{number}不是您所在中心已随机受试者的编号。",
)
_SELF = Label(
    en="A registration cannot be linked to itself. Give the other number.",
    zh="不能将登记关联到其自身，请填写另一编号。",
)
_OTHER_SITE = Label(
    en="The two registrations are at different sites; link only those of one site.",
    zh="两次登记不属于同一中心，仅可关联同一中心的登记。",
)
_VOID = Label(
    en="The allocation of {number} is void already. Give the registration that counts.",
    zh="{number}的随机号已作废，请填写有效的登记编号。",
)
_ORDER = Label(
    en="{number} was randomised first, and the first allocation counts. Exchange the two numbers.",
    zh="{number}随机在先，应以首次分配为准，请对调两个编号。",
)
_WAITING = Label(
    en="A double registration of {number} is reported already and waits for the statistician.",
    zh="{number}的重复登记已提出，正待统计师确认。",
)
_DECIDED = Label(
    en="This report has been decided already. Reload the page.",
    zh="该重复登记已处理，请刷新页面。",
)
_REASON = Label(
    en="Give a reason (at most {limit} characters).",
    zh="请填写原因（最多{limit}个字符）。",
)
_IDENTIFYING = Label(
    en="The reason seems to hold a telephone or identity number. Remove it.",
    zh="原因中疑似含有手机号或身份证号，请删除。",
)
