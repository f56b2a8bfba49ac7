"""A laboratory with reference limits, as tests and pages need one."""

from __future__ import annotations

from typing import Any, Final

from edc.forms.lab_limits import LAB, rows_of

LIMITS: Final[dict[str, Any]] = {
    "WBC": ["3.5", "9.5"], "NEUT": ["1.8", "6.3"], "LYM": ["1.1", "3.2"],
    "HGB": {"M": ["130", "175"], "F": ["115", "150"]}, "PLAT": ["125", "350"],
    "ALT": ["0", "50"], "AST": ["0", "40"], "BILI": ["0", "21"], "ALB": ["35", "55"],
    "CREAT": {"M": ["0", "106"], "F": ["0", "97"]}, "CRCL": ["60", "200"], "K": ["3.5", "5.3"],
    "SODIUM": ["137", "147"], "LDH": ["120", "250"], "CRP": ["0", "10"], "INR": ["0.8", "1.2"],
    "APTT": ["25", "40"], "FIBRINO": ["2", "4"], "URBC": ["0", "3"], "UWBC": ["0", "5"],
    "UPROT": ["NEG", "NEG"], "CMVDNA": ["0", "1000"],
}  # fmt: skip

LAB_ENTRY: Final = {
    "LBLAB": "LAB01", "LBNAM": "Central laboratory", "FROM": "2020-01-01",
    "LIMITS": rows_of(LIMITS),
}  # fmt: skip


def register(*entries: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return the LAB register of a casebook: by default one laboratory since 2020."""
    found = {}
    for typed in entries or (LAB_ENTRY,):
        values = {item.code: item.read(typed.get(item.code)) for item in LAB.items}
        entry = {code: value for code, value in values.items() if value is not None}
        found[LAB.entry_key(entry)] = entry
    return found
