"""The whole act of randomising: readiness, the slot, the RAND CRF and the schedule."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from edc import clock
from edc.errors import EntryClosed, NotPermitted, NotReady, RandomisationClosed, Refused
from edc.models import AllocationListRow, CrfEntry, DataPoint, OutgoingMail, Slot, Subject, User
from edc.permissions import Role
from edc.services.casebooks import open_casebook
from edc.services.randomize import Allocation, find_allocation, randomise_subject
from edc.services.readiness import RAND_PLACE, readiness
from edc.services.unit_of_work import Database, system_actor
from tests.factories import create_user, open_database
from tests.services.casebook_support import (
    ELIGIBILITY,
    KEY,
    Ward,
    confirm,
    enter,
    load_test_list,
    open_ward,
    ready_subject,
    screen,
    screening_values,
    sign,
)

STRATUM = "ORAL/AUTO"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def ward(database: Database) -> Ward:
    return open_ward(database)


def randomise(
    ward: Ward, subject_id: int, *, confirmed: str = STRATUM, role: Role = Role.RESEARCH_NURSE
) -> Allocation:
    with ward.work(ward.nurse, role) as uow:
        return randomise_subject(
            uow, subject_id=subject_id, confirmed=confirmed, key=KEY, purpose="test"
        )


def count_taken(ward: Ward) -> int:
    with ward.database.reading() as session:
        return session.scalar(select(func.count(Slot.subject_id))) or 0


def test_a_ready_participant_gets_a_slot_the_rand_crf_and_the_visits(ward: Ward) -> None:
    subject_id = ready_subject(ward)
    given = randomise(ward, subject_id)
    assert (given.number, given.stratum, given.is_repeat) == ("R001", STRATUM, False)
    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
        values = {key[0]: cell.value for key, cell in opened.book.records[RAND_PLACE].cells.items()}
    assert values == {
        "RDELIG": "Y",
        "RDSTR1": "ORAL",
        "RDSTR2": "AUTO",
        "RDCONF": "Y",
        "RDNUM": "R001",
        "RDDTM": clock.local(given.at).isoformat(timespec="seconds"),
        "RDBY": ward.nurse.username,
        "RDSTAT": "ALLOC",
    }
    assert opened.subject.state == "ON_TREATMENT"
    assert {"DA01", "V7", "V28", "M12"} <= set(opened.book.visits)
    assert opened.book.visits["BL"].target == clock.local(given.at).date().isoformat()
    assert opened.book.records[RAND_PLACE].is_complete


def test_the_arm_is_no_data_point(ward: Ward) -> None:
    randomise(ward, ready_subject(ward))
    with ward.database.reading() as session:
        assert session.scalar(select(DataPoint.item).where(DataPoint.item == "RDARM")) is None
        values = set(session.scalars(select(DataPoint.value)))
    assert values.isdisjoint({"SOC", "MSC"})


def test_a_second_request_returns_the_first_result_and_writes_nothing(ward: Ward) -> None:
    subject_id = ready_subject(ward)
    first = randomise(ward, subject_id)
    again = randomise(ward, subject_id, confirmed="anything")
    assert again.is_repeat
    assert (again.number, again.at) == (first.number, first.at)
    assert count_taken(ward) == 1


def test_two_requests_at_once_give_one_slot_and_one_rand_crf(ward: Ward) -> None:
    subject_id = ready_subject(ward)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(randomise, ward, subject_id) for _ in range(2)]
        given = [one.result() for one in both]
    assert {one.number for one in given} == {"R001"}
    assert sorted(one.is_repeat for one in given) == [False, True]
    with ward.database.reading() as session:
        forms = session.scalars(select(CrfEntry.form).where(CrfEntry.form == "RAND")).all()
    assert forms == ["RAND"]
    assert count_taken(ward) == 1


def test_everything_missing_is_named_in_both_languages(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = screen(ward)
    with pytest.raises(NotReady) as refused:
        randomise(ward, subject_id)
    assert refused.value.rule == "RAND-01"
    english = " ".join(label.en for label in refused.value.missing)
    chinese = " ".join(label.zh for label in refused.value.missing)
    for word in ("consent", "Demographics", "Transplant", "injury", "Eligibility", "Vital"):
        assert word.lower() in english.lower()
    for word in ("知情同意", "入选", "生命体征"):
        assert word in chinese
    assert count_taken(ward) == 0
    with ward.database.reading() as session:
        assert find_allocation(session, subject_id) is None
        assert open_casebook(session, subject_id).versions.get(RAND_PLACE) is None
    ward.database.engine.dispose()


@pytest.mark.parametrize("left_out", ["IC", "DM", "HSCT", "INJ", "VS", "OM", "IE"])
def test_each_crf_that_randomisation_needs_is_asked_for(sqlite_url: str, left_out: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = screen(ward)
    for place, values in screening_values(ward).items():
        if place[1] == left_out == "IC":
            continue
        if left_out == "IC":
            break  # nothing can be entered before consent
        if place[1] != left_out:
            enter(ward, subject_id, place, values)
    with ward.database.reading() as session:
        missing = readiness(open_casebook(session, subject_id).book).missing
    assert left_out in {owed.form for owed in missing}
    with pytest.raises(NotReady):
        randomise(ward, subject_id)
    ward.database.engine.dispose()


def test_a_confirmation_without_signature_is_not_enough(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = screen(ward)
    for place, values in screening_values(ward).items():
        enter(ward, subject_id, place, values)
    confirm(ward, subject_id)
    with ward.database.reading() as session:
        (owed,) = readiness(open_casebook(session, subject_id).book).missing
    assert (owed.form, owed.is_signature) == ("IE", True)
    with pytest.raises(NotReady):
        randomise(ward, subject_id)
    sign(ward, subject_id)
    assert randomise(ward, subject_id).number == "R001"
    ward.database.engine.dispose()


def test_a_signature_made_void_closes_the_door_again(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = ready_subject(ward)
    enter(ward, subject_id, ELIGIBILITY, {"EXC02": "Y", "EXC02TX": "fever", "IECONF": ""},
          role=Role.INVESTIGATOR, reason="Source record corrected")  # fmt: skip
    with pytest.raises(NotReady):
        randomise(ward, subject_id)
    ward.database.engine.dispose()


def test_a_stratum_changed_since_it_was_confirmed_is_refused(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = ready_subject(ward)
    with pytest.raises(Refused) as refused:
        randomise(ward, subject_id, confirmed="ORAL/ALLO")
    assert refused.value.rule == "STRATUM"
    assert STRATUM in refused.value.message.en
    assert count_taken(ward) == 0
    ward.database.engine.dispose()


def test_who_has_withdrawn_is_not_randomised(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = ready_subject(ward)
    today = clock.today().isoformat()
    enter(ward, subject_id, ("", "IC", 2),
          {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": today, "ICWDSIG": "Y"})  # fmt: skip
    with pytest.raises(EntryClosed):
        randomise(ward, subject_id)
    assert count_taken(ward) == 0
    ward.database.engine.dispose()


@pytest.mark.parametrize("role", [Role.OUTCOME_ASSESSOR, Role.MONITOR, Role.STATISTICIAN])
def test_only_treating_roles_randomise(sqlite_url: str, role: Role) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = ready_subject(ward)
    with pytest.raises(NotPermitted):
        randomise(ward, subject_id, role=role)
    assert count_taken(ward) == 0
    ward.database.engine.dispose()


def test_without_a_list_the_participant_stays_as_they_were(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url), with_list=False)
    subject_id = ready_subject(ward)
    with pytest.raises(RandomisationClosed):
        randomise(ward, subject_id)
    with ward.database.reading() as session:
        subject = session.get_one(Subject, subject_id)
        assert (subject.state, subject.next_visit) == ("ELIGIBLE", subject.next_visit)
        assert open_casebook(session, subject_id).versions.get(RAND_PLACE) is None
    load_test_list(ward.database)
    assert randomise(ward, subject_id).number == "R001"
    ward.database.engine.dispose()


def test_a_stratum_corrected_later_leaves_the_allocation_as_it_was(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url))
    subject_id = ready_subject(ward)
    randomise(ward, subject_id)
    enter(
        ward, subject_id, ("SCR", "HSCT", 1), {"HCTTYP": "SYN", "DONTYP": "TWIN"},
        reason="Source record corrected",
    )  # fmt: skip
    with ward.database.reading() as session:
        found = find_allocation(session, subject_id)
        cells = open_casebook(session, subject_id).book.records[RAND_PLACE].cells
    assert found is not None
    assert found.stratum == STRATUM
    assert cells["RDSTR2", 1].value == "AUTO"
    assert cells["RDELIG", 1].value == "Y"
    ward.database.engine.dispose()


def test_an_allocation_is_mailed_to_those_at_the_site_who_act_on_it(ward: Ward) -> None:
    people = [
        create_user(ward.database, role=role, site=ward.site, username=str(role)) for role in Role
    ]
    with ward.database.unit_of_work(system_actor(), "account.email") as uow:
        for person in people:
            uow.session.get_one(User, person.id).email = f"{person.id}@hospital.example"
    randomise(ward, ready_subject(ward))
    with ward.database.reading() as session:
        mails = session.scalars(select(OutgoingMail)).all()
    assert {mail.username for mail in mails} == {
        "research_nurse", "investigator", "pharmacist", "data_manager",
    }  # fmt: skip
    assert {mail.kind for mail in mails} == {"randomised"}
    assert not [mail for mail in mails if "SOC" in mail.facts or "MSC" in mail.facts]


def test_the_last_participant_closes_recruitment_and_everybody_is_told(ward: Ward) -> None:
    with ward.database.unit_of_work(system_actor(), "recruitment.reopen") as uow:
        uow.session.scalars(select(AllocationListRow)).one().closes_after = 1
        uow.session.get_one(User, ward.nurse.id).email = "nurse@hospital.example"
    assert randomise(ward, ready_subject(ward)).is_last
    with ward.database.reading() as session:
        kinds = session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)).all()
    assert kinds == ["randomised", "recruitment_closed"]
