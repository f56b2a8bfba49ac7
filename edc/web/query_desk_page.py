"""The query desk as its page shows it: filters read and drawn, figures, rows, keys of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext as _

from edc.permissions import Permission
from edc.reports import query_desk
from edc.reports.query_desk import QueryFilter
from edc.services.sites import list_sites, name_of
from edc.services.visible import may_know
from edc.study.items import Unreadable, narrowed
from edc.web import query_threads
from edc.web.request import language, reading, study, text, viewer
from edc.web.rule_words import rule_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.models import Query
    from edc.reports.query_desk import DeskRow, Figures, Key

_LONGEST_WORD = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 10**16  # microseconds, in the year 2286
_CHOICES = {
    "whose": query_desk.WHOSE,
    "state": query_desk.STATES,
    "origin": query_desk.ORIGINS,
    "order": ("newest",),
}


def query_url(query: Query, asked: Mapping[str, str]) -> str:
    """Return the address of a query's own page, with the filters it was found by."""
    values: dict[str, Any] = {"subject_id": query.subject_id, "query_id": query.id, **asked}
    return url_for("queries.page", **values)


def desk_row(row: DeskRow, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of the desk in words."""
    query = row.query
    return {
        "href": query_url(query, asked),
        "number": row.number,
        "site": row.site,
        "place": query_threads.place_text(query),
        "text": query.text_zh if language() == "zh" else query.text_en,
        "rule": rule_words(query.check_id, query_threads.find_item(query)),
        "origin": query_threads.origin(query),
        "state": query.state,
        "state_text": _("Reopened") if query_threads.is_reopened(query) else None,
        "is_unsettled": query.is_unsettled,
        "age": query_threads.age_text(row.days),
        "step": row.step,
        "last": _last(row) if row.last and query.messages > 1 else None,
    }


def _last(row: DeskRow) -> dict[str, str]:
    last = row.last
    if last is None:
        return {}
    words = last.text_zh if language() == "zh" else last.text_en
    return {"who": _("System") if last.is_by_system else last.full_name, "text": words}


def figures_shown(figures: Figures, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the figures above the desk, each leading to its queries."""
    rest = {name: value for name, value in asked.items() if name not in ("state", "age")}

    def leads(**change: str) -> str:
        return url_for("queries.index", **(rest | change))  # type: ignore[arg-type]

    at_least = {
        days: sum(count for step, count in figures.ages.items() if step >= days)
        for days in query_desk.AGES
    }
    found: list[dict[str, Any]] = [
        {"text": _("Open"), "number": figures.open, "href": leads(state="open")},
        {"text": _("Answered"), "number": figures.answered, "href": leads(state="answered")},
    ]
    tones = dict(zip(query_desk.AGES, (None, "warning", "late"), strict=True))
    found += [
        {
            "text": _("%(days)d days and more", days=days),
            "number": count,
            "href": leads(age=str(days)),
            "tone": tones[days] if count else None,
        }
        for days, count in at_least.items()
    ]
    found += [
        {"text": _("Median days to an answer"), "number": _days(figures.days_to_answer)},
        {"text": _("Median days to closing"), "number": _days(figures.days_to_close)},
    ]
    return found


def _days(value: float | None) -> str:
    return "—" if value is None else f"{value:.1f}"


def read_filter(sent: Mapping[str, str]) -> QueryFilter:
    """Return the filter that was asked for; what makes no sense narrows nothing."""
    words = {name: _word(sent, name) for name in ("site", "participant", "form")}
    chosen = {
        name: sent.get(name, "") if sent.get(name, "") in choices else ""
        for name, choices in _CHOICES.items()
    }
    age = sent.get("age", "")
    return QueryFilter(**words, **chosen, age=int(age) if age in map(str, query_desk.AGES) else 0)


def _word(sent: Mapping[str, str], name: str) -> str:
    try:
        return narrowed(sent.get(name, ""))[:_LONGEST_WORD]
    except Unreadable:
        return ""


def filter_fields(chosen: QueryFilter) -> list[dict[str, Any]]:
    """Return the filter bar, filled with what is chosen."""
    person = viewer()
    sites = [
        site for site in list_sites(reading()) if person.may(Permission.QUERY_READ, site_id=site.id)
    ]
    whose = {"": _("All"), "waiting": _("Waiting for me"), "raised": _("Raised by me")}
    states = {
        "": _("Open or answered"), "open": _("Open"), "reopened": _("Reopened"),
        "answered": _("Answered"), "closed": _("Closed"), "cancelled": _("Cancelled"),
        "all": _("All states"),
    }  # fmt: skip
    ages = {"": _("All")} | {
        str(days): _("%(days)d days and more", days=days) for days in query_desk.AGES
    }
    origins = {"": _("All"), "system": _("System check"), "person": _("Monitor or data manager")}
    crfs = {"": _("All")} | {
        crf.code: f"{crf.code} · {text(crf.label)}"
        for crf in study().all_crfs
        if any(may_know(role, form=crf.code) for role in viewer().roles.values())
    }
    fields = [
        {"name": "whose", "label": _("Whose"), "options": _options(whose)},
        {"name": "state", "label": _("State"), "options": _options(states)},
        {"name": "age", "label": _("Age"), "options": _options(ages)},
        {"name": "participant", "label": _("Participant number")},
        {"name": "form", "label": _("CRF"), "options": _options(crfs)},
        {"name": "origin", "label": _("Raised by"), "options": _options(origins)},
    ]
    if len(sites) > 1:
        named = {"": _("All")} | {site.code: text(name_of(site)) for site in sites}
        fields.insert(3, {"name": "site", "label": _("Site"), "options": _options(named)})
    facts = chosen.facts()
    for field in fields:
        field["kind"] = "select" if "options" in field else "text"
        field["value"] = facts.get(str(field["name"]), "")
    if chosen.order:
        fields.append({"name": "order", "kind": "hidden", "value": chosen.order})
    return fields


def _options(choices: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"value": value, "text": words} for value, words in choices.items()]


def turned_url(asked: Mapping[str, str]) -> str:
    """Return the desk in the other order."""
    rest: dict[str, Any] = {name: value for name, value in asked.items() if name != "order"}
    return url_for("queries.index", **(rest if "order" in asked else rest | {"order": "newest"}))


def page_url(asked: Mapping[str, str], **key: Key | None) -> str | None:
    """Return the address of the neighbouring page, None at the end."""
    (name, value), *_rest = key.items()
    if value is None:
        return None
    at, query_id = value
    moment = (at - _EPOCH) // timedelta(microseconds=1)
    values: dict[str, Any] = {**asked, name: f"{moment}-{query_id}"}
    return url_for("queries.index", **values)


def read_key(name: str) -> Key | None:
    """Return the place in the order of the desk that an address names; anything else is none."""
    moment, _dash, query_id = request.args.get(name, "")[:40].partition("-")
    at, number = whole(moment), whole(query_id)
    if number < 0 or not 0 <= at < _LATEST:
        return None
    return _EPOCH + timedelta(microseconds=at), number


def whole(typed: str) -> int:
    """Return a number from an address or a form, -1 for anything else."""
    is_plain = typed.isascii() and typed.isdecimal() and len(typed) < 19  # noqa: PLR2004 - a key
    return int(typed) if is_plain else -1
