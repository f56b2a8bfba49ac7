"""Loading an allocation list, once and for good, and how much of it has been used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from edc import clock
from edc.label import Label
from edc.models import AllocationListRow, Slot, StratumRow
from edc.protocol import RANDOMISATION
from edc.randomization.commitment import write_document
from edc.randomization.lists import ListRefused, read
from edc.randomization.sealing import SlotAddress, open_arm, seal_arm

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.randomization.commitment import Commitment
    from edc.randomization.design import Design
    from edc.randomization.lists import AllocationList, Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork
    from edc.settings import Environment

_TEST_LIST_IN_PRODUCTION = Label(
    en="This is a test list, and this installation is in production. Nothing was loaded; "
    "ask the statistician for the production list.",
    zh="这是测试用随机列表，而本系统为正式环境。未载入任何内容，请向统计师索取正式列表。",
)
_PRODUCTION_LIST_ELSEWHERE = Label(
    en="This is the production list, and this installation is not in production. Nothing was "
    "loaded; the list must not be opened here. Use a test list.",
    zh="这是正式随机列表，而本系统不是正式环境。未载入任何内容，正式列表不得在此使用，请改用测试列表。",
)
_LOADED_ALREADY = Label(
    en="An allocation list was loaded on {day} by {person}. A list is loaded once and never "
    "replaced; if it was the wrong one, stop randomising and call the statistician.",
    zh="随机列表已于{day}由{person}载入。列表只能载入一次，不可替换；如载入有误，"
    "请暂停随机并联系统计师。",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StratumUse:
    """How many slots of a stratum are taken; which come next nobody is told."""

    stratum: str
    label: Label
    used: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStatus:
    """What may be shown of the loaded list.

    :param fits_key: the installation's sealing key is the one the arms were sealed with.
    :param fits_design: the list was made for the design the study declares now.
    """

    purpose: str
    sha256: str
    loaded_at: datetime
    loaded_by: str
    confirmed_by: str
    allocated: int
    fits_key: bool
    fits_design: bool
    strata: tuple[StratumUse, ...]


def purpose_of(environment: Environment) -> Purpose:
    """Return the purpose of the lists that an environment takes."""
    return "production" if environment == "production" else "test"


def load_list(
    uow: UnitOfWork,
    text: str,
    *,
    design: Design,
    key: SealingKey,
    purpose: Purpose,
    brought_by: str,
) -> AllocationListRow:
    """Store a list, its arms sealed; the trail keeps its checksum and commitment.

    People get here only by :mod:`edc.services.custody`, which asks for two of them.

    :param purpose: the one that this installation takes.
    :param brought_by: the username of the other person; the actor is who confirmed.
    :raises ListRefused: when it is damaged, made for another design or environment, or when a list
        has been loaded before.
    """
    allocation_list = read(text, design=design)
    require_free(uow.session, allocation_list, purpose=purpose)
    commitment = allocation_list.commitment()
    uow.record(
        purpose=purpose,
        list_id=allocation_list.list_id,
        sha256=allocation_list.sha256(),
        algorithm=commitment.algorithm,
        root=commitment.root,
        slots=commitment.slots,
        loaded_by=brought_by,
    )
    return _store(uow, allocation_list, commitment=commitment, key=key, brought_by=brought_by)


def require_purpose(allocation_list: AllocationList, *, purpose: Purpose) -> None:
    """Refuse a test list in production, and a production list elsewhere.

    :raises ListRefused: when the list is not for this installation.
    """
    if allocation_list.purpose != purpose:
        production = purpose == "production"
        raise ListRefused(
            _TEST_LIST_IN_PRODUCTION if production else _PRODUCTION_LIST_ELSEWHERE,
            rule="LIST-PURPOSE",
        )


def require_free(session: Session, allocation_list: AllocationList, *, purpose: Purpose) -> None:
    """Refuse a list that this installation cannot take.

    :raises ListRefused: when it is for another environment, or a list was loaded before.
    """
    require_purpose(allocation_list, purpose=purpose)
    before = find_list(session, purpose=purpose)
    if before is not None:
        day = clock.local(before.loaded_at).date()
        raise ListRefused(
            _LOADED_ALREADY.filled(day=day, person=before.loaded_by), rule="LIST-LOADED"
        )


def _store(
    uow: UnitOfWork,
    allocation_list: AllocationList,
    *,
    commitment: Commitment,
    key: SealingKey,
    brought_by: str,
) -> AllocationListRow:
    row = AllocationListRow(
        purpose=allocation_list.purpose,
        list_id=allocation_list.list_id,
        sha256=allocation_list.sha256(),
        root=commitment.root,
        header_hash=allocation_list.header_hash(),
        algorithm=allocation_list.algorithm,
        commitment=write_document(allocation_list.commitment_document()),
        design_fingerprint=allocation_list.design.fingerprint(),
        key_fingerprint=key.fingerprint(),
        loaded_at=clock.now(),
        loaded_by=brought_by,
        confirmed_by=uow.actor.username,
        allocated=0,
    )
    uow.session.add(row)
    uow.session.flush()
    strata = {
        stratum.key: StratumRow(list_id=row.id, stratum=stratum.key)
        for stratum in allocation_list.design.strata()
    }
    uow.session.add_all(strata.values())
    uow.session.flush()
    uow.session.add_all(
        Slot(
            stratum_id=strata[slot.stratum].id,
            sequence=slot.sequence,
            block=slot.block,
            position=slot.position,
            sealed_arm=seal_arm(
                slot.arm,
                salt=slot.salt,
                address=address(row.sha256, stratum=slot.stratum, sequence=slot.sequence),
                key=key,
            ),
            slot_hash=allocation_list.slot_hash(slot),
        )
        for slot in allocation_list.slots
    )
    uow.session.flush()
    return row


def address(sha256: str, *, stratum: str, sequence: int) -> SlotAddress:
    """Return what a stored arm is sealed to: the list by its checksum, the stratum, the place."""
    return SlotAddress(sha256, stratum=stratum, sequence=sequence)


def find_arm(session: Session, subject_id: int, *, key: SealingKey) -> str | None:
    """Return the code of the participant's arm, for rules; what a person may see is ``arm_of``'s.

    :raises SealBroken: when the arm cannot be opened.
    """
    found = session.execute(
        select(Slot.sealed_arm, Slot.sequence, StratumRow.stratum, AllocationListRow.sha256)
        .join(StratumRow, StratumRow.id == Slot.stratum_id)
        .join(AllocationListRow, AllocationListRow.id == StratumRow.list_id)
        .where(Slot.subject_id == subject_id)
    ).one_or_none()
    if found is None:
        return None
    sealed, sequence, stratum, sha256 = found
    return open_arm(sealed, address=address(sha256, stratum=stratum, sequence=sequence), key=key)


def find_list(
    session: Session, *, purpose: Purpose, lock: bool = False
) -> AllocationListRow | None:
    """Return the loaded list of that purpose, locked if nobody may be randomised meanwhile."""
    statement = select(AllocationListRow).where(AllocationListRow.purpose == purpose)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def find_commitment(session: Session, *, purpose: Purpose) -> str | None:
    """Return the public document of the loaded list, as the text of ``commitment.json``."""
    return session.scalar(
        select(AllocationListRow.commitment).where(AllocationListRow.purpose == purpose)
    )


def status(
    session: Session, *, design: Design, key: SealingKey, purpose: Purpose
) -> ListStatus | None:
    """Return what may be shown of the loaded list: for each stratum how many slots are taken."""
    row = find_list(session, purpose=purpose)
    if row is None:
        return None
    counted = session.execute(
        select(StratumRow.stratum, func.count(Slot.subject_id), func.count(Slot.id))
        .join(Slot, Slot.stratum_id == StratumRow.id)
        .where(StratumRow.list_id == row.id)
        .group_by(StratumRow.stratum)
    )
    counts = {stratum: (used, length) for stratum, used, length in counted}
    declared = design if row.sealed_seed is None else RANDOMISATION
    return ListStatus(
        purpose=row.purpose,
        sha256=row.sha256,
        loaded_at=row.loaded_at,
        loaded_by=row.loaded_by,
        confirmed_by=row.confirmed_by,
        allocated=row.allocated,
        fits_key=row.key_fingerprint == key.fingerprint(),
        fits_design=row.design_fingerprint == declared.fingerprint(),
        strata=tuple(
            StratumUse(
                stratum=stratum.key,
                label=stratum.label,
                used=counts.get(stratum.key, (0, 0))[0],
                length=counts.get(stratum.key, (0, 0))[1],
            )
            for stratum in design.strata()
        ),
    )
