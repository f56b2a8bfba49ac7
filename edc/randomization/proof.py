"""The proof of allocations under a published commitment: the document that sceptics check.

The document is ``edc-proof/1``; :mod:`edc.randomization.verifier` declares its shape and checks it.
Of each allocation it shows what the participant's reader may know, the hash of the one slot that
was used, and the hashes by which it leads to the root. The place in the tree tells stratum and
sequence, which stand beside it; no hash tells an arm or a block, because every leaf is salted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from edc.randomization.commitment import merkle_levels, path_in
from edc.randomization.verifier import PROOF_FORMAT, place_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenAllocation:
    """An allocation as its proof states it.

    :param participant: None for a reader who does not see the site's participants.
    :param leaf: the hash of the slot that was used.
    :param entered_at: None unless it was made by envelope and entered afterwards.
    :param opened: arm and salt, for whoever may see the arm.
    """

    number: str
    participant: str | None
    stratum: str
    sequence: int
    leaf: str
    allocated_at: datetime
    entered_at: datetime | None = None
    opened: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A slot that is never used, because a later sealed envelope was opened out of turn."""

    stratum: str
    sequence: int
    at: datetime


def document(
    commitment: Mapping[str, object],
    *,
    leaves: Sequence[str],
    allocations: Iterable[ProvenAllocation],
    passed_over: Iterable[PassedOver] = (),
    covers: Literal["all", "one"],
    made_at: datetime,
) -> dict[str, object]:
    """Return the proof of *allocations*, in the order of their numbers.

    :param commitment: the published document.
    :param leaves: the header's hash and the hashes of all slots, in the order of the list.
    :raises ValueError: when a leaf is not a hash.
    """
    levels = merkle_levels(leaves)
    return {
        "format": PROOF_FORMAT,
        "made_at": _moment(made_at),
        "covers": covers,
        "commitment": dict(commitment),
        "header_path": list(path_in(levels, place=0)),
        "allocations": [
            _proven(one, commitment=commitment, levels=levels)
            for one in sorted(allocations, key=lambda one: (len(one.number), one.number))
        ],
        "passed_over": [
            {"stratum": one.stratum, "sequence": one.sequence, "passed_over_at": _moment(one.at)}
            for one in passed_over
        ],
    }


def _proven(
    one: ProvenAllocation, *, commitment: Mapping[str, object], levels: Sequence[Sequence[str]]
) -> dict[str, object]:
    design = commitment["design"]
    # A slot that the design does not have gets a place all the same, at which the check fails.
    place = isinstance(design, dict) and place_of(
        design, stratum=one.stratum, sequence=one.sequence
    )
    return {
        "number": one.number,
        "participant": one.participant,
        "stratum": one.stratum,
        "sequence": one.sequence,
        "place": place or 1,
        "leaf": one.leaf,
        "path": list(path_in(levels, place=place or 1)),
        "allocated_at": _moment(one.allocated_at),
        "entered_at": None if one.entered_at is None else _moment(one.entered_at),
        "opened": None
        if one.opened is None
        else dict(zip(("arm", "salt"), one.opened, strict=True)),
    }


def write_document(content: Mapping[str, object]) -> str:
    """Return the text of ``proof.json``."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _moment(at: datetime) -> str:
    # As the trail writes it: the two are compared as text.
    return at.astimezone(UTC).isoformat()
