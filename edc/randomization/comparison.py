"""Designs compared by simulated trials: how far out of balance, and how often foretold.

Each run is a trial of the declared target. Its participants come from the strata, and with the
levels of the further factors, by declared weights; in every run all designs meet the same
participants. Lists are drawn by the production generator and the production code of each design:
nothing is sped up or approximated.

Imbalance is the largest minus the smallest count of an arm, each divided by its share in the ratio.
Two guessers try to foretell each allocation. Both know all earlier ones and name the arm that lags
behind, tossing a coin among several (the convergence strategy of Blackwell and Hodges, 1957). The
first looks at the participant's stratum. The second looks where the design itself keeps the
balance: at the stratum for blocks, at the whole trial for complete randomisation, and for
minimisation at the newcomer's marginal totals, which a reader of the protocol can add up.

The runs are divided into parts of fixed size with random streams of their own, so the result
depends on the seed and never on the number of processors.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import accumulate
from math import lcm, sqrt
from typing import TYPE_CHECKING, Final

from edc.randomization.blocks import permuted_blocks
from edc.randomization.generator import RandomStream, seed_bytes
from edc.randomization.minimisation import Minimisation, draw_from, stream_of
from edc.randomization.unrestricted import complete_arms, simple_arms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from edc.randomization.design import Design

    _Participants = list[tuple[str, dict[str, str]]]

PART: Final = 100
"""Runs that share their random streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is simulated.

    :param design: the chosen design; the other blocks, simple and complete follow from it.
    :param minimisation: its factors are the design's, in order, and then others.
    :param arrivals: how often participants come from each stratum, by its key.
    :param further: how often they have each level of minimisation's other factors.
    """

    design: Design
    minimisation: Minimisation
    arrivals: Mapping[str, int]
    further: Mapping[str, Mapping[str, int]]
    seed: str
    runs: int

    def __post_init__(self) -> None:
        """Refuse weights that do not fit the designs.

        :raises ValueError: naming what does not fit.
        """
        own = [factor.code for factor in self.design.factors]
        codes = [factor.code for factor in self.minimisation.factors]
        others = {
            factor.code: {level.code for level in factor.levels}
            for factor in self.minimisation.factors[len(own) :]
        }
        fits = (
            self.runs > 0
            and set(self.arrivals) == {stratum.key for stratum in self.design.strata()}
            and codes[: len(own)] == own
            and {code: set(weights) for code, weights in self.further.items()} == others
            and all(_can_weigh(weights) for weights in (self.arrivals, *self.further.values()))
            and self.minimisation.target == self.design.target
        )
        if not fits:
            message = "the weights must name every stratum and level once, with something to draw"
            raise ValueError(message)

    def contenders(self) -> dict[str, Design | Minimisation]:
        """Return what is compared, the chosen design first, under the names of the table."""
        unit = sum(self.design.ratio)
        return {
            "blocks": self.design,
            "blocks of 4": replace(self.design, block_sizes=(2 * unit,)),
            "blocks of 2": replace(self.design, block_sizes=(unit,)),
            "simple": self.design,
            "complete": self.design,
            "minimisation": self.minimisation,
        }


def _can_weigh(weights: Mapping[str, int]) -> bool:
    return min(weights.values()) >= 0 and sum(weights.values()) > 0


@dataclass(slots=True)
class Distribution:
    """Count whole numbers, one a run unless said otherwise, in units of 1/*unit*."""

    unit: int = 1
    counts: Counter[int] = field(default_factory=Counter)

    def add(self, other: Distribution) -> None:
        """Take in what another part of the runs counted."""
        self.counts.update(other.counts)

    @property
    def mean(self) -> float:
        """The mean."""
        return sum(value * held for value, held in self.counts.items()) / self._all / self.unit

    @property
    def standard_error(self) -> float:
        """The standard error of the mean, of independent runs."""
        mean = self.mean * self.unit
        squares = sum((value - mean) ** 2 * held for value, held in self.counts.items())
        return sqrt(squares / max(self._all - 1, 1) / self._all) / self.unit

    @property
    def worst(self) -> float:
        """The largest value."""
        return max(self.counts) / self.unit

    def percentile(self, percent: int) -> float:
        """Return the smallest value that at least *percent* per cent do not exceed."""
        needed = -(-percent * self._all // 100)
        for value in sorted(self.counts):
            needed -= self.counts[value]
            if needed <= 0:
                return value / self.unit
        return self.worst

    @property
    def _all(self) -> int:
        return self.counts.total()


@dataclass(slots=True)
class Outcome:
    """What the runs of one design showed.

    :param overall: imbalance of the whole trial.
    :param strata: imbalance of each stratum.
    :param any_stratum: imbalance of the stratum that is furthest out in its run.
    :param levels: imbalance of the level, of any of minimisation's factors, furthest out.
    :param by_stratum: share of correct guesses by who looks at the stratum.
    :param informed: by who looks where the design keeps the balance.
    """

    overall: Distribution
    strata: dict[str, Distribution]
    any_stratum: Distribution
    levels: Distribution
    by_stratum: Distribution
    informed: Distribution

    def add(self, other: Outcome) -> None:
        """Take in what another part of the runs showed."""
        self.overall.add(other.overall)
        self.any_stratum.add(other.any_stratum)
        self.levels.add(other.levels)
        self.by_stratum.add(other.by_stratum)
        self.informed.add(other.informed)
        for key, distribution in self.strata.items():
            distribution.add(other.strata[key])


def compare(
    plan: Plan, *, processes: int | None = None, done: Callable[[int], None] = lambda _runs: None
) -> dict[str, Outcome]:
    """Simulate every design and return what each showed, by its name in the table.

    :param processes: as many as the machine has processors when not given; 1 starts none.
    :param done: is told how many more runs of all designs are finished.
    """
    sizes = [min(PART, plan.runs - first) for first in range(0, plan.runs, PART)]
    wanted = os.cpu_count() or 1 if processes is None else processes
    found: dict[str, Outcome] = {}

    def take(part: dict[str, Outcome], size: int) -> None:
        for name, outcome in part.items():
            if name in found:
                found[name].add(outcome)
            else:
                found[name] = outcome
        done(size)

    if wanted == 1:
        for number, size in enumerate(sizes):
            take(_part(plan, number=number, runs=size), size)
        return found
    with ProcessPoolExecutor(max_workers=wanted) as pool:
        # The parts are taken in their order, whichever is finished first.
        parts = pool.map(_numbered, _numbered_parts(plan, sizes))
        for size, part in zip(sizes, parts, strict=True):
            take(part, size)
    return found


def _numbered_parts(plan: Plan, sizes: Sequence[int]) -> Iterator[tuple[Plan, int, int]]:
    return ((plan, number, size) for number, size in enumerate(sizes))


def _numbered(part: tuple[Plan, int, int]) -> dict[str, Outcome]:
    plan, number, runs = part
    return _part(plan, number=number, runs=runs)


def _part(plan: Plan, *, number: int, runs: int) -> dict[str, Outcome]:
    material = seed_bytes(plan.seed)
    arriving = RandomStream(material, label=f"simulation|arrivals|{number}")
    trials = [_participants(plan, stream=arriving) for _ in range(runs)]
    found = {}
    for name, contender in plan.contenders().items():
        stream = RandomStream(material, label=f"simulation|{name}|{number}")
        watch = _Watch(plan)
        for participants in trials:
            watch.begin()
            if isinstance(contender, Minimisation):
                # Each trial has its seed, as each trial would.
                seed = stream.take(32).hex()
                _minimise(watch, participants, minimisation=contender, seed=seed)
            else:
                _follow_lists(watch, participants, design=contender, name=name, stream=stream)
            watch.finish()
        found[name] = watch.outcome
    return found


def _participants(plan: Plan, *, stream: RandomStream) -> _Participants:
    """Draw the strata of a trial's participants, and their levels of all factors."""
    factors = [factor.code for factor in plan.design.factors]
    strata = {
        stratum.key: dict(zip(factors, (level.code for level in stratum.levels), strict=True))
        for stratum in plan.design.strata()
    }
    found = []
    for _ in range(plan.design.target):
        key = _weighed(plan.arrivals, stream=stream)
        further = {code: _weighed(weights, stream=stream) for code, weights in plan.further.items()}
        found.append((key, {**strata[key], **further}))
    return found


def _weighed(weights: Mapping[str, int], *, stream: RandomStream) -> str:
    drawn = stream.below(sum(weights.values()))
    return list(weights)[bisect_right(list(accumulate(weights.values())), drawn)]


class _Watch:
    """Count one design's arms as its trials go on, and guess before each."""

    def __init__(self, plan: Plan) -> None:
        design = plan.design
        self._arms = [arm.code for arm in design.arms]
        unit = lcm(*design.ratio)
        self._scale = [unit // share for share in design.ratio]
        self._credit = lcm(*range(1, len(self._arms) + 1))
        shares = design.target * self._credit
        self.outcome = Outcome(
            overall=Distribution(unit),
            strata={stratum.key: Distribution(unit) for stratum in design.strata()},
            any_stratum=Distribution(unit),
            levels=Distribution(unit),
            by_stratum=Distribution(shares),
            informed=Distribution(shares),
        )
        self._levels = [
            (factor.code, level.code)
            for factor in plan.minimisation.factors
            for level in factor.levels
        ]
        self.begin()

    def begin(self) -> None:
        """Start a trial."""
        self.overall = [0] * len(self._arms)
        self.strata = {key: [0] * len(self._arms) for key in self.outcome.strata}
        self.levels = {level: [0] * len(self._arms) for level in self._levels}
        self._guessed = self._guessed_informed = 0

    def lagging(self, counts: Sequence[int]) -> list[int]:
        """Return the arms that lag behind in these counts."""
        scaled = self._scaled(counts)
        least = min(scaled)
        return [arm for arm, held in enumerate(scaled) if held == least]

    def saw(
        self, code: str, *, stratum: str, levels: Mapping[str, str], informed: Sequence[int]
    ) -> None:
        """Guess, then count an allocation.

        :param informed: the arms of which the second guesser names one.
        """
        arm = self._arms.index(code)
        guess = self.lagging(self.strata[stratum])
        self._guessed += self._credit // len(guess) if arm in guess else 0
        self._guessed_informed += self._credit // len(informed) if arm in informed else 0
        self.overall[arm] += 1
        self.strata[stratum][arm] += 1
        for level in levels.items():
            self.levels[level][arm] += 1

    def finish(self) -> None:
        """Take the trial into the outcome."""
        strata = {key: self._spread(counts) for key, counts in self.strata.items()}
        outcome = self.outcome
        outcome.overall.counts[self._spread(self.overall)] += 1
        for key, spread in strata.items():
            outcome.strata[key].counts[spread] += 1
        outcome.any_stratum.counts[max(strata.values())] += 1
        outcome.levels.counts[max(map(self._spread, self.levels.values()))] += 1
        outcome.by_stratum.counts[self._guessed] += 1
        outcome.informed.counts[self._guessed_informed] += 1

    def _scaled(self, counts: Sequence[int]) -> list[int]:
        return [held * scale for held, scale in zip(counts, self._scale, strict=True)]

    def _spread(self, counts: Sequence[int]) -> int:
        scaled = self._scaled(counts)
        return max(scaled) - min(scaled)


def _follow_lists(
    watch: _Watch, participants: _Participants, *, design: Design, name: str, stream: RandomStream
) -> None:
    """Give each participant the next place of the stratum's list, or of the only list."""
    lists: dict[str, Iterator[str]]
    if name == "simple":
        lists = dict.fromkeys(watch.strata, simple_arms(design, stream=stream))
    elif name == "complete":
        lists = dict.fromkeys(watch.strata, complete_arms(design, stream=stream))
    else:
        lists = {
            key: (arm for block in permuted_blocks(design, stream=stream) for arm in block.arms)
            for key in watch.strata
        }
    for stratum, levels in participants:
        kept = watch.overall if name == "complete" else watch.strata[stratum]
        informed = watch.lagging(kept)
        watch.saw(next(lists[stratum]), stratum=stratum, levels=levels, informed=informed)


def _minimise(
    watch: _Watch, participants: _Participants, *, minimisation: Minimisation, seed: str
) -> None:
    arms = [arm.code for arm in minimisation.arms]
    for number, (stratum, levels) in enumerate(participants, start=1):
        drawn = draw_from(
            minimisation,
            number=number,
            levels=levels,
            totals={
                code: dict(zip(arms, watch.levels[code, level], strict=True))
                for code, level in levels.items()
            },
            stream=stream_of(seed, purpose="simulation", number=number),
        )
        informed = [arms.index(arm) for arm in drawn.preferred]
        watch.saw(drawn.arm, stratum=stratum, levels=levels, informed=informed)
