"""Two persons bring a list into the installation: one with the file, one with the certificate.

The statistician brings the sealed file; it is opened, checked in every respect, and kept sealed
until the data manager, or the deputy, has compared it with the signed certificate. Only then are
the slots stored, and only then can anybody be randomised. The same two steps encrypt the arms of
the loaded list under a new key, from the statistician's copy, when the old key is lost or to be
replaced: the copy must have the commitment of the loaded list, and no allocation is touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NoReturn

from sqlalchemy import func, literal, select
from sqlalchemy.exc import IntegrityError

from edc import clock
from edc.errors import NotFound, NotPermitted, Refused
from edc.label import Label
from edc.models import (
    Envelope,
    EnvelopeState,
    ListAct,
    ListProposal,
    ListState,
    Slot,
    StratumRow,
)
from edc.models.fixed_rows import RESEAL_ACTION
from edc.permissions import Permission, grants
from edc.randomization.list_keys import ListKey
from edc.randomization.lists import ListRefused
from edc.randomization.sealed_list import receive
from edc.randomization.sealing import seal_arm
from edc.services.allocation_lists import (
    address,
    find_list,
    load_list,
    require_free,
    require_purpose,
)  # fmt: skip
from edc.services.submissions import REASON_MAX
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ScalarSelect
    from sqlalchemy.orm import Session

    from edc.models import AllocationListRow
    from edc.randomization.design import Design
    from edc.randomization.lists import AllocationList, Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork
    from edc.services.viewer import Viewer

ACTIONS: Final = {ListAct.LOAD: "randomisation.load", ListAct.RESEAL: RESEAL_ACTION}
"""What the trail calls the second person's act."""

LEAST_TYPED: Final = 16  # characters of the checksum, of 64
RULE: Final = "LIST"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingList:
    """A list that waits for the second person; its checksum is not told before they type it."""

    id: int
    act: ListAct
    list_id: str
    brought_by: str
    brought_at: datetime


def bring(
    uow: UnitOfWork,
    text: str,
    *,
    act: ListAct,
    design: Design,
    key: SealingKey,
    purpose: Purpose,
    password_checked: Literal[True],
) -> int:
    """Bring a sealed list, to be loaded or to reseal the loaded one; return the proposal's id.

    :param key: the one under which the arms are to stand.
    :param password_checked: the caller has asked for the password again.
    :raises NotPermitted: when the actor's role does not manage lists.
    :raises ListRefused: with the reason, when the file is not one that can be taken.
    """
    del password_checked
    _require(uow, Permission.RANDOMISATION_MANAGE)
    made = receive(text, key=ListKey.of_installation(key), design=design)
    if act is ListAct.LOAD:
        require_free(uow.session, made, purpose=purpose)
    else:
        _require_same(uow.session, made, key=key, purpose=purpose)
    if find_waiting(uow.session, purpose=purpose) is not None:
        _refuse(_WAITING)
    proposal = ListProposal(
        kind=act,
        purpose=purpose,
        list_id=made.list_id,
        sha256=made.sha256(),
        root=made.commitment().root,
        sealed=text,
        state=ListState.PROPOSED,
        proposed_by=uow.actor.username,
        proposed_at=clock.now(),
    )
    uow.session.add(proposal)
    try:
        uow.session.flush()
    except IntegrityError:  # brought twice at the same moment
        _refuse(_WAITING)
    return proposal.id


def confirm(
    uow: UnitOfWork,
    *,
    proposal_id: int,
    checksum: str,
    design: Design,
    key: SealingKey,
    purpose: Purpose,
    password_checked: Literal[True],
) -> AllocationListRow:
    """Confirm a list as the second person: it is loaded, or its arms are encrypted anew.

    :param checksum: the SHA-256 as the signed certificate prints it, or its first 16 characters.
    :param password_checked: the caller has asked for the password again.
    :raises NotPermitted: when the actor's role does not confirm, or the actor brought the list.
    :raises NotFound: when there is no such proposal here.
    :raises ListRefused: when the checksum is another, or the list can no longer be taken.
    """
    del password_checked
    proposal = _undecided(uow, proposal_id, Permission.RANDOMISATION_CONFIRM, purpose=purpose)
    if proposal.proposed_by == uow.actor.username:
        raise NotPermitted
    if not is_checksum(checksum, of=proposal.sha256):
        _refuse(_OTHER_CHECKSUM.filled(least=LEAST_TYPED))
    made = receive(proposal.sealed or "", key=ListKey.of_installation(key), design=design)
    if made.sha256() != proposal.sha256:
        _refuse(_OTHER_CHECKSUM.filled(least=LEAST_TYPED))
    brought_by = proposal.proposed_by
    _decide(uow, proposal, ListState.CONFIRMED)
    if proposal.kind == ListAct.RESEAL:
        return _reseal(uow, made, key=key, purpose=purpose, brought_by=brought_by)
    return load_list(
        uow, made.write(), design=design, key=key, purpose=purpose, brought_by=brought_by
    )


