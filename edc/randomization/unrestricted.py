"""Simple and complete randomisation: what stratified blocks are compared with.

- *Simple*: each participant's arm is drawn alone, with the chances of the ratio; every arm follows
  every other, and nothing holds the counts together. Rosenberger and Lachin, *Randomization in
  Clinical Trials* (2nd ed. 2016), chapter 3, call this complete randomisation.
- *Complete*: the arms' counts are fixed for the whole trial and every order of them is equally
  likely: the random allocation rule of Lachin, Controlled Clinical Trials 9:289-311 (1988), the
  completely randomised experiment of Imbens and Rubin (2015). It is one block as long as the trial.

Neither knows strata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.randomization.blocks import block_content
from edc.randomization.design import DesignRefused
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.randomization.design import Design
    from edc.randomization.generator import RandomStream


def simple_arms(design: Design, *, stream: RandomStream) -> Iterator[str]:
    """Yield arm codes without end, each drawn by the ratio and by nothing that went before."""
    places = block_content(design, size=sum(design.ratio))
    while True:
        yield stream.choice(places)


def complete_arms(design: Design, *, stream: RandomStream) -> Iterator[str]:
    """Yield as many arm codes as the trial has participants, in an order drawn at random.

    :raises DesignRefused: when the target cannot be divided in the ratio.
    """
    unit = sum(design.ratio)
    if design.target % unit:
        raise DesignRefused(
            Label(
                en="A target of {target} participants cannot be divided in the ratio: it is no "
                "multiple of {unit}.",
                zh="目标例数{target}不是分配比例之和（{unit}）的整数倍，无法按比例分配。",
            ).filled(target=design.target, unit=unit),
            rule="DESIGN",
        )
    yield from stream.shuffled(block_content(design, size=design.target))
