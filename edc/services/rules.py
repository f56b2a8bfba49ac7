"""Judging a casebook: what is impossible, implausible, contradictory or still owed.

Every rule has an id: a check's own, ``HARD:ITEM`` outside the hard range, ``SOFT:ITEM`` outside the
soft range or against the expected code, ``HIDDEN:ITEM`` answered although no longer asked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edc.forms import ctcae
from edc.forms.notices import WARNED
from edc.label import Label
from edc.protocol import STUDY
from edc.services import dependence
from edc.services.privacy import looks_identifying
from edc.study import groups
from edc.study.casebook import EMPTY
from edc.study.checks import Severity
from edc.study.codelists import CodeList
from edc.study.conditions import as_number, compare, is_empty
from edc.study.items import DecimalNumber, LongText, Reference, Table, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edc.label import Language
    from edc.permissions import Role
    from edc.services.dependence import Change, Dependence
    from edc.study.casebook import Casebook, Record, RecordScope
    from edc.study.checks import EditCheck
    from edc.study.conditions import Scope, Value
    from edc.study.crf import Crf
    from edc.study.items import Item

Place = tuple[str, str, int]
Key = tuple[Place, str, int, str]  # place, item, repeat, rule

_DAY = len("2024-03-18")
_MOMENT = len("2024-03-18T09:00")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired, and where it is shown."""

    id: str
    severity: Severity
    message: Label
    place: Place
    item: str
    repeat: int = 1

    @property
    def key(self) -> tuple[Place, str, int, str]:
        """Return what makes it the same finding the next time."""
        return self.place, self.item, self.repeat, self.id


@dataclass(slots=True)
class Findings:
    """What a run of the rules found, and which rules it ran where.

    :param judged: the rule ids that were judged at each place; a query of any other rule is not
        the run's to close.
    """

    fired: list[Finding] = field(default_factory=list)
    judged: dict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))

    def has_judged(self, key: Key) -> bool:
        """Tell whether the rule of *key* was judged at its place, whatever it found."""
        return key[-1] in self.judged.get(key[0], ())

    def only(self, wanted: Callable[[Place, str], bool]) -> Findings:
        """Return the findings of the rules *wanted* at their places, as if no other ran."""
        found = Findings([one for one in self.fired if wanted(one.place, one.id)])
        for place, rules in self.judged.items():
            found.judged[place] = {rule for rule in rules if wanted(place, rule)}
        return found


def owed(book: Casebook, record: Record) -> list[tuple[str, int]]:
    """Return the shown required items that hold neither value nor missing code."""
    crf = STUDY.crfs[record.form].at(record.row)
    found = []
    for section in crf.sections:
        for repeat in groups.asked(book, record, section):
            scope = book.scope(record, repeat)
            for item in section.items:
                if not item.is_typed or item.code == section.numbered:
                    continue
                if record.cells.get((item.code, repeat), EMPTY).is_answered:
                    continue
                if scope.is_shown(item) and scope.is_required(item):
                    found.append((item.code, repeat))
    return found


def is_complete(book: Casebook, record: Record) -> bool:
    """Tell whether nothing is owed that everybody is asked.

    Everybody sees whether a CRF is complete: what one arm alone is asked would tell the arm.
    """
    by_code = STUDY.crfs[record.form].by_code
    return all(by_code[code].only_arm for code, _ in owed(book, record))


def hard_findings(book: Casebook, record: Record) -> list[Finding]:
    """Return what may not be saved: values outside hard ranges, unknown keys, hard checks."""
    crf = STUDY.crfs[record.form].at(record.row)
    found = []
    for item, repeat, scope, value in _shown_values(book, record):
        if isinstance(item, Reference) and not _is_known(book, item, str(value)):
            found.append(_at(record, "HARD", _NOT_LISTED, item, repeat))
        elif isinstance(item, Table):
            found += _hard_in_table(record, item, repeat, scope)
        elif item.hard is not None and (message := outside(scope, item, value, hard=True)):
            found.append(_at(record, "HARD", message, item, repeat))
    for rule in crf.checks:
        if rule.severity is Severity.HARD:
            found += _run(book, record, rule)
    return found


