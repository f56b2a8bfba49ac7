"""An allocation list: generate, write, read back, commit to, prove.

The file is JSON text, one slot a line; the same list always gives the same bytes. It carries the
commitment to its own content, so that a damaged file is noticed; a file altered with care is
noticed by comparing its SHA-256 and commitment with those recorded when it was made. The seed is
not in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, get_args

from edc.errors import Refused
from edc.randomization.blocks import block_content, permuted_blocks
from edc.randomization.commitment import (
    Commitment,
    SlotProof,
    document,
    merkle_path,
    slot_hash,
)
from edc.randomization.generator import ALGORITHM, ALGORITHM_VERSION, RandomStream, seed_bytes
from edc.randomization.verifier import leaf_hash, merkle_root
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from edc.randomization.design import Design

Purpose = Literal["production", "test"]

FORMAT: Final = "edc-allocation-list/1"
_SALT: Final = 32  # bytes


_DAMAGED: Final = Label(
    en="The allocation list is damaged or was altered. Nothing was loaded; ask the statistician "
    "for the original file.",
    zh="随机列表已损坏或被改动。未载入任何内容，请向统计师索取原始文件。",
)
_OUT_OF_ORDER: Final = Label(
    en="The allocation list is damaged or was altered: the slots of stratum {stratum} are not "
    "blocks of this design without a gap. Nothing was loaded; ask the statistician for the "
    "original file.",
    zh="随机列表已损坏或被改动：分层{stratum}的序号不连续或区组不符合设计。"
    "未载入任何内容，请向统计师索取原始文件。",
)
_FOREIGN: Final = Label(
    en="This file is not an allocation list, or its beginning was altered. Nothing was loaded.",
    zh="该文件不是随机列表，或其开头已被改动。未载入任何内容。",
)
_OTHER_ALGORITHM: Final = Label(
    en="This list was made by another version of the algorithm, or it was altered. Nothing was "
    "loaded.",
    zh="该随机列表由其他版本的算法生成，或已被改动。未载入任何内容。",
)
_OTHER_STUDY: Final = Label(
    en="This list was made for study {found}, and this is study {study}. Nothing was loaded.",
    zh="该随机列表是为研究{found}生成的，而本研究为{study}。未载入任何内容。",
)
_OTHER_DESIGN: Final = Label(
    en="This list was made for another design, or it was altered: what differs is {differing}. "
    "Nothing was loaded.",
    zh="该随机列表并非按本研究的设计生成，或已被改动，不同之处：{differing}。未载入任何内容。",
)
_PARAMETERS: Final = {
    "arms": Label(en="the arms", zh="组别"),
    "ratio": Label(en="the ratio", zh="分配比例"),
    "factors": Label(en="the strata", zh="分层因素"),
    "block_sizes": Label(en="the block sizes", zh="区组长度"),
    "slots_per_stratum": Label(en="the length", zh="列表长度"),
}
_OTHER_PARAMETERS: Final = Label(en="its parameters", zh="设计参数")


class ListRefused(Refused):
    """The allocation list is damaged, altered, or not made for this design."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a stratum's list; its arm and salt stay out of logs and error messages.

    :param sequence: 1, 2, … within the stratum.
    :param block: 1, 2, … within the stratum.
    :param position: 1, 2, … within the block.
    :param salt: 64 hexadecimal digits, needed later to prove the slot.
    """

    stratum: str
    sequence: int = field(kw_only=True)
    block: int = field(kw_only=True)
    position: int = field(kw_only=True)
    arm: str = field(kw_only=True, repr=False)
    salt: str = field(kw_only=True, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationList:
    """Hold the slots of every stratum in order; a list that breaks its design does not build.

    :raises ListRefused: when the slots are not what the design prescribes.
    """

    list_id: str
    purpose: Purpose
    design: Design
    slots: tuple[Slot, ...] = field(repr=False)
    header_salt: str = field(repr=False)
    algorithm: str = f"{ALGORITHM}/{ALGORITHM_VERSION}"

    def __post_init__(self) -> None:
        """Check purpose, order, blocks and balance."""
        if self.purpose not in get_args(Purpose):
            _refuse(_DAMAGED)
        _require_hex(self.list_id, digits=16)
        _require_hex(self.header_salt, digits=2 * _SALT)
        by_stratum = [
            (key, list(slots)) for key, slots in groupby(self.slots, key=lambda slot: slot.stratum)
        ]
        if [key for key, _ in by_stratum] != [stratum.key for stratum in self.design.strata()]:
            _refuse(_DAMAGED)
        for key, slots in by_stratum:
            _require_sequence(key, slots, design=self.design)

    def slots_of(self, stratum: str) -> tuple[Slot, ...]:
        """Return the slots of the stratum with this key, in order."""
        return tuple(slot for slot in self.slots if slot.stratum == stratum)

    def write(self) -> str:
        """Return the file's text: JSON, sorted keys, one slot a line."""
        head = _json(
            {
                "algorithm": self.algorithm,
                "design": self.design.parameters(),
                "format": FORMAT,
                "header_salt": self.header_salt,
                "list_id": self.list_id,
                "purpose": self.purpose,
                "root": self.commitment().root,
            }
        )
        rows = ",\n".join(
            _json(
                {
                    "arm": slot.arm,
                    "block": slot.block,
                    "position": slot.position,
                    "salt": slot.salt,
                    "sequence": slot.sequence,
                    "stratum": slot.stratum,
                }
            )
            for slot in self.slots
        )
        return f'{head[:-1]},\n"slots":[\n{rows}\n]}}\n'

    def sha256(self) -> str:
        """Return the SHA-256 of the file, as any checksum tool prints it."""
        return hashlib.sha256(self.write().encode()).hexdigest()

    def commitment(self) -> Commitment:
        """Return what may be published before the first allocation."""
        return Commitment(
            self.list_id,
            purpose=self.purpose,
            algorithm=self.algorithm,
            slots=len(self.slots),
            root=merkle_root(self._leaves()),
        )

    def commitment_document(self) -> dict[str, object]:
        """Return the public document of this list; see :func:`document`."""
        return document(
            self.commitment(),
            header_hash=self.header_hash(),
            sha256=self.sha256(),
            design=self.design.public_parameters(),
        )

    def prove(self, *, stratum: str, sequence: int) -> SlotProof:
        """Return the proof of one slot, which shows no other.

        :raises KeyError: when the list has no such slot.
        """
        for place, slot in enumerate(self.slots, start=1):
            if (slot.stratum, slot.sequence) == (stratum, sequence):
                leaves = self._leaves()
                return SlotProof(
                    self.list_id,
                    stratum=stratum,
                    sequence=sequence,
                    arm=slot.arm,
                    salt=slot.salt,
                    place=place,
                    leaves=len(leaves),
                    path=merkle_path(leaves, place=place),
                )
        raise KeyError((stratum, sequence))

    def slot_hash(self, slot: Slot) -> str:
        """Return the salted hash that commits to *slot*."""
        return slot_hash(
            list_id=self.list_id,
            stratum=slot.stratum,
            sequence=slot.sequence,
            arm=slot.arm,
            salt=slot.salt,
        )

    def header_hash(self) -> str:
        """Return the tree's first leaf, which commits to the design and the drawn blocks."""
        # Blocks belong to the header leaf alone: the proof of a slot must not tell a block's size.
        blocks = [
            [stratum, [len(list(slots)) for _, slots in groupby(group, key=lambda s: s.block)]]
            for stratum, group in groupby(self.slots, key=lambda slot: slot.stratum)
        ]
        return leaf_hash(
            "header",
            FORMAT,
            self.algorithm,
            self.list_id,
            self.purpose,
            self.design.parameters(),
            blocks,
            self.header_salt,
        )

    def _leaves(self) -> list[str]:
        return [self.header_hash(), *(self.slot_hash(slot) for slot in self.slots)]


