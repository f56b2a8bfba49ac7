"""What is still unsettled in a casebook: open queries, and stored data that could not be saved now.

Who signs the whole casebook (EOS-05) is told all of it. An answered query does not stand in the
way: the site has said what there is to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.label import Label
from edc.models import Query, QueryState
from edc.protocol import STUDY
from edc.services import dependence, rules
from edc.services.queries import knows
from edc.study.checks import Severity
from edc.study.items import Reference

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.casebooks import Opened, Place
    from edc.services.rules import Finding
    from edc.study.casebook import Record
    from edc.study.checks import EditCheck

# Facts of an act: what only the act itself can know. A rule that reads one is the act's to judge.
_ASKED, _UNSETTLED = "signature_asked", "unsettled"
_OF_AN_ACT = frozenset(
    {
        _ASKED, _UNSETTLED, "arm", "possible_duplicate", "ready_to_randomise", "rescreening_asked",
        "target_reached",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """One thing to settle: where it stands, which rule found it, and what it says.

    :param query_id: of an open query; None for data that a hard check would refuse.
    """

    place: Place
    item: str
    repeat: int
    rule: str
    message: Label
    query_id: int | None = None


def asks_for_settlement(form: str) -> bool:
    """Tell whether signing this CRF asks that the casebook be settled."""
    return any(_UNSETTLED in rule.when.facts() for rule in STUDY.crfs[form].checks)


def load_open_queries(session: Session, opened: Opened) -> None:
    """Give the casebook the participant's open queries; one statement."""
    opened.queries = list(
        session.scalars(
            select(Query)
            .where(Query.subject_id == opened.subject.id, Query.state == QueryState.OPEN)
            .order_by(Query.id)
        )
    )


def unsettled(opened: Opened, *, role: Role | None) -> list[Unsettled]:
    """Return what is open that *role* may know of, queries first; *opened* holds the open ones."""
    found = [
        Unsettled(
            place=query.place, item=query.item, repeat=query.repeat, rule=query.check_id,
            message=Label(en=query.text_en, zh=query.text_zh), query_id=query.id,
        )
        for query in opened.queries
        if query.state == QueryState.OPEN and knows(role, query)
    ]  # fmt: skip
    found += [
        Unsettled(
            place=finding.place, item=finding.item, repeat=finding.repeat, rule=finding.id,
            message=finding.message,
        )
        for record in list(opened.book.records.values())
        for finding in rules.hard_findings(opened.book, record)
        if _is_judged_here(finding)
    ]  # fmt: skip
    return found


def refusing(opened: Opened, record: Record, *, is_unsettled: bool) -> EditCheck | None:
    """Return the check of the CRF that refuses its signature now, None when none does."""
    book = opened.book
    rules_here = [
        rule
        for rule in STUDY.crfs[record.form].at(record.row).checks
        if rule.severity is Severity.HARD and _ASKED in rule.when.facts()
    ]
    if not rules_here:
        return None
    book.facts |= {_ASKED: "Y", _UNSETTLED: "Y" if is_unsettled else "N"}
    book.invalidate()
    found = next((rule for rule in rules_here if rule.when.holds(book.scope(record))), None)
    del book.facts[_ASKED], book.facts[_UNSETTLED]
    book.invalidate()
    return found


def _is_judged_here(finding: Finding) -> bool:
    """Tell whether a rule can be judged apart from a save: its lists and facts are at hand."""
    crf = STUDY.crfs[finding.place[1]].at(finding.place[2])
    if isinstance(crf.by_code.get(finding.item), Reference) and finding.id.startswith("HARD:"):
        return False
    facts = (
        dependence.of_check(crf.code, rule.id).facts for rule in crf.checks if rule.id == finding.id
    )
    return all(_OF_AN_ACT.isdisjoint(read) for read in facts)
