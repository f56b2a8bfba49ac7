"""Stopping and closing randomisation, and opening it again: each by a named role, with a reason.

An incident stops it at once: the wrong list, a test list in production, an arm that was told. Many
may do that, for a stop that was not needed costs an hour. Who resumes is the independent
statistician (section 5.5). At the target it is closed by itself (RAND-04); the trial statistician
closes it earlier or opens it to a new target, on the sponsor's word, which the reason cites. None
of it changes a slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from edc import clock
from edc.errors import NotPermitted, RandomisationClosed, Refused
from edc.label import Label
from edc.models import AllocationListRow, Gate, GateAct, RecruitmentEvent
from edc.permissions import Permission, Role, grants
from edc.services.mail import queue
from edc.services.mail_words import MailKind
from edc.services.privacy import looks_identifying, names_arm
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.randomization.lists import Purpose
    from edc.services.unit_of_work import UnitOfWork

REASON_MAX: Final = 500
MOST: Final = 9999
NEEDS: Final = {
    GateAct.STOP: Permission.RANDOMISATION_STOP,
    GateAct.RESUME: Permission.RANDOMISATION_RESUME,
    GateAct.CLOSE: Permission.RANDOMISATION_REOPEN,
    GateAct.REOPEN: Permission.RANDOMISATION_REOPEN,
}
_MAILS: Final = {
    GateAct.STOP: MailKind.STOPPED,
    GateAct.RESUME: MailKind.RESUMED,
    GateAct.CLOSE: MailKind.CLOSED,
    GateAct.REOPEN: MailKind.REOPENED,
}
TOLD: Final = (
    Role.RESEARCH_NURSE, Role.INVESTIGATOR, Role.PHARMACIST, Role.DATA_MANAGER,
    Role.STATISTICIAN, Role.INDEPENDENT_STATISTICIAN,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Recruitment:
    """Whether slots are given.

    :param gate: closed also when the target is reached.
    """

    gate: Gate
    is_target_reached: bool
    allocated: int
    target: int

    def offers(self, act: GateAct) -> bool:
        """Tell whether *act* has something to do."""
        match act:
            case GateAct.STOP | GateAct.CLOSE:
                return self.gate is Gate.OPEN
            case GateAct.RESUME:
                return self.gate is Gate.STOPPED
            case GateAct.REOPEN:
                return self.gate is Gate.CLOSED


def recruitment(row: AllocationListRow, *, target: int) -> Recruitment:
    """Return whether a list gives slots.

    :param target: the study's own, while reopening has not set another.
    """
    in_force = row.closes_after or target
    is_reached = row.allocated >= in_force
    gate = Gate(row.gate)
    return Recruitment(
        gate=Gate.CLOSED if gate is Gate.OPEN and is_reached else gate,
        is_target_reached=is_reached,
        allocated=row.allocated,
        target=in_force,
    )


def find_recruitment(session: Session, *, purpose: Purpose, target: int) -> Recruitment | None:
    """Return whether slots are given; None without a list."""
    row = session.scalar(select(AllocationListRow).where(AllocationListRow.purpose == purpose))
    return None if row is None else recruitment(row, target=target)


def require_open(found: Recruitment) -> None:
    """Let through a request for a slot.

    :raises RandomisationClosed: when randomisation is stopped or closed (RAND-04).
    """
    if found.gate is Gate.STOPPED:
        raise RandomisationClosed(_STOPPED, rule="STOPPED")
    if found.is_target_reached:
        raise RandomisationClosed(_REACHED.filled(target=found.target), rule="RAND-04")
    if found.gate is Gate.CLOSED:
        raise RandomisationClosed(_CLOSED, rule="RAND-04")


def move(
    uow: UnitOfWork,
    *,
    act: GateAct,
    reason: str,
    purpose: Purpose,
    target: int,
    new_target: int | None = None,
) -> None:
    """Stop, resume, close or reopen randomisation; everybody concerned is written to.

    :param target: the study's own.
    :param new_target: of reopening: participants after whom it closes again.
    :raises NotPermitted: when the role may not.
    :raises RandomisationClosed: without a list.
    :raises Refused: without a usable reason or target, or when there is nothing to do.
    """
    role = uow.actor.role
    if role is None or not grants(role, NEEDS[act]):
        raise NotPermitted
    given = _reason(reason)
    row = uow.session.scalar(
        select(AllocationListRow)
        .where(AllocationListRow.purpose == purpose)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise RandomisationClosed(_NO_LIST, rule="LIST")
    before = recruitment(row, target=target)
    if not before.offers(act):
        raise Refused(_NOTHING_TO_DO, rule="GATE")
    if act is GateAct.REOPEN:
        row.closes_after = _target(new_target, before)
    row.gate = {GateAct.STOP: Gate.STOPPED, GateAct.CLOSE: Gate.CLOSED}.get(act, Gate.OPEN)
    after = recruitment(row, target=target)
    uow.record(act=str(act), allocated=row.allocated, closes_after=after.target)
    uow.session.add(
        RecruitmentEvent(
            list_id=row.id,
            act=str(act),
            at=clock.now(),
            username=uow.actor.username,
            role=str(role),
            reason=given,
            allocated=row.allocated,
            closes_after=row.closes_after if act is GateAct.REOPEN else None,
        )
    )
    uow.session.flush()
    queue(uow, kind=_MAILS[act], to=TOLD, allocated=row.allocated, target=after.target)


def list_events(session: Session) -> list[RecruitmentEvent]:
    """Return what stopped, resumed, closed or reopened randomisation, the latest first."""
    return list(session.scalars(select(RecruitmentEvent).order_by(RecruitmentEvent.id.desc())))


def was_shut(session: Session, list_id: int, *, at: datetime) -> bool:
    """Tell whether randomisation stood stopped, or closed by somebody, at a moment gone by."""
    last = session.scalars(
        select(RecruitmentEvent.act)
        .where(RecruitmentEvent.list_id == list_id, RecruitmentEvent.at <= at)
        .order_by(RecruitmentEvent.at.desc(), RecruitmentEvent.id.desc())
    ).first()
    return last in {GateAct.STOP, GateAct.CLOSE}


def _target(given: int | None, before: Recruitment) -> int:
    if given is None or not before.allocated < given <= MOST:
        raise Refused(_NO_TARGET.filled(allocated=before.allocated, most=MOST), rule="TARGET")
    return given


def _reason(typed: str) -> str:
    try:
        reason = cleaned(typed)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not reason or len(reason) > REASON_MAX:
        raise Refused(_REASON.filled(limit=REASON_MAX), rule="REASON")
    if looks_identifying(reason):
        raise Refused(_IDENTIFYING, rule="PRIVACY")
    if names_arm(reason):
        raise Refused(_NAMES_ARM, rule="PRIVACY")
    return reason


_STOPPED = Label(
    en="Randomisation is stopped because of an incident. Nobody can be randomised until the "
    "independent statistician resumes it.",
    zh="因发生异常事件，随机已暂停。在独立统计师恢复之前，不能进行随机。",
)
_REACHED = Label(
    en="The target of {target} participants is reached: randomisation is closed until the "
    "sponsor reopens it.",
    zh="已达目标例数（{target}例），随机已关闭，待申办者重新开放。",
)
_CLOSED = Label(
    en="Recruitment is closed: nobody can be randomised until the sponsor reopens it.",
    zh="招募已关闭，待申办者重新开放后方可随机。",
)
_NO_LIST = Label(en="No allocation list is loaded.", zh="尚未载入随机列表。")
_NOTHING_TO_DO = Label(
    en="Somebody has changed this already. Reload the page.", zh="状态已被他人更改，请刷新页面。"
)
_NO_TARGET = Label(
    en="Give the new target: a whole number above the {allocated} randomised so far, at most "
    "{most}.",
    zh="请填写新的目标例数：大于已随机例数（{allocated}）的整数，不超过{most}。",
)
_REASON = Label(
    en="Give a reason (at most {limit} characters).", zh="请填写原因（最多{limit}个字符）。"
)
_IDENTIFYING = Label(
    en="The reason seems to hold a telephone or identity number. Remove it.",
    zh="原因中疑似含有手机号或身份证号，请删除。",
)
_NAMES_ARM = Label(
    en="The reason names an arm, and masked colleagues read it. Say it without.",
    zh="原因中提及组别，而须保持盲态的同事会看到，请勿写明组别。",
)
