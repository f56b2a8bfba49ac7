"""Simulated trials agree with what formulas say, and with themselves on any machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from edc.protocol import DESIGN, MINIMISATION
from edc.randomization.balance import (
    correct_guesses_in_block,
    expected_by_coin,
    expected_in_blocks,
    max_imbalance,
    max_imbalance_per_stratum,
    mean_over_arrivals,
)
from edc.randomization.comparison import Distribution, Outcome, Plan, compare
from edc.randomization.design import Design
from tests.randomization.support import SEED

ARRIVALS = dict(
    zip((stratum.key for stratum in DESIGN.strata()), (34, 44, 3, 10, 1, 8), strict=True)
)
PLAN = Plan(
    design=DESIGN,
    minimisation=MINIMISATION,
    arrivals=ARRIVALS,
    further={"GRADE": {"LOW": 45, "HIGH": 55}},
    seed=SEED,
    runs=120,
)
ERRORS = 4
"""Standard errors a simulation may be off; its seed is fixed, so it is or it is not."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    return compare(PLAN, processes=1)


def close(found: Distribution, expected: Fraction) -> bool:
    return abs(found.mean - float(expected)) <= ERRORS * found.standard_error


@pytest.mark.parametrize("name", ["blocks", "blocks of 4", "blocks of 2"])
def test_blocks_are_guessed_and_unbalanced_as_the_formulas_say(
    outcomes: dict[str, Outcome], name: str
) -> None:
    design = PLAN.contenders()[name]
    assert isinstance(design, Design)
    expected = expected_in_blocks(design, places=design.target)
    guesses = Fraction(0)
    for key, weight in ARRIVALS.items():
        mean = mean_over_arrivals(expected, share=Fraction(weight, 100), participants=design.target)
        assert close(outcomes[name].strata[key], mean.imbalance)
        guesses += mean.guesses

    assert close(outcomes[name].by_stratum, guesses / design.target)
    assert outcomes[name].by_stratum == outcomes[name].informed
    assert outcomes[name].any_stratum.worst <= max_imbalance_per_stratum(design)
    assert outcomes[name].overall.worst <= max_imbalance(design)


def test_a_coin_is_as_far_out_of_balance_as_a_random_walk(outcomes: dict[str, Outcome]) -> None:
    expected = expected_by_coin(places=DESIGN.target)

    assert close(outcomes["simple"].overall, expected[-1].imbalance)
    assert close(outcomes["simple"].by_stratum, Fraction(1, 2))
    for key, weight in ARRIVALS.items():
        mean = mean_over_arrivals(expected, share=Fraction(weight, 100), participants=DESIGN.target)
        assert close(outcomes["simple"].strata[key], mean.imbalance)


def test_complete_randomisation_is_one_block_as_long_as_the_trial(
    outcomes: dict[str, Outcome],
) -> None:
    complete = outcomes["complete"]

    assert complete.overall.counts == Counter({0: 120})
    assert close(complete.informed, correct_guesses_in_block(DESIGN.target) / DESIGN.target)


def test_minimisation_is_guessed_by_its_coin_where_one_arm_is_preferred(
    outcomes: dict[str, Outcome],
) -> None:
    minimisation = outcomes["minimisation"]

    # Four in five where one arm is preferred, one in two where none is.
    assert 0.5 < minimisation.informed.mean < 0.8
    assert minimisation.by_stratum.mean < minimisation.informed.mean
    assert minimisation.levels.mean < outcomes["blocks"].levels.mean
    assert minimisation.any_stratum.mean > outcomes["blocks"].any_stratum.mean


def test_the_result_depends_on_the_seed_and_not_on_the_number_of_processes(
    outcomes: dict[str, Outcome],
) -> None:
    told: list[int] = []

    assert compare(PLAN, processes=2, done=told.append) == outcomes
    assert told == [100, 20]
    shorter = replace(PLAN, runs=20)
    assert compare(shorter, processes=1) != compare(replace(shorter, seed="5a" * 32), processes=1)


def test_participants_come_from_the_strata_by_weight(outcomes: dict[str, Outcome]) -> None:
    only = {**dict.fromkeys(ARRIVALS, 0), "SKIN/ALLO": 1}

    found = compare(replace(PLAN, arrivals=only, runs=20), processes=1)["simple"]

    assert found.overall == found.strata["SKIN/ALLO"]
    assert found.strata["ORAL/ALLO"].counts == Counter({0: 20})


def test_an_unequal_ratio_is_measured_in_its_own_shares() -> None:
    design = replace(DESIGN, ratio=(2, 1), block_sizes=(3,))
    found = compare(replace(PLAN, design=design, runs=30), processes=1)

    assert found["complete"].overall.worst == 0
    # A block of three begun with both places of the first arm, or with the second arm.
    assert set(found["blocks"].any_stratum.counts) <= {0, 1, 2}
    assert found["blocks"].any_stratum.worst == 1


def test_a_distribution_is_summed_up_by_mean_error_percentile_and_worst() -> None:
    found = Distribution(2, Counter({0: 94, 2: 4, 10: 2}))

    assert found.mean == pytest.approx(0.14)
    assert found.standard_error == pytest.approx(0.0725022, abs=1e-6)
    assert found.percentile(94) == 0
    assert found.percentile(95) == 1
    assert found.percentile(100) == found.worst == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"runs": 0},
        {"arrivals": {"ORAL/ALLO": 1}},
        {"arrivals": dict.fromkeys(ARRIVALS, 0)},
        {"arrivals": {**ARRIVALS, "ORAL/ALLO": -1}},
        {"further": {}},
        {"further": {"GRADE": {"LOW": 1}}},
        {"minimisation": replace(MINIMISATION, target=60)},
        {"minimisation": replace(MINIMISATION, factors=MINIMISATION.factors[1:])},
    ],
)
def test_a_plan_that_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="every stratum and level once"):
        replace(PLAN, **wrong)
