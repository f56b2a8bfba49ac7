"""find_problems(): every mistake in the definition of a study, by file and item."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from edc.study import structure
from edc.study.checks import Severity
from edc.study.conditions import FACTS, Expression, as_number, is_fact, walk
from edc.study.crf import Crf, Occurs
from edc.study.items import (
    Calculated,
    Choice,
    Date,
    DateTime,
    DecimalNumber,
    Integer,
    Item,
    MultiChoice,
    Reference,
    System,
    Table,
)
from edc.study.restriction import is_restricted, would_tell

if TYPE_CHECKING:
    from edc.study.checks import EditCheck
    from edc.study.codelists import CodeList
    from edc.study.conditions import Tree
    from edc.study.facts import Fact
    from edc.study.study import Register
    from edc.study.visits import Schedule, Visit

_OTHER_TARGETS = frozenset({"USER", "SUBJECT", "CTCAE"})
_COMPARISONS = frozenset({"==", "!=", "in", "not in"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a definition: the file and item where it stands, and what is wrong."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return one line for the command line."""
        return f"{self.place}: {self.what}"


def find_problems(
    crfs: tuple[Crf, ...],
    *,
    schedule: Schedule,
    registers: tuple[Register, ...] = (),
    facts: tuple[Fact, ...] = (),
    restricted: Collection[tuple[str, str]] = (),
) -> Iterator[Problem]:
    """Return every mistake in a definition, by file and item.

    :param restricted: what would tell an arm, as ``(form, item)``; ``"*"`` is the whole form.
    """
    definition = _Definition(crfs, schedule, registers, facts, restricted)
    for crf in crfs:
        yield from definition.crf_problems(crf)
    for register in registers:
        yield from definition.register_problems(register)
    for fact in facts:
        yield from definition.fact_problems(fact)
    yield from _repeated(((_file(crf), crf.code) for crf in crfs), "this CRF code is used twice")
    checks = [(_check_place(crf, rule.id), crf, rule) for crf in crfs for rule in crf.checks]
    ids = dict.fromkeys((place, rule.id) for place, _, rule in checks)
    yield from _repeated(ids, "is declared twice")
    # A check may be asked of several items of its CRF, such as of every laboratory test.
    asked = ((at, f"{rule.id} {rule.at_item(frozenset(crf.by_code))}") for at, crf, rule in checks)
    yield from _repeated(asked, "is asked twice of the same item")
    yield from definition.schedule_problems()


def _file(crf: Crf) -> str:
    return f"edc/forms/{crf.code.lower()}.py: {crf.code}"


