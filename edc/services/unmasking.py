"""Emergency and accidental unmasking: asked, approved, shown once, told on, and on record.

Section 5.4. Whoever is masked asks for one participant; the site's investigator or the medical
monitor on call, who is another person, approves at any hour; the arm is then shown once, to that
person alone. CRF UNBL tells who and when, so that UNBL-01 tells the investigator and the sponsor.
The arm is in none of it: not in the rows, the trail, the mail or the CRF.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import select

from edc import clock
from edc.errors import NotFound, NotPermitted, Refused
from edc.forms.codelists_conduct import UBREAS
from edc.label import Label
from edc.models import Unmasking, UnmaskingKind, UnmaskingState
from edc.permissions import Permission, Role, grants
from edc.randomization.masking import may_see_arm
from edc.services.allocation_lists import find_arm
from edc.services.casebooks import CASEBOOK_LOCK, STUDY_LOCK, open_casebook
from edc.services.data_entry import write_system_values
from edc.services.mail import queue
from edc.services.mail_words import MailKind
from edc.services.privacy import looks_identifying, names_arm
from edc.services.subjects import lock_subject
from edc.study.items import Unreadable, cleaned

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.models import Subject
    from edc.randomization.sealing import SealingKey
    from edc.services.unit_of_work import UnitOfWork

RULE: Final = "UNMASK"
TOLD: Final = (Role.INVESTIGATOR, Role.SAFETY_OFFICER)
FORM: Final = "UNBL"
VALID: Final = timedelta(hours=24)
"""How long a request waits for its approval, and an approval for the arm to be looked at."""

TEXT_MAX: Final = 500
ACCIDENTAL: Final = "ACC"
NOBODY: Final = "—"
REASONS: Final = tuple(code for code in UBREAS.codes if code.value != ACCIDENTAL)
"""Why somebody may ask; that it was told by accident is reported, not asked for."""


def ask(
    uow: UnitOfWork,
    *,
    subject_id: int,
    why: str,
    explanation: str,
    password_checked: Literal[True],
) -> int:
    """Ask, for oneself, to be told a participant's arm; return the request's id.

    :param why: a code of UBREAS; *explanation* says what will change in care.
    :raises NotPermitted: when the actor's role is not masked, or does not ask.
    :raises Refused: when the participant is not randomised, the actor has asked already, or what
        was given cannot be kept.
    """
    del password_checked
    role = _require(uow, Permission.UNMASK_REQUEST)
    if may_see_arm(role):
        raise NotPermitted
    if why not in {code.value for code in REASONS}:
        raise Refused(_WHY, rule="REASON")
    text = _readable(explanation)
    subject = _held(uow, subject_id)
    now = clock.now()
    for earlier in _of(uow, subject_id):
        if earlier.person == uow.actor.username and is_pending(earlier, now=now):
            raise Refused(_WAITS, rule=RULE)
    asked = Unmasking(
        subject=subject, kind=UnmaskingKind.EMERGENCY, state=UnmaskingState.ASKED,
        person=uow.actor.username, person_role=str(role), why=why, explanation=text, asked_at=now,
    )  # fmt: skip
    uow.session.add(asked)
    uow.session.flush()
    _tell(uow, MailKind.UNMASKING_ASKED, subject_id, at=now)
    return asked.id


def approve(
    uow: UnitOfWork,
    *,
    subject_id: int,
    unmasking_id: int,
    key: SealingKey,
    password_checked: Literal[True],
) -> None:
    """Approve a request as the second person; the arm may then be shown once.

    :raises NotPermitted: when the actor's role does not approve, or the actor asked.
    :raises Refused: when it is decided already, or has expired.
    """
    del password_checked
    found = _undecided(uow, subject_id, unmasking_id)
    _decide(uow, found, UnmaskingState.APPROVED)
    uow.session.flush()
    _write_row(uow, found, key=key)
    _tell(uow, MailKind.UNMASKED, subject_id, at=clock.now())


def refuse(uow: UnitOfWork, *, subject_id: int, unmasking_id: int, reason: str) -> None:
    """Refuse a request as the second person, with the reason.

    :raises NotPermitted: when the actor's role does not decide, or the actor asked.
    :raises Refused: when it is decided already, has expired, or without a usable reason.
    """
    found = _undecided(uow, subject_id, unmasking_id)
    found.decision = _untelling(reason)
    _decide(uow, found, UnmaskingState.REFUSED)
    uow.session.flush()


def show(
    uow: UnitOfWork,
    *,
    subject_id: int,
    unmasking_id: int,
    key: SealingKey,
    password_checked: Literal[True],
) -> str:
    """Return the code of the arm, once, to the person whose request was approved.

    The showing is on record with this unit of work: whoever loses the answer asks anew.

    :raises NotPermitted: when the actor is not the person who asked.
    :raises Refused: when it was not approved, was shown already, or the approval has expired.
    :raises SealBroken: when the arm cannot be opened; nothing is then on record as shown.
    """
    del password_checked
    _require(uow, Permission.UNMASK_REQUEST)
    found = _find(uow, subject_id, unmasking_id)
    now = clock.now()
    if found.person != uow.actor.username:
        raise NotPermitted
    if found.state == UnmaskingState.SHOWN:
        raise Refused(_SHOWN, rule=RULE)
    if found.state != UnmaskingState.APPROVED:
        raise Refused(_NOT_APPROVED, rule=RULE)
    if not is_pending(found, now=now):
        raise Refused(_EXPIRED, rule=RULE)
    arm = find_arm(uow.session, subject_id, key=key)
    if arm is None:
        raise NotFound
    found.state, found.shown_at = UnmaskingState.SHOWN, now
    found.known_from, found.known_on = now, clock.local(now).date()
    uow.session.flush()
    _write_row(uow, found, key=key)
    return arm


def report(
    uow: UnitOfWork, *, subject_id: int, how: str, known_from: datetime, key: SealingKey
) -> int:
    """Report that the actor learned a participant's arm by accident; return the report's id.

    :param known_from: since when; later assessments by the actor are marked from that day on.
    :raises NotPermitted: when the actor's role is not masked.
    :raises Refused: when the time cannot be, or the text cannot be kept.
    """
    role = _require(uow, Permission.UNMASK_REQUEST)
    if may_see_arm(role):
        raise NotPermitted
    text = _untelling(how)
    subject = _held(uow, subject_id)
    now = clock.now()
    if known_from > now or subject.slot is None or known_from < (subject.slot.allocated_at or now):
        raise Refused(_NO_SUCH_TIME, rule="TIME")
    found = Unmasking(
        subject=subject, kind=UnmaskingKind.ACCIDENTAL, state=UnmaskingState.REPORTED,
        person=uow.actor.username, person_role=str(role), why=ACCIDENTAL, explanation=text,
        asked_at=now, known_from=known_from, known_on=clock.local(known_from).date(),
    )  # fmt: skip
    uow.session.add(found)
    uow.session.flush()
    _write_row(uow, found, key=key)
    _tell(uow, MailKind.UNMASKED, subject_id, at=now)
    return found.id


def assess(uow: UnitOfWork, *, unmasking_id: int, impact: str) -> None:
    """Say what an unmasking means for the study; a later word replaces it, and the trail has both.

    :raises NotPermitted: when the actor's role does not judge it, or the actor is who learned.
    :raises Refused: when the text cannot be kept.
    """
    _require(uow, Permission.UNMASK_APPROVE)
    found = uow.session.get(Unmasking, unmasking_id)
    if found is None:
        raise NotFound
    if found.person == uow.actor.username:
        raise NotPermitted
    if found.subject is not None:
        uow.about(site_id=found.subject.site_id, subject_id=found.subject_id)
    found.impact = _untelling(impact)
    found.impact_by, found.impact_at = uow.actor.username, clock.now()
    uow.session.flush()


def find_owed_rows(session: Session) -> list[int]:
    """Return the unmaskings whose row of UNBL a lock held back."""
    told = (UnmaskingState.APPROVED, UnmaskingState.SHOWN, UnmaskingState.REPORTED)
    return list(
        session.scalars(
            select(Unmasking.id)
            .where(
                Unmasking.subject_id.is_not(None),
                Unmasking.unbl_row.is_(None),
                Unmasking.state.in_(told),
            )
            .order_by(Unmasking.id)
        )
    )


def write_owed_row(uow: UnitOfWork, *, unmasking_id: int, key: SealingKey) -> None:
    """Write the row of UNBL that a lock held back; under a lock it waits on."""
    found = uow.session.get_one(Unmasking, unmasking_id)
    _held(uow, found.subject_id or 0)
    _write_row(uow, found, key=key)


def is_pending(found: Unmasking, *, now: datetime) -> bool:
    """Tell whether a request still waits, for its approval or for the arm to be looked at."""
    if found.kind != UnmaskingKind.EMERGENCY:
        return False
    if found.state == UnmaskingState.ASKED:
        return now < found.asked_at + VALID
    approved = found.state == UnmaskingState.APPROVED and found.decided_at is not None
    return approved and found.decided_at is not None and now < found.decided_at + VALID


def _write_row(uow: UnitOfWork, found: Unmasking, *, key: SealingKey) -> None:
    """Write the row of UNBL, or bring it to what has happened since.

    Under a lock it waits: an emergency does not, and what is locked does not change.
    """
    if found.subject_id is None:
        return
    opened = open_casebook(uow.session, found.subject_id, lock=True)
    if not opened.locks.isdisjoint({STUDY_LOCK, CASEBOOK_LOCK}):
        return
    row = found.unbl_row or opened.next_row(FORM)
    when = found.known_from or found.decided_at or found.asked_at
    if found.kind == UnmaskingKind.ACCIDENTAL:
        persons = [NOBODY, NOBODY, found.person]
    else:
        persons = [found.person, found.decided_by or NOBODY]
        persons += [found.person] if found.state == UnmaskingState.SHOWN else []
    values = {
        "UBWHY": found.why, "UBTX": found.explanation, "UBBY": "; ".join(persons),
        "UBDTM": clock.local(when).isoformat(timespec="seconds"),
    }  # fmt: skip
    write_system_values(uow, opened, place=("", FORM, row), values=values, key=key)
    if found.unbl_row != row:
        found.unbl_row = row
        uow.session.flush()


def _tell(uow: UnitOfWork, kind: MailKind, subject_id: int, *, at: datetime) -> None:
    """Tell the site's investigators and the sponsor, without the arm."""
    moment = f"{clock.local(at):%Y-%m-%d %H:%M}"
    queue(uow, kind=kind, to=TOLD, subject_id=subject_id, moment=moment)


