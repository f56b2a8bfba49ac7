"""On every CRF: a save runs every rule that it may concern, and a rule says all that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edc.protocol import STUDY
from edc.services import dependence
from edc.services.dependence import Dependence
from edc.study import groups
from edc.study.casebook import Casebook, Cell, Record, RecordScope
from edc.study.conditions import Value
from tests.services.casebook_walks import Walk

# CRFs whose rules read one another; each walk stays among them, so that what it enters meets.
MEETING = {
    "laboratory": ("LB", "VS", "AE", "DM", "IE", "DTH", "ENG", "HSCT", "GVHD"),
    "mouth": ("OM", "CM", "AE", "DTH", "PRO", "INJ", "RSP", "SV", "STC", "PE"),
    "skin": ("SK", "INJ", "INF", "AE", "RSP", "GVHD", "EX", "SV"),
    "bladder": ("BC", "TX", "INF", "ENG", "RSP", "INJ", "EX", "SV"),
    "safety": ("AE", "SAE", "CM", "STC", "TX", "EX", "DTH", "EOT", "EOS", "MH", "DM", "VS"),
    "conduct": ("IC", "SV", "EOS", "DTH", "EOT", "EX", "PREGT", "PREG", "RSP", "DV", "UNBL"),
    "screening": ("PE", "MH", "AE", "UNS", "SV", "VIR", "CV", "IE", "HSCT", "INJ", "DM", "OM"),
}
STEPS = 300
EVERY = 10

# One question to the database asks for the containers of all rows; each row is judged by its own.
ASKS_FOR_ALL = {"EX-07"}
# The days of the schedule and the allocation stand still on these walks, as between two saves.
OF_THE_PLACE = {"visit", "row", "visit_order", "today", "now"}
BY_ALLOCATION = {
    "randomisation_date", "randomised", "arm", "target_date", "window_start", "window_end",
}  # fmt: skip


def test_every_crf_but_that_of_the_allocation_is_walked() -> None:
    assert set(STUDY.crfs) - {form for forms in MEETING.values() for form in forms} == {"RAND"}


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize("area", sorted(MEETING))
def test_after_any_save_all_that_is_found_and_derived_is_what_comes_out_anew(
    area: str, seed: int
) -> None:
    walk = Walk(seed, forms=MEETING[area], is_randomised=seed % 4 != 0)
    for step in range(STEPS):
        walk.step()
        if step % EVERY == 0:
            assert walk.stale() == []
            assert walk.wrongly_complete() == []
            assert set(walk.found) == set(walk.lasting())


class Reads:
    """What is read while a rule runs: items of records, and the order or number of records."""

    def __init__(self) -> None:
        self.items: set[tuple[tuple[str, str, int], str, str]] = set()
        self.forms: set[str] = set()
        self.facts: set[str] = set()


@contextmanager
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reads]:
    """Note what is read until the end of the block."""
    reads = Reads()
    cell, of_form, value, fact = (
        RecordScope.cell, Casebook.of_form, Casebook.value, RecordScope.fact,
    )  # fmt: skip

    def noted_cell(self: RecordScope, code: str) -> Cell:
        reads.items.add((self.record.place, self.record.form, code))
        return cell(self, code)

    def noted_form(self: Casebook, form: str) -> tuple[Record, ...]:
        reads.forms.add(form)
        return of_form(self, form)

    def noted_value(self: Casebook, form: str, item: str, visit: str = "") -> str | None:
        reads.items.add(((visit, form, 1), form, item))
        return value(self, form, item, visit)

    def noted_fact(self: RecordScope, name: str) -> Value:
        reads.facts.add(name)
        return fact(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(RecordScope, "cell", noted_cell)
        patched.setattr(Casebook, "of_form", noted_form)
        patched.setattr(Casebook, "value", noted_value)
        patched.setattr(RecordScope, "fact", noted_fact)
        yield reads


def unsaid(reads: Reads, record: Record, said: Dependence) -> set[str]:
    """Return what was read although nobody said so."""
    named = said.forms | {form for form, _ in said.elsewhere}
    if "consent_date" in said.facts:
        named |= {"IC"}
    by_allocation = bool(said.facts & BY_ALLOCATION) or "RAND" in named
    found = {f"rows of {form}" for form in reads.forms - named - {"RAND"}}
    for place, form, code in reads.items:
        is_own = place == record.place and (form, code) in said.own
        is_said = is_own or form in said.forms or (form, code) in said.elsewhere
        is_order = form in named and code == STUDY.crfs[form].date_item
        is_fact = form == "IC" and "consent_date" in said.facts
        is_visit = form == "SV" and "visit_date" in said.facts
        if not (is_said or is_order or is_fact or is_visit):
            found.add(f"{form}.{code}")
    facts = reads.facts - OF_THE_PLACE - STUDY.facts.keys() - said.facts - {"consent_date"}
    return found | (facts - BY_ALLOCATION if by_allocation else facts)


@pytest.mark.parametrize("area", sorted(MEETING))
def test_a_rule_reads_nothing_that_it_does_not_say_it_reads(
    area: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk(5, forms=MEETING[area])
    for step in range(STEPS):
        walk.step()
        if step % (5 * EVERY):
            continue
        for record in list(walk.book.records.values()):
            assert dict(silent_reads(walk, record, monkeypatch)) == {}


def silent_reads(
    walk: Walk, record: Record, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, set[str]]]:
    """Run each rule of a record by itself; return what it reads and does not say."""
    crf = STUDY.crfs[record.form].at(record.row)
    for item in crf.calculated:
        said = dependence.of_derived_item(crf.code, crf.part, item.code)
        for repeat in groups.touched_or_first(record, crf, item.code):
            walk.book.invalidate()
            with traced(monkeypatch) as reads:
                item.rule(walk.book.scope(record, repeat))
            if found := unsaid(reads, record, said):
                yield item.code, found
    for rule in crf.checks:
        said = dependence.of_check(crf.code, rule.id)
        for repeat in groups.rows_of(walk.book, record, crf, rule.at_item(frozenset(crf.by_code))):
            walk.book.invalidate()
            scope = walk.book.scope(record, repeat)
            with traced(monkeypatch) as reads:
                rule.when.holds(scope)
                # A condition that is decided before it comes to a fact reads nothing of it.
                for name in rule.when.facts() & STUDY.facts.keys():
                    scope.fact(name)
            if rule.id not in ASKS_FOR_ALL and (found := unsaid(reads, record, said)):
                yield rule.id, found
