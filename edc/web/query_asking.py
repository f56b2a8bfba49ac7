"""The list of a casebook's places from which questions are asked, one or many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _

from edc.errors import NotFound
from edc.models import QueryState
from edc.protocol import STUDY
from edc.services import queries
from edc.services.queries import MOST_AT_ONCE, Target
from edc.services.visible import may_know
from edc.study.casebook import EMPTY
from edc.study.crf import Occurs
from edc.web.query_threads import NO_VISIT, target_text
from edc.web.request import role, text
from edc.web.told import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edc.services.casebooks import Opened, Place
    from edc.study.crf import Crf

MOST_ROWS = 300
_PARTS = 5
_LONGEST = 80


def read_target(given: str) -> Target:
    """Return the place that an address or a ticked box names, as ``SCR/VS/1/TEMP/1``.

    :raises NotFound: when it names none.
    """
    parts = given[:_LONGEST].split("/")
    if len(parts) != _PARTS or not all(_is_row(part) for part in (parts[2], parts[4])):
        raise NotFound
    visit, form, row, item, repeat = parts
    return Target(("" if visit == NO_VISIT else visit, form, int(row)), item, int(repeat))


def _is_row(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 6  # noqa: PLR2004 - five figures


def offered(opened: Opened) -> dict[str, Any]:
    """Return the places that the page offers, by its filters, and which of them are chosen.

    Places named in the address alone are shown alone: who comes from an item asks about it.

    :raises NotFound: when the address names a place that is not there.
    """
    ticked = request.form.getlist("at") or request.args.getlist("at")
    chosen = [read_target(given) for given in ticked[: MOST_AT_ONCE + 1]]
    visit, form, item = (request.args.get(name, "") for name in ("visit", "form", "item"))
    crf = STUDY.crfs.get(form)
    if crf is not None and not may_know(role(), form=form):
        crf = None
    is_list = "list" in request.args or bool(visit or form)
    listed = _targets(opened, visit, crf, item) if is_list else chosen
    targets = [target for target in listed if queries.raises(role(), target)]
    for target in () if is_list else chosen:
        queries.require_target(opened, target, role=role())
    return {
        "rows": [
            _row(opened, target, is_chosen=target in chosen) for target in targets[:MOST_ROWS]
        ],
        "is_list": is_list,
        "is_cut": len(targets) > MOST_ROWS,
        "most_rows": MOST_ROWS,
        "most": MOST_AT_ONCE,
        "fields": _fields(opened, visit, crf, item),
        "is_narrowed": bool(visit or form),
        "beside": _beside(chosen),
    }


def _beside(chosen: list[Target]) -> dict[str, str]:
    """Return the filters by which the list shows what stands beside the places chosen."""
    if not chosen:
        return {}
    visit, form, _row = chosen[0].place
    return {name: value for name, value in (("visit", visit), ("form", form)) if value}


def _targets(opened: Opened, visit: str, crf: Crf | None, item: str) -> Iterator[Target]:
    """Yield visits and CRFs; the items of one CRF of one visit, or one item on every CRF."""
    for place in _places(opened):
        if (visit and place[0] != visit) or (crf and place[1] != crf.code):
            continue
        if not place[1]:
            if crf is None:
                yield Target(place)
            continue
        if not item:
            yield Target(place)
        if crf is not None and (item or visit):
            yield from _items(opened, crf.at(place[2]), place, item)


def _places(opened: Opened) -> Iterator[Place]:
    """Yield each visit of the schedule with its CRFs, saved or not, then the rows of the logs."""
    order = {crf.code: number for number, crf in enumerate(STUDY.all_crfs)}
    at_visits: dict[str, set[tuple[str, int]]] = {}
    for visit, form, row in opened.book.records:
        at_visits.setdefault(visit, set()).add((form, row))
    for code in opened.book.visits:
        yield code, "", 1
        declared = STUDY.find_visit(code)
        found = at_visits.get(code, set())
        for plan in declared.crfs if declared else ():
            found.add((plan.crf, STUDY.crfs[plan.crf].row_of(plan.part)))
        for form, row in sorted(found, key=lambda place: (order.get(place[0], 0), place[1])):
            if may_know(role(), form=form, row=row):
                yield code, form, row
    for crf in STUDY.all_crfs:
        if crf.occurs is Occurs.VISIT:
            continue
        for record in sorted(opened.book.of_form(crf.code), key=lambda record: record.row):
            if may_know(role(), form=crf.code, row=record.row):
                yield record.place


def _items(opened: Opened, crf: Crf, place: Place, item: str) -> Iterator[Target]:
    record = opened.book.records.get(place)
    for section in crf.sections:
        repeats = record.repeats() if record is not None and section.repeats > 1 else [1]
        for repeat in repeats:
            for one in section.items:
                if item and one.code != item:
                    continue
                if may_know(role(), form=crf.code, item=one.code, row=place[2]):
                    yield Target(place, one.code, repeat)


def _row(opened: Opened, target: Target, *, is_chosen: bool) -> dict[str, Any]:
    visit, form, row = target.place
    crf = STUDY.crfs[form].at(row) if form in STUDY.crfs else None
    item = crf.by_code.get(target.item) if crf else None
    record = opened.book.records.get(target.place)
    cell = record.cells.get((target.item, target.repeat), EMPTY) if record else EMPTY
    declared = STUDY.find_visit(visit) if visit else None
    form_text = f"{crf.name} {text(crf.label)}" if crf else ""
    if crf and not visit:
        form_text = f"{form_text} · {_('Row %(row)d', row=row)}"
    named = text(crf.label_of(target.item, target.repeat)) if crf and item else ""
    return {
        "value": target_text(target.place, target.item, target.repeat),
        "visit": f"{visit} {text(declared.label)}" if declared else visit,
        "form": form_text,
        "item": named,
        "code": target.item,
        "shown": told(form, item, cell) if item else "",
        "is_saved": record is not None,
        "is_chosen": is_chosen,
        "open": sum(
            query.state == QueryState.OPEN
            and (query.place, query.item, query.repeat)
            == (target.place, target.item, target.repeat)
            and queries.knows(role(), query)
            for query in opened.queries
        ),
    }


def _fields(opened: Opened, visit: str, crf: Crf | None, item: str) -> list[dict[str, Any]]:
    visits = [{"value": "", "text": _("All")}]
    for code in opened.book.visits:
        declared = STUDY.find_visit(code)
        if declared is not None:
            visits.append({"value": code, "text": f"{code} · {text(declared.label)}"})
    crfs = [{"value": "", "text": _("All")}] + [
        {"value": one.code, "text": f"{one.code} · {text(one.label)}"}
        for one in STUDY.all_crfs
        if may_know(role(), form=one.code)
    ]
    fields: list[dict[str, Any]] = [
        {"name": "visit", "label": _("Visit"), "kind": "select", "options": visits, "value": visit},
        {
            "name": "form", "label": _("CRF"), "kind": "select", "options": crfs,
            "value": crf.code if crf else "",
        },
    ]  # fmt: skip
    if crf is not None:
        items = [{"value": "", "text": _("All")}] + [
            {"value": one.code, "text": f"{one.code} · {text(one.label)}"}
            for one in crf.items
            if may_know(role(), form=crf.code, item=one.code)
        ]
        fields.append(
            {"name": "item", "label": _("Item"), "kind": "select", "options": items, "value": item}
        )
    fields.append({"name": "list", "kind": "hidden", "value": "1"})
    return fields
