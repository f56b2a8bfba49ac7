"""Notices: raised by checks, ended by corrections, seen by each person for themselves."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import NotFound
from edc.models import Notice, NoticeSeen, Subject, User
from edc.permissions import Role
from edc.reports import notices as report
from edc.reports.notices import NoticeFilter
from edc.services import notices
from edc.services.casebooks import open_casebook
from edc.services.unit_of_work import Actor
from edc.services.viewer import Viewer
from tests.factories import create_user, open_database
from tests.services.casebook_support import Ward, enter
from tests.support.trial import Trial, create_trial
from tests.support.world import World, find_world

WITHDRAWAL = {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": "2024-03-18", "ICWDSIG": "Y"}
EVERYTHING = NoticeFilter(shown="all")


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


@pytest.fixture
def ward(world_url: str) -> Ward:
    """Give the people of a site with participants in both arms."""
    database = open_database(world_url)
    world = find_world(database)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    return Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))


def world_of(ward: Ward) -> World:
    return find_world(ward.database)


def all_of(trial: Trial) -> list[Notice]:
    with trial.database.reading() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def viewer(user: User, role: Role, site_id: int | None) -> Viewer:
    return Viewer(
        user_id=user.id, username=user.username, full_name=user.full_name, roles={site_id: role}
    )


def rules_for(ward: Ward, role: Role, *, shown: str = "all") -> set[str]:
    """Return the rules of the notices that somebody of *role* at the site reads."""
    person = viewer(world_of(ward).person(role), role, ward.site.id)
    with ward.database.reading() as session:
        page = report.find_page(session, person, NoticeFilter(shown=shown))
    return {row.notice.check_id for row in page.rows}


def test_a_check_sets_off_one_notice_which_ends_when_the_data_are_corrected(trial: Trial) -> None:
    subject_id = trial.consented()

    saved = trial.save(subject_id, "IC", WITHDRAWAL, row=2)
    again = trial.save(subject_id, "IC", {"ICWDSIG": "N"}, row=2, reason="given orally")

    assert [notice.check_id for notice in saved.actions] == ["IC-05"]
    assert again.actions == []
    (raised,) = all_of(trial)
    assert (raised.check_id, raised.form, raised.row, raised.item) == ("IC-05", "IC", 2, "ICWDTYP")
    assert raised.ended_at is None

    trial.save(subject_id, "IC", {"ICWDTYP": "TRT"}, row=2, reason="from treatment only")

    (ended,) = all_of(trial)
    assert ended.ended_at is not None


def test_a_notice_that_is_raised_again_is_the_same_one_and_unseen_again(trial: Trial) -> None:
    subject_id = trial.consented()
    user = create_user(trial.database, role=Role.INVESTIGATOR, site=trial.site, username="second")
    person = viewer(user, Role.INVESTIGATOR, trial.site.id)
    actor = Actor(username=user.username, role=Role.INVESTIGATOR, user_id=user.id)
    trial.save(subject_id, "IC", WITHDRAWAL, row=2)
    (first,) = all_of(trial)

    with (
        trial.at("2024-03-18T10:00+08:00"),
        trial.database.unit_of_work(actor, "notice.seen") as uow,
    ):
        marked = notices.mark_seen(uow, subject_id=subject_id, notice_ids={first.id})
    with (
        trial.at("2024-03-18T10:05+08:00"),
        trial.database.unit_of_work(actor, "notice.seen") as uow,
    ):
        again = notices.mark_seen(uow, subject_id=subject_id, notice_ids={first.id})

    assert (marked, again) == (1, 0)
    with trial.database.reading() as session:
        assert report.find_page(session, person, NoticeFilter()).rows == []
        assert len(report.find_page(session, person, EVERYTHING).rows) == 1

    trial.now = trial.now.replace(hour=11)
    trial.save(subject_id, "IC", {"ICWDTYP": "TRT"}, row=2, reason="from treatment only")
    trial.now = trial.now.replace(hour=12)
    trial.save(subject_id, "IC", {"ICWDTYP": "ALL"}, row=2, reason="from everything after all")

    (raised,) = all_of(trial)
    assert (raised.id, raised.ended_at) == (first.id, None)
    with trial.database.reading() as session:
        page = report.find_page(session, person, NoticeFilter())
    assert [row.is_unseen for row in page.rows] == [True]


def test_what_one_person_has_seen_still_waits_for_another(trial: Trial) -> None:
    subject_id = trial.consented()
    people = [
        create_user(trial.database, role=Role.INVESTIGATOR, site=trial.site, username=name)
        for name in ("one", "two")
    ]
    trial.save(subject_id, "IC", WITHDRAWAL, row=2)
    (notice,) = all_of(trial)
    actor = Actor(username="one", role=Role.INVESTIGATOR, user_id=people[0].id)
    with trial.at(), trial.database.unit_of_work(actor, "notice.seen") as uow:
        notices.mark_seen(uow, subject_id=subject_id, notice_ids={notice.id})

    with trial.database.reading() as session:
        counts = [
            session.scalar(select(report.unseen(viewer(user, Role.INVESTIGATOR, trial.site.id))))
            for user in people
        ]
    assert counts == [0, 1]


def test_nobody_marks_a_notice_that_is_not_for_them(trial: Trial) -> None:
    subject_id, other = trial.consented(), trial.consented()
    trial.save(subject_id, "IC", WITHDRAWAL, row=2)
    (notice,) = all_of(trial)
    officer = Actor(username="officer", role=Role.SAFETY_OFFICER, user_id=1)
    nurse = Actor(username="nurse", role=Role.RESEARCH_NURSE, user_id=1)

    for actor, of_subject in ((officer, subject_id), (nurse, other), (nurse, 4711)):
        with (
            pytest.raises(NotFound),
            trial.database.unit_of_work(actor, "notice.seen") as uow,
        ):
            notices.mark_seen(uow, subject_id=of_subject, notice_ids={notice.id})

    with trial.database.reading() as session:
        assert session.scalar(select(NoticeSeen.id)) is None


def test_a_positive_hiv_test_is_told_to_the_investigator_alone(ward: Ward) -> None:
    world = world_of(ward)
    saved = enter(
        ward, world.subjects["screening"], ("SCR", "VIR", 1),
        {"VIRDAT": clock.today().isoformat(), "HIV": "POS"},
    )  # fmt: skip

    assert "VIR-03" not in {notice.check_id for notice in saved.actions}
    told = {role for role in Role if "VIR-03" in rules_for(ward, role)}
    assert told == {Role.INVESTIGATOR}


def test_a_dose_given_to_a_control_participant_is_told_to_no_masked_role(ward: Ward) -> None:
    world = world_of(ward)
    today = clock.today().isoformat()

    saved = enter(ward, world.subjects["soc"], ("", "EX", 1), {"ECOCCUR": "Y", "EXSTDAT": today})

    assert "EX-01" in {notice.check_id for notice in saved.actions}
    told = {role for role in Role if "EX-01" in rules_for(ward, role)}
    assert told == {Role.RESEARCH_NURSE, Role.INVESTIGATOR}


def test_a_key_item_changed_after_randomisation_is_told_to_the_data_manager(ward: Ward) -> None:
    world = world_of(ward)
    soc, ready = world.subjects["soc"], world.subjects["ready"]

    enter(ward, soc, ("BL", "OM", 1), {"OMWHO": "3"}, reason="misread")
    enter(ward, soc, ("BL", "OM", 1), {"OMPNRST": "4"}, reason="misread")
    enter(ward, soc, ("SCR", "INJ", 1), {"INJCAUSE": ["CHEMO"]}, reason="misread")
    enter(ward, ready, ("BL", "OM", 1), {"OMWHO": "1"}, reason="misread")

    found = {rule for rule in rules_for(ward, Role.DATA_MANAGER) if rule.startswith("CHANGED")}
    assert found == {"CHANGED:OMWHO"}
    assert not any(rule.startswith("CHANGED") for rule in rules_for(ward, Role.INVESTIGATOR))


def test_each_further_change_of_a_key_item_is_told_anew(ward: Ward) -> None:
    world = world_of(ward)
    manager = world.person(Role.DATA_MANAGER)
    soc, place = world.subjects["soc"], ("BL", "OM", 1)
    enter(ward, soc, place, {"OMWHO": "3"}, reason="misread")
    with ward.database.reading() as session:
        page = report.find_page(
            session, viewer(manager, Role.DATA_MANAGER, ward.site.id), NoticeFilter()
        )
        ids = {row.notice.id for row in page.rows if row.subject.id == soc}
    with ward.work(manager, Role.DATA_MANAGER) as uow:
        notices.mark_seen(uow, subject_id=soc, notice_ids=ids)
    assert "CHANGED:OMWHO" not in rules_for(ward, Role.DATA_MANAGER, shown="unseen")

    enter(ward, soc, place, {"OMWHO": "2"}, reason="read once more")

    assert "CHANGED:OMWHO" in rules_for(ward, Role.DATA_MANAGER, shown="unseen")


def test_a_role_at_another_site_reads_no_notice_of_this_one(ward: Ward) -> None:
    world = world_of(ward)
    today = clock.today().isoformat()
    enter(ward, world.subjects["soc"], ("", "EX", 1), {"ECOCCUR": "Y", "EXSTDAT": today})
    stranger = viewer(world.person(Role.INVESTIGATOR), Role.INVESTIGATOR, world.other_site_id)
    everywhere = viewer(world.person(Role.INVESTIGATOR), Role.INVESTIGATOR, None)

    with ward.database.reading() as session:
        seen = [
            {row.subject.site_id for row in report.find_page(session, one, EVERYTHING).rows}
            for one in (stranger, everywhere)
        ]
        sites = set(session.scalars(select(Subject.site_id)))
    assert ward.site.id not in seen[0]
    assert ward.site.id in seen[1] <= sites
