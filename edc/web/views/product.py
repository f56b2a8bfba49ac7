"""The product: stock by batch, and every participant who was given a batch; for unmasked roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from edc import clock
from edc.errors import NotFound
from edc.forms.batch import BATCH
from edc.permissions import Permission
from edc.randomization.masking import may_see_arm
from edc.reports import product
from edc.services import doses
from edc.services.sites import list_sites, name_of
from edc.study.items import File
from edc.web.crf_page import place_url
from edc.web.guard import requires
from edc.web.request import actor, database, language, reading, text, viewer
from edc.web.sealing import sealing_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import Site
    from edc.reports.product import Recipient, Stock

bp = Blueprint("product", __name__)
_WITHDRAWN = frozenset({"RECALL", "REJ"})
_LARGEST_ROW = 2**31 - 1


@bp.get("/product")
@requires(Permission.PRODUCT_READ)
def index() -> ResponseReturnValue:
    """Show the stock of each site by batch."""
    sites = _sites()
    found = product.stock(
        reading(), site_ids=frozenset(site.id for site in sites), today=clock.today()
    )
    return render_template(
        "product/index.html",
        sites=[
            {
                "id": site.id,
                "name": text(name_of(site)),
                "rows": [_stock_row(one) for one in found if one.row.site_id == site.id],
                "alerts": _alerts([one for one in found if one.row.site_id == site.id]),
                "add_href": url_for("registers.add", site_id=site.id, register=BATCH.code)
                if viewer().may(Permission.PRODUCT_MANAGE, site_id=site.id)
                else None,
            }
            for site in sites
        ],
    )


@bp.get("/product/batches/<int:row_id>")
@requires(Permission.PRODUCT_READ)
def batch(row_id: int) -> ResponseReturnValue:
    """Show one batch and every participant who was given product of it."""
    one, recipients = product.batch(reading(), row_id, today=clock.today())
    site = next((site for site in _sites() if site.id == one.row.site_id), None)
    if site is None:
        raise NotFound
    return render_template(
        "product/batch.html",
        key=one.row.key,
        site=text(name_of(site)),
        state=one.state,
        is_withdrawn=one.state in _WITHDRAWN,
        facts=_facts(one),
        recipients=[_recipient(found) for found in recipients],
        correct_url=url_for("registers.correct", row_id=row_id)
        if viewer().may(Permission.PRODUCT_MANAGE, site_id=site.id)
        else None,
    )


@bp.post("/subjects/<int:subject_id>/dose/<number:row>/check")
@requires(Permission.CRF_ENTER)
def check_dose(subject_id: int, row: int) -> ResponseReturnValue:
    """Confirm a dose as the second person."""
    if row > _LARGEST_ROW:
        raise NotFound
    seen = request.form.get("_version", "")
    version = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1  # noqa: PLR2004
    with database().unit_of_work(actor(), "dose.check") as uow:
        doses.check_dose(uow, subject_id=subject_id, row=row, version=version, key=sealing_key())
    flash(_("The dose is checked by a second person."), "success")
    return redirect(place_url("crf.page", ("", doses.FORM, row)), code=303)


def _sites() -> list[Site]:
    """Return the sites where the person sees the product, and the arms with it."""
    person = viewer()
    return [
        site
        for site in list_sites(reading())
        if person.may(Permission.PRODUCT_READ, site_id=site.id)
        and (role := person.role_at(site.id)) is not None
        and may_see_arm(role)
    ]


def _stock_row(one: Stock) -> dict[str, Any]:
    values = one.row.values
    cells: list[Any] = [
        {"text": one.row.key, "sub": _written("BTSTORE", one)},
        {"state": one.state},
        {
            "text": values["BTEXP"],
            "whole": True,
            "sub": _days_left(one) if one.expires_soon else None,
            "sub_tone": "late" if one.expires_soon else None,
        },
        str(one.left),
        str(one.used),
        str(one.recipients),
        *[str(one.count(code)) for code in ("BTRECV", "BTDISP", "BTRET", "BTDEST")],
    ]
    return {"href": url_for("product.batch", row_id=one.row.row_id), "cells": cells}


def _days_left(one: Stock) -> str:
    if one.days_left < 0:
        return str(_("expired"))
    return str(ngettext("%(num)d day left", "%(num)d days left", one.days_left))


def _alerts(stock: list[Stock]) -> list[dict[str, Any]]:
    """Return what is to be done about batches: a sentence a kind of trouble, and its batches."""
    expired = [one for one in stock if one.state == "REL" and one.days_left < 0]
    expiring = [one for one in stock if one.expires_soon and one not in expired]
    short = [one for one in stock if one.is_short and one.used]
    told = (
        (
            expired,
            ngettext(
                "A batch has expired and is still released.",
                "%(num)d batches have expired and are still released.",
                len(expired),
            ),
        ),
        (
            expiring,
            ngettext("A batch expires soon.", "%(num)d batches expire soon.", len(expiring)),
        ),
        (short, _("More containers are recorded as used than were dispensed.")),
    )
    return [
        {"text": sentence, "batches": [_named(one) for one in batches]}
        for batches, sentence in told
        if batches
    ]


def _named(one: Stock) -> dict[str, str]:
    """Return a batch as an alert lists it: its number, its expiry, and its page."""
    return {
        "text": one.row.key,
        "day": one.row.values["BTEXP"],
        "href": url_for("product.batch", row_id=one.row.row_id),
    }


def _facts(one: Stock) -> list[dict[str, Any]]:
    """Return what the register says of the batch, and what was used of it."""
    found = []
    for item in BATCH.items:
        value = one.row.values.get(item.code)
        if value is None:
            continue
        fact: dict[str, Any] = {"key": text(item.label), "text": _written(item.code, one)}
        if isinstance(item, File):
            fact["text"] = f"SHA-256 {value[:12]}…"
            fact["href"] = url_for("registers.file", row_id=one.row.row_id, item=item.code)
            fact["href_text"] = _("Download")
        found.append(fact)
    found.append({"key": _("Containers used (from the dose records)"), "text": str(one.used)})
    found.append({"key": _("Left at the pharmacy"), "text": str(one.left)})
    return found


def _written(code: str, one: Stock) -> str:
    item, value = BATCH.by_code[code], one.row.values.get(code)
    if value is None:
        return ""
    unit = item.unit
    shown = item.write(value, language())
    return f"{shown} {text(unit.label)}" if unit and not unit.is_count else shown


def _recipient(one: Recipient) -> dict[str, Any]:
    return {
        "href": url_for("subjects.casebook", subject_id=one.subject_id, _anchor="log-EX"),
        "cells": [
            one.number,
            str(one.doses),
            str(len(one.containers)),
            f"{one.volume} mL",
            {"text": one.first, "whole": True},
            {"text": one.last, "whole": True},
        ],
    }
