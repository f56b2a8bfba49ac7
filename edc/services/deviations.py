"""Protocol deviations that checks propose: proposed, withdrawn, refused, or accepted on CRF DV.

A check proposes once at a place. Corrected data withdraw what nobody has decided yet; what was
refused is proposed anew only after the check had fallen silent in between. Accepting is entering a
row of DV: its save marks the proposal in the same unit of work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc import clock
from edc.errors import InvalidValues, NotFound, NotPermitted, Refused
from edc.forms.derivations.values import day
from edc.forms.dv import PROPOSED_BY_RANGE
from edc.label import Label
from edc.models import DeviationProposal, ProposalState
from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.randomization.masking import FIRST_RESTRICTED_ROW, is_restricted_row
from edc.services.query_sync import in_order
from edc.services.subjects import lock_subject
from edc.services.visible import may_know, tells_arm
from edc.study.casebook import EMPTY
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from edc.permissions import Role
    from edc.services.casebooks import Opened
    from edc.services.follow_ups import Known
    from edc.services.rules import Finding, Findings, Key
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Record
    from edc.study.checks import Deviation

FORM: Final = "DV"
REASON_MAX: Final = 500

PROPOSING: Final[dict[str, Deviation]] = {
    rule.id: rule.proposes for crf in STUDY.all_crfs for rule in crf.checks if rule.proposes
} | PROPOSED_BY_RANGE
"""What each rule proposes, by its id."""


def sync(
    uow: UnitOfWork, opened: Opened, findings: Findings, *, known: Mapping[Key, Known]
) -> list[DeviationProposal]:
    """Bring the participant's proposals to what was found; return those proposed now.

    :param known: the proposals of the participant, whatever became of them.
    """
    firing = {one.key: one for one in findings.fired if one.id in PROPOSING}
    proposed = []
    for key, finding in in_order(firing.items()):
        before = known.get(key)
        if before is None:
            if not _is_due(opened, finding):
                continue
            proposal = _new(opened, finding)
            uow.session.add(proposal)
        elif _is_due_again(opened, before):
            proposal = uow.session.get_one(DeviationProposal, before.row_id)
        else:
            if not before.is_firing:
                uow.session.get_one(DeviationProposal, before.row_id).cured_at = None
            continue
        _propose(opened, proposal, finding)
        proposed.append(proposal)
    for key, before in known.items():
        if before.is_firing and key not in firing and findings.has_judged(key):
            _cure(uow.session.get_one(DeviationProposal, before.row_id))
    return proposed


def _is_due(opened: Opened, finding: Finding) -> bool:
    """Tell whether a rule's firing is a deviation: an unmet criterion is one once randomised."""
    is_randomised = opened.book.facts.get("randomised") == "Y"
    return is_randomised or not PROPOSING[finding.id].once_randomised


def _is_due_again(opened: Opened, proposal: Known) -> bool:
    """Tell whether a known proposal is to be made anew, now that its check fires."""
    match proposal.state:
        case ProposalState.WITHDRAWN:
            return True
        case ProposalState.REFUSED:
            return not proposal.is_firing
        case ProposalState.ACCEPTED:  # and its row of DV marked as entered in error
            return ("", FORM, proposal.dv_row) in opened.in_error
    return False


def _new(opened: Opened, finding: Finding) -> DeviationProposal:
    visit, form, row = finding.place
    return DeviationProposal(
        subject=opened.subject, visit=visit, form=form, row=row, item=finding.item,
        repeat=finding.repeat, check_id=finding.id,
    )  # fmt: skip


def _propose(opened: Opened, proposal: DeviationProposal, finding: Finding) -> None:
    proposes = PROPOSING[finding.id]
    proposal.dvcat, proposal.dvsev = proposes.category, proposes.severity
    proposal.text_en, proposal.text_zh = finding.message.en, finding.message.zh
    proposal.happened_on = _happened_on(opened, finding)
    proposal.state, proposal.proposed_at = ProposalState.PROPOSED, clock.now()
    proposal.cured_at = proposal.decided_by = proposal.decided_at = None
    proposal.reason = proposal.dv_row = None


def _cure(proposal: DeviationProposal) -> None:
    """Take note that the check no longer fires."""
    proposal.cured_at = clock.now()
    if proposal.state == ProposalState.PROPOSED:
        proposal.state = ProposalState.WITHDRAWN


def _happened_on(opened: Opened, finding: Finding) -> date | None:
    """Return the day of what the check is about: of its record, else of its visit.

    What is a deviation only of a participant randomised is one on that day.
    """
    book = opened.book
    if PROPOSING[finding.id].once_randomised:
        return day(book.facts.get("randomisation_date"))
    record = book.records.get(finding.place)
    if record is None:
        return None
    scope = book.scope(record)
    return day(scope.text(STUDY.crfs[record.form].date_item)) or day(scope.fact("visit_date"))


def tells(proposal: DeviationProposal) -> bool:
    """Tell whether a proposal would tell an arm; its row of DV is then one of those that do."""
    return tells_arm(
        form=proposal.form, item=proposal.item, rule=proposal.check_id, row=proposal.row
    )


