"""Allocation: one participant takes the lowest free slot of their stratum, in one transaction.

Every allocation locks the list's row and the stratum's row in one statement, so allocations come
one after another: the number that counts through the whole trial and the target need the first
lock, the sequence within the stratum needs the second. SKIP LOCKED would be faster and leave gaps
when a transaction is rolled back; a gap in the sequence lets the next arm be guessed. SQLite takes
its one write lock when a unit of work begins.

``randomise_subject`` is the whole act: readiness, the slot, the visits that count from D0, and the
RAND CRF stand or fall together. The arm is in none of them: it stays sealed in the slot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select

from edc import clock
from edc.errors import (
    AlreadyRandomised,
    EntryClosed,
    NotFound,
    NotPermitted,
    RandomisationClosed,
    Refused,
)  # fmt: skip
from edc.label import Label
from edc.models import AllocationListRow, Envelope, EnvelopeState, Slot, StratumRow, Subject
from edc.permissions import Permission, grants
from edc.protocol import RANDOMISATION, STUDY
from edc.randomization.masking import may_see_arm
from edc.randomization.minimisation import Minimisation
from edc.randomization.sealing import open_arm
from edc.services import admission
from edc.services.allocation_lists import address, find_arm, find_list
from edc.services.allocation_record import record_allocation
from edc.services.casebooks import open_casebook
from edc.services.minimise import draw_slot, levels_of
from edc.services.readiness import RAND_PLACE, require_ready
from edc.services.recruitment import recruitment, require_open

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.randomization.design import Design
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A slot that a participant holds; the arm is not in it.

    :param at: the true time, which of an envelope is earlier than its entry.
    :param by: the username of whoever requested it, or opened the envelope.
    :param is_repeat: the slot was given by an earlier request.
    :param entered_at: of an envelope.
    :param is_last: with it the target is reached.
    """

    number: str
    stratum: str
    at: datetime
    by: str
    slot_hash: str
    is_repeat: bool
    sequence: int
    entered_at: datetime | None = None
    is_last: bool = False


def randomise_subject(
    uow: UnitOfWork, *, subject_id: int, confirmed: str, key: SealingKey, purpose: Purpose
) -> Allocation:
    """Randomise a participant who is ready, or return the first result of a repeated request.

    :param confirmed: the key of the stratum that the requester has checked and confirmed.
    :raises NotPermitted: when the actor's role does not randomise.
    :raises NotReady: naming everything that is missing (RAND-01).
    :raises EntryClosed: when the participant has left the study.
    :raises Refused: when the stratum is no longer the one confirmed.
    :raises RandomisationClosed: without a list, or when the target is reached (RAND-04).
    """
    role = uow.actor.role
    if role is not None and not grants(role, Permission.RANDOMISATION_REQUEST):
        raise NotPermitted
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    first = find_allocation(uow.session, subject_id)
    if first is not None:
        return first
    visit, _, _ = RAND_PLACE
    if admission.is_closed(opened, visit):
        raise EntryClosed
    stratum = require_ready(opened.book)
    if stratum.key != confirmed:
        raise Refused(_STRATUM_CHANGED.filled(stratum=stratum.key), rule="STRATUM")
    if isinstance(RANDOMISATION, Minimisation):
        draw_slot(
            uow,
            subject_id=subject_id,
            levels=levels_of(opened.book, stratum=stratum),
            stratum=stratum.key,
            minimisation=RANDOMISATION,
            key=key,
            purpose=purpose,
        )
    allocation = allocate(
        uow,
        subject_id=subject_id,
        stratum=stratum.key,
        design=RANDOMISATION,
        key=key,
        target=STUDY.target,
        purpose=purpose,
    )
    record_allocation(uow, opened, allocation)
    return allocation


_STRATUM_CHANGED = Label(
    en="The answers that decide the stratum have changed since you opened the page: it is now "
    "{stratum}. Nobody was randomised. Check the strata again.",
    zh="您打开页面后，分层因素的填写已更改，现分层为{stratum}。未进行随机，请重新核对分层信息。",
)


