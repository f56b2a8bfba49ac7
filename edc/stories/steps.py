"""What each step does in the browser of the person who acts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from edc.protocol import STUDY
from edc.services.night import run_night
from edc.stories import querying, unmasking
from edc.stories.browser import Answer, Browser
from edc.stories.looking import look
from edc.stories.typing_in import register_values, row_number, type_into
from edc.stories.world import Outcome, StepRefused, World
from edc.study.crf import Crf, Occurs, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from edc.services.casebooks import Place
    from edc.stories.reader import Step

NO_VISIT = "-"  # stands for the empty visit of a log in an address
_CASEBOOK = re.compile(r"/subjects/([0-9]+)")


def _screen(world: World, step: Step) -> Outcome:
    """Register a participant, and bind the alias to them."""
    if step.keys.get("values"):
        raise StepRefused("screening asks for no values; enter them on DM")
    browser = world.browser(step.by)
    answer = browser.open(browser.url("subjects.index"))
    form = answer.page.form(action=browser.url("subjects.screen"))
    if form is None:
        return _not_offered(step, answer)
    return _bind(world, step, browser.submit(form))


def _rescreen(world: World, step: Step) -> Outcome:
    """Register a screen failure once more."""
    browser = world.browser(step.by)
    first = world.subject_id(step.text("same_as"))
    answer = browser.open(browser.url("subjects.casebook", subject_id=first))
    answer = browser.press(answer, browser.url("subjects.rescreen", subject_id=first))
    return _bind(world, step, answer)


def _bind(world: World, step: Step, answer: Answer) -> Outcome:
    found = _CASEBOOK.fullmatch(answer.path)
    if answer.is_stored and found:
        if step.subject in world.subjects:
            raise StepRefused(f"participant {step.subject} is already registered")
        world.subjects[step.subject] = int(found[1])
    return _outcome(step, answer)


def _register(world: World, step: Step) -> Outcome:
    """Add rows to a register of the site."""
    browser = world.browser(step.by)
    code = step.text("register")
    declared = next((one for one in STUDY.registers if one.code == code), None)
    if declared is None:
        raise StepRefused(f"register {code} is not in this study")
    path = browser.url("registers.add", site_id=world.site_id, register=code)
    outcome: Outcome | None = None
    for row in step.keys["rows"]:
        answer = browser.open(path)
        form = answer.page.form(form_id="register-row")
        if form is None:
            return _not_offered(step, answer)
        changes = type_into(
            world, _as_crf(code), form, values=register_values(row), missing={}, because="",
            subject="",
        )  # fmt: skip
        outcome = _joined(outcome, _outcome(step, browser.submit(form, changes, path=path)))
    return outcome or Outcome(step=step, saved=True)


def _as_crf(register: str) -> Crf:
    """Return a register's items in the shape in which values are typed."""
    declared = STUDY.register(register)
    section = Section(code="ROW", label=declared.label, items=declared.items)
    return Crf(code=register, label=declared.label, sections=(section,), occurs=Occurs.LOG)


def _enter(world: World, step: Step) -> Outcome:
    """Open a CRF, type the values, and save it; with rows, one after another."""
    crf = _crf(step)
    values: Mapping[str, Any] = step.keys.get("values") or {}
    rows: list[Mapping[str, Any]] = step.keys.get("rows") or [{}]
    if crf.repeating and step.keys.get("rows"):
        return _enter_group(world, step, crf)
    outcome: Outcome | None = None
    for given in rows:
        row = {code: value for code, value in given.items() if code != "row"}
        label = given.get("row", step.keys.get("row"))
        found = _save(world, step, crf, row=label, values=[(1, {**values, **row})])
        outcome = _joined(outcome, found)
    return outcome or Outcome(step=step, saved=None)


def _enter_group(world: World, step: Step, crf: Crf) -> Outcome:
    """Save a CRF with its group of rows, each at the number that it gives itself."""
    values: list[tuple[int, Mapping[str, Any]]] = [(1, step.keys.get("values") or {})]
    values += [(row_number(crf, row), row) for row in step.keys["rows"]]
    return _save(world, step, crf, row=None, values=values)


