"""A participant's recorded data as the rules of the study read them: records, cells and facts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from edc.study.conditions import Expression, is_empty, is_fact
from edc.study.items import MultiChoice, PartialDate, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from edc.study.conditions import Scope, Value
    from edc.study.items import Item
    from edc.study.study import Study

Kept = TypeVar("Kept")
_YEAR_ALONE = 4
_LONGEST_NUMBER = 6
_PLANNED_DAYS = {"target_date": "target", "window_start": "start", "window_end": "end"}
_NO_DATE = "9999"  # a record whose date is not given yet comes last


@dataclass(frozen=True, slots=True)
class Cell:
    """What one item holds: a canonical value or a missing code, never both.

    :raises ValueError: when both are given.
    """

    value: str | None = None
    missing: str | None = None
    changed_after_randomisation: bool = False
    missing_reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse a value that is there and missing."""
        if self.value is not None and self.missing is not None:
            message = f"a cell holds a value or a missing code, not {self.value!r} and "
            raise ValueError(message + self.missing)

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

    def is_answered(self, code: str) -> bool:
        """Tell whether the item holds a value or a missing code anywhere in the record."""
        return any(item == code and cell.is_answered for (item, _), cell in self.cells.items())

    def repeats(self) -> list[int]:
        """Return the numbers of the rows in which it holds anything, at least the first."""
        held = {repeat for (_, repeat), cell in self.cells.items() if cell.is_answered}
        return sorted(held | {1})


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

    The order of records and what they show are worked out once and kept. Whoever adds a record or
    changes its cells says so with :meth:`put`; whoever changes several things, or a fact, calls
    :meth:`invalidate` after the last. Scopes taken before go on being valid.

    :param facts: values of ``conditions.FACTS`` that are the same for every record.
    :param registers: what the site's registers hold: register code → key → item → canonical value.
    :param others: finds the records of other participants of the site, for :meth:`elsewhere`.
    """

    study: Study
    records: dict[tuple[str, str, int], Record] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    visits: dict[str, PlannedVisit] = field(default_factory=dict)
    registers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    others: Callable[[str, str, frozenset[str]], Sequence[Mapping[str, str]]] | None = None

    def __post_init__(self) -> None:
        """Start with nothing worked out."""
        self._elsewhere: dict[tuple[str, str, frozenset[str]], Sequence[Mapping[str, str]]] = {}
        self._ordered: dict[str, tuple[Record, ...]] = {}
        self._scopes: dict[tuple[int, int], RecordScope] = {}
        self._kept: dict[Hashable, Any] = {}

    def put(self, record: Record) -> None:
        """Add *record*, or make known that its cells were changed."""
        self.records[record.place] = record
        self._ordered.pop(record.form, None)
        self._forget_shown()

    def invalidate(self) -> None:
        """Forget what was worked out, since records or facts were changed."""
        self._ordered.clear()
        self._forget_shown()

    def _forget_shown(self) -> None:
        self._kept.clear()
        for scope in self._scopes.values():
            scope.forget()

    def once(self, key: Hashable, work: Callable[[], Kept]) -> Kept:
        """Return what *work* finds, worked out once until a record or a fact changes."""
        if key not in self._kept:
            self._kept[key] = work()
        found: Kept = self._kept[key]
        return found

    def of_form(self, form: str) -> tuple[Record, ...]:
        """Return the records of *form*, earliest first: by date, then by schedule, then by row."""
        found = self._ordered.get(form)
        if found is None:
            records = [record for record in self.records.values() if record.form == form]
            # One alone need not be asked for its date, nor be read for it.
            found = tuple(sorted(records, key=self._order) if len(records) > 1 else records)
            self._ordered[form] = found
        return found

    def _order(self, record: Record) -> tuple[str, float, int]:
        crf = self.study.crfs.get(record.form)
        cell = record.cells.get((crf.date_item, 1), EMPTY) if crf else EMPTY
        return cell.value or _NO_DATE, self.visit_order(record.visit), record.row

    def visit_order(self, visit: str) -> float:
        """Return the visit's number as a number, for ordering; a log has none."""
        return self.study.visit_number(visit) or 0.0

    def scope(self, record: Record, repeat: int = 1) -> RecordScope:
        """Return what the rules of *record* may read."""
        # The scope holds its record, so that no other object gets its id.
        key = id(record), repeat
        kept = self._scopes.get(key)
        if kept is None:
            kept = self._scopes[key] = RecordScope(self, record, repeat)
        return kept

    def value(self, form: str, item: str, visit: str = "") -> str | None:
        """Return an item's stored value on a visit's CRF (or a log's first row)."""
        record = self.records.get((visit, form, 1))
        return record.cells.get((item, 1), EMPTY).value if record else None

    def log_row(self, form: str, number: str) -> Record | None:
        """Return the row of a log that a reference names by its number."""
        is_number = number.isascii() and number.isdecimal() and len(number) < _LONGEST_NUMBER
        return self.records.get(("", form, int(number))) if is_number else None

    def elsewhere(
        self, form: str, item: str, values: frozenset[str]
    ) -> Sequence[Mapping[str, str]]:
        """Return records of *form* of the site's other participants, as item → canonical value.

        They are those in which *item* holds one of *values*; it is asked for once.
        """
        key = form, item, values
        if key not in self._elsewhere:
            self._elsewhere[key] = self.others(form, item, values) if self.others else ()
        return self._elsewhere[key]

    def entries(self, register: str) -> Mapping[str, Mapping[str, str]]:
        """Return what a reference to a register may name; of a key with periods the latest."""
        entries = self.registers.get(register, {})
        declared = next((one for one in self.study.registers if one.code == register), None)
        if declared is None or declared.period is None:
            return entries
        since = declared.period[0]
        latest: dict[str, dict[str, str]] = {}
        for entry in sorted(entries.values(), key=lambda one: one[since]):
            latest[entry[declared.key]] = entry
        return latest

    def consent_date(self) -> str | None:
        """Return the day of the first consent (``ICDAT`` of section 3.0)."""
        days = (self.scope(record).text("ICDAT") for record in self.of_form("IC"))
        return min((day for day in days if day), default=None)


