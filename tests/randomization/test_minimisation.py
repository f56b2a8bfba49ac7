"""Minimisation prefers the arm of least imbalance, writes down why, and can be replayed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edc.protocol import MINIMISATION
from edc.randomization.design import Arm, DesignRefused, StratumUnknown
from edc.randomization.minimisation import (
    Draw,
    Minimisation,
    ReplayFailed,
    commitment,
    draw,
    read_draw,
    replay,
    stream_of,
)
from edc.study.label import Label
from tests.randomization.support import ARMS, OTHER_SEED, SEED, SITE, TRANSPLANT, seeds

ANY = Label(en="Any", zh="任意")
TWO = Minimisation(
    study="NCT06599346", arms=ARMS, factors=(SITE, TRANSPLANT), chance=800, target=120
)
THREE = replace(TWO, arms=(*ARMS, Arm("LOW", label=ANY)))
NEWCOMER = {"INJPRIM": "ORAL", "HCTTYP": "ALLO"}


class Fixed:
    """A stream of given numbers, which notes below what each was asked."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.limits: list[int] = []

    def below(self, limit: int) -> int:
        self.limits.append(limit)
        return self.numbers.pop(0)


def given_before(*arms: str, levels: dict[str, str] | None = None) -> list[Draw]:
    """Return earlier draws of which only the arm and the levels matter."""
    return [
        Draw(
            number=number,
            levels=levels or NEWCOMER,
            totals={},
            imbalance={},
            preferred=(),
            coin=0,
            pick=0,
            arm=arm,
        )
        for number, arm in enumerate(arms, start=1)
    ]


@st.composite
def newcomers(draw_: st.DrawFn) -> list[dict[str, str]]:
    level = {
        factor.code: st.sampled_from([level.code for level in factor.levels])
        for factor in TWO.factors
    }
    return draw_(st.lists(st.fixed_dictionaries(level), max_size=25))


def drawn(
    participants: Sequence[dict[str, str]], *, seed: str = SEED, design: Minimisation = TWO
) -> list[Draw]:
    """Draw for the participants one after another."""
    draws: list[Draw] = []
    for number, levels in enumerate(participants, start=1):
        stream = stream_of(seed, purpose="test", number=number)
        draws.append(draw(design, levels=levels, before=draws, stream=stream))
    return draws


def test_the_worked_example_is_drawn_as_worked_by_hand() -> None:
    before = [
        *given_before("SOC", "SOC", "MSC"),
        *given_before("SOC", levels={"INJPRIM": "SKIN", "HCTTYP": "ALLO"}),
    ]

    found = draw(TWO, levels=NEWCOMER, before=before, stream=Fixed(799, 0))

    assert found.number == 5
    assert found.totals == {"INJPRIM": {"SOC": 2, "MSC": 1}, "HCTTYP": {"SOC": 3, "MSC": 1}}
    # SOC: |3 - 1| + |4 - 1| = 5; MSC: |2 - 2| + |3 - 2| = 1.
    assert found.imbalance == {"SOC": 5, "MSC": 1}
    assert found.preferred == ("MSC",)
    assert (found.coin, found.pick, found.arm) == (799, 0, "MSC")


def test_a_coin_of_800_or_more_gives_the_other_arm() -> None:
    found = draw(TWO, levels=NEWCOMER, before=given_before("SOC"), stream=Fixed(800, 0))

    assert found.preferred == ("MSC",)
    assert found.arm == "SOC"


@pytest.mark.parametrize("coin", [0, 799, 800, 999])
def test_when_no_arm_is_preferred_the_pick_alone_decides(coin: int) -> None:
    first = Fixed(coin, 1)

    found = draw(TWO, levels=NEWCOMER, before=(), stream=first)

    assert found.preferred == ("SOC", "MSC")
    assert found.arm == "MSC"
    assert first.limits == [1000, 2]


def test_of_three_arms_the_coin_leaves_the_preferred_or_the_others() -> None:
    before = given_before("SOC", "SOC", "MSC")
    preferred, others = Fixed(0, 0), Fixed(999, 1)

    assert draw(THREE, levels=NEWCOMER, before=before, stream=preferred).arm == "LOW"
    assert draw(THREE, levels=NEWCOMER, before=before, stream=others).arm == "MSC"
    assert preferred.limits == [1000, 1]
    assert others.limits == [1000, 2]


