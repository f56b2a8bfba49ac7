"""What must hold after a step: one judge for each expectation, which says what it found."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from edc import clock
from edc.forms.states import visit_state
from edc.models.audit import AuditEntry, AuditTransaction
from edc.services.randomize import find_allocation
from edc.stories.figures import find_analysis, find_clocks, find_figure
from edc.stories.querying import state_of
from edc.stories.typing_in import row_number
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.stories.world import Outcome, World
    from edc.study.casebook import Record

_SERVER_FAULT = 500
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An expectation that does not hold."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Say both sides."""
        return f"{self.what}: expected {self.expected}, found {self.found}"


def judge(world: World, outcome: Outcome) -> list[Failure]:
    """Return every expectation of the step that does not hold.

    Where nothing is said of it, a step is expected to be carried out, and no page to be a fault.
    """
    failures = list(_unsaid(outcome))
    for what, expected in outcome.step.expect.items():
        try:
            failures += JUDGES.get(what, _no_judge)(world, outcome, expected)
        except StepRefused as refusal:
            failures.append(Failure(what=what, expected=_shown(expected), found=str(refusal)))
    return failures


def _no_judge(_world: World, _outcome: Outcome, _expected: object) -> Iterable[Failure]:
    raise StepRefused("this expectation is not available")


def _unsaid(outcome: Outcome) -> Iterable[Failure]:
    expect = outcome.step.expect
    answer = outcome.answer
    if answer is not None and answer.status >= _SERVER_FAULT and "status" not in expect:
        yield Failure(what="status", expected="a page", found=str(answer.status))
    told = {"saved", "refused", "status"} & expect.keys()
    if outcome.saved is False and not told:
        yield Failure(what="step", expected="to be carried out", found=_refusal(outcome))


def _refusal(outcome: Outcome) -> str:
    """Say how a step was refused, in the page's own words."""
    answer = outcome.answer
    if answer is None:
        return "refused"
    words = answer.page.messages or answer.page.content
    return f"refused ({answer.status}) {_listed(outcome.said)}: {words[:300]}"


