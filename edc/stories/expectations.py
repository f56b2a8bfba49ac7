"""What must hold after a step: one judge for each expectation, which says what it found.

Here are those of the answer and of queries; ``stored_expectations`` has those of what is stored.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from edc.stories.failures import Failure, listed, shown
from edc.stories.querying import state_of
from edc.stories.stored_expectations import STORED
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from edc.stories.world import Outcome, World

_SERVER_FAULT = 500


def judge(world: World, outcome: Outcome) -> list[Failure]:
    """Return every expectation of the step that does not hold.

    Where nothing is said of it, a step is expected to be carried out, and no page to be a fault.
    """
    failures = list(_unsaid(outcome))
    for what, expected in outcome.step.expect.items():
        try:
            failures += JUDGES.get(what, _no_judge)(world, outcome, expected)
        except StepRefused as refusal:
            failures.append(Failure(what=what, expected=shown(expected), found=str(refusal)))
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
    return f"refused ({answer.status}) {listed(outcome.said)}: {words[:300]}"


def _saved(_world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    if outcome.saved is not expected:
        found = "nothing to save" if outcome.saved is None else str(outcome.saved).lower()
        if outcome.saved is False:
            found = _refusal(outcome)
        yield Failure(what="saved", expected=str(expected).lower(), found=found)


def _refused(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    if outcome.saved is not False:
        yield Failure(what="refused", expected=listed(expected), found="it was carried out")
    elif not set(expected) <= outcome.said:
        yield Failure(what="refused", expected=listed(expected), found=_refusal(outcome))


def _now_open(world: World, outcome: Outcome) -> set[str]:
    return {key[-1] for key in world.open_queries(outcome.step.subject)}


def _opens(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    opened = {key[-1] for key in world.open_queries(outcome.step.subject) - outcome.before}
    if not set(expected) <= opened:
        yield Failure(what="opens", expected=listed(expected), found=listed(opened))


def _closes(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    closed = {key[-1] for key in outcome.before - world.open_queries(outcome.step.subject)}
    if not set(expected) <= closed:
        yield Failure(what="closes", expected=listed(expected), found=listed(closed))


def _open(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    found = _now_open(world, outcome)
    if set(expected) != found:
        yield Failure(what="open", expected=listed(expected), found=listed(found))


def _silent(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    noticed = {check for check, _ in world.notices(outcome.step.subject).values()}
    loud = set(expected) & (_now_open(world, outcome) | outcome.said | noticed)
    if loud:
        yield Failure(what="silent", expected=listed(expected), found=f"heard {listed(loud)}")


def _warns(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    if not set(expected) <= outcome.said:
        yield Failure(what="warns", expected=listed(expected), found=listed(outcome.said))


def _alerts(world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    """Look for the system's acts among the notices that the step raised."""
    now = world.notices(outcome.step.subject)
    raised = {
        check for number, (check, since) in now.items()
        if outcome.before_notices.get(number) != (check, since)
    }  # fmt: skip
    if not set(expected) <= raised:
        yield Failure(what="alerts", expected=listed(expected), found=listed(raised))


def _status(_world: World, outcome: Outcome, expected: list[int]) -> Iterable[Failure]:
    found = outcome.answer.status if outcome.answer else None
    if found not in expected:
        yield Failure(what="status", expected=listed(map(str, expected)), found=str(found))


def _shows(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    text = outcome.answer.page.text if outcome.answer else ""
    absent = [one for one in expected if one not in text]
    if absent:
        yield Failure(what="shows", expected=listed(absent), found=f"not there: {text[:300]}")


def _hides(_world: World, outcome: Outcome, expected: list[str]) -> Iterable[Failure]:
    """Look also at what the page holds without showing it: that is no secret either."""
    answer = outcome.answer
    held = f"{answer.page.text}\n{answer.body}\n{html.unescape(answer.body)}" if answer else ""
    present = [one for one in expected if one in held]
    if present:
        yield Failure(what="hides", expected=listed(expected), found=f"there: {listed(present)}")


def _unchanged(_world: World, outcome: Outcome, expected: bool) -> Iterable[Failure]:  # noqa: FBT001
    if outcome.unchanged is None:
        raise StepRefused("this user has not looked at the page before")
    if outcome.unchanged is not expected:
        found = "as before" if outcome.unchanged else "another text"
        yield Failure(what="unchanged", expected=str(expected).lower(), found=found)


def _query(world: World, _outcome: Outcome, expected: Mapping[str, str]) -> Iterable[Failure]:
    for alias, wanted in expected.items():
        found = state_of(world, alias)
        if found != wanted:
            yield Failure(what=f"query {alias}", expected=wanted, found=found)


JUDGES: dict[str, Callable[[World, Outcome, Any], Iterable[Failure]]] = {
    "saved": _saved,
    "refused": _refused,
    "opens": _opens,
    "closes": _closes,
    "open": _open,
    "silent": _silent,
    "warns": _warns,
    "alerts": _alerts,
    "status": _status,
    "shows": _shows,
    "hides": _hides,
    "unchanged": _unchanged,
    "query": _query,
    **STORED,
}