@given(newcomers(), seeds)
def test_what_was_drawn_can_be_replayed_with_and_without_the_seed(
    participants: list[dict[str, str]], seed: str
) -> None:
    draws = drawn(participants, seed=seed)

    replay(draws, minimisation=TWO)
    replay(draws, minimisation=TWO, seed=seed, purpose="test")
    assert [read_draw(found.write()) for found in draws] == draws
    assert draws == drawn(participants, seed=seed)


MANY = [
    {"INJPRIM": site, "HCTTYP": kind}
    for site in ("ORAL", "SKIN", "BLAD")
    for kind in ("AUTO", "ALLO")
] * 3

ALTERATIONS: list[Callable[[Draw], Draw]] = [
    lambda found: replace(found, number=found.number + 1),
    lambda found: replace(found, arm="MSC" if found.arm == "SOC" else "SOC"),
    lambda found: replace(found, coin=(found.coin + 500) % 1000, pick=found.pick),
    lambda found: replace(found, coin=1000),
    lambda found: replace(found, coin=-1),
    lambda found: replace(found, pick=found.pick + 1),
    lambda found: replace(found, preferred=found.preferred[::-1] or ("SOC",)),
    lambda found: replace(found, preferred=()),
    lambda found: replace(found, imbalance={**found.imbalance, "SOC": 99}),
    lambda found: replace(found, totals={}),
    lambda found: replace(found, levels={**found.levels, "HCTTYP": "SYN"}),
    lambda found: replace(found, levels={}),
]


@settings(max_examples=60)
@given(st.integers(0, len(MANY) - 1), st.sampled_from(ALTERATIONS[1:] + ALTERATIONS[:1]))
def test_an_altered_draw_is_found_by_the_seed_and_told_without_an_arm(
    place: int, alter: Callable[[Draw], Draw]
) -> None:
    draws = drawn(MANY)
    altered = alter(draws[place])
    if altered == draws[place]:
        return

    with pytest.raises(ReplayFailed) as failed:
        replay(
            [*draws[:place], altered, *draws[place + 1 :]],
            minimisation=TWO,
            seed=SEED,
            purpose="test",
        )

    assert str(place + 1) in failed.value.message.en
    assert "SOC" not in failed.value.message.en


def test_without_the_seed_a_draw_that_does_not_follow_is_found_all_the_same() -> None:
    draws = drawn(MANY)
    for place, found in enumerate(draws):
        other = "MSC" if found.arm == "SOC" else "SOC"
        for altered in (
            replace(found, arm=other),
            replace(found, imbalance={"SOC": 50, "MSC": 51}),
            replace(found, coin=1000),
            replace(found, pick=2),
            replace(found, levels={**found.levels, "INJPRIM": "EYE"}),
        ):
            with pytest.raises(ReplayFailed):
                replay([*draws[:place], altered, *draws[place + 1 :]], minimisation=TWO)


def test_a_missing_repeated_or_exchanged_draw_is_found() -> None:
    draws = drawn(MANY)

    for order in (
        draws[1:],
        [*draws[:5], *draws[6:]],
        [*draws[:5], draws[4], *draws[5:]],
        [*draws[:5], draws[6], draws[5], *draws[7:]],
    ):
        with pytest.raises(ReplayFailed):
            replay(order, minimisation=TWO)


def test_another_seed_purpose_or_chance_does_not_replay() -> None:
    draws = drawn(MANY)

    with pytest.raises(ReplayFailed):
        replay(draws, minimisation=TWO, seed=OTHER_SEED, purpose="test")
    with pytest.raises(ReplayFailed):
        replay(draws, minimisation=TWO, seed=SEED, purpose="production")
    with pytest.raises(ReplayFailed):
        replay(draws, minimisation=replace(TWO, chance=501))


def test_the_same_seed_gives_the_same_draws_for_ever() -> None:
    draws = drawn(MANY)

    assert [found.arm for found in draws[:8]] == [
        "SOC",
        "SOC",
        "MSC",
        "MSC",
        "MSC",
        "SOC",
        "MSC",
        "MSC",
    ]
    assert [found.coin for found in draws[:8]] == [353, 813, 682, 141, 394, 743, 866, 486]


