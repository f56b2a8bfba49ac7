"""Whether a CRF is open for entry: schedule, consent, closing, lock, and role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc.errors import (
    ConsentMissing,
    EntryClosed,
    EntryLocked,
    NotFound,
    NotOnSchedule,
    NotPermitted,
)  # fmt: skip
from edc.forms.confidential import may_read
from edc.forms.states import Course
from edc.label import Label
from edc.permissions import Permission, Role, grants
from edc.protocol import STUDY
from edc.randomization.masking import is_restricted_row, is_visible
from edc.services import schedule
from edc.services.casebooks import CASEBOOK_LOCK, STUDY_LOCK
from edc.study.crf import Crf, Occurs

if TYPE_CHECKING:
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import Record
    from edc.study.items import Item

# Section 3.5.3: still entered after the end of the study; of the consents only a withdrawal.
_AFTER_END = frozenset({"IC", "DTH"})
# A withdrawal from everything is itself followed by the end of treatment and of the study.
_AFTER_WITHDRAWAL = _AFTER_END | {"EOT", "EOS"}
_WITHDRAWN = ("ALL", "DATA")
_MAX_ROWS = 500


def admit(opened: Opened, place: Place, *, role: Role | None) -> Crf:
    """Return the place's CRF if *role* may enter it now.

    :raises NotFound: when the study has no such CRF, or the role may not know of it.
    :raises NotPermitted: when the role may read but not enter it.
    :raises NotOnSchedule: when the visit does not have the CRF, or is not on the schedule, or
        another role begins it.
    :raises ConsentMissing: when a CRF other than the consent comes first.
    :raises EntryClosed: when the participant has left the study and the CRF is not yet there.
    :raises EntryLocked: when the CRF, the casebook or the study is locked.
    """
    visit, form, row = place
    crf = find_crf(form, role=role, row=row)
    if role is not None and not may_enter(crf, role):
        raise NotPermitted
    check_place(opened, place)
    require_unlocked(opened, place)
    if place in opened.in_error:
        raise NotOnSchedule(_IN_ERROR)
    is_new = place not in opened.versions
    if not crf.before_consent and form != "IC" and opened.book.consent_date() is None:
        raise ConsentMissing
    if is_new and is_closed(opened, visit, form=form):
        raise EntryClosed
    if is_new and crf.system_only and role is not None:
        raise NotOnSchedule(_SYSTEM)
    if is_new and role is not None and not may_start(crf, role):
        raise NotOnSchedule(_NOT_BEGUN)
    return crf


def require_unlocked(opened: Opened, place: Place) -> None:
    """Refuse a place that a lock covers; the database session refuses it once more.

    :raises EntryLocked: saying what is locked.
    """
    if STUDY_LOCK in opened.locks:
        raise EntryLocked.of_study()
    if CASEBOOK_LOCK in opened.locks:
        raise EntryLocked.of_casebook()
    if place in opened.locks:
        raise EntryLocked


def find_crf(form: str, *, role: Role | None, row: int = 1) -> Crf:
    """Return the CRF as its record at *row* has it, unless the role may not even know of it.

    :raises NotFound: in both cases alike.
    """
    crf = STUDY.crfs.get(form)
    if crf is None or (role is not None and not is_visible(role, form=form, row=row)):
        raise NotFound
    if crf.parts and not crf.part_of(row):
        raise NotFound
    return crf.at(row)


def may_enter(crf: Crf, role: Role) -> bool:
    """Tell whether the role types anything on the CRF."""
    return any(may_type(crf, item, role) for item in crf.items if item.is_typed)


def may_start(crf: Crf, role: Role) -> bool:
    """Tell whether the role answers the CRF's first question; who codes a row starts none."""
    return may_type(crf, next(item for item in crf.items if item.is_typed), role)


def may_type(crf: Crf, item: Item, role: Role | None) -> bool:
    """Tell whether the role types this item; an item with roles of its own is theirs alone."""
    if role is None:
        return True
    if not may_read(role, form=crf.code, item=item.code):
        return False
    if item.changed_by:
        return str(role) in item.changed_by
    return grants(role, Permission.CRF_ASSESS if crf.assesses else Permission.CRF_ENTER)


