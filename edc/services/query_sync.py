"""Opening and closing the system's queries as checks fire and are cured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm.attributes import set_committed_value

from edc import clock
from edc.label import Label
from edc.models import MessageKind, Query, QueryState
from edc.models.row_writing import RowChange, write_rows
from edc.services import query_thread
from edc.services.confirmation import fingerprint
from edc.services.visible import tells_arm
from edc.study.checks import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edc.services.casebooks import Opened
    from edc.services.rules import Finding, Findings, Key
    from edc.services.unit_of_work import UnitOfWork

# Written together whatever changes, so that any number of queries is one statement.
_CHANGING = (
    "state", "text_en", "text_zh", "opened_at", "reopened_at", "answered_at", "closed_at",
    "confirmed", "messages",
)  # fmt: skip


def sync(uow: UnitOfWork, opened: Opened, findings: Findings) -> tuple[list[Query], list[Query]]:
    """Bring the participant's system queries to what was found; return those opened and closed.

    One check has one query at a place: cured it closes, fired again the same one reopens, unless
    somebody has said of these very values that they are correct. Only queries of rules that were
    judged are touched. Call it after the last lock, for it numbers entries of the trail.
    """
    known = {_key(query): query for query in opened.queries if query.check_id}
    firing = {f.key: f for f in findings.fired if f.severity == Severity.QUERY}
    opened_now: list[Query] = []
    closed_now: list[Query] = []
    changes: list[tuple[Query, dict[str, Any]]] = []
    # In an order of their own: the rules run over records as the database happened to give them.
    for key, finding in in_order(firing.items()):
        query = known.get(key)
        if query is None:
            opened_now.append(_raise(uow, opened, finding))
            continue
        change = _fired_again(opened, query, finding)
        if change:
            changes.append((query, change))
        if change.get("state") == QueryState.OPEN:
            query_thread.add(
                uow, opened, query, kind=MessageKind.REOPENED, text=finding.message, by_system=True
            )
            opened_now.append(query)
    for key, query in known.items():
        place, _, _, rule = key
        if key in firing or rule not in findings.judged.get(place, ()):
            continue
        if query.is_unsettled:
            query_thread.add(
                uow, opened, query, kind=MessageKind.CURED, text=_CURED, by_system=True
            )
            changes.append((query, _cured(query)))
            closed_now.append(query)
        elif query.confirmed is not None:
            # What was confirmed is gone: should it come back, it is asked again.
            changes.append((query, {"confirmed": None}))
    _write(uow, changes)
    return opened_now, closed_now


def in_order(found: Iterable[tuple[Key, Finding]]) -> list[tuple[Key, Finding]]:
    """Return findings by their keys; last those that tell an arm, so that they part no others."""

    def order(pair: tuple[Key, Finding]) -> tuple[bool, Key]:
        place, item, _repeat, rule = pair[0]
        return tells_arm(form=place[1], item=item, rule=rule, row=place[2]), pair[0]

    return sorted(found, key=order)


def _raise(uow: UnitOfWork, opened: Opened, finding: Finding) -> Query:
    """Open a query of a check that has none at its place."""
    visit, form, row = finding.place
    query = Query(
        subject=opened.subject, visit=visit, form=form, row=row, item=finding.item,
        repeat=finding.repeat, check_id=finding.id, raised_by="", raised_role="",
        state=QueryState.OPEN, text_en=finding.message.en, text_zh=finding.message.zh,
        opened_at=clock.now(), messages=0,
    )  # fmt: skip
    uow.session.add(query)
    opened.queries.append(query)
    query_thread.add(
        uow, opened, query, kind=MessageKind.OPENED, text=finding.message, by_system=True
    )
    query.messages = 1
    return query


def _cured(query: Query) -> dict[str, Any]:
    return {
        "state": QueryState.CLOSED, "closed_at": clock.now(), "confirmed": None,
        "messages": query.messages + 1,
    }  # fmt: skip


def _fired_again(opened: Opened, query: Query, finding: Finding) -> dict[str, Any]:
    """Return what changes of a query whose check fires."""
    text: dict[str, Any] = {"text_en": finding.message.en, "text_zh": finding.message.zh}
    is_reworded = query.text_en != finding.message.en
    if query.state == QueryState.OPEN:
        return text if is_reworded else {}
    if query.confirmed is not None and query.confirmed == fingerprint(
        opened.book, finding.place, item=finding.item, repeat=finding.repeat, check_id=finding.id
    ):
        return {}
    now = clock.now()
    return text | {
        "state": QueryState.OPEN, "opened_at": now, "reopened_at": now, "answered_at": None,
        "closed_at": None, "confirmed": None, "messages": query.messages + 1,
    }  # fmt: skip


def _write(uow: UnitOfWork, changes: list[tuple[Query, dict[str, Any]]]) -> None:
    """Change stored queries in one statement, and the objects that stand for them."""
    if not changes:
        return
    rows = []
    for query, change in changes:
        old = {name: getattr(query, name) for name in _CHANGING}
        rows.append(
            RowChange(
                key={"id": query.id}, place=query.audit_place(), old=old, new=old | change,
                audit_id=query.audit_id,
            )
        )  # fmt: skip
    entries = write_rows(uow.session, Query, rows)
    for (query, change), entry_id in zip(changes, entries, strict=True):
        for name, value in (change | {"audit_id": entry_id}).items():
            set_committed_value(query, name, value)


def _key(query: Query) -> tuple[tuple[str, str, int], str, int, str]:
    return query.place, query.item, query.repeat, query.check_id


_CURED = Label(
    en="The data no longer set off this check.",
    zh="数据已不再触发该核查。",
)
