"""Envelopes opened while the system was down: entered by one person, confirmed by another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import EdcError, NotFound, NotPermitted, RandomisationClosed, Refused
from edc.models import (
    AuditEntry,
    DataPoint,
    Envelope,
    GateAct,
    OutgoingMail,
    Slot,
    StratumRow,
    Subject,
    User,
)
from edc.permissions import Role
from edc.protocol import DESIGN, MINIMISATION, STUDY
from edc.randomization.lists import generate
from edc.reports.envelopes import Incident, list_incidents
from edc.services import envelopes
from edc.services.allocation_lists import find_arm
from edc.services.casebooks import open_casebook
from edc.services.envelopes import Conflict, Outcome, Paper
from edc.services.minimise import begin_minimisation
from edc.services.randomize import find_allocation, randomise_subject
from edc.services.readiness import RAND_PLACE
from edc.services.recruitment import move
from edc.services.unit_of_work import system_actor
from edc.services.verification import verify_allocations
from tests.factories import create_user, open_database
from tests.randomization.support import SEED
from tests.services.casebook_support import KEY, Ward, open_ward, ready_subject, screen

STRATUM = "ORAL/AUTO"
ARMS = {
    slot.sequence: slot.arm
    for slot in generate(DESIGN, seed=SEED, purpose="test").slots
    if slot.stratum == STRATUM
}
NURSE, DOCTOR, PHARMACIST = Role.RESEARCH_NURSE, Role.INVESTIGATOR, Role.PHARMACIST


def other(arm: str) -> str:
    return next(one.code for one in DESIGN.arms if one.code != arm)


@pytest.fixture
def any_ward(database_url: str) -> Ward:
    """Give a site on each kind of database in turn."""
    return open_ward(open_database(database_url))


@pytest.fixture
def ward(sqlite_url: str) -> Ward:
    """Give a site on the one of which the kind makes no difference."""
    return open_ward(open_database(sqlite_url))


def paper(sequence: int = 1, *, arm: str = "", stratum: str = STRATUM) -> Paper:
    """Return the sheet of an envelope opened just now; its arm is that of the list unless given."""
    return Paper(
        stratum=stratum,
        sequence=sequence,
        arm=arm or ARMS[sequence],
        unsealed_at=clock.now(),
        unsealed_by="pharmacist",
        reason="server down from 14:00",
    )


def enter(
    ward: Ward,
    subject_id: int,
    sheet: Paper,
    *,
    user: User | None = None,
    role: Role = NURSE,
    checked: bool = True,
) -> int:
    with ward.work(user or ward.nurse, role) as uow:
        return envelopes.enter(
            uow,
            subject_id=subject_id,
            paper=sheet,
            key=KEY,
            purpose="test",
            password_checked=checked,
        ).id


def confirm(
    ward: Ward,
    subject_id: int,
    envelope_id: int,
    *,
    user: User | None = None,
    role: Role = DOCTOR,
    checked: bool = True,
) -> Outcome:
    with ward.work(user or ward.investigator, role) as uow:
        return envelopes.confirm(
            uow,
            subject_id=subject_id,
            envelope_id=envelope_id,
            key=KEY,
            purpose="test",
            password_checked=checked,
        )


def by_envelope(ward: Ward, subject_id: int, sheet: Paper) -> Outcome:
    return confirm(ward, subject_id, enter(ward, subject_id, sheet))


def randomise(ward: Ward, subject_id: int) -> str:
    with ward.work(ward.nurse, NURSE) as uow:
        return randomise_subject(
            uow, subject_id=subject_id, confirmed=STRATUM, key=KEY, purpose="test"
        ).number


def slots(ward: Ward) -> dict[int, str]:
    """Return what became of the stratum's slots that are not free, by sequence."""
    with ward.database.reading() as session:
        rows = session.execute(
            select(Slot.sequence, Slot.randomisation_number, Slot.passed_over_at)
            .join(StratumRow, StratumRow.id == Slot.stratum_id)
            .where(StratumRow.stratum == STRATUM)
            .order_by(Slot.sequence)
        ).all()
    return {
        sequence: number or "passed over"
        for sequence, number, passed in rows
        if number is not None or passed is not None
    }


