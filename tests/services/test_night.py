"""The nightly run: what time brings about, once, for everybody, whoever else fails."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from edc import clock
from edc.forms.states import State
from edc.models import AuditEntry, AuditTransaction, DeviationProposal, Notice, Query, Subject
from edc.permissions import Role
from edc.services import night, rules
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.night import Night, run_night
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor, Database
from edc.study.casebook import Casebook
from tests.factories import open_database
from tests.services.casebook_support import Ward, enter
from tests.support.trial import KEY, Trial, create_trial
from tests.support.world import World, find_world


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


@pytest.fixture
def ward(any_world_url: str) -> Ward:
    """Give a site with participants in both arms, each with a deviation not yet reported."""
    database = open_database(any_world_url)
    world = find_world(database)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    people = world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR)
    ward = Ward(database, site, *people)
    today = clock.today().isoformat()
    for arm in ("soc", "msc"):
        unreported = {"DVDAT": today, "DVKNOW": today, "DVCAT": "PROC", "DVSEV": "MAJ"}
        enter(ward, world.subjects[arm], ("", "DV", 1), unreported)
    return ward


def world_of(ward: Ward) -> World:
    return find_world(ward.database)


def later(days: int) -> AbstractContextManager[None]:
    """Let the clock stand some days from now, at two in the morning."""
    then = clock.local(clock.now()) + timedelta(days=days)
    return clock.replaced(lambda: then.replace(hour=2, minute=0))


def entries(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def open_checks(database: Database, subject_id: int) -> set[str]:
    with database.reading() as session:
        return {query.check_id for query in open_casebook(session, subject_id).open_queries}


def nights(database: Database) -> list[AuditTransaction]:
    with database.reading() as session:
        return list(
            session.scalars(select(AuditTransaction).where(AuditTransaction.action == night.ACTION))
        )


def deviation(trial: Trial, subject_id: int) -> None:
    trial.save(
        subject_id, "DV",
        {"DVDAT": "2024-03-18", "DVKNOW": "2024-03-18", "DVCAT": "PROC", "DVSEV": "MAJ",
         "DVTERM": "ECG missed", "DVCAUSE": "device broken", "DVCAPA": "a second device"},
        visit="",
    )  # fmt: skip


def test_a_term_that_has_run_out_opens_its_query_in_the_night(trial: Trial) -> None:
    subject_id = trial.consented()
    deviation(trial, subject_id)
    assert "DV-01" not in trial.open_checks(subject_id)

    with trial.at("2024-03-25T02:00+08:00"):
        before = run_night(trial.database, key=KEY)
    assert "DV-01" not in trial.open_checks(subject_id)
    with trial.at("2024-03-26T02:00+08:00"):
        after = run_night(trial.database, key=KEY)

    assert (before.work.opened, after.work.opened) == (0, 1)
    assert "DV-01" in trial.open_checks(subject_id)


def test_the_second_run_of_a_night_changes_nothing(ward: Ward) -> None:
    with later(40):
        first = run_night(ward.database, key=KEY)
        count = entries(ward.database)
        second = run_night(ward.database, key=KEY)

    assert first.failed == second.failed == []
    assert first.work.opened == 2
    assert second.work == night.Work()
    assert entries(ward.database) == count


def test_each_participant_is_a_unit_of_work_of_the_system(ward: Ward) -> None:
    with later(40):
        run_night(ward.database, key=KEY)

    acts = nights(ward.database)
    assert {act.username for act in acts} == {"system"}
    with ward.database.reading() as session:
        by_act = session.execute(
            select(AuditEntry.transaction_id, func.count(AuditEntry.subject_id.distinct()))
            .where(AuditEntry.transaction_id.in_([act.id for act in acts]))
            .group_by(AuditEntry.transaction_id)
        ).all()
    assert {subjects for _, subjects in by_act} == {1}


def test_a_participant_who_fails_is_reported_and_the_others_go_on(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = world_of(ward)
    broken = world.subjects["soc"]
    judge = rules.all_findings

    def break_one(book: Casebook, **how: object) -> rules.Findings:
        if book.value("DM", "SUBJINIT", "SCR") and book.facts.get("arm") == "SOC":
            message = "a value that nobody may read in a log: 13800001234"
            raise RuntimeError(message)
        return judge(book)

    monkeypatch.setattr(rules, "all_findings", break_one)
    with later(40):
        found = run_night(ward.database, key=KEY)

    with ward.database.reading() as session:
        number = session.get_one(Subject, broken).screening_number
        total = session.scalar(select(func.count()).select_from(Subject))
    assert number in {who for who, _ in found.failed}
    assert all("RuntimeError" in fault and "13800001234" not in fault for _, fault in found.failed)
    assert found.participants == total
    changed = {entry.subject_id for entry in night_entries(ward)}
    assert broken not in changed
    assert world.subjects["msc"] in changed


def night_entries(ward: Ward) -> list[AuditEntry]:
    with ward.database.reading() as session:
        return list(
            session.scalars(
                select(AuditEntry)
                .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
                .where(AuditTransaction.action == night.ACTION)
            )
        )


def test_the_night_keeps_what_a_visit_that_became_late_says_of_the_participant(
    ward: Ward,
) -> None:
    soc = world_of(ward).subjects["soc"]
    with later(3):
        run_night(ward.database, key=KEY)
        with ward.database.reading() as session:
            subject = session.get_one(Subject, soc)
            assert subject.state == State.ON_TREATMENT
            assert subject.next_visit is not None
            assert subject.overdue_after is not None
            assert subject.overdue_after < clock.today()


def test_the_night_judges_what_a_masked_save_may_not_tell(ward: Ward) -> None:
    """The end of treatment of a participant on the product, against the last dose (EOT-01)."""
    msc = world_of(ward).subjects["msc"]
    today = clock.today().isoformat()
    with later(1):
        enter(ward, msc, ("", "EX", 1), {"ECOCCUR": "Y", "EXSTDAT": today})
        enter(ward, msc, ("", "EOT", 1), {"EOTDAT": clock.today().isoformat(), "EOTREAS": "COMP"})
        assert "EOT-01" in open_checks(ward.database, msc)
        run_night(ward.database, key=KEY)
    assert "EOT-01" in open_checks(ward.database, msc)
    soc = world_of(ward).subjects["soc"]
    assert "EOT-01" not in open_checks(ward.database, soc)


def test_an_empty_study_has_a_night_too(database_url: str) -> None:
    assert run_night(open_database(database_url), key=KEY) == Night()


def counts(database: Database) -> list[int | None]:
    with database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table))
            for table in (Notice, DeviationProposal, Query)
        ]


def test_what_the_night_raises_and_proposes_is_the_same_as_a_save_would(ward: Ward) -> None:
    """A save judges what it touched, the night everything: both must come to the same end."""
    before = counts(ward.database)
    found = run_night(ward.database, key=KEY)
    assert counts(ward.database) == before
    assert found.work == night.Work()


def test_a_save_while_the_night_runs_is_not_lost(ward: Ward) -> None:
    soc = world_of(ward).subjects["soc"]
    nurse = Actor(username=ward.nurse.username, role=Role.RESEARCH_NURSE, user_id=ward.nurse.id)

    def save(done: int, _total: int) -> None:
        if done != 1:
            return
        with ward.database.unit_of_work(nurse, "crf.save") as uow:
            save_crf(
                uow, subject_id=soc, visit="DA01", form="SV", row=1,
                submission=Submission(typed={("SVSTAT", 1): "MISS", ("SVMISRS", 1): "OTH"}),
                key=KEY,
            )  # fmt: skip

    found = run_night(ward.database, key=KEY, report=save)

    assert found.failed == []
    with ward.database.reading() as session:
        assert open_casebook(session, soc).book.value("SV", "SVSTAT", "DA01") == "MISS"
