"""Marking a row of a log as entered in error: it stays, with the reason, and counts no more.

Nothing of it is deleted. Its signatures become void and its queries are cancelled; then the whole
casebook is judged anew, as if the row had never been there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc import clock
from edc.errors import EditConflict, InvalidValues, NotFound, NotPermitted, ReasonRequired, Refused
from edc.label import Label
from edc.models import CrfEntry
from edc.protocol import STUDY
from edc.randomization.masking import is_restricted
from edc.services import admission, queries, safety_versions, signing
from edc.services.casebooks import open_casebook
from edc.services.night import refresh_opened
from edc.study.crf import Occurs
from edc.study.items import Reference, Unreadable, cleaned

if TYPE_CHECKING:
    from edc.permissions import Role
    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened, Place
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Record

REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class Marked:
    """A row that was marked, and how many of its queries were cancelled."""

    place: Place
    cancelled: int


def mark_in_error(
    uow: UnitOfWork, *, subject_id: int, place: Place, version: int, reason: str, key: SealingKey
) -> Marked:
    """Mark a row of a log as entered in error.

    :param version: the version of the row that the person has seen.
    :raises NotFound: when there is no such row, or it is none of a log.
    :raises NotPermitted: when the role does not enter the CRF.
    :raises EditConflict: when somebody saved the row since it was seen.
    :raises ReasonRequired: when no reason is given.
    :raises Refused: when the row is marked already, was sent as a report, or another row names it.
    """
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    require_markable(opened, place, role=uow.actor.role)
    if opened.versions[place] != version:
        raise EditConflict
    why = _read(reason)
    if safety_versions.last_sent(uow.session, subject_id, place):
        raise Refused(_SENT, rule="IN-ERROR")
    if naming := naming_rows(opened, place):
        raise Refused(_named_by(naming), rule="IN-ERROR")
    with uow.session.no_autoflush:
        entry = uow.session.get_one(CrfEntry, opened.stored[place].entry_id)
        signing.void_all(uow, entry)
        cancelled = queries.close_place(uow, opened, place, why)
        entry.in_error, entry.error_reason = True, why
        entry.version += 1
        entry.saved_at, entry.saved_by = clock.now(), uow.actor.username
        opened.in_error[place] = why
        del opened.book.records[place]
        opened.book.invalidate()
        refresh_opened(uow, opened, key=key, hidden_only=is_restricted(place[1], row=place[2]))
    return Marked(place, len(cancelled))


def require_markable(opened: Opened, place: Place, *, role: Role | None) -> None:
    """Refuse a place that cannot be marked as entered in error by *role*.

    :raises NotFound, NotPermitted, Refused: as :func:`mark_in_error` says.
    """
    _visit, form, row = place
    crf = admission.find_crf(form, role=role, row=row)
    if crf.occurs is not Occurs.LOG or crf.system_only or place not in opened.versions:
        raise NotFound
    if role is not None and not admission.may_start(crf, role):
        raise NotPermitted
    if place in opened.in_error:
        raise Refused(_ALREADY, rule="IN-ERROR")


def naming_rows(opened: Opened, place: Place) -> list[Record]:
    """Return the records that name the row at *place*, or tell more of it."""
    _visit, form, row = place
    return [
        record
        for record in opened.book.records.values()
        if record.place != place and _names(opened, record, form=form, row=row)
    ]


def _names(opened: Opened, record: Record, *, form: str, row: int) -> bool:
    crf = STUDY.crfs[record.form].at(record.row)
    if crf.rows_of == form and record.row == row:
        return True
    scope = opened.book.scope(record)
    return any(
        isinstance(item, Reference) and item.to == form and scope.text(item.code) == str(row)
        for item in crf.items
    )


def _read(reason: str) -> str:
    try:
        why = cleaned(reason)
    except Unreadable as error:
        raise InvalidValues({"reason": [("REASON", error.message)]}) from error
    if not why:
        raise ReasonRequired
    if len(why) > REASON_MAX:
        raise InvalidValues({"reason": [("REASON", _LONG)]})
    return why


def _named_by(records: list[Record]) -> Label:
    places = ", ".join(f"{record.form} {record.row}" for record in records)
    return _NAMED.filled(places=places)


_ALREADY = Label(
    en="This row is marked as entered in error already.",
    zh="该记录已标记为误录。",
)
_SENT = Label(
    en="This report was sent. A sent report is followed up; it cannot be taken back.",
    zh="该报告已提交，只能通过随访报告更正，不能标记为误录。",
)
_NAMED = Label(
    en="Other rows refer to this one: {places}. Correct them first.",
    zh="其他记录引用了该行：{places}。请先更正这些记录。",
)
_LONG = Label(
    en=f"Give the reason in at most {REASON_MAX} characters.",
    zh=f"原因最多{REASON_MAX}个字符。",
)
