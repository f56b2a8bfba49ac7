"""Study: everything a trial declares, which refuses to exist if it is wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from edc.study.conditions import Expression
from edc.study.crf import Crf, Occurs
from edc.study.items import Calculated, Choice, DecimalNumber, Integer, Item, MultiChoice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.label import Label
    from edc.randomization.design import Design
    from edc.study.codelists import CodeList
    from edc.study.visits import Schedule, Visit

_SPARE_UNIT = frozenset({"count", "score"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition: the file and item where it stands, and what is wrong."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return one line for the command line."""
        return f"{self.place}: {self.what}"


class StudyInvalidError(ValueError):
    """The definition of the study contradicts itself."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep every problem, not only the first."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Register:
    """A list kept at a site to which CRFs refer, such as the approved consent versions."""

    code: str
    label: Label
    items: tuple[Item, ...]
    key: str

    @property
    def by_code(self) -> dict[str, Item]:
        """Return the items by code."""
        return {item.code: item for item in self.items}


@dataclass(frozen=True, kw_only=True)
class Study:
    """The trial: its CRFs, schedule, registers and design.

    :raises StudyInvalidError: naming every mistake by file and item.
    """

    code: str
    name: Label
    short_name: Label
    version: str
    all_crfs: tuple[Crf, ...]
    schedule: Schedule
    registers: tuple[Register, ...]
    design: Design
    target: int

    def __post_init__(self) -> None:
        """Refuse to exist if anything is wrong."""
        problems = list(
            find_problems(self.all_crfs, schedule=self.schedule, registers=self.registers)
        )
        if problems:
            raise StudyInvalidError(problems)

    @cached_property
    def crfs(self) -> dict[str, Crf]:
        """Return the CRFs by code, in the order of the casebook."""
        return {crf.code: crf for crf in self.all_crfs}

    @cached_property
    def codelists(self) -> dict[str, CodeList]:
        """Return every code list that an item uses."""
        lists = (_codes(item) for crf in self.all_crfs for item in crf.items)
        return {found.name: found for found in lists if found is not None}

    def find_visit(self, code: str) -> Visit | None:
        """Return the visit of *code*; an unscheduled visit's number is its own (90.nn)."""
        return self.schedule.by_code.get(code) or self.schedule.by_code.get(
            code.rstrip("0123456789")
        )

    def register(self, code: str) -> Register:
        """Return the register of that code."""
        return next(register for register in self.registers if register.code == code)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the codebook: the name of this version of the definition."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        from edc.study.codebook import codebook  # noqa: PLC0415 - the codebook is derived from us

        text = json.dumps(codebook(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _codes(item: Item) -> CodeList | None:
    return getattr(item, "codes", None)


def find_problems(
    crfs: tuple[Crf, ...], *, schedule: Schedule, registers: tuple[Register, ...] = ()
) -> Iterator[Problem]:
    """Return every mistake in a definition, by file and item."""
    known = {crf.code: frozenset(crf.by_code) for crf in crfs}
    readable = known | {register.code: frozenset(register.by_code) for register in registers}
    yield from _duplicate_codes(crfs)
    for crf in crfs:
        for item in crf.items:
            yield from _item_problems(crf, item, known, registers)
        for rule in crf.checks:
            place = f"edc/forms/{crf.code.lower()}.py: check {rule.id}"
            yield from _expression_problems(place, rule.when, crf, readable)
            own = frozenset(crf.by_code)
            if rule.item and rule.item not in own:
                yield Problem(place, f"is shown at {rule.item}, which {crf.code} does not have")
        if crf.date_item and crf.date_item not in crf.by_code:
            yield Problem(_file(crf), f"is ordered by {crf.date_item}, which it does not have")
    yield from _schedule_problems(schedule, known, crfs)


def _file(crf: Crf, item: Item | None = None) -> str:
    return f"edc/forms/{crf.code.lower()}.py: {crf.code}" + (f".{item.code}" if item else "")


def _duplicate_codes(crfs: tuple[Crf, ...]) -> Iterator[Problem]:
    seen_crfs: set[str] = set()
    seen_checks: set[str] = set()
    for crf in crfs:
        if crf.code in seen_crfs:
            yield Problem(_file(crf), "this CRF code is used twice")
        seen_crfs.add(crf.code)
        seen: set[str] = set()
        for item in crf.items:
            if item.code in seen:
                yield Problem(_file(crf, item), "this item is declared twice")
            seen.add(item.code)
        for rule in crf.checks:
            if rule.id in seen_checks:
                yield Problem(_file(crf), f"check {rule.id} is declared twice")
            seen_checks.add(rule.id)


def _item_problems(
    crf: Crf,
    item: Item,
    known: dict[str, frozenset[str]],
    registers: tuple[Register, ...],
) -> Iterator[Problem]:
    place = _file(crf, item)
    if isinstance(item, Integer | DecimalNumber) and item.unit is None:
        yield Problem(place, "a number needs a unit (a count's is {count}, a score's is {score})")
    for name in ("required", "shown_when"):
        rule = getattr(item, name)
        if isinstance(rule, Expression):
            yield from _expression_problems(f"{place} {name}", rule, crf, known)
    for name in ("hard", "soft"):
        bounds = getattr(item, name)
        for bound in (bounds.low, bounds.high) if bounds else ():
            if bound is not None:
                yield from _expression_problems(f"{place} {name}", bound, crf, known)
    codes = _codes(item)
    if item.expected and codes and item.expected not in codes.values:
        yield Problem(place, f"expects {item.expected}, which is not in {codes.name}")
    if isinstance(item, Choice | MultiChoice) and item.soft and not item.soft.is_constant:
        yield Problem(place, "a choice's soft range must be constant")
    if isinstance(item, Calculated):
        for read in item.reads:
            form, _, code = read.rpartition(".")
            owner = form or crf.code
            if owner in known and code != "*" and code not in known[owner]:
                yield Problem(place, f"reads {read}, which does not exist")
    to = getattr(item, "to", None)
    if to is not None and to not in {register.code for register in registers} | {
        "USER", "SUBJECT", "CTCAE", *known,
    }:  # fmt: skip
        yield Problem(place, f"refers to {to!r}, which is neither a register nor a CRF")


def _expression_problems(
    place: str, rule: Expression, crf: Crf, known: dict[str, frozenset[str]]
) -> Iterator[Problem]:
    for form, code in sorted(rule.reads()):
        owner = form or crf.code
        if owner not in known:
            yield Problem(place, f"reads {owner}.{code}, but there is no CRF {owner}")
        elif code != "*" and code not in known[owner]:
            yield Problem(place, f"reads {owner}.{code}, but {owner} has no such item")


def _schedule_problems(
    schedule: Schedule, known: dict[str, frozenset[str]], crfs: tuple[Crf, ...]
) -> Iterator[Problem]:
    seen: set[str] = set()
    logs = {crf.code for crf in crfs if crf.occurs is not Occurs.VISIT}
    for visit in schedule.visits:
        place = f"edc/protocol.py: visit {visit.code}"
        if visit.code in seen:
            yield Problem(place, "is declared twice")
        seen.add(visit.code)
        for plan in visit.crfs:
            if plan.crf not in known:
                yield Problem(place, f"plans {plan.crf}, but there is no such CRF")
            elif plan.crf in logs:
                yield Problem(place, f"plans {plan.crf}, which belongs to no visit")
    timed = [
        (visit.target - visit.window.before, visit.target + visit.window.after, visit)
        for visit in schedule.visits
        if visit.target is not None and visit.main and visit.target > 0
    ]
    for (_, end, one), (start, _, other) in zip(timed, timed[1:], strict=False):
        if start <= end:
            yield Problem(
                f"edc/protocol.py: visit {other.code}", f"its window overlaps that of {one.code}"
            )