def generate(design: Design, *, seed: str, purpose: Purpose) -> AllocationList:
    """Generate the list that *seed* gives under *design*; the same seed gives the same list.

    The purpose takes part in every stream, so that a test list tells nothing of the production
    list even when somebody uses the seed twice. A stratum's last block is cut where the list ends.

    :param seed: hexadecimal, at least 256 bits; see :func:`edc.randomization.generator.new_seed`.
    :raises SeedRefused: when the seed is too short or not hexadecimal.
    """
    material = seed_bytes(seed)

    def stream(label: str) -> RandomStream:
        return RandomStream(material, label=f"{purpose}|{label}")

    def slots_of(stratum: str) -> Iterator[Slot]:
        salts = stream(f"salts|{stratum}")
        places = (
            (block.number, position, arm)
            for block in permuted_blocks(design, stream=stream(f"stratum|{stratum}"))
            for position, arm in enumerate(block.arms, start=1)
        )
        wanted = islice(places, design.slots_per_stratum)
        for sequence, (block, position, arm) in enumerate(wanted, start=1):
            yield Slot(
                stratum,
                sequence=sequence,
                block=block,
                position=position,
                arm=arm,
                salt=salts.take(_SALT).hex(),
            )

    return AllocationList(
        list_id=stream(f"list-id|{design.fingerprint()}").take(8).hex(),
        purpose=purpose,
        design=design,
        slots=tuple(slot for stratum in design.strata() for slot in slots_of(stratum.key)),
        header_salt=stream("salts|header").take(_SALT).hex(),
    )


