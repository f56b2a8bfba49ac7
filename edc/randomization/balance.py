"""Imbalance and predictability of a design, by formula and by simulation.

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

from edc.randomization.blocks import permuted_blocks
from edc.randomization.generator import RandomStream, seed_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

    :raises ValueError: when the design is not 1:1 with two arms; use :func:`simulate`.
    """
    if len(design.arms) != 2 or design.ratio[0] != design.ratio[1]:  # noqa: PLR2004 - two arms
        message = "the formula holds for two arms 1:1"
        raise ValueError(message)
    correct = sum((correct_guesses_in_block(size) for size in design.block_sizes), Fraction(0))
    return correct / sum(design.block_sizes)


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    """Summarise simulated trials: imbalance at the end of each, overall and in any stratum."""

    runs: int
    participants: int
    mean_imbalance: float
    percentile_95: float
    worst_imbalance: float
    mean_stratum_imbalance: float
    worst_stratum_imbalance: float
    correct_guess_share: float


def simulate(
    design: Design,
    *,
    seed: str,
    runs: int,
    participants: int | None = None,
    weights: Sequence[int] | None = None,
) -> BalanceReport:
    """Run simulated trials of *design* and summarise their balance and predictability.

    :param seed: hexadecimal; the same seed gives the same report.
    :param participants: per trial; the design's target when not given.
    :param weights: how often participants come from each stratum, in the order of
        ``design.strata()``; all alike when not given.
    :raises ValueError: when there is nothing to simulate or the weights do not fit the strata.
    """
    count = design.target if participants is None else participants
    strata = len(design.strata())
    shares = [1] * strata if weights is None else list(weights)
    if runs < 1 or count < 1 or len(shares) != strata or min(shares) < 0 or sum(shares) < 1:
        message = "simulate at least one run and participant, with one weight for each stratum"
        raise ValueError(message)
    arrivals = [index for index, share in enumerate(shares) for _ in range(share)]
    material = seed_bytes(seed)
    arriving = RandomStream(material, label="simulation|arrivals")
    allocating = RandomStream(material, label="simulation|blocks")

    overall: list[float] = []
    by_stratum: list[float] = []
    credit = 0.0
    for _ in range(runs):
        tallies = [[0] * len(design.arms) for _ in range(strata)]
        lists = [_arms(design, stream=allocating) for _ in range(strata)]
        for _ in range(count):
            stratum = arriving.choice(arrivals)
            arm = next(lists[stratum])
            credit += _guess_credit(tallies[stratum], arm=arm, ratio=design.ratio)
            tallies[stratum][arm] += 1
        totals = [sum(held) for held in zip(*tallies, strict=True)]
        overall.append(_imbalance(totals, ratio=design.ratio))
        by_stratum.extend(_imbalance(tally, ratio=design.ratio) for tally in tallies)
    overall.sort()
    return BalanceReport(
        runs=runs,
        participants=count,
        mean_imbalance=sum(overall) / runs,
        percentile_95=overall[-(-95 * runs // 100) - 1],
        worst_imbalance=overall[-1],
        mean_stratum_imbalance=sum(by_stratum) / len(by_stratum),
        worst_stratum_imbalance=max(by_stratum),
        correct_guess_share=credit / (runs * count),
    )


def _arms(design: Design, *, stream: RandomStream) -> Iterator[int]:
    index = {arm.code: place for place, arm in enumerate(design.arms)}
    blocks = permuted_blocks(design, stream=stream)
    return (index[arm] for block in blocks for arm in block.arms)


def _imbalance(tally: Sequence[int], *, ratio: Sequence[int]) -> float:
    scaled = [held / share for held, share in zip(tally, ratio, strict=True)]
    return max(scaled) - min(scaled)


def _guess_credit(tally: Sequence[int], *, arm: int, ratio: Sequence[int]) -> float:
    """Return the probability that a guess at the lagging arm is right; ties share it."""
    scaled = [held / share for held, share in zip(tally, ratio, strict=True)]
    least = min(scaled)
    return 1 / scaled.count(least) if scaled[arm] == least else 0.0
