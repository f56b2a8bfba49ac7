"""What the front-end macros cannot say in Jinja: states, chart geometry, times in Shanghai.

The macros of ``templates/components`` see these through :func:`install_kit`.  A state's word is the
msgid of a message; ``N_`` only marks it for extraction, and the macro translates it when it draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil, floor, log10
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import get_locale

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHORT_CHOICES = 7
"""A choice with more options than this is a drop-down list, unless its wording must be read whole."""


def N_(message: str) -> str:  # noqa: N802 - the name by which the extractor knows a marked message
    """Mark a message for translation where it cannot yet be translated."""
    return message


@dataclass(frozen=True)
class State:
    """How one state looks: its icon in the sprite, its tone in the style sheet, its word."""

    icon: str
    tone: str
    text: str


STATES: Mapping[str, State] = {
    # A CRF in the casebook.
    "not_due": State("dot", "neutral", N_("Not due")),
    "due": State("circle", "info", N_("Due")),
    "started": State("half", "brand", N_("Started")),
    "complete": State("check", "success", N_("Complete")),
    "queried": State("flag", "warning", N_("Queried")),
    "late": State("clock", "late", N_("Late")),
    "missed": State("cross", "neutral", N_("Missed")),
    "closed": State("minus", "neutral", N_("Closed")),
    "signed": State("pen", "signed", N_("Signed")),
    "verified": State("double_check", "success", N_("Verified")),
    "locked": State("lock", "neutral", N_("Locked")),
    # A participant.
    "registered": State("circle", "neutral", N_("Registered")),
    "consented": State("pen", "info", N_("Consented")),
    "screening": State("half", "info", N_("Screening")),
    "eligible": State("check", "brand", N_("Eligible")),
    "screen_failed": State("minus", "neutral", N_("Screen failure")),
    "randomised": State("fork", "brand", N_("Randomised")),
    "on_treatment": State("half", "brand", N_("On treatment")),
    "follow_up": State("clock", "info", N_("In follow-up")),
    "completed": State("check", "success", N_("Completed")),
    "lost": State("question", "late", N_("Lost to follow-up")),
    "withdrawn": State("minus", "warning", N_("Withdrawn")),
    "died": State("cross", "neutral", N_("Died")),
    # A query.
    "open": State("flag", "warning", N_("Open")),
    "answered": State("reply", "info", N_("Answered")),
    "cured": State("check", "success", N_("Closed by the system")),
    "resolved": State("check", "success", N_("Resolved")),
    # A signature.
    "valid": State("pen", "signed", N_("Valid")),
    "void": State("alert", "late", N_("Void")),
    # An account.
    "active": State("check", "success", N_("Active")),
    "locked_out": State("lock", "late", N_("Locked out")),
    "disabled": State("minus", "neutral", N_("Disabled")),
}


def find_state(name: object) -> State:
    """Return the look of a state; a name unknown here is shown as it stands."""
    key = str(getattr(name, "value", name)).lower()
    return STATES.get(key) or State("circle", "neutral", key.replace("_", " "))


def in_shanghai(moment: datetime | None, *, seconds: bool = False) -> str:
    """Write an aware time as Shanghai reads it, with its offset; nothing for none.

    :raises ValueError: when the time has no zone, since it could mean any.
    """
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be shown.")
    local = moment.astimezone(SHANGHAI)
    offset = local.strftime("%z")
    clock = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    return f"{clock} (UTC{offset[:3]}:{offset[3:]})"


def page_language() -> str:
    """Return the language tag of the page being drawn: ``zh-CN`` or ``en``."""
    locale = get_locale()
    return "zh-CN" if locale is not None and locale.language == "zh" else "en"


def choice_layout(options: Sequence[Mapping[str, Any]], *, limit: int = 34) -> str:
    """Return how options are set out: ``row`` side by side, ``stack`` one a line, ``list`` as a drop-down.

    A Chinese character counts as two, being twice as wide.  Options with a hint, and graded wording
    of any length, are read whole and so stacked, however many they are.
    """
    widths = [sum(2 if ord(c) > 0x2E7F else 1 for c in str(o["text"])) for o in options]
    if any(o.get("hint") for o in options):
        return "stack"
    if len(options) > SHORT_CHOICES:
        return "list"
    return "row" if max(widths, default=0) <= limit // 2 else "stack"


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
    width: int = 760,
    height: int = 300,
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
    every = ceil(len(labels) / 8) or 1
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
    lines: tuple[str, ...] = field(default=())
    arrows: tuple[tuple[float, float, str], ...] = field(default=())


def consort_flow(
    trunk: Sequence[Mapping[str, Any]],
    arms: Sequence[Sequence[Mapping[str, Any]]] = (),
    *,
    width: int = 860,
) -> Flow:
    """Lay out a CONSORT flow.

    :param trunk: boxes from the top down, each ``{text, count, href?, side?}``, where ``side`` is
        ``{text, count, href?, reasons: [{text, count, href?}]}`` and leaves the trunk under its box.
    :param arms: for those who may see them, one column an arm of ``{text, count, href?, reasons?}``.
    """
    gap, box_height, line_height = 34.0, 58.0, 23.0
    main_width = 320.0
    main_x = 40.0 if any(b.get("side") for b in trunk) else (width - main_width) / 2
    centre = main_x + main_width / 2
    side_x = main_x + main_width + 90
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
        lines.append(f"M{centre} {y} V{fork} M{min(*centres, centre)} {fork} H{max(*centres, centre)}")
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


def install_kit(app: Flask) -> None:
    """Give the component macros what they call."""
    functions: dict[str, Callable[..., Any]] = {
        "choice_layout": choice_layout,
        "find_state": find_state,
        "page_language": page_language,
    }
    app.jinja_env.globals.update(functions)
    app.jinja_env.filters["shanghai"] = in_shanghai
