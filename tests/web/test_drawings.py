"""The geometry of the drawings: numbers in, places on the page out."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edc.web.drawings import Flow, consort_flow, line_chart

COUNTS = st.lists(st.integers(min_value=0, max_value=5000), min_size=1, max_size=60)


def heights(path: str) -> list[float]:
    """Return the vertical place of each point of a path."""
    return [float(point.split()[1]) for point in path.replace("L", "M").split("M")[1:]]


@given(COUNTS)
def test_a_rising_count_never_falls_on_the_chart_nor_leaves_it(steps: list[int]) -> None:
    totals = [sum(steps[: place + 1]) for place in range(len(steps))]
    chart = line_chart([str(place) for place in range(len(steps))], totals)
    drawn = heights(chart.line)
    assert len(drawn) == len(totals)
    assert all(later <= earlier for earlier, later in pairwise(drawn))
    assert all(chart.top <= height <= chart.bottom for height in drawn)


@given(COUNTS)
def test_the_highest_mark_of_the_axis_is_not_under_the_highest_value(values: list[int]) -> None:
    chart = line_chart([str(place) for place in range(len(values))], values)
    marks = [int(tick.text) for tick in chart.y_ticks]
    assert marks[0] == 0
    assert marks[-1] >= max(values)
    assert len(marks) <= 7


def test_months_to_come_have_a_target_and_no_line() -> None:
    chart = line_chart(["2026-01", "2026-02", "2026-03"], [4, 9, None], [5, 10, 15])
    assert len(heights(chart.line)) == 2
    assert len(heights(chart.target)) == 3
    assert chart.last_text == "9"
    assert chart.rows[2] == ("2026-03", "", "15")


def test_a_study_without_participants_has_an_empty_chart() -> None:
    chart = line_chart([], [])
    assert (chart.line, chart.area, chart.last) == ("", "", None)


def overlaps(flow: Flow) -> list[tuple[str, str]]:
    """Return the boxes that lie over one another."""
    return [
        (one.text, other.text)
        for place, one in enumerate(flow.boxes)
        for other in flow.boxes[place + 1 :]
        if one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    ]


@given(reasons=st.integers(min_value=0, max_value=12), arms=st.integers(min_value=0, max_value=3))
def test_the_boxes_of_the_flow_lie_on_the_sheet_and_never_over_one_another(
    reasons: int, arms: int
) -> None:
    out = {
        "text": "out",
        "count": 9,
        "reasons": [{"text": f"why {n}", "count": n} for n in range(reasons)],
    }
    trunk = [
        {"text": "screened", "count": 30, "side": out},
        {"text": "eligible", "count": 21, "side": {"text": "waiting", "count": 1}},
        {"text": "randomised", "count": 20},
    ]
    column = [{"text": "allocated", "count": 10}, {"text": "completed", "count": 8, **out}]
    flow = consort_flow(trunk, [column] * arms)
    assert overlaps(flow) == []
    assert all(box.x >= 0 and box.x + box.width <= flow.width for box in flow.boxes)
    assert all(box.y >= 0 and box.y + box.height <= flow.height for box in flow.boxes)
    assert len(flow.boxes) == 5 + 2 * arms
