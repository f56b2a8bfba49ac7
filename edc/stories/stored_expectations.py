"""What must be stored after a step: the record, its trail, the states and figures that follow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc import clock
from edc.forms.states import visit_state
from edc.models.audit import AuditEntry, AuditTransaction
from edc.services.randomize import find_allocation
from edc.stories import unmasking
from edc.stories.failures import Failure, listed, shown
from edc.stories.figures import find_analysis, find_clocks, find_figure
from edc.stories.typing_in import row_number
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.stories.world import Outcome, World
    from edc.study.casebook import Record

_CENT = Decimal("0.01")


def _crf(world: World, outcome: Outcome, expected: str) -> Iterable[Failure]:
    for place in outcome.places:
        found = "complete" if _record(world, outcome, place).is_complete else "started"
        if found != expected:
            yield Failure(what="crf", expected=expected, found=found)


def _cells(
    what: str, *, derived: bool
) -> Callable[[World, Outcome, Mapping[str, Any]], Iterable[Failure]]:
    def judge_cells(
        world: World, outcome: Outcome, expected: Mapping[str, Any]
    ) -> Iterable[Failure]:
        if not outcome.places:
            raise StepRefused("the step is about no CRF")
        record = _record(world, outcome, outcome.places[-1])
        crf = world.casebook(outcome.step.subject).book.study.crfs[record.form]
        rows = outcome.step.keys.get("rows") if crf.repeating else None
        first = row_number(crf, rows[0]) if rows else 1
        for code, wanted in expected.items():
            if code not in crf.by_code:
                raise StepRefused(f"CRF {record.form} has no item {code}")
            cell = record.cells.get((code, first if code in crf.repeating else 1))
            found = (
                None if cell is None else (cell.value if derived else cell.value or cell.missing)
            )
            wanted_value = _expected_value(world, wanted)
            if not _is_same(found, wanted_value):
                yield Failure(what=f"{what} {code}", expected=shown(wanted), found=shown(found))

    return judge_cells


def _expected_value(world: World, wanted: Any) -> Any:  # noqa: ANN401 - as in the file
    """Return a value as it is stored; a user's name in the story stands for their account."""
    return world.accounts.get(wanted, wanted) if isinstance(wanted, str) else wanted


def _is_same(found: str | None, wanted: Any) -> bool:  # noqa: ANN401 - as in the file
    """Compare a stored value with one of the story: numbers to two decimals, lists as sets."""
    if isinstance(wanted, list):
        return found is not None and set(json.loads(found)) == set(wanted)
    if found is None or wanted is None:
        return found is wanted
    numbers = _number(found), _number(wanted)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    return found == str(wanted)


def _number(text: object) -> Decimal | None:
    try:
        number = Decimal(str(text))
        return number.quantize(_CENT, rounding=ROUND_HALF_UP) if number.is_finite() else None
    except InvalidOperation:
        return None


def _state(world: World, outcome: Outcome, expected: str) -> Iterable[Failure]:
    found = world.casebook(outcome.step.subject).subject.state
    if found != expected:
        yield Failure(what="state", expected=expected, found=found)