def _require(uow: UnitOfWork, permission: Permission) -> Role:
    role = uow.actor.role
    if role is None or not grants(role, permission):
        raise NotPermitted
    return role


def _held(uow: UnitOfWork, subject_id: int) -> Subject:
    """Return the participant, held until the act is over, if they are randomised."""
    subject = lock_subject(uow.session, subject_id)
    if subject is None:
        raise NotFound
    uow.about(site_id=subject.site_id, subject_id=subject.id)
    if subject.slot is None:
        raise Refused(_NOT_RANDOMISED, rule=RULE)
    return subject


def _of(uow: UnitOfWork, subject_id: int) -> list[Unmasking]:
    statement = select(Unmasking).where(Unmasking.subject_id == subject_id)
    return list(uow.session.scalars(statement.execution_options(populate_existing=True)))


def _find(uow: UnitOfWork, subject_id: int, unmasking_id: int) -> Unmasking:
    """Return a request of the participant, who is held: of two decisions one comes second."""
    _held(uow, subject_id)
    found = next((one for one in _of(uow, subject_id) if one.id == unmasking_id), None)
    if found is None or found.kind != UnmaskingKind.EMERGENCY:
        raise NotFound
    return found


def _undecided(uow: UnitOfWork, subject_id: int, unmasking_id: int) -> Unmasking:
    _require(uow, Permission.UNMASK_APPROVE)
    found = _find(uow, subject_id, unmasking_id)
    if found.person == uow.actor.username:
        raise NotPermitted(_OWN)
    if found.state != UnmaskingState.ASKED:
        raise Refused(_DECIDED, rule=RULE)
    if not is_pending(found, now=clock.now()):
        raise Refused(_EXPIRED, rule=RULE)
    return found


