"""How the allocations spread over strata and factor levels; by arm only with the key to the arms.

Every slot taken counts, a void one included: it shows how the design does, and not who is analysed.
Blocks play no part here: neither a block's size nor how far one has come is told.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.label import Label
from edc.models import AllocationListRow, Slot, StratumRow, Subject
from edc.protocol import DESIGN
from edc.randomization.design import SEPARATOR
from edc.randomization.sealing import open_arm
from edc.reports.enrolment import find_strata
from edc.services.allocation_lists import address

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from edc.randomization.sealing import SealingKey


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """The allocations of one stratum or level.

    :param arms: in the order of the design's arms; empty when pooled.
    """

    key: str
    label: Label
    allocated: int
    arms: tuple[int, ...] = ()

    @property
    def difference(self) -> int:
        """The largest minus the smallest count of an arm; 0 when pooled."""
        return max(self.arms, default=0) - min(self.arms, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The allocations of some sites, each list of rows adding up to the whole.

    :param levels: for each factor, its wording and the rows of its levels.
    """

    whole: BalanceRow
    strata: tuple[BalanceRow, ...]
    levels: tuple[tuple[Label, tuple[BalanceRow, ...]], ...]
    is_by_arm: bool


def find_balance(
    session: Session, sites: Collection[int] | None, *, key: SealingKey | None = None
) -> Balance:
    """Count the allocations at *sites* (None is every site) in one statement.

    :param key: opens the arms, for whom tables by arm are; without it everything is pooled.
    :raises SealBroken: when an arm cannot be opened.
    """
    if key is None:
        pooled = find_strata(session, sites)
        counts = Counter({(stratum, ""): count for stratum, count in pooled.items()})
    else:
        counts = _count_by_arm(session, sites, key=key)
    arms = [arm.code for arm in DESIGN.arms] if key else []

    def row(code: str, label: Label, strata: set[str]) -> BalanceRow:
        return BalanceRow(
            key=code,
            label=label,
            allocated=sum(count for (stratum, _), count in counts.items() if stratum in strata),
            arms=tuple(sum(counts[stratum, arm] for stratum in strata) for arm in arms),
        )

    keys = [stratum.key for stratum in DESIGN.strata()]
    return Balance(
        whole=row("", _ALL, set(keys)),
        strata=tuple(row(one.key, one.label, {one.key}) for one in DESIGN.strata()),
        levels=tuple(
            (
                factor.label,
                tuple(
                    row(level.code, level.label, _strata_of(keys, place=place, level=level.code))
                    for level in factor.levels
                ),
            )
            for place, factor in enumerate(DESIGN.factors)
        ),
        is_by_arm=key is not None,
    )


def _strata_of(keys: list[str], *, place: int, level: str) -> set[str]:
    return {key for key in keys if key.split(SEPARATOR)[place] == level}


def _count_by_arm(
    session: Session, sites: Collection[int] | None, *, key: SealingKey
) -> Counter[tuple[str, str]]:
    statement = (
        select(StratumRow.stratum, Slot.sequence, Slot.sealed_arm, AllocationListRow.sha256)
        .join(Slot, Slot.stratum_id == StratumRow.id)
        .join(AllocationListRow, AllocationListRow.id == StratumRow.list_id)
        .where(Slot.subject_id.is_not(None))
    )
    if sites is not None:
        site = select(Subject.site_id).where(Subject.id == Slot.subject_id).scalar_subquery()
        statement = statement.where(site.in_(sites))
    return Counter(
        (
            stratum,
            open_arm(sealed, address=address(sha256, stratum=stratum, sequence=sequence), key=key),
        )
        for stratum, sequence, sealed, sha256 in session.execute(statement)
    )


_ALL = Label(en="All", zh="合计")
