"""Cases of edit checks: what is recorded at a place, and whether the check fires there."""

from __future__ import annotations

from datetime import date
from typing import Any

from edc.study.casebook import Casebook
from tests.forms.casebooks import CONSENT, DAY_ZERO, INJURY, TODAY, casebook

Records = dict[str, Any]

DONE = {"SVSTAT": "DONE", "SVLOC": "IPD"}
BASE: Records = {"IC": CONSENT, "INJ@SCR": INJURY}
AUTOLOGOUS = {"HCTTYP": "AUTO", "HCTDAT": "2024-03-12"}
ALLOGENEIC = {"HCTTYP": "ALLO", "HCTDAT": "2024-03-12", "DONTYP": "MSD", "HCTSRC": "PB"}
EVENT = {
    "AEYN": "Y", "AETERM": "恶心", "AECTCID": "CTC5-0178", "AESTDAT": "2024-03-22",
    "AEONGO": "N", "AEENDAT": "2024-03-26", "AETOXGR": 1, "AESER": "N", "AEREL": "NOT",
    "AEOUT": "RECOVERED/RESOLVED",
}  # fmt: skip
FATAL = {"AECTCID": "CTC5-0177", "AETOXGR": 5, "AESER": "Y", "AESDTH": "Y", "AEOUT": "FATAL"}
SEEN = {"OMPERF": "Y", "OMLOC": "IPD", "OMDAT": "2024-03-21"}
VITALS = {"VSPERF": "Y", "VSDAT": "2024-03-18"}


def sv(on: str, **changes: Any) -> Records:
    return DONE | {"SVSTDAT": on} | changes


class Case:
    """What is recorded at a place, beside BASE, and whether the check fires there.

    :param registers: what the site's registers hold instead of the usual: register → key → item.
    :param elsewhere: what other participants' records hold, by CRF.
    """

    def __init__(self, rule: str, place: str, values: Any, *, fires: bool, **other: Any) -> None:
        self.rule, self.place, self.fires = rule, place, fires
        self.facts: dict[str, str] = other.pop("facts", {})
        self.day_zero: date | None = other.pop("day_zero", DAY_ZERO)
        self.today: date = other.pop("today", TODAY)
        self.registers: dict[str, Any] = other.pop("registers", {})
        self.elsewhere: dict[str, list[Any]] = other.pop("elsewhere", {})
        self.records: Records = BASE | other.pop("records", {}) | {place: values}
        assert not other

    def __repr__(self) -> str:
        return f"{self.rule}-{'fires' if self.fires else 'silent'}"

    def book(self) -> Casebook:
        """Return the casebook of the case."""
        return casebook(
            self.records, facts=self.facts, day_zero=self.day_zero, today=self.today,
            registers=self.registers, elsewhere=self.elsewhere,
        )  # fmt: skip


def pair(rule: str, place: str, fires: Any, silent: Any, **both: Any) -> list[Case]:
    """One check with two contents of its own CRF; the rest of the casebook is the same."""
    return [
        Case(rule, place, fires, fires=True, **both),
        Case(rule, place, silent, fires=False, **both),
    ]


def beside(rule: str, place: str, values: Any, fires: Records, silent: Records) -> list[Case]:
    """One check with one content of its own CRF, and two contents of the other CRFs."""
    return [
        Case(rule, place, values, fires=True, records=fires),
        Case(rule, place, values, fires=False, records=silent),
    ]


def by_fact(rule: str, place: str, values: Any, fact: str, yes: str, no: str) -> list[Case]:
    """One check that depends on a fact of the server."""
    return [
        Case(rule, place, values, fires=True, facts={fact: yes}),
        Case(rule, place, values, fires=False, facts={fact: no}),
    ]
