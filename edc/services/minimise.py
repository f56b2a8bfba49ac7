"""Minimisation where the study declares it: a slot is drawn when a participant needs one.

The seed is sealed in the row that a list would have; what is published of it is a commitment, in
the place of a list's root. A draw makes the next slot of the participant's stratum, which the
allocation then takes as it takes any: numbers, locks, trail and pages are the same. With the slot
stands the draw's record, sealed. Each draw goes through all earlier ones first, with the seed, and
none is made on a history that does not replay. Decision 0020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import func, select

from edc import clock
from edc.errors import NotPermitted
from edc.label import Label
from edc.models import AllocationListRow, MinimisationDraw, Slot, StratumRow
from edc.protocol import DESIGN
from edc.randomization.commitment import slot_hash, write_document
from edc.randomization.design import StratumUnknown
from edc.randomization.generator import RandomStream, seed_bytes
from edc.randomization.lists import ListRefused
from edc.randomization.minimisation import (
    ALGORITHM,
    COMMITMENT_FORMAT,
    ReplayFailed,
    commitment,
    draw,
    read_draw,
    replay,
    stream_of,
)
from edc.randomization.sealing import open_arm, open_text, seal_arm, seal_text
from edc.randomization.verifier import leaf_hash
from edc.services.allocation_lists import address, find_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from edc.randomization.design import Stratum
    from edc.randomization.lists import Purpose
    from edc.randomization.minimisation import Draw, Minimisation
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Casebook

GRADES: Final = {"ORAL": ("OM", "OMWHO"), "SKIN": ("SK", "SKCTCUL"), "BLAD": ("BC", "BCGRD")}
"""Where the baseline grade of each target site stands, as (CRF, item): WHO, CTCAE, and the grade of
haemorrhagic cystitis."""

_OWN: Final = DESIGN.factors
_HIGH: Final = 3
_SALT: Final = 32  # bytes


def levels_of(casebook: Casebook, *, stratum: Stratum) -> dict[str, str]:
    """Return the levels by which this trial would minimise: those of the stratum, and the grade.

    :raises StratumUnknown: when the target site has no baseline grade.
    """
    site = stratum.levels[0].code
    form, item = GRADES[site]
    grade = casebook.value(form, item, "BL")
    if grade is None or not grade.isdecimal():
        raise StratumUnknown(_NO_GRADE, rule="STRATUM")
    own = zip(_OWN, stratum.levels, strict=True)
    levels = {factor.code: level.code for factor, level in own}
    return levels | {"GRADE": "HIGH" if int(grade) >= _HIGH else "LOW"}


def begin_minimisation(
    uow: UnitOfWork,
    *,
    seed: str,
    minimisation: Minimisation,
    key: SealingKey,
    purpose: Purpose,
    brought_by: str,
    passwords_checked: Literal[True],
) -> AllocationListRow:
    """Store the sealed seed of a minimisation, once; the trail keeps the commitment to it.

    :param brought_by: the username of the first person; the actor is the second.
    :param passwords_checked: the caller has asked both for their passwords.
    :raises NotPermitted: when one person would be both.
    :raises SeedRefused: when the seed is too short or not hexadecimal.
    :raises ListRefused: when a list or a minimisation stands there already.
    """
    del passwords_checked
    if brought_by == uow.actor.username:
        raise NotPermitted
    if find_list(uow.session, purpose=purpose) is not None:
        raise ListRefused(_BEGUN_ALREADY, rule="LIST-LOADED")
    root = commitment(minimisation, seed=seed, purpose=purpose)
    uow.record(purpose=purpose, algorithm=ALGORITHM, root=root)
    row = AllocationListRow(
        purpose=purpose,
        list_id=root[:16],
        sha256=root,
        root=root,
        header_hash=leaf_hash("minimisation", minimisation.parameters()),
        algorithm=ALGORITHM,
        commitment=write_document(
            {
                "algorithm": ALGORITHM,
                "commitment": root,
                "design": minimisation.parameters(),
                "format": COMMITMENT_FORMAT,
                "purpose": purpose,
            }
        ),
        design_fingerprint=minimisation.fingerprint(),
        key_fingerprint=key.fingerprint(),
        loaded_at=clock.now(),
        loaded_by=brought_by,
        confirmed_by=uow.actor.username,
        allocated=0,
        sealed_seed=seal_text(seed_bytes(seed).hex(), about=("seed", root), key=key),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        StratumRow(list_id=row.id, stratum=stratum.key) for stratum in DESIGN.strata()
    )
    uow.session.flush()
    return row


def draw_slot(
    uow: UnitOfWork,
    *,
    subject_id: int,
    levels: Mapping[str, str],
    stratum: str,
    minimisation: Minimisation,
    key: SealingKey,
    purpose: Purpose,
) -> None:
    """Make the slot that the participant is about to take; nothing for who holds one.

    Without a minimisation of this design nothing is made either: the allocation says why.

    :raises ReplayFailed: when the draws on record do not follow from the seed.
    :raises SealBroken: when one of them, or the seed, cannot be opened.
    """
    session = uow.session
    row = session.scalar(
        select(AllocationListRow)
        .where(AllocationListRow.purpose == purpose)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    holds = select(Slot.id).where(Slot.subject_id == subject_id)
    if (
        row is None
        or row.sealed_seed is None
        or row.design_fingerprint != minimisation.fingerprint()
        or session.scalar(holds) is not None
    ):
        return
    seed, draws = _history(session, row, minimisation=minimisation, key=key)
    number = len(draws) + 1
    drawn = draw(
        minimisation,
        levels=levels,
        before=draws,
        stream=stream_of(seed, purpose=purpose, number=number),
    )
    slot = _store_slot(uow, row, drawn=drawn, stratum=stratum, seed=seed, key=key)
    session.add(
        MinimisationDraw(
            list_id=row.id,
            slot_id=slot.id,
            number=number,
            sealed_draw=seal_text(
                drawn.write(),
                about=_subject(row, number=number, stratum=stratum, sequence=slot.sequence),
                key=key,
            ),
        )
    )
    session.flush()


def _store_slot(
    uow: UnitOfWork,
    row: AllocationListRow,
    *,
    drawn: Draw,
    stratum: str,
    seed: str,
    key: SealingKey,
) -> Slot:
    """Store the drawn arm as the next slot of its stratum: a block of one."""
    session = uow.session
    found = select(StratumRow.id).where(StratumRow.list_id == row.id, StratumRow.stratum == stratum)
    stratum_id = session.scalars(found).one()
    taken = select(func.count()).where(Slot.stratum_id == stratum_id)
    sequence = session.scalars(taken).one() + 1
    salts = RandomStream(seed_bytes(seed), label=f"{row.purpose}|salts|minimisation|{drawn.number}")
    salt = salts.take(_SALT).hex()
    slot = Slot(
        stratum_id=stratum_id,
        sequence=sequence,
        block=sequence,
        position=1,
        sealed_arm=seal_arm(
            drawn.arm,
            salt=salt,
            address=address(row.sha256, stratum=stratum, sequence=sequence),
            key=key,
        ),
        slot_hash=slot_hash(
            list_id=row.list_id, stratum=stratum, sequence=sequence, arm=drawn.arm, salt=salt
        ),
    )
    session.add(slot)
    session.flush()
    return slot


def replay_stored(
    session: Session, *, minimisation: Minimisation, key: SealingKey, purpose: Purpose
) -> int | None:
    """Go through every stored draw with the seed; return their number, None without a minimisation.

    :raises ReplayFailed: when the seed is not the one committed to, a draw does not follow, or a
        slot holds another arm or stratum than its draw gave.
    :raises SealBroken: when something sealed cannot be opened.
    """
    row = find_list(session, purpose=purpose)
    if row is None or row.sealed_seed is None:
        return None
    _seed, draws = _history(session, row, minimisation=minimisation, key=key)
    return len(draws)


def _history(
    session: Session, row: AllocationListRow, *, minimisation: Minimisation, key: SealingKey
) -> tuple[str, list[Draw]]:
    """Return the seed and every draw, each made sure of."""
    seed = open_text(row.sealed_seed or "", about=("seed", row.root), key=key)
    if commitment(minimisation, seed=seed, purpose=row.purpose) != row.root:
        raise ReplayFailed(_OTHER_SEED, rule="DRAW")
    stored = session.execute(
        select(
            MinimisationDraw.number,
            MinimisationDraw.sealed_draw,
            Slot.sealed_arm,
            Slot.sequence,
            StratumRow.stratum,
        )
        .join(Slot, Slot.id == MinimisationDraw.slot_id)
        .join(StratumRow, StratumRow.id == Slot.stratum_id)
        .where(MinimisationDraw.list_id == row.id)
        .order_by(MinimisationDraw.number)
    ).all()
    draws = [
        read_draw(
            open_text(
                one.sealed_draw,
                about=_subject(row, number=one.number, stratum=one.stratum, sequence=one.sequence),
                key=key,
            )
        )
        for one in stored
    ]
    if len(draws) != row.allocated:
        raise ReplayFailed(_MISSING.filled(found=len(draws), given=row.allocated), rule="DRAW")
    replay(draws, minimisation=minimisation, seed=seed, purpose=row.purpose)
    for one, drawn in zip(stored, draws, strict=True):
        place = address(row.sha256, stratum=one.stratum, sequence=one.sequence)
        own = DESIGN.stratum_of({factor.code: drawn.levels[factor.code] for factor in _OWN})
        if (open_arm(one.sealed_arm, address=place, key=key), one.stratum) != (drawn.arm, own.key):
            raise ReplayFailed(_OTHER_SLOT.filled(number=drawn.number), rule="DRAW")
    return seed, draws


def _subject(
    row: AllocationListRow, *, number: int, stratum: str, sequence: int
) -> tuple[object, ...]:
    """Return what a sealed draw is about: its minimisation, its number and its slot."""
    return "draw", row.root, number, stratum, sequence


_NO_GRADE = Label(
    en="The baseline grade of the target site, which the randomisation balances, is not known.",
    zh="靶部位基线分级（随机平衡因素）不明。",
)
_BEGUN_ALREADY = Label(
    en="A list or a minimisation is loaded already. It is loaded once and never replaced; if it "
    "was the wrong one, stop randomising and call the statistician.",
    zh="随机列表或最小化法已载入。只能载入一次，不可替换；如载入有误，请暂停随机并联系统计师。",
)
_OTHER_SEED = Label(
    en="The sealed seed is not the one committed to, or the declared minimisation was changed. "
    "Stop randomising and call the statistician.",
    zh="已保存的种子与承诺值不符，或已声明的最小化法被改动。请暂停随机并联系统计师。",
)
_OTHER_SLOT = Label(
    en="The slot of draw {number} is not the one that was drawn. Stop randomising and call the "
    "statistician.",
    zh="第{number}次抽取对应的随机位置与抽取结果不符。请暂停随机并联系统计师。",
)
_MISSING = Label(
    en="{found} draws are on record for {given} allocations. Stop randomising and call the "
    "statistician.",
    zh="抽取记录为{found}条，而已分配{given}例。请暂停随机并联系统计师。",
)
