"""Designs, seeds and a chi-square test shared by the tests of randomisation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from math import erfc, exp, gamma, sqrt

from hypothesis import strategies as st

from edc.randomization.design import Arm, Design, Level, StratificationFactor
from edc.study.label import Label

SEED = "00112233445566778899aabbccddeeff" * 3
OTHER_SEED = "ffeeddccbbaa99887766554433221100" * 3

ARMS = (
    Arm("SOC", label=Label(en="Standard care", zh="标准治疗组")),
    Arm("MSC", label=Label(en="Standard care + supernatant", zh="标准治疗+上清组")),
)
SITE = StratificationFactor(
    "INJPRIM",
    label=Label(en="Target site", zh="靶部位"),
    levels=(
        Level("ORAL", label=Label(en="Oral mucosa", zh="口腔黏膜")),
        Level("SKIN", label=Label(en="Skin", zh="皮肤")),
        Level("BLAD", label=Label(en="Bladder", zh="膀胱")),
    ),
)
TRANSPLANT = StratificationFactor(
    "HCTTYP",
    label=Label(en="Transplant type", zh="移植类型"),
    levels=(
        Level("AUTO", label=Label(en="Autologous", zh="自体移植")),
        Level("ALLO", label=Label(en="Allogeneic", zh="异基因移植")),
    ),
)


def trial_design(
    *,
    ratio: tuple[int, ...] = (1, 1),
    factors: tuple[StratificationFactor, ...] = (SITE, TRANSPLANT),
    block_sizes: tuple[int, ...] = (4, 6),
    slots: int = 120,
    target: int = 120,
) -> Design:
    """Return this trial's design, or a variation of it."""
    return Design(
        study="NCT06599346",
        arms=ARMS,
        ratio=ratio,
        factors=factors,
        block_sizes=block_sizes,
        slots_per_stratum=slots,
        target=target,
    )


def small_design() -> Design:
    """Return a design whose list can be altered in every place in one test."""
    return trial_design(factors=(TRANSPLANT,), slots=10, target=10)


seeds = st.binary(min_size=32, max_size=64).map(bytes.hex)


@st.composite
def designs(draw: st.DrawFn) -> Design:
    """Draw designs of two to four arms in any ratio, with several block sizes and factors."""
    ratio = tuple(draw(st.lists(st.integers(1, 3), min_size=2, max_size=4)))
    sizes = draw(st.sets(st.integers(1, 4), min_size=1, max_size=3))
    length = draw(st.integers(1, 60))
    return Design(
        study="NCT06599346",
        arms=tuple(
            Arm(f"ARM{number}", label=Label(en=f"Arm {number}", zh=f"第{number}组"))
            for number, _ in enumerate(ratio, start=1)
        ),
        ratio=ratio,
        factors=draw(st.sampled_from([(), (SITE,), (SITE, TRANSPLANT)])),
        block_sizes=tuple(sorted(size * sum(ratio) for size in sizes)),
        slots_per_stratum=length,
        target=draw(st.integers(1, length)),
    )


def chi_square(observed: Counter[object], *, shares: Mapping[object, Fraction]) -> float:
    """Return Pearson's statistic of counts against the shares that each result should have."""
    total = observed.total()
    expected = {result: float(share * total) for result, share in shares.items()}
    return sum((observed[result] - count) ** 2 / count for result, count in expected.items())


def chance_beyond(statistic: float, *, freedom: int) -> float:
    """Return the chance that a chi-square variable of odd freedom exceeds *statistic*.

    erfc(sqrt(x)) + exp(-x) sum of x**(j - 1/2) / gamma(j + 1/2), with x = statistic / 2 and j from
    1 to (freedom - 1) / 2: Abramowitz and Stegun (1964), 26.4.4.
    """
    half = statistic / 2
    terms = [sqrt(half) ** (2 * j - 1) / gamma(j + 0.5) for j in range(1, (freedom + 1) // 2)]
    return erfc(sqrt(half)) + exp(-half) * sum(terms)


def evenly_spread(observed: Counter[object], *, cells: int) -> bool:
    """Tell whether counts could come from *cells* equally likely results.

    Pearson's chi-square against its quantile of one in a million, as Wilson and Hilferty (1931)
    approximate it: seeds are fixed, so a fair generator either passes for ever or never.
    """
    expected = observed.total() / cells
    statistic = (cells - len(observed)) * expected
    statistic += sum((count - expected) ** 2 / expected for count in observed.values())
    freedom = cells - 1
    spread = 2 / (9 * freedom)
    return statistic < freedom * (1 - spread + 4.753 * sqrt(spread)) ** 3
