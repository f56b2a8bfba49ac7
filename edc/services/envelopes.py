"""Sealed envelopes opened while the system was down: entered by one person, confirmed by another.

What happened on paper has happened, so it is entered as it was: its true time, the envelope's
number, who opened it, and the arm on the sheet. Only when a second person has confirmed it is the
slot used and the arm compared with the sealed one; before that a comparison would tell the arm of
a slot that nobody holds. What does not fit the list is kept as an incident. Nothing is swapped:
the slot of the envelope that was opened is the participant's, and slots passed over are never used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from edc import clock
from edc.errors import AlreadyRandomised, NotFound, NotPermitted, RandomisationClosed, Refused
from edc.label import Label
from edc.models import Envelope, EnvelopeState, Slot
from edc.permissions import Permission, Role, grants
from edc.protocol import DESIGN
from edc.randomization.sealing import open_arm, seal_arm
from edc.services.allocation_lists import address
from edc.services.allocation_record import record_allocation
from edc.services.casebooks import open_casebook
from edc.services.mail import queue
from edc.services.mail_words import MailKind
from edc.services.privacy import looks_identifying
from edc.services.randomize import find_allocation, lock_stratum, take_slot
from edc.services.readiness import readiness
from edc.services.recruitment import TOLD, was_shut
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from edc.models import AllocationListRow
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.randomize import Allocation
    from edc.services.unit_of_work import UnitOfWork

REASON_MAX: Final = 500
_NO_SALT: Final = "0" * 64
_TOLD: Final = (Role.RESEARCH_NURSE, Role.INVESTIGATOR, Role.PHARMACIST)


class Conflict:
    """Why an envelope that was opened cannot be followed by its slot."""

    USED = "slot used"
    PASSED = "slot passed over"
    RANDOMISED = "randomised before"
    SHUT = "opened while shut"
    """The slot was used all the same: it had happened. Randomisation was stopped or closed then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What the sheet in the envelope says, and who opened it when and why.

    :param stratum: the one the envelope was of, right or wrong.
    """

    stratum: str
    sequence: int
    arm: str
    unsealed_at: datetime
    unsealed_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What confirming an envelope led to.

    :param allocation: None when no slot could follow it.
    :param conflict: which incident it is, with a slot or without.
    :param is_as_listed: the arm on the paper is that of the slot.
    """

    allocation: Allocation | None
    is_as_listed: bool
    conflict: str | None


def enter(
    uow: UnitOfWork,
    *,
    subject_id: int,
    paper: Paper,
    key: SealingKey,
    purpose: Purpose,
    password_checked: bool,
) -> Envelope:
    """Keep what an envelope said until a second person has confirmed it; no slot is used yet.

    Meanwhile the system gives no slot of the stratum to anybody else.

    :param password_checked: that the person has just proved who they are.
    :raises NotPermitted: when the role does not enter envelopes.
    :raises AlreadyRandomised: when the participant was randomised through the system.
    :raises RandomisationClosed: without a list, or for a stratum that it does not have.
    :raises Refused: when what was typed cannot be.
    """
    role = _require(uow)
    if not password_checked:
        raise NotPermitted
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    if (held := find_allocation(uow.session, subject_id)) is not None and held.entered_at:
        raise AlreadyRandomised(_RANDOMISED.filled(number=held.number), rule="RAND-02")
    if find_waiting(uow.session, subject_id) is not None:
        raise Refused(_WAITS, rule="ENVELOPE")
    row, stratum_row = lock_stratum(uow.session, purpose=purpose, stratum=paper.stratum)
    if row.sealed_seed is not None:
        raise RandomisationClosed(_MINIMISED, rule="ENVELOPE")
    _check(paper, row=row, length=DESIGN.slots_per_stratum)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    envelope = Envelope(
        subject=opened.subject,
        stratum=stratum_row,
        sequence=paper.sequence,
        sealed_arm=seal_arm(
            paper.arm,
            salt=_NO_SALT,
            address=address(row.sha256, stratum=paper.stratum, sequence=paper.sequence),
            key=key,
        ),
        unsealed_at=paper.unsealed_at,
        unsealed_by=paper.unsealed_by,
        reason=_reason(paper.reason),
        entered_by=uow.actor.username,
        entered_role=str(role),
        entered_at=clock.now(),
        state=str(EnvelopeState.WAITING),
        passed_over=0,
    )
    uow.session.add(envelope)
    uow.session.flush()
    queue(uow, kind=MailKind.ENVELOPE_WAITS, to=_TOLD, subject_id=subject_id)
    return envelope


