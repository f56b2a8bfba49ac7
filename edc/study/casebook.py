"""A participant's recorded data as the rules of the study read them: records, cells and facts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edc.study.conditions import FACTS, Expression, is_empty
from edc.study.crf import Crf
from edc.study.items import MultiChoice, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.study.conditions import Scope, Value
    from edc.study.items import Item
    from edc.study.study import Study


@dataclass(frozen=True, slots=True)
class Cell:
    """What one item holds: a canonical value or a missing code, never both."""

    value: str | None = None
    missing: str | None = None
    changed_after_randomisation: bool = False
    missing_reason: str | None = None

    @property
    def is_answered(self) -> bool:
        """Tell whether there is a value or a missing code."""
        return self.value is not None or self.missing is not None


EMPTY = Cell()


@dataclass(slots=True)
class Record:
    """One filled CRF: its place and its cells by ``(item, repeat)``."""

    form: str
    visit: str = ""
    row: int = 1
    cells: dict[tuple[str, int], Cell] = field(default_factory=dict)
    is_complete: bool = False
    is_signed: bool = False

    @property
    def place(self) -> tuple[str, str, int]:
        """Return visit, form and row: the record's address in the casebook."""
        return self.visit, self.form, self.row

    def repeats(self) -> list[int]:
        """Return the numbers of the rows of its repeating group, at least the first."""
        return sorted({repeat for _, repeat in self.cells} | {1})


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit on the participant's schedule, with its days in ISO text."""

    code: str
    target: str | None = None
    start: str | None = None
    end: str | None = None


@dataclass
class Casebook:
    """All records of one participant, and the facts that no CRF holds.

    :param facts: values of ``conditions.FACTS`` that are the same for every record.
    :param registers: what the site's registers hold: register code → key → item → canonical value.
    """

    study: Study
    records: dict[tuple[str, str, int], Record] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    visits: dict[str, PlannedVisit] = field(default_factory=dict)
    registers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)

    def of_form(self, form: str) -> list[Record]:
        """Return the records of *form*, earliest first: by date, then by schedule, then by row."""
        crf = self.study.crfs.get(form)
        found = [record for record in self.records.values() if record.form == form]
        if crf is None or len(found) < 2:  # noqa: PLR2004 - one record needs no order
            return found

        def order(record: Record) -> tuple[str, float, int]:
            cell = record.cells.get((crf.date_item, 1), EMPTY)
            return cell.value or "9999", self.visit_order(record.visit), record.row

        return sorted(found, key=order)

    def visit_order(self, visit: str) -> float:
        """Return the visit's number as a number, for ordering; a log has none."""
        planned = self.study.find_visit(visit) if visit else None
        return float(planned.number) if planned else 0.0

    def scope(self, record: Record, repeat: int = 1) -> RecordScope:
        """Return what the rules of *record* may read."""
        return RecordScope(self, record, repeat)

    def value(self, form: str, item: str, visit: str = "") -> str | None:
        """Return an item's stored value on a visit's CRF (or a log's first row)."""
        record = self.records.get((visit, form, 1))
        return record.cells.get((item, 1), EMPTY).value if record else None

    def consent_date(self) -> str | None:
        """Return the day of the first consent (``ICDAT`` of section 3.0)."""
        days = [
            cell.value
            for record in self.records.values()
            if record.form == "IC"
            and (cell := record.cells.get(("ICDAT", 1), EMPTY)).value is not None
        ]
        return min((day for day in days if day), default=None)