def mails(ward: Ward) -> list[str]:
    with ward.database.reading() as session:
        return list(session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))


def problems(ward: Ward) -> list[str]:
    """Return what the verification of all allocations finds wrong."""
    with ward.database.reading() as session:
        checks = verify_allocations(session, design=DESIGN, purpose="test", key=KEY)
    return [en for check in checks for en, _zh in check.problems]


def incidents(ward: Ward) -> list[Incident]:
    with ward.database.reading() as session:
        return list_incidents(session)


def give_address(ward: Ward) -> None:
    with ward.database.unit_of_work(system_actor(), "account.email") as uow:
        uow.session.get_one(User, ward.nurse.id).email = "nurse@hospital.example"


def test_an_envelope_gives_its_slot_with_the_true_time_the_visits_and_rand(
    any_ward: Ward,
) -> None:
    ward = any_ward
    give_address(ward)
    subject_id = ready_subject(ward)
    randomise(ward, ready_subject(ward))
    day = clock.now()
    sheet = replace(paper(2), unsealed_at=day)
    with clock.replaced(lambda: day + timedelta(days=2)):
        envelope_id = enter(ward, subject_id, sheet)
        assert slots(ward) == {1: "R001"}
        outcome = confirm(ward, subject_id, envelope_id)
    given = outcome.allocation
    assert given is not None
    assert (given.number, given.sequence, outcome.is_as_listed) == ("R002", 2, True)
    assert (given.at, given.by, given.entered_at) == (day, "pharmacist", day + timedelta(days=2))
    with ward.database.reading() as session:
        assert find_allocation(session, subject_id) == replace(given, is_repeat=True)
        assert find_arm(session, subject_id, key=KEY) == ARMS[2]
        book = open_casebook(session, subject_id).book
        values = {key[0]: cell.value for key, cell in book.records[RAND_PLACE].cells.items()}
    assert values == {
        "RDELIG": "Y",
        "RDSTR1": "ORAL",
        "RDSTR2": "AUTO",
        "RDCONF": "Y",
        "RDNUM": "R002",
        "RDDTM": clock.local(day).isoformat(timespec="seconds"),
        "RDBY": "pharmacist",
        "RDSTAT": "ALLOC",
        "RDMANUAL": "Y",
    }
    assert book.visits["V7"].target == (clock.local(day).date() + timedelta(days=7)).isoformat()
    assert mails(ward) == ["randomised", "envelope_waits", "randomised"]
    with clock.replaced(lambda: day + timedelta(days=3)):
        assert problems(ward) == []


def test_a_sheet_that_names_the_other_arm_is_an_incident_and_nothing_is_swapped(
    ward: Ward,
) -> None:
    give_address(ward)
    subject_id = screen(ward)
    outcome = by_envelope(ward, subject_id, paper(1, arm=other(ARMS[1])))
    assert outcome.allocation is not None
    assert not outcome.is_as_listed
    with ward.database.reading() as session:
        assert find_arm(session, subject_id, key=KEY) == ARMS[1]
        (kept,) = envelopes.list_envelopes(session, subject_id)
        assert (kept.state, kept.is_as_listed) == ("confirmed", False)
    assert mails(ward)[-1] == "envelope_incident"
    assert randomise(ward, ready_subject(ward)) == "R002"
    assert slots(ward) == {1: "R001", 2: "R002"}


def test_an_envelope_out_of_order_keeps_its_own_slot_and_those_before_are_never_given(
    any_ward: Ward,
) -> None:
    ward = any_ward
    give_address(ward)
    outcome = by_envelope(ward, screen(ward), paper(3))
    assert outcome.allocation is not None
    assert slots(ward) == {1: "passed over", 2: "passed over", 3: "R001"}
    assert mails(ward)[-1] == "envelope_incident"
    randomise(ward, ready_subject(ward))
    assert slots(ward)[4] == "R002"
    late = by_envelope(ward, screen(ward), paper(2))
    assert (late.allocation, late.conflict) == (None, Conflict.PASSED)
    assert slots(ward)[2] == "passed over"
    assert problems(ward) == []


