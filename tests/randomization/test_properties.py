"""A design's lists keep their ratio, are the same everywhere, and tell nothing of one another.

``make orders`` looks at a million blocks instead of a hundred thousand.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, islice, pairwise, permutations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.randomization.blocks import block_content, permuted_blocks
from edc.randomization.design import Design, Level
from edc.randomization.generator import RandomStream, seed_bytes
from edc.randomization.lists import generate
from edc.study.label import Label
from tests.randomization.support import (
    OTHER_SEED,
    SEED,
    chance_beyond,
    chi_square,
    designs,
    seeds,
    trial_design,
)

BLOCKS = int(os.environ.get("EDC_BLOCKS", "100000"))
MILLIONTH = 1e-6
"""Seeds are fixed, so a fair generator passes for ever: to fail is one in a million."""


def arms_of(design: Design, *, seed: bytes, label: str, count: int) -> list[str]:
    blocks = permuted_blocks(design, stream=RandomStream(seed, label=label))
    return list(islice((arm for block in blocks for arm in block.arms), count))


@given(designs(), seeds, st.integers(1, 12))
def test_the_ratio_is_exact_at_the_end_of_every_block(
    design: Design, seed: str, count: int
) -> None:
    held: Counter[str] = Counter()
    stream = RandomStream(seed_bytes(seed), label="x")
    for block in islice(permuted_blocks(design, stream=stream), count):
        held.update(block.arms)
        repeats = {
            Fraction(held[arm.code], share)
            for arm, share in zip(design.arms, design.ratio, strict=True)
        }
        assert len(repeats) == 1
        assert len(block.arms) in design.block_sizes
        assert Counter(block.arms) == Counter(block_content(design, size=len(block.arms)))


# Whole numbers, SHA-256 and UTF-8 alone decide: these hold on every platform and Python version.
@pytest.mark.parametrize(
    ("design", "seed", "digest"),
    [
        (trial_design(), SEED, "e407fc3b2a933a764202df1e9dfbd552"),
        (trial_design(), OTHER_SEED, "4318bf87a82c87e31d4a4354a1c2a9b6"),
        (
            trial_design(ratio=(2, 1), block_sizes=(3, 6, 9)),
            SEED,
            "142e7852e75f1d33c145f2b5339ed4c6",
        ),
        (
            trial_design(factors=(), block_sizes=(2,), slots=1000),
            SEED,
            "c2ff323aa4195fad8eb4557c68a07d3e",
        ),
        (
            trial_design(ratio=(3, 2), block_sizes=(5, 10)),
            OTHER_SEED,
            "06a44dc55ce54e2b91e9dfcaacc0490b",
        ),
    ],
)
def test_the_same_seed_gives_the_same_file_on_every_platform(
    design: Design, seed: str, digest: str
) -> None:
    written = generate(design, seed=seed, purpose="test").write()

    assert hashlib.sha256(written.encode()).hexdigest()[:32] == digest


def test_block_orders_are_as_likely_as_they_should_be() -> None:
    design = trial_design()
    stream = RandomStream(seed_bytes(SEED), label="orders of blocks")
    arms = {arm.code: place for place, arm in enumerate(design.arms)}
    orders = {
        size: set(permutations([arms[arm] for arm in block_content(design, size=size)]))
        for size in design.block_sizes
    }
    sizes = len(orders)
    shares: dict[object, Fraction] = {
        order: Fraction(1, sizes * comb(size, size // 2))
        for size, found in orders.items()
        for order in found
    }
    observed: Counter[object] = Counter()
    following: Counter[object] = Counter()
    drawn = (
        tuple(arms[arm] for arm in block.arms)
        for block in islice(permuted_blocks(design, stream=stream), BLOCKS + 1)
    )
    for block, after in pairwise(drawn):
        observed[block] += 1
        # What a block looks like says nothing of the next: its size, and its first arm.
        following[len(block), block[-1], len(after), after[0]] += 1

    statistic = chi_square(observed, shares=shares)
    chance = chance_beyond(statistic, freedom=len(shares) - 1)
    independent: dict[object, Fraction] = {
        (size, last, after, first): Fraction(1, 16)
        for size in orders
        for last in (0, 1)
        for after in orders
        for first in (0, 1)
    }
    serial = chi_square(following, shares=independent)
    serial_chance = chance_beyond(serial, freedom=len(independent) - 1)
    print(  # noqa: T201 - `make orders` shows it
        f"\n{observed.total()} blocks: chi-square {statistic:.2f} on {len(shares) - 1} degrees of "
        f"freedom, p = {chance:.3f}; of a block and the next {serial:.2f} on "
        f"{len(independent) - 1}, p = {serial_chance:.3f}"
    )
    assert set(observed) == set(shares)
    assert MILLIONTH < chance < 1 - MILLIONTH
    assert MILLIONTH < serial_chance < 1 - MILLIONTH


def test_a_biased_order_would_be_found() -> None:
    design = trial_design(block_sizes=(4,))
    drawn: Counter[object] = Counter()
    stream = RandomStream(seed_bytes(SEED), label="biased")
    for _ in range(20_000):
        # The usual mistake: every place changes with any place, not with those still open.
        order = block_content(design, size=4)
        for place in range(4):
            other = stream.below(4)
            order[place], order[other] = order[other], order[place]
        drawn[tuple(order)] += 1

    shares: dict[object, Fraction] = dict.fromkeys(drawn, Fraction(1, 6))

    assert len(shares) == 6
    assert chance_beyond(chi_square(drawn, shares=shares), freedom=5) < MILLIONTH


def test_strata_are_uncorrelated_at_every_place() -> None:
    design, places, lists = trial_design(), 8, 1000
    strata = [stratum.key for stratum in design.strata()]
    products = {pair: [0] * places for pair in combinations(strata, 2)}
    for number in range(lists):
        seed = hashlib.sha512(f"seed {number}".encode()).digest()
        signs = {
            key: [
                1 if arm == "MSC" else -1
                for arm in arms_of(design, seed=seed, label=f"test|stratum|{key}", count=places)
            ]
            for key in strata
        }
        for (first, second), totals in products.items():
            for place in range(places):
                totals[place] += signs[first][place] * signs[second][place]

    correlations = [total / lists for row in products.values() for total in row]

    # 15 pairs of strata at 8 places: each correlation is 0 with standard deviation 1/sqrt(lists).
    assert len(correlations) == 120
    assert max(map(abs, correlations)) < 5 / lists**0.5
    squares = sum(found**2 for found in correlations) * lists
    # Their squares add up to a chi-square of 120 degrees: mean 120, standard deviation 15.5.
    assert 120 - 5 * 15.5 < squares < 120 + 5 * 15.5


@given(designs(), seeds, st.data())
def test_adding_a_stratum_changes_no_other_list(
    design: Design, seed: str, data: st.DataObject
) -> None:
    if not design.factors:
        return
    place = data.draw(st.integers(0, len(design.factors) - 1))
    factor = design.factors[place]
    more = replace(factor, levels=(*factor.levels, Level("NEW", label=Label(en="New", zh="新增"))))
    larger = replace(design, factors=(*design.factors[:place], more, *design.factors[place + 1 :]))

    before = generate(design, seed=seed, purpose="production")
    after = generate(larger, seed=seed, purpose="production")

    assert len(larger.strata()) > len(design.strata())
    for stratum in design.strata():
        assert before.slots_of(stratum.key) == after.slots_of(stratum.key)
