"""Sending a safety report: what the CRF says is frozen, and the clock is met."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from edc import clock
from edc.errors import EditConflict, NotFound, NotPermitted, NotReady, Refused
from edc.label import Label
from edc.models import SafetyReport
from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.services import admission, data_entry, rules
from edc.services.casebooks import open_casebook
from edc.services.safety_versions import SENT_AT, VERSION, find_report, last_sent
from edc.study.casebook import EMPTY
from edc.study.missing import MISSING_LABELS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from edc.label import Language
    from edc.randomization.sealing import SealingKey
    from edc.services.casebooks import Opened
    from edc.services.unit_of_work import UnitOfWork
    from edc.study.casebook import Cell, Record
    from edc.study.items import Item

FORMAT: Final = "edc-safety-report/1"
_MINIMUM: Final = ("SAEREP", "SAEDX")
_OF_FINAL: Final = ("SAENARR", "SAERELI")


def send(
    uow: UnitOfWork,
    *,
    subject_id: int,
    form: str,
    row: int,
    version: int,
    key: SealingKey | None = None,
) -> SafetyReport:
    """Send the current version of a SAE or PREG report as the unit of work's actor.

    The first report writes the moment that meets the clock; it needs the four minimum items and
    nothing else (SAE-05).

    :param version: of the CRF, as the sender has read it.
    :param key: opens the arm for the checks that follow the first report.
    :raises NotPermitted: when the role does not send reports.
    :raises NotFound: when there is no such report.
    :raises NotReady: naming what the report lacks.
    :raises Refused: when nothing was changed since the last version was sent.
    :raises EditConflict: when the CRF was saved since the sender opened it.
    """
    actor = uow.actor
    if actor.role is not None and not grants(actor.role, Permission.SAFETY_SEND):
        raise NotPermitted
    place = ("", form, row)
    if form not in SENT_AT:
        raise NotFound
    opened = open_casebook(uow.session, subject_id, lock=True)
    uow.about(site_id=opened.subject.site_id, subject_id=subject_id)
    admission.find_crf(form, role=actor.role, row=row)
    record = opened.book.records.get(place)
    if record is None:
        raise NotFound
    sent = last_sent(uow.session, subject_id, place)
    if not has_news(uow.session, opened, record, sent=sent):
        raise Refused(_NOTHING_NEW.filled(sent=sent), rule="SENT")
    if opened.versions[place] != version:
        raise EditConflict
    if lacking := missing_in(opened, record):
        raise NotReady(_LACKS, missing=[item.label for item in lacking], rule="SAE-05")
    now = clock.now()
    if not sent:
        # To the minute, as every moment that is typed beside it.
        moment = clock.local(now).isoformat(timespec="minutes")
        written = data_entry.write_system_values(
            uow, opened, place=place, values={SENT_AT[form]: moment}, key=key
        )
        version = written.version
    content = _content(opened, opened.book.records[place], number=sent + 1, sent_at=now, uow=uow)
    report = SafetyReport(
        subject=opened.subject, form=form, row=row, report_version=sent + 1, entry_version=version,
        sent_at=now, sent_by=actor.username, full_name=actor.full_name, content=content,
        content_sha256=digest(content), fingerprint=STUDY.fingerprint(),
    )  # fmt: skip
    uow.session.add(report)
    uow.session.flush()
    return report


def has_news(session: Session, opened: Opened, record: Record, *, sent: int) -> bool:
    """Tell whether a report holds anything that its last version sent did not.

    :param sent: the number of that version; 0 when none was sent.
    """
    if not sent:
        return True
    if record.form == "SAE":
        return record.cells.get((VERSION, 1), EMPTY).value != str(sent)
    last = find_report(session, opened.subject.id, place=record.place, version=sent)
    return last is None or last.entry_version != opened.versions[record.place]


def missing_in(opened: Opened, record: Record) -> list[Item]:
    """Return the items without which the report cannot be sent now (SAE-05).

    Of the four minimum items of a first report two are typed: the participant is always known, and
    of the product the report says what was given or that it is masked.
    """
    opened.book.facts["report_asked"] = "Y"
    opened.book.invalidate()
    asked = [one for one in rules.hard_findings(opened.book, record) if one.id == "SAE-05"]
    del opened.book.facts["report_asked"]
    opened.book.invalidate()
    if not asked:
        return []
    scope = opened.book.scope(record)
    own = STUDY.crfs[record.form].by_code
    is_final = scope.item("SAETYPE") == "FINAL"
    codes: tuple[str, ...] = () if scope.item(SENT_AT["SAE"]) else _MINIMUM
    codes = (*codes, *_OF_FINAL) if is_final else codes
    return [own[code] for code in codes if scope.item(code) is None]


def digest(content: str) -> str:
    """Return the SHA-256 of a report's content."""
    return hashlib.sha256(content.encode()).hexdigest()


def _content(
    opened: Opened,
    record: Record,
    *,
    number: int,
    sent_at: datetime,
    uow: UnitOfWork,
) -> str:
    """Return what the report says, as canonical JSON: codes, and words in both languages."""
    crf = STUDY.crfs[record.form]
    scope = opened.book.scope(record)
    sections = []
    for section in crf.sections:
        items = [
            _told(item, cell)
            for item in section.items
            if (cell := record.cells.get((item.code, 1), EMPTY)).is_answered
            and scope.is_shown(item)
        ]
        if items:
            label = {"en": section.label.en, "zh": section.label.zh}
            sections.append({"code": section.code, "label": label, "items": items})
    report = {
        "format": FORMAT,
        "study": STUDY.code,
        "definition": STUDY.fingerprint(),
        "participant": opened.subject.number,
        "form": record.form,
        "row": record.row,
        "version": number,
        "sent_at": clock.local(sent_at).isoformat(timespec="seconds"),
        "sent_by": uow.actor.full_name or uow.actor.username,
        # Without it a masked reader could find by trial which answers have the digest they see.
        "salt": secrets.token_hex(16),
        "sections": sections,
    }
    return json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _told(item: Item, cell: Cell) -> dict[str, Any]:
    return {
        "code": item.code,
        "label": {"en": item.label.en, "zh": item.label.zh},
        "value": cell.value,
        "missing": cell.missing,
        "missing_reason": cell.missing_reason,
        "text": {"en": _words(item, cell, "en"), "zh": _words(item, cell, "zh")},
    }


def _words(item: Item, cell: Cell, language: Language) -> str:
    if cell.value is None:
        label = next((m for code, m in MISSING_LABELS.items() if code == cell.missing), None)
        return f"{label.text(language) if label else cell.missing} ({cell.missing_reason})"
    shown = item.write(cell.value, language)
    return f"{shown} {item.unit.label.text(language)}" if item.unit else shown


_NOTHING_NEW = Label(
    en="Version {sent} has been sent, and nothing was changed since. Nothing was sent again.",
    zh="第{sent}版已提交，此后内容未变更，无需再次提交。",
)
_LACKS = Label(
    en="Not sent: the report lacks what it must hold. Nothing else may hold back a first report.",
    zh="未提交：报告缺少最低必填内容（首次报告仅需四要素，其余不得阻止上报）。",
)
