"""Casebooks that change at random, everywhere: every CRF, item and row, plausible or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from edc.protocol import STUDY
from edc.services import dependence, derivation, rules
from edc.services.dependence import Change, ItemRef
from edc.study import groups
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.checks import Severity
from edc.study.codelists import CodeList
from edc.study.crf import Crf, Occurs
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DateTime,
    DecimalNumber,
    File,
    Integer,
    Item,
    MultiChoice,
    PartialDate,
    Reference,
    System,
    Table,
    Time,
)
from tests.forms.casebooks import DAY_ZERO, TODAY, casebook
from tests.support import laboratory

Key = tuple[tuple[str, str, int], str, int, str]

VISITS = ("SCR", "BL", "DA01", "DA03", "DA07", "V7", "V28", "FU100", "M6", "UNS01")
ROWS = 3
OFTEN, SELDOM = 0.6, 0.1
EMPTIED, CODED = 0.12, 0.17
_TERMS = ("CTC5-0006", "CTC5-0177", "CTC5-0362", "CTC5-0650", "CTC5-0475", "CTC5-0451")
_WORDS = ("恶心", "MSC", "serum", "palifermin", "Anemia", "K1", "K2", "13800001234")


class Walk:
    """A participant whose CRFs are saved one after another, as the data-entry service does it."""

    def __init__(self, seed: int, *, forms: tuple[str, ...], is_randomised: bool = True) -> None:
        self.dice = Random(seed)  # noqa: S311 - the same walk in every run
        self.forms = forms
        self.book = casebook(
            {},
            day_zero=DAY_ZERO if is_randomised else None,
            facts={
                "now": f"{TODAY.isoformat()}T10:00+08:00",
                "arm": self.dice.choice(("MSC", "SOC")),
            },
            registers={"LAB": laboratory.register()},
            elsewhere={
                "EX": [{"ECOCCUR": "Y", "EXLOT": "MSC240301", "EXKIT": "K1", "EXDOSE": "15"}]
            },
        )
        self.found: dict[Key, rules.Finding] = {}
        self.places = list(self._chosen_places())
        self.dice.shuffle(self.places)
        self._waiting = list(self.places)

    def _chosen_places(self) -> Iterator[tuple[str, str, int]]:
        """Return few places, so that what stands at them meets: a walk elsewhere takes others."""
        for code in self.forms:
            crf = STUDY.crfs[code]
            visits: Sequence[str] = ("",)
            if crf.occurs is Occurs.VISIT:
                known = VISITS_OF[code]
                visits = self.dice.sample(known, min(3, len(known)))
            last = len(crf.parts) or (2 if crf.occurs is Occurs.LOG else 1)
            for visit in visits:
                for row in range(1, last + 1):
                    yield visit, code, row

    def step(self) -> Change:
        """Save one CRF with some answers changed, and take over what the rules that ran found."""
        record = self._record()
        is_new = record.place not in self.book.records
        before = dict(record.cells)
        self._answer(record)
        self.book.put(record)
        derivation.derive(self.book, record)
        touched = {
            (record.form, key[0])
            for key, cell in record.cells.items()
            if cell != before.get(key, EMPTY)
        }
        change = self._follow(record, touched | ({(record.form, "*")} if is_new else set()))
        after = rules.findings_after(self.book, change)
        self.found = {key: one for key, one in self.found.items() if not after.has_judged(key)}
        self.found |= {one.key: one for one in after.fired if _lasts(one)}
        return change

    def _follow(self, record: Record, changed: set[ItemRef]) -> Change:
        opened = cast("Any", SimpleNamespace(book=self.book))
        derived = derivation.derive_elsewhere(opened, record, changed)
        computed = {(where[1], code) for where, keys in derived.items() for code, _ in keys}
        change = Change(record, typed=changed, derived=computed)
        self._complete(change)
        return change

    def _complete(self, change: Change) -> None:
        change.saved.is_complete = rules.is_complete(self.book, change.saved)
        for record in self.book.records.values():
            crf = STUDY.crfs[record.form].at(record.row)
            if record is not change.saved and change.reaches(
                record, dependence.of_completeness(crf.code, crf.part)
            ):
                record.is_complete = rules.is_complete(self.book, record)

    # What is said anew

    def lasting(self) -> dict[Key, rules.Finding]:
        """Return what all rules find now."""
        return {one.key: one for one in rules.all_findings(self.book).fired if _lasts(one)}

    def stale(self) -> list[tuple[str, str, str | None, str | None]]:
        """Return the derived items that would come out differently now."""
        found = []
        for record in list(self.book.records.values()):
            crf = STUDY.crfs[record.form].at(record.row)
            for item in crf.calculated:
                for repeat in groups.touched_or_first(record, crf, item.code):
                    kept = record.cells.get((item.code, repeat), EMPTY).value
                    now = item.rule(self.book.scope(record, repeat))
                    if kept != now:
                        found.append((str(record.place), item.code, kept, now))
        return found

    def wrongly_complete(self) -> list[tuple[str, str, int]]:
        """Return the records whose completeness would come out differently now."""
        return [
            record.place
            for record in self.book.records.values()
            if record.is_complete != rules.is_complete(self.book, record)
        ]

    # Choosing

    def _record(self) -> Record:
        """Return one of the records with its answers, each place first of all once."""
        place = self._waiting.pop() if self._waiting else self.dice.choice(self.places)
        visit, form, row = place
        kept = self.book.records.get(place)
        return Record(form, visit, row, dict(kept.cells) if kept else {})

    def _answer(self, record: Record) -> None:
        crf = STUDY.crfs[record.form].at(record.row)
        is_thorough = record.place not in self.book.records or self.dice.random() < SELDOM
        for section in crf.sections:
            for repeat in range(1, min(section.repeats, ROWS) + 1):
                if section.repeats > 1 and self.dice.random() > OFTEN:
                    continue
                for item in section.items:
                    if isinstance(item, Calculated) or item.code == section.numbered:
                        continue
                    if self.dice.random() < (0.85 if is_thorough else 2 / len(crf.items)):
                        record.cells[item.code, repeat] = self._cell(record, item, repeat)
                if section.numbered:
                    is_entered = repeat in groups.entered(record, section)
                    record.cells[section.numbered, repeat] = Cell(
                        str(repeat) if is_entered else None
                    )

    def _cell(self, record: Record, item: Item, repeat: int) -> Cell:
        luck = self.dice.random()
        is_changed = (item.code, repeat) in record.cells
        if luck < EMPTIED:
            return EMPTY
        if luck < CODED and not isinstance(item, System):
            return Cell(
                missing=self.dice.choice(("ND", "NK")), changed_after_randomisation=is_changed
            )
        return Cell(self._value(record, item), changed_after_randomisation=is_changed)

    def _value(self, record: Record, item: Item) -> str | None:
        makers: dict[type[Item], Callable[[Any], str | None]] = {
            MultiChoice: self._several,
            Choice: self._choice,
            PartialDate: lambda _: self._day()[: self.dice.choice((4, 7, 10, 10, 10))],
            Date: lambda _: self._day(),
            DateTime: lambda _: self._moment(),
            Time: lambda _: f"{self.dice.randrange(8, 20):02}:00",
            Integer: self._number,
            DecimalNumber: self._number,
            Reference: self._reference,
            Table: lambda table: json.dumps(
                [{column.code: self._value(record, column) for column in table.columns}]
            ),
            File: lambda _: None,
            System: lambda item: self._by_server(record, item),
        }
        maker = makers.get(type(item), lambda _: self.dice.choice(_WORDS))
        return maker(item)

    def _several(self, item: MultiChoice) -> str:
        some = [code for code in item.codes.values if self.dice.random() < OFTEN / 2]
        return json.dumps(some or [item.codes.values[0]])

    def _choice(self, item: Choice) -> str:
        # What most other answers wait for is mostly yes.
        is_yes = "Y" in item.codes.values and self.dice.random() < OFTEN
        return "Y" if is_yes else self.dice.choice(item.codes.values)

    def _by_server(self, record: Record, item: System) -> str:
        if item.code == "AESPID":
            return str(record.row)
        if isinstance(item.codes, CodeList):
            return self.dice.choice(item.codes.values)
        return self._moment() if item.holds == "datetime" else self.dice.choice(_WORDS)

    def _day(self) -> str:
        return (DAY_ZERO + timedelta(days=self.dice.randint(-2, 6))).isoformat()

    def _moment(self) -> str:
        return f"{self._day()}T{self.dice.randrange(24):02}:00+08:00"

    def _number(self, item: Item) -> str:
        if item.code == "BRTHYR":
            return str(self.dice.choice((1940, 1985, 2006, 2010)))
        if item.code in ("BRTHMO", "BRTHDY"):
            return self.dice.choice(("3", "4"))
        return self.dice.choice(("0", "1", "2", "3", "5", "10", "20", "40", "60", "110"))

    def _reference(self, item: Reference) -> str:
        if item.to == "CTCAE":
            return self.dice.choice(_TERMS)
        if item.to in STUDY.crfs:
            return str(self.dice.randint(1, ROWS))
        keys = list(self.book.entries(item.to)) or ["X"]
        return self.dice.choice(keys)


def _visits_of(crf: Crf) -> tuple[str, ...]:
    """Return some visits that plan the CRF."""

    def plans(visit: str) -> bool:
        found = STUDY.find_visit(visit)
        return found is not None and any(plan.crf == crf.code for plan in found.crfs)

    return tuple(visit for visit in VISITS if plans(visit)) or ("SCR",)


VISITS_OF = {crf.code: _visits_of(crf) for crf in STUDY.crfs.values()}


def _lasts(finding: rules.Finding) -> bool:
    """Tell whether the finding stays until it is cured, as no refusal or passing hint does."""
    return finding.severity is not Severity.HARD and finding.id != "PRIVACY"