def test_an_envelope_whose_slot_the_system_gave_meanwhile_is_kept_as_an_incident(
    ward: Ward,
) -> None:
    give_address(ward)
    first, second = ready_subject(ward), screen(ward)
    randomise(ward, first)
    outcome = by_envelope(ward, second, paper(1))
    assert (outcome.allocation, outcome.conflict) == (None, Conflict.USED)
    assert slots(ward) == {1: "R001"}
    with ward.database.reading() as session:
        assert find_allocation(session, second) is None
        (kept,) = envelopes.list_envelopes(session, second)
        assert (kept.state, kept.conflict) == ("conflict", Conflict.USED)
        told = session.scalars(select(AuditEntry.new).where(AuditEntry.kind == "event")).all()
    assert any(Conflict.USED in (new or "") for new in told)
    assert mails(ward)[-1] == "envelope_incident"


def test_an_envelope_for_somebody_randomised_before_burns_its_slot_and_changes_nothing_else(
    ward: Ward,
) -> None:
    subject_id = ready_subject(ward)
    randomise(ward, subject_id)
    outcome = by_envelope(ward, subject_id, paper(3))
    assert outcome.conflict == Conflict.RANDOMISED
    assert slots(ward) == {1: "R001", 2: "passed over", 3: "passed over"}
    assert problems(ward) == []
    randomise(ward, ready_subject(ward))
    assert slots(ward)[4] == "R002"
    assert problems(ward) == []


def test_while_an_envelope_waits_nobody_is_randomised_in_its_stratum(ward: Ward) -> None:
    first, second = screen(ward), ready_subject(ward)
    envelope_id = enter(ward, first, paper(1))
    with pytest.raises(RandomisationClosed) as refused:
        randomise(ward, second)
    assert refused.value.rule == "ENVELOPE"
    confirm(ward, first, envelope_id)
    assert randomise(ward, second) == "R002"


def test_an_envelope_of_another_stratum_than_the_casebooks_is_kept_as_it_was(ward: Ward) -> None:
    give_address(ward)
    subject_id = ready_subject(ward)
    sheet = paper(1, stratum="BLAD/AUTO", arm="SOC")
    outcome = by_envelope(ward, subject_id, sheet)
    assert outcome.allocation is not None
    assert outcome.allocation.stratum == "BLAD/AUTO"
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
        assert book.value("RAND", "RDSTR1", "BL") == "BLAD"
        assert mails(ward)[-1] == "envelope_incident"
        assert book.value("RAND", "RDELIG", "BL") == "N"


def test_an_envelope_opened_before_everything_was_complete_is_entered_as_not_ready(
    ward: Ward,
) -> None:
    subject_id = screen(ward)
    outcome = by_envelope(ward, subject_id, paper(1))
    assert outcome.allocation is not None
    with ward.database.reading() as session:
        assert open_casebook(session, subject_id).book.value("RAND", "RDELIG", "BL") == "N"


def test_two_different_people_are_needed_one_of_them_an_investigator(ward: Ward) -> None:
    subject_id = screen(ward)
    with pytest.raises(NotPermitted):
        enter(ward, subject_id, paper(1), checked=False)
    envelope_id = enter(ward, subject_id, paper(1))
    pharmacist = create_user(ward.database, role=PHARMACIST, site=ward.site)
    for user, role, checked in (
        (ward.nurse, NURSE, True),
        (ward.nurse, DOCTOR, True),
        (pharmacist, PHARMACIST, True),
        (pharmacist, Role.MONITOR, True),
        (ward.investigator, DOCTOR, False),
    ):
        with pytest.raises(NotPermitted):
            confirm(ward, subject_id, envelope_id, user=user, role=role, checked=checked)
    assert slots(ward) == {}
    by_doctor = enter(ward, screen(ward), paper(1), user=ward.investigator, role=DOCTOR)
    with ward.database.reading() as session:
        subject = session.get_one(Envelope, by_doctor).subject_id
    assert confirm(ward, subject, by_doctor, user=pharmacist, role=PHARMACIST).allocation