def confirm(
    uow: UnitOfWork,
    *,
    subject_id: int,
    envelope_id: int,
    key: SealingKey,
    purpose: Purpose,
    password_checked: bool,
) -> Outcome:
    """Confirm an envelope as the second person: its slot is used, or an incident is kept.

    :param password_checked: that the person has just proved who they are.
    :raises NotPermitted: when the actor entered it, or neither of the two is an investigator.
    :raises Refused: when it is decided already, or an earlier one of the stratum still waits.
    """
    if not password_checked:
        raise NotPermitted
    opened = open_casebook(uow.session, subject_id, lock=True, queries=False)
    envelope = _undecided(uow, subject_id, envelope_id)
    role = _require(uow)
    if Role.INVESTIGATOR not in {role, Role(envelope.entered_role)}:
        raise NotPermitted(_INVESTIGATOR)
    stratum = envelope.stratum.stratum
    row, stratum_row = lock_stratum(uow.session, purpose=purpose, stratum=stratum)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    _require_turn(uow.session, envelope)
    before, slot = _slots(uow.session, stratum_row.id, envelope.sequence)
    held = find_allocation(uow.session, subject_id)
    if conflict := _conflict(slot, held):
        return _incident(uow, envelope, [*before, slot], conflict)
    here = address(row.sha256, stratum=stratum, sequence=envelope.sequence)
    on_paper = open_arm(envelope.sealed_arm, address=here, key=key)
    envelope.is_as_listed = on_paper == open_arm(slot.sealed_arm, address=here, key=key)
    envelope.passed_over = _pass_over(before)
    if was_shut(uow.session, row.id, at=envelope.unsealed_at):
        envelope.conflict = Conflict.SHUT
    _decide(uow, envelope, EnvelopeState.CONFIRMED)
    allocation = take_slot(
        uow,
        slot,
        subject_id=subject_id,
        row=row,
        stratum=stratum,
        unsealed=(envelope.unsealed_at, envelope.unsealed_by),
    )
    found = readiness(opened.book)
    is_right = found.stratum is not None and found.stratum.key == stratum
    record_allocation(uow, opened, allocation, is_ready=found.is_ready and is_right)
    is_wrong_stratum = found.stratum is not None and not is_right
    is_off = envelope.passed_over or envelope.conflict or is_wrong_stratum
    if not envelope.is_as_listed or is_off:
        queue(uow, kind=MailKind.ENVELOPE_INCIDENT, to=TOLD, subject_id=subject_id)
    return Outcome(
        allocation=allocation, is_as_listed=envelope.is_as_listed, conflict=envelope.conflict
    )


def refuse(uow: UnitOfWork, *, subject_id: int, envelope_id: int, reason: str) -> None:
    """Send an entry back as the second person, because it is not what the paper says.

    :raises NotPermitted: when the actor entered it.
    :raises Refused: without a usable reason, or when it is decided already.
    """
    open_casebook(uow.session, subject_id, lock=True, queries=False)
    envelope = _undecided(uow, subject_id, envelope_id)
    _require(uow)
    uow.about(site_id=envelope.subject.site_id, subject_id=subject_id)
    envelope.decision = _reason(reason)
    _decide(uow, envelope, EnvelopeState.REFUSED)
    uow.session.flush()


def find_waiting(session: Session, subject_id: int) -> Envelope | None:
    """Return the participant's envelope that waits for a second person."""
    return session.scalar(
        select(Envelope).where(
            Envelope.subject_id == subject_id, Envelope.state == EnvelopeState.WAITING
        )
    )


def list_envelopes(session: Session, subject_id: int) -> Sequence[Envelope]:
    """Return every envelope entered for the participant, the latest first."""
    return session.scalars(
        select(Envelope).where(Envelope.subject_id == subject_id).order_by(Envelope.id.desc())
    ).all()


def count_passed(session: Session, envelope: Envelope) -> int:
    """Return how many slots before the envelope's are free: confirmed, it lets none be used."""
    free = select(func.count(Slot.id)).where(
        Slot.stratum_id == envelope.stratum_id,
        Slot.sequence < envelope.sequence,
        Slot.subject_id.is_(None),
        Slot.passed_over_at.is_(None),
    )
    return session.scalars(free).one()


def arm_on_paper(envelope: Envelope, *, sha256: str, key: SealingKey) -> str:
    """Return the arm that the sheet bore, for the person who compares the entry with it."""
    here = address(sha256, stratum=envelope.stratum.stratum, sequence=envelope.sequence)
    return open_arm(envelope.sealed_arm, address=here, key=key)


def _conflict(slot: Slot, held: Allocation | None) -> str | None:
    if held is not None:
        return Conflict.RANDOMISED
    if slot.subject_id is not None:
        return Conflict.USED
    return Conflict.PASSED if slot.passed_over_at is not None else None


def _incident(uow: UnitOfWork, envelope: Envelope, slots: list[Slot], conflict: str) -> Outcome:
    """Keep an envelope that no slot can follow; a slot whose arm is known is never given.

    Those before it are passed over with it, as for an envelope that was confirmed.
    """
    if conflict == Conflict.RANDOMISED:
        envelope.passed_over = _pass_over(slots)
    envelope.conflict = conflict
    _decide(uow, envelope, EnvelopeState.CONFLICT)
    uow.record(conflict=conflict)
    uow.session.flush()
    queue(uow, kind=MailKind.ENVELOPE_INCIDENT, to=TOLD, subject_id=envelope.subject_id)
    return Outcome(allocation=None, is_as_listed=False, conflict=conflict)


