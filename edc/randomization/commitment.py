"""A commitment to a list that can be published, and the proof of one slot under it.

The commitment is the root of a Merkle tree (the shape of RFC 6962, section 2.1). Its first leaf is
the list's header with the drawn block sizes; the others are the slots, in order. Each leaf holds a
random salt of 256 bits: without it, whoever knows that there are two arms could try both.

- leaf = SHA-256(0x00, canonical JSON of the leaf's values as an array)
- node = SHA-256(0x01, left, right)

A proof of one slot shows that slot's arm and salt and hashes of the rest, nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

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


DOCUMENT_FORMAT: Final = "edc-commitment/1"


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


def leaf_hash(*values: object) -> str:
    """Return the hash of a leaf, as hexadecimal digits, from its values."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(b"\x00" + text.encode()).hexdigest()


def slot_hash(*, list_id: str, stratum: str, sequence: int, arm: str, salt: str) -> str:
    """Return the salted hash that commits to one slot; fit for the audit trail."""
    return leaf_hash("slot", list_id, stratum, sequence, arm, salt)


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _split(count: int) -> int:
    """Return the largest power of two below *count*."""
    return 1 << ((count - 1).bit_length() - 1)


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the root over at least one leaf."""
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _node(merkle_root(leaves[:middle]), merkle_root(leaves[middle:]))


def merkle_path(leaves: Sequence[str], *, place: int) -> tuple[str, ...]:
    """Return the hashes beside the way from leaf *place* to the root, leaf first."""
    if len(leaves) == 1:
        return ()
    middle = _split(len(leaves))
    if place < middle:
        return (*merkle_path(leaves[:middle], place=place), merkle_root(leaves[middle:]))
    return (
        *merkle_path(leaves[middle:], place=place - middle),
        merkle_root(leaves[:middle]),
    )


def _climb(leaf: str, *, place: int, leaves: int, path: tuple[str, ...]) -> str | None:
    """Return the root that a path leads to, or nothing when it has the wrong length."""
    if leaves == 1:
        return None if path else leaf
    if not path:
        return None
    middle = _split(leaves)
    *rest, beside = path
    if place < middle:
        below = _climb(leaf, place=place, leaves=middle, path=tuple(rest))
        return below and _node(below, beside)
    below = _climb(leaf, place=place - middle, leaves=leaves - middle, path=tuple(rest))
    return below and _node(beside, below)


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
        root = _climb(leaf, place=proof.place, leaves=proof.leaves, path=proof.path)
    except ValueError:  # a hash of the path is not hexadecimal
        return False
    return root is not None and hmac.compare_digest(root, commitment.root)