@pytest.mark.parametrize("role", sorted(set(Role) - {NURSE, DOCTOR, PHARMACIST}))
def test_nobody_else_enters_an_envelope(sqlite_url: str, role: Role) -> None:
    ward = open_ward(open_database(sqlite_url))
    with pytest.raises(NotPermitted):
        enter(ward, screen(ward), paper(1), role=role)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sequence": 0}, "SEQUENCE"),
        ({"sequence": 121}, "SEQUENCE"),
        ({"arm": "PLACEBO"}, "ARM"),
        ({"arm": ""}, "ARM"),
        ({"stratum": "EYE/AUTO"}, "STRATUM"),
        ({"unsealed_at": datetime.fromisoformat("2020-01-01T10:00+08:00")}, "TIME"),
        ({"unsealed_at": datetime.fromisoformat("2200-01-01T10:00+08:00")}, "TIME"),
        ({"reason": " "}, "REASON"),
        ({"reason": "x" * 501}, "REASON"),
        ({"reason": "13812345678"}, "PRIVACY"),
    ],
)
def test_what_cannot_be_on_an_envelope_is_refused_and_nothing_is_kept(
    sqlite_url: str, changes: dict[str, object], rule: str
) -> None:
    ward = open_ward(open_database(sqlite_url))
    with pytest.raises(Refused) as refused:
        enter(ward, screen(ward), replace(paper(1), **changes))  # type: ignore[arg-type]
    assert refused.value.rule == rule
    with ward.database.reading() as session:
        assert session.scalars(select(Envelope)).all() == []


def test_an_entry_is_sent_back_with_a_reason_and_entered_again(ward: Ward) -> None:
    subject_id = screen(ward)
    envelope_id = enter(ward, subject_id, paper(7))
    with pytest.raises(Refused):
        enter(ward, subject_id, paper(1))
    with pytest.raises(NotPermitted), ward.work(ward.nurse, NURSE) as uow:
        envelopes.refuse(uow, subject_id=subject_id, envelope_id=envelope_id, reason="7 is 1")
    with pytest.raises(Refused), ward.work(ward.investigator, DOCTOR) as uow:
        envelopes.refuse(uow, subject_id=subject_id, envelope_id=envelope_id, reason="")
    with ward.work(ward.investigator, DOCTOR) as uow:
        envelopes.refuse(uow, subject_id=subject_id, envelope_id=envelope_id, reason="7 is 1")
    assert slots(ward) == {}
    with pytest.raises(Refused):
        confirm(ward, subject_id, envelope_id)
    assert by_envelope(ward, subject_id, paper(1)).allocation
    assert slots(ward) == {1: "R001"}


def test_an_envelope_is_confirmed_once_and_only_as_the_participants_own(ward: Ward) -> None:
    subject_id, stranger = screen(ward), screen(ward)
    envelope_id = enter(ward, subject_id, paper(1))
    with pytest.raises(NotFound):
        confirm(ward, stranger, envelope_id)
    assert confirm(ward, subject_id, envelope_id).allocation
    for again in (
        lambda: confirm(ward, subject_id, envelope_id),
        lambda: enter(ward, subject_id, paper(2)),
    ):
        with pytest.raises(EdcError):
            again()
    assert slots(ward) == {1: "R001"}


def test_an_envelope_is_entered_also_after_the_target_and_while_all_is_stopped(
    ward: Ward,
) -> None:
    subject_id = screen(ward)
    with ward.database.unit_of_work(system_actor(), "recruitment.stop") as uow:
        row, _ = envelopes.lock_stratum(uow.session, purpose="test", stratum=STRATUM)
        row.gate, row.closes_after = "stopped", 0
    assert by_envelope(ward, subject_id, paper(1)).allocation


