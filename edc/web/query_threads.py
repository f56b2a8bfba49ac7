"""Queries as pages show them: the question, its thread in words, and what the person may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from edc import clock
from edc.label import Label
from edc.models import QueryState
from edc.permissions import ROLE_LABELS, Role
from edc.protocol import STUDY
from edc.randomization.masking import may_see_arm
from edc.reports.audit_labels import MESSAGE_LABELS
from edc.reports.query_desk import AGES
from edc.services import queries
from edc.services.queries import TEXT_MAX, Act, Target
from edc.services.submissions import address
from edc.services.visible import tells_arm
from edc.study.casebook import Cell
from edc.web import cell_words
from edc.web.opaque import hidden
from edc.web.request import reading, role, text
from edc.web.rule_words import rule_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edc.models import Query
    from edc.services.casebooks import Opened, Place
    from edc.services.data_points import CellKey
    from edc.services.query_thread import Message
    from edc.study.items import Item

NO_VISIT = "-"


def act_texts() -> dict[Act, str]:
    """Return what the button of each act says."""
    return {
        Act.ANSWER: pgettext("query", "Answer"),
        Act.CLOSE: _("Close the query"),
        Act.REOPEN: _("Ask again"),
        Act.CANCEL: _("Cancel the query"),
    }


def threads_at(opened: Opened, place: Place) -> dict[CellKey, list[dict[str, Any]]]:
    """Return the threads of a CRF that the person may know, by item; the CRF's own under ``""``.

    They are read here, and *opened* is given the place's queries.
    """
    found: dict[CellKey, list[dict[str, Any]]] = {}
    for query, messages in load_queries(opened, place).items():
        if queries.knows(role(), query):
            key = (query.item, query.repeat)
            found.setdefault(key, []).append(shown(query, messages, at_crf=True))
    for threads in found.values():
        threads.sort(key=lambda thread: not thread["is_unsettled"])
    return found


def load_queries(opened: Opened, place: Place) -> dict[Query, list[Message]]:
    """Give *opened* the queries of a place and return them with their threads; one statement."""
    found = queries.find_at(reading(), opened.subject.id, place)
    opened.queries = list(found)
    return found


def threads_beside(
    threads: dict[CellKey, list[dict[str, Any]]], sections: Sequence[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """Return the threads that stand above the CRF, and those for which it holds a form.

    Above it stand those of the whole CRF, of a grid, whose cells are too narrow, and of items that
    are not in sight, unless they are settled.
    """
    beside = []
    for threads_of_item in threads.values():
        field = _field_of(sections, threads_of_item[0]["item"])
        if field is not None and field.get("shown", True):
            beside += threads_of_item if field["query"]["is_aside"] else []
        elif threads_of_item[0]["item"]:
            beside += [thread for thread in threads_of_item if thread["is_unsettled"]]
        else:
            beside += threads_of_item
    return {
        "threads_beside": beside,
        "threads_acted": [
            thread for found in threads.values() for thread in found if thread["acts"]
        ],
    }


def _field_of(found: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401 - sections, groups
    """Return the field of that name that holds threads, wherever in the sections it stands."""
    if isinstance(found, dict):
        if found.get("name") == name and found.get("query"):
            return found
        found = list(found.values())
    if isinstance(found, list | tuple):
        fields = (_field_of(part, name) for part in found)
        return next((field for field in fields if field is not None), None)
    return None


def shown(
    query: Query,
    messages: Sequence[Message],
    *,
    at_crf: bool = False,
    typed: str = "",
    error: str | None = None,
    asked: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return a query as its component shows it.

    :param at_crf: whether it stands on its CRF's page, to which an act then returns.
    :param typed: what was typed and refused, with its *error*.
    :param asked: the filters of the desk from which it was opened.
    """
    item = find_item(query)
    acts = queries.acts_for(role(), query)
    days = age_days(query)
    return {
        "id": query.id,
        "item": address((query.item, query.repeat)) if query.item else "",
        "about": place_text(query)["item"],
        "state": query.state,
        "state_text": _("Reopened") if is_reopened(query) else None,
        "is_unsettled": query.is_unsettled,
        "text": text(Label(en=query.text_en, zh=query.text_zh)),
        "origin": origin(query),
        "rule": rule_words(query.check_id, item),
        "age": age_text(days) if query.is_unsettled else None,
        "step": step_of(query, days),
        "messages": [_message(message, item) for message in messages],
        "acts": _acts(query, acts),
        "text_label": _text_label(query, acts),
        "text_hint": _text_hint(query, acts),
        "text_max": TEXT_MAX,
        "is_masked_reader": may_see_arm(role()) and _is_read_masked(query),
        "typed": typed,
        "error": error,
        "seen": hidden(query.audit_id),
        "back": "crf" if at_crf else "",
        "href": url_for("queries.page", subject_id=query.subject_id, query_id=query.id),
        "action": act_url(query, asked or {}),
    }


def act_url(query: Query, asked: dict[str, str]) -> str:
    """Return where an act on the query is sent, with the filters of the desk it came from."""
    values: dict[str, Any] = {"subject_id": query.subject_id, "query_id": query.id, **asked}
    return url_for("queries.act", **values)