def test_a_preferred_arm_is_given_in_four_of_five_draws() -> None:
    draws = drawn([NEWCOMER] * 600)
    asked = [found for found in draws if len(found.preferred) == 1]
    kept = sum(found.arm in found.preferred for found in asked)

    # Five standard deviations: sqrt(0.8 * 0.2 / n) each.
    assert abs(kept / len(asked) - 0.8) < 5 * (0.16 / len(asked)) ** 0.5


def test_a_draw_on_record_is_not_drawn_anew_when_a_request_is_repeated() -> None:
    first = draw(TWO, levels=NEWCOMER, before=(), stream=stream_of(SEED, purpose="test", number=1))
    again = draw(TWO, levels=NEWCOMER, before=(), stream=stream_of(SEED, purpose="test", number=1))

    assert first == again


def test_each_draw_has_coins_of_its_own() -> None:
    coins = [stream_of(SEED, purpose="test", number=number).below(1000) for number in range(1, 400)]

    assert max(Counter(coins).values()) <= 5
    assert sum(later == earlier for earlier, later in pairwise(coins)) <= 5


@pytest.mark.parametrize(
    "levels",
    [{}, {"INJPRIM": "ORAL"}, {**NEWCOMER, "SEX": "F"}, {**NEWCOMER, "HCTTYP": "SYN"}],
)
def test_levels_that_are_not_declared_are_refused(levels: dict[str, str]) -> None:
    with pytest.raises(StratumUnknown) as refusal:
        draw(TWO, levels=levels, before=(), stream=Fixed())

    assert "最小化" in refusal.value.message.zh


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: replace(TWO, factors=()), "at least one factor"),
        (lambda: replace(TWO, chance=500), "above an equal share"),
        (lambda: replace(TWO, chance=1000), "below 1000"),
        (lambda: replace(TWO, chance=True), "in thousandths"),
        (lambda: replace(TWO, chance=0.8), "in thousandths"),
        (lambda: replace(THREE, chance=333), "above an equal share"),
        (lambda: replace(TWO, arms=ARMS[:1]), "Arms: at least 2"),
        (lambda: replace(TWO, arms=()), "Arms: at least 2"),
        (lambda: replace(TWO, target=0), "at least 1"),
        (lambda: replace(TWO, factors=(replace(SITE, levels=SITE.levels[:1]),)), "at least 2"),
    ],
)
def test_a_minimisation_that_cannot_be_carried_out_is_refused(
    build: Callable[[], Minimisation], said: str
) -> None:
    with pytest.raises(DesignRefused, match=said):
        build()


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "1e999", '{"arm":1}', "[" * 10_000])
def test_what_is_no_draw_is_not_read(text: str) -> None:
    with pytest.raises(ReplayFailed):
        read_draw(text)


def test_a_draw_written_otherwise_is_not_read() -> None:
    written = drawn(MANY)[3].write()

    with pytest.raises(ReplayFailed):
        read_draw(written + " ")
    with pytest.raises(ReplayFailed):
        read_draw(json.dumps(json.loads(written)))


def test_printing_a_draw_shows_no_arm() -> None:
    text = repr(drawn(MANY)[5])

    assert "SOC" not in text
    assert "MSC" not in text


def test_the_commitment_binds_seed_purpose_and_design() -> None:
    found = {
        commitment(TWO, seed=SEED, purpose="test"),
        commitment(TWO, seed=OTHER_SEED, purpose="test"),
        commitment(TWO, seed=SEED, purpose="production"),
        commitment(replace(TWO, chance=900), seed=SEED, purpose="test"),
        commitment(replace(TWO, factors=(SITE,)), seed=SEED, purpose="test"),
    }

    assert len(found) == 5
    assert commitment(replace(TWO, target=60), seed=SEED, purpose="test") in found


def test_this_trial_declares_its_strata_and_the_baseline_grade_at_four_in_five() -> None:
    assert [factor.code for factor in MINIMISATION.factors] == ["RDSTR1", "RDSTR2", "GRADE"]
    assert MINIMISATION.chance == 800
    assert [arm.code for arm in MINIMISATION.arms] == ["SOC", "MSC"]
