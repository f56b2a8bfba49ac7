"""The figures of the reports that a story names, read from the services that make them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edc import clock
from edc.forms.clocks import clocks_of
from edc.reports.endpoints import endpoints_of
from edc.reports.enrolment import find_figures
from edc.services.casebooks import open_casebook
from edc.services.safety_versions import sent_reports
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.forms.clocks import Clock
    from edc.reports.endpoints import Endpoints
    from edc.reports.enrolment import EnrolmentFigures
    from edc.stories.world import World


def _yes_no(holds: bool) -> str:  # noqa: FBT001 - a code
    return "Y" if holds else "N"


_OF_STUDY: dict[str, Callable[[EnrolmentFigures], int]] = {
    "SCREENED": lambda flow: flow.screened,
    "EXCLUDED": lambda flow: flow.excluded_total,
    "RANDOMISED": lambda flow: flow.randomised,
}
_OF_PARTICIPANT: dict[str, Callable[[Endpoints], object]] = {
    "HEALDAYS": lambda one: one.healing.days if one.healing else None,
    "HEALCENS": lambda one: _yes_no(one.healing.is_censored) if one.healing else None,
    "SEVDAYS": lambda one: one.severe,
    "AUCWHO14": lambda one: one.area_14.area if one.area_14 else None,
    "AUCWHO28": lambda one: one.area_28.area if one.area_28 else None,
    "DAILY": lambda one: f"{one.daily.done}/{one.daily.due}",
    "ITT": lambda one: _yes_no(one.sets.itt),
}


def find_figure(world: World, alias: str, name: str) -> str | None:
    """Return a figure of the study, or of the participant, as text; None where it has no value.

    :raises StepRefused: when there is no such figure.
    """
    head, _, reason = name.partition(".")
    if head == "EXCLUDED" and reason:
        return str(_flow(world).excluded.get(reason, 0))
    if name in _OF_STUDY:
        return str(_OF_STUDY[name](_flow(world)))
    if name not in _OF_PARTICIPANT:
        raise StepRefused(f"figure {name} is not available")
    found = _OF_PARTICIPANT[name](_endpoints(world, alias))
    return None if found is None else str(found)


def find_analysis(world: World, alias: str, name: str) -> str | None:
    """Return the arm in which the participant counts in an analysis set; None is in neither.

    :raises StepRefused: when there is no such set.
    """
    sets = _endpoints(world, alias).sets
    if name == "ITT":
        return world.arm(alias) if sets.itt else None
    if name == "SAFETY":
        return sets.treated_as if sets.safety else None
    raise StepRefused(f"analysis set {name} is not available")


def find_clocks(world: World, alias: str) -> list[Clock]:
    """Return the clocks of the participant's reports and of re-consent."""
    subject_id = world.subject_id(alias)
    with world.database.reading() as session:
        book = open_casebook(session, subject_id).book
        sent = sent_reports(session, [subject_id]).get(subject_id, [])
        return clocks_of(book, clock.local(clock.now()), sent=sent)


def _flow(world: World) -> EnrolmentFigures:
    with world.database.reading() as session:
        return find_figures(session, None)


def _endpoints(world: World, alias: str) -> Endpoints:
    with world.database.reading() as session:
        opened = open_casebook(session, world.subject_id(alias))
        return endpoints_of(opened.subject.number, opened.book)
