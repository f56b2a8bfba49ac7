"""What follows from what the rules found, besides queries: notices and proposed deviations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, null, select, union_all

from edc.models import DeviationProposal, Notice
from edc.services import deviations, notices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from edc.services.casebooks import Opened
    from edc.services.rules import Finding, Findings, Key
    from edc.services.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Known:
    """A notice or a proposal that is there already, as far as deciding what to do with it needs.

    :param is_firing: its check still fired when it was last judged.
    :param state: of a proposal; *dv_row* is the row of DV that accepted it.
    """

    row_id: int
    is_firing: bool
    state: str
    dv_row: int | None


@dataclass(slots=True)
class FollowUps:
    """What a run of the rules set off and ended."""

    raised: list[Notice]
    ended: list[Notice]
    proposed: list[DeviationProposal]


def settle(
    uow: UnitOfWork, opened: Opened, findings: Findings, *, changed: Iterable[Finding] = ()
) -> FollowUps:
    """Bring the participant's notices and proposals to what was found.

    :param changed: findings of key items changed just now (section 3.5, rule 6).
    """
    changed = list(changed)
    if not changed and not _concerns(findings):
        return FollowUps([], [], [])
    of_notices, of_proposals = _find_known(uow.session, opened.subject.id)
    for key in (*of_notices, *of_proposals):
        if key[0] in opened.in_error:  # no rule reads the row any more, so none fires there
            findings.judged[key[0]].add(key[-1])
    raised, ended = notices.sync(uow, opened, findings, known=of_notices, changed=changed)
    proposed = deviations.sync(uow, opened, findings, known=of_proposals)
    return FollowUps(raised, ended, proposed)


def _concerns(findings: Findings) -> bool:
    """Tell whether any rule was judged that sets off a notice or proposes a deviation."""
    rules = notices.ACTIONS | deviations.PROPOSING.keys()
    return any(not rules.isdisjoint(judged) for judged in findings.judged.values())


# Both in one statement: a save asks for them far more often than it changes one.
_KNOWN = union_all(
    select(
        literal("notice"), Notice.id, Notice.visit, Notice.form, Notice.row, Notice.item,
        Notice.repeat, Notice.check_id, Notice.ended_at.is_(None), literal(""), null(),
    ).where(Notice.subject_id == bindparam("subject")),
    select(
        literal("proposal"), DeviationProposal.id, DeviationProposal.visit,
        DeviationProposal.form, DeviationProposal.row, DeviationProposal.item,
        DeviationProposal.repeat, DeviationProposal.check_id,
        DeviationProposal.cured_at.is_(None), DeviationProposal.state, DeviationProposal.dv_row,
    ).where(DeviationProposal.subject_id == bindparam("subject")),
)  # fmt: skip


def _find_known(session: Session, subject_id: int) -> tuple[dict[Key, Known], dict[Key, Known]]:
    """Return the participant's notices and proposals, by what makes each the same the next time."""
    found: dict[str, dict[Key, Known]] = {"notice": {}, "proposal": {}}
    rows = session.connection().execute(_KNOWN, {"subject": subject_id})
    for kind, row_id, visit, form, row, item, repeat, rule, is_firing, state, dv_row in rows:
        key = ((visit, form, row), item, repeat, rule)
        found[kind][key] = Known(row_id, bool(is_firing), state, dv_row)
    return found["notice"], found["proposal"]
