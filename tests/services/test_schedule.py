"""Visits put on a schedule: at randomisation, by an unscheduled visit, after a late recurrence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import EntryClosed, NotOnSchedule
from edc.forms.states import Course as States
from edc.models import Subject, SubjectVisit
from edc.permissions import Role
from edc.services import schedule
from edc.services.casebooks import open_casebook
from edc.services.randomize import randomise_subject
from tests.factories import open_database
from tests.forms.casebooks import mouth
from tests.services.casebook_support import KEY, Ward, enter, open_ward, ready_subject

START = datetime.fromisoformat("2024-03-20T09:00+08:00")  # a Wednesday


class Course:
    """A randomised participant, and the days after."""

    def __init__(self, ward: Ward) -> None:
        self.ward = ward
        with self.on(0):
            self.id = ready_subject(ward)
            with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
                randomise_subject(
                    uow, subject_id=self.id, confirmed="ORAL/AUTO", key=KEY, purpose="test"
                )

    @contextmanager
    def on(self, offset: int) -> Iterator[str]:
        """Let it be D + *offset*; give that day."""
        moment = START + timedelta(days=offset)
        with clock.replaced(lambda: moment):
            yield moment.date().isoformat()

    def enter(self, offset: int, place: tuple[str, str, int], **values: Any) -> None:
        with self.on(offset):
            enter(self.ward, self.id, place, values, reason="as the ward's notes say")

    def grade(self, offset: int, visit: str, who: int) -> None:
        with self.on(offset) as day:
            found = mouth(who, day).items()
            values = {code: one if isinstance(one, list) else str(one) for code, one in found}
            enter(self.ward, self.id, (visit, "OM", 1), values, reason="as noted")

    def heals(self) -> None:
        """Let the mouth heal on D9, confirmed on D10."""
        self.grade(9, "DA09", 0)
        self.grade(10, "DA10", 0)

    def comes_back(self, offset: int, *, visit: str = "UNS01", **changes: Any) -> None:
        """Record at an unscheduled visit that the mouth is sore again since D + *offset*."""
        self.enter(offset, (visit, "UNS", 1), UNSREAS="WORS", UNSFORM=["OM", "RSP"])
        with self.on(offset) as day:
            values = {"RSPDAT": day, "RSPSURV": "Y", "RSPORAL": "PR", "RECUR": "Y", "RECDAT": day}
            enter(self.ward, self.id, (visit, "RSP", 1), values | changes, reason="as noted")

    def visits(self, stem: str) -> dict[str, str]:
        """Return the visits of one kind that stand in the database, with their days."""
        with self.ward.database.reading() as session:
            rows = session.scalars(select(SubjectVisit).where(SubjectVisit.subject_id == self.id))
            return {
                row.code: row.target.isoformat() if row.target else ""
                for row in sorted(rows, key=lambda row: row.code)
                if row.code.startswith(stem)
            }

    def subject(self) -> Subject:
        with self.ward.database.reading() as session:
            return session.get_one(Subject, self.id)


@pytest.fixture
def course(database_url: str) -> Course:
    return Course(open_ward(open_database(database_url)))


def offsets(visits: dict[str, str]) -> list[int]:
    return [(datetime.fromisoformat(day).date() - START.date()).days for day in visits.values()]


def test_randomisation_plans_every_visit_that_counts_from_it(course: Course) -> None:
    assert offsets(course.visits("DA")) == list(range(1, 15))
    assert course.visits("DB") == {
        "DB16": "2024-04-05", "DB19": "2024-04-08", "DB21": "2024-04-10", "DB23": "2024-04-12",
        "DB26": "2024-04-15", "DB28": "2024-04-17",
    }  # fmt: skip
    assert course.visits("M12") == {"M12": "2025-03-20"}
    assert course.visits("DR") == {}


def test_a_late_recurrence_adds_its_visits_with_the_save_that_records_it(course: Course) -> None:
    course.heals()
    course.comes_back(40)
    found = course.visits("DR")
    assert list(found) == [f"DR{number:02}" for number in range(1, 13)]
    # D40 is a Monday.
    assert offsets(found) == [42, 44, 47, 49, 51, 54, 56, 58, 61, 63, 65, 68]
    assert course.subject().next_visit is not None


def test_an_early_recurrence_adds_none(course: Course) -> None:
    course.heals()
    course.comes_back(20)
    assert course.visits("DR") == {}


def test_a_further_recurrence_continues_the_numbers_and_doubles_no_day(course: Course) -> None:
    course.heals()
    course.comes_back(40)
    course.grade(42, "DR01", 0)
    course.grade(44, "DR02", 0)
    course.comes_back(54, visit="UNS02")
    found = course.visits("DR")
    assert list(found) == [f"DR{number:02}" for number in range(1, 19)]
    assert len(set(found.values())) == 18
    assert max(offsets(found)) == 82


def test_a_corrected_day_adds_what_is_missing_and_deletes_nothing(course: Course) -> None:
    course.heals()
    course.comes_back(40)
    before = course.visits("DR")
    with course.on(41):
        enter(
            course.ward, course.id, ("UNS01", "RSP", 1),
            {"RECDAT": (START + timedelta(days=38)).date().isoformat()}, reason="misread",
        )  # fmt: skip
    after = course.visits("DR")
    assert before.items() <= after.items()
    # D38 is a Saturday: its first visit is D40, and it ends on D66.
    assert set(offsets(after)) - set(offsets(before)) == {40}
    with course.ward.database.reading() as session:
        opened = open_casebook(session, course.id)
    states = States(opened.book, START.date())
    shown = {code: day for code, day in after.items() if states.is_on_schedule(code)}
    assert sorted(offsets(shown)) == [40, 42, 44, 47, 49, 51, 54, 56, 58, 61, 63, 65]


def test_a_recurrence_taken_back_leaves_nothing_to_be_entered(course: Course) -> None:
    course.heals()
    course.comes_back(40)
    with course.on(41):
        enter(
            course.ward, course.id, ("UNS01", "RSP", 1), {"RECUR": "N", "RECDAT": ""},
            reason="another participant's",
        )  # fmt: skip
    assert len(course.visits("DR")) == 12
    with pytest.raises(NotOnSchedule):
        course.grade(42, "DR01", 1)


def test_a_visit_that_healing_ended_may_still_be_filled(course: Course) -> None:
    course.heals()
    course.grade(12, "DA12", 0)


def test_an_unscheduled_visit_begins_with_why_it_is_held(course: Course) -> None:
    with pytest.raises(NotOnSchedule):
        course.enter(5, ("UNS01", "SV", 1), SVSTAT="MISS", SVMISRS="REF")
    with pytest.raises(NotOnSchedule):
        course.enter(5, ("UNS02", "UNS", 1), UNSREAS="REQ", UNSFORM=["VS"])
    course.enter(5, ("UNS01", "UNS", 1), UNSREAS="REQ", UNSFORM=["VS"])
    assert course.visits("UNS") == {"UNS01": ""}
    with course.ward.database.reading() as session:
        assert schedule.next_unscheduled(open_casebook(session, course.id)) == "UNS02"


LEAVES: dict[str, Any] = {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDSIG": "Y"}


def leave(course: Course, offset: int) -> None:
    with course.on(offset) as day:
        enter(course.ward, course.id, ("", "IC", 2), LEAVES | {"ICWDDAT": day})


def end(course: Course, offset: int) -> None:
    with course.on(offset) as day:
        values = {"EOSDAT": day, "EOSREAS": "WBS", "EOSLAST": day}
        enter(course.ward, course.id, ("", "EOS", 1), values)


def test_after_a_withdrawal_the_ends_may_be_recorded_and_no_later_visit(course: Course) -> None:
    course.enter(44, ("FU60", "SV", 1), SVSTAT="MISS", SVMISRS="REF")
    leave(course, 45)
    with pytest.raises(EntryClosed):
        course.enter(46, ("FU100", "SV", 1), SVSTAT="MISS", SVMISRS="REF")
    course.enter(46, ("V28", "SV", 1), SVSTAT="MISS", SVMISRS="REF")
    course.enter(46, ("", "EOT", 1), EOTDAT="2024-04-01", EOTREAS="WBS")
    end(course, 46)


def test_what_was_held_before_a_withdrawal_may_be_entered_after_it(course: Course) -> None:
    held = (START + timedelta(days=55)).date().isoformat()
    course.enter(55, ("FU60", "SV", 1), SVSTAT="DONE", SVSTDAT=held, SVLOC="OPD")
    leave(course, 57)
    course.enter(58, ("FU60", "VS", 1), VSPERF="N")


def test_after_the_end_of_study_the_only_new_consent_is_a_withdrawal(course: Course) -> None:
    end(course, 50)
    with course.on(51) as day:
        again = {"ICTYPE": "NEWVER", "ICDAT": day}
        with pytest.raises(EntryClosed):
            enter(course.ward, course.id, ("", "IC", 2), again)
    leave(course, 52)


def test_what_waits_longest_decides_when_a_participant_is_overdue(course: Course) -> None:
    course.grade(1, "DA01", 2)
    found = course.subject()
    assert found.overdue_after is not None
    assert (found.overdue_after - START.date()).days <= 1
