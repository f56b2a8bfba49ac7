"""Queries in stories: asking, answering, closing and asking again, and how a query stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import Query, QueryState
from edc.stories.page import Form
from edc.stories.world import Outcome, StepRefused
from edc.web.query_threads import target_text

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.stories.browser import Answer
    from edc.stories.reader import Step
    from edc.stories.world import World

# In which states a query is looked for, the likeliest first.
_ACTS = {
    "answer_query": ("answer", (QueryState.OPEN, QueryState.ANSWERED, QueryState.CLOSED)),
    "close_query": ("close", (QueryState.ANSWERED, QueryState.OPEN, QueryState.CLOSED)),
    "reopen_query": ("reopen", (QueryState.ANSWERED, QueryState.CLOSED, QueryState.OPEN)),
}


def ask(world: World, step: Step, place: Place) -> Outcome:
    """Raise a manual query at a place, and bind its alias."""
    browser = world.browser(step.by)
    subject_id = world.subject_id(step.subject)
    at = target_text(place, step.text("item"))
    path = browser.url("queries.ask", subject_id=subject_id, at=at)
    answer = browser.open(path)
    form = _form(answer, "ask-form", path)
    outcome = _outcome(
        step, browser.submit(form, {"text": [step.text("text")], "at": [at]}, path=path), place
    )
    if outcome.saved and step.text("alias"):
        with world.database.reading() as session:
            found = session.scalars(
                select(Query.id)
                .where(Query.subject_id == subject_id, Query.check_id == "")
                .order_by(Query.id.desc())
            ).first()
        if found is not None:
            world.queries[step.text("alias")] = found
    return outcome


def act(world: World, step: Step) -> Outcome:
    """Answer, close or reopen the query of a check, or a manual one by its alias."""
    name, states = _ACTS[step.do]
    browser = world.browser(step.by)
    query = _find(world, step, states)
    path = browser.url("queries.page", subject_id=query.subject_id, query_id=query.id)
    answer = browser.open(path)
    form = _form(answer, f"query-{query.id}-form", path)
    place = query.place if query.form else None
    changes = {"act": [name], "text": [step.text("text")], "_back": [""]}
    return _outcome(step, browser.submit(form, changes, path=path), place)


def state_of(world: World, alias: str) -> str:
    """Return how the query of an alias stands.

    :raises StepRefused: when no step has raised it.
    """
    if alias not in world.queries:
        raise StepRefused(f"no step has raised a query {alias}")
    with world.database.reading() as session:
        return str(session.scalar(select(Query.state).where(Query.id == world.queries[alias])))


def _find(world: World, step: Step, states: tuple[QueryState, ...]) -> Query:
    check, alias = step.text("check"), step.text("query")
    with world.database.reading() as session:
        if alias:
            found = session.get(Query, world.queries.get(alias, 0))
            if found is None:
                raise StepRefused(f"no step has raised a query {alias}")
            return found
        held = session.scalars(
            select(Query)
            .where(
                Query.subject_id == world.subject_id(step.subject),
                Query.check_id == check,
                Query.state.in_(states),
            )
            .order_by(Query.id)
        ).all()
    if not held:
        raise StepRefused(f"the participant has no query of check {check}")
    return min(held, key=lambda query: states.index(QueryState(query.state)))


def _form(answer: Answer, form_id: str, path: str) -> Form:
    """Return the page's form; where it is not offered, one that the server itself must refuse."""
    form = answer.page.form(form_id=form_id)
    if form is None:
        tokens = [c for one in answer.page.forms for c in one.controls if c.name == "csrf_token"]
        form = Form(form_id, path, "post", tokens[:1])
    return form


def _outcome(step: Step, answer: Answer, place: Place | None) -> Outcome:
    return Outcome(
        step=step, saved=answer.is_stored, answer=answer, said=answer.page.rules,
        places=(place,) if place else (),
    )  # fmt: skip