def _decide(uow: UnitOfWork, found: Unmasking, state: UnmaskingState) -> None:
    found.state = state
    found.decided_by, found.decided_role = uow.actor.username, str(uow.actor.role)
    found.decided_at = clock.now()


def _readable(typed: str) -> str:
    try:
        text = cleaned(typed)
    except Unreadable as error:
        raise Refused(error.message, rule="REASON") from error
    if not text or len(text) > TEXT_MAX:
        raise Refused(_TEXT.filled(limit=TEXT_MAX), rule="REASON")
    if looks_identifying(text):
        raise Refused(_IDENTIFYING, rule="PRIVACY")
    return text


def _untelling(typed: str) -> str:
    """Return what somebody wrote who may know the arm; masked colleagues read it."""
    text = _readable(typed)
    if names_arm(text):
        raise Refused(_NAMES_ARM, rule="ARM")
    return text


_WHY = Label(en="Choose why the arm must be known.", zh="请选择揭盲原因。")
_TEXT = Label(
    en="Explain in words (at most {limit} characters).", zh="请用文字说明（最多{limit}个字符）。"
)
_IDENTIFYING = Label(
    en="The text seems to hold a telephone or identity number. Remove it.",
    zh="文字中疑似含有手机号或身份证号，请删除。",
)
_NAMES_ARM = Label(
    en="The text names an arm, and colleagues who must not know it read this. Say it without.",
    zh="文字中提及组别，而须保持盲态的同事会看到此内容，请勿写明组别。",
)
_NOT_RANDOMISED = Label(
    en="The participant is not randomised, so there is no arm to tell.",
    zh="该受试者尚未随机，无分组可揭示。",
)
_WAITS = Label(
    en="You have asked already. Wait for the approval, or look at the arm if it is approved.",
    zh="您已提交申请，请等待批准；如已批准，请直接查看分组。",
)
_OWN = Label(
    en="You have asked for this yourself; another person approves it.",
    zh="该申请由您本人提出，须由他人批准。",
)
_DECIDED = Label(
    en="This request has been decided already. Reload the page.",
    zh="该申请已处理，请刷新页面。",
)
_EXPIRED = Label(
    en="This request is more than 24 hours old and has expired. Ask anew.",
    zh="该申请已超过24小时，已失效，请重新申请。",
)
_NOT_APPROVED = Label(
    en="This request is not approved, so the arm is not shown.",
    zh="该申请未获批准，不能显示分组。",
)
_SHOWN = Label(
    en="The arm was shown already, and it is shown once. To see it again, ask anew.",
    zh="分组已显示过，且仅显示一次。如需再次查看，请重新申请。",
)
_NO_SUCH_TIME = Label(
    en="Give a time between the randomisation and now.",
    zh="请填写随机之后、当前时间之前的时间。",
)
