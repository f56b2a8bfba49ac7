"""The designs compared for this trial: tables in both languages, and formulas beside them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from fractions import Fraction
from textwrap import fill
from typing import TYPE_CHECKING, Final

from edc.errors import InstallationFault
from edc.label import Label
from edc.protocol import DESIGN, MINIMISATION
from edc.randomization.balance import (
    correct_guess_share,
    correct_guesses_in_block,
    expected_by_coin,
    expected_in_blocks,
    mean_over_arrivals,
)
from edc.randomization.comparison import Plan
from edc.randomization.design import Design

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from edc.label import Language
    from edc.randomization.balance import Expected
    from edc.randomization.comparison import Distribution, Outcome

ARRIVALS: Final = {
    "ORAL/AUTO": 34,
    "ORAL/ALLO": 44,
    "SKIN/AUTO": 3,
    "SKIN/ALLO": 10,
    "BLAD/AUTO": 1,
    "BLAD/ALLO": 8,
}
"""Of a hundred participants, as an assumption: most come with an injured mouth, and haemorrhagic
cystitis is a complication of allogeneic transplants, so that one stratum stays nearly empty."""

FURTHER: Final = {"GRADE": {"LOW": 45, "HIGH": 55}}
"""Of a hundred participants, as an assumption, independent of the stratum."""

SEED: Final = "e5" * 32
"""Public: it decides simulated trials and nothing else."""

NAMES: Final = {
    "blocks": Label(en="Blocks of 4 and 6 (chosen)", zh="区组4和6（本试验采用）"),
    "blocks of 4": Label(en="Blocks of 4", zh="固定区组4"),
    "blocks of 2": Label(en="Blocks of 2", zh="固定区组2"),
    "simple": Label(en="Simple", zh="简单随机"),
    "complete": Label(en="Complete", zh="完全随机（总数固定）"),
    "minimisation": Label(en="Minimisation, 80 %", zh="最小化法（概率0.8）"),
}

BEGIN: Final = "<!-- simulation: begin -->"
END: Final = "<!-- simulation: end -->"


class MarkersMissing(InstallationFault):
    """The page has no place for the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A simulated value beside the one that a formula gives.

    :param design: the name in :data:`NAMES`.
    :param error: the standard error of the simulated value.
    """

    design: str
    measure: Label
    formula: float
    simulated: float
    error: float

    @property
    def errors_off(self) -> float:
        """How many standard errors lie between the two."""
        off = abs(self.simulated - self.formula)
        return off / self.error if self.error else off


def plan(*, runs: int, seed: str = SEED) -> Plan:
    """Return what is simulated for this trial."""
    return Plan(
        design=DESIGN,
        minimisation=MINIMISATION,
        arrivals=ARRIVALS,
        further=FURTHER,
        seed=seed,
        runs=runs,
    )


_GUESSES = Label(en="correct guesses", zh="猜中比例")
_OVERALL = Label(en="imbalance of the trial", zh="全试验不均衡")
_STRATUM = Label(en="imbalance of {key}", zh="{key}层不均衡")


def checks(planned: Plan, outcomes: Mapping[str, Outcome]) -> list[Check]:
    """Return every simulated mean for which there is a closed form."""
    return list(_checks(planned, outcomes))


def _checks(planned: Plan, outcomes: Mapping[str, Outcome]) -> Iterator[Check]:
    target = planned.design.target
    for name, contender in planned.contenders().items():
        found = outcomes[name]
        if name == "complete":
            share = correct_guesses_in_block(target) / target
            yield _check(name, measure=_GUESSES, formula=share, simulated=found.informed)
            yield _check(name, measure=_OVERALL, formula=Fraction(0), simulated=found.overall)
        elif isinstance(contender, Design):
            is_simple = name == "simple"
            expected = (
                expected_by_coin(places=target)
                if is_simple
                else expected_in_blocks(contender, places=target)
            )
            yield from _list_checks(name, expected, planned=planned, found=found)
            if is_simple:
                walk = expected[target].imbalance
                yield _check(name, measure=_OVERALL, formula=walk, simulated=found.overall)


def _list_checks(
    name: str, expected: list[Expected], *, planned: Plan, found: Outcome
) -> Iterator[Check]:
    target, everybody = planned.design.target, sum(planned.arrivals.values())
    means = {
        key: mean_over_arrivals(expected, share=Fraction(weight, everybody), participants=target)
        for key, weight in planned.arrivals.items()
    }
    share = sum((mean.guesses for mean in means.values()), Fraction(0)) / target
    yield _check(name, measure=_GUESSES, formula=share, simulated=found.by_stratum)
    for key, mean in means.items():
        measure = _STRATUM.filled(key=key)
        yield _check(name, measure=measure, formula=mean.imbalance, simulated=found.strata[key])


def _check(name: str, *, measure: Label, formula: Fraction, simulated: Distribution) -> Check:
    return Check(
        design=name,
        measure=measure,
        formula=float(formula),
        simulated=simulated.mean,
        error=simulated.standard_error,
    )


def table(outcomes: Mapping[str, Outcome]) -> str:
    """Return every figure as CSV: design, measure, place, mean, standard error, 95 %, worst."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["design", "measure", "place", "mean", "standard_error", "p95", "worst"])
    for name, outcome in outcomes.items():
        rows: list[tuple[str, str, Distribution]] = [
            ("imbalance", "trial", outcome.overall),
            ("imbalance", "stratum furthest out", outcome.any_stratum),
            ("imbalance", "level furthest out", outcome.levels),
            *(("imbalance", key, found) for key, found in outcome.strata.items()),
            ("correct guesses", "by stratum", outcome.by_stratum),
            ("correct guesses", "informed", outcome.informed),
        ]
        for measure, place, found in rows:
            figures = (found.mean, found.standard_error, found.percentile(95), found.worst)
            writer.writerow([name, measure, place, *(f"{figure:.6g}" for figure in figures)])
    return written.getvalue()