class RecordScope:
    """What the expressions of one record read; hidden items read as empty."""

    def __init__(self, casebook: Casebook, record: Record, repeat: int = 1) -> None:
        """Read *record* as part of *casebook*."""
        self.casebook = casebook
        self.record = record
        self.repeat = repeat
        self.crf = casebook.study.crfs[record.form].at(record.row)
        self._by_code, self._repeating = self.crf.by_code, self.crf.repeating
        self._shown: dict[str, bool] = {}
        self._facts: dict[str, Value] = {}

    def forget(self) -> None:
        """Forget which items are shown and what was worked out, since a record was changed."""
        self._shown.clear()
        self._facts.clear()

    def cell(self, code: str) -> Cell:
        """Return what the item holds, shown or not."""
        repeat = self.repeat if code in self._repeating else 1
        return self.record.cells.get((code, repeat), EMPTY)

    def is_shown(self, item: Item) -> bool:
        """Tell whether the item is asked, given the record's other values and the arm."""
        if item.only_arm and not self._is_of_arm(item):
            return False
        if item.shown_when is None:
            return True
        shown = self._shown.get(item.code)
        if shown is None:
            shown = self._shown[item.code] = item.shown_when.holds(self)
        return shown

    def _is_of_arm(self, item: Item) -> bool:
        """Tell whether the arm is asked this; where nobody said the arm, an answer says it."""
        arm = self.casebook.facts.get("arm")
        if arm is None and "randomised" in self.casebook.facts:
            return self.cell(item.code).is_answered
        return arm == item.only_arm

    def is_required(self, item: Item) -> bool:
        """Tell whether a shown item must be answered before the CRF is complete."""
        if isinstance(item.required, Expression):
            return item.required.holds(self)
        return item.required

    def text(self, code: str) -> str | None:
        """Return the item's canonical value, for derivation rules; empty when it is hidden."""
        item = self._by_code.get(code)
        if item is None:
            return None
        # Whether it is asked matters only where there is something to hide.
        value = self.cell(code).value
        if value is None or (item.shown_when is None and not item.only_arm) or self.is_shown(item):
            return value
        return None

    def item(self, code: str) -> Value:
        """Return the item's value; empty when hidden, unanswered or missing by code.

        Several codes are a tuple, and a year alone is written so that it reads as a date.
        """
        value = self.text(code)
        if value is None:
            return None
        item = self._by_code[code]
        if isinstance(item, MultiChoice):
            return tuple(json.loads(value))
        if isinstance(item, PartialDate) and len(value) == _YEAR_ALONE:
            return f"{value}--"
        return value

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        """Return an item of another CRF: at *visit*, or on its latest record that answers it."""
        for record in reversed(self.casebook.of_form(form)):
            if visit is None or record.visit == visit:
                scope = self if record.place == self.record.place else self.casebook.scope(record)
                value = scope.item(code)
                if not is_empty(value):
                    return value
        return None

    def earlier(self) -> tuple[Record, ...]:
        """Return the records of the same CRF that come before this one by date."""
        ordered = self.casebook.of_form(self.record.form)
        for place, record in enumerate(ordered):
            if record.place == self.record.place:
                return ordered[:place]
        return ()

    def previous(self, code: str) -> Value:
        """Return the item on the last earlier record of the same CRF that answers it.

        In a repeating group it is that of the same row.
        """
        earlier = self.earlier()
        if is_fact(code):
            return self.casebook.scope(earlier[-1]).fact(code) if earlier else None
        item = self.crf.by_code.get(code)
        repeat = self.repeat if code in self.crf.repeating else 1
        if item is not None and item.shown_when is not None:
            # Whether it was shown may depend on the record before: asked earliest first, no record
            # has to ask through all the others, which a long course would make too deep.
            for record in earlier:
                self.casebook.scope(record, repeat).is_shown(item)
        for record in reversed(earlier):
            value = self.casebook.scope(record, repeat).item(code)
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
        """Return a column of what a reference item names: an entry, or an item of a log's row."""
        item, key = self.crf.by_code.get(code), self.text(code)
        if not isinstance(item, Reference) or key is None:
            return None
        if item.entries is not None:
            return item.entries.get(key, {}).get(column)
        if item.to in self.casebook.study.crfs:
            row = self.casebook.log_row(item.to, key)
            return self.casebook.scope(row).item(column) if row else None
        return self.casebook.entries(item.to).get(key, {}).get(column)

    def is_missing(self, code: str) -> bool:
        """Tell whether the item is shown and holds a missing code."""
        item = self.crf.by_code.get(code)
        return item is not None and self.is_shown(item) and self.cell(code).missing is not None

    def is_changed(self, code: str) -> bool:
        """Tell whether a saved value of the item was changed after randomisation."""
        return self.cell(code).changed_after_randomisation

    def fact(self, name: str) -> Value:
        """Return a fact: of the record and its visit, of the participant, or of a declared rule."""
        own = self._own_fact(name)
        if own is not None:
            return own
        declared = self.casebook.study.facts.get(name)
        if declared is None or name in self.casebook.facts:
            return self.casebook.facts.get(name)
        if name not in self._facts:
            self._facts[name] = declared.rule(self)
        return self._facts[name]

    def _own_fact(self, name: str) -> Value:
        """Return a fact of the record's place."""
        visit = self.record.visit
        planned = self.casebook.visits.get(visit)
        found: Value = None
        match name:
            case "visit":
                found = visit
            case "row":
                found = str(self.record.row)
            case "visit_order" if visit:
                found = f"{self.casebook.visit_order(visit):.3f}"
            case "visit_date" if visit:
                found = self.casebook.value("SV", "SVSTDAT", visit)
            case "consent_date":
                found = self.casebook.consent_date()
            case _ if planned and name in _PLANNED_DAYS:
                found = getattr(planned, _PLANNED_DAYS[name])
        return found


class _EntryScope:
    """What an expression reads of a register's entry; all else as the record that asks reads it."""

    def __init__(self, asking: RecordScope, entry: Mapping[str, str]) -> None:
        self._asking = asking
        self._entry = entry

    def item(self, code: str) -> Value:
        return self._entry.get(code)

    def foreign(self, form: str, code: str, *, visit: str | None = None) -> Value:
        return self._asking.foreign(form, code, visit=visit)

    def previous(self, _code: str) -> Value:
        return None

    def fact(self, name: str) -> Value:
        return self._asking.fact(name)

    def rows(self, form: str) -> Iterator[Scope]:
        return self._asking.rows(form)

    def is_missing(self, code: str) -> bool:
        return code not in self._entry

    def is_changed(self, _code: str) -> bool:
        return False

    def entry(self, _code: str, _column: str) -> Value:
        return None
