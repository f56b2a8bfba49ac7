"""Pictures of the compared designs, in both languages, where the extra ``charts`` is installed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from edc.errors import InstallationFault
from edc.label import Label
from edc.reports.design_comparison import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from edc.label import Language
    from edc.randomization.comparison import Distribution, Outcome

FONT: Final = "Noto Sans CJK SC, Noto Sans, sans-serif"
CHOSEN, OTHERS = "#1d70b8", "#505a5f"
_SCALE: Final = 2  # pixels of a PNG for each point of the drawing


class ChartsMissing(InstallationFault):
    """The programs that draw are not installed."""


def require_charts() -> Any:  # noqa: ANN401 - the drawing program's module
    """Return the drawing program's module.

    :raises ChartsMissing: when the extra is not installed.
    """
    try:
        import_module("vl_convert")
        return import_module("altair")
    except ImportError:
        raise ChartsMissing(
            Label(
                en="The pictures were not drawn: the extra `charts` is not installed. Install it "
                "with pip install 'edc[charts]'. The tables do not need it.",
                zh="未绘制图形：未安装可选组件charts。"
                "请用pip install 'edc[charts]'安装。表格不受影响。",
            ),
            rule="CHARTS",
        ) from None


def draw(outcomes: Mapping[str, Outcome], *, folder: Path) -> list[Path]:
    """Draw every picture as PNG and SVG and return the files written.

    :raises ChartsMissing: when the extra is not installed; nothing is written.
    """
    altair = require_charts()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        pictures = {
            f"design-imbalance-{language}": _imbalance(altair, outcomes, language=language),
            f"design-predictability-{language}": _trade_off(altair, outcomes, language=language),
        }
        for name, picture in pictures.items():
            for form in ("png", "svg"):
                path = folder / f"{name}.{form}"
                picture.save(str(path), scale_factor=_SCALE if form == "png" else 1)
                written.append(path)
    return written


def _imbalance(altair: Any, outcomes: Mapping[str, Outcome], *, language: Language) -> Any:  # noqa: ANN401 - charts
    """Draw mean, 95th percentile and worst of each design, for trial, stratum and level."""
    facets = [label.text(language) for label in _PLACES]
    rows = [
        {
            "design": NAMES[name].text(language),
            "chosen": name == "blocks",
            "place": place,
            "mean": found.mean,
            "p95": found.percentile(95),
            "worst": found.worst,
        }
        for name, outcome in outcomes.items()
        for place, found in zip(facets, _distributions(outcome), strict=True)
    ]
    order = [label.text(language) for label in NAMES.values()]
    colour = altair.condition("datum.chosen", altair.value(CHOSEN), altair.value(OTHERS))
    base = altair.Chart().encode(
        y=altair.Y("design:N", sort=order, title=None, axis=altair.Axis(labelLimit=220)),
        color=colour,
    )
    title = _PARTICIPANTS.text(language)
    thin = base.mark_rule(strokeWidth=1).encode(
        x=altair.X("mean:Q", title=title, scale=altair.Scale(padding=8, nice=False)), x2="worst:Q"
    )
    thick = base.mark_rule(strokeWidth=5).encode(x="mean:Q", x2="p95:Q")
    dot = base.mark_point(filled=True, size=90, opacity=1).encode(x="mean:Q")
    drawn = (
        altair.layer(thin, thick, dot, data=altair.Data(values=rows))
        .properties(width=230, height=180)
        .facet(column=altair.Column("place:N", sort=facets, title=None))
        .properties(title=_title(altair, _IMBALANCE, _READING, language=language))
    )
    return _dressed(drawn)


def _trade_off(altair: Any, outcomes: Mapping[str, Outcome], *, language: Language) -> Any:  # noqa: ANN401 - charts
    """Draw the informed guesser's success against the imbalance of the stratum furthest out."""
    rows = [
        {
            "design": NAMES[name].text(language),
            "chosen": name == "blocks",
            "guesses": found.informed.mean,
            "imbalance": found.any_stratum.mean,
        }
        for name, found in outcomes.items()
    ]
    base = altair.Chart(altair.Data(values=rows)).encode(
        x=altair.X(
            "guesses:Q",
            title=_GUESSED.text(language),
            axis=altair.Axis(format=".0%", values=[step / 20 for step in range(10, 18)]),
            scale=altair.Scale(domain=[0.48, 0.86]),
        ),
        y=altair.Y("imbalance:Q", title=_OUT.text(language)),
        color=altair.condition("datum.chosen", altair.value(CHOSEN), altair.value(OTHERS)),
    )
    dots = base.mark_point(filled=True, size=110, opacity=1)
    # The chosen design's name stands to the left: on the right it would run into its neighbour's.
    chosen = base.transform_filter("datum.chosen").mark_text(align="right", dx=-9, fontSize=12)
    others = base.transform_filter("!datum.chosen").mark_text(align="left", dx=9, fontSize=12)
    names = chosen.encode(text="design:N") + others.encode(text="design:N")
    drawn = (dots + names).properties(
        width=560, height=300, title=_title(altair, _TRADE_OFF, _BETTER, language=language)
    )
    return _dressed(drawn)


def _title(altair: Any, title: Label, subtitle: Label, *, language: Language) -> Any:  # noqa: ANN401 - charts
    return altair.TitleParams(
        title.text(language), subtitle=subtitle.text(language), anchor="start", offset=12
    )


def _dressed(drawn: Any) -> Any:  # noqa: ANN401 - charts
    return (
        drawn.configure(font=FONT, background="white")
        .configure_axis(labelFontSize=12, titleFontSize=12)
        .configure_header(labelFontSize=13, labelFontWeight="bold")
        .configure_title(fontSize=15, subtitleFontSize=12, subtitlePadding=6)
        .configure_view(strokeOpacity=0)
    )


def _distributions(outcome: Outcome) -> tuple[Distribution, ...]:
    return outcome.overall, outcome.any_stratum, outcome.levels


_PLACES = (
    Label(en="Whole trial", zh="全试验"),
    Label(en="Stratum furthest out", zh="偏离最大的分层"),
    Label(en="Factor level furthest out", zh="偏离最大的因素水平"),
)
_PARTICIPANTS = Label(en="Participants", zh="例数")
_IMBALANCE = Label(
    en="How far out of balance a trial of 120 ends", zh="120例试验结束时的组间不均衡"
)
_READING = Label(
    en="Difference between the arms. Dot: mean. Thick line: to the 95th percentile. Thin line: to "
    "the worst simulated trial.",
    zh="两组例数之差。圆点：均值；粗线：至第95百分位；细线：至模拟中最差的一次。",
)
_TRADE_OFF = Label(en="What balance costs in predictability", zh="均衡以可预测性为代价")
_BETTER = Label(
    en="Nearer to the lower left is better. The guesser knows all earlier arms and the design.",
    zh="越靠近左下角越好。猜测者知道此前全部分组及所用方法。",
)
_GUESSED = Label(en="Correct guesses, informed guesser", zh="猜中比例（按该方法的均衡单位猜）")
_OUT = Label(en="Mean difference in the stratum furthest out", zh="偏离最大分层的平均组间差（例）")