def check_place(opened: Opened, place: Place) -> None:
    """Refuse a place the protocol does not have.

    :raises NotOnSchedule: saying what is missing.
    """
    visit, form, row = place
    crf = STUDY.crfs[form]
    if crf.occurs is Occurs.VISIT:
        declared = STUDY.find_visit(visit)
        plans = declared.crfs if declared else ()
        part = crf.part_of(row)
        if not any((plan.crf, plan.part) == (form, part) for plan in plans):
            raise NotFound
        if not part and row != 1:
            raise NotFound
        if opens_visit(opened, place) or place in opened.versions:
            return
        if not Course(opened.book, None).is_on_schedule(visit):
            raise NotOnSchedule(_NOT_YET)
        return
    if crf.rows_of:
        _check_row_of(opened, crf, place)
        return
    first = opened.first_row(form, tells_arm=is_restricted_row(form, row))
    allowed = 1 if crf.occurs is Occurs.ONCE else opened.next_row(form, like=row)
    if visit or not first <= row <= min(allowed, first + _MAX_ROWS - 1):
        raise NotFound


def _check_row_of(opened: Opened, crf: Crf, place: Place) -> None:
    """Refuse a row that tells more of a row which is not there, or is none to tell more of."""
    told = opened.book.records.get(("", crf.rows_of, place[2]))
    if place in opened.versions:
        return
    if told is None or place[0]:
        raise NotFound
    if opened.book.scope(told).item("AESER") != "Y":
        raise NotOnSchedule(_NOT_SERIOUS)


def opens_visit(opened: Opened, place: Place) -> bool:
    """Tell whether the place is CRF UNS of the next unscheduled visit, which its save makes."""
    visit, form, _ = place
    return form == "UNS" and visit == schedule.next_unscheduled(opened)


def is_closed(opened: Opened, visit: str, *, form: str = "") -> bool:
    """Tell whether nothing new may be opened there (section 3.5, rule 3).

    The end of study closes everything but what follows it. A withdrawal from everything closes the
    logs, and the visits after it; one held or planned before may still be entered.

    :param visit: empty for a log.
    """
    book = opened.book
    if book.of_form("EOS"):
        return form not in _AFTER_END
    scopes = (book.scope(record) for record in book.of_form("IC"))
    left_on = min(
        (scope.text("ICWDDAT") or "" for scope in scopes if scope.item("ICWDTYP") in _WITHDRAWN),
        default=None,
    )
    if left_on is None or form in _AFTER_WITHDRAWAL:
        return False
    planned = book.visits.get(visit)
    held_on = book.value("SV", "SVSTDAT", visit) if planned else None
    on = held_on or (planned.target if planned else None)
    return on is None or on > left_on


def check_answers(opened: Opened, record: Record) -> None:
    """Refuse a new consent after the end of the study, unless it is a withdrawal.

    :raises EntryClosed: in that case.
    """
    is_consent = record.form == "IC" and record.place not in opened.versions
    withdraws = opened.book.scope(record).item("ICTYPE") == "WD"
    if is_consent and opened.book.of_form("EOS") and not withdraws:
        raise EntryClosed


_NOT_SERIOUS = Label(
    en="A serious adverse event report belongs to an adverse event recorded as serious. Record "
    "there that it is serious, then open the report from it.",
    zh="严重不良事件报告须对应已判定为“严重”的不良事件。请先在该不良事件中填写“严重”，再由其打开报告。",
)
_NOT_YET = Label(
    en="This visit is not on the participant's schedule yet. It is created at randomisation, "
    "or as an unscheduled visit.",
    zh="该访视尚未列入受试者的访视计划：随机后自动生成，或新建计划外访视。",
)
_NOT_BEGUN = Label(
    en="Another role begins this CRF, and has not done so yet.",
    zh="该CRF须由其他角色先行填写，目前尚未填写。",
)
_SYSTEM = Label(
    en="The system writes this CRF by itself; nobody starts it here.",
    zh="该CRF由系统自动生成，不能手工新建。",
)
_IN_ERROR = Label(
    en="This row is marked as entered in error and can no longer be changed.",
    zh="该记录已标记为误录，不能再修改。",
)
