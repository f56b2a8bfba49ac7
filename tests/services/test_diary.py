"""The participant's diary: filled in once, in time, and with one question for one arm alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues
from edc.models import Query, SubjectVisit
from edc.permissions import Role
from edc.services import rules
from edc.services.casebooks import open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database
from tests.factories import open_database
from tests.services.casebook_support import KEY
from tests.support.client import text_of
from tests.support.visitors import Doorstep
from tests.support.world import find_world

NURSE = Actor(username="research_nurse", role=Role.RESEARCH_NURSE)
BASELINE = ("BL", "PRO", 1)
SCORES = {f"PRO{number:02}": "3" for number in (1, 2, 3, 4, 5, 8, 9)}


@pytest.fixture(autouse=True)
def _day_one(any_world_url: str) -> Iterator[None]:
    """Let it be the evening of the day after randomisation, that of visit DA01."""
    del any_world_url  # it is made today
    tomorrow = clock.today() + timedelta(days=1)
    with clock.replaced(lambda: at(f"{tomorrow}T20:00:00+08:00")):
        yield


@pytest.fixture
def database(any_world_url: str) -> Database:
    return open_database(any_world_url)


def diary(day: str = "") -> dict[str, str]:
    return {"PRODAT": day or clock.today().isoformat(), "PROBY": "INT"} | SCORES


def save(
    database: Database,
    arm: str,
    typed: dict[str, Any],
    *,
    role: Role = Role.RESEARCH_NURSE,
    reason: str = "",
    visit: str = "DA01",
) -> Saved:
    """Save a diary of the participant randomised to *arm* over what it holds."""
    subject_id = find_world(database).subjects[arm]
    with database.reading() as session:
        version = open_casebook(session, subject_id).versions.get((visit, "PRO", 1), 0)
    submission = Submission(
        typed={(code, 1): value for code, value in typed.items()}, version=version, reason=reason
    )
    actor = Actor(username=str(role), role=role)
    with database.unit_of_work(actor, "crf.save", reason=reason or None) as uow:
        return save_crf(
            uow, subject_id=subject_id, visit=visit, form="PRO", row=1, submission=submission,
            key=KEY,
        )  # fmt: skip


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)


def test_the_moment_of_the_first_save_is_kept_as_when_the_diary_was_filled_in(
    database: Database,
) -> None:
    first = clock.now()
    saved = save(database, "soc", {"PRODAT": clock.today().isoformat(), "PROBY": "SELF"})
    stamp = saved.record.cells["PROSTAMP", 1].value
    assert stamp is not None
    assert abs(datetime.fromisoformat(stamp) - first) < timedelta(minutes=1)
    again = save(database, "soc", SCORES)
    assert again.record.cells["PROSTAMP", 1].value == stamp


@pytest.mark.parametrize("role", [Role.RESEARCH_NURSE, Role.INVESTIGATOR])
def test_nobody_changes_or_empties_a_saved_answer_of_the_diary(
    database: Database, role: Role
) -> None:
    save(database, "soc", diary())
    for changed in ({"PRO01": "4"}, {"PRO01": ""}, {"PROBY": "SELF"}):
        with pytest.raises(InvalidValues) as refusal:
            save(database, "soc", changed, role=role, reason="typed wrongly")
        (code,) = changed
        assert [rule for rule, _ in refusal.value.problems[code]] == [f"STAYS:{code}"]


def test_a_question_left_open_may_be_answered_later(database: Database) -> None:
    started = save(database, "soc", {k: v for k, v in diary().items() if k != "PRO09"})
    assert not started.is_complete
    finished = save(database, "soc", {"PRO09": "2"})
    assert finished.is_complete


def test_a_diary_is_given_at_the_visit_of_its_own_day(database: Database) -> None:
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    with pytest.raises(InvalidValues) as refusal:
        save(database, "soc", diary(), visit="DA02")
    assert {rule for rule, _ in refusal.value.problems["PRODAT"]} == {"PRO-04"}
    with clock.replaced(lambda: at(f"{tomorrow}T20:00:00+08:00")):
        assert save(database, "soc", diary(tomorrow), visit="DA02").is_complete


def test_a_day_that_stays_is_not_refused_when_a_question_left_open_is_answered(
    database: Database,
) -> None:
    save(database, "soc", {k: v for k, v in diary().items() if k != "PRO09"})
    with database.unit_of_work(NURSE, "schedule.change", reason="moved") as uow:
        subject_id = find_world(database).subjects["soc"]
        (planned,) = uow.session.scalars(
            select(SubjectVisit).filter_by(subject_id=subject_id, code="DA01")
        )
        planned.window_start = planned.window_end = clock.today() + timedelta(days=3)
    assert save(database, "soc", {"PRO09": "2"}).is_complete


@pytest.mark.parametrize(
    ("now", "is_refused"),
    [("12:00:30", False), ("12:01:00", True)],
)
def test_yesterday_may_be_filled_in_until_noon(
    database: Database, now: str, is_refused: bool
) -> None:
    yesterday = clock.today().isoformat()
    today = clock.today() + timedelta(days=1)
    with clock.replaced(lambda: at(f"{today}T{now}+08:00")):
        if is_refused:
            with pytest.raises(InvalidValues) as refusal:
                save(database, "soc", diary(yesterday))
            assert "PRO-01" in {rule for rule, _ in refusal.value.problems["PRODAT"]}
        else:
            opened = save(database, "soc", diary(yesterday)).opened
            assert {query.check_id for query in opened} == {"SOFT:PRODAT"}


def test_the_question_about_the_product_is_asked_in_the_arm_that_uses_it(
    database: Database,
) -> None:
    product = save(database, "msc", diary())
    assert [key[0] for key in product.owed] == ["PRO10"]
    assert save(database, "msc", {"PRO10": "Y"}).owed == []
    standard = save(database, "soc", diary())
    assert standard.owed == []
    with pytest.raises(InvalidValues) as refusal:
        save(database, "soc", {"PRO10": "Y"})
    assert [rule for rule, _ in refusal.value.problems["PRO10"]] == ["HIDDEN:PRO10"]


def test_whether_a_diary_is_complete_does_not_tell_the_arm(database: Database) -> None:
    assert save(database, "msc", diary()).is_complete
    assert save(database, "soc", diary()).is_complete


def test_nobody_is_asked_about_the_product_before_there_is_an_arm(database: Database) -> None:
    assert save(database, "ready", diary(), visit="BL").owed == []
    with pytest.raises(InvalidValues):
        save(database, "ready", {"PRO10": "Y"}, visit="BL")


def test_an_answer_about_the_product_stays_unquestioned_where_the_arm_is_not_known(
    database: Database,
) -> None:
    save(database, "msc", diary() | {"PRO10": "N"})
    subject_id = find_world(database).subjects["msc"]
    with database.reading() as session:
        found = rules.all_findings(open_casebook(session, subject_id).book)
        stored = session.query(Query).filter(Query.item == "PRO10").all()
    assert [finding.id for finding in found.fired if finding.item == "PRO10"] == []
    assert stored == []


def test_the_key_is_asked_for_where_one_arm_has_a_question_of_its_own(
    database: Database,
) -> None:
    subject_id = find_world(database).subjects["msc"]
    submission = Submission(typed={("PRO01", 1): "3"})
    with pytest.raises(ValueError, match="no key"), database.unit_of_work(
        NURSE, "crf.save"
    ) as uow:  # fmt: skip
        save_crf(uow, subject_id=subject_id, visit="DA01", form="PRO", row=1, submission=submission)


def diaries_of_one_score(database: Database) -> Saved:
    """Fill in five days of diaries whose scores are all 3, each on its own day."""
    today = clock.today()
    for number in range(1, 6):
        on = today + timedelta(days=number - 1)
        with clock.replaced(lambda on=on: at(f"{on}T20:00:00+08:00")):  # type: ignore[misc]
            saved = save(database, "soc", diary(on.isoformat()), visit=f"DA{number:02}")
    return saved


def test_five_days_of_one_score_warn_the_data_manager_and_not_who_fills_them_in(
    database: Database,
) -> None:
    saved = diaries_of_one_score(database)
    assert saved.warnings == []
    assert "PRO-02" not in {query.check_id for query in saved.opened}
    subject_id = find_world(database).subjects["soc"]
    with database.reading() as session:
        book = open_casebook(session, subject_id).book
    record = book.records["DA05", "PRO", 1]
    warned = {
        role
        for role in Role
        for finding in rules.standing_warnings(book, record, role=role)
        if finding.id == "PRO-02"
    }
    assert warned == {Role.DATA_MANAGER}
    assert (
        rules.standing_warnings(book, book.records["DA04", "PRO", 1], role=Role.DATA_MANAGER) == []
    )


def test_the_data_manager_reads_the_warning_on_the_page_of_the_diary(any_world_url: str) -> None:
    diaries_of_one_score(open_database(any_world_url))
    doorstep = Doorstep(any_world_url)
    address = f"/subjects/{doorstep.world.subjects['soc']}/crf/DA05/PRO/1"
    sentence = "The same score on all items, 5 days running."
    shown = {
        role: sentence in text_of(doorstep.browser(role).get(address))
        for role in (Role.DATA_MANAGER, Role.MONITOR, Role.RESEARCH_NURSE, Role.INVESTIGATOR)
    }
    doorstep.close()
    assert [role for role, is_shown in shown.items() if is_shown] == [Role.DATA_MANAGER]
