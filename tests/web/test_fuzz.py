"""Whatever a form holds, the answer is never a fault: random bodies over every CRF.

``EDC_FUZZ`` sets how many are sent; ``make fuzz`` sends thousands.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from edc.permissions import Role
from tests.support.fuzz import ACTS, Field, Fuzz, bodies, places
from tests.support.visitors import Doorstep

COUNT = int(os.environ.get("EDC_FUZZ", "300"))


@pytest.fixture
def doorstep(any_world_url: str) -> Iterator[Doorstep]:
    doorstep = Doorstep(any_world_url)
    yield doorstep
    doorstep.close()


def test_no_form_of_any_crf_is_answered_by_a_fault(
    doorstep: Doorstep, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [
        Fuzz(doorstep, doorstep.browser(role, language=language))
        for role, language in (
            (Role.RESEARCH_NURSE, "zh"),
            (Role.INVESTIGATOR, "en"),
            (Role.OUTCOME_ASSESSOR, "zh"),
            (Role.DATA_MANAGER, "en"),
        )
    ]

    @seed(random.randrange(2**32))  # noqa: S311 - not the same forms each time
    @settings(
        max_examples=COUNT // 2,  # on each of two databases
        deadline=None,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        person=st.sampled_from(people),
        place=st.sampled_from(places()),
        act=st.sampled_from(ACTS),
        fields=bodies(),
        honest=st.booleans(),
    )
    def send(
        person: Fuzz, place: tuple[str, str, int], act: str, fields: list[Field], honest: bool
    ) -> None:
        person.send(place, act, fields, honest=honest)

    send()
    answers: dict[int, int] = {}
    for person in people:
        for status, count in person.answers.items():
            answers[status] = answers.get(status, 0) + count
    capsys.readouterr()
    sys.stdout.write(f"{sum(answers.values())} forms: {dict(sorted(answers.items()))}\n")
    assert [fault for person in people for fault in person.faults] == []
    assert sum(answers.values()) >= COUNT // 2