def refuse(uow: UnitOfWork, *, proposal_id: int, reason: str, purpose: Purpose) -> None:
    """Refuse a list as the second person, with a reason; nothing of it is kept.

    :raises NotPermitted: when the actor's role does not confirm, or the actor brought the list.
    :raises Refused: without a usable reason.
    """
    proposal = _undecided(uow, proposal_id, Permission.RANDOMISATION_CONFIRM, purpose=purpose)
    if proposal.proposed_by == uow.actor.username:
        raise NotPermitted
    try:
        why = cleaned(reason)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not why or len(why) > REASON_MAX:
        raise Refused(_REASON.filled(limit=REASON_MAX), rule="REASON")
    proposal.decision = why
    _decide(uow, proposal, ListState.REFUSED)
    uow.session.flush()


def withdraw(uow: UnitOfWork, *, proposal_id: int, purpose: Purpose) -> None:
    """Take back a list before it is confirmed; nothing of it is kept.

    :raises NotPermitted: when the actor did not bring it.
    """
    proposal = _undecided(uow, proposal_id, Permission.RANDOMISATION_MANAGE, purpose=purpose)
    if proposal.proposed_by != uow.actor.username:
        raise NotPermitted
    _decide(uow, proposal, ListState.WITHDRAWN)
    uow.session.flush()


def find_waiting(session: Session, *, purpose: Purpose) -> WaitingList | None:
    """Return the list that waits for the second person."""
    found = session.scalar(
        select(ListProposal).where(
            ListProposal.purpose == purpose, ListProposal.state == ListState.PROPOSED
        )
    )
    if found is None:
        return None
    return WaitingList(
        id=found.id,
        act=ListAct(found.kind),
        list_id=found.list_id,
        brought_by=found.proposed_by,
        brought_at=found.proposed_at,
    )


def waiting(viewer: Viewer) -> ScalarSelect[int]:
    """Return, as a part of a statement, how many lists wait for the person's confirmation."""
    may_confirm = viewer.may_somewhere(Permission.RANDOMISATION_CONFIRM)
    return (
        select(func.count(ListProposal.id))
        .where(
            ListProposal.state == ListState.PROPOSED,
            ListProposal.proposed_by != viewer.username,
            literal(may_confirm),
        )
        .scalar_subquery()
    )


def is_checksum(typed: str, *, of: str) -> bool:
    """Tell whether what was typed is a checksum, or at least its first characters."""
    plain = re.sub(r"[\s\-·.:]", "", typed).lower()
    return len(plain) >= LEAST_TYPED and of.startswith(plain)


def _require_same(
    session: Session, made: AllocationList, *, key: SealingKey, purpose: Purpose
) -> AllocationListRow:
    """Return the loaded list, locked, if *made* is a copy of it and its arms need a new key."""
    require_purpose(made, purpose=purpose)
    row = find_list(session, purpose=purpose, lock=True)
    if row is None:
        _refuse(_NOTHING_LOADED)
    told = (made.list_id, made.sha256(), made.commitment().root, made.header_hash())
    if told != (row.list_id, row.sha256, row.root, row.header_hash):
        _refuse(_OTHER_COPY.filled(found=made.list_id, loaded=row.list_id))
    if row.key_fingerprint == key.fingerprint():
        _refuse(_SAME_KEY)
    return row


def _reseal(
    uow: UnitOfWork,
    made: AllocationList,
    *,
    key: SealingKey,
    purpose: Purpose,
    brought_by: str,
) -> AllocationListRow:
    """Encrypt every slot's arm under *key*, from the copy; who holds which slot stays."""
    row = _require_same(uow.session, made, key=key, purpose=purpose)
    copies = {(slot.stratum, slot.sequence): slot for slot in made.slots}
    stored = uow.session.execute(
        select(Slot, StratumRow.stratum)
        .join(StratumRow, StratumRow.id == Slot.stratum_id)
        .where(StratumRow.list_id == row.id)
        .order_by(Slot.id)
    ).all()
    if {(stratum, slot.sequence) for slot, stratum in stored} != set(copies):
        _refuse(_OTHER_SLOTS)
    before = row.key_fingerprint
    for slot, stratum in stored:
        copy = copies[stratum, slot.sequence]
        if made.slot_hash(copy) != slot.slot_hash:
            _refuse(_OTHER_SLOTS)
        slot.sealed_arm = seal_arm(
            copy.arm,
            salt=copy.salt,
            address=address(row.sha256, stratum=stratum, sequence=slot.sequence),
            key=key,
        )
    row.key_fingerprint = key.fingerprint()
    returned = _return_envelopes(uow, row, brought_by=brought_by)
    uow.record(
        list_id=row.list_id,
        sha256=row.sha256,
        slots=len(stored),
        key_before=before,
        key_fingerprint=row.key_fingerprint,
        proposed_by=brought_by,
        envelopes_returned=returned,
    )
    uow.session.flush()
    return row


