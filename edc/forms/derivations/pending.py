"""A rule for derived items whose own rule is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope


def pending(scope: RecordScope) -> str | None:
    """Return nothing: the rule of section 3.4 is being written."""
    del scope
    return None
