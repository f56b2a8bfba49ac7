"""Minimisation with a biased coin: declared, drawn, written down, and replayed.

Pocock and Simon, *Sequential treatment assignment with balancing for prognostic factors in the
controlled clinical trial*, Biometrics 31:103-115 (1975), with the range as measure and equal
weights; the biased coin is Efron's, Biometrika 58:403-417 (1971).

For a newcomer, and for each arm, suppose that the newcomer were given it: the imbalance of that
choice is the sum, over the newcomer's level of each factor, of the largest minus the smallest count
of the arms there. The arms of least imbalance are *preferred*. A coin below 1000 decides: under the
declared chance one of the preferred arms is given, otherwise one of the others; within those each
is equally likely. When all arms are preferred the coin changes nothing.

Everything is counted in whole numbers. Draw *n* has a random stream of its own, labelled
``PURPOSE|minimisation|n``: its coin is ``below(1000)`` and its pick ``below(how many)``. So a
request that is repeated after a failure meets the same coin, and nobody can draw until the arm
pleases.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from edc.errors import InstallationFault
from edc.randomization.design import Design, StratumUnknown, refused_design
from edc.randomization.generator import RandomStream, seed_bytes
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edc.randomization.design import Arm, StratificationFactor

ALGORITHM: Final = "pocock-simon-range/1"
COMMITMENT_FORMAT: Final = "edc-minimisation-commitment/1"
COIN: Final = 1000
"""The sides of the coin: chances are declared in thousandths."""


class ReplayFailed(InstallationFault):
    """The draws on record are not those that the design, or the seed, gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimisation:
    """Declare a minimisation; one that is wrong does not build.

    Arms come in equal shares: under a fixed chance for the preferred arm an unequal ratio would not
    be kept (Kuznetsova and Tymofyeyev, Statistics in Medicine 31:3711-3723, 2012).

    :param study: the study's code.
    :param factors: those whose levels are kept in balance, each by itself.
    :param chance: of a preferred arm, in thousandths: above an equal share, and below certainty,
        so that no allocation can be foretold.
    :param target: participants to randomise in all.
    :raises DesignRefused: when it cannot be carried out.
    """

    study: str
    arms: tuple[Arm, ...]
    factors: tuple[StratificationFactor, ...]
    chance: int
    target: int

    def __post_init__(self) -> None:
        """Refuse what cannot be carried out."""
        # What blocks and minimisation have in common is judged in one place.
        equal = (1,) * len(self.arms)
        Design(
            study=self.study,
            arms=self.arms,
            ratio=equal,
            factors=self.factors,
            block_sizes=(sum(equal),) if equal else (1,),
            slots_per_stratum=self.target,
            target=self.target,
        )
        if not self.factors:
            raise refused_design(
                en="Minimisation needs at least one factor.", zh="最小化法至少需要一个因素。"
            )
        if type(self.chance) is not int or not COIN < self.chance * len(self.arms) < COIN * len(
            self.arms
        ):
            raise refused_design(
                en="The chance of a preferred arm, in thousandths, must be above an equal share "
                "and below 1000; {found!r} was given.",
                zh="优先组的概率（千分数）须大于均等份额且小于1000；现为{found!r}。",
                found=self.chance,
            )

    def parameters(self) -> dict[str, Any]:
        """Return, as plain values, everything on which a draw depends."""
        return {
            "algorithm": ALGORITHM,
            "arms": [arm.code for arm in self.arms],
            "chance": self.chance,
            "factors": [
                {"code": factor.code, "levels": [level.code for level in factor.levels]}
                for factor in self.factors
            ],
            "study": self.study,
        }

    def fingerprint(self) -> str:
        """Return the SHA-256 of :meth:`parameters` as 64 hexadecimal digits."""
        return hashlib.sha256(_json(self.parameters()).encode()).hexdigest()

    def require_levels(self, levels: Mapping[str, str]) -> None:
        """Refuse levels that are not exactly one declared level for each factor.

        :raises StratumUnknown: when a factor is missing, or a level or factor is not declared.
        """
        allowed = {factor.code: {level.code for level in factor.levels} for factor in self.factors}
        if set(levels) != set(allowed) or any(
            level not in allowed[code] for code, level in levels.items()
        ):
            raise StratumUnknown(
                Label(
                    en="The levels that minimisation balances cannot be determined: check the "
                    "answers they are made from.",
                    zh="无法确定最小化法所用各因素的水平，请核对相应填写。",
                ),
                rule="STRATUM",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One draw with all that it rested on; it tells the arm, so it is kept sealed.

    :param number: 1, 2, … through the whole trial.
    :param levels: the newcomer's level of each factor.
    :param totals: for each factor, the arms' counts at the newcomer's level before this draw.
    :param imbalance: of each arm, had the newcomer been given it.
    :param preferred: the arms of least imbalance, in the order of the arms.
    :param coin: from 0 to 999; below the declared chance a preferred arm is given.
    :param pick: which of the arms the coin left, from 0.
    """

    number: int
    levels: dict[str, str]
    totals: dict[str, dict[str, int]] = field(repr=False)
    imbalance: dict[str, int] = field(repr=False)
    preferred: tuple[str, ...] = field(repr=False)
    coin: int = field(repr=False)
    pick: int = field(repr=False)
    arm: str = field(repr=False)

    def write(self) -> str:
        """Return the draw as one line of JSON, the same for the same draw."""
        return _json(asdict(self))


def read_draw(text: str) -> Draw:
    """Read a draw from its line.

    :raises ReplayFailed: when the line is not exactly what a draw writes.
    """
    try:
        found = json.loads(text)
        draw = Draw(**{**found, "preferred": tuple(found["preferred"])})
        written = draw.write()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        written = ""
        draw = None
    if draw is None or written != text:
        raise ReplayFailed(_UNREADABLE, rule="DRAW") from None
    return draw


def stream_of(seed: str, *, purpose: str, number: int) -> RandomStream:
    """Return the random stream of draw *number*.

    :param seed: hexadecimal, at least 256 bits.
    """
    return RandomStream(seed_bytes(seed), label=f"{purpose}|minimisation|{number}")


def commitment(minimisation: Minimisation, *, seed: str, purpose: str) -> str:
    """Return what may be published before the first draw: it binds seed, purpose and design.

    With the seed, published after the trial, anyone can replay every draw.
    """
    text = _json(["edc-minimisation", ALGORITHM, purpose, minimisation.parameters()])
    return hashlib.sha256(b"\x02" + seed_bytes(seed) + text.encode()).hexdigest()


def draw(
    minimisation: Minimisation,
    *,
    levels: Mapping[str, str],
    before: Iterable[Draw],
    stream: Numbers,
) -> Draw:
    """Draw the arm of a newcomer after all earlier draws.

    :raises StratumUnknown: when the levels are not those of the declared factors.
    """
    earlier = list(before)
    return draw_from(
        minimisation,
        number=len(earlier) + 1,
        levels=levels,
        totals=_totals(minimisation, levels=levels, before=earlier),
        stream=stream,
    )


def draw_from(
    minimisation: Minimisation,
    *,
    number: int,
    levels: Mapping[str, str],
    totals: dict[str, dict[str, int]],
    stream: Numbers,
) -> Draw:
    """Draw from the marginal totals themselves; see :func:`draw`.

    :raises StratumUnknown: when the levels are not those of the declared factors.
    """
    minimisation.require_levels(levels)
    imbalance = _imbalance(minimisation, totals)
    least = min(imbalance.values())
    preferred = tuple(arm for arm, found in imbalance.items() if found == least)
    coin = stream.below(COIN)
    left = _left(minimisation, preferred=preferred, coin=coin)
    pick = stream.below(len(left))
    return Draw(
        number=number,
        levels=dict(levels),
        totals=totals,
        imbalance=imbalance,
        preferred=preferred,
        coin=coin,
        pick=pick,
        arm=left[pick],
    )


def _left(minimisation: Minimisation, *, preferred: tuple[str, ...], coin: int) -> tuple[str, ...]:
    """Return the arms among which the pick decides."""
    others = tuple(arm.code for arm in minimisation.arms if arm.code not in preferred)
    return preferred if coin < minimisation.chance or not others else others


def _totals(
    minimisation: Minimisation, *, levels: Mapping[str, str], before: Sequence[Draw]
) -> dict[str, dict[str, int]]:
    return {
        factor.code: {
            arm.code: sum(
                earlier.arm == arm.code and earlier.levels[factor.code] == levels.get(factor.code)
                for earlier in before
            )
            for arm in minimisation.arms
        }
        for factor in minimisation.factors
    }


def _imbalance(
    minimisation: Minimisation, totals: Mapping[str, Mapping[str, int]]
) -> dict[str, int]:
    def supposing(given: str) -> int:
        total = 0
        for counts in totals.values():
            held = [count + (arm == given) for arm, count in counts.items()]
            total += max(held) - min(held)
        return total

    return {arm.code: supposing(arm.code) for arm in minimisation.arms}


class Numbers(Protocol):
    """What a draw asks of a random stream."""

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to *limit* - 1."""


class _Recorded:
    """Answer with the numbers of a draw on record, as its stream once did."""

    def __init__(self, recorded: Draw) -> None:
        self._numbers = [recorded.pick, recorded.coin]

    def below(self, limit: int) -> int:
        found = self._numbers.pop()
        if not 0 <= found < limit:
            raise ValueError(found)
        return found


def replay(
    draws: Sequence[Draw],
    *,
    minimisation: Minimisation,
    seed: str | None = None,
    purpose: str = "",
) -> None:
    """Go through the draws from the first, and make sure that each follows from those before it.

    Totals, imbalances, preferred arms and the arm given are worked out anew from the levels and the
    random numbers on record. With the seed the random numbers are drawn anew as well.

    :raises ReplayFailed: naming the first draw that does not follow; it tells no arm.
    """
    for number, recorded in enumerate(draws, start=1):
        try:
            anew = draw(
                minimisation,
                levels=recorded.levels,
                before=draws[: number - 1],
                stream=_Recorded(recorded)
                if seed is None
                else stream_of(seed, purpose=purpose, number=number),
            )
        except (StratumUnknown, ValueError, TypeError, AttributeError):
            anew = None
        if anew != recorded:
            raise ReplayFailed(_DIFFERS.filled(number=number), rule="DRAW") from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_UNREADABLE: Final = Label(
    en="A draw on record cannot be read: it was altered. Stop randomising and call the "
    "statistician.",
    zh="已保存的最小化抽取记录无法读取，内容已被改动。请暂停随机并联系统计师。",
)
_DIFFERS: Final = Label(
    en="Draw {number} on record does not follow from the draws before it, or is not the one that "
    "the seed gives. Stop randomising and call the statistician.",
    zh="第{number}次最小化抽取记录与此前记录或种子不符。请暂停随机并联系统计师。",
)
