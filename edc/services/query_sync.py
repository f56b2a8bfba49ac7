"""Opening and closing the system's queries as checks fire and are cured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc import clock
from edc.models import Query, QueryState
from edc.study.checks import Severity

if TYPE_CHECKING:
    from edc.services.casebooks import Opened
    from edc.services.rules import Findings
    from edc.services.unit_of_work import UnitOfWork


def sync(uow: UnitOfWork, opened: Opened, findings: Findings) -> tuple[list[Query], list[Query]]:
    """Bring the participant's system queries to what was found; return those opened and closed.

    One check has one query at a place: cured it closes, fired again the same one reopens. Only
    queries of rules that were judged are touched.
    """
    known = {_key(query): query for query in opened.queries if query.check_id}
    firing = {f.key: f for f in findings.fired if f.severity == Severity.QUERY}
    opened_now: list[Query] = []
    closed_now: list[Query] = []
    for key, finding in firing.items():
        query = known.get(key)
        if query is None:
            visit, form, row = finding.place
            query = Query(
                subject=opened.subject, visit=visit, form=form, row=row, item=finding.item,
                repeat=finding.repeat, check_id=finding.id, state=QueryState.OPEN,
                text_en=finding.message.en, text_zh=finding.message.zh, opened_at=clock.now(),
                closed_at=None,
            )  # fmt: skip
            uow.session.add(query)
            opened.queries.append(query)
            opened_now.append(query)
        elif query.state == QueryState.CLOSED:
            query.state = QueryState.OPEN
            query.text_en, query.text_zh = finding.message.en, finding.message.zh
            query.closed_at = None
            opened_now.append(query)
        elif query.text_en != finding.message.en:
            query.text_en, query.text_zh = finding.message.en, finding.message.zh
    for key, query in known.items():
        place, _, _, rule = key
        if (
            query.state == QueryState.OPEN
            and key not in firing
            and rule in findings.judged.get(place, ())
        ):
            query.state = QueryState.CLOSED
            query.closed_at = clock.now()
            closed_now.append(query)
    return opened_now, closed_now


def _key(query: Query) -> tuple[tuple[str, str, int], str, int, str]:
    return (query.visit, query.form, query.row), query.item, query.repeat, query.check_id
