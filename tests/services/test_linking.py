"""Registered twice: two persons void the later allocation, and nothing is deleted."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from edc.errors import NotFound, NotPermitted, Refused
from edc.models import AllocationListRow, LinkProposal, Query, Slot, Subject, User
from edc.permissions import Role
from edc.reports.enrolment import find_figures
from edc.services import linking
from edc.services.casebooks import open_casebook
from edc.services.randomize import randomise_subject
from edc.services.unit_of_work import Actor
from tests.factories import create_user, open_database
from tests.services.casebook_support import KEY, Ward, enter, open_ward, ready_subject

WHY = "the ward's list shows one person under both numbers"


@dataclass
class Pair:
    """Two randomised registrations of one person, and who may link them."""

    ward: Ward
    first: int
    second: int
    manager: User
    statistician: User

    def number(self, subject_id: int) -> str:
        with self.ward.database.reading() as session:
            return session.get_one(Subject, subject_id).number

    def actor(self, user: User, role: Role) -> Actor:
        return Actor(username=user.username, role=role, user_id=user.id, full_name=user.full_name)

    def propose(
        self, void: int, counted: int, *, reason: str = WHY, role: Role = Role.DATA_MANAGER
    ) -> int:
        actor = self.actor(self.manager, role)
        with self.ward.database.unit_of_work(actor, "linking.propose", reason=reason) as uow:
            return linking.propose(
                uow, void=self.number(void), counted=self.number(counted), reason=reason,
                sites=None,
            )  # fmt: skip

    def confirm(self, link_id: int, *, by: User | None = None) -> None:
        actor = self.actor(by or self.statistician, Role.STATISTICIAN)
        with self.ward.database.unit_of_work(actor, "linking.confirm", reason=WHY) as uow:
            linking.confirm(uow, proposal_id=link_id, key=KEY, password_checked=True)

    def refuse(self, link_id: int, *, reason: str = "two brothers") -> None:
        actor = self.actor(self.statistician, Role.STATISTICIAN)
        with self.ward.database.unit_of_work(actor, "linking.refuse", reason=reason) as uow:
            linking.refuse(uow, proposal_id=link_id, reason=reason)

    def rand(self, subject_id: int) -> dict[str, str | None]:
        with self.ward.database.reading() as session:
            book = open_casebook(session, subject_id).book
            return {code: book.value("RAND", code, "BL") for code in ("RDVOID", "RDLINK", "RDNUM")}

    def open_checks(self, subject_id: int) -> set[str]:
        with self.ward.database.reading() as session:
            return {query.check_id for query in open_casebook(session, subject_id).open_queries}


def randomised(ward: Ward) -> int:
    found = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(uow, subject_id=found, confirmed="ORAL/AUTO", key=KEY, purpose="test")
    return found


@pytest.fixture
def pair(database_url: str) -> Pair:
    ward = open_ward(open_database(database_url))
    return Pair(
        ward, randomised(ward), randomised(ward),
        create_user(ward.database, role=Role.DATA_MANAGER),
        create_user(ward.database, role=Role.STATISTICIAN),
    )  # fmt: skip


def refusal(act: object) -> str:
    with pytest.raises(Refused) as caught:
        act()  # type: ignore[operator]
    return f"{caught.value.rule} {caught.value.message.en}"


def test_two_persons_void_the_later_allocation_and_name_the_first(pair: Pair) -> None:
    link = pair.propose(pair.second, pair.first)
    assert pair.rand(pair.second)["RDVOID"] is None, "one person alone changes nothing"
    pair.confirm(link)
    assert pair.rand(pair.second) == {
        "RDVOID": "Y", "RDLINK": pair.number(pair.first), "RDNUM": "R002",
    }  # fmt: skip
    assert pair.rand(pair.first) == {"RDVOID": None, "RDLINK": None, "RDNUM": "R001"}


def test_no_slot_is_freed(pair: Pair) -> None:
    pair.confirm(pair.propose(pair.second, pair.first))
    with pair.ward.database.reading() as session:
        taken = session.scalar(select(func.count(Slot.id)).where(Slot.subject_id.is_not(None)))
        row = session.scalars(select(AllocationListRow)).one()
        assert (taken, row.allocated) == (2, 2)
    third = randomised(pair.ward)
    assert pair.rand(third)["RDNUM"] == "R003"


def test_one_person_is_counted_once(pair: Pair) -> None:
    pair.confirm(pair.propose(pair.second, pair.first))
    with pair.ward.database.reading() as session:
        figures = find_figures(session, None)
    assert (figures.screened, figures.randomised) == (1, 1)


def test_a_deviation_is_proposed(pair: Pair) -> None:
    from edc.models import DeviationProposal

    pair.confirm(pair.propose(pair.second, pair.first))
    with pair.ward.database.reading() as session:
        found = session.scalars(select(DeviationProposal)).all()
        assert [(one.subject_id, one.dvcat) for one in found] == [(pair.second, "RAND")]


def test_once_linked_nobody_is_warned_of_the_two_any_more(pair: Pair) -> None:
    def warned(subject_id: int, initials: str) -> bool:
        saved = enter(
            pair.ward, subject_id, ("SCR", "DM", 1), {"SUBJINIT": initials}, reason="mistyped"
        )
        return "DM-04" in {finding.id for finding in saved.warnings}

    assert [warned(pair.first, "LWJU"), warned(pair.second, "LWJU")] == [False, True]
    pair.confirm(pair.propose(pair.second, pair.first))
    assert warned(pair.first, "ABCD") is False
    assert [warned(pair.second, "ABCD"), warned(pair.first, "LWJU")] == [False, False]
    third = ready_subject(pair.ward)
    assert warned(third, "ABCD"), "a third one is somebody else as far as anybody knows"


def test_a_registration_is_not_linked_to_itself(pair: Pair) -> None:
    assert "itself" in refusal(lambda: pair.propose(pair.second, pair.second))


def test_the_allocation_that_came_first_is_never_void(pair: Pair) -> None:
    assert "first allocation counts" in refusal(lambda: pair.propose(pair.first, pair.second))


def test_no_chain_of_links_closes(pair: Pair) -> None:
    third = randomised(pair.ward)
    pair.confirm(pair.propose(pair.second, pair.first))
    pair.confirm(pair.propose(third, pair.first))
    assert "void already" in refusal(lambda: pair.propose(pair.second, pair.first))
    fourth = randomised(pair.ward)
    assert "void already" in refusal(lambda: pair.propose(fourth, third))
    for void in (pair.first, pair.second):
        refusal(lambda void=void: pair.propose(void, third))


def test_of_two_reports_at_once_the_second_waits(pair: Pair) -> None:
    pair.propose(pair.second, pair.first)
    assert "waits for" in refusal(lambda: pair.propose(pair.second, pair.first))


@pytest.mark.parametrize(
    ("reason", "rule"),
    [("", "REASON"), ("   ", "REASON"), ("x" * 501, "REASON"), ("call 13800001234", "PRIVACY")],
)
def test_a_report_needs_a_reason_that_names_nobody(pair: Pair, reason: str, rule: str) -> None:
    assert refusal(lambda: pair.propose(pair.second, pair.first, reason=reason)).startswith(rule)


def test_only_randomised_participants_of_the_site_are_linked(pair: Pair) -> None:
    waiting = ready_subject(pair.ward)
    assert "not the number of a randomised" in refusal(lambda: pair.propose(waiting, pair.first))
    elsewhere = randomised(open_ward(pair.ward.database, with_list=False))
    assert "different sites" in refusal(lambda: pair.propose(elsewhere, pair.first))


@pytest.mark.parametrize("number", ["\x00", "01\x00", "\ud800", "", "9" * 400, "'; --"])
def test_what_is_no_number_is_refused_in_words(pair: Pair, number: str) -> None:
    actor = pair.actor(pair.manager, Role.DATA_MANAGER)
    with (
        pytest.raises(Refused),
        pair.ward.database.unit_of_work(actor, "linking.propose", reason=WHY) as uow,
    ):
        linking.propose(uow, void=number, counted=pair.number(pair.first), reason=WHY, sites=None)


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.DATA_MANAGER])
def test_only_a_data_manager_reports(pair: Pair, role: Role) -> None:
    with pytest.raises(NotPermitted):
        pair.propose(pair.second, pair.first, role=role)


def test_whoever_reported_it_does_not_confirm_it_in_another_role(pair: Pair) -> None:
    link = pair.propose(pair.second, pair.first)
    with pytest.raises(NotPermitted):
        pair.confirm(link, by=pair.manager)
    assert pair.rand(pair.second)["RDVOID"] is None


def test_what_is_decided_stays_decided(pair: Pair) -> None:
    link = pair.propose(pair.second, pair.first)
    pair.refuse(link)
    assert pair.rand(pair.second)["RDVOID"] is None
    assert "decided" in refusal(lambda: pair.confirm(link))
    again = pair.propose(pair.second, pair.first)
    pair.confirm(again)
    assert "decided" in refusal(lambda: pair.refuse(again))
    with pytest.raises(NotFound):
        pair.confirm(987654)


def test_neither_person_alone_types_the_two_items(pair: Pair) -> None:
    from edc.protocol import STUDY
    from edc.services.admission import may_type

    crf = STUDY.crfs["RAND"]
    for code in ("RDVOID", "RDLINK"):
        assert not any(may_type(crf, crf.by_code[code], role) for role in Role)


def test_both_casebooks_stay_and_the_trail_tells_who_and_why(pair: Pair) -> None:
    from edc.models.audit import AuditEntry, AuditTransaction

    link = pair.propose(pair.second, pair.first)
    pair.confirm(link)
    with pair.ward.database.reading() as session:
        found = session.execute(
            select(AuditTransaction.username, AuditTransaction.reason)
            .join(AuditEntry, AuditEntry.transaction_id == AuditTransaction.id)
            .where(AuditEntry.subject_id == pair.second, AuditEntry.item == "RDVOID",
                   AuditEntry.table == "data_point")
        ).all()  # fmt: skip
        assert [tuple(row) for row in found] == [(pair.statistician.username, WHY)]
        proposal = session.get_one(LinkProposal, link)
        assert proposal.proposed_by == pair.manager.username
        assert session.scalar(select(func.count(Query.id))) is not None
        for subject_id in (pair.first, pair.second):
            assert open_casebook(session, subject_id).book.value("DM", "BRTHYR", "SCR") == "1985"
