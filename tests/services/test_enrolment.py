"""Screening: numbers given once, the screening log, and the second screening."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from edc.errors import EntryClosed, NotFound, NotOnSchedule, Refused
from edc.models import Subject
from edc.permissions import Role
from edc.services import enrolment
from tests.support.trial import CONSENT, CRITERIA, PERSON, VISIT, Trial, create_trial


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


def fail_screening(trial: Trial, *, rescreen: str = "Y") -> int:
    """Return a participant who failed screening for an active hepatitis."""
    subject_id = trial.consented()
    trial.save(subject_id, "DM", PERSON)
    trial.save(
        subject_id,
        "IE",
        CRITERIA
        | {"EXC06": "Y", "IECONF": "N", "SFYN": "Y", "SFREAS": "IE", "SFDAT": "2024-03-18"}
        | {"RESCR": rescreen},
        role=Role.INVESTIGATOR,
    )
    return subject_id


def find(trial: Trial, subject_id: int) -> Subject:
    """Return the participant's row."""
    with trial.database.reading() as session:
        return session.get_one(Subject, subject_id)


def rescreen(trial: Trial, subject_id: int) -> int:
    """Screen a failure once more."""
    with trial.at(), trial.database.unit_of_work(trial.actor(), "subject.rescreen") as uow:
        return enrolment.rescreen_subject(uow, subject_id=subject_id).id


def test_numbers_go_up_at_each_registration_and_each_first_consent(trial: Trial) -> None:
    first, second, third = (trial.screen() for _ in range(3))
    trial.save(third, "IC", CONSENT)
    trial.save(first, "IC", CONSENT)

    found = [find(trial, one) for one in (first, second, third)]
    numbers = [(one.screening_number, one.subject_number) for one in found]

    assert numbers == [("S01-0001", "01-002"), ("S01-0002", None), ("S01-0003", "01-001")]


def test_a_number_is_kept_when_its_consent_is_corrected(trial: Trial) -> None:
    subject_id = trial.screen()
    trial.save(subject_id, "IC", CONSENT)

    trial.save(subject_id, "IC", {"ICDAT": ""}, reason="日期录错")
    trial.save(subject_id, "IC", {"ICDAT": "2024-03-17"}, reason="补录")

    assert find(trial, subject_id).subject_number == "01-001"


def test_registrations_at_the_same_moment_get_different_numbers(trial: Trial) -> None:
    with trial.at(), ThreadPoolExecutor(8) as pool:

        def register(_: int) -> str:
            with trial.database.unit_of_work(trial.actor(), "subject.screen") as uow:
                return enrolment.register_subject(uow, site_id=trial.site.id).screening_number

        numbers = list(pool.map(register, range(24)))

    assert sorted(numbers) == [f"S01-{number:04d}" for number in range(1, 25)]


def test_first_consents_at_the_same_moment_get_different_numbers(trial: Trial) -> None:
    ids = [trial.screen() for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: trial.save(one, "IC", CONSENT), ids))

    assert sorted(find(trial, one).subject_number or "" for one in ids) == [
        f"01-{number:03d}" for number in range(1, 9)
    ]


def test_a_registration_that_fails_gives_its_number_back(trial: Trial) -> None:
    def fail() -> None:
        with trial.at(), trial.database.unit_of_work(trial.actor(), "subject.screen") as uow:
            enrolment.register_subject(uow, site_id=trial.site.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert find(trial, trial.screen()).screening_number == "S01-0001"


def test_nobody_is_registered_at_a_site_that_does_not_exist(trial: Trial) -> None:
    with (
        pytest.raises(NotFound),
        trial.database.unit_of_work(trial.actor(), "subject.screen") as uow,
    ):
        enrolment.register_subject(uow, site_id=999)


def test_a_screen_failure_is_screened_once_more_under_a_new_number(trial: Trial) -> None:
    first = fail_screening(trial)

    second = rescreen(trial, first)

    assert find(trial, first).state == "SCREEN_FAILED"
    assert find(trial, first).exclusion == "VIRUS"
    assert (find(trial, first).superseded, find(trial, second).superseded) == (True, False)
    assert find(trial, second).rescreen_of_id == first
    assert find(trial, second).state == "REGISTERED"
    with pytest.raises(Refused) as refusal:
        rescreen(trial, first)
    assert refusal.value.rule == "IE-13"


def test_a_second_screening_is_the_last(trial: Trial) -> None:
    second = rescreen(trial, fail_screening(trial))
    trial.save(second, "IC", CONSENT)
    trial.save(second, "SV", VISIT)
    trial.save(second, "DM", PERSON)
    trial.save(
        second,
        "IE",
        CRITERIA
        | {"INC03": "N", "IECONF": "N", "SFYN": "Y", "SFREAS": "HEAL", "SFDAT": "2024-03-18"}
        | {"RESCR": "Y"},
        role=Role.INVESTIGATOR,
    )

    with pytest.raises(Refused) as refusal:
        rescreen(trial, second)

    assert refusal.value.rule == "IE-13"


@pytest.mark.parametrize("rescreen_allowed", ["N", ""])
def test_a_failure_that_does_not_allow_it_is_not_screened_again(
    trial: Trial, rescreen_allowed: str
) -> None:
    failed = fail_screening(trial, rescreen=rescreen_allowed)

    with pytest.raises(Refused) as refusal:
        rescreen(trial, failed)

    assert refusal.value.rule == "RESCR"


def test_the_screening_log_says_why_somebody_never_consented(trial: Trial) -> None:
    subject_id = trial.screen()

    with trial.at(), trial.database.unit_of_work(trial.actor(), "subject.not_enrolled") as uow:
        enrolment.record_not_enrolled(uow, subject_id=subject_id, reason="PHYS", note="病情危重")

    found = find(trial, subject_id)
    assert (found.not_enrolled_reason, found.not_enrolled_note) == ("PHYS", "病情危重")
    assert found.exclusion == "NOCONS"


@pytest.mark.parametrize(("reason", "note"), [("NOPE", ""), ("PHYS", "x" * 301), ("PHYS", "\0")])
def test_the_screening_log_refuses_what_it_cannot_keep(
    trial: Trial, reason: str, note: str
) -> None:
    subject_id = trial.screen()

    with (
        pytest.raises(Refused),
        trial.database.unit_of_work(trial.actor(), "subject.not_enrolled") as uow,
    ):
        enrolment.record_not_enrolled(uow, subject_id=subject_id, reason=reason, note=note)

    assert find(trial, subject_id).not_enrolled_reason is None


def test_after_consent_a_failure_is_recorded_on_its_crf(trial: Trial) -> None:
    subject_id = trial.consented()

    with (
        pytest.raises(Refused),
        trial.database.unit_of_work(trial.actor(), "subject.not_enrolled") as uow,
    ):
        enrolment.record_not_enrolled(uow, subject_id=subject_id, reason="PHYS", note="")


def test_unscheduled_visits_are_numbered_and_end_with_the_study(trial: Trial) -> None:
    subject_id = trial.consented()

    def add(code: str) -> None:
        trial.save(subject_id, "UNS", {"UNSREAS": "REQ", "UNSFORM": ["VS"]}, visit=code)

    with pytest.raises(NotOnSchedule):
        add("UNS02")
    add("UNS01")
    add("UNS02")
    trial.save(
        subject_id, "EOS", {"EOSDAT": "2024-03-18", "EOSREAS": "PHYS", "EOSLAST": "2024-03-18"}
    )
    with pytest.raises(EntryClosed):
        add("UNS03")
