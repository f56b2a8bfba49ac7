"""The enrolment page's figures: persons, counted once, with sums that agree at every node."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edc import clock
from edc.forms.exclusion import EXCLUSION_LABELS, exclusion
from edc.forms.states import State
from edc.models import Subject
from edc.protocol import STUDY
from edc.reports import enrolment
from edc.services.unit_of_work import system_actor
from edc.study.casebook import Casebook, Cell, Record
from tests.factories import create_site
from tests.support.trial import Trial, create_trial

TODAY = date(2024, 6, 1)
BEFORE = (
    State.REGISTERED, State.CONSENTED, State.SCREENING, State.ELIGIBLE, State.SCREEN_FAILED,
)  # fmt: skip
AFTER = (
    State.ON_TREATMENT, State.FOLLOW_UP, State.COMPLETED, State.LOST, State.WITHDRAWN, State.DIED,
)  # fmt: skip
people = st.lists(
    st.tuples(st.sampled_from(BEFORE), st.sampled_from((None, *EXCLUSION_LABELS)))
    | st.tuples(st.sampled_from(AFTER), st.just("RANDOMISED")),
    max_size=12,
)
_sites = itertools.count(11)
_numbers = itertools.count(1)


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site without participants."""
    return create_trial(database_url)


def add(trial: Trial, site_id: int, **values: object) -> int:
    """Put a participant into the list as the projection would leave it."""
    with trial.database.unit_of_work(system_actor(), "subject.screen") as uow:
        subject = Subject(
            **{
                "site_id": site_id,
                "screening_number": f"S{next(_numbers):05d}",
                "registered_at": clock.now(),
                "state": str(State.SCREENING),
                "state_since": clock.now(),
            }
            | values
        )
        uow.session.add(subject)
        uow.session.flush()
        return subject.id


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(people=people)
def test_every_node_is_the_sum_of_those_below_it(
    trial: Trial, people: list[tuple[State, str | None]]
) -> None:
    site_id = create_site(trial.database, code=f"E{next(_sites)}").id
    for state, kind in people:
        randomised = kind == "RANDOMISED"
        add(
            trial, site_id,
            state=str(state),
            randomised_on=date(2024, 3, 1) if randomised else None,
            exclusion=None if randomised else kind,
        )  # fmt: skip

    with trial.database.reading() as session:
        figures = enrolment.find_figures(session, [site_id])
        behind = {
            group: len(enrolment.find_ids(session, [site_id], group=group, today=TODAY))
            for group in ("screened", "excluded", "screening", "randomised", "eligible")
        }

    assert figures.screened == len(people)
    assert figures.screened == figures.excluded_total + figures.screening + figures.randomised
    assert sum(figures.after.values()) == figures.randomised
    assert behind == {
        "screened": figures.screened,
        "excluded": figures.excluded_total,
        "screening": figures.screening,
        "randomised": figures.randomised,
        "eligible": figures.eligible,
    }


def test_a_person_screened_twice_counts_once_with_the_last_screening(trial: Trial) -> None:
    first = add(trial, trial.site.id, state="SCREEN_FAILED", exclusion="VIRUS", superseded=True)
    add(trial, trial.site.id, state="SCREEN_FAILED", exclusion="HEAL", rescreen_of_id=first)

    with trial.database.reading() as session:
        figures = enrolment.find_figures(session, None)

    assert figures.screened == 1
    assert figures.excluded == {"HEAL": 1}


def test_the_curve_is_cumulative_without_a_gap_beside_a_line_that_reaches_the_target(
    trial: Trial,
) -> None:
    for day in ("2020-11-03", "2020-11-20", "2021-02-01"):
        add(trial, trial.site.id, state="ON_TREATMENT", randomised_on=date.fromisoformat(day))

    with trial.database.reading() as session:
        curve = enrolment.find_curve(session, None, today=TODAY)

    assert curve.months[:5] == ["2020-10", "2020-11", "2020-12", "2021-01", "2021-02"]
    assert curve.randomised[:5] == [0, 2, 2, 2, 3]
    assert curve.target[:2] == [2.0, 4.0]
    assert (curve.months[-1], curve.target[-1]) == ("2025-09", 120.0)


def test_another_sites_participants_are_not_counted(trial: Trial) -> None:
    other = create_site(trial.database, code="02")
    add(trial, other.id, state="ELIGIBLE")

    with trial.database.reading() as session:
        mine = enrolment.find_figures(session, [trial.site.id])
        waiting = enrolment.find_waiting(session, [trial.site.id], today=TODAY)

    assert mine.screened == 0
    assert waiting == {"to_sign": 0, "to_randomise": 0, "overdue": 0}


def test_a_visit_is_overdue_from_the_day_after_its_window(trial: Trial) -> None:
    add(trial, trial.site.id, state="ON_TREATMENT", overdue_after=date(2024, 5, 31))
    add(trial, trial.site.id, state="ON_TREATMENT", overdue_after=TODAY)
    add(trial, trial.site.id, state="COMPLETED", overdue_after=date(2024, 5, 1))

    with trial.database.reading() as session:
        waiting = enrolment.find_waiting(session, None, today=TODAY)

    assert waiting["overdue"] == 1


@pytest.mark.parametrize(
    ("answers", "group"),
    [
        ({"INC01": "N", "EXC06": "Y", "SFREAS": "IE"}, "AGE"),
        ({"INC05": "N", "SFREAS": "IE"}, "CONS"),
        ({"EXC05": "Y", "SFREAS": "IE"}, "VIRUS"),
        ({"EXC06": "Y", "SFREAS": "IE"}, "VIRUS"),
        ({"SFREAS": "HEAL", "INC03": "N"}, "HEAL"),
        ({"SFREAS": "IE"}, "OTH"),
    ],
)
def test_the_first_criterion_not_met_is_the_reason(answers: dict[str, str], group: str) -> None:
    book = Casebook(study=STUDY)
    cells = {(code, 1): Cell(value) for code, value in answers.items()}
    book.put(Record("IE", "SCR", 1, cells))
    book.put(Record("IC", "", 1, {("ICDAT", 1): Cell("2024-03-18")}))

    assert exclusion(book, "SCREEN_FAILED", None) == group


def test_somebody_who_never_consented_is_counted_apart() -> None:
    book = Casebook(study=STUDY)

    assert exclusion(book, "REGISTERED", "PHYS") == "NOCONS"
    assert exclusion(book, "REGISTERED", None) is None
