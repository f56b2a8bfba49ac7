"""CRFs: sections of items, how often they are filled, and the checks they carry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from edc.label import Label
from edc.study.items import Calculated, DecimalNumber, Item

if TYPE_CHECKING:
    from edc.study.checks import EditCheck


class Occurs(StrEnum):
    """Where a CRF's records stand."""

    VISIT = "visit"  # one at each visit that plans it
    LOG = "log"  # numbered rows of the participant, without a visit
    ONCE = "once"  # one for the participant, without a visit


@dataclass(frozen=True, slots=True)
class Part:
    """One of several records that a CRF has at a visit, such as a panel of the laboratory."""

    code: str
    label: Label


@dataclass(frozen=True, kw_only=True)
class Section:
    """Items under one heading; *repeats* lets the group occur several times in a record.

    :param row_label: what one row of a repeating group is called.
    :param numbered: the item of a repeating group that holds the row's number, which the row keeps
        for the whole study: it is written with the row and never typed.
    :param kept: the items that say what the row is about. They are shown as the record before has
        them, and enter nothing by themselves.
    :param recalled: what else of the record before is shown beside the row, as text.
    :param part: the part of the CRF that asks the section; empty is every part.
    :param layout: how a page sets its items out; empty is one below the other.
    :param rest: the usual answer, which one tap gives to all questions of the section that offer it
        and are not answered yet.
    """

    code: str
    label: Label
    items: tuple[Item, ...]
    hint: Label | None = None
    repeats: int = 1  # the most rows the group may have; 1 is an ordinary section
    row_label: Label | None = None
    numbered: str = ""
    kept: tuple[str, ...] = ()
    recalled: tuple[str, ...] = ()
    part: str = ""
    rest: str = ""
    layout: str = ""

    @cached_property
    def codes(self) -> frozenset[str]:
        """Return the codes of its items."""
        return frozenset(item.code for item in self.items)


@dataclass(frozen=True, kw_only=True)
class Crf:
    """A case report form of the trial, declared once for screen, checks, export and print.

    :param date_item: the item by whose date records of this CRF are ordered.
    :param parts: the records it has at a visit, each at the row of its place in here, from 1.
    :param part: the part that this is; never declared, but set by :meth:`at`.
    :param assesses: True for the assessments that a masked assessor enters.
    :param again: what is most often as in the row before, so that a page offers it filled in.
    :param as_last: what is mostly as on the last such CRF of any visit, and offered filled in.
    :param system_only: True when only the server creates the record.
    :param rows_of: the log that its rows tell more of, each under the number of that log's row.
    :param before_consent: True when the CRF may be saved although no consent is recorded.
    :param answers_stay: why nobody changes an answer of this CRF once it is saved; None where
        answers are corrected with a reason.
    """

    code: str
    label: Label
    sections: tuple[Section, ...]
    occurs: Occurs = Occurs.VISIT
    checks: tuple[EditCheck, ...] = ()
    date_item: str = ""
    sdtm: str = ""
    note: Label | None = None
    assesses: bool = False
    system_only: bool = False
    before_consent: bool = False
    row_title: tuple[str, ...] = field(default=())  # the items that name a row of a log
    rows_of: str = ""
    again: tuple[str, ...] = ()
    as_last: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    part: str = ""
    answers_stay: Label | None = None

    @property
    def name(self) -> str:
        """Return what the CRF is called in few letters; a part's own code follows: ``LB CBC``."""
        return f"{self.code} {self.part}".strip()

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Return every item in the order of the page."""
        return tuple(item for section in self.sections for item in section.items)

    @cached_property
    def by_code(self) -> dict[str, Item]:
        """Return the items by their code."""
        return {item.code: item for item in self.items}

    @cached_property
    def repeating(self) -> frozenset[str]:
        """Return the codes of the items that may occur several times in a record."""
        return frozenset(
            code for section in self.sections if section.repeats > 1 for code in section.codes
        )

    @cached_property
    def calculated(self) -> tuple[Calculated, ...]:
        """Return the derived items in the order in which they may be computed."""
        return tuple(item for item in self.items if isinstance(item, Calculated))

    @cached_property
    def asks_by_arm(self) -> bool:
        """Tell whether one arm is asked something that the others are not."""
        return any(item.only_arm for item in self.items)

    @cached_property
    def checks_by_id(self) -> dict[str, tuple[EditCheck, ...]]:
        """Return the checks by id: one may be asked of several items, as of each test."""
        ids = dict.fromkeys(rule.id for rule in self.checks)
        return {one: tuple(rule for rule in self.checks if rule.id == one) for one in ids}

    def label_of(self, code: str, repeat: int) -> Label:
        """Return what an item is called; in a repeating group its row comes first."""
        item = self.by_code[code]
        row = self.section_of(code).row_label if code in self.repeating else None
        if row is None:
            return item.label
        return Label(
            en=f"{row.en} {repeat}: {item.label.en}", zh=f"{row.zh}{repeat}：{item.label.zh}"
        )

    @cached_property
    def worked_out(self) -> tuple[Item, ...]:
        """Return the items that the server works out: derived ones, and converted numbers."""
        return tuple(
            item
            for item in self.items
            if isinstance(item, Calculated)
            or (isinstance(item, DecimalNumber) and item.converted is not None)
        )

    def section_of(self, code: str) -> Section:
        """Return the section that holds the item."""
        return next(section for section in self.sections if code in section.codes)

    def part_of(self, row: int) -> str:
        """Return the code of the part that stands at *row*; empty for a CRF without parts."""
        return self.parts[row - 1].code if 1 <= row <= len(self.parts) else ""

    def row_of(self, part: str) -> int:
        """Return the row at which a part stands; 1 for a CRF without parts."""
        return next((row for row, one in enumerate(self.parts, 1) if one.code == part), 1)

    def at(self, row: int) -> Crf:
        """Return the CRF as its record at *row* has it: of one with parts, that part alone.

        The part has the sections that name it and those that name none, and of the checks those
        that are shown at one of its items.
        """
        return self.at_part(self.part_of(row))

    def at_part(self, part: str) -> Crf:
        """Return the CRF as records of that part have it; the whole for an empty name."""
        return self._by_part[part] if part else self

    @cached_property
    def _by_part(self) -> dict[str, Crf]:
        return {part.code: self._only(part) for part in self.parts}

    def _only(self, part: Part) -> Crf:
        sections = tuple(one for one in self.sections if one.part in ("", part.code))
        asked = {item.code for section in sections for item in section.items}
        own = frozenset(self.by_code)
        return replace(
            self,
            label=Label(
                en=f"{self.label.en}: {part.label.en}", zh=f"{self.label.zh}：{part.label.zh}"
            ),
            sections=sections,
            checks=tuple(one for one in self.checks if one.at_item(own) in asked | {""}),
            parts=(),
            part=part.code,
        )