def read(text: str, *, design: Design) -> AllocationList:
    """Read a list back from its file's text.

    :raises ListRefused: when a single character differs from what was written, or the list was
        made for another design or by another version of the algorithm.
    """
    try:
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            _refuse(_FOREIGN)
        if found["algorithm"] != f"{ALGORITHM}/{ALGORITHM_VERSION}":
            _refuse(_OTHER_ALGORITHM)
        _require_design(found["design"], design=design)
        allocation_list = AllocationList(
            list_id=found["list_id"],
            purpose=found["purpose"],
            design=design,
            slots=tuple(_read_slot(row) for row in found["slots"]),
            header_salt=found["header_salt"],
        )
        written = allocation_list.write()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _refuse(_DAMAGED)
    if written != text:
        _refuse(_DAMAGED)
    return allocation_list


def _require_design(found: dict[str, Any], *, design: Design) -> None:
    """Refuse a list of another study or design, naming what differs and no value of it."""
    declared = design.parameters()
    if found == declared:
        return
    study = found["study"]
    if isinstance(study, str) and re.fullmatch(r"[A-Z0-9_]{1,16}", study) and study != design.study:
        _refuse(_OTHER_STUDY, found=study, study=design.study)
    differing = [
        label
        for name, label in _PARAMETERS.items()
        if name not in found or found[name] != declared.get(name)
    ] or [_OTHER_PARAMETERS]
    message = Label(
        en=_OTHER_DESIGN.en.format(differing=", ".join(label.en for label in differing)),
        zh=_OTHER_DESIGN.zh.format(differing="、".join(label.zh for label in differing)),
    )
    _refuse(message)


def _read_slot(row: dict[str, Any]) -> Slot:
    for name in ("sequence", "block", "position"):
        # Without this, 1.0 and true would pass for 1.
        if type(row[name]) is not int:
            _refuse(_DAMAGED)
    return Slot(
        row["stratum"],
        sequence=row["sequence"],
        block=row["block"],
        position=row["position"],
        arm=row["arm"],
        salt=row["salt"],
    )


def _require_sequence(key: str, slots: Sequence[Slot], *, design: Design) -> None:
    """Refuse gaps, blocks out of order, sizes not in the design, and any block out of balance."""
    if [slot.sequence for slot in slots] != list(range(1, design.slots_per_stratum + 1)):
        _refuse(_OUT_OF_ORDER, stratum=key)
    blocks = [list(group) for _, group in groupby(slots, key=lambda slot: slot.block)]
    for number, block in enumerate(blocks, start=1):
        if block[0].block != number:
            _refuse(_OUT_OF_ORDER, stratum=key)
        if [slot.position for slot in block] != list(range(1, len(block) + 1)):
            _refuse(_OUT_OF_ORDER, stratum=key)
        held = Counter(slot.arm for slot in block)
        allowed = [Counter(block_content(design, size=size)) for size in design.block_sizes]
        if number == len(blocks):  # the list may end within its last block
            if not any(held <= whole for whole in allowed):
                _refuse(_OUT_OF_ORDER, stratum=key)
        elif held not in allowed:
            _refuse(_OUT_OF_ORDER, stratum=key)
    for slot in slots:
        _require_hex(slot.salt, digits=2 * _SALT)


def _require_hex(text: object, *, digits: int) -> None:
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", text):
        _refuse(_DAMAGED)


def _refuse(message: Label, **values: object) -> NoReturn:
    # The cause is cut off: its text could quote a slot.
    raise ListRefused(message.filled(**values), rule="LIST") from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
