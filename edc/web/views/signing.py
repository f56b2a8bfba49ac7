"""Signing a CRF: what is signed, with what meaning, and the password again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import EditConflict, NotFound, PasswordRefused, SignatureRefused, TooManyAttempts
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.randomization.masking import visible_items
from edc.services import settling
from edc.services.casebooks import open_casebook
from edc.services.sign_in import check_password
from edc.services.signing import (
    MEANINGS,
    Meaning,
    may_sign,
    meanings_for,
    sign_entry,
    signature_state,
)
from edc.services.visible import reads_all
from edc.study import groups
from edc.web import sessions
from edc.web.cell_words import display
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, reading, role, subject, text, viewer
from edc.web.rule_words import rule_words
from edc.web.signature_marks import signature_marks
from edc.web.views.crf import NO_VISIT, place_url

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.label import Label
    from edc.services.casebooks import Opened, Place
    from edc.study.casebook import Record
    from edc.study.crf import Crf

bp = Blueprint("signing", __name__)
FORM_ID = "sign-form"
_PLACE = "/subjects/<int:subject_id>/sign/<visit>/<form>/<number:row>"


@bp.get(_PLACE)
@requires(Permission.CRF_SIGN)
def page(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Show what would be signed."""
    return _page(*_open(subject_id, visit, form, row))


@bp.post(_PLACE)
@requires(Permission.CRF_SIGN)
def sign(subject_id: int, visit: str, form: str, row: int) -> ResponseReturnValue:
    """Check the password, then sign."""
    opened, record = _open(subject_id, visit, form, row)
    if language_chosen():
        return _page(opened, record)
    try:
        check_password(
            database(),
            viewer(),
            request.form.get("password", ""),
            origin=sessions.origin(),
            hashing=sessions.hashing(),
        )
    except PasswordRefused as refusal:
        return _page(opened, record, password_error=refusal.message), 422
    except TooManyAttempts as refusal:
        answer = _page(opened, record, password_error=refusal.message)
        return answer, 429, {"Retry-After": str(refusal.wait_seconds)}
    try:
        _sign(subject_id, record.place)
    except SignatureRefused as refusal:
        return _page(opened, record, error=refusal.message, rule=refusal.rule), 422
    except EditConflict:
        # What is drawn now is the newer content; it is signed only when it has been read.
        again = _("The CRF was saved after you opened this page. Read it again, then sign.")
        return _page(opened, record, error_text=again, rule="CONFLICT"), 409
    flash(_("Signed. The signature holds until the content changes."), "success")
    return redirect(place_url("crf.page", record.place), code=303)


def _sign(subject_id: int, place: Place) -> None:
    checked: Literal[True] = True
    with database().unit_of_work(actor(Permission.CRF_SIGN), "crf.sign") as uow:
        sign_entry(
            uow,
            subject_id=subject_id,
            place=place,
            version=_whole(request.form.get("_version", "")),
            meaning=_meaning(request.form.get("meaning", "")),
            password_checked=checked,
        )


