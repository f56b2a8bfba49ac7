"""The test list of a story: its next slots are the arms that the story names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from edc.protocol import DESIGN
from edc.randomization.design import SEPARATOR
from edc.randomization.lists import AllocationList, generate
from edc.stories.world import StepRefused

if TYPE_CHECKING:
    from edc.stories.reader import Step, Story

_MOST_SEEDS = 4096
_TRANSPLANTS = {"AUTO": "AUTO", "SYN": "AUTO", "ALLO": "ALLO"}


def find_test_list(story: Story) -> AllocationList:
    """Return a generated list that gives each participant of ``allocations`` the arm named there.

    The stratum of each is read from what the story enters on INJ and HSCT. Lists are generated from
    one seed after another until one fits; its blocks are those of any other list.

    :raises StepRefused: when an arm or a stratum cannot be known, or no list fits.
    """
    arms = {arm.code for arm in DESIGN.arms}
    for alias, arm in story.allocations.items():
        if arm not in arms:
            raise StepRefused(f"allocations: {alias}: there is no arm {arm}")
    wanted = _wanted(story)
    for number in range(_MOST_SEEDS):
        seed = hashlib.sha256(f"{story.code}|{number}".encode()).hexdigest()
        found = generate(DESIGN, seed=seed, purpose="test")
        if all(
            _begins(found, stratum=stratum, arms=arms_there)
            for stratum, arms_there in wanted.items()
        ):
            return found
    raise StepRefused("allocations: no list gives these arms in this order")


def _begins(found: AllocationList, *, stratum: str, arms: list[str | None]) -> bool:
    given = [slot.arm for slot in found.slots_of(stratum)[: len(arms)]]
    return all(want in (None, got) for want, got in zip(arms, given, strict=False))


def _wanted(story: Story) -> dict[str, list[str | None]]:
    """Return stratum → the arm of each slot in the order of the story, None where any will do."""
    entered: dict[tuple[str, str], str] = {}
    wanted: dict[str, list[str | None]] = {}
    given: set[str] = set()
    for step in story.steps:
        if step.do == "enter":
            _note(step, entered)
        is_first = step.do == "randomise" and step.subject not in given
        if not is_first or step.expect.get("refused") or step.expect.get("saved") is False:
            continue
        given.add(step.subject)
        stratum = _stratum(step.subject, entered)
        if stratum is not None:
            wanted.setdefault(stratum, []).append(story.allocations.get(step.subject))
        elif step.subject in story.allocations:
            raise StepRefused(
                f"allocations: {step.subject} is randomised before INJPRIM and HCTTYP are entered"
            )
    for alias in story.allocations.keys() - given:
        raise StepRefused(f"allocations: {alias} is never randomised")
    return wanted


def _note(step: Step, entered: dict[tuple[str, str], str]) -> None:
    values = step.keys.get("values") or {}
    for item in ("INJPRIM", "HCTTYP"):
        if isinstance(values.get(item), str):
            entered[step.subject, item] = values[item]


def _stratum(subject: str, entered: dict[tuple[str, str], str]) -> str | None:
    site = entered.get((subject, "INJPRIM"))
    transplant = _TRANSPLANTS.get(entered.get((subject, "HCTTYP"), ""))
    return SEPARATOR.join((site, transplant)) if site and transplant else None
