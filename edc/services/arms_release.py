"""Planned unmasking: every arm with its proof, after the study lock and two signatures.

Section 5.4 and ICH E6(R3) 4.2.6. A statistician and an investigator sign, each with the password,
each time after the data and their trail were found to be what the lock kept. What is released stays
released: unlocking the study masks nobody again, and other pages show nobody more than before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select

from edc import clock
from edc.errors import NotPermitted, Refused
from edc.label import Label
from edc.models import Unmasking, UnmaskingKind, UnmaskingState
from edc.models.data_lock import take_alone
from edc.permissions import Permission, Role, grants
from edc.services.locking import find_study_lock, verify
from edc.services.proofs import OPEN_READER, find_proof
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.randomization.design import Design
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork

RULE: Final = "RELEASE"
WHY_MAX: Final = 500


def find_release(session: Session) -> Unmasking | None:
    """Return the planned unmasking that was carried out first, None while there is none."""
    return session.scalars(
        select(Unmasking)
        .where(Unmasking.kind == UnmaskingKind.PLANNED, Unmasking.state == UnmaskingState.APPROVED)
        .order_by(Unmasking.id)
    ).first()


def find_first_signature(session: Session, lock_id: int) -> Unmasking | None:
    """Return the signature under the lock that waits for a second one."""
    return session.scalars(
        select(Unmasking).where(
            Unmasking.kind == UnmaskingKind.PLANNED,
            Unmasking.lock_id == lock_id,
            Unmasking.state == UnmaskingState.ASKED,
        )
    ).first()


def sign(uow: UnitOfWork, *, why: str, password_checked: Literal[True]) -> bool:
    """Sign that every arm be released; return whether this was the second signature.

    :param why: what the release is for, given with the first signature.
    :raises NotPermitted: when the actor's role does not sign.
    :raises Refused: before the lock, when the data or their trail are not what was locked, when the
        same person or the same role signs twice, or when the arms are released already.
    """
    del password_checked
    role = uow.actor.role
    if role is None or not grants(role, Permission.ARMS_RELEASE):
        raise NotPermitted
    take_alone(uow.session)
    lock = find_study_lock(uow.session)
    if lock is None:
        raise Refused(_NOT_LOCKED, rule=RULE)
    if find_release(uow.session) is not None:
        raise Refused(_RELEASED, rule=RULE)
    if not verify(uow.session, lock).holds:
        raise Refused(_CHANGED, rule="DIGEST")
    first = find_first_signature(uow.session, lock.id)
    if first is None:
        text = _readable(why)
        first = Unmasking(
            subject_id=None, lock_id=lock.id, kind=UnmaskingKind.PLANNED,
            state=UnmaskingState.ASKED, person=uow.actor.username, person_role=str(role),
            why="", explanation=text, asked_at=clock.now(),
        )  # fmt: skip
        uow.session.add(first)
        uow.session.flush()
        return False
    if first.person == uow.actor.username:
        raise Refused(_SAME_PERSON, rule=RULE)
    if (first.person_role == Role.INVESTIGATOR) == (role is Role.INVESTIGATOR):
        raise Refused(_SAME_SIDE, rule=RULE)
    first.state = UnmaskingState.APPROVED
    first.decided_by, first.decided_role = uow.actor.username, str(role)
    first.decided_at = clock.now()
    first.known_from = first.decided_at
    uow.session.flush()
    return True


def read_arms(
    session: Session, *, role: Role | None, design: Design, purpose: Purpose, key: SealingKey
) -> dict[str, object]:
    """Return the proof of all allocations, every one opened (``edc-proof/1``).

    :raises NotPermitted: when the role does not read them.
    :raises Refused: before they are released, or when no list was ever loaded.
    """
    if role is None or not grants(role, Permission.ARMS_READ):
        raise NotPermitted
    if find_release(session) is None:
        raise Refused(_NOT_RELEASED, rule=RULE)
    found = find_proof(session, design=design, purpose=purpose, key=key, reader=OPEN_READER)
    if found is None:
        raise Refused(_NO_LIST, rule=RULE)
    return found


def _readable(typed: str) -> str:
    try:
        text = cleaned(typed)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not text or len(text) > WHY_MAX:
        raise Refused(_WHY.filled(limit=WHY_MAX), rule="REASON")
    return text


_NOT_LOCKED = Label(
    en="The study is not locked. The arms are released after the lock, and not before.",
    zh="研究数据库尚未锁定。计划揭盲须在数据库锁定之后进行。",
)
_RELEASED = Label(
    en="The arms are released already. Reload the page.", zh="分组已揭示，请刷新页面。"
)
_NOT_RELEASED = Label(
    en="The arms are not released. Two persons sign for it after the lock.",
    zh="分组尚未揭示，须在数据库锁定后由两人签署。",
)
_CHANGED = Label(
    en="The data or their trail are not what was locked: they were changed around the system. "
    "Nothing was signed. Tell the data manager and the sponsor at once.",
    zh="数据或其稽查轨迹与锁定时不一致，可能被绕过系统改动，未签署。请立即通知数据管理员和申办者。",
)
_WHY = Label(
    en="Say what the arms are released for (at most {limit} characters).",
    zh="请说明揭盲用途（最多{limit}个字符）。",
)
_SAME_PERSON = Label(
    en="You have signed already. Another person gives the second signature.",
    zh="您已签署，第二个签名须由他人完成。",
)
_SAME_SIDE = Label(
    en="One of the two signatures is an investigator's, the other a statistician's.",
    zh="两个签名须分别由一名研究者和一名统计师完成。",
)
_NO_LIST = Label(en="No allocation list is loaded.", zh="尚未载入随机列表。")
