"""Queries: the desk over all of them, one query with its thread, and asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from edc.errors import InvalidValues, NotFound, QueryMoved, Refused
from edc.export.queries import Format, open_export
from edc.forms.confidential import may_read
from edc.permissions import Permission
from edc.reports import query_desk
from edc.services import queries, query_thread
from edc.services.casebooks import open_casebook
from edc.services.queries import Act
from edc.study.casebook import Cell
from edc.web import query_asking, query_threads
from edc.web import query_desk_page as desk_page
from edc.web.guard import requires
from edc.web.opaque import number_of
from edc.web.request import (
    actor,
    close_reading,
    database,
    language,
    reading,
    role,
    study,
    subject,
    text,
    viewer,
)
from edc.web.told import told

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from edc.models import Query
    from edc.study.items import Item

bp = Blueprint("queries", __name__)
_LARGEST_KEY = 2**63 - 1
_ACTIONS = {
    Act.ANSWER: "query.answer",
    Act.CLOSE: "query.close",
    Act.REOPEN: "query.reopen",
    Act.CANCEL: "query.cancel",
}
_QUERY = "/subjects/<int:subject_id>/queries/<int:query_id>"
_ASK = "/subjects/<int:subject_id>/queries/ask"


@bp.get("/queries")
@requires(Permission.QUERY_READ)
def index() -> ResponseReturnValue:
    """Show a page of the queries at the person's sites, the oldest first."""
    chosen = desk_page.read_filter(request.args)
    found = query_desk.find_page(
        reading(),
        viewer(),
        chosen,
        before=desk_page.read_key("before"),
        after=desk_page.read_key("after"),
    )
    asked = chosen.facts()
    return render_template(
        "queries/index.html",
        page=found,
        rows=[desk_page.desk_row(row, asked) for row in found.rows],
        figures=desk_page.figures_shown(
            query_desk.find_figures(reading(), viewer(), chosen), asked
        ),
        fields=desk_page.filter_fields(chosen),
        asked=asked,
        turn_url=desk_page.turned_url(asked),
        newest=chosen.order == "newest",
        previous_url=desk_page.page_url(asked, before=found.previous),
        next_url=desk_page.page_url(asked, after=found.next),
        formats=[str(kind) for kind in Format],
        may_export=viewer().may_somewhere(Permission.QUERY_EXPORT),
    )


@bp.post("/queries/export")
@requires(Permission.QUERY_EXPORT)
def export() -> ResponseReturnValue:
    """Record an export of what the filters find, and stream it."""
    if request.form.get("format") not in set(Format):
        raise NotFound
    made = open_export(
        database(),
        viewer=viewer(),
        actor=actor(Permission.QUERY_EXPORT),
        chosen=desk_page.read_filter(request.form),
        study=study(),
        language=language(),
        format_=Format(request.form["format"]),
    )
    answer = Response(made, mimetype=made.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.filename}"'
    return answer


@bp.get(_QUERY)
@requires(Permission.QUERY_READ)
def page(subject_id: int, query_id: int) -> ResponseReturnValue:
    """Show one query: what it asks, its thread, what can be done, and the ones beside it."""
    return _page(_find(subject_id, query_id))


@bp.post(_QUERY)
@requires(Permission.QUERY_ANSWER, Permission.QUERY_RAISE)
def act(subject_id: int, query_id: int) -> ResponseReturnValue:
    """Answer, close, reopen or cancel; a refusal keeps what was typed."""
    what = request.form.get("act", "")
    typed = request.form.get("text", "")
    if what not in set(Act):
        return _again(subject_id, query_id, typed=typed, error=_("Choose what to do.")), 422
    chosen = Act(what)
    try:
        with database().unit_of_work(actor(), _ACTIONS[chosen]) as uow:
            query = queries.act_on(
                uow, subject_id=subject_id, query_id=query_id, act=chosen, text=typed,
                seen=number_of(request.form.get("_seen", "")) or -1,
            )  # fmt: skip
            said = _said(chosen, query)
    except QueryMoved as refusal:
        return _again(subject_id, query_id, typed=typed, error=text(refusal.message)), 409
    except InvalidValues as refusal:
        rule, message = next(iter(refusal.problems.values()))[0]
        sentence = f"{text(message)} [{rule}]" if rule == "PRIVACY" else text(message)
        return _again(subject_id, query_id, typed=typed, error=sentence), 422
    if _is_in_place():
        return _again(subject_id, query_id)
    flash(said, "success")
    if request.form.get("_back") == "crf":
        return redirect(query_threads.crf_url(_find(subject_id, query_id)), code=303)
    asked = desk_page.read_filter(request.args).facts()
    values: dict[str, Any] = {"subject_id": subject_id, "query_id": query_id, **asked}
    return redirect(url_for("queries.page", **values), code=303)