def _save(
    world: World,
    step: Step,
    crf: Crf,
    *,
    row: object,
    values: list[tuple[int, Mapping[str, Any]]],
) -> Outcome:
    browser = world.browser(step.by)
    place = _place(world, step, crf, row=row)
    path = _path(browser, world.subject_id(step.subject), place)
    answer = browser.open(path)
    form = answer.page.form(form_id="crf-form")
    if form is None:
        # A CRF that is not open has nothing to type into; whoever sends it all the same is refused.
        return _outcome(step, browser.press(answer, path), place=place)
    missing: dict[str, str] = step.keys.get("missing") or {}
    because = step.text("reason") or f"{world.story.code} {step.number}"
    changes: dict[str, list[str]] = {}
    for repeat, given in values:
        changes |= type_into(
            world, crf, form, values=dict(given), missing=missing if repeat == 1 else {},
            because=because, subject=step.subject, repeat=repeat,
        )  # fmt: skip
    if "_reason" in form.names:
        changes["_reason"] = [step.text("reason")]
    answer = browser.submit(form, changes, path=path)
    outcome = _outcome(step, answer, place=place)
    if outcome.saved and isinstance(row, str):
        world.rows[step.subject, crf.code, row] = place[2]
    return outcome


def _randomise(world: World, step: Step) -> Outcome:
    """Confirm identity and strata, and ask for the allocation."""
    browser = world.browser(step.by)
    subject_id = world.subject_id(step.subject)
    place = ("BL", "RAND", 1)
    answer = browser.open(browser.url("randomisation.page", subject_id=subject_id))
    form = answer.page.form(form_id="randomise-form")
    if form is None:
        return _not_offered(step, answer, place=place)
    ticked = {name: ["y"] for name in form.names if name.startswith("confirm_")}
    outcome = _outcome(step, browser.submit(form, ticked), place=place)
    wanted = world.story.allocations.get(step.subject)
    if outcome.saved and wanted is not None and world.arm(step.subject) != wanted:
        raise StepRefused(f"the slot given is not of arm {wanted}; the test list is at fault")
    return outcome


def _link(world: World, step: Step) -> Outcome:
    """Report that a participant was registered twice, and let the second person confirm it."""
    void, counted = (
        world.casebook(alias).subject.number for alias in (step.subject, step.text("same_as"))
    )
    typed = {"void": [void], "counted": [counted], "reason": [step.text("reason")]}
    reporter, second = world.browser(step.by), world.browser(step.text("with"))
    place = ("BL", "RAND", 1)
    answer = reporter.open(reporter.url("linking.index"))
    form = answer.page.form(form_id="link-form")
    if form is None:
        return _not_offered(step, answer, place=place)
    answer = reporter.submit(form, typed)
    if not answer.is_stored:
        return _outcome(step, answer, place=place)
    answer = second.open(second.url("linking.index"))
    # One report is decided at a time.
    form = next((one for one in answer.page.forms if one.form_id.startswith("confirm-")), None)
    if form is None:
        return _not_offered(step, answer, place=place)
    password = world.passwords[step.text("with")]
    return _outcome(step, second.submit(form, {"password": [password]}), place=place)


def _sign(world: World, step: Step) -> Outcome:
    """Sign a CRF with the password typed again."""
    crf = _crf(step)
    browser = world.browser(step.by)
    place = _place(world, step, crf, row=step.keys.get("row"))
    path = _path(browser, world.subject_id(step.subject), place, endpoint="signing.page")
    answer = browser.open(path)
    form = answer.page.form(form_id="sign-form")
    if form is None:
        return _not_offered(step, answer, place=place)
    password = world.passwords[step.by]
    typed = {"password": [f"not {password}" if step.text("password") == "wrong" else password]}
    return _outcome(step, browser.submit(form, typed, path=path), place=place)


def _send(world: World, step: Step) -> Outcome:
    """Send the current version of a safety report."""
    crf = _crf(step)
    browser = world.browser(step.by)
    place = _place(world, step, crf, row=step.keys.get("row"))
    path = browser.url(
        "safety.review", subject_id=world.subject_id(step.subject), form=crf.code, row=place[2]
    )
    answer = browser.open(path)
    form = answer.page.form(form_id="send-form")
    if form is None:
        return _not_offered(step, answer, place=place)
    return _outcome(step, browser.submit(form, path=path), place=place)


def _night(world: World, step: Step) -> Outcome:
    """Run the scheduled job, whatever the hour."""
    night = run_night(world.database, key=world.key)
    if night.failed:
        raise StepRefused(f"the night failed for {night.failed[0]}")
    return Outcome(step=step, saved=None)


