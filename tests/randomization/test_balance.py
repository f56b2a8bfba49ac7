"""What is said of a design's balance and predictability by formula holds by counting."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product

import pytest

from edc.randomization.balance import (
    correct_guess_share,
    correct_guesses_in_block,
    expected_by_coin,
    expected_in_blocks,
    max_imbalance,
    max_imbalance_per_stratum,
    mean_over_arrivals,
)
from tests.randomization.support import trial_design


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


def every_list(sizes: tuple[int, ...], places: int) -> dict[str, Fraction]:
    """Return every beginning of a list of two equal arms with its chance."""
    if places == 0:
        return {"": Fraction(1)}
    found: dict[str, Fraction] = {}
    for size in sizes:
        orders = set(permutations("A" * (size // 2) + "B" * (size // 2)))
        for order in orders:
            begun = "".join(order)[:places]
            for rest, chance in every_list(sizes, places - len(begun)).items():
                share = chance / len(orders) / len(sizes)
                found[begun + rest] = found.get(begun + rest, Fraction(0)) + share
    return found


@pytest.mark.parametrize(("sizes", "places"), [((2,), 5), ((4,), 7), ((2, 4), 7)])
def test_what_is_expected_of_blocks_agrees_with_counting(
    sizes: tuple[int, ...], places: int
) -> None:
    imbalance = guesses = Fraction(0)
    for arms, chance in every_list(sizes, places).items():
        lead, credit = 0, Fraction(0)
        for arm in arms:
            step = 1 if arm == "A" else -1
            credit += Fraction(1, 2) if lead == 0 else Fraction(int(lead * step < 0))
            lead += step
        imbalance += chance * abs(lead)
        guesses += chance * credit

    found = expected_in_blocks(trial_design(block_sizes=sizes), places=places)[places]

    assert (found.imbalance, found.guesses) == (imbalance, guesses)


@pytest.mark.parametrize("size", [2, 4, 6, 8])
def test_a_whole_block_is_guessed_as_blackwell_and_hodges_say(size: int) -> None:
    found = expected_in_blocks(trial_design(block_sizes=(size,)), places=size)[size]

    assert found.guesses == correct_guesses_in_block(size)
    assert found.imbalance == 0


def test_what_is_expected_of_a_coin_agrees_with_counting() -> None:
    for places, found in enumerate(expected_by_coin(places=8)):
        leads = [abs(sum(steps)) for steps in product((1, -1), repeat=places)]
        assert found.imbalance == Fraction(sum(leads), 2**places)
        assert found.guesses == Fraction(places, 2)


def test_a_stratum_that_everybody_enters_is_the_whole_trial() -> None:
    expected = expected_in_blocks(trial_design(), places=20)

    assert mean_over_arrivals(expected, share=Fraction(1), participants=20) == expected[20]
    assert mean_over_arrivals(expected, share=Fraction(0), participants=20) == expected[0]


def test_what_is_expected_of_blocks_is_told_of_two_equal_arms_only() -> None:
    with pytest.raises(ValueError, match="two arms 1:1"):
        expected_in_blocks(trial_design(ratio=(2, 1), block_sizes=(6,)), places=6)
