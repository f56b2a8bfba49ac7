"""Looking at a page: which address a page of the stories has, and whether it changed since."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.routing import BuildError

from edc.stories.world import Outcome, StepRefused

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.stories.browser import Browser
    from edc.stories.reader import Step
    from edc.stories.world import World

# Times of day, with or without seconds and offset, and the ids of requests.
_PASSING = re.compile(r"\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?|\b[0-9a-f]{16,}\b")

_ENDPOINTS = {
    "subjects": "subjects.index",
    "dashboard": "enrolment.index",
    "audit": "audit.index",
    "export": "audit.index",  # the export of the trail stands on its page
    "queries": "queries.index",
}


def look(world: World, step: Step, browser: Browser, place: Place | None) -> Outcome:
    """Open the page that the step names, and compare it with the user's last look at it."""
    path = _address(world, step, browser, place)
    answer = browser.open(path)
    if step.text("page") == "export":
        form = answer.page.form(action=browser.url("audit.export"))
        if form is not None:
            answer = browser.submit(form)
    seen = _PASSING.sub("·", answer.page.text)
    key = (step.by, f"{step.text('page')} {path}")
    before = world.looks.get(key)
    world.looks[key] = seen
    return Outcome(
        step=step,
        saved=None,
        answer=answer,
        said=answer.page.rules,
        places=(place,) if place else (),
        unchanged=None if before is None else before == seen,
    )


def _address(world: World, step: Step, browser: Browser, place: Place | None) -> str:
    page = step.text("page")
    if page == "casebook":
        return browser.url("subjects.casebook", subject_id=world.subject_id(step.subject))
    if page == "crf":
        if place is None:
            raise StepRefused("page crf needs a form")
        visit, form, row = place
        return browser.url(
            "crf.page", subject_id=world.subject_id(step.subject), visit=visit or "-", form=form,
            row=row,
        )  # fmt: skip
    about = _about(world, step, place) if page in ("audit", "export") else {}
    try:
        return browser.url(_ENDPOINTS[page], **about)
    except BuildError as error:
        raise StepRefused(f"page '{page}' is not available") from error


def _about(world: World, step: Step, place: Place | None) -> dict[str, str]:
    """Return the trail's filters: the participant, and the CRF if one is named."""
    if step.subject not in world.subjects:
        return {}
    filters = {"participant": world.casebook(step.subject).subject.number}
    if place is not None:
        filters |= {"visit": place[0], "form": place[1]}
    return {name: value for name, value in filters.items() if value}