def test_an_envelope_opened_while_all_was_stopped_is_an_incident(ward: Ward) -> None:
    give_address(ward)
    first, second = screen(ward), screen(ward)
    before = paper(1)
    with ward.work(ward.investigator, DOCTOR) as uow:
        move(uow, act=GateAct.STOP, reason="a test list", purpose="test", target=STUDY.target)

    assert by_envelope(ward, first, before).conflict is None
    assert Conflict.SHUT not in {one.conflict for one in incidents(ward)}
    found = by_envelope(ward, second, paper(2))

    assert found.allocation is not None
    assert found.conflict == Conflict.SHUT
    assert [one.conflict for one in incidents(ward)] == [Conflict.SHUT]
    assert mails(ward)[-1] == "envelope_incident"


def test_the_second_person_is_told_how_many_slots_an_envelope_passes_over(ward: Ward) -> None:
    number = enter(ward, screen(ward), paper(12))
    with ward.database.reading() as session:
        assert envelopes.count_passed(session, session.get_one(Envelope, number)) == 11


def test_an_envelope_that_reaches_the_target_tells_of_it_once(ward: Ward) -> None:
    give_address(ward)
    first, second = screen(ward), screen(ward)
    with ward.database.unit_of_work(system_actor(), "recruitment.reopen") as uow:
        row, _ = envelopes.lock_stratum(uow.session, purpose="test", stratum=STRATUM)
        row.closes_after = 1

    by_envelope(ward, first, paper(1))
    assert mails(ward).count("recruitment_closed") == 1
    by_envelope(ward, second, paper(2))
    assert mails(ward).count("recruitment_closed") == 1


def test_of_envelopes_that_wait_the_earlier_is_confirmed_first(any_ward: Ward) -> None:
    ward = any_ward
    first, second = screen(ward), screen(ward)
    earlier, later = enter(ward, first, paper(1)), enter(ward, second, paper(2))

    with pytest.raises(Refused, match="Envelope 1 of this stratum waits"):
        confirm(ward, second, later)
    assert slots(ward) == {}
    assert confirm(ward, first, earlier).allocation
    assert confirm(ward, second, later).allocation
    assert slots(ward) == {1: "R001", 2: "R002"}


def test_a_minimisation_has_no_envelopes(ward: Ward) -> None:
    with ward.database.unit_of_work(system_actor(), "randomisation.load") as uow:
        begin_minimisation(
            uow, seed=SEED, minimisation=MINIMISATION, key=KEY, purpose="production",
            brought_by="statistician", passwords_checked=True,
        )  # fmt: skip
    subject_id = screen(ward)
    with (
        pytest.raises(RandomisationClosed, match="no envelopes"),
        ward.work(ward.nurse, NURSE) as uow,
    ):
        envelopes.enter(
            uow, subject_id=subject_id, paper=paper(1), key=KEY, purpose="production",
            password_checked=True,
        )  # fmt: skip


def test_neither_trail_nor_mail_nor_any_answer_holds_the_arm_of_an_envelope(ward: Ward) -> None:
    give_address(ward)
    subject_id = screen(ward)
    by_envelope(ward, subject_id, replace(paper(1), reason="the sheet said MSC"))
    with ward.database.reading() as session:
        said = [
            *session.scalars(select(AuditEntry.new)),
            *session.scalars(select(AuditEntry.old)),
            *session.scalars(select(OutgoingMail.facts)),
            *session.scalars(select(DataPoint.value).where(DataPoint.item.like("RD%"))),
        ]
        names = session.scalars(select(Subject.screening_number)).all()
    assert len(names) == 1
    assert not [one for one in said if one and ('"MSC"' in one or '"SOC"' in one)]
    assert not [one for one in said if one and "the sheet said" in one]