def _whole(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1  # noqa: PLR2004


def _meaning(typed: str) -> Meaning:
    if typed not in set(Meaning):
        raise NotFound
    return Meaning(typed)


def _open(subject_id: int, visit: str, form: str, row: int) -> tuple[Opened, Record]:
    """Return the casebook and the CRF.

    :raises NotFound: when it was never saved, or the role may not know of it.
    """
    opened = open_casebook(reading(), subject_id, queries=False)
    record = opened.book.records.get(("" if visit == NO_VISIT else visit, form, row))
    if record is not None and settling.asks_for_settlement(record.form):
        settling.load_open_queries(reading(), opened)
    if record is None or not may_sign(role(), form):
        raise NotFound
    return opened, record


def _page(
    opened: Opened,
    record: Record,
    *,
    password_error: Label | None = None,
    error: Label | None = None,
    error_text: str = "",
    rule: str = "",
) -> str:
    crf = STUDY.crfs[record.form].at(record.row)
    meanings = meanings_for(opened.book, record)
    signatures = signature_state(reading(), opened.subject.id, record.place)
    held = {signature.meaning for signature in signatures if signature.is_valid}
    open_meanings = [meaning for meaning in meanings if meaning not in held]
    chosen = request.form.get("meaning") or (open_meanings[0] if open_meanings else "")
    declared = STUDY.find_visit(record.visit) if record.visit else None
    return render_template(
        "signing/page.html",
        subject=subject(),
        crf=crf,
        title=text(crf.label),
        visit_label=text(declared.label) if declared else "",
        sections=_sections(opened, crf, record),
        entry_version=opened.versions[record.place],
        meanings=[
            {"value": str(meaning), "text": text(MEANINGS[meaning])} for meaning in open_meanings
        ],
        chosen=chosen,
        is_complete=record.is_complete,
        is_unconfirmed=_is_unconfirmed(opened, record),
        **_settlement(opened, record),
        signatures=signature_marks(signatures, reads_all=reads_all(role(), crf)),
        password_error=text(password_error) if password_error else None,
        error=text(error) if error else error_text,
        rule=rule,
        form_id=FORM_ID,
        signer=viewer().full_name,
        urls={
            "sign": place_url("signing.sign", record.place),
            "crf": place_url("crf.page", record.place),
            "casebook": url_for("subjects.casebook", subject_id=opened.subject.id),
        },
    )


def _settlement(opened: Opened, record: Record) -> dict[str, Any]:
    """Return what has to be settled before the signature, and the check that asks for it."""
    found = _unsettled(opened, record)
    rule = settling.refusing(opened, record, is_unsettled=bool(found))
    return {
        "unsettled": found if rule else [],
        "settle_rule": rule.id if rule else "",
        "settle_text": text(rule.message) if rule else "",
    }


def _unsettled(opened: Opened, record: Record) -> list[dict[str, Any]]:
    """Return what has to be settled before this CRF is signed, each with where it stands."""
    if not settling.asks_for_settlement(record.form):
        return []
    found = []
    for one in settling.unsettled(opened, role=role()):
        crf = STUDY.crfs[one.place[1]].at(one.place[2]) if one.place[1] else None
        item = text(crf.label_of(one.item, one.repeat)) if crf and one.item in crf.by_code else ""
        anchor = f"query-{one.query_id}" if one.query_id else f"field-{one.item}"
        found.append(
            {
                "where": " ".join(part for part in (one.place[0], crf.name if crf else "") if part),
                "item": item,
                "text": text(one.message),
                "rule": rule_words(one.rule, crf.by_code.get(one.item) if crf else None),
                "href": place_url("crf.page", one.place, _anchor=anchor)
                if crf
                else url_for("queries.page", subject_id=subject().id, query_id=one.query_id),
            }
        )
    return found


def _is_unconfirmed(opened: Opened, record: Record) -> bool:
    """Tell whether this is eligibility without the investigator's confirmation."""
    return record.form == "IE" and opened.book.scope(record).item("IECONF") != "Y"


def _sections(opened: Opened, crf: Crf, record: Record) -> list[dict[str, Any]]:
    """Return what the CRF holds, as it is read: each shown item with its value, by section."""
    found = []
    for section in crf.sections:
        codes = visible_items(role(), form=crf.code, items=[item.code for item in section.items])
        rows = []
        for repeat in groups.asked(opened.book, record, section):
            scope = opened.book.scope(record, repeat)
            for code in codes:
                item = crf.by_code[code]
                cell = record.cells.get((code, repeat))
                if cell is None or not cell.is_answered or not scope.is_shown(item):
                    continue
                rows.append({"cells": [text(crf.label_of(code, repeat)), display(item, cell)]})
        if rows:
            found.append({"title": text(section.label), "rows": rows})
    return found
