"""Units in which a medicine's single dose may be given: UCUM, or a counted form of the medicine."""

from __future__ import annotations

from typing import Final

COUNTED: Final = (
    "片", "粒", "丸", "支", "瓶", "袋", "滴", "喷", "吸", "贴", "枚", "单位", "万单位",
    "tablet", "capsule", "ampoule", "vial", "bag", "drop", "puff", "patch", "unit", "IU",
)  # fmt: skip
"""What is counted rather than measured; IU is how everybody writes UCUM's [IU]."""

SUGGESTED: Final = (
    "mg", "g", "ug", "mL", "L", "IU", "mmol", "mg/kg", "g/kg", "ug/h", "mg/h", "mL/h", *COUNTED[:9],
)  # fmt: skip
"""Offered while one types."""

_PREFIX = "(?:[kdcmunp]|da)?"
_METRIC = rf"{_PREFIX}(?:g|l|L|mol|m|Bq|Ci|J|cal|eq|osm|U|\[IU\]|\[iU\]|s)"
_PLAIN = r"(?:kg|m2|min|h|d|wk|mo|%|\[drp\]|\[pH\]|10\*[0-9]{1,2}|\{[^{}]{1,15}\})"
_TERM = rf"(?:{_PLAIN}|{_METRIC}(?:2|3)?)"

PATTERN: Final = rf"(?:{_TERM}(?:[./]{_TERM}){{0,3}}|{'|'.join(COUNTED)})"
"""A unit of UCUM as medicines need it, or one of the counted forms."""