def page(planned: Plan, outcomes: Mapping[str, Outcome], *, language: Language) -> str:
    """Return the result as Markdown, to stand between the markers of the documentation."""
    return "\n\n".join(
        [
            _introduction(planned, language=language),
            _main_table(outcomes, language=language),
            _PICTURES.text(language),
            _STRATA.text(language),
            _strata_table(outcomes, language=language),
            _FORMULAS.text(language),
            _formula_table(planned, outcomes, language=language),
        ]
    )


def _introduction(planned: Plan, *, language: Language) -> str:
    text = _INTRODUCTION.text(language).format(
        runs=f"{planned.runs:,}",
        participants=planned.design.target,
        seed=planned.seed,
        weights=", ".join(f"{key} {held}" for key, held in planned.arrivals.items()),
        low=planned.further["GRADE"]["LOW"],
        high=planned.further["GRADE"]["HIGH"],
    )
    if language == "zh":
        return text  # Chinese is broken where it stands: a line end is no space
    return "\n\n".join(fill(paragraph, 120) for paragraph in text.split("\n\n"))


def _main_table(outcomes: Mapping[str, Outcome], *, language: Language) -> str:
    rows = [
        [
            NAMES[name].text(language),
            *map(_three, (found.overall, found.any_stratum, found.levels)),
            _share(found.by_stratum),
            _share(found.informed),
        ]
        for name, found in outcomes.items()
    ]
    return _markdown([label.text(language) for label in _COLUMNS], rows)


def _strata_table(outcomes: Mapping[str, Outcome], *, language: Language) -> str:
    rows = [
        [NAMES[name].text(language), *map(_three, found.strata.values())]
        for name, found in outcomes.items()
    ]
    return _markdown([_COLUMNS[0].text(language), *ARRIVALS], rows)


def _formula_table(planned: Plan, outcomes: Mapping[str, Outcome], *, language: Language) -> str:
    found = checks(planned, outcomes)
    fullest = max(planned.arrivals, key=lambda key: planned.arrivals[key])
    shown = {_GUESSES, _OVERALL, _STRATUM.filled(key=fullest)}
    rows = []
    for check in found:
        if check.measure not in shown:
            continue
        is_share = check.measure == _GUESSES
        figures = (check.formula, check.simulated, check.error)
        rows.append(
            [
                NAMES[check.design].text(language),
                check.measure.text(language),
                _whole_blocks(planned, name=check.design) if is_share else "",
                *(f"{100 * figure:.3f} %" if is_share else f"{figure:.4f}" for figure in figures),
                f"{check.errors_off:.2f}",
            ]
        )
    furthest = max(check.errors_off for check in found)
    ending = _FURTHEST.text(language).format(count=len(found), off=f"{furthest:.2f}")
    head = [label.text(language) for label in _FORMULA_COLUMNS]
    return f"{_markdown(head, rows)}\n\n{ending}"


