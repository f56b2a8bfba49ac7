"""The page from which a second implementation is written tells what the program does."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from edc.protocol import DESIGN
from edc.randomization.blocks import permuted_blocks
from edc.randomization.generator import RandomStream, seed_bytes
from edc.randomization.lists import generate
from tests.randomization.support import SEED

DOCS = Path(__file__).parents[2] / "docs"


def worked_example() -> str:
    """Return the example as it stands in the page."""

    def stream(label: str) -> RandomStream:
        return RandomStream(seed_bytes(SEED), label=label)

    made = generate(DESIGN, seed=SEED, purpose="test")
    first = made.slots[0]
    blocks = islice(permuted_blocks(DESIGN, stream=stream("test|stratum|ORAL/AUTO")), 3)
    return "\n".join(
        [
            f"seed                        {SEED}",
            f"stream test|stratum|ORAL/AUTO   {stream('test|stratum|ORAL/AUTO').take(32).hex()}",
            *(
                f"block {block.number}                     {' '.join(block.arms)}"
                for block in blocks
            ),
            f"salt of ORAL/AUTO 1         {first.salt}",
            f"leaf of ORAL/AUTO 1         {made.slot_hash(first)}",
            f"design fingerprint          {DESIGN.fingerprint()}",
            f"list id                     {made.list_id}",
            f"header salt                 {made.header_salt}",
            f"header leaf                 {made.header_hash()}",
            f"root                        {made.commitment().root}",
            f"SHA-256 of the file         {made.sha256()}",
        ]
    )


@pytest.mark.parametrize("page", ["randomization.md", "randomization.zh.md"])
def test_the_worked_example_is_what_the_program_gives(page: str) -> None:
    assert f"```text\n{worked_example()}\n```" in (DOCS / page).read_text(encoding="utf-8")