@bp.get(_ASK)
@requires(Permission.QUERY_RAISE)
def ask(subject_id: int) -> ResponseReturnValue:
    """Offer places of the casebook to ask about, and one text for all that are chosen."""
    return _asking(subject_id)


@bp.post(_ASK)
@requires(Permission.QUERY_RAISE)
def raise_(subject_id: int) -> ResponseReturnValue:
    """Ask at every chosen place, or say what speaks against it and keep what was typed."""
    targets = [query_asking.read_target(given) for given in request.form.getlist("at")]
    typed = request.form.get("text", "")
    try:
        with database().unit_of_work(actor(), "query.raise") as uow:
            found = queries.raise_queries(uow, subject_id=subject_id, targets=targets, text=typed)
    except InvalidValues as refusal:
        errors = {
            name: [(rule, text(message)) for rule, message in problems]
            for name, problems in refusal.problems.items()
        }
        return _asking(subject_id, typed=typed, errors=errors), 422
    except Refused as refusal:
        errors = {"targets": [(refusal.rule, text(refusal.message))]}
        return _asking(subject_id, typed=typed, errors=errors), 422
    flash(ngettext("%(num)d query raised.", "%(num)d queries raised.", len(found)), "success")
    if len(found) == 1:
        return redirect(query_threads.crf_url(found[0]), code=303)
    number = subject().number
    return redirect(url_for("queries.index", participant=number, whose="raised"), code=303)


def _asking(
    subject_id: int, *, typed: str = "", errors: dict[str, list[tuple[str, str]]] | None = None
) -> str:
    opened = open_casebook(reading(), subject_id)
    return render_template(
        "queries/ask.html",
        subject=subject(),
        back_url=url_for("subjects.casebook", subject_id=subject_id),
        typed=typed,
        errors=errors or {},
        text_max=queries.TEXT_MAX,
        **query_asking.offered(opened),
    )


def _find(subject_id: int, query_id: int) -> Query:
    """Return the query.

    :raises NotFound: when the participant has none such, or the role may not know of it.
    """
    if query_id > _LARGEST_KEY:
        raise NotFound
    found = queries.find_query(reading(), subject_id, query_id)
    if found is None or not queries.knows(role(), found):
        raise NotFound
    return found


def _page(query: Query, *, typed: str = "", error: str | None = None) -> str:
    chosen = desk_page.read_filter(request.args)
    asked = chosen.facts()
    messages = query_thread.threads_of(reading(), [query])[query.id]
    before, after = query_desk.neighbours(reading(), viewer(), chosen, query)
    item = query_threads.find_item(query)
    return render_template(
        "queries/page.html",
        subject=subject(),
        thread=query_threads.shown(query, messages, typed=typed, error=error, asked=asked),
        place=query_threads.place_text(query),
        value=_value(query, item),
        crf_url=query_threads.crf_url(query),
        desk_url=url_for("queries.index", **asked),  # type: ignore[arg-type]
        previous_url=desk_page.query_url(before, asked) if before else None,
        next_url=desk_page.query_url(after, asked) if after else None,
    )


def _value(query: Query, item: Item | None) -> str | None:
    """Return what the item asked about holds now, as the person may read it."""
    value, missing = queries.value_now(reading(), query)
    if item is None or may_read(role(), form=query.form, item=query.item):
        return query_threads.value_text(item, value, missing)
    return told(query.form, item, Cell(value, missing)) or _("empty")


def _again(subject_id: int, query_id: int, *, typed: str = "", error: str | None = None) -> str:
    """Show the query as it stands now, with what was typed; alone where a script asks for it."""
    close_reading()  # it still reads what was there before the act
    query = _find(subject_id, query_id)
    if not _is_in_place():
        return _page(query, typed=typed, error=error)
    messages = query_thread.threads_of(reading(), [query])[query.id]
    return render_template(
        "queries/thread.html",
        thread=query_threads.shown(query, messages, at_crf=True, typed=typed, error=error),
    )


def _is_in_place() -> bool:
    """Tell whether a script asks for the thread alone, to put it where it stood."""
    return request.headers.get("X-Requested-With") == "fetch"


def _said(act_done: Act, query: Query) -> str:
    words = {
        Act.ANSWER: _("Answered. The check stays silent until a value changes.")
        if query.check_id
        else _("Answered."),
        Act.CLOSE: _("The query is closed."),
        Act.REOPEN: _("The query is open again."),
        Act.CANCEL: _("The query is cancelled."),
    }
    return str(words[act_done])
