"""Proofs of allocations, made from what the database holds: one, or all that were ever made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import or_, select

from edc import clock
from edc.errors import InstallationFault
from edc.label import Label
from edc.models import AllocationListRow, Slot, StratumRow, Subject
from edc.randomization import proof
from edc.randomization.minimisation import COMMITMENT_FORMAT as MINIMISATION_FORMAT
from edc.randomization.sealing import open_arm, open_salt
from edc.randomization.verifier import COMMITMENT, misfits, strata_of
from edc.services import allocation_lists
from edc.services.allocation_lists import address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from edc.permissions import Permission
    from edc.randomization.design import Design
    from edc.randomization.lists import Purpose
    from edc.randomization.sealing import SealingKey
    from edc.services.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a proof is made, asked by site.

    :param names: whether the reader may know the site's participants.
    :param opens: whether the reader may see their arms.
    """

    names: Callable[[int], bool]
    opens: Callable[[int], bool]


class StoredListDamaged(InstallationFault):
    """What is stored of the list is not what the program stores."""


MASKED_READER = Reader(names=lambda _site: True, opens=lambda _site: False)
OPEN_READER = Reader(names=lambda _site: True, opens=lambda _site: True)
"""For the check of the seals, which shows nothing, and for all once the trial is unmasked."""


def reader_of(viewer: Viewer, permission: Permission) -> Reader:
    """Return the reader that a signed-in person is where they hold *permission*."""
    return Reader(
        names=lambda site: viewer.may(permission, site_id=site),
        opens=lambda site: viewer.may(permission, site_id=site) and viewer.may_see_arm(site),
    )


def find_commitment(session: Session, *, purpose: Purpose) -> dict[str, Any] | None:
    """Return the public document of the loaded list; None when no list is loaded.

    :raises StoredListDamaged: when it is not what a commitment is.
    """
    text = allocation_lists.find_commitment(session, purpose=purpose)
    if text is None:
        return None
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict) and found.get("format") == MINIMISATION_FORMAT:
        return None  # a minimisation has no list whose slots could be proved: it is replayed
    if list(misfits(found, COMMITMENT, "commitment")):
        raise StoredListDamaged(_DAMAGED, rule="PROOF")
    return dict(found)


def find_proof(
    session: Session,
    *,
    design: Design,
    purpose: Purpose,
    key: SealingKey,
    reader: Reader,
    subject_id: int | None = None,
) -> dict[str, object] | None:
    """Return the proof of every allocation, or of one participant's, as *reader* may have it.

    None stands for "no list is loaded" and for "this participant holds no slot".

    :raises SealBroken: when an arm that the reader may see cannot be opened.
    :raises StoredListDamaged: when no proof can be made of what is stored.
    """
    published = find_commitment(session, purpose=purpose)
    if published is None:
        return None
    rows = find_slots(session, purpose=purpose, strata=strata_of(design.public_parameters()))
    taken = [row for row in rows if row.subject_id is not None]
    if subject_id is not None:
        taken = [row for row in taken if row.subject_id == subject_id]
        if not taken:
            return None
    try:
        return proof.document(
            published,
            leaves=[str(published["header_hash"]), *(row.slot_hash for row in rows)],
            allocations=[_proven(row, key=key, reader=reader) for row in taken],
            passed_over=[
                proof.PassedOver(stratum=row.stratum, sequence=row.sequence, at=row.passed_over_at)
                for row in rows
                if row.passed_over_at is not None and subject_id is None
            ],
            covers="all" if subject_id is None else "one",
            made_at=clock.now(),
        )
    except ValueError:  # a stored hash is none
        raise StoredListDamaged(_DAMAGED, rule="PROOF") from None


_DAMAGED = Label(
    en="No proof can be made: what is stored of the allocation list is damaged. Stop randomising "
    "and call the statistician.",
    zh="无法生成证明：所存随机列表已损坏。请暂停随机并联系统计师。",
)


def find_holder(session: Session, which: str) -> int | None:
    """Return the participant who holds a slot and is called *which*.

    :param which: a randomisation number, a participant number or a screening number.
    """
    names = (Slot.randomisation_number, Subject.subject_number, Subject.screening_number)
    statement = (
        select(Subject.id)
        .join(Slot, Slot.subject_id == Subject.id)
        .where(or_(*(name == which for name in names)))
        .order_by(Slot.randomisation_number != which)
    )
    return session.scalars(statement).first()


_SLOTS = (
    select(
        StratumRow.stratum,
        Slot.sequence,
        Slot.slot_hash,
        Slot.sealed_arm,
        Slot.randomisation_number,
        Slot.allocated_at,
        Slot.entered_at,
        Slot.passed_over_at,
        Slot.subject_id,
        AllocationListRow.sha256,
        Subject.site_id,
        Subject.subject_number,
        Subject.screening_number,
    )
    .join(StratumRow, StratumRow.id == Slot.stratum_id)
    .join(AllocationListRow, AllocationListRow.id == StratumRow.list_id)
    .outerjoin(Subject, Subject.id == Slot.subject_id)
)


def find_slots(session: Session, *, purpose: Purpose, strata: Sequence[str]) -> list[Row[Any]]:
    """Return every slot of the list in its order, whoever holds it."""
    order = {stratum: index for index, stratum in enumerate(strata)}
    found = session.execute(_SLOTS.where(AllocationListRow.purpose == purpose)).all()
    rows = cast("Sequence[Row[Any]]", found)
    return sorted(rows, key=lambda row: (order.get(row.stratum, len(order)), row.sequence))


def _proven(row: Row[Any], *, key: SealingKey, reader: Reader) -> proof.ProvenAllocation:
    opened = None
    if row.site_id is not None and reader.opens(row.site_id):
        where = address(row.sha256, stratum=row.stratum, sequence=row.sequence)
        opened = (
            open_arm(row.sealed_arm, address=where, key=key),
            open_salt(row.sealed_arm, address=where, key=key),
        )
    is_named = row.site_id is not None and reader.names(row.site_id)
    return proof.ProvenAllocation(
        number=row.randomisation_number,
        participant=(row.subject_number or row.screening_number) if is_named else None,
        stratum=row.stratum,
        sequence=row.sequence,
        leaf=row.slot_hash,
        allocated_at=row.allocated_at,
        entered_at=row.entered_at,
        opened=opened,
    )