def standing_warnings(book: Casebook, record: Record, *, role: Role) -> list[Finding]:
    """Return the warnings of a record that are for *role* by name: it saves nothing there."""
    crf = STUDY.crfs[record.form].at(record.row)
    return [
        finding
        for rule in crf.checks
        if rule.severity is Severity.WARNING and role in WARNED.get(rule.id, ())
        for finding in _run(book, record, rule)
    ]


def _hard_in_table(
    record: Record, item: Table, repeat: int, scope: RecordScope
) -> Iterator[Finding]:
    """Judge each row of a small table by the bounds that its columns declare."""
    for entry in json.loads(scope.cell(item.code).value or "[]"):
        for column in item.columns:
            value = entry.get(column.code)
            if column.hard is None or value is None:
                continue
            message = outside(scope, column, value, hard=True)
            if message:
                yield _at(record, "HARD", message, item, repeat)


def findings_after(
    book: Casebook, change: Change, *, know_arm: Callable[[], None] | None = None
) -> Findings:
    """Run the rules whose answer a save may have changed, anywhere in the casebook.

    Hard checks run only on the CRF saved: on another they could refuse nothing.

    :param know_arm: tells the casebook the arm, for the few rules that read it.
    """
    found = Findings()
    reached: dict[tuple[str, str], list[_Reached]] = {}
    for record in book.records.values():
        is_saved = record.place == change.saved.place
        crf = STUDY.crfs[record.form].at(record.row)
        if (crf.code, crf.part) not in reached:
            reached[crf.code, crf.part] = _reached(crf, change)
        for rule_id, same, reads in _every_rule(crf) if is_saved else reached[crf.code, crf.part]:
            if (is_saved or change.reaches(record, reads)) and _knows(book, reads, know_arm):
                found.judged[record.place].add(rule_id)
                for rule in same:
                    found.fired += _run(book, record, rule)
        if is_saved or change.reaches(record, dependence.of_ranges(crf.code, crf.part)):
            _judge_ranges(book, record, found)
        if is_saved:
            found.fired += _identifying(record)
    return found


_Reached = tuple[str, "tuple[EditCheck, ...]", "Dependence"]


def _every_rule(crf: Crf) -> list[_Reached]:
    return [
        (rule_id, same, dependence.of_check(crf.code, rule_id))
        for rule_id, same in crf.checks_by_id.items()
    ]


def _reached(crf: Crf, change: Change) -> list[_Reached]:
    """Return the rules of a CRF that the change may reach on another record than the saved one."""
    return [
        (rule_id, same, reads)
        for rule_id, same, reads in _every_rule(crf)
        if same[0].severity is not Severity.HARD and change.may_reach(reads)
    ]


def all_findings(book: Casebook, *, know_arm: Callable[[], None] | None = None) -> Findings:
    """Run every rule on every record."""
    found = Findings()
    for record in book.records.values():
        for rule in STUDY.crfs[record.form].at(record.row).checks:
            if _knows(book, dependence.of_check(record.form, rule.id), know_arm):
                found.judged[record.place].add(rule.id)
                found.fired += _run(book, record, rule)
        _judge_ranges(book, record, found)
    return found


def _knows(book: Casebook, reads: Dependence, know_arm: Callable[[], None] | None) -> bool:
    """Tell whether a rule can be judged: one that reads the arm waits until it is known."""
    if "arm" not in reads.facts or "arm" in book.facts or "randomised" not in book.facts:
        return True
    if know_arm is not None:
        know_arm()
    return "arm" in book.facts


def _judge_ranges(book: Casebook, record: Record, found: Findings) -> None:
    crf = STUDY.crfs[record.form].at(record.row)
    judged = found.judged[record.place]
    for item in crf.items:
        judged.update((f"SOFT:{item.code}", f"HIDDEN:{item.code}"))
    for item, repeat, scope, value in _shown_values(book, record):
        message = unexpected(item, value) or (
            outside(scope, item, value, hard=False) if item.soft is not None else None
        )
        if message:
            found.fired.append(_at(record, "SOFT", message, item, repeat))
    for (code, repeat), cell in record.cells.items():
        answered = crf.by_code.get(code)
        if answered is None or not answered.is_typed or not cell.is_answered:
            continue
        if not book.scope(record, repeat).is_shown(answered):
            found.fired.append(_at(record, "HIDDEN", _NOT_ASKED, answered, repeat))


