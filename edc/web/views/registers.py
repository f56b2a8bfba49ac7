"""The registers of the sites: which versions of consent form and protocol are in force where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from edc.errors import InvalidValues, NotFound, ReasonRequired
from edc.permissions import Permission
from edc.services import registers
from edc.services.sites import list_sites, name_of
from edc.study.items import Date
from edc.web.guard import requires
from edc.web.language_switch import language_chosen
from edc.web.request import actor, database, language, reading, study, text, viewer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

    from edc.label import Label
    from edc.models import Site
    from edc.services.registers import Row
    from edc.study.items import Item
    from edc.study.study import Register

bp = Blueprint("registers", __name__)

Problems = dict[str, list[str]]


@bp.get("/registers")
@requires(Permission.SITE_MANAGE)
def index() -> ResponseReturnValue:
    """Show each site's registers."""
    sites = _own_sites()
    rows = registers.list_rows(reading(), site_ids=frozenset(site.id for site in sites))
    return render_template(
        "registers/index.html",
        sites=[
            {
                "name": text(name_of(site)),
                "id": site.id,
                "registers": [_table(site, declared, rows) for declared in study().registers],
            }
            for site in sites
        ],
    )


@bp.route("/registers/<int:site_id>/<register>/new", methods=["GET", "POST"])
@requires(Permission.SITE_MANAGE)
def add(site_id: int, register: str) -> ResponseReturnValue:
    """Add a row."""
    site = _site(site_id)
    declared = registers.find_register(study(), register)
    if request.method != "POST" or language_chosen():
        return _row_page(site, declared, _typed(declared))
    try:
        with database().unit_of_work(actor(Permission.SITE_MANAGE), "register.add") as uow:
            row = registers.add_row(
                uow, study(), site_id=site.id, register=register, typed=_typed(declared)
            )
    except InvalidValues as refusal:
        return _row_page(site, declared, _typed(declared), refusal.problems), 422
    flash(_("%(key)s is registered.", key=row.key), "success")
    return redirect(url_for("registers.index"), code=303)


@bp.route("/registers/rows/<int:row_id>", methods=["GET", "POST"])
@requires(Permission.SITE_MANAGE)
def correct(row_id: int) -> ResponseReturnValue:
    """Correct a row, with the reason."""
    row = registers.find_row(reading(), row_id)
    site = _site(row.site_id)
    declared = registers.find_register(study(), row.register)
    if request.method != "POST":
        return _row_page(site, declared, _stored(declared, row), row=row)
    if language_chosen():
        return _row_page(site, declared, _typed(declared), row=row)
    reason = request.form.get("_reason", "").strip() or request.form.get("_reason_choice", "")
    try:
        with database().unit_of_work(
            actor(Permission.SITE_MANAGE), "register.correct", reason=reason[:500].strip() or None
        ) as uow:
            registers.correct_row(uow, study(), row_id=row_id, typed=_typed(declared))
    except InvalidValues as refusal:
        return _row_page(site, declared, _typed(declared), refusal.problems, row=row), 422
    except ReasonRequired as refusal:
        problems: dict[str, list[tuple[str, Label]]] = {"_reason": [("REASON", refusal.message)]}
        return _row_page(site, declared, _typed(declared), problems, row=row), 422
    flash(_("The entry is corrected."), "success")
    return redirect(url_for("registers.index"), code=303)


def _own_sites() -> list[Site]:
    person = viewer()
    return [
        site
        for site in list_sites(reading())
        if person.may(Permission.SITE_MANAGE, site_id=site.id)
    ]


def _site(site_id: int) -> Site:
    """Return a site whose registers the person keeps; another one's does not exist for them."""
    for site in _own_sites():
        if site.id == site_id:
            return site
    raise NotFound


def _table(site: Site, declared: Register, rows: list[Row]) -> dict[str, Any]:
    return {
        "code": declared.code,
        "label": text(declared.label),
        "columns": [{"text": text(item.label)} for item in declared.items],
        "rows": [
            {
                "href": url_for("registers.correct", row_id=row.row_id),
                "cells": [_shown(item, row) for item in declared.items],
            }
            for row in rows
            if row.site_id == site.id and row.register == declared.code
        ],
        "add_href": url_for("registers.add", site_id=site.id, register=declared.code),
    }


def _shown(item: Item, row: Row) -> str:
    value = row.values.get(item.code)
    return item.write(value, language()) if value is not None else ""


def _typed(declared: Register) -> dict[str, Any]:
    """Return what was typed, item by item, in the shape that its reader takes."""
    return {item.code: _parts(item) for item in declared.items}


def _parts(item: Item) -> str | dict[str, str]:
    if isinstance(item, Date):
        return {
            part: request.form.get(f"{item.code}.{part}", "") for part in ("year", "month", "day")
        }
    return request.form.get(item.code, "")


def _stored(declared: Register, row: Row) -> dict[str, Any]:
    return {
        item.code: item.parts(row.values[item.code]) if item.code in row.values else ""
        for item in declared.items
    }


def _row_page(
    site: Site,
    declared: Register,
    typed: Mapping[str, Any],
    problems: Mapping[str, list[tuple[str, Label]]] | None = None,
    *,
    row: Row | None = None,
) -> str:
    found: Problems = {
        "_reason" if name == "reason" else name: [text(message) for _rule, message in messages]
        for name, messages in (problems or {}).items()
    }
    fields = [
        {
            "name": item.code,
            "kind": item.kind,
            "label": text(item.label),
            "hint": text(item.hint) if item.hint else None,
            "value": typed.get(item.code, ""),
            "required": bool(item.required) or item.code == declared.key,
            "error": " ".join(found.get(item.code, [])) or None,
            "max_length": getattr(item, "max_length", None),
        }
        for item in declared.items
    ]
    mark = _(": ")
    labels = {item.code: f"{text(item.label)}{mark}" for item in declared.items}
    return render_template(
        "registers/row.html",
        site=text(name_of(site)),
        register=text(declared.label),
        fields=fields,
        row=row,
        errors=[
            {"name": name, "text": labels.get(name, "") + sentence}
            for name, sentences in found.items()
            for sentence in sentences
        ],
        reason_error=" ".join(found.get("_reason", [])) or None,
        typed_reason=request.form.get("_reason", ""),
    )
