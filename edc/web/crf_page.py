"""Draws the CRF page: its fields, what speaks against saving, its signatures, its draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, url_for
from flask_babel import gettext as _

from edc.forms.confidential import TITLE, passed_text, withheld_items
from edc.permissions import Permission
from edc.protocol import STUDY
from edc.randomization.masking import is_restricted_row, visible_items
from edc.randomization.sealing import SealingKey
from edc.services import admission, deviations, doses, rules, unmasking_marks
from edc.services.randomize import arm_of
from edc.services.signing import signature_state
from edc.services.submissions import address
from edc.services.visible import reads_all
from edc.study.browser import browser_context
from edc.study.casebook import EMPTY, Cell, Record
from edc.study.crf import Occurs
from edc.web import crf_conflict, crf_fields, crf_files, crf_form
from edc.web.crf_fields import PageState
from edc.web.query_threads import ask_url, load_queries, threads_at, threads_beside
from edc.web.request import language, reading, role, settings, subject, text, viewer
from edc.web.signature_marks import signature_marks

if TYPE_CHECKING:
    from edc.label import Label
    from edc.models import Draft
    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf

Errors = dict[str, list[tuple[str, "Label"]]]

FORM_ID = "crf-form"
NO_VISIT = "-"  # stands for the empty visit of a log in an address
REASON = "_reason"


def place_url(endpoint: str, place: Place, **values: object) -> str:
    """Return the address of a view of one CRF of the participant."""
    visit, form, row = place
    return url_for(
        endpoint, subject_id=subject().id, visit=visit or NO_VISIT, form=form, row=row,
        **values,  # type: ignore[arg-type]
    )  # fmt: skip


def hidden_items(crf: Crf) -> frozenset[str]:
    """Return the items of which the person may not even know."""
    codes = [item.code for item in crf.items]
    return frozenset(codes) - set(visible_items(role(), form=crf.code, items=codes))


def draw(
    opened: Opened,
    crf: Crf,
    place: Place,
    *,
    stored: Record | None,
    record: Record | None = None,
    typed: crf_form.Typed | None = None,
    errors: Errors | None = None,
    reason: str = "",
    is_dirty: bool = False,
    draft: Draft | None = None,
    refusal: Label | None = None,
    version: int | None = None,
    opened_text: str | None = None,
    panel: dict[str, Any] | None = None,
    proposal: int | None = None,
) -> str:
    """Return the page of a CRF.

    :param stored: the CRF as the database holds it; *record* as it would be with what was typed.
    :param refusal: why nothing can be entered at present.
    :param version: the version that a save must find; left out, the stored one.
    :param panel: what stands above a CRF of safety.
    :param opened_text: what the page showed when it was first opened; left out, what is stored.
    :param proposal: the proposed deviation that a new row of DV is to accept.
    """
    errors = errors or {}
    visit, form, row = place
    record = record or stored or Record(form, visit, row)
    opened.book.put(record)
    hidden = hidden_items(crf)
    _show_arm(opened, crf, record, hidden)
    threads = threads_at(opened, place)
    may_enter = admission.may_enter(crf, role()) and refusal is None
    marked = unmasking_marks.mark_of(opened, stored or record, by=viewer().username)
    if marked:
        record.cells[marked, 1] = Cell(unmasking_marks.KNOWS)
    filled = frozenset(record.cells) if stored is None and typed is None else frozenset()
    sections = crf_fields.sections(
        crf, opened.book, record,
        state=PageState(
            typed=typed, saved=stored, filled=filled, errors=errors, queries=threads,
            warnings=_warnings(opened, stored),
        ),
        hidden_items=hidden,
        may_type=lambda item: may_enter
        and admission.may_type(crf, item, role())
        and not (crf.answers_stay and stored and stored.is_answered(item.code))
        and item.code != marked,
        history=lambda key: place_url("audit.item_history", place, item=key[0], repeat=key[1]),
        ask=lambda key: ask_url(place, item=key[0], repeat=key[1], subject_id=opened.subject.id),
        file_urls=lambda key, name, kept: _file_urls(place, key, name, kept),
    )  # fmt: skip
    if withheld := withheld_items(role(), form=crf.code):
        hidden |= withheld  # of all that the page carries along
        _withhold(sections, crf, record, items=withheld)
    context: dict[str, Any] = {}
    if may_enter:
        context = browser_context(crf, opened.book.scope(record), hidden=hidden)
        corrected = stored if crf.answers_stay is None else None
        context["stored"] = (
            crf_fields.stored_controls(crf, corrected, hidden_items=hidden) if corrected else {}
        )
    is_known = place in opened.versions
    return render_template(
        "crf/page.html",
        **_frame(opened, crf, place),
        sections=sections,
        has_files=crf_files.has_files(crf),
        page_errors=_page_errors(errors, crf),
        owed=_owed(opened, crf, stored, hidden) if may_enter and not errors else [],
        may_enter=may_enter,
        entry_version=opened.versions.get(place, 0) if version is None else version,
        opened_text=crf_conflict.opened_text(stored, hidden_items=hidden)
        if opened_text is None
        else opened_text,
        is_dirty=is_dirty,
        needs_reason=REASON in errors or bool(context.get("stored")),
        reason=reason,
        reason_error=text(errors[REASON][0][1]) if REASON in errors else None,
        context=context,
        **threads_beside(threads, sections),
        ask_url=ask_url(place, subject_id=opened.subject.id),
        signatures=signature_marks(
            signature_state(reading(), opened.subject.id, place),
            reads_all=reads_all(role(), crf),
        )
        if is_known
        else [],
        may_sign=is_known and viewer().may(Permission.CRF_SIGN, site_id=opened.subject.site_id),
        state=_state_of(opened, place, stored),
        why_in_error=opened.in_error.get(place),
        mark_url=_mark_url(opened, crf, place) if stored else None,
        filled=bool(filled) and crf.occurs is Occurs.LOG,
        second_check=_second_check(opened, place),
        draft=draft,
        panel=panel,
        proposal=_proposal(opened, proposal) if proposal is not None else None,
        refusal=text(refusal) if refusal else None,
        marked=text(crf.by_code[marked].label) if marked and may_enter else None,
        consent_url=place_url("crf.page", ("", "IC", 1))
        if refusal and opened.book.consent_date() is None
        else None,
    )


def draw_comparison(
    opened: Opened,
    crf: Crf,
    place: Place,
    *,
    stored: Record | None,
    items: list[dict[str, Any]],
    typed_inputs: list[tuple[str, str]],
    carried: dict[str, str],
    saved_by: tuple[str, Any],
    reason: str,
    needs_reason: bool,
    error: str | None,
    new_row: Place | None,
) -> str:
    """Return the page on which one chooses between what is stored now and what was typed here.

    :param carried: hidden inputs of the page itself, by name.
    :param new_row: for a row that somebody else took: where the typed one can go instead.
    """
    load_queries(opened, place)
    for item in items:
        item["pictures"] = {
            side: _file_urls(place, item["key"], *file)["thumbnail"]
            for side, file in item.get("files", {}).items()
            if file[0]
        }
    return render_template(
        "crf/compare.html",
        **_frame(opened, crf, place),
        items=items,
        typed_inputs=typed_inputs,
        carried=carried,
        who=saved_by[0],
        when=saved_by[1],
        reason=reason,
        needs_reason=needs_reason,
        error=error,
        state=_state_of(opened, place, stored),
        new_row_url=place_url("crf.save", new_row) if new_row else None,
    )


def _file_urls(place: Place, key: tuple[str, int], name: str, kept: str) -> dict[str, str]:
    """Return the addresses of a file and of its thumbnail."""
    named = {"item": key[0], "repeat": key[1], "name": name, "kept": kept or None}
    return {
        "href": place_url("files.show", place, **named),
        "thumbnail": place_url("files.show", place, **named, size="thumb"),
    }


def _frame(opened: Opened, crf: Crf, place: Place) -> dict[str, Any]:
    """Return what both pages show around their content."""
    is_apart = is_restricted_row(crf.code, place[2])
    return {
        "form_id": FORM_ID,
        "crf": crf,
        "title": text(crf.label),
        "note": text(crf.note) if crf.note and not is_apart else None,
        "is_apart": is_apart,
        "visit_label": _visit_label(place[0]),
        "subject": opened.subject,
        "urls": {
            "save": place_url("crf.save", place),
            "page": place_url("crf.page", place),
            "preview": place_url("crf.preview", place),
            "draft": place_url("crf.keep_draft", place),
            "drop_draft": place_url("crf.drop_draft", place),
            "use_draft": place_url("crf.page", place, draft="use"),
            "sign": place_url("signing.page", place),
            "back": url_for(
                "subjects.casebook", subject_id=opened.subject.id, _anchor=place[0] or None
            ),
        },
    }


def _second_check(opened: Opened, place: Place) -> str | None:
    """Return where this person confirms the dose as the second one, None where it is not theirs."""
    if not doses.waits_for(opened, place, username=viewer().username, role=role()):
        return None
    return url_for("product.check_dose", subject_id=opened.subject.id, row=place[2])


def _mark_url(opened: Opened, crf: Crf, place: Place) -> str | None:
    """Return where the row of a log is marked as entered in error, for who may do so."""
    if crf.occurs is not Occurs.LOG or crf.system_only or place in opened.in_error:
        return None
    if not admission.may_start(crf, role()):
        return None
    return url_for("logs.mark", subject_id=opened.subject.id, form=crf.code, row=place[2])


def _state_of(opened: Opened, place: Place, stored: Record | None) -> str:
    if place in opened.in_error:
        return "in_error"
    if stored is None:
        return "due"
    if any((q.visit, q.form, q.row) == place for q in opened.open_queries_for(role())):
        return "queried"
    if stored.is_signed:
        return "signed"
    return "complete" if stored.is_complete else "started"


def _show_arm(opened: Opened, crf: Crf, record: Record, hidden: frozenset[str]) -> None:
    """Put the arm on RAND, for a role that may see it; it is stored nowhere in clear."""
    if crf.code != "RAND" or "RDARM" in hidden or opened.slot is None:
        return
    key = SealingKey.from_text(settings().allocation_key)
    arm = arm_of(reading(), opened.subject.id, role=role(), key=key)
    if arm is not None:
        record.cells["RDARM", 1] = Cell(arm)


def _warnings(opened: Opened, stored: Record | None) -> dict[tuple[str, int], list[Label]]:
    found: dict[tuple[str, int], list[Label]] = {}
    for finding in rules.standing_warnings(opened.book, stored, role=role()) if stored else []:
        found.setdefault((finding.item, finding.repeat), []).append(finding.message)
    return found


def _withhold(
    sections: list[dict[str, Any]], crf: Crf, record: Record, *, items: frozenset[str]
) -> None:
    """Say of some items only whether they passed the screen, in place of their answers."""
    for section in sections:
        for group in section.get("groups", ()):
            group["fields"] = [
                field | _withheld(crf, record, field["name"]) if field["name"] in items else field
                for field in group["fields"]
            ]


def _withheld(crf: Crf, record: Record, item: str) -> dict[str, Any]:
    cell = record.cells.get((item, 1), EMPTY)
    said = passed_text(crf.code, item, value=cell.value, missing=cell.missing, language=language())
    return {
        "kind": "system", "label": text(TITLE), "hint": None, "layout": "", "prefix": "",
        "options": [], "value": "", "display": said, "missing": None, "warnings": [],
        "error": None,
    }  # fmt: skip


def _owed(
    opened: Opened, crf: Crf, stored: Record | None, hidden: frozenset[str]
) -> list[dict[str, Any]]:
    """Return what a CRF that was started still lacks, and whether the person may give it."""
    if stored is None or (stored.is_complete and not crf.asks_by_arm):
        return []
    return [
        {
            "text": text(crf.label_of(*key)),
            "name": address(key),
            "is_mine": admission.may_type(crf, crf.by_code[key[0]], role()),
        }
        for key in rules.owed(opened.book, stored)
        if key[0] not in hidden
    ]


def _proposal(opened: Opened, proposal_id: int) -> dict[str, Any]:
    """Return a proposed deviation as the row of DV that accepts it says it."""
    found = deviations.find_proposal(
        reading(), subject_id=opened.subject.id, proposal_id=proposal_id, role=role()
    )
    return {"id": found.id, "text": text(found.message), "rule": found.check_id}


def _visit_label(visit: str) -> str:
    declared = STUDY.find_visit(visit) if visit else None
    return f"{visit} {text(declared.label)}" if declared else ""


def _page_errors(errors: Errors, crf: Crf) -> list[dict[str, str | None]]:
    """Return every error for the list on top of the page, in the order of the page."""
    sections = [section.codes for section in crf.sections]
    order = {item.code: number for number, item in enumerate(crf.items)}

    def rank(name: str) -> tuple[int, int, int]:
        """Return the place of a section, of a row in it, and of an item in the row."""
        code, repeat = crf_form.key_of(name)
        if code not in order:
            return (len(sections) if name == REASON else -1, 0, 0)
        section = next(number for number, codes in enumerate(sections) if code in codes)
        return section, repeat, order[code]

    def named(name: str) -> str:
        code, repeat = crf_form.key_of(name)
        return text(crf.label_of(code, repeat)) + _(": ") if code in order else ""

    return [
        {
            "text": named(name)
            + text(message)
            + (f" [{rule}]" if rule and rule != "REASON" else ""),
            "name": name or None,
        }
        for name in sorted(errors, key=rank)
        for rule, message in errors[name]
    ]