class RecordScope:
    """What the expressions of one record read; hidden items read as empty."""

    def __init__(self, casebook: Casebook, record: Record, repeat: int = 1) -> None:
        """Read *record* as part of *casebook*."""
        self.casebook = casebook
        self.record = record
        self.repeat = repeat
        self._asking: set[str] = set()
        self._shown: dict[str, bool] = {}

    @property
    def crf(self) -> Crf:
        """Return the record's CRF."""
        return self.casebook.study.crfs[self.record.form]

    def cell(self, code: str) -> Cell:
        """Return what the item holds, shown or not."""
        cells = self.record.cells
        return cells.get((code, self.repeat)) or cells.get((code, 1), EMPTY)

    def is_shown(self, item: Item) -> bool:
        """Tell whether the item is asked, given the record's other values."""
        if item.shown_when is None:
            return True
        if item.code not in self._shown:
            self._shown[item.code] = item.shown_when.holds(self)
        return self._shown[item.code]

    def is_required(self, item: Item) -> bool:
        """Tell whether a shown item must be answered before the CRF is complete."""
        if isinstance(item.required, Expression):
            return item.required.holds(self)
        return item.required

    def item(self, code: str) -> Value:
        """Return the item's value; empty when hidden, unanswered or missing by code."""
        item = self.crf.by_code.get(code)
        if item is None or code in self._asking:
            return None
        self._asking.add(code)
        try:
            if not self.is_shown(item):
                return None
        finally:
            self._asking.discard(code)
        value = self.cell(code).value
        if value is not None and isinstance(item, MultiChoice):
            return tuple(json.loads(value))
        return value

    def text(self, code: str) -> str | None:
        """Return the item's value as text, for derivation rules."""
        value = self.item(code)
        return value if isinstance(value, str) else None

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        """Return an item of another CRF: at *visit*, or on its latest record that answers it."""
        found = self.casebook.of_form(form)
        if visit is not None:
            found = [record for record in found if record.visit == visit]
        for record in reversed(found):
            scope = self if record is self.record else self.casebook.scope(record)
            value = scope.item(code)
            if not is_empty(value):
                return value
        return None

    def earlier(self) -> list[Record]:
        """Return the records of the same CRF that come before this one by date."""
        ordered = self.casebook.of_form(self.record.form)
        places = [record.place for record in ordered]
        return ordered[: places.index(self.record.place)] if self.record.place in places else []

    def previous(self, code: str) -> Value:
        """Return the item on the last earlier record of the same CRF that answers it."""
        if code in FACTS:
            earlier = self.earlier()
            return self.casebook.scope(earlier[-1]).fact(code) if earlier else None
        for record in reversed(self.earlier()):
            value = self.casebook.scope(record).item(code)
            if not is_empty(value):
                return value
        return None

    def rows(self, form: str) -> Iterator[Scope]:
        """Return a scope for each record of *form*, or for each entry of that register."""
        for record in self.casebook.of_form(form):
            yield self.casebook.scope(record)
        for entry in self.casebook.registers.get(form, {}).values():
            yield _EntryScope(self, entry)

    def entry(self, code: str, column: str) -> Value:
        """Return a column of the register or dictionary entry that a reference item names."""
        item, key = self.crf.by_code.get(code), self.text(code)
        if not isinstance(item, Reference) or key is None:
            return None
        entries = item.entries or self.casebook.registers.get(item.to, {})
        return entries.get(key, {}).get(column)

    def is_missing(self, code: str) -> bool:
        """Tell whether the item holds a missing code."""
        return self.cell(code).missing is not None

    def is_changed(self, code: str) -> bool:
        """Tell whether a saved value of the item was changed after randomisation."""
        return self.cell(code).changed_after_randomisation

    def fact(self, name: str) -> Value:
        """Return a fact: of the record's visit, or of the participant."""
        visit = self.record.visit
        planned = self.casebook.visits.get(visit)
        match name:
            case "visit":
                return visit
            case "visit_order":
                return str(self.casebook.visit_order(visit)) if visit else None
            case "target_date":
                return planned.target if planned else None
            case "window_start":
                return planned.start if planned else None
            case "window_end":
                return planned.end if planned else None
            case "visit_date":
                return self.casebook.value("SV", "SVSTDAT", visit) if visit else None
            case "consent_date":
                return self.casebook.consent_date()
        return self.casebook.facts.get(name)


class _EntryScope:
    """What an expression reads of a register's entry; all else as the record that asks reads it."""

    def __init__(self, asking: RecordScope, entry: dict[str, str]) -> None:
        self._asking = asking
        self._entry = entry

    def item(self, code: str) -> Value:
        return self._entry.get(code)

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        return self._asking.foreign(form, code, visit=visit)

    def previous(self, code: str) -> Value:
        del code
        return None

    def fact(self, name: str) -> Value:
        return self._asking.fact(name)

    def rows(self, form: str) -> Iterator[Scope]:
        return self._asking.rows(form)

    def is_missing(self, code: str) -> bool:
        return code not in self._entry

    def is_changed(self, code: str) -> bool:
        del code
        return False

    def entry(self, code: str, column: str) -> Value:
        del code, column
        return None
