"""Versions of a safety report: what was sent stands, and what is changed afterwards is the next.

The items of the sponsor belong to no version: they go on being answered on a report that was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from edc import clock
from edc.forms.clocks import SentReport
from edc.label import Label
from edc.models import SafetyReport
from edc.protocol import STUDY
from edc.study.casebook import EMPTY, Cell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from edc.services.casebooks import Opened, Place
    from edc.services.submissions import Draft

SENT_AT: Final = {"SAE": "SAESUBDTM", "PREG": "PGSUBDTM"}
"""The CRFs that are sent as reports, with the item that holds when that was first done."""
TYPE, VERSION = "SAETYPE", "SAEVER"
_FOLLOW_UP: Final = "FUP"
_LATER: Final = (_FOLLOW_UP, "FINAL")


def last_sent(session: Session, subject_id: int, place: Place) -> int:
    """Return the number of the report's last version that was sent, 0 when none was."""
    _, form, row = place
    statement = select(func.max(SafetyReport.report_version)).where(
        SafetyReport.subject_id == subject_id,
        SafetyReport.form == form,
        SafetyReport.row == row,
    )
    return session.scalar(statement) or 0


def number(session: Session, opened: Opened, place: Place, *, draft: Draft) -> None:
    """Give a report the number of the version that the save makes it, or note why it may not.

    Before a version is sent there is nothing to follow up. Once one is, what the investigator
    changes makes the next one, which must say that it is a follow-up or the final report.
    """
    if place[1] != "SAE":
        return
    own = STUDY.crfs["SAE"].by_code
    if all(own[code].changed_by for code, _ in draft.changed):
        return
    sent = last_sent(session, opened.subject.id, place) if place in opened.versions else 0
    kind = draft.record.cells.get((TYPE, 1), EMPTY).value
    if not sent and kind == _FOLLOW_UP:
        draft.problems.setdefault(TYPE, []).append(("SENT", _NOTHING_TO_FOLLOW))
    elif sent and kind not in _LATER:
        message = _CHOOSE_TYPE.filled(sent=sent, following=sent + 1)
        draft.problems.setdefault(TYPE, []).append(("SENT", message))
    elif sent:
        draft.record.cells[VERSION, 1] = Cell(str(sent + 1))


def find_report(
    session: Session, subject_id: int, *, place: Place, version: int
) -> SafetyReport | None:
    """Return a version that was sent."""
    return next(
        (one for one in list_reports(session, subject_id, place=place)
         if one.report_version == version),
        None,
    )  # fmt: skip


def list_reports(session: Session, subject_id: int, *, place: Place) -> list[SafetyReport]:
    """Return the versions of a report that were sent, the first one first."""
    _, form, row = place
    statement = (
        select(SafetyReport)
        .where(
            SafetyReport.subject_id == subject_id,
            SafetyReport.form == form,
            SafetyReport.row == row,
        )
        .order_by(SafetyReport.report_version)
    )
    return list(session.scalars(statement))


def sent_reports(session: Session, subject_ids: Iterable[int]) -> dict[int, list[SentReport]]:
    """Return what was sent of each participant, without the content, in one statement."""
    columns = (
        SafetyReport.subject_id, SafetyReport.form, SafetyReport.row, SafetyReport.report_version,
        SafetyReport.sent_at,
    )  # fmt: skip
    found: dict[int, list[SentReport]] = {}
    statement = select(*columns).where(SafetyReport.subject_id.in_(list(subject_ids)))
    for subject_id, form, row, version, sent_at in session.execute(statement):
        found.setdefault(subject_id, []).append(
            SentReport(form=form, row=row, version=version, sent_at=clock.local(sent_at))
        )
    return found


_NOTHING_TO_FOLLOW = Label(
    en="No version of this report has been sent yet, so there is nothing to follow up. Choose "
    "initial report; what is learned later becomes the follow-up once version 1 is sent.",
    zh="本报告尚未提交过任何版本，不能作为随访报告。请选择“首次报告”；第1版提交后，新获得的信息再以随访报告提交。",
)
_CHOOSE_TYPE = Label(
    en="Version {sent} has been sent and stays as it is. Choose follow-up or final report here: "
    "what you changed then becomes version {following}.",
    zh="第{sent}版已提交，内容不可更改。请将报告类型选为“随访报告”或“总结报告”，修改内容将成为第{following}版。",
)