def _visit(world: World, outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    book = world.casebook(outcome.step.subject).book
    for code, wanted in expected.items():
        if book.study.find_visit(code) is None:
            raise StepRefused(f"the study has no visit {code}")
        found = str(visit_state(book, code, clock.today()))
        if found != wanted:
            yield Failure(what=f"visit {code}", expected=wanted, found=found)


def _stratum(world: World, outcome: Outcome, expected: str) -> Iterable[Failure]:
    with world.database.reading() as session:
        slot = find_allocation(session, world.subject_id(outcome.step.subject))
    found = slot.stratum if slot else "not randomised"
    if found != expected:
        yield Failure(what="stratum", expected=expected, found=found)


def _audit(world: World, outcome: Outcome, expected: Mapping[str, Any]) -> Iterable[Failure]:
    step = outcome.step
    for code, wanted in expected.items():
        old, new, username, reason = _last_entry(world, outcome, code)
        by = world.accounts[step.by]
        sides = list(wanted) if isinstance(wanted, list) else []
        if len(sides) != 2:  # noqa: PLR2004 - before and after
            raise StepRefused(f"{code} takes [old, new]")
        right = _is_same(old, sides[0]) and _is_same(new, sides[1]) and username == by
        wanted_reason = step.keys.get("reason")
        if wanted_reason is not None and reason != wanted_reason:
            right = False
        if not right:
            yield Failure(
                what=f"audit {code}",
                expected=f"{shown(wanted)} by {by}, reason {shown(wanted_reason)}",
                found=f"{shown([old, new])} by {username}, reason {shown(reason)}",
            )


def _last_entry(
    world: World, outcome: Outcome, code: str
) -> tuple[str | None, str | None, str, str | None]:
    """Return old and new value, user and reason of the item's last change on the step's CRF."""
    statement = (
        select(AuditEntry.old, AuditEntry.new, AuditTransaction.username, AuditTransaction.reason)
        .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
        .where(
            AuditEntry.subject_id == world.subject_id(outcome.step.subject),
            AuditEntry.table == "data_point",
            AuditEntry.item == code,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    if outcome.places:
        visit, form, row = outcome.places[-1]
        statement = statement.where(
            AuditEntry.visit == visit, AuditEntry.form == form, AuditEntry.row == row
        )
    with world.database.reading() as session:
        found = session.execute(statement).one_or_none()
    if found is None:
        raise StepRefused(f"{code} has no audit entry")
    old, new, username, reason = found
    return _recorded(old), _recorded(new), username, reason


def _recorded(values: str | None) -> str | None:
    """Return the value, or the missing code, that an audit entry holds of a data point."""
    held = json.loads(values) if values else {}
    return held.get("value") or held.get("missing")


def _signed(world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    for place in outcome.places:
        found = _record(world, outcome, place).is_signed
        if found is not expected:
            yield Failure(what="signed", expected=str(expected).lower(), found=str(found).lower())


def _locked(world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    for place in outcome.places or (None,):
        found = unmasking.is_locked(world, outcome.step.subject, place)
        if found is not expected:
            yield Failure(what="locked", expected=str(expected).lower(), found=str(found).lower())


def _figures(world: World, outcome: Outcome, expected: Mapping[str, Any]) -> Iterable[Failure]:
    for name, wanted in expected.items():
        found = find_figure(world, outcome.step.subject, name)
        if not _is_same(found, wanted):
            yield Failure(what=f"figures {name}", expected=str(wanted), found=shown(found))


def _analysis(world: World, outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    for name, wanted in expected.items():
        found = find_analysis(world, outcome.step.subject, name)
        if found != wanted:
            yield Failure(what=f"analysis {name}", expected=wanted, found=shown(found))


def _due(world: World, outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    clocks = find_clocks(world, outcome.step.subject)
    for name, wanted in expected.items():
        due = [clock.due for clock in clocks if clock.kind == name]
        if not any(_is_moment(one, wanted) for one in due):
            found = listed(one.isoformat() for one in due)
            yield Failure(what=f"due {name}", expected=str(wanted), found=found)


def _is_moment(found: date | datetime, wanted: str) -> bool:
    """Compare a moment with a moment, and a day with a day."""
    if isinstance(found, datetime) and "T" in wanted:
        return found == datetime.fromisoformat(wanted)
    return found.isoformat()[: len("2024-01-01")] == wanted


def _late(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    found = {str(clock.kind) for clock in find_clocks(world, outcome.step.subject) if clock.is_late}
    if found != set(expected):
        yield Failure(what="late", expected=listed(expected), found=listed(found))


def _proposes(
    world: World, outcome: Outcome, expected: list[Mapping[str, str]]
) -> Iterable[Failure]:
    """Look for each deviation among those that the step proposed."""
    before = outcome.before_proposals
    proposed = [one for one in world.proposals(outcome.step.subject) if one not in before]
    for wanted in expected:
        if not any(wanted.items() <= dict(one).items() for one in proposed):
            found = shown([dict(one) for one in proposed])
            yield Failure(what="proposes", expected=shown(dict(wanted)), found=found)


def _record(world: World, outcome: Outcome, place: Place) -> Record:
    record = world.casebook(outcome.step.subject).book.records.get(place)
    if record is None:
        raise StepRefused(f"CRF {' '.join(map(str, filter(None, place)))} was never saved")
    return record


STORED: dict[str, Callable[[World, Outcome, Any], Iterable[Failure]]] = {
    "crf": _crf,
    "derived": _cells("derived", derived=True),
    "values": _cells("values", derived=False),
    "state": _state,
    "visit": _visit,
    "stratum": _stratum,
    "audit": _audit,
    "signed": _signed,
    "locked": _locked,
    "figures": _figures,
    "analysis": _analysis,
    "proposes": _proposes,
    "due": _due,
    "late": _late,
}