def _identifying(record: Record) -> Iterator[Finding]:
    """Warn of free text that looks as if it named a person; it is saved all the same."""
    crf = STUDY.crfs[record.form].at(record.row)
    for (code, repeat), cell in record.cells.items():
        item = crf.by_code.get(code)
        if isinstance(item, Text) and cell.value and looks_identifying(cell.value):
            yield Finding("PRIVACY", Severity.WARNING, _IDENTIFYING, record.place, code, repeat)


def _shown_values(book: Casebook, record: Record) -> Iterator[tuple[Item, int, RecordScope, Value]]:
    crf = STUDY.crfs[record.form].at(record.row)
    scopes: dict[int, RecordScope] = {}
    for (code, repeat), cell in list(record.cells.items()):
        item = crf.by_code.get(code)
        if item is None or cell.value is None:
            continue
        scope = scopes.setdefault(repeat, book.scope(record, repeat))
        value = scope.item(code)
        if not is_empty(value):
            yield item, repeat, scope, value


def _run(book: Casebook, record: Record, rule: EditCheck) -> Iterator[Finding]:
    crf = STUDY.crfs[record.form].at(record.row)
    item = rule.at_item(frozenset(crf.by_code))
    for repeat in groups.rows_of(book, record, crf, item):
        scope = book.scope(record, repeat)
        if rule.when.holds(scope):
            yield Finding(rule.id, rule.severity, rule.told(scope), record.place, item, repeat)


def outside(scope: Scope, item: Item, value: Value, *, hard: bool) -> Label | None:
    """Return what is wrong with a value outside the item's bounds; None inside them."""
    bounds = item.hard if hard else item.soft
    if bounds is None:
        return None
    low = bounds.low.evaluate(scope) if bounds.low else None
    high = bounds.high.evaluate(scope) if bounds.high else None
    if not _is_beyond(item, value, low, high):
        return None
    if not hard and item.soft_text is not None:
        return item.soft_text
    # What is calculated cannot be entered: its cause is among the answers it is made of.
    beyond = _HARD_RANGE if item.is_typed else _HARD_RANGE_DERIVED
    template = beyond if hard else _SOFT_RANGE
    unit = item.unit.label if item.unit and not item.unit.is_count else None
    spoken = [_spoken_answer(item, one) for one in (value, low, high)]

    def sentence(words: str, unit: str, language: Language) -> str:
        value, low, high = (label.text(language) for label in spoken)
        return words.format(value=value, low=low, high=high, unit=unit)

    found = Label(
        en=sentence(template.en, f" {unit.en}" if unit else "", "en"),
        zh=sentence(template.zh, _set_off(unit.zh) if unit else "", "zh"),
    )
    other = _in_other_unit(scope, item, value)
    return Label(en=f"{found.en} {other.en}", zh=found.zh + other.zh) if other else found


def _is_beyond(item: Item, value: Value, low: Value, high: Value) -> bool:
    """Tell whether a value lies outside bounds; answers of a list lie in the order of the list."""
    codes = getattr(item, "codes", None)
    if isinstance(codes, CodeList) and value in codes.values:
        bounds = (codes.values.index(one) if one in codes.values else one for one in (low, high))
        value, (low, high) = codes.values.index(value), bounds
    return compare("<", value, low) or compare(">", value, high)


def _spoken_answer(item: Item, value: Value) -> Label:
    codes = getattr(item, "codes", None)
    wording = codes.label(value) if isinstance(codes, CodeList) and isinstance(value, str) else None
    text = "…" if is_empty(value) else _spoken(value)
    return wording or Label(en=text, zh=text)


