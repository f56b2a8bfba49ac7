"""Simple and complete randomisation keep to the ratio as each of them promises, and no further."""

from __future__ import annotations

from collections import Counter
from itertools import islice, permutations

import pytest
from hypothesis import given

from edc.randomization.design import Design, DesignRefused
from edc.randomization.generator import RandomStream, seed_bytes
from edc.randomization.unrestricted import complete_arms, simple_arms
from tests.randomization.support import SEED, designs, evenly_spread, seeds, trial_design


def stream(seed: str = SEED) -> RandomStream:
    return RandomStream(seed_bytes(seed), label="x")


def test_simple_randomisation_follows_the_ratio_and_nothing_that_went_before() -> None:
    arms = simple_arms(trial_design(ratio=(2, 1), block_sizes=(3,)), stream=stream())
    pairs: Counter[object] = Counter()
    for _ in range(9000):
        # Two of three places are the first arm's: nine equally likely pairs of places.
        pairs[next(arms), next(arms)] += 1

    expected = {("SOC", "SOC"): 4000, ("SOC", "MSC"): 2000, ("MSC", "SOC"): 2000}
    for pair, count in expected.items():
        # Five standard deviations, none of which is above 48.
        assert abs(pairs[pair] - count) < 240


def test_complete_randomisation_ends_in_the_ratio_and_every_order_is_equally_likely() -> None:
    design = trial_design(target=4, slots=4)
    drawn = stream()

    observed: Counter[object] = Counter(
        tuple(complete_arms(design, stream=drawn)) for _ in range(6000)
    )

    assert set(observed) == set(permutations(("SOC", "SOC", "MSC", "MSC")))
    assert evenly_spread(observed, cells=6)


@given(designs(), seeds)
def test_complete_randomisation_is_exact_for_any_ratio_or_refused(
    design: Design, seed: str
) -> None:
    unit = sum(design.ratio)
    if design.target % unit:
        with pytest.raises(DesignRefused, match=f"no multiple of {unit}"):
            next(complete_arms(design, stream=stream(seed)))
        return

    counts = Counter(complete_arms(design, stream=stream(seed)))

    assert [counts[arm.code] for arm in design.arms] == [
        share * design.target // unit for share in design.ratio
    ]


@given(seeds)
def test_the_same_seed_gives_the_same_arms(seed: str) -> None:
    first, second = (simple_arms(trial_design(), stream=stream(seed)) for _ in range(2))

    assert list(islice(first, 50)) == list(islice(second, 50))
