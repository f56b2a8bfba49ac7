"""Unmasking and locks in stories: asked for, approved and shown; locked and unlocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from edc.models import Unmasking
from edc.permissions import Permission, grants
from edc.services.casebooks import CASEBOOK_LOCK, STUDY_LOCK
from edc.services.locking import list_locks
from edc.stories.world import Outcome, StepRefused, World

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.stories.browser import Answer
    from edc.stories.reader import Step

NO_VISIT = "-"  # stands for the empty visit of a log in an address
_WHY = "SAFE"


def unmask(world: World, step: Step) -> Outcome:
    """Ask for the arm, let somebody approve it, and look at it; the last page is the one look."""
    asking = world.browser(step.by)
    subject_id = world.subject_id(step.subject)
    here = asking.url("unmasking.page", subject_id=subject_id)
    answer = asking.open(here)
    form = answer.page.form(form_id="unmask-form")
    if form is None:
        return _outcome(step, answer, is_done=False)
    typed = {"why": [_WHY], "explanation": [step.text("reason")], "password": [_own(world, step)]}
    answer = asking.submit(form, typed)
    if not answer.is_stored:
        return _outcome(step, answer, is_done=False)
    second = _second_person(world, step)
    deciding = world.browser(second)
    form = next(
        one for one in deciding.open(here).page.forms if one.form_id.startswith("approve-form-")
    )
    deciding.submit(form, {"password": [world.passwords[second]]})
    form = asking.open(here).page.form(form_id="look-form")
    if form is None:
        raise StepRefused(f"the arm is not offered to {step.by} although {second} approved it")
    answer = asking.submit(form, {"password": [_own(world, step)]})
    with world.database.reading() as session:
        row = session.scalars(
            select(Unmasking.unbl_row)
            .where(Unmasking.subject_id == subject_id)
            .order_by(Unmasking.id.desc())
        ).first()
    places = (("", "UNBL", row),) if row else ()
    return _outcome(step, answer, is_done=answer.status == _OK, places=places)


_OK = 200


def lock(world: World, step: Step, place: Place | None) -> Outcome:
    """Lock a CRF, or the whole casebook."""
    browser = world.browser(step.by)
    answer = browser.open(browser.url("locks.casebook", subject_id=world.subject_id(step.subject)))
    form = answer.page.form(form_id="lock-form")
    if form is None:
        return _outcome(step, answer, is_done=False, place=place)
    typed = {"place": [_text(place)], "reason": [step.text("reason")]}
    answer = browser.submit(form, typed)
    return _outcome(step, answer, is_done=answer.is_stored, place=place)


def unlock(world: World, step: Step, place: Place | None) -> Outcome:
    """Unlock a CRF, or the whole casebook."""
    browser = world.browser(step.by)
    subject_id = world.subject_id(step.subject)
    answer = browser.open(browser.url("locks.casebook", subject_id=subject_id))
    with world.database.reading() as session:
        found = [
            one.id
            for one in list_locks(session, subject_id)
            if (one.visit, one.form, one.row) == (place or CASEBOOK_LOCK)
        ]
    form = answer.page.form(form_id=f"unlock-form-{found[0]}") if found else None
    if form is None:
        return _outcome(step, answer, is_done=False, place=place)
    answer = browser.submit(form, {"reason": [step.text("reason")]})
    return _outcome(step, answer, is_done=answer.is_stored, place=place)


def is_locked(world: World, alias: str, place: Place | None) -> bool:
    """Tell whether a CRF, or without *place* the whole casebook, is locked."""
    locks = world.casebook(alias).locks
    return not locks.isdisjoint({STUDY_LOCK, CASEBOOK_LOCK, place or CASEBOOK_LOCK})


def _own(world: World, step: Step) -> str:
    return world.passwords[step.by]


def _second_person(world: World, step: Step) -> str:
    """Return who of the story approves: not the one who asks."""
    for name, role in world.story.users.items():
        if name != step.by and grants(role, Permission.UNMASK_APPROVE):
            return name
    raise StepRefused("nobody of this story approves an unmasking; name an investigator")


def _text(place: Place | None) -> str:
    if place is None:
        return ""
    visit, form, row = place
    return f"{visit or NO_VISIT}/{form}/{row}"


def _outcome(
    step: Step, answer: Answer, *, is_done: bool, place: Place | None = None,
    places: tuple[Place, ...] = (),
) -> Outcome:  # fmt: skip
    return Outcome(
        step=step, saved=is_done, answer=answer, said=answer.page.rules,
        places=(place,) if place else places,
    )  # fmt: skip