def _look(world: World, step: Step) -> Outcome:
    """Open a page and remember what it says."""
    browser = world.browser(step.by)
    place = None
    if step.keys.get("form"):
        place = _place(world, step, _crf(step), row=step.keys.get("row"))
    return look(world, step, browser, place)


def _crf(step: Step) -> Crf:
    form = step.text("form")
    if form not in STUDY.crfs:
        raise StepRefused(f"CRF {form} is not in this study")
    return STUDY.crfs[form]


def _place(world: World, step: Step, crf: Crf, *, row: object) -> Place:
    """Return visit, form and row; an alias not known yet stands for the next row of the log."""
    visit = step.text("visit")
    if crf.occurs is Occurs.VISIT:
        if not visit:
            raise StepRefused(f"CRF {crf.code} needs its visit")
        panel = step.text("panel")
        if panel not in ({part.code for part in crf.parts} or {""}):
            raise StepRefused(f"CRF {crf.code} has no panel {panel!r}")
        return visit, crf.code, crf.row_of(panel)
    if row is None or crf.occurs is Occurs.ONCE:
        return "", crf.code, 1
    if isinstance(row, int) or (isinstance(row, str) and row.isdecimal()):
        return "", crf.code, int(row)
    known = world.rows.get((step.subject, crf.code, str(row)))
    if known is not None:
        return "", crf.code, known
    return "", crf.code, world.casebook(step.subject).next_row(crf.code)


def _path(browser: Browser, subject_id: int, place: Place, *, endpoint: str = "crf.page") -> str:
    visit, form, row = place
    return browser.url(endpoint, subject_id=subject_id, visit=visit or NO_VISIT, form=form, row=row)


def _outcome(step: Step, answer: Answer, *, place: Place | None = None) -> Outcome:
    return Outcome(
        step=step,
        saved=answer.is_stored,
        answer=answer,
        said=answer.page.rules,
        places=(place,) if place else (),
    )


def _not_offered(step: Step, answer: Answer, *, place: Place | None = None) -> Outcome:
    """Return the outcome of an act that the page does not offer: nothing was sent."""
    outcome = _outcome(step, answer, place=place)
    outcome.saved = False
    return outcome


def _joined(first: Outcome | None, second: Outcome) -> Outcome:
    """Return two saves of one step as one."""
    if first is None:
        return second
    second.saved = bool(first.saved and second.saved)
    second.said |= first.said
    second.places = (*first.places, *second.places)
    return second


def _raise_query(world: World, step: Step) -> Outcome:
    """Ask at an item, a CRF, or a whole visit."""
    if not step.text("form"):
        return querying.ask(world, step, (step.text("visit"), "", 1))
    return querying.ask(world, step, _place(world, step, _crf(step), row=step.keys.get("row")))


def _lock(world: World, step: Step) -> Outcome:
    """Lock a CRF or the casebook, or unlock it."""
    place = None
    if step.keys.get("form"):
        place = _place(world, step, _crf(step), row=step.keys.get("row"))
    act = unmasking.lock if step.do == "lock" else unmasking.unlock
    return act(world, step, place)


PERFORMERS: dict[str, Callable[[World, Step], Outcome]] = {
    "screen": _screen,
    "rescreen": _rescreen,
    "enter": _enter,
    "randomise": _randomise,
    "link": _link,
    "register": _register,
    "sign": _sign,
    "send": _send,
    "lock": _lock,
    "unlock": _lock,
    "unmask": unmasking.unmask,
    "night": _night,
    "raise_query": _raise_query,
    "answer_query": querying.act,
    "close_query": querying.act,
    "reopen_query": querying.act,
    "look": _look,
}


def perform(world: World, step: Step) -> Outcome:
    """Carry a step out.

    :raises StepRefused: when this system does not offer it, or it names what is not there.
    """
    performer = PERFORMERS.get(step.do)
    if performer is None:
        raise StepRefused(f"step '{step.do}' is not available")
    before = world.open_queries(step.subject)
    proposals, notices = world.proposals(step.subject), world.notices(step.subject)
    outcome = performer(world, step)
    outcome.before, outcome.before_proposals = before, proposals
    outcome.before_notices = notices
    return outcome