def _return_envelopes(uow: UnitOfWork, row: AllocationListRow, *, brought_by: str) -> int:
    """Send back the envelopes that wait, and return how many: their papers are entered again.

    The arm on such a paper was sealed under the key that is no more, and is in no other place.
    """
    waiting = uow.session.scalars(
        select(Envelope)
        .join(StratumRow, StratumRow.id == Envelope.stratum_id)
        .where(StratumRow.list_id == row.id, Envelope.state == EnvelopeState.WAITING)
    ).all()
    for envelope in waiting:
        envelope.state = str(EnvelopeState.REFUSED)
        second = uow.actor.username
        envelope.decided_by = brought_by if second == envelope.entered_by else second
        envelope.decided_at = clock.now()
        envelope.decision = f"{_KEY_REPLACED.en} {_KEY_REPLACED.zh}"
    return len(waiting)


def _undecided(
    uow: UnitOfWork, proposal_id: int, permission: Permission, *, purpose: Purpose
) -> ListProposal:
    _require(uow, permission)
    proposal = uow.session.get(ListProposal, proposal_id, with_for_update=True)
    if proposal is None or proposal.purpose != purpose:
        raise NotFound
    if proposal.state != ListState.PROPOSED:
        _refuse(_DECIDED)
    return proposal


def _decide(uow: UnitOfWork, proposal: ListProposal, state: ListState) -> None:
    proposal.state = state
    proposal.decided_by = uow.actor.username
    proposal.decided_at = clock.now()
    proposal.sealed = None


def _require(uow: UnitOfWork, permission: Permission) -> None:
    # A list is brought and confirmed by persons: the installation itself may do neither.
    if uow.actor.role is None or not grants(uow.actor.role, permission):
        raise NotPermitted


def _refuse(message: Label) -> NoReturn:
    raise ListRefused(message, rule=RULE) from None


_WAITING = Label(
    en="A list waits for the second person already. It is confirmed, refused or withdrawn first.",
    zh="已有一份列表待第二人确认，请先确认、退回或撤回该列表。",
)
_DECIDED = Label(
    en="This list was decided on in the meantime. Nothing was done.",
    zh="该列表已处理，未作任何操作。",
)
_OTHER_CHECKSUM = Label(
    en="This is not the checksum of the list that was brought: nothing was loaded. Type it from "
    "the signed certificate, all of it or at least its first {least} characters; if it still "
    "differs, refuse the list and call the statistician.",
    zh="校验值与所提交的列表不符，未载入任何内容。请照已签署的证书输入，可输入全部或至少前{least}个字符；"
    "如仍不符，请退回该列表并联系统计师。",
)
_NOTHING_LOADED = Label(
    en="No list is loaded whose arms could be encrypted anew. Load the list instead.",
    zh="尚未载入随机列表，无需重新加密，请直接载入列表。",
)
_OTHER_COPY = Label(
    en="This is a copy of another list ({found}) than the loaded one ({loaded}). Nothing was "
    "changed.",
    zh="该文件是另一份列表（{found}）的副本，与已载入的列表（{loaded}）不符。未作任何更改。",
)
_OTHER_SLOTS = Label(
    en="The stored slots are not those of this copy: rows were altered. Nothing was changed; stop "
    "randomising and call the statistician.",
    zh="已存储的序号与该副本不符，数据可能被改动。未作任何更改，请暂停随机并联系统计师。",
)
_KEY_REPLACED = Label(
    en="The key of the allocations was replaced while this entry waited. Enter the paper again.",
    zh="本条录入待确认期间分组密钥已更换，请按纸质记录重新录入。",
)
_SAME_KEY = Label(
    en="The arms are encrypted under this installation's key already. Nothing was changed.",
    zh="分组已用本系统当前密钥加密，未作任何更改。",
)
_REASON = Label(
    en="Say why, in at most {limit} characters.",
    zh="请说明原因，不超过{limit}个字符。",
)