def _slots(session: Session, stratum_id: int, sequence: int) -> tuple[list[Slot], Slot]:
    """Return the slots before the envelope's, and its own."""
    *before, own = session.scalars(
        select(Slot)
        .where(Slot.stratum_id == stratum_id, Slot.sequence <= sequence)
        .order_by(Slot.sequence)
        .execution_options(populate_existing=True)
    ).all()
    return before, own


def _require_turn(session: Session, envelope: Envelope) -> None:
    """Refuse to decide before an earlier envelope, whose slot would be passed over."""
    earlier = session.scalar(
        select(func.min(Envelope.sequence)).where(
            Envelope.stratum_id == envelope.stratum_id,
            Envelope.sequence < envelope.sequence,
            Envelope.state == EnvelopeState.WAITING,
        )
    )
    if earlier is not None:
        raise Refused(_TURN.filled(number=earlier), rule="ENVELOPE")


def _pass_over(slots: list[Slot]) -> int:
    """Let the free ones among *slots* never be used, and return how many that are."""
    free = [one for one in slots if one.subject_id is None and one.passed_over_at is None]
    now = clock.now()
    for one in free:
        one.passed_over_at = now
    return len(free)


def _require(uow: UnitOfWork) -> Role:
    role = uow.actor.role
    if role is None or not grants(role, Permission.ENVELOPE_ENTER):
        raise NotPermitted
    return role


def _undecided(uow: UnitOfWork, subject_id: int, envelope_id: int) -> Envelope:
    envelope = uow.session.get(Envelope, envelope_id, with_for_update={"of": Envelope})
    if envelope is None or envelope.subject_id != subject_id:
        raise NotFound
    if envelope.entered_by == uow.actor.username:
        raise NotPermitted(_SECOND)
    if envelope.state != EnvelopeState.WAITING:
        raise Refused(_DECIDED, rule="ENVELOPE")
    return envelope


def _decide(uow: UnitOfWork, envelope: Envelope, state: EnvelopeState) -> None:
    envelope.state = str(state)
    envelope.decided_by = uow.actor.username
    envelope.decided_at = clock.now()


def _check(paper: Paper, *, row: AllocationListRow, length: int) -> None:
    if not 1 <= paper.sequence <= length:
        raise Refused(_SEQUENCE.filled(length=length), rule="SEQUENCE")
    if paper.arm not in {arm.code for arm in DESIGN.arms}:
        raise Refused(_ARM, rule="ARM")
    if not row.loaded_at <= paper.unsealed_at <= clock.now():
        raise Refused(_TIME, rule="TIME")


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


_RANDOMISED = Label(
    en="An envelope of this participant is entered already: {number}. Nothing was done.",
    zh="该受试者的信封已录入，随机号{number}。未作任何操作。",
)
_WAITS = Label(
    en="An envelope of this participant waits for a second person already.",
    zh="该受试者已有信封待第二人确认。",
)
_TURN = Label(
    en="Envelope {number} of this stratum waits for a second person too: it is confirmed, or sent "
    "back, first. Otherwise its place would be passed over.",
    zh="该分层第{number}号信封也在等待第二人确认，须先确认或退回该信封，否则其位次将被跳过。",
)
_MINIMISED = Label(
    en="Minimisation has no envelopes: each slot is drawn when it is needed. While the system is "
    "down nobody is randomised.",
    zh="最小化法不设信封：每次分配均由系统即时生成，系统停用期间不能随机。",
)
_SEQUENCE = Label(
    en="Give the number on the envelope: 1 to {length}.", zh="请填写信封编号：1至{length}。"
)
_ARM = Label(en="Choose the arm on the sheet.", zh="请选择信封内所示组别。")
_TIME = Label(
    en="Give when the envelope was opened: after the list was loaded, and not in the future.",
    zh="请填写拆封时间：不早于随机列表载入时间，且不晚于当前时间。",
)
_REASON = Label(
    en="Give a reason (at most {limit} characters).", zh="请填写原因（最多{limit}个字符）。"
)
_IDENTIFYING = Label(
    en="The reason seems to hold a telephone or identity number. Remove it.",
    zh="原因中疑似含有手机号或身份证号，请删除。",
)
_SECOND = Label(
    en="Whoever entered an envelope cannot confirm it. Ask a second person.",
    zh="录入信封者不能自行确认，请由第二人确认。",
)
_INVESTIGATOR = Label(
    en="One of the two persons must be an investigator.", zh="两人中须有一人为研究者。"
)
_DECIDED = Label(
    en="This envelope has been decided already. Reload the page.", zh="该信封已处理，请刷新页面。"
)
