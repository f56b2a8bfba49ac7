"""What a rule depends on, so that a save runs again only the rules whose answer it may change.

A rule reads items of its own record, which only a save or a derivation there can change; items of
other records; and facts. Whether an item that it reads is shown may depend on further items, which
are followed too.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from edc.protocol import STUDY
from edc.study.conditions import Expression, is_fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from edc.study.casebook import Record
    from edc.study.conditions import Tree

ItemRef = tuple[str, str]  # form, item; "*" is the existence of rows
ANY_ROW = "*"
EVERYTHING = "**"  # of a CRF, on every record

# The CRF that decides a fact; a visit's date is decided by the SV of that visit alone.
_DECIDED_BY = {
    "consent_date": "IC",
    "randomised": "RAND",
    "randomisation_date": "RAND",
    "arm": "RAND",
    "target_date": "RAND",
    "window_start": "RAND",
    "window_end": "RAND",
}
_VISIT_DATE, _VISIT_CRF = "visit_date", "SV"


@dataclass(frozen=True, slots=True)
class Dependence:
    """What an answer depends on.

    :param own: items of the record itself.
    :param elsewhere: items of the participant's other records, as ``(form, item)``.
    :param forms: CRFs of which everything counts.
    """

    own: frozenset[ItemRef]
    elsewhere: frozenset[ItemRef]
    facts: frozenset[str]
    forms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What one save changed.

    :param typed: items of the record that was saved, ``(form, "*")`` when it is new.
    :param derived: items that were computed anew on other records.
    """

    saved: Record
    typed: AbstractSet[ItemRef]
    derived: AbstractSet[ItemRef]
    _all: frozenset[ItemRef] = field(init=False)
    _forms: frozenset[str] = field(init=False)
    _known: dict[int, tuple[Dependence, bool]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def __post_init__(self) -> None:
        """Work out once what every rule is compared with."""
        found = frozenset(self.typed | self.derived)
        forms = frozenset(form for form, _ in found)
        reordered = [form for form in forms if not _ordering(form).isdisjoint(found)]
        items = (_items(form, self._part_moved(form)) for form in reordered)
        object.__setattr__(self, "_all", found.union(*items))
        object.__setattr__(self, "_forms", forms)

    def _part_moved(self, form: str) -> str:
        """Return the only part of a CRF whose records can have changed places; empty for any."""
        is_saved = form == self.saved.form and _ordering(form).isdisjoint(self.derived)
        return STUDY.crfs[form].part_of(self.saved.row) if is_saved else ""

    def reaches(self, record: Record, dependence: Dependence) -> bool:
        """Tell whether an answer on *record*, another than the one saved, may have changed."""
        if self._is_reached(dependence):
            return True
        is_of_visit = self.saved.form == _VISIT_CRF and record.visit == self.saved.visit
        return is_of_visit and _VISIT_DATE in dependence.facts

    def may_reach(self, dependence: Dependence) -> bool:
        """Tell whether :meth:`reaches` may be true of any record."""
        is_of_a_visit = self.saved.form == _VISIT_CRF and _VISIT_DATE in dependence.facts
        return is_of_a_visit or self._is_reached(dependence)

    def _is_reached(self, dependence: Dependence) -> bool:
        """Tell whether answers with the dependence may have changed, at whatever visit.

        The same few are asked for every record. Kept beside its answer, a dependence keeps its id.
        """
        known = self._known.get(id(dependence))
        if known is None:
            found = not (
                self.derived.isdisjoint(dependence.own)
                and self._all.isdisjoint(dependence.elsewhere)
                and self._forms.isdisjoint(dependence.forms)
            ) or any(_DECIDED_BY.get(fact) in self._forms for fact in dependence.facts)
            known = self._known[id(dependence)] = dependence, found
        return known[1]


@cache
def _ordering(form: str) -> frozenset[ItemRef]:
    """Return what decides which record of a CRF is the latest, and which comes before which."""
    return frozenset({(form, STUDY.crfs[form].date_item), (form, ANY_ROW)})


@cache
def _items(form: str, part: str) -> frozenset[ItemRef]:
    crf = STUDY.crfs[form].at_part(part)
    return frozenset((form, item.code) for item in crf.items) | {(form, ANY_ROW)}


@cache
def of_check(form: str, rule_id: str) -> Dependence:
    """Return what a check of the CRF *form* depends on, at whatever items it is asked."""
    return _dependence(form, [one.when for one in STUDY.crfs[form].checks_by_id[rule_id]])


@cache
def of_ranges(form: str, part: str) -> Dependence:
    """Return what the soft ranges of a CRF, and which of its items are asked, depend on."""
    items = STUDY.crfs[form].at_part(part).items
    bounds = (item.soft for item in items if item.soft is not None)
    ends = (end for soft in bounds for end in (soft.low, soft.high) if end is not None)
    return _dependence(form, ends, items=[item.code for item in items])


@cache
def of_completeness(form: str, part: str) -> Dependence:
    """Return what decides which items of a CRF are asked and which of them are owed."""
    items = STUDY.crfs[form].at_part(part).items
    required = (item.required for item in items if isinstance(item.required, Expression))
    # The first row of a group is owed while no other record has any.
    rows = [f"{form}.{one.numbered}" for one in STUDY.crfs[form].sections if one.numbered]
    return _dependence(form, required, items=[item.code for item in items], reads=rows)


@cache
def of_derived(form: str, part: str) -> Dependence:
    """Return what the derived items of a CRF say they read, together."""
    crf = STUDY.crfs[form].at_part(part)
    reads = [read for item in crf.calculated for read in item.reads]
    return _dependence(form, (), reads=reads)


@cache
def of_derived_item(form: str, part: str, code: str) -> Dependence:
    """Return what one derived item of a CRF says it reads."""
    crf = STUDY.crfs[form].at_part(part)
    return _dependence(form, (), reads=next(i.reads for i in crf.calculated if i.code == code))


def _dependence(
    form: str,
    expressions: Iterable[Expression],
    *,
    items: Iterable[str] = (),
    reads: Iterable[str] = (),
) -> Dependence:
    facts: set[str] = set()
    waiting = [(True, form, code) for code in items]
    waiting += _declared(reads, form, at_home=True, facts=facts)
    for expression in expressions:
        waiting += _reads(expression.tree, form, home=form, at_home=True, facts=facts)
    forms: set[str] = set()
    own: set[ItemRef] = set()
    elsewhere: set[ItemRef] = set()
    while waiting:
        is_own, where, code = waiting.pop()
        if code == EVERYTHING:
            forms.add(where)
            continue
        found = own if is_own else elsewhere
        if (where, code) in found:
            continue
        found.add((where, code))
        crf = STUDY.crfs.get(where)
        item = crf.by_code.get(code) if crf else None
        if item is not None and item.shown_when is not None:
            tree = item.shown_when.tree
            waiting += _reads(tree, where, home=where, at_home=is_own, facts=facts)
    return Dependence(frozenset(own), frozenset(elsewhere), frozenset(facts), frozenset(forms))


def _declared(
    reads: Iterable[str], form: str, *, at_home: bool, facts: set[str]
) -> Iterator[tuple[bool, str, str]]:
    """Return each item that a derived item or a declared fact says it reads.

    ``FORM.*`` is everything on every record of the CRF.
    """
    for read in reads:
        owner, _, code = read.rpartition(".")
        if is_fact(code):
            yield from _by_fact(code, form, at_home=at_home, facts=facts)
        elif owner:
            yield False, owner, EVERYTHING if code == ANY_ROW else code
        else:
            yield at_home, form, code


def _by_fact(
    name: str, form: str, *, at_home: bool, facts: set[str]
) -> Iterator[tuple[bool, str, str]]:
    """Return what a fact rests on; one that no rule works out is kept by its name."""
    declared = STUDY.facts.get(name)
    if declared is None:
        facts.add(name)
    elif name not in facts:
        facts.add(name)
        yield from _declared(declared.reads, form, at_home=at_home, facts=facts)


def _reads(
    tree: Tree, form: str, *, home: str, at_home: bool, facts: set[str]
) -> Iterator[tuple[bool, str, str]]:
    """Return each item an expression reads: whether of the record itself, its form and code.

    :param at_home: the expression is asked about the record itself, not a row of ``any``.
    """
    kind, *parts = tree
    if kind in ("item", "this", "previous", "fact"):
        code = parts[0]
        if is_fact(code):
            yield from _by_fact(code, form, at_home=at_home and kind == "fact", facts=facts)
        elif kind == "this":
            yield True, home, code
        else:
            yield at_home and kind == "item", form, code
    elif kind == "foreign":
        yield False, parts[0], parts[1]
    elif kind == "entry":
        reference, column = parts[0][1], parts[1][1]
        yield at_home, form, reference
        crf = STUDY.crfs.get(form)
        target = getattr(crf.by_code.get(reference), "to", "") if crf else ""
        if target in STUDY.crfs:
            yield False, target, column
    elif kind in ("any", "count"):
        yield False, parts[0], ANY_ROW
        yield from _reads(parts[1], parts[0], home=home, at_home=False, facts=facts)
    else:
        for part in parts:
            if isinstance(part, tuple):
                yield from _reads(part, form, home=home, at_home=at_home, facts=facts)
