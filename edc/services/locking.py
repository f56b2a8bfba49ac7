"""Locking the study, a casebook or a CRF, and unlocking them.

The study is locked by the data manager when nothing is open; the lock keeps the digests of the
data and of their trail. Every write of data is refused from then on by the session itself
(``edc.models.data_lock``). It is unlocked by two persons: the data manager asks with a reason, an
investigator confirms. The statistician is neither, who may know every arm by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select

from edc import clock
from edc.errors import NotFound, NotPermitted, Refused
from edc.label import Label
from edc.models import CrfEntry, DataLock
from edc.models.data_lock import take_alone
from edc.permissions import Permission, grants
from edc.randomization.masking import is_visible
from edc.services import digests
from edc.services.obstacles import find_obstacles
from edc.services.subjects import lock_subject
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.services.casebooks import Place
    from edc.services.unit_of_work import UnitOfWork

RULE: Final = "LOCK"
REASON_MAX: Final = 500
WHOLE: Final[Place] = ("", "", 0)
"""The place of a casebook as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """Whether what a study lock locked is still what stands there."""

    data: bool
    trail: bool

    @property
    def holds(self) -> bool:
        """Tell whether both do."""
        return self.data and self.trail


def find_study_lock(session: Session) -> DataLock | None:
    """Return the lock under which the study stands, None while it is open."""
    return session.scalars(
        select(DataLock).where(DataLock.subject_id.is_(None), DataLock.unlocked_at.is_(None))
    ).one_or_none()


def list_study_locks(session: Session) -> list[DataLock]:
    """Return every lock the study was ever under, the latest first."""
    statement = select(DataLock).where(DataLock.subject_id.is_(None)).order_by(DataLock.id.desc())
    return list(session.scalars(statement))


def list_locks(session: Session, subject_id: int) -> list[DataLock]:
    """Return the locks of a participant's casebook and CRFs that are in force."""
    statement = select(DataLock).where(
        DataLock.subject_id == subject_id, DataLock.unlocked_at.is_(None)
    )
    return list(session.scalars(statement.order_by(DataLock.id)))


def verify(session: Session, lock: DataLock) -> Verified:
    """Compute anew what a study lock keeps, and compare."""
    return Verified(
        data=digests.data_sha256(session) == lock.data_sha256,
        trail=digests.trail_sha256(session, up_to=lock.trail_entry or 0) == lock.trail_sha256,
    )


def lock_study(uow: UnitOfWork, *, password_checked: Literal[True]) -> DataLock:
    """Lock the study, with the digests of what is locked.

    :raises NotPermitted: when the actor's role does not lock it.
    :raises Refused: when it is locked already, or anything is open.
    """
    del password_checked
    _require(uow, Permission.STUDY_LOCK)
    take_alone(uow.session)
    if find_study_lock(uow.session) is not None:
        raise Refused(_LOCKED, rule=RULE)
    if find_obstacles(uow.session):
        raise Refused(_OPEN, rule=RULE)
    last = digests.last_entry(uow.session)
    lock = DataLock(
        subject_id=None, visit="", form="", row=0, locked_by=uow.actor.username,
        locked_at=clock.now(), trail_entry=last,
        data_sha256=digests.data_sha256(uow.session),
        trail_sha256=digests.trail_sha256(uow.session, up_to=last),
    )  # fmt: skip
    uow.session.add(lock)
    uow.session.flush()
    return lock


def ask_unlock(uow: UnitOfWork, *, reason: str, password_checked: Literal[True]) -> None:
    """Ask that the study be unlocked; a second person confirms it.

    :raises NotPermitted: when the actor's role does not ask.
    :raises Refused: when the study is not locked, somebody has asked, or without a usable reason.
    """
    del password_checked
    _require(uow, Permission.STUDY_LOCK)
    lock = _held(uow)
    if lock.unlock_asked_by is not None:
        raise Refused(_ASKED.filled(who=lock.unlock_asked_by), rule=RULE)
    lock.unlock_reason = _readable(reason)
    lock.unlock_asked_by, lock.unlock_asked_at = uow.actor.username, clock.now()
    uow.session.flush()


def refuse_unlock(uow: UnitOfWork) -> None:
    """Take the request to unlock off the table: whoever asked, or may confirm it, can.

    :raises NotPermitted: when the actor's role does neither.
    :raises Refused: when nobody has asked.
    """
    role = uow.actor.role
    if role is None or not (
        grants(role, Permission.STUDY_LOCK) or grants(role, Permission.STUDY_UNLOCK)
    ):
        raise NotPermitted
    lock = _held(uow)
    if lock.unlock_asked_by is None:
        raise Refused(_NOT_ASKED, rule=RULE)
    lock.unlock_asked_by = lock.unlock_asked_at = lock.unlock_reason = None
    uow.session.flush()


