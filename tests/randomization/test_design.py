"""A design that cannot be carried out does not build, and names its strata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from edc.randomization.design import (
    Arm,
    Design,
    DesignRefused,
    Level,
    StratificationFactor,
    StratumUnknown,
)
from edc.study.label import Label
from tests.randomization.support import ARMS, SITE, TRANSPLANT, designs, trial_design

ANY = Label(en="Any", zh="任意")


def test_the_trial_has_six_strata_named_by_site_and_transplant() -> None:
    assert [stratum.key for stratum in trial_design().strata()] == [
        "ORAL/AUTO",
        "ORAL/ALLO",
        "SKIN/AUTO",
        "SKIN/ALLO",
        "BLAD/AUTO",
        "BLAD/ALLO",
    ]


def test_a_stratum_is_worded_in_both_languages() -> None:
    stratum = trial_design().strata()[1]

    assert stratum.label == Label(en="Oral mucosa / Allogeneic", zh="口腔黏膜 / 异基因移植")


def test_without_factors_there_is_one_stratum() -> None:
    (stratum,) = trial_design(factors=()).strata()

    assert stratum.key == "ALL"
    assert stratum.label.zh == "全部受试者"
    assert trial_design(factors=()).stratum_of({}) == stratum


def test_a_participant_s_levels_give_the_stratum_in_whatever_order() -> None:
    stratum = trial_design().stratum_of({"HCTTYP": "ALLO", "INJPRIM": "BLAD"})

    assert stratum.key == "BLAD/ALLO"


@pytest.mark.parametrize(
    "levels",
    [
        {},
        {"INJPRIM": "ORAL"},
        {"INJPRIM": "ORAL", "HCTTYP": "SYN"},
        {"INJPRIM": "ORAL", "HCTTYP": ""},
        {"INJPRIM": "ORAL", "HCTTYP": "ALLO", "SEX": "F"},
        {"INJPRIM": "ORAL/ALLO", "HCTTYP": ""},
    ],
)
def test_levels_that_name_no_stratum_are_refused(levels: dict[str, str]) -> None:
    with pytest.raises(StratumUnknown):
        trial_design().stratum_of(levels)


def test_an_arm_is_found_by_its_code() -> None:
    assert trial_design().arm("MSC") is ARMS[1]
    with pytest.raises(KeyError):
        trial_design().arm("XYZ")


def with_levels(*codes: str) -> tuple[StratificationFactor, ...]:
    levels = tuple(Level(code, label=ANY) for code in codes)
    return (StratificationFactor("F", label=ANY, levels=levels),)


def with_arms(*codes: str) -> Design:
    return replace(trial_design(), arms=tuple(Arm(code, label=ANY) for code in codes))


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (with_arms, "Arms: at least 2"),
        (lambda: with_arms("SOC"), "Arms: at least 2"),
        (lambda: with_arms("SOC", "SOC"), "Arms: the code 'SOC' is given twice"),
        (lambda: with_arms("SOC", "msc"), "Arms: the code 'msc' must begin"),
        (lambda: with_arms("SOC", "A" * 17), "at most 16 characters"),
        (lambda: with_arms("SOC", "A", "B"), "each of the 3 arms"),
        (lambda: trial_design(ratio=(1,)), "each of the 2 arms"),
        (lambda: trial_design(ratio=(1, 0)), "one positive whole number"),
        (lambda: trial_design(ratio=(1, True)), "one positive whole number"),
        (lambda: trial_design(factors=(SITE, SITE)), "'INJPRIM' is given twice"),
        (lambda: trial_design(factors=with_levels("ORAL")), "Any: at least 2"),
        (lambda: trial_design(factors=with_levels("A", "A")), "Any: the code 'A' is given twice"),
        (lambda: trial_design(factors=with_levels("A", "B/C")), "'B/C' must begin"),
        (lambda: trial_design(block_sizes=()), "No block size"),
        (lambda: trial_design(block_sizes=(4, 5)), "Block size 5 is not a positive multiple of 2"),
        (lambda: trial_design(block_sizes=(0, 4)), "Block size 0"),
        (lambda: trial_design(ratio=(2, 1), block_sizes=(4, 6)), "multiple of 3"),
        (lambda: trial_design(block_sizes=(4, 4)), "each block size once"),
        (lambda: trial_design(block_sizes=(6, 4)), "smallest first"),
        (lambda: trial_design(slots=119), r"as the target \(120\)"),
        (lambda: trial_design(target=0), "at least 1"),
    ],
)
def test_a_design_that_cannot_be_carried_out_is_refused(
    build: Callable[[], Design], said: str
) -> None:
    with pytest.raises(DesignRefused, match=said) as refusal:
        build()

    assert refusal.value.message.zh


def test_the_fingerprint_is_that_of_what_a_list_depends_on() -> None:
    design = trial_design()
    reworded = replace(
        design,
        arms=(Arm("SOC", label=ANY), Arm("MSC", label=ANY)),
        target=100,
    )

    assert design.fingerprint() == reworded.fingerprint()
    assert (
        design.fingerprint() == "2492da84e1848c8c745069898aa0f9e272a5fb97fc6e11a2de9baddcca00b002"
    )


@pytest.mark.parametrize(
    "other",
    [
        trial_design(ratio=(1, 2), block_sizes=(6,)),
        trial_design(factors=(TRANSPLANT, SITE)),
        trial_design(factors=(SITE,)),
        trial_design(block_sizes=(4,)),
        trial_design(slots=121),
        replace(trial_design(), arms=(ARMS[1], ARMS[0])),
        replace(trial_design(), study="OTHER"),
    ],
)
def test_another_design_has_another_fingerprint(other: Design) -> None:
    assert other.fingerprint() != trial_design().fingerprint()


@given(designs())
def test_each_stratum_is_found_again_by_its_own_levels(design: Design) -> None:
    for stratum in design.strata():
        levels = {
            factor.code: level.code
            for factor, level in zip(design.factors, stratum.levels, strict=True)
        }
        assert design.stratum_of(levels) == stratum
