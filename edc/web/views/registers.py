"""The registers of the sites: consent and protocol versions, laboratories, batches of product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import InvalidValues, NotFound, ReasonRequired
from edc.permissions import Permission
from edc.services import registers
from edc.services.files import media_type, read_file
from edc.services.night import refresh_subject
from edc.services.sites import list_sites, name_of
from edc.study.items import File, Table
from edc.web import register_form
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, language, reading, settings, study, text, viewer
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import Site
    from edc.services.register_rules import Problems
    from edc.services.registers import Row
    from edc.study.items import Item
    from edc.study.study import Register

bp = Blueprint("registers", __name__)
FORM_ID = "register-row"
_KEEPERS = (Permission.SITE_MANAGE, Permission.PRODUCT_MANAGE)
_BATCH = "BATCH"
_WITHDRAWN = "BATCH-03"
_DOWNLOAD = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}


@bp.get("/registers")
@requires(Permission.SITE_MANAGE)
def index() -> ResponseReturnValue:
    """Show the registers that the person keeps, site by site."""
    kept = [(site, declared) for site, declared in _kept() if declared]
    rows = registers.list_rows(reading(), site_ids=frozenset(site.id for site, _own in kept))
    return render_template(
        "registers/index.html",
        sites=[
            {
                "name": text(name_of(site)),
                "id": site.id,
                "registers": [_table(site, one, rows) for one in declared],
            }
            for site, declared in kept
        ],
    )


@bp.route("/registers/<int:site_id>/<register>/new", methods=["GET", "POST"])
@requires(*_KEEPERS)
def add(site_id: int, register: str) -> ResponseReturnValue:
    """Add a row."""
    declared = registers.find_register(study(), register)
    site = _site(site_id, declared)
    if request.method != "POST":
        return _row_page(site, declared, _begun(site, declared))
    typed = register_form.sent(declared)
    refused = register_form.take_files(declared, typed, before={})
    if language_chosen():
        return _row_page(site, declared, typed, refused)
    if refused:
        return _row_page(site, declared, typed, refused), 422
    try:
        with database().unit_of_work(actor(registers.keeper(register)), "register.add") as uow:
            row = registers.add_row(uow, study(), site_id=site.id, register=register, typed=typed)
    except InvalidValues as refusal:
        return _row_page(site, declared, typed, refusal.problems), 422
    flash(_("%(key)s is registered.", key=row.key), "success")
    return _after(declared, row)


@bp.route("/registers/rows/<int:row_id>", methods=["GET", "POST"])
@requires(*_KEEPERS)
def correct(row_id: int) -> ResponseReturnValue:
    """Correct a row, with the reason."""
    row = registers.find_row(reading(), row_id)
    declared = registers.find_register(study(), row.register)
    site = _site(row.site_id, declared)
    if request.method != "POST":
        shown = register_form.stored(declared, row.values)
        return _row_page(site, declared, shown, row=row)
    typed = register_form.sent(declared)
    refused = register_form.take_files(declared, typed, before=row.values)
    if language_chosen():
        return _row_page(site, declared, typed, refused, row=row)
    if refused:
        return _row_page(site, declared, typed, refused, row=row), 422
    reason = request.form.get("_reason", "").strip() or request.form.get("_reason_choice", "")
    try:
        with database().unit_of_work(
            actor(registers.keeper(row.register)),
            "register.correct",
            reason=reason[:500].strip() or None,
        ) as uow:
            corrected = registers.correct_row(uow, study(), row_id=row_id, typed=typed)
    except InvalidValues as refusal:
        return _row_page(site, declared, typed, refusal.problems, row=row), 422
    except ReasonRequired as refusal:
        problems: Problems = {"_reason": [("REASON", refusal.message)]}
        return _row_page(site, declared, typed, problems, row=row), 422
    if corrected.values != row.values and declared.code == _BATCH:
        _judge_anew(row_id)
    flash(_("The entry is corrected."), "success")
    return _after(declared, corrected)


@bp.get("/registers/rows/<int:row_id>/file/<item>")
@requires(*_KEEPERS, Permission.PRODUCT_READ)
def file(row_id: int, item: str) -> ResponseReturnValue:
    """Send the file that an entry holds, to be downloaded: it is never part of a page."""
    row = registers.find_row(reading(), row_id)
    declared = registers.find_register(study(), row.register)
    if not any(viewer().may(one, site_id=row.site_id) for one in registers.readers(row.register)):
        raise NotFound
    name = row.values.get(item, "")
    if not isinstance(declared.by_code.get(item), File) or not name:
        raise NotFound
    content = read_file(settings().instance, name)
    if content is None:
        raise NotFound
    answer = Response(content, mimetype=media_type(name))
    answer.headers.update(_DOWNLOAD)
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in row.key)
    download = f"{row.register}-{plain}-{item}.{name.rpartition('.')[2]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{download}"'
    return answer


def _begun(site: Site, declared: Register) -> dict[str, Any]:
    """Return what stands in a new entry: nothing, or what another one holds but for days."""
    copied = request.args.get("copy", "")
    for row in registers.list_rows(reading(), site_ids=frozenset({site.id})) if copied else ():
        if str(row.row_id) == copied and row.register == declared.code and declared.period:
            kept = {c: value for c, value in row.values.items() if c not in declared.period}
            return register_form.stored(declared, kept)
    return register_form.sent(declared)


def _judge_anew(row_id: int) -> None:
    """Judge the casebooks that name a batch by what its entry says now.

    Each is a unit of work of its own, for a correction that stands need not wait for the casebooks.
    Versions of consent and protocol concern everybody; they are left to the night, as is whatever
    does not tell the arm: who was given the batch must not be read in what the day brings besides.
    """
    by = actor(Permission.PRODUCT_MANAGE)
    for subject_id in registers.list_naming(reading(), study(), row_id):
        with database().unit_of_work(by, "register.follow") as uow:
            refresh_subject(uow, subject_id=subject_id, key=sealing_key(), hidden_only=True)


def _after(declared: Register, row: Row) -> ResponseReturnValue:
    """Say what there is to say of the entry, and go where it is kept."""
    for remark in row.remarks:
        item = declared.by_code.get(remark.item)
        mark = _(": ")
        label = f"{text(item.label)}{mark}" if item else ""
        flash(f"{label}{text(remark.message)} [{remark.rule}]", "warning")
    if any(remark.rule == _WITHDRAWN for remark in row.remarks):
        return redirect(url_for("product.batch", row_id=row.row_id), code=303)
    if declared.code == _BATCH:
        return redirect(url_for("product.index"), code=303)
    return redirect(url_for("registers.index"), code=303)


def _kept() -> list[tuple[Site, list[Register]]]:
    """Return each site with the registers that the person keeps there."""
    person = viewer()
    return [
        (
            site,
            [
                one
                for one in study().registers
                if person.may(registers.keeper(one.code), site_id=site.id)
            ],
        )
        for site in list_sites(reading())
    ]


def _site(site_id: int, declared: Register) -> Site:
    """Return a site at which the person keeps the register; any other does not exist for them."""
    for site, own in _kept():
        if site.id == site_id and declared in own:
            return site
    raise NotFound


def _table(site: Site, declared: Register, rows: list[Row]) -> dict[str, Any]:
    columns = [item for item in declared.items if not isinstance(item, File | Table)]
    return {
        "code": declared.code,
        "label": text(declared.label),
        "columns": [{"text": text(item.label)} for item in columns],
        "rows": [
            {
                "href": url_for("registers.correct", row_id=row.row_id),
                "cells": [_shown(item, row) for item in columns],
            }
            for row in rows
            if row.site_id == site.id and row.register == declared.code
        ],
        "add_href": url_for("registers.add", site_id=site.id, register=declared.code),
    }


def _shown(item: Item, row: Row) -> str:
    value = row.values.get(item.code)
    return item.write(value, language()) if value is not None else ""


def _row_page(
    site: Site,
    declared: Register,
    typed: dict[str, Any],
    problems: Problems | None = None,
    *,
    row: Row | None = None,
) -> str:
    found: Problems = {
        "_reason" if name == "reason" else name: said for name, said in (problems or {}).items()
    }
    shown = typed | ({} if row is None else _system_values(declared, row))
    mark = _(": ")
    labels = {item.code: f"{text(item.label)}{mark}" for item in declared.items}
    own = declared.code == _BATCH
    return render_template(
        "registers/row.html",
        form_id=FORM_ID,
        site=text(name_of(site)),
        register=text(declared.label),
        back_url=url_for("product.index") if own else url_for("registers.index"),
        back_text=_("Product") if own else _("Site registers"),
        fields=register_form.fields(declared, shown, found, row=row),
        context=register_form.context(declared, shown),
        has_files=register_form.has_files(declared),
        row=row,
        copy_url=url_for("registers.add", site_id=site.id, register=declared.code, copy=row.row_id)
        if row is not None and declared.period
        else None,
        errors=register_form.told(found, labels),
        reason_error=" ".join(text(message) for _rule, message in found.get("_reason", [])) or None,
        typed_reason=request.form.get("_reason", "") or request.form.get("_reason_choice", ""),
    )


def _system_values(declared: Register, row: Row) -> dict[str, Any]:
    return {
        item.code: row.values.get(item.code, "") for item in declared.items if not item.is_typed
    }