_LOCK = (
    select(AllocationListRow, StratumRow)
    .join(StratumRow, StratumRow.list_id == AllocationListRow.id)
    .where(
        AllocationListRow.purpose == bindparam("purpose"),
        StratumRow.stratum == bindparam("stratum"),
    )
    .with_for_update()
    # A row read before the lock was ours may be stale.
    .execution_options(populate_existing=True)
)
_LOWEST = (
    select(func.min(Slot.sequence))
    .where(
        Slot.stratum_id == bindparam("stratum"),
        Slot.subject_id.is_(None),
        Slot.passed_over_at.is_(None),
    )
    .scalar_subquery()
)
_SLOTS = (
    select(Slot)
    .where(
        or_(
            Slot.subject_id == bindparam("subject"),
            and_(Slot.stratum_id == bindparam("stratum"), Slot.sequence == _LOWEST),
        )
    )
    .execution_options(populate_existing=True)
)


def allocate(
    uow: UnitOfWork,
    *,
    subject_id: int,
    stratum: str,
    design: Design | Minimisation,
    key: SealingKey,
    target: int,
    purpose: Purpose,
) -> Allocation:
    """Give the participant the lowest free slot of *stratum*, or return the slot they hold.

    The caller has made sure that the participant is ready.

    :param stratum: its key, such as ``ORAL/ALLO``.
    :param target: the study's own: participants after whom randomisation is closed.
    :raises RandomisationClosed: without a list for this design, when randomisation is stopped or
        closed (RAND-04), or when the stratum is exhausted.
    :raises AlreadyRandomised: when the participant holds a slot of another stratum (RAND-02): then
        this is not the first request repeated.
    :raises SealBroken: when the slot's arm cannot be opened; nothing is given.
    """
    session = uow.session
    row, stratum_row = lock_stratum(session, purpose=purpose, stratum=stratum)
    own, free = _find_slots(session, subject_id=subject_id, stratum_id=stratum_row.id)
    if own is not None:
        return _first_result(own, stratum=stratum, stratum_id=stratum_row.id)
    if row.design_fingerprint != design.fingerprint():
        raise _closed(
            en="The loaded allocation list was made for another design. Stop randomising and call "
            "the statistician.",
            zh="已载入的随机列表与当前随机设计不符。请暂停随机并联系统计师。",
            rule="LIST",
        )
    require_open(recruitment(row, target=target))
    if _waits_for_an_envelope(session, stratum_row.id):
        raise _closed(
            en="An envelope of this stratum has been entered and waits for a second person. Nobody "
            "is randomised in it before that is decided, so that no slot is given twice.",
            zh="该分层有已录入的信封待第二人确认。为避免同一随机号重复分配，确认之前该分层暂不能随机。",
            rule="ENVELOPE",
        )
    if free is None:
        raise _closed(
            en="No slot is left in stratum {stratum}. Call the statistician.",
            zh="分层{stratum}的随机号已用完，请联系统计师。",
            rule="STRATUM",
            stratum=stratum,
        )
    # A slot whose arm cannot be opened is not given: the site would hold a number and no treatment.
    open_arm(
        free.sealed_arm,
        address=address(row.sha256, stratum=stratum, sequence=free.sequence),
        key=key,
    )
    return take_slot(uow, free, subject_id=subject_id, row=row, stratum=stratum, target=target)


def _find_slots(
    session: Session, *, subject_id: int, stratum_id: int
) -> tuple[Slot | None, Slot | None]:
    """Return the slot the participant holds, and the stratum's lowest free one."""
    found = session.scalars(_SLOTS, {"subject": subject_id, "stratum": stratum_id}).all()
    own = next((slot for slot in found if slot.subject_id == subject_id), None)
    free = next((slot for slot in found if slot.subject_id is None), None)
    return own, free


def _waits_for_an_envelope(session: Session, stratum_id: int) -> bool:
    waiting = select(Envelope.id).where(
        Envelope.stratum_id == stratum_id, Envelope.state == EnvelopeState.WAITING
    )
    return session.scalars(waiting.limit(1)).first() is not None


