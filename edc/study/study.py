"""Study: everything a trial declares, which refuses to exist if it is wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from edc.study.problems import Problem, find_problems
from edc.study.restriction import would_tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.label import Label
    from edc.randomization.design import Design
    from edc.study.checks import EditCheck
    from edc.study.codelists import CodeList
    from edc.study.crf import Crf
    from edc.study.facts import Fact
    from edc.study.items import Item
    from edc.study.visits import Schedule, Visit

__all__ = ["Problem", "Register", "Study", "StudyInvalidError", "find_problems"]


class StudyInvalidError(ValueError):
    """The definition of the study contradicts itself."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep every problem, not only the first."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Register:
    """A list kept at a site to which CRFs refer, such as the approved consent versions.

    :param checks: hard ones refuse an entry; any other is said of the entry where it is kept.
    :param shown_with: the items told beside the key where a CRF chooses an entry.
    :param in_force_from: the item whose day puts an entry in force in the place of those before it,
        as the approval of a new version does.
    :param period: the items that hold the first and the last day of an entry. A key then has
        several entries, one after another, and a reference names the key, not the entry.
    """

    code: str
    label: Label
    items: tuple[Item, ...]
    key: str
    checks: tuple[EditCheck, ...] = ()
    shown_with: tuple[str, ...] = ()
    in_force_from: str = ""
    period: tuple[str, str] | None = None

    @property
    def by_code(self) -> dict[str, Item]:
        """Return the items by code."""
        return {item.code: item for item in self.items}

    def entry_key(self, values: Mapping[str, str]) -> str:
        """Return the name of an entry; of one with a period the key and its first day."""
        key = values[self.key]
        return f"{key}@{values[self.period[0]]}" if self.period else key


@dataclass(frozen=True, kw_only=True)
class Study:
    """The trial: its CRFs, schedule, registers and design.

    :param restricted: what would tell an arm, as ``(form, item)``; ``"*"`` is the whole form.
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
    all_facts: tuple[Fact, ...] = ()
    restricted: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        """Refuse to exist if anything is wrong."""
        problems = list(
            find_problems(
                self.all_crfs,
                schedule=self.schedule,
                registers=self.registers,
                facts=self.all_facts,
                restricted=self.restricted,
            )
        )
        if problems:
            raise StudyInvalidError(problems)

    @cached_property
    def crfs(self) -> dict[str, Crf]:
        """Return the CRFs by code, in the order of the casebook."""
        return {crf.code: crf for crf in self.all_crfs}

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """Return the declared facts by name."""
        return {fact.name: fact for fact in self.all_facts}

    @cached_property
    def restricted_checks(self) -> frozenset[str]:
        """Return the ids of the checks whose firing would tell an arm.

        Such a check reads the arm or something restricted: whoever may not know that may not know
        of its query, notice or proposal either.
        """
        return self.checks_telling(self.restricted)

    def checks_telling(self, restricted: frozenset[tuple[str, str]]) -> frozenset[str]:
        """Return the ids of the checks that would tell what is *restricted*."""
        return frozenset(
            rule.id
            for crf in self.all_crfs
            for rule in crf.checks
            if would_tell(
                rule.when, crf.code, shown_at=rule.at_item(frozenset(crf.by_code)),
                facts=self.facts, restricted=restricted,
            )
        )  # fmt: skip

    @cached_property
    def codelists(self) -> dict[str, CodeList]:
        """Return every code list that an item uses."""
        items = [item for crf in self.all_crfs for item in crf.items]
        items += [item for register in self.registers for item in register.items]
        lists = (getattr(part, "codes", None) for item in items for part in _with_columns(item))
        return {found.name: found for found in lists if found is not None}

    def find_visit(self, code: str) -> Visit | None:
        """Return the visit of *code*; an unscheduled visit's number is its own (90.nn)."""
        return self.schedule.find(code)

    def visit_number(self, code: str) -> float | None:
        """Return the VISITNUM of *code*, or None for a log and for an unknown visit."""
        return self.schedule.number(code)

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


def _with_columns(item: Item) -> tuple[Item, ...]:
    return (item, *getattr(item, "columns", ()))