def first_row(proposal: DeviationProposal) -> int:
    """Return the first row of DV among those where the proposal would be accepted."""
    return FIRST_RESTRICTED_ROW[FORM] if tells(proposal) else 1


def belongs_apart(record: Record) -> Label | None:
    """Return why a row of DV belongs among those that masked roles do not see, None if it may stay.

    Only one arm has a product to handle, so the kind of the deviation alone tells the arm.
    """
    kind = record.cells.get(("DVCAT", 1), EMPTY).value
    return None if kind != _OF_PRODUCT or is_restricted_row(FORM, record.row) else _APART


def is_visible_to(role: Role | None, proposal: DeviationProposal) -> bool:
    """Tell whether *role* may know of a proposal."""
    return may_know(
        role, form=proposal.form, item=proposal.item, rule=proposal.check_id, row=proposal.row
    )


def find_proposal(
    session: Session, *, subject_id: int, proposal_id: int, role: Role | None
) -> DeviationProposal:
    """Return a proposal of the participant.

    :raises NotFound: when there is none, or the role may not know of it.
    """
    found = session.get(DeviationProposal, proposal_id)
    if found is None or found.subject_id != subject_id or not is_visible_to(role, found):
        raise NotFound
    return found


def require_undecided(proposal: DeviationProposal) -> None:
    """Refuse a proposal on which somebody has decided, or which corrected data have withdrawn.

    :raises Refused: in either case.
    """
    if proposal.state == ProposalState.WITHDRAWN:
        raise Refused(_WITHDRAWN, rule="DEVIATION")
    if proposal.state != ProposalState.PROPOSED:
        raise Refused(_DECIDED.filled(who=proposal.decided_by), rule="DEVIATION")


def find_for_save(
    uow: UnitOfWork, opened: Opened, *, proposal_id: int, row: int
) -> DeviationProposal:
    """Return the proposal that a new row of DV is to accept.

    :raises NotFound: when there is none, or it belongs among the other rows.
    :raises Refused: when it is no longer open.
    """
    proposal = find_proposal(
        uow.session, subject_id=opened.subject.id, proposal_id=proposal_id, role=uow.actor.role
    )
    if tells(proposal) != is_restricted_row(FORM, row):
        raise NotFound
    require_undecided(proposal)
    return proposal


def accept(uow: UnitOfWork, proposal: DeviationProposal, *, row: int) -> None:
    """Note that a row of DV tells of the proposal; called within the save of that row."""
    proposal.state, proposal.dv_row = ProposalState.ACCEPTED, row
    proposal.decided_by, proposal.decided_at = uow.actor.username, clock.now()


def refuse(uow: UnitOfWork, *, subject_id: int, proposal_id: int, reason: str) -> None:
    """Decide that a proposal is no deviation.

    :raises NotPermitted: when the actor's role does not decide that.
    :raises InvalidValues: without a reason that can be kept.
    :raises Refused: when it is no longer open.
    """
    role = uow.actor.role
    if role is None or not grants(role, Permission.DEVIATION_REFUSE):
        raise NotPermitted
    subject = lock_subject(uow.session, subject_id)
    if subject is None:
        raise NotFound
    uow.about(site_id=subject.site_id, subject_id=subject.id)
    proposal = find_proposal(uow.session, subject_id=subject_id, proposal_id=proposal_id, role=role)
    require_undecided(proposal)
    proposal.reason = _readable(reason)
    proposal.state = ProposalState.REFUSED
    proposal.decided_by, proposal.decided_at = uow.actor.username, clock.now()
    uow.session.flush()


def _readable(reason: str) -> str:
    try:
        text = cleaned(reason)
    except Unreadable as error:
        raise InvalidValues({"reason": [("REASON", error.message)]}) from error
    if not text or len(text) > REASON_MAX:
        raise InvalidValues({"reason": [("REASON", _REASON.filled(limit=REASON_MAX))]})
    return text


def prefilled(proposal: DeviationProposal) -> dict[str, str]:
    """Return what a row of DV starts with when the proposal is accepted: item → value."""
    found = {
        "DVDAT": proposal.happened_on.isoformat() if proposal.happened_on else "",
        "DVKNOW": clock.local(proposal.proposed_at).date().isoformat(),
        "DVCAT": proposal.dvcat,
        "DVSEV": proposal.dvsev,
    }
    return {code: value for code, value in found.items() if value}


_OF_PRODUCT = "PROD"
_APART = Label(
    en="A deviation in handling the product is kept where masked colleagues do not see it. Add it "
    "with the button for the product below the log.",
    zh="制品管理方面的偏离对设盲人员不可见，请用记录下方的专用按钮添加。",
)
_WITHDRAWN = Label(
    en="The data were corrected and the check no longer fires: nothing is left to decide.",
    zh="数据已更正，核查不再触发，无需处理。",
)
_DECIDED = Label(
    en="{who} has already decided on this proposal. Reload the list.",
    zh="{who}已处理该建议，请刷新列表。",
)
_REASON = Label(
    en="Say in at most {limit} characters why this is no deviation.",
    zh="请说明为何不属于方案偏离（最多{limit}个字符）。",
)