def _whole_blocks(planned: Plan, *, name: str) -> str:
    """Return the share of correct guesses of Blackwell and Hodges, of blocks that are all whole."""
    contender = planned.contenders()[name]
    if not name.startswith("blocks") or not isinstance(contender, Design):
        return ""
    return f"{100 * float(correct_guess_share(contender)):.3f} %"


def _three(found: Distribution) -> str:
    return f"{found.mean:.2f} / {found.percentile(95):g} / {found.worst:g}"


def _share(found: Distribution) -> str:
    return f"{100 * found.mean:.1f} %"


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def placed(text: str, *, result: str) -> str:
    """Return a page's text with what stands between its markers replaced.

    :raises MarkersMissing: when the page has no such place, or more than one.
    """
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in after:
        raise MarkersMissing(
            Label(
                en=f"The page has no single place between {BEGIN} and {END}; nothing was written.",
                zh=f"页面中未找到唯一的{BEGIN}与{END}区间；未写入任何内容。",
            ),
            rule="DOCS",
        )
    return f"{before}{BEGIN}\n\n{result}\n\n{END}{after}"


_COLUMNS = (
    Label(en="Design", zh="随机方法"),
    Label(en="Imbalance: whole trial", zh="不均衡：全试验"),
    Label(en="Stratum furthest out", zh="偏离最大的分层"),
    Label(en="Factor level furthest out", zh="偏离最大的因素水平"),
    Label(en="Correct guesses, by stratum", zh="猜中比例（按分层猜）"),
    Label(en="Correct guesses, informed", zh="猜中比例（按该方法的均衡单位猜）"),
)
_FORMULA_COLUMNS = (
    Label(en="Design", zh="随机方法"),
    Label(en="Measure (mean)", zh="指标（均值）"),
    Label(en="Blackwell–Hodges, whole blocks", zh="Blackwell–Hodges（完整区组）"),
    Label(en="Formula for this trial", zh="本试验公式值"),
    Label(en="Simulated", zh="模拟值"),
    Label(en="Standard error", zh="标准误"),
    Label(en="Off, in standard errors", zh="相差（标准误倍数）"),
)
_INTRODUCTION = Label(
    en="""{runs} simulated trials of {participants} participants for each design, all with the
production generator (seed `{seed}`). Of 100 participants come from the strata: {weights}; with
baseline grade 0-2 {low}, 3-4 {high}. These weights are assumptions.

Imbalance is the difference between the two arms, in participants: mean / 95th percentile / worst.
"Furthest out" is the stratum, or the level of target site, transplant type or baseline grade, with
the largest difference in its trial. The guesser always names the arm that lags behind and tosses a
coin when none does: in the participant's stratum, or (informed) where the design keeps its balance,
which is the whole trial for complete randomisation and the marginal totals for minimisation.""",
    zh="""每种方法模拟{runs}次试验，每次{participants}例，全部使用正式生成器（种子`{seed}`）。
每100例受试者中各层例数：{weights}；基线0–2级{low}例，3–4级{high}例。以上权重为假设值。

不均衡指两组例数之差：均值 / 第95百分位 / 最差。“偏离最大”指该次试验中差值最大的分层，或靶部位、
移植类型、基线分级中差值最大的水平。猜测者总是猜当前例数较少的组，相等时抛硬币：按受试者所在分层猜，
或按该方法的均衡单位猜（完全随机为全试验，最小化法为边际合计）。""",
)
_PICTURES = Label(
    en="""![Imbalance of each design](img/design-imbalance-en.svg)

![Predictability against imbalance](img/design-predictability-en.svg)""",
    zh="""![各方法的不均衡](img/design-imbalance-zh.svg)

![可预测性与不均衡](img/design-predictability-zh.svg)""",
)
_STRATA = Label(
    en="Imbalance of each stratum (mean / 95th percentile / worst):",
    zh="各分层的不均衡（均值 / 第95百分位 / 最差）：",
)
_FORMULAS = Label(
    en="""Closed forms beside the simulation. Blackwell and Hodges count whole blocks; this trial
ends within blocks, so the formula sums over the places a list is left at, with the binomial numbers
that come from a stratum.""",
    zh="""公式值与模拟值对照。Blackwell–Hodges公式针对完整区组；本试验结束时区组未必用完，
因此公式按各层例数（二项分布）对列表停止的位置求平均。""",
)
_FURTHEST = Label(
    en="Of all {count} values with a closed form, each stratum's among them, the one furthest off "
    "is {off} standard errors from it.",
    zh="共{count}个有公式的值（含各分层），相差最大者为{off}倍标准误。",
)
