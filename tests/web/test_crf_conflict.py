"""What a page of a CRF carries along of what it showed when it was opened."""

from __future__ import annotations

from edc.study.casebook import Cell, Record
from edc.web.crf_conflict import opened_text


def test_what_is_carried_along_does_not_follow_the_order_in_which_rows_are_read() -> None:
    cells = {("OMWHO", 1): Cell("2"), ("OMDAT", 1): Cell("2026-02-03"), ("OMPERF", 1): Cell("Y")}
    texts = {
        opened_text(
            Record("OM", "BL", 1, cells={key: cells[key] for key in order}),
            hidden_items=frozenset(),
        )
        for order in (sorted(cells), sorted(cells, reverse=True))
    }
    assert len(texts) == 1