def _in_other_unit(scope: Scope, item: Item, value: Value) -> Label | None:
    """Return what to say of a number that would be possible in the item's other unit."""
    if not isinstance(item, DecimalNumber) or item.converted is None or item.unit is None:
        return None
    if not is_empty(scope.item(item.converted.item)) or item.hard is None:
        return None
    would_be = item.convert(str(value))
    low, high = (
        bound.evaluate(scope) if bound else None for bound in (item.hard.low, item.hard.high)
    )
    if _is_beyond(item, would_be, low, high):
        return None
    return _OTHER_UNIT.filled(
        other=item.converted.unit.label.en, result=_spoken(would_be), unit=item.unit.label.en
    )


def _spoken(value: Value) -> str:
    """Return a value as a sentence says it: a moment as day and time of the site."""
    text = str(value)
    is_moment = len(text) >= _MOMENT and text[_DAY : _DAY + 1] == "T"
    if "." in text and as_number(value) is not None:
        return text.rstrip("0").rstrip(".")
    return text[:_MOMENT].replace("T", " ") if is_moment else text


def _set_off(symbol: str) -> str:
    """Return a unit as it follows a figure in Chinese: 43℃, 12月, but 60 kg/m²."""
    return f" {symbol}" if symbol[:1].isascii() and symbol[:1].isalpha() else symbol


def unexpected(item: Item, value: Value) -> Label | None:
    """Return what to say of an answer other than the expected one; None where none is."""
    if isinstance(item, LongText) and isinstance(value, str) and len(value) < item.usual_length:
        return _SHORT.filled(given=len(value), usual=item.usual_length)
    if item.expected is None or value == item.expected:
        return None
    codes = getattr(item, "codes", None)
    wording = codes.label(item.expected) if isinstance(codes, CodeList) else None
    expected = wording or Label(en=item.expected, zh=item.expected)
    return Label(
        en=_EXPECTED.en.format(expected=expected.en),
        zh=_EXPECTED.zh.format(expected=expected.zh),
    )


def _is_known(book: Casebook, item: Reference, key: str) -> bool:
    if item.to == "CTCAE":
        return key in ctcae.terms()
    if item.to in STUDY.crfs:
        return book.log_row(item.to, key) is not None
    return key in book.entries(item.to)


def _at(record: Record, kind: str, message: Label, item: Item, repeat: int) -> Finding:
    severity = Severity.HARD if kind == "HARD" else Severity.QUERY
    return Finding(f"{kind}:{item.code}", severity, message, record.place, item.code, repeat)


_IDENTIFYING = Label(
    en="This text seems to hold a telephone or identity number. Remove it: no CRF holds what "
    "names a person.",
    zh="该文本中疑似含有手机号或身份证号，请删除：CRF中不得记录可识别个人身份的信息。",
)
_NOT_LISTED = Label(
    en="This is not in the site's list. Choose one of the entries.",
    zh="该内容不在本中心的登记表中，请从列表选择。",
)
_NOT_ASKED = Label(
    en="This was answered, but given the other answers it is no longer asked. "
    "Clear it, or correct those answers.",
    zh="此项已填写，但根据其他回答无需填写。请清空该项或更正相关回答。",
)
_OTHER_UNIT = Label(
    en="If the laboratory reported it in {other}, choose {other}: it is then {result} {unit}.",
    zh="如检验单的单位是{other}，请选择{other}，换算后为{result} {unit}。",
)
_HARD_RANGE = Label(
    en="{value} cannot be right: enter a value from {low} to {high}{unit}.",
    zh="{value}超出可能范围：请填写{low}至{high}{unit}之间的值。",
)
_HARD_RANGE_DERIVED = Label(
    en="{value} cannot be right (possible: {low} to {high}{unit}). "
    "Check what it is calculated from.",
    zh="计算结果{value}超出可能范围（{low}至{high}{unit}），请核对用于计算的数据。",
)
_SOFT_RANGE = Label(
    en="{value} is outside the usual range {low} to {high}{unit}. Please confirm or correct.",
    zh="{value}超出常见范围{low}至{high}{unit}，请确认或更正。",
)
_SHORT = Label(
    en="Only {given} characters; {usual} or more are usual. Please confirm or complete.",
    zh="仅{given}字，通常不少于{usual}字，请确认或补充。",
)
_EXPECTED = Label(
    en="Expected: {expected}. Please confirm or correct.",
    zh="预期为“{expected}”，请确认或更正。",
)
