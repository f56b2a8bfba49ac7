"""What is said of a design's balance and predictability by formula holds by counting."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import pytest

from edc.randomization.balance import (
    correct_guess_share,
    correct_guesses_in_block,
    max_imbalance,
    max_imbalance_per_stratum,
    simulate,
)
from tests.randomization.support import SEED, trial_design


def counted_guesses(size: int) -> Fraction:
    """Count the convergence strategy's correct guesses over every order of a block."""
    orders = set(permutations("A" * (size // 2) + "B" * (size // 2)))
    credit = Fraction(0)
    for order in orders:
        lead = 0
        for arm in order:
            step = 1 if arm == "A" else -1
            credit += Fraction(1, 2) if lead == 0 else Fraction(int(lead * step < 0))
            lead += step
    return credit / len(orders)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_the_formula_for_correct_guesses_agrees_with_counting(size: int) -> None:
    assert correct_guesses_in_block(size) == counted_guesses(size)


@pytest.mark.parametrize("size", [-2, 0, 1, 5])
def test_there_is_no_such_block_to_guess_in(size: int) -> None:
    with pytest.raises(ValueError, match="cannot have"):
        correct_guesses_in_block(size)


def test_this_trial_is_at_worst_three_out_of_balance_in_a_stratum_and_eighteen_in_all() -> None:
    assert max_imbalance_per_stratum(trial_design()) == 3
    assert max_imbalance(trial_design()) == 18


def test_an_unequal_ratio_is_measured_in_its_own_shares() -> None:
    design = trial_design(ratio=(2, 1), block_sizes=(3, 6), factors=())

    assert max_imbalance_per_stratum(design) == 2
    assert simulate(design, seed=SEED, runs=300, participants=4).worst_imbalance == 2


def test_mixed_blocks_are_less_predictable_than_blocks_of_four_and_pairs() -> None:
    pairs = correct_guess_share(trial_design(block_sizes=(2,)))
    fours = correct_guess_share(trial_design(block_sizes=(4,)))
    mixed = correct_guess_share(trial_design())

    assert pairs == Fraction(3, 4)
    assert fours == Fraction(17, 24)
    assert mixed == Fraction(104, 150)


def test_the_guessing_formula_is_for_two_equal_arms() -> None:
    with pytest.raises(ValueError, match="two arms 1:1"):
        correct_guess_share(trial_design(ratio=(2, 1), block_sizes=(6,)))


def test_simulated_trials_agree_with_the_formulas() -> None:
    report = simulate(trial_design(), seed=SEED, runs=400)

    assert report.runs == 400
    assert report.participants == 120
    assert report.worst_stratum_imbalance <= max_imbalance_per_stratum(trial_design())
    assert report.worst_imbalance <= max_imbalance(trial_design())
    assert 0 < report.mean_imbalance <= report.percentile_95 <= report.worst_imbalance
    assert 0 < report.mean_stratum_imbalance < report.worst_stratum_imbalance
    # Unfinished blocks are guessed a little worse than whole ones.
    expected = float(correct_guess_share(trial_design()))
    assert expected - 0.03 < report.correct_guess_share < expected + 0.005


def test_the_guessing_formula_holds_in_long_lists() -> None:
    design = trial_design(factors=(), slots=20_000)

    report = simulate(design, seed=SEED, runs=1, participants=20_000)

    assert abs(report.correct_guess_share - float(correct_guess_share(design))) < 0.01


def test_the_same_seed_gives_the_same_report() -> None:
    assert simulate(trial_design(), seed=SEED, runs=20) == simulate(
        trial_design(), seed=SEED, runs=20
    )


def test_participants_come_from_the_strata_by_weight() -> None:
    one_stratum = simulate(trial_design(), seed=SEED, runs=100, weights=(1, 0, 0, 0, 0, 0))

    assert one_stratum.worst_imbalance <= 3


@pytest.mark.parametrize(
    ("runs", "participants", "weights"),
    [(0, 10, None), (1, 0, None), (1, 10, (1,)), (1, 10, (0,) * 6), (1, 10, (-1, 1, 1, 1, 1, 1))],
)
def test_a_simulation_of_nothing_is_refused(
    runs: int, participants: int, weights: tuple[int, ...] | None
) -> None:
    with pytest.raises(ValueError, match="simulate at least"):
        simulate(trial_design(), seed=SEED, runs=runs, participants=participants, weights=weights)