def lock_stratum(
    session: Session, *, purpose: Purpose, stratum: str
) -> tuple[AllocationListRow, StratumRow]:
    """Return the list and the stratum, held against every other allocation.

    :raises RandomisationClosed: when there is no list, or it has no such stratum.
    """
    locked = session.execute(_LOCK, {"purpose": purpose, "stratum": stratum}).one_or_none()
    if locked is None:
        raise _no_list(session, purpose=purpose)
    return locked[0], locked[1]


def take_slot(
    uow: UnitOfWork,
    slot: Slot,
    *,
    subject_id: int,
    row: AllocationListRow,
    stratum: str,
    target: int = STUDY.target,
    unsealed: tuple[datetime, str] | None = None,
) -> Allocation:
    """Give a slot, whose list and stratum are held, to a participant.

    :param unsealed: of an envelope: when it was truly opened, and by whom.
    """
    # The trail asks the slot for its participant; loaded here, it costs one statement at most.
    subject = uow.session.get(Subject, subject_id)
    if subject is None:
        raise NotFound
    uow.about(site_id=subject.site_id, subject_id=subject.id)
    number = f"R{row.allocated + 1:03d}"
    uow.record(randomisation_number=number, stratum=stratum, slot_hash=slot.slot_hash)
    row.allocated += 1
    slot.subject_id = subject.id
    slot.randomisation_number = number
    now = clock.now()
    slot.allocated_at, slot.allocated_by = unsealed or (now, uow.actor.username)
    slot.entered_at = now if unsealed else None
    uow.session.flush()
    is_last = row.allocated == recruitment(row, target=target).target
    return replace(_allocation(slot, stratum=stratum, is_repeat=False), is_last=is_last)


def _first_result(slot: Slot, *, stratum: str, stratum_id: int) -> Allocation:
    if slot.stratum_id != stratum_id:
        raise AlreadyRandomised(
            Label(
                en="The participant is already randomised: {number}. Nothing was done.",
                zh="该受试者已随机，随机号{number}。未作任何操作。",
            ).filled(number=slot.randomisation_number),
            rule="RAND-02",
        )
    return _allocation(slot, stratum=stratum, is_repeat=True)


def _allocation(slot: Slot, *, stratum: str, is_repeat: bool) -> Allocation:
    if slot.randomisation_number is None or slot.allocated_at is None:
        message = f"slot {slot.id} is free"
        raise ValueError(message)
    return Allocation(
        number=slot.randomisation_number,
        stratum=stratum,
        at=slot.allocated_at,
        by=slot.allocated_by or "",
        slot_hash=slot.slot_hash,
        is_repeat=is_repeat,
        sequence=slot.sequence,
        entered_at=slot.entered_at,
    )


def _no_list(session: Session, *, purpose: Purpose) -> RandomisationClosed:
    if find_list(session, purpose=purpose) is None:
        return _closed(
            en="No allocation list is loaded, so nobody can be randomised. Call the statistician.",
            zh="尚未载入随机列表，无法随机。请联系统计师。",
            rule="LIST",
        )
    return _closed(
        en="The loaded allocation list does not have this stratum. Stop randomising and call the "
        "statistician.",
        zh="已载入的随机列表中没有该分层。请暂停随机并联系统计师。",
        rule="STRATUM",
    )


def _closed(*, en: str, zh: str, rule: str, **values: object) -> RandomisationClosed:
    return RandomisationClosed(Label(en=en, zh=zh).filled(**values), rule=rule)


def find_allocation(session: Session, subject_id: int) -> Allocation | None:
    """Return the slot the participant holds, without its arm."""
    found = session.execute(
        select(Slot, StratumRow.stratum)
        .join(StratumRow, StratumRow.id == Slot.stratum_id)
        .where(Slot.subject_id == subject_id)
    ).one_or_none()
    return None if found is None else _allocation(found[0], stratum=found[1], is_repeat=True)


def arm_of(session: Session, subject_id: int, *, role: Role, key: SealingKey) -> str | None:
    """Return the code of the participant's arm, for roles that may see it.

    None stands for "not randomised" and for "not for this role" alike.

    :param role: the one held at the participant's site.
    :raises SealBroken: when the arm cannot be opened.
    """
    if not may_see_arm(role):
        return None
    return find_arm(session, subject_id, key=key)
