"""What stands above a CRF of safety: its clock, what was sent, and where the report is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from edc.permissions import Permission, grants
from edc.protocol import STUDY
from edc.reports.deadlines import known_clocks
from edc.services.safety_reports import has_news
from edc.services.safety_versions import SENT_AT, list_reports, sent_reports
from edc.web import deadline_words
from edc.web.crf_page import place_url
from edc.web.request import reading, role, subject

if TYPE_CHECKING:
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import Record


def panel(opened: Opened, place: Place) -> dict[str, Any] | None:
    """Return what to show above the CRF at *place*; None for most."""
    _, form, row = place
    record = opened.book.records.get(place)
    if record is None or place not in opened.versions:
        return None
    if form in SENT_AT:
        return _of_report(opened, record)
    if form == "AE" and opened.book.scope(record).item("AESER") == "Y":
        return _to_report(opened, ("", "SAE", row))
    if form == "PREGT" and opened.book.scope(record).item("PREGRES") == "POS":
        following = ("", "PREG", opened.next_row("PREG"))
        known = [one.place for one in opened.book.of_form("PREG")]
        return _to_report(opened, known[-1] if known else following)
    return None


def report_url(endpoint: str, place: Place, **values: object) -> str:
    """Return the address of a view of one safety report of the participant."""
    _, form, row = place
    return url_for(endpoint, subject_id=subject().id, form=form, row=row, **values)  # type: ignore[arg-type]


def _to_report(opened: Opened, place: Place) -> dict[str, Any]:
    """Return the way to the report that belongs to what is recorded here."""
    is_there = place in opened.versions
    return {
        "report": place[1],
        "is_there": is_there,
        "href": place_url("crf.page", place)
        if is_there or grants(role(), Permission.CRF_ENTER)
        else None,
    }


def of_participant(opened: Opened) -> list[dict[str, Any]]:
    """Return the participant's clocks of which the person may know."""
    subject_id = opened.subject.id
    sent = sent_reports(reading(), [subject_id]).get(subject_id, ())
    found = known_clocks(opened.book, role=role(), sent=sent)
    return [
        deadline_words.told(one, name) | {"href": place_url("crf.page", one.place)}
        for one, name in found
    ]


def _of_report(opened: Opened, record: Record) -> dict[str, Any]:
    subject_id, place = opened.subject.id, record.place
    reports = list_reports(reading(), subject_id, place=place)
    sent = reports[-1].report_version if reports else 0
    return {
        "clocks": [one for one in of_participant(opened) if one["place"] == place],
        "versions": [
            {
                "number": report.report_version,
                "at": report.sent_at,
                "who": report.full_name or report.sent_by,
                "href": report_url("safety.sent", place, version=report.report_version),
            }
            for report in reports
        ],
        "sent": sent,
        "is_sae": record.form == "SAE",
        "has_news": has_news(reading(), opened, record, sent=sent),
        "send_url": report_url("safety.review", place)
        if grants(role(), Permission.SAFETY_SEND)
        else None,
    }  # fmt: skip


def unopened(opened: Opened, form: str) -> list[dict[str, Any]]:
    """Return the rows of a log of which *form* tells more, and where it does not do so yet."""
    crf = STUDY.crfs[form]
    if not crf.rows_of or not grants(role(), Permission.CRF_ENTER):
        return []
    waiting = [
        record
        for record in opened.book.of_form(crf.rows_of)
        if ("", form, record.row) not in opened.versions
        and opened.book.scope(record).item("AESER") == "Y"
    ]
    return [
        {"row": record.row, "href": place_url("crf.page", ("", form, record.row))}
        for record in sorted(waiting, key=lambda one: one.row)
    ]
