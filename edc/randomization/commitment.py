"""A commitment to a list that can be published, and the proof of one slot under it.

The commitment is the root of a Merkle tree (the shape of RFC 6962, section 2.1). Its first leaf is
the list's header with the drawn block sizes; the others are the slots, in order. Each leaf holds a
random salt of 256 bits: without it, whoever knows that there are two arms could try both.

- leaf = SHA-256(0x00, canonical JSON of the leaf's values as an array)
- node = SHA-256(0x01, left, right)

The hashes are computed by :mod:`edc.randomization.verifier`, which sceptics run by itself.

A proof of one slot shows that slot's arm and salt and hashes of the rest, nothing else.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edc.randomization.verifier import (
    COMMITMENT_FORMAT,
    leaf_hash,
    level_above,
    root_above,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Commitment:
    """What may be published before the first allocation; it tells no arm and no block size."""

    list_id: str
    purpose: str = field(kw_only=True)
    algorithm: str = field(kw_only=True)
    slots: int = field(kw_only=True)
    root: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class SlotProof:
    """Show that one slot of a committed list holds this arm.

    :param place: the leaf's index in the tree, and *leaves* their number.
    :param path: the hashes beside the way from the leaf to the root, leaf first.
    """

    list_id: str
    stratum: str = field(kw_only=True)
    sequence: int = field(kw_only=True)
    arm: str = field(kw_only=True)
    salt: str = field(kw_only=True)
    place: int = field(kw_only=True)
    leaves: int = field(kw_only=True)
    path: tuple[str, ...] = field(kw_only=True)


DOCUMENT_FORMAT: Final = COMMITMENT_FORMAT


def document(
    commitment: Commitment, *, header_hash: str, sha256: str, design: Mapping[str, object]
) -> dict[str, object]:
    """Return what is published of a list: on the public page, the certificate and every export.

    :param sha256: of the list's own file, which only the statistician holds in clear.
    :param design: as :meth:`edc.randomization.design.Design.public_parameters` gives it.
    """
    return {
        "format": DOCUMENT_FORMAT,
        "list_id": commitment.list_id,
        "purpose": commitment.purpose,
        "algorithm": commitment.algorithm,
        "slots": commitment.slots,
        "root": commitment.root,
        "header_hash": header_hash,
        "sha256": sha256,
        "design": dict(design),
    }


def write_document(content: Mapping[str, object]) -> str:
    """Return the text of ``commitment.json``: sorted keys, indented, so that it can be read."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def slot_hash(*, list_id: str, stratum: str, sequence: int, arm: str, salt: str) -> str:
    """Return the salted hash that commits to one slot; fit for the audit trail."""
    return leaf_hash("slot", list_id, stratum, sequence, arm, salt)


def merkle_levels(leaves: Sequence[str]) -> list[list[str]]:
    """Return the tree over at least one leaf, level by level, the root last."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(level_above(levels[-1]))
    return levels


def path_in(levels: Sequence[Sequence[str]], *, place: int) -> tuple[str, ...]:
    """Return the hashes beside the way from leaf *place* to the root, leaf first."""
    beside = ((level, (place >> height) ^ 1) for height, level in enumerate(levels))
    return tuple(level[index] for level, index in beside if index < len(level))


def merkle_path(leaves: Sequence[str], *, place: int) -> tuple[str, ...]:
    """Return the path of one leaf; for several, make the tree once and use :func:`path_in`."""
    return path_in(merkle_levels(leaves), place=place)


def verify(proof: SlotProof, *, commitment: Commitment) -> bool:
    """Tell whether *proof* shows a slot of the committed list."""
    if proof.list_id != commitment.list_id or proof.leaves != commitment.slots + 1:
        return False
    # Place 0 is the header; a slot can never stand for it.
    if not 1 <= proof.place < proof.leaves:
        return False
    leaf = slot_hash(
        list_id=proof.list_id,
        stratum=proof.stratum,
        sequence=proof.sequence,
        arm=proof.arm,
        salt=proof.salt,
    )
    try:
        root = root_above(leaf, place=proof.place, leaves=proof.leaves, path=proof.path)
    except ValueError:  # a hash of the path is not hexadecimal
        return False
    return root is not None and hmac.compare_digest(root, commitment.root)