def find_item(query: Query) -> Item | None:
    """Return the item asked about, None for a whole CRF or visit and for one that is no more."""
    if query.form not in STUDY.crfs:
        return None
    return STUDY.crfs[query.form].at(query.row).by_code.get(query.item)


def place_text(query: Query) -> dict[str, str]:
    """Return in words where a query stands: visit, CRF with its row, item."""
    crf = STUDY.crfs[query.form].at(query.row) if query.form in STUDY.crfs else None
    item = find_item(query)
    declared = STUDY.find_visit(query.visit) if query.visit else None
    form = f"{crf.name} {text(crf.label)}" if crf else query.form
    if crf and not query.visit:
        form = f"{form} · {_('Row %(row)d', row=query.row)}"
    named = text(crf.label_of(query.item, query.repeat)) if crf and item else query.item
    return {
        "visit": f"{query.visit} {text(declared.label)}" if declared else query.visit,
        "form": form if query.form else "",
        "item": named or (_("The whole CRF") if query.form else _("The whole visit")),
    }


def crf_url(query: Query) -> str:
    """Return the address of what is asked about: the item on its CRF, or the visit."""
    if not query.form:
        return url_for(
            "subjects.casebook", subject_id=query.subject_id, _anchor=query.visit or None
        )
    return url_for(
        "crf.page", subject_id=query.subject_id, visit=query.visit or NO_VISIT, form=query.form,
        row=query.row, _anchor=f"query-{query.id}",
    )  # fmt: skip


def age_days(query: Query) -> int:
    """Return the whole days for which the query is unsettled, or was until it was closed."""
    until = query.closed_at or clock.now()
    return max(0, (until - query.opened_at).days)


def age_text(days: int) -> str:
    """Return whole days in words."""
    return str(ngettext("%(num)d day", "%(num)d days", days) if days else pgettext("age", "today"))


def step_of(query: Query, days: int) -> int:
    """Return the greatest age of the desk that an unsettled query has reached, else 0."""
    return max((age for age in AGES if days >= age), default=0) if query.is_unsettled else 0


def is_reopened(query: Query) -> bool:
    """Tell whether the query waits for an answer once more."""
    return query.state == QueryState.OPEN and query.reopened_at is not None


def origin(query: Query) -> str:
    """Return who asks: the system with its check, or the role of a person."""
    if query.check_id:
        return str(_("System check"))
    return role_text(query.raised_role)


def role_text(name: str) -> str:
    """Return a role in words, as the thread keeps it."""
    return text(ROLE_LABELS[Role(name)]) if name in set(Role) else name


def ask_url(place: Place, *, item: str = "", repeat: int = 1, subject_id: int) -> str | None:
    """Return where the person asks about an item, None when the role asks nothing there."""
    if not queries.raises(role(), Target(place, item, repeat)):
        return None
    return url_for("queries.ask", subject_id=subject_id, at=target_text(place, item, repeat))


def target_text(place: Place, item: str = "", repeat: int = 1) -> str:
    """Return a target as an address names it: ``SCR/VS/1/TEMP/1``."""
    visit, form, row = place
    return "/".join((visit or NO_VISIT, form, str(row), item, str(repeat)))


def value_text(item: Item | None, value: str | None, missing: str | None) -> str | None:
    """Return what the item held then, in words; None where no item is asked about."""
    if item is None:
        return None
    try:
        found = cell_words.display(item, Cell(value, missing))
    except (KeyError, TypeError, ValueError):
        found = value or missing or ""  # saved under an older definition: shown as it was stored
    return found or str(_("empty"))


def _message(message: Message, item: Item | None) -> dict[str, Any]:
    by_system = message.is_by_system
    return {
        "kind": str(message.kind),
        "what": text(MESSAGE_LABELS[message.kind]),
        "who": _("System") if by_system else message.full_name or message.username,
        "role": "" if by_system else role_text(message.role),
        "when": message.at,
        "text": text(Label(en=message.text_en, zh=message.text_zh)) if message.text_en else "",
        "value": value_text(item, message.value, message.missing),
    }


def _acts(query: Query, acts: Sequence[Act]) -> list[dict[str, str]]:
    words = act_texts()
    found = []
    for act in acts:
        said = words[act]
        if act is Act.ANSWER and query.check_id:
            said = _("Correct as entered")
        found.append({"name": str(act), "text": said})
    return found


def _text_label(query: Query, acts: Sequence[Act]) -> str:
    if Act.ANSWER in acts:
        found = _("Why is it correct as entered?") if query.check_id else _("Your answer")
    elif queries.needs_text(Act.CLOSE, query):
        found = _("Your reason")
    else:
        found = _("Your remark (needed to ask again and to cancel)")
    return str(found)


def _text_hint(query: Query, acts: Sequence[Act]) -> str:
    if Act.ANSWER not in acts or not query.check_id:
        return ""
    return str(
        _(
            "If it is wrong, correct it on the CRF and save: the query then closes by itself. "
            "What you confirm stays silent until a value changes."
        )
    )


def _is_read_masked(query: Query) -> bool:
    """Tell whether colleagues who may not know the arm read the thread."""
    return not tells_arm(
        form=query.form, item=query.item, rule=query.check_id, row=query.row
    )  # fmt: skip
