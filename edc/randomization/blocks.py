"""Permuted blocks: their arms in random order, their sizes drawn at random."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.randomization.design import Design
    from edc.randomization.generator import RandomStream


@dataclass(frozen=True, slots=True)
class Block:
    """Hold the arm codes of one block in the order of allocation."""

    number: int
    arms: tuple[str, ...] = field(kw_only=True, repr=False)


def block_content(design: Design, *, size: int) -> list[str]:
    """List the arm codes that a block of *size* holds, in the order of the arms."""
    repeats = size // sum(design.ratio)
    return [
        arm.code
        for arm, share in zip(design.arms, design.ratio, strict=True)
        for _ in range(share * repeats)
    ]


def permuted_blocks(design: Design, *, stream: RandomStream) -> Iterator[Block]:
    """Yield blocks without end: for each its size is drawn first, then the order of its arms.

    With a single block size nothing is drawn for the size.
    """
    number = 0
    while True:
        number += 1
        size = stream.choice(design.block_sizes)
        yield Block(number, arms=tuple(stream.shuffled(block_content(design, size=size))))
