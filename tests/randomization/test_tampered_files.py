"""Every changed bit of a list's file is refused: in clear, sealed, and by the checksum alone.

The suite turns some bits; ``make tamper`` turns every bit of a small list's files, every bit of the
trial's own list against its checksum, and some of that list's files against the reader
(``REAL_STRIDE=1`` turns all, which takes hours).
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator

import pytest

from edc.randomization.list_keys import ListKey
from edc.randomization.lists import ListRefused, generate, read
from edc.randomization.sealed_list import receive, seal
from edc.randomization.sealing import SealingKey
from tests.randomization.support import SEED, TRANSPLANT, trial_design

SMALL = trial_design(factors=(TRANSPLANT,), slots=6, target=6)
REAL = trial_design()
KEY = ListKey.of_installation(SealingKey(bytes(range(32))))
RECOVERY = ListKey.new()
STRIDE = int(os.environ.get("EDC_TAMPER_STRIDE", "397"))
REAL_STRIDE = int(os.environ.get("EDC_TAMPER_REAL_STRIDE", "20011"))

Opens = Callable[[bytes], object]


def turned(content: bytes, *, stride: int) -> Iterator[bytes]:
    """Yield the content with one bit turned, for every *stride*-th bit."""
    for bit in range(0, 8 * len(content), stride):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << (bit % 8)
        yield bytes(changed)


def count_refused(content: bytes, opens: Opens, *, stride: int) -> tuple[int, int]:
    """Return how many changed files were tried, and how many refused with a reason."""
    opens(content)
    tried = refused = 0
    for changed in turned(content, stride=stride):
        tried += 1
        try:
            opens(changed)
        except ListRefused:
            refused += 1
    return tried, refused


def clear(design: object = SMALL) -> tuple[bytes, Opens]:
    chosen = REAL if design is REAL else SMALL
    content = generate(chosen, seed=SEED, purpose="test").write().encode()
    return content, lambda found: read(found.decode(errors="replace"), design=chosen)


def sealed(design: object = SMALL) -> tuple[bytes, Opens]:
    chosen = REAL if design is REAL else SMALL
    made = generate(chosen, seed=SEED, purpose="test")
    content = seal(made, installation=KEY.public(), recovery=RECOVERY.public()).encode()
    return content, lambda found: receive(found.decode(errors="replace"), key=KEY, design=chosen)


@pytest.mark.parametrize("file", [clear, sealed])
@pytest.mark.parametrize(("design", "stride"), [(SMALL, STRIDE), (REAL, REAL_STRIDE)])
def test_every_changed_bit_of_a_list_s_file_is_refused(
    file: Callable[[object], tuple[bytes, Opens]], design: object, stride: int
) -> None:
    content, opens = file(design)
    tried, refused = count_refused(content, opens, stride=stride)

    name = "the trial's list" if design is REAL else "small list"
    sys.stdout.write(f"{name}, {file.__name__}, {len(content)} bytes: {tried} bits, {refused}\n")
    assert tried == refused > 10


def test_every_changed_bit_of_the_trial_s_list_changes_its_checksum() -> None:
    content, _ = clear(REAL)
    recorded = hashlib.sha256(content).digest()
    before = hashlib.sha256()
    tried = same = 0
    for place, byte in enumerate(content):
        if (8 * place) % STRIDE < 8 or STRIDE == 1:
            for bit in range(8):
                changed = before.copy()
                changed.update(bytes([byte ^ (1 << bit)]))
                changed.update(content[place + 1 :])
                tried += 1
                same += changed.digest() == recorded
        before.update(bytes([byte]))

    sys.stdout.write(f"checksum of the trial's list: {tried} bits, {tried - same} noticed\n")
    assert tried > 1000
    assert same == 0