def _repeated(named: Iterable[tuple[str, str]], what: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, name in named:
        if name in seen:
            yield Problem(place, what)
        seen.add(name)


def _check_place(crf: Crf, rule_id: str) -> str:
    return f"{_file(crf)}: check {rule_id}"


class _Definition:
    """A definition under examination, with what its parts may name."""

    def __init__(
        self,
        crfs: tuple[Crf, ...],
        schedule: Schedule,
        registers: tuple[Register, ...],
        facts: tuple[Fact, ...],
        restricted: Collection[tuple[str, str]],
    ) -> None:
        self.crfs = crfs
        self.schedule = schedule
        self.registers = {register.code: register for register in registers}
        self.facts = {fact.name: fact for fact in facts}
        self.restricted = restricted
        self.repeating = {(crf.code, code) for crf in crfs for code in crf.repeating}
        self.items: dict[str, dict[str, Item]] = {crf.code: crf.by_code for crf in crfs}
        self.rows = self.items | {register.code: register.by_code for register in registers}

    # CRFs and their items

    def crf_problems(self, crf: Crf) -> Iterator[Problem]:
        place = _file(crf)
        yield from _repeated(
            ((f"{place}.{item.code}", item.code) for item in crf.items),
            "this item is declared twice",
        )
        for item in crf.items:
            yield from self.item_problems(crf, item)
        for rule in crf.checks:
            at = f"edc/forms/{crf.code.lower()}.py: check {rule.id}"
            yield from self.expression_problems(at, rule.when, crf)
            if rule.item and rule.item not in crf.by_code:
                yield Problem(at, f"is shown at {rule.item}, which {crf.code} does not have")
            yield from self.masking_problems(at, rule, crf)
        for code in crf.row_title:
            if code not in crf.by_code:
                yield Problem(place, f"names its rows by {code}, which it does not have")
        dated = crf.by_code.get(crf.date_item)
        if crf.date_item and dated is None:
            yield Problem(place, f"is ordered by {crf.date_item}, which it does not have")
        elif dated is not None and not (
            isinstance(dated, Date | DateTime | System)
            or (isinstance(dated, Calculated) and dated.holds == "date")
        ):
            yield Problem(place, f"is ordered by {crf.date_item}, which is not a date")
        yield from self.circles(crf)
        yield from (Problem(*mistake) for mistake in structure.mistakes(place, crf))

    def masking_problems(self, place: str, rule: EditCheck, crf: Crf) -> Iterator[Problem]:
        """Find a hard check whose refusal, at an item that everybody sees, would tell an arm."""
        shown_at = rule.at_item(frozenset(crf.by_code))
        if rule.severity is not Severity.HARD or self.is_restricted(crf.code, shown_at):
            return
        if would_tell(rule.when, crf.code, facts=self.facts, restricted=self.restricted):
            yield Problem(
                place, f"would tell the arm by refusing at {shown_at}, which everybody sees"
            )

    def is_restricted(self, form: str, code: str) -> bool:
        """Tell whether an item would tell an arm."""
        return is_restricted(form, code, restricted=self.restricted)

    def fact_problems(self, fact: Fact) -> Iterator[Problem]:
        place = f"edc/forms/facts.py: {fact.name}"
        if fact.name in FACTS or not is_fact(fact.name):
            yield Problem(place, "is a name that a declared fact cannot have")
        if not (fact.rule.__doc__ or "").strip():
            yield Problem(place, "its rule has no docstring that says where it comes from")
        for read in fact.reads:
            form, _, code = read.rpartition(".")
            if form and form not in self.rows:
                yield Problem(place, f"reads {read}, but there is no CRF {form}")
            elif form and code != "*" and code not in self.rows[form]:
                yield Problem(place, f"reads {read}, but {form} has no such item")
            elif not form and is_fact(code) and code not in FACTS | self.facts.keys():
                yield Problem(place, f"reads the fact {code}, which nobody declares")

    def item_problems(self, crf: Crf, item: Item) -> Iterator[Problem]:
        place = f"{_file(crf)}.{item.code}"
        yield from _value_problems(place, item)
        if item.only_arm and not self.is_restricted(crf.code, item.code):
            yield Problem(place, "is asked of one arm only, and everybody sees it")
        for name in ("required", "shown_when"):
            rule = getattr(item, name)
            if isinstance(rule, Expression):
                yield from self.expression_problems(f"{place} {name}", rule, crf)
                yield from self.browser_problems(f"{place} {name}", rule, crf, item.code)
        yield from self.bound_problems(place, item, crf)
        if isinstance(item, Calculated):
            yield from self.calculated_problems(place, item, crf)
        yield from self.target_problems(place, item, crf)

    def bound_problems(self, place: str, item: Item, crf: Crf) -> Iterator[Problem]:
        for name in ("hard", "soft"):
            bounds = getattr(item, name)
            for bound in (bounds.low, bounds.high) if bounds else ():
                if bound is not None:
                    yield from self.expression_problems(f"{place} {name}", bound, crf)

    def target_problems(self, place: str, item: Item, crf: Crf) -> Iterator[Problem]:
        """Find an item that is converted into, or refers to, what is not there."""
        if isinstance(item, DecimalNumber) and item.converted is not None:
            other = crf.by_code.get(item.converted.item)
            if not isinstance(other, DecimalNumber):
                told = f"is converted from {item.converted.item}"
                yield Problem(place, f"{told}, which is no number of {crf.code}")
        if isinstance(item, Reference) and item.entries is None:
            targets = {*_OTHER_TARGETS, *self.rows}
            if item.to not in targets:
                yield Problem(
                    place, f"refers to {item.to!r}, which is neither a register nor a CRF"
                )

    def calculated_problems(self, place: str, item: Calculated, crf: Crf) -> Iterator[Problem]:
        if not (item.rule.__doc__ or "").strip():
            yield Problem(place, "its rule has no docstring that says where it comes from")
        later = False
        for other in crf.calculated:
            later = later or other is item
            if later and other is not item and other.code in item.reads:
                yield Problem(place, f"reads {other.code}, which is derived after it")
        for read in item.reads:
            form, _, code = read.rpartition(".")
            owner = form or crf.code
            if owner not in self.rows:
                yield Problem(place, f"reads {read}, but there is no CRF {owner}")
            elif code != "*" and code not in self.rows[owner]:
                yield Problem(place, f"reads {read}, but {owner} has no such item")

    def register_problems(self, register: Register) -> Iterator[Problem]:
        place = f"edc/protocol.py: register {register.code}"
        if register.key not in register.by_code:
            yield Problem(place, f"has the key {register.key}, which is none of its items")
        for item in register.items:
            yield from _value_problems(f"{place}.{item.code}", item)

    def circles(self, crf: Crf) -> Iterator[Problem]:
        """Find items whose being shown depends on their being shown."""
        reads = {
            item.code: {code for form, code in item.shown_when.reads() if form in ("", crf.code)}
            - {node[1] for node in walk(item.shown_when.tree) if node[0] == "previous"}
            for item in crf.items
            if item.shown_when
        }
        for start, read in reads.items():
            reached: set[str] = set()
            coming = set(read)
            while coming:
                reached |= coming
                coming = {code for one in coming for code in reads.get(one, ())} - reached
            if start in reached:
                yield Problem(
                    f"{_file(crf)}.{start} shown_when", "depends on whether it is shown itself"
                )

    # Expressions

    def expression_problems(self, place: str, rule: Expression, crf: Crf) -> Iterator[Problem]:
        for form, code in sorted(rule.reads()):
            owner = form or crf.code
            if owner not in self.rows:
                yield Problem(place, f"reads {owner}.{code}, but there is no CRF {owner}")
            elif code != "*" and code not in self.rows[owner]:
                yield Problem(place, f"reads {owner}.{code}, but {owner} has no such item")
            elif form and (form, code) in self.repeating:
                yield Problem(place, f"reads {form}.{code}, of which a record may have several")
        yield from self.code_problems(place, rule.tree, crf.code)
        inside = {id(node) for outer in _rows(rule.tree) for node in walk(outer)}
        for name in sorted(rule.facts() - FACTS - self.facts.keys()):
            yield Problem(place, f"reads the fact {name}, which nobody declares")
        for node in walk(rule.tree):
            if node[0] == "at" and not self.schedule.find(node[1][1]):
                yield Problem(place, f"names the visit {node[1][1]}, which is not in the schedule")
            if node[0] == "this" and id(node) not in inside:
                yield Problem(place, f"says this.{node[1]} outside any() and count()")

    def code_problems(self, place: str, tree: Tree, form: str) -> Iterator[Problem]:
        """Find answers that are compared with a code their list does not have."""
        if tree[0] in _COMPARISONS:
            for one, other in (tree[1:], tree[:0:-1]):
                name, offered = self.offered(one, form)
                for literal in _literals(other) if offered is not None else ():
                    if literal not in offered:  # type: ignore[operator]
                        yield Problem(place, f"compares {name} with {literal!r}, which it never is")
        inner = tree[1] if tree[0] in ("any", "count") else form
        for part in tree[1:]:
            if isinstance(part, tuple):
                yield from self.code_problems(place, part, inner)

    def offered(self, node: Tree, form: str) -> tuple[str, Collection[str] | None]:
        """Return the name of what *node* reads, and the codes it may be; None is anything."""
        match node:
            case ("fact", "visit"):
                return "visit", _VisitCodes(self.schedule)
            case ("item" | "previous" as kind, code) if not is_fact(code):
                item = self.rows.get(form, {}).get(code)
                return (code if kind == "item" else f"previous.{code}"), _values(item)
            case ("foreign", other, code):
                return f"{other}.{code}", _values(self.rows.get(other, {}).get(code))
            case ("at", _, inner):
                return self.offered(inner, form)
        return "", None

    def browser_problems(
        self, place: str, rule: Expression, crf: Crf, code: str
    ) -> Iterator[Problem]:
        """Find what a condition that is sent to the browser must not or cannot read.

        The condition of an item that would tell the arm is sent to those who may see the item.
        """
        is_sent_to_all = not self.is_restricted(crf.code, code)
        if "arm" in rule.facts():
            yield Problem(place, "reads the arm, and a condition is sent to the browser")
        for name in sorted(rule.facts() & self.facts.keys()):
            yield Problem(place, f"reads the fact {name}, which a browser cannot work out")
        for form, read in sorted(rule.reads()):
            owner = form or crf.code
            if self.is_restricted(owner, read) and is_sent_to_all:
                yield Problem(place, f"reads {owner}.{read}, which would tell the browser the arm")
        for node in walk(rule.tree):
            if node[0] == "this" and not is_fact(node[1]):
                yield Problem(place, f"says this.{node[1]}, which a browser cannot follow")
            if node[0] == "entry":
                yield Problem(place, f"looks up entry({node[1][1]}), which a browser cannot follow")
            if node[0] in ("foreign", "any", "count") and node[1] == crf.code:
                yield Problem(
                    place,
                    f"reads {crf.code} as another CRF, which a browser cannot follow: "
                    "name the item alone, or previous.ITEM",
                )

    # The schedule

    def schedule_problems(self) -> Iterator[Problem]:
        visits = self.schedule.visits
        yield from _repeated(
            ((f"edc/protocol.py: visit {v.code}", v.code) for v in visits), "is declared twice"
        )
        yield from _repeated(
            ((f"edc/protocol.py: visit {v.code}", v.number) for v in visits),
            "has the number of another visit",
        )
        occurs = {crf.code: crf.occurs for crf in self.crfs}
        parts = {crf.code: {part.code for part in crf.parts} or {""} for crf in self.crfs}
        nothing_own = Crf(code="", label=self.crfs[0].label, sections=()) if self.crfs else None
        for visit in visits:
            place = f"edc/protocol.py: visit {visit.code}"
            for plan in visit.crfs:
                if plan.crf not in occurs:
                    yield Problem(place, f"plans {plan.crf}, but there is no such CRF")
                elif occurs[plan.crf] is not Occurs.VISIT:
                    yield Problem(place, f"plans {plan.crf}, which belongs to no visit")
                elif plan.part not in parts[plan.crf]:
                    known = ", ".join(sorted(parts[plan.crf]))
                    told = f"has the parts {known}" if known else "has no parts"
                    yield Problem(
                        place, f"plans the part {plan.part!r} of {plan.crf}, which {told}"
                    )
                if plan.when and nothing_own:
                    at = f"{place}: {plan.crf} when"
                    own = sorted(code for form, code in plan.when.reads() if not form)
                    for code in own:
                        yield Problem(at, f"reads {code}, but no CRF is open: write FORM.{code}")
                    if not own:
                        yield from self.expression_problems(at, plan.when, nothing_own)
        yield from _overlaps(visits)


class _VisitCodes(Collection[str]):
    """The codes a visit may have; an unscheduled visit's counts as one of them."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __contains__(self, code: object) -> bool:
        return code == "" or bool(self._schedule.find(str(code)))

    def __iter__(self) -> Iterator[str]:
        return iter(self._schedule.by_code)

    def __len__(self) -> int:
        return len(self._schedule.by_code)


def _value_problems(place: str, item: Item) -> Iterator[Problem]:
    if isinstance(item, Integer | DecimalNumber) and item.unit is None:
        yield Problem(place, "a number needs a unit (a count's is {count}, a score's is {score})")
    if isinstance(item, Integer) and item.scale:
        hard = item.hard
        if not (hard and hard.low and hard.high and hard.is_constant):
            yield Problem(place, "a scale needs a lowest and a highest number as its hard range")
    yield from _code_list_problems(place, item)
    yield from _range_problems(place, item)
    if isinstance(item, Table):
        if not item.columns:
            yield Problem(place, "a table needs columns")
        for column in item.columns:
            yield from _value_problems(f"{place}.{column.code}", column)


def _code_list_problems(place: str, item: Item) -> Iterator[Problem]:
    codes: CodeList | None = getattr(item, "codes", None)
    if item.expected is not None and (codes is None or item.expected not in codes.values):
        named = codes.name if codes else "a code list, since it has none"
        yield Problem(place, f"expects {item.expected}, which is not in {named}")
    if isinstance(item, Choice | MultiChoice) and item.soft and not item.soft.is_constant:
        yield Problem(place, "a choice's soft range must be constant")


def _range_problems(place: str, item: Item) -> Iterator[Problem]:
    for name in ("hard", "soft"):
        bounds = getattr(item, name)
        if bounds and bounds.low and bounds.high and bounds.is_constant:
            low, high = as_number(bounds.low.tree[1]), as_number(bounds.high.tree[1])
            if low is not None and high is not None and low > high:
                yield Problem(place, f"its {name} range is empty: {bounds.text()}")


def _values(item: Item | None) -> tuple[str, ...] | None:
    codes: CodeList | None = getattr(item, "codes", None)
    return codes.values if codes else None


def _literals(node: Tree) -> list[str]:
    if node[0] == "const":
        return [node[1]]
    if node[0] == "list":
        return [part[1] for part in node[1:] if part[0] == "const"]
    return []


def _rows(tree: Tree) -> Iterator[Tree]:
    return (node for node in walk(tree) if node[0] in ("any", "count"))


def _overlaps(visits: tuple[Visit, ...]) -> Iterator[Problem]:
    timed = [
        (visit.target - visit.window.before, visit.target + visit.window.after, visit)
        for visit in visits
        if visit.target is not None and visit.main and visit.target > 0
    ]
    for (_, end, one), (start, _, other) in pairwise(timed):
        if start <= end:
            yield Problem(
                f"edc/protocol.py: visit {other.code}", f"its window overlaps that of {one.code}"
            )