def _saved(_world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    if outcome.saved is not expected:
        found = "nothing to save" if outcome.saved is None else str(outcome.saved).lower()
        if outcome.saved is False:
            found = _refusal(outcome)
        yield Failure(what="saved", expected=str(expected).lower(), found=found)


def _refused(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    if outcome.saved is not False:
        yield Failure(what="refused", expected=_listed(expected), found="it was carried out")
    elif not set(expected) <= outcome.said:
        yield Failure(what="refused", expected=_listed(expected), found=_refusal(outcome))


def _crf(world: World, outcome: Outcome, expected: str) -> Iterable[Failure]:
    for place in outcome.places:
        found = "complete" if _record(world, outcome, place).is_complete else "started"
        if found != expected:
            yield Failure(what="crf", expected=expected, found=found)


def _now_open(world: World, outcome: Outcome) -> set[str]:
    return {key[-1] for key in world.open_queries(outcome.step.subject)}


def _opens(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    opened = {key[-1] for key in world.open_queries(outcome.step.subject) - outcome.before}
    if not set(expected) <= opened:
        yield Failure(what="opens", expected=_listed(expected), found=_listed(opened))


def _closes(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    closed = {key[-1] for key in outcome.before - world.open_queries(outcome.step.subject)}
    if not set(expected) <= closed:
        yield Failure(what="closes", expected=_listed(expected), found=_listed(closed))


def _open(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    found = _now_open(world, outcome)
    if set(expected) != found:
        yield Failure(what="open", expected=_listed(expected), found=_listed(found))


def _silent(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    noticed = {check for check, _ in world.notices(outcome.step.subject).values()}
    loud = set(expected) & (_now_open(world, outcome) | outcome.said | noticed)
    if loud:
        yield Failure(what="silent", expected=_listed(expected), found=f"heard {_listed(loud)}")


def _warns(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    if not set(expected) <= outcome.said:
        yield Failure(what="warns", expected=_listed(expected), found=_listed(outcome.said))


def _alerts(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    """Look for the system's acts among the notices that the step raised."""
    now = world.notices(outcome.step.subject)
    raised = {
        check for number, (check, since) in now.items()
        if outcome.before_notices.get(number) != (check, since)
    }  # fmt: skip
    if not set(expected) <= raised:
        yield Failure(what="alerts", expected=_listed(expected), found=_listed(raised))


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
                yield Failure(what=f"{what} {code}", expected=_shown(wanted), found=_shown(found))

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


def _status(_world: World, outcome: Outcome, expected: list[int]) -> Iterable[Failure]:
    found = outcome.answer.status if outcome.answer else None
    if found not in expected:
        yield Failure(what="status", expected=_listed(map(str, expected)), found=str(found))


def _shows(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    text = outcome.answer.page.text if outcome.answer else ""
    absent = [one for one in expected if one not in text]
    if absent:
        yield Failure(what="shows", expected=_listed(absent), found=f"not there: {text[:300]}")


def _hides(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    """Look also at what the page holds without showing it: that is no secret either."""
    answer = outcome.answer
    held = f"{answer.page.text}\n{answer.body}\n{html.unescape(answer.body)}" if answer else ""
    present = [one for one in expected if one in held]
    if present:
        yield Failure(what="hides", expected=_listed(expected), found=f"there: {_listed(present)}")


def _unchanged(_world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    if outcome.unchanged is None:
        raise StepRefused("this user has not looked at the page before")
    if outcome.unchanged is not expected:
        found = "as before" if outcome.unchanged else "another text"
        yield Failure(what="unchanged", expected=str(expected).lower(), found=found)


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
                expected=f"{_shown(wanted)} by {by}, reason {_shown(wanted_reason)}",
                found=f"{_shown([old, new])} by {username}, reason {_shown(reason)}",
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


def _query(world: World, _outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    for alias, wanted in expected.items():
        found = state_of(world, alias)
        if found != wanted:
            yield Failure(what=f"query {alias}", expected=wanted, found=found)


def _signed(world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    for place in outcome.places:
        found = _record(world, outcome, place).is_signed
        if found is not expected:
            yield Failure(what="signed", expected=str(expected).lower(), found=str(found).lower())


def _figures(world: World, outcome: Outcome, expected: Mapping[str, Any]) -> Iterable[Failure]:
    for name, wanted in expected.items():
        found = find_figure(world, outcome.step.subject, name)
        if not _is_same(found, wanted):
            yield Failure(what=f"figures {name}", expected=str(wanted), found=_shown(found))


def _analysis(world: World, outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    for name, wanted in expected.items():
        found = find_analysis(world, outcome.step.subject, name)
        if found != wanted:
            yield Failure(what=f"analysis {name}", expected=wanted, found=_shown(found))


def _due(world: World, outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    clocks = find_clocks(world, outcome.step.subject)
    for name, wanted in expected.items():
        due = [clock.due for clock in clocks if clock.kind == name]
        if not any(_is_moment(one, wanted) for one in due):
            found = _listed(one.isoformat() for one in due)
            yield Failure(what=f"due {name}", expected=str(wanted), found=found)


def _is_moment(found: date | datetime, wanted: str) -> bool:
    """Compare a moment with a moment, and a day with a day."""
    if isinstance(found, datetime) and "T" in wanted:
        return found == datetime.fromisoformat(wanted)
    return found.isoformat()[: len("2024-01-01")] == wanted


def _late(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    found = {str(clock.kind) for clock in find_clocks(world, outcome.step.subject) if clock.is_late}
    if found != set(expected):
        yield Failure(what="late", expected=_listed(expected), found=_listed(found))


def _proposes(
    world: World, outcome: Outcome, expected: list[Mapping[str, str]]
) -> Iterable[Failure]:
    """Look for each deviation among those that the step proposed."""
    before = outcome.before_proposals
    proposed = [one for one in world.proposals(outcome.step.subject) if one not in before]
    for wanted in expected:
        if not any(wanted.items() <= dict(one).items() for one in proposed):
            found = _shown([dict(one) for one in proposed])
            yield Failure(what="proposes", expected=_shown(dict(wanted)), found=found)


def _record(world: World, outcome: Outcome, place: Place) -> Record:
    record = world.casebook(outcome.step.subject).book.records.get(place)
    if record is None:
        raise StepRefused(f"CRF {' '.join(map(str, filter(None, place)))} was never saved")
    return record


def _listed(ids: Iterable[str]) -> str:
    return f"[{', '.join(sorted(ids))}]"


def _shown(value: object) -> str:
    """Return a value as a story would write it."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


JUDGES: dict[str, Callable[[World, Outcome, Any], Iterable[Failure]]] = {
    "saved": _saved,
    "crf": _crf,
    "refused": _refused,
    "opens": _opens,
    "closes": _closes,
    "open": _open,
    "silent": _silent,
    "warns": _warns,
    "alerts": _alerts,
    "derived": _cells("derived", derived=True),
    "values": _cells("values", derived=False),
    "state": _state,
    "visit": _visit,
    "stratum": _stratum,
    "status": _status,
    "shows": _shows,
    "hides": _hides,
    "unchanged": _unchanged,
    "audit": _audit,
    "signed": _signed,
    "query": _query,
    "figures": _figures,
    "analysis": _analysis,
    "proposes": _proposes,
    "due": _due,
    "late": _late,
}