def confirm_unlock(uow: UnitOfWork, *, asked_at: datetime, password_checked: Literal[True]) -> None:
    """Unlock the study as the second person.

    What the lock held back of unmaskings is written afterwards, each in a unit of work of its own:
    ``unmasking.find_owed_rows``.

    :param asked_at: of the request that the person has read; another one is not confirmed.
    :raises NotPermitted: when the actor's role does not confirm it, or the actor asked.
    :raises Refused: when nobody has asked, or asked anew since.
    """
    del password_checked
    _require(uow, Permission.STUDY_UNLOCK)
    lock = _held(uow)
    if lock.unlock_asked_by is None or lock.unlock_asked_at != asked_at:
        raise Refused(_NOT_ASKED, rule=RULE)
    if lock.unlock_asked_by == uow.actor.username:
        raise NotPermitted
    lock.unlocked_by, lock.unlocked_at = uow.actor.username, clock.now()
    uow.session.flush()


def lock_part(uow: UnitOfWork, *, subject_id: int, place: Place = WHOLE, reason: str) -> int:
    """Lock a casebook, or one of its CRFs, with a reason; return the lock's id.

    :raises NotPermitted: when the actor's role does not lock.
    :raises NotFound: when there is no such CRF.
    :raises Refused: when it is locked already, or without a usable reason.
    """
    _require(uow, Permission.STUDY_LOCK)
    visit, form, row = place
    role = uow.actor.role
    if form and role is not None and not is_visible(role, form=form, row=row):
        raise NotFound  # that there is such a record would tell the arm
    _hold_subject(uow, subject_id)
    take_alone(uow.session)
    if place != WHOLE and not uow.session.scalar(
        select(CrfEntry.id).where(
            CrfEntry.subject_id == subject_id, CrfEntry.visit == visit,
            CrfEntry.form == form, CrfEntry.row == row,
        )
    ):  # fmt: skip
        raise NotFound
    if any((one.visit, one.form, one.row) == place for one in list_locks(uow.session, subject_id)):
        raise Refused(_PART_LOCKED, rule=RULE)
    lock = DataLock(
        subject_id=subject_id, visit=visit, form=form, row=row, reason=_readable(reason),
        locked_by=uow.actor.username, locked_at=clock.now(),
    )  # fmt: skip
    uow.session.add(lock)
    uow.session.flush()
    return lock.id


def unlock_part(uow: UnitOfWork, *, subject_id: int, lock_id: int, reason: str) -> None:
    """Unlock a casebook or a CRF, with a reason.

    :raises NotPermitted: when the actor's role does not unlock.
    :raises NotFound: when the participant has no such lock in force.
    :raises Refused: without a usable reason.
    """
    _require(uow, Permission.STUDY_LOCK)
    _hold_subject(uow, subject_id)
    take_alone(uow.session)
    locks = list_locks(uow.session, subject_id)
    lock = next((one for one in locks if one.id == lock_id), None)
    if lock is None:
        raise NotFound
    lock.unlock_reason = _readable(reason)
    lock.unlock_asked_by = lock.unlocked_by = uow.actor.username
    lock.unlock_asked_at = lock.unlocked_at = clock.now()
    uow.session.flush()


def _hold_subject(uow: UnitOfWork, subject_id: int) -> None:
    subject = lock_subject(uow.session, subject_id)
    if subject is None:
        raise NotFound
    uow.about(site_id=subject.site_id, subject_id=subject_id)


def _held(uow: UnitOfWork) -> DataLock:
    take_alone(uow.session)
    lock = find_study_lock(uow.session)
    if lock is None:
        raise Refused(_UNLOCKED, rule=RULE)
    return lock


def _require(uow: UnitOfWork, permission: Permission) -> None:
    role = uow.actor.role
    if role is None or not grants(role, permission):
        raise NotPermitted


def _readable(typed: str) -> str:
    try:
        text = cleaned(typed)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not text or len(text) > REASON_MAX:
        raise Refused(_REASON.filled(limit=REASON_MAX), rule="REASON")
    return text


_LOCKED = Label(
    en="The study is locked already. Reload the page.", zh="研究数据库已锁定，请刷新页面。"
)
_UNLOCKED = Label(
    en="The study is not locked. Reload the page.", zh="研究数据库未锁定，请刷新页面。"
)
_OPEN = Label(
    en="Something is still open, so the study cannot be locked. Settle what is listed below.",
    zh="尚有未完成事项，不能锁定研究数据库。请先处理下列事项。",
)
_ASKED = Label(
    en="{who} has asked already that the study be unlocked.",
    zh="{who}已提出解锁申请。",
)
_NOT_ASKED = Label(
    en="There is no such request to unlock the study any more. Reload the page.",
    zh="该解锁申请已不存在，请刷新页面。",
)
_PART_LOCKED = Label(en="This is locked already.", zh="该内容已锁定。")
_REASON = Label(
    en="Give a reason (at most {limit} characters).", zh="请填写原因（最多{limit}个字符）。"
)
