"""Imbalance and predictability of a design, by formula; by simulation in ``comparison``.

Imbalance is the difference between the arms' counts, each divided by its share in the ratio, so
that for 1:1 it is the plain difference. Predictability is the share of correct guesses by somebody
who knows all earlier allocations of the stratum and always guesses the arm that lags behind (the
convergence strategy of Blackwell and Hodges, 1957), tossing a coin when none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.randomization.design import Design


def max_imbalance_per_stratum(design: Design) -> Fraction:
    """Return the largest imbalance a stratum can show: the largest block over the ratio's sum.

    It is reached when a largest block starts with all the places of one arm.
    """
    return Fraction(max(design.block_sizes), sum(design.ratio))


def max_imbalance(design: Design) -> Fraction:
    """Return the largest imbalance of the whole trial: every stratum at its worst, one way."""
    return len(design.strata()) * max_imbalance_per_stratum(design)


def correct_guesses_in_block(size: int) -> Fraction:
    """Return the expected number of correct guesses in a 1:1 block of two arms.

    Blackwell and Hodges, *Design for the control of selection bias*, Ann. Math. Stat. 28:449-460
    (1957): with m places for each arm, m + 2**(2m - 1) / C(2m, m) - 1/2.

    :raises ValueError: when *size* is not even and positive.
    """
    if size < 2 or size % 2:  # noqa: PLR2004 - two arms
        message = f"a 1:1 block of two arms cannot have {size} places"
        raise ValueError(message)
    half = size // 2
    return half + Fraction(2 ** (size - 1), comb(size, half)) - Fraction(1, 2)


def correct_guess_share(design: Design) -> Fraction:
    """Return the expected share of correct guesses over whole blocks.

    With several sizes, each is as likely as any other, and the guesser needs no knowledge of them:
    every block ends in balance, so what lags in the stratum lags in the block.

    :raises ValueError: when the design is not 1:1 with two arms; use ``comparison``.
    """
    _require_two_equal_arms(design)
    correct = sum((correct_guesses_in_block(size) for size in design.block_sizes), Fraction(0))
    return correct / sum(design.block_sizes)


@dataclass(frozen=True, slots=True)
class Expected:
    """What two equal arms show on average after so many places of a list.

    :param imbalance: the mean absolute difference of the arms' counts.
    :param guesses: the mean number of correct guesses.
    """

    imbalance: Fraction
    guesses: Fraction


def expected_in_blocks(design: Design, *, places: int) -> list[Expected]:
    """Return the expectations after 0, 1, … *places* of a stratum's list, exactly.

    A list starts anew after each whole block, so the expectation after n places is the mean, over
    the sizes the first block may have, of what that block gives and what follows from the rest.

    :raises ValueError: when the design is not 1:1 with two arms.
    """
    _require_two_equal_arms(design)
    within = {size: _within_block(size) for size in design.block_sizes}
    sizes = len(design.block_sizes)
    found = [Expected(Fraction(0), Fraction(0))]
    for place in range(1, places + 1):
        imbalance = guesses = Fraction(0)
        for size, inside in within.items():
            whole = place >= size
            rest = found[place - size] if whole else found[0]
            first = inside[size] if whole else inside[place]
            imbalance += rest.imbalance + (0 if whole else first.imbalance)
            guesses += rest.guesses + first.guesses
        found.append(Expected(imbalance / sizes, guesses / sizes))
    return found


def expected_by_coin(*, places: int) -> list[Expected]:
    """Return the expectations of simple randomisation, 1:1 between two arms.

    The mean absolute difference after n tosses is n C(n - 1, floor((n - 1) / 2)) / 2**(n - 1), the
    mean distance of a random walk; every guess is right half the time.
    """
    return [Expected(Fraction(0), Fraction(0))] + [
        Expected(Fraction(n * comb(n - 1, (n - 1) // 2), 2 ** (n - 1)), Fraction(n, 2))
        for n in range(1, places + 1)
    ]


def mean_over_arrivals(
    expected: Sequence[Expected], *, share: Fraction, participants: int
) -> Expected:
    """Return the mean of *expected* for a stratum that each participant enters with this chance."""
    imbalance = guesses = Fraction(0)
    for count in range(participants + 1):
        chance = comb(participants, count) * share**count * (1 - share) ** (participants - count)
        imbalance += chance * expected[count].imbalance
        guesses += chance * expected[count].guesses
    return Expected(imbalance, guesses)


def _within_block(size: int) -> list[Expected]:
    """Return the expectations after 0, 1, … *size* places of one block of two equal arms."""
    half = size // 2
    found = [Expected(Fraction(0), Fraction(0))]
    for place in range(1, size + 1):
        guesses = found[-1].guesses
        imbalance = Fraction(0)
        for first in range(max(0, place - half), min(place, half) + 1):
            imbalance += _chance(first, drawn=place, half=half) * abs(2 * first - place)
        drawn = place - 1
        for first in range(max(0, drawn - half), min(drawn, half) + 1):
            # Whoever guesses the arm that lags is right as often as that arm's places are left.
            left = max(half - first, half - (drawn - first))
            guesses += _chance(first, drawn=drawn, half=half) * Fraction(left, size - drawn)
        found.append(Expected(imbalance, guesses))
    return found


def _chance(first: int, *, drawn: int, half: int) -> Fraction:
    """Return the chance that of *drawn* places *first* are the first arm's (hypergeometric)."""
    return Fraction(comb(half, first) * comb(half, drawn - first), comb(2 * half, drawn))


def _require_two_equal_arms(design: Design) -> None:
    if len(design.arms) != 2 or design.ratio[0] != design.ratio[1]:  # noqa: PLR2004 - two arms
        message = "the formula holds for two arms 1:1"
        raise ValueError(message)
