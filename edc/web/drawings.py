"""Lays out the drawings that pages show as SVG: the cumulative line and the CONSORT flow.

Only geometry is decided here; ``templates/components/chart.html`` and ``consort.html`` draw it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


# --- charts -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tick:
    """A mark on an axis: where, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class LineChart:
    """A cumulative line beside its target, laid out in SVG units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    line: str
    area: str
    target: str
    last: tuple[float, float] | None
    last_text: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rows: tuple[tuple[str, str, str], ...]


def _steps(highest: float, *, wanted: int = 5) -> list[int]:
    """Return round numbers from zero to the first one not under `highest`."""
    rough = max(highest, 1) / wanted
    power = 10 ** floor(log10(rough)) if rough >= 1 else 1
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    return [int(step * i) for i in range(ceil(max(highest, 1) / step) + 1)]


def line_chart(
    labels: Sequence[str],
    values: Sequence[float | None],
    target: Sequence[float | None] = (),
    *,
    width: int = 560,
    height: int = 290,
) -> LineChart:
    """Lay out one cumulative series, and its target, over evenly spaced periods.

    :param labels: one word a period, as "2024-03".
    :param values: the cumulative count at the end of each; ``None`` for periods yet to come.
    :param target: what was planned by then; may be left out.
    """
    left, right, top, bottom = 46, width - 44, 18, height - 34
    numbers = [n for n in (*values, *target) if n is not None]
    steps = _steps(max(numbers, default=0))
    across = (right - left) / max(len(labels) - 1, 1)

    def point(index: int, number: float) -> tuple[float, float]:
        return (
            round(left + across * index, 1),
            round(bottom - (bottom - top) * number / steps[-1], 1),
        )

    def path(series: Sequence[float | None]) -> str:
        points = [point(i, n) for i, n in enumerate(series) if n is not None]
        return " ".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y) in enumerate(points))

    known = [(i, n) for i, n in enumerate(values) if n is not None]
    line = path(values)
    area = f"{line} L{point(known[-1][0], 0)[0]} {bottom} L{left} {bottom} Z" if known else ""
    every = ceil(len(labels) / 7) or 1
    return LineChart(
        width=width,
        height=height,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        line=line,
        area=area,
        target=path(target),
        last=point(*known[-1]) if known else None,
        last_text=f"{known[-1][1]:g}" if known else "",
        x_ticks=tuple(
            Tick(point(i, 0)[0], text) for i, text in enumerate(labels) if i % every == 0
        ),
        y_ticks=tuple(Tick(point(0, n)[1], str(n)) for n in steps),
        rows=tuple(
            (
                text,
                "" if i >= len(values) or values[i] is None else f"{values[i]:g}",
                "" if i >= len(target) or target[i] is None else f"{target[i]:g}",
            )
            for i, text in enumerate(labels)
        ),
    )


# --- the CONSORT flow --------------------------------------------------------------------------


@dataclass(frozen=True)
class FlowBox:
    """A box of the flow, laid out: its corner, its size, and its lines of text."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str
    count: str
    href: str
    reasons: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Flow:
    """The whole flow: boxes, and the lines that join them."""

    width: int
    height: float
    boxes: tuple[FlowBox, ...]
    lines: tuple[str, ...] = ()
    arrows: tuple[tuple[float, float, str], ...] = ()


def consort_flow(
    trunk: Sequence[Mapping[str, Any]],
    arms: Sequence[Sequence[Mapping[str, Any]]] = (),
    *,
    width: int = 720,
) -> Flow:
    """Lay out a CONSORT flow.

    :param trunk: boxes from the top down, each ``{text, count, href?, side?}``. A side box
        leaves under its box, ``{text, count, href?, reasons: [{text, count, href?}]}``.
    :param arms: for those who may see them: a column an arm of ``{text, count, href?, reasons?}``.
    """
    gap, box_height, line_height = 34.0, 58.0, 23.0
    main_width = 280.0
    main_x = 8.0 if any(b.get("side") for b in trunk) else (width - main_width) / 2
    centre = main_x + main_width / 2
    side_x = main_x + main_width + 62
    boxes: list[FlowBox] = []
    lines: list[str] = []
    arrows: list[tuple[float, float, str]] = []

    def box(entry: Mapping[str, Any], x: float, y: float, wide: float, kind: str) -> FlowBox:
        reasons = tuple(
            (str(r["text"]), str(r["count"]), str(r.get("href") or ""))
            for r in entry.get("reasons", ())
        )
        height = box_height + (line_height * len(reasons) + 6 if reasons else 0)
        made = FlowBox(
            x=x,
            y=y,
            width=wide,
            height=height,
            kind=kind,
            text=str(entry["text"]),
            count=str(entry["count"]),
            href=str(entry.get("href") or ""),
            reasons=reasons,
        )
        boxes.append(made)
        return made

    y = 2.0
    for number, entry in enumerate(trunk):
        is_last = number == len(trunk) - 1
        kind = "key" if entry.get("key", is_last) else "main"
        made = box(entry, main_x, y, main_width, kind)
        y = made.y + made.height
        next_y = y + gap
        side = entry.get("side")
        if side:
            aside = box(side, side_x, y + 8, width - side_x - 4, "side")
            middle = aside.y + min(aside.height / 2, 36)
            lines.append(f"M{centre} {middle} H{side_x - 7}")
            arrows.append((side_x, middle, "right"))
            next_y = max(next_y, aside.y + aside.height + 8)
        if not is_last:
            lines.append(f"M{centre} {y} V{next_y - 7}")
            arrows.append((centre, next_y, "down"))
            y = next_y

    if arms:
        column = (width - 2) / len(arms)
        wide = min(column - 24, 360.0)
        centres = [1 + column * i + column / 2 for i in range(len(arms))]
        fork = y + gap / 2
        lines.append(
            f"M{centre} {y} V{fork} M{min(*centres, centre)} {fork} H{max(*centres, centre)}"
        )
        depth = y
        for middle, arm in zip(centres, arms, strict=True):
            at, start = fork, fork
            for entry in arm:
                at = start + gap * (0.75 if start == fork else 1)
                lines.append(f"M{middle} {start} V{at - 7}")
                arrows.append((middle, at, "down"))
                made = box(entry, middle - wide / 2, at, wide, "main")
                start = made.y + made.height
            depth = max(depth, start)
        y = depth
    height = max(b.y + b.height for b in boxes) + 4 if boxes else 0
    return Flow(width, max(height, y), tuple(boxes), tuple(lines), tuple(arrows))
