"""Mistakes in how one CRF is put together: its parts, its repeating groups, and what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.study.conditions import Expression
from edc.study.crf import Crf, Occurs, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

Mistake = tuple[str, str]  # the place, and what is wrong


def mistakes(place: str, crf: Crf) -> Iterator[Mistake]:
    """Return what is wrong with the parts and the repeating groups of a CRF."""
    yield from _of_parts(place, crf)
    for section in crf.sections:
        if section.repeats > 1:
            yield from _of_group(f"{place} section {section.code}", section)
    for rule in crf.checks:
        shown_at = rule.at_item(frozenset(crf.by_code))
        yield from _of_reader(f"{place} check {rule.id}", rule.when, shown_at, crf)
    for item in crf.items:
        for name in ("required", "shown_when"):
            condition = getattr(item, name)
            if isinstance(condition, Expression):
                yield from _of_reader(f"{place}.{item.code} {name}", condition, item.code, crf)


def _of_parts(place: str, crf: Crf) -> Iterator[Mistake]:
    """Find sections of a part that is not declared, and parts where records are numbered rows."""
    codes = [part.code for part in crf.parts]
    if codes and crf.occurs is not Occurs.VISIT:
        yield place, "has parts, but only a CRF of visits can have them"
    if len(set(codes)) < len(codes):
        yield place, "declares a part twice"
    for section in crf.sections:
        if section.part and section.part not in codes:
            what = f"belongs to the part {section.part}, which is not declared"
            yield f"{place} section {section.code}", what


def _of_group(place: str, section: Section) -> Iterator[Mistake]:
    """Find what a repeating group needs and does not have."""
    if section.row_label is None:
        yield place, "repeats, and does not say what a row is called"
    if section.numbered not in section.codes:
        yield place, "repeats, and none of its items holds the number of the row"
    for code in (*section.kept, *section.recalled):
        if code not in section.codes:
            yield place, f"tells its rows by {code}, which it does not have"


def _of_reader(place: str, rule: Expression, at: str, crf: Crf) -> Iterator[Mistake]:
    """Find a rule about something single that reads an item of a row: there may be several."""
    if at in crf.repeating:
        return
    for form, code in sorted(rule.reads()):
        if not form and code in crf.repeating:
            yield place, f"reads {code}, of which a record may have several"
