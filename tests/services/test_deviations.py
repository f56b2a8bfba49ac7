"""Proposed deviations: made and withdrawn by checks, accepted or refused by people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues, NotFound, NotPermitted, Refused
from edc.models import AuditEntry, DeviationProposal
from edc.permissions import Role
from edc.randomization.masking import FIRST_RESTRICTED_ROW
from edc.reports import deviations as report
from edc.reports.audit_scope import scope_of
from edc.reports.casebook import casebook_view
from edc.reports.deviations import ProposalFilter
from edc.reports.endpoints import find_table
from edc.services import admission, deviations
from edc.services.casebooks import open_casebook
from edc.services.data_entry import save_crf
from edc.services.entries import mark_in_error
from edc.services.submissions import Submission
from edc.services.unit_of_work import system_actor
from edc.services.viewer import Viewer
from tests.factories import open_database
from tests.services.casebook_support import KEY, Ward, enter
from tests.support.world import World, find_world

MASKED = (Role.MONITOR, Role.DATA_MANAGER, Role.AUDITOR)
TOLD = {
    "DVTERM": "A test was made a day early.", "DVCAUSE": "The bed was free.", "DVCAPA": "Trained.",
}  # fmt: skip


@pytest.fixture
def ward(any_world_url: str) -> Ward:
    """Give the people of a site with participants in both arms, and one whose test was early."""
    database = open_database(any_world_url)
    world = find_world(database)
    with database.reading() as session:
        site = open_casebook(session, world.subjects["soc"]).subject.site
    return Ward(database, site, world.person(Role.RESEARCH_NURSE), world.person(Role.INVESTIGATOR))


def world_of(ward: Ward) -> World:
    return find_world(ward.database)


def proposals(ward: Ward, subject_id: int) -> list[DeviationProposal]:
    with ward.database.reading() as session:
        return list(
            session.scalars(
                select(DeviationProposal)
                .where(DeviationProposal.subject_id == subject_id)
                .order_by(DeviationProposal.id)
            )
        )


def early_test(ward: Ward) -> tuple[int, DeviationProposal]:
    """Return somebody whose blood was taken a day before consent, and the proposal."""
    subject_id = world_of(ward).subjects["withdrawn"]
    (proposal,) = proposals(ward, subject_id)
    return subject_id, proposal


def correct(ward: Ward, subject_id: int, days: int) -> None:
    on = clock.today().fromordinal(clock.today().toordinal() + days)
    enter(ward, subject_id, ("SCR", "VIR", 1), {"VIRDAT": on.isoformat()}, reason="misread")


def dose(ward: Ward, subject_id: int, row: int = 1) -> None:
    today = clock.today().isoformat()
    enter(ward, subject_id, ("", "EX", row), {"ECOCCUR": "Y", "EXSTDAT": today})


def accept(ward: Ward, subject_id: int, proposal_id: int, *, row: int = 1, **changes: Any) -> None:
    """Save a row of DV that accepts a proposal, as the investigator."""
    today = clock.today().isoformat()
    typed = {"DVDAT": today, "DVKNOW": today, "DVCAT": "CONS", "DVSEV": "MAJ"} | TOLD | changes
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        save_crf(
            uow, subject_id=subject_id, visit="", form="DV", row=row,
            submission=Submission(
                typed={(code, 1): value for code, value in typed.items()}, proposal=proposal_id
            ),
            key=KEY,
        )  # fmt: skip


def refuse(ward: Ward, subject_id: int, proposal_id: int, reason: str = "routine care") -> None:
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        deviations.refuse(uow, subject_id=subject_id, proposal_id=proposal_id, reason=reason)


def test_a_firing_check_proposes_a_deviation_with_its_kind_weight_and_day(ward: Ward) -> None:
    _, proposal = early_test(ward)
    assert (proposal.check_id, proposal.dvcat, proposal.dvsev) == ("IC-02", "CONS", "MAJ")
    assert (proposal.state, proposal.happened_on) == ("proposed", clock.today())


def test_corrected_data_withdraw_a_proposal_and_wrong_ones_make_it_anew(ward: Ward) -> None:
    subject_id, first = early_test(ward)

    correct(ward, subject_id, 0)
    (withdrawn,) = proposals(ward, subject_id)
    correct(ward, subject_id, -2)
    (again,) = proposals(ward, subject_id)

    assert (withdrawn.state, again.state) == ("withdrawn", "proposed")
    assert again.id == first.id


def test_a_refused_proposal_is_made_anew_only_after_its_check_fell_silent(ward: Ward) -> None:
    subject_id, proposal = early_test(ward)
    refuse(ward, subject_id, proposal.id)

    correct(ward, subject_id, -3)
    (still,) = proposals(ward, subject_id)
    correct(ward, subject_id, 0)
    correct(ward, subject_id, -1)
    (anew,) = proposals(ward, subject_id)

    assert (still.state, still.reason, still.decided_by) == (
        "refused", "routine care", ward.investigator.username,
    )  # fmt: skip
    assert (anew.state, anew.reason) == ("proposed", None)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_a_proposal_is_refused_with_a_reason_only(ward: Ward, reason: str) -> None:
    subject_id, proposal = early_test(ward)
    with pytest.raises(InvalidValues):
        refuse(ward, subject_id, proposal.id, reason)
    assert early_test(ward)[1].state == "proposed"


def test_only_an_investigator_refuses_a_proposal(ward: Ward) -> None:
    subject_id, proposal = early_test(ward)
    for role in Role:
        if role is Role.INVESTIGATOR:
            continue
        with pytest.raises(NotPermitted), ward.work(ward.nurse, role) as uow:
            deviations.refuse(
                uow, subject_id=subject_id, proposal_id=proposal.id, reason="routine care"
            )
    assert early_test(ward)[1].state == "proposed"


def late_dose(ward: Ward) -> tuple[int, DeviationProposal]:
    """Return somebody of the control arm who was given a dose, and what that proposes."""
    subject_id = world_of(ward).subjects["soc"]
    dose(ward, subject_id)
    found = next(one for one in proposals(ward, subject_id) if one.check_id == "EX-01")
    return subject_id, found


def test_accepting_a_proposal_is_one_act_with_the_row_that_tells_of_it(ward: Ward) -> None:
    subject_id, proposal = late_dose(ward)
    row = FIRST_RESTRICTED_ROW["DV"]

    accept(ward, subject_id, proposal.id, row=row, DVCAT="TRT", DVSEV="CRIT")

    (accepted,) = (one for one in proposals(ward, subject_id) if one.id == proposal.id)
    assert (accepted.state, accepted.dv_row) == ("accepted", row)
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
    assert book.records["", "DV", row].cells["DVSRC", 1].value == "EX-01"
    with pytest.raises(Refused):
        accept(ward, subject_id, proposal.id, row=row + 1, DVCAT="TRT", DVSEV="CRIT")
    with pytest.raises(Refused):
        refuse(ward, subject_id, proposal.id)
    with ward.database.reading() as session:
        assert ("", "DV", row + 1) not in open_casebook(session, subject_id).versions


def test_a_deviation_entered_in_error_leaves_its_proposal_to_be_decided_again(ward: Ward) -> None:
    subject_id, proposal = late_dose(ward)
    row = FIRST_RESTRICTED_ROW["DV"]
    accept(ward, subject_id, proposal.id, row=row, DVCAT="TRT", DVSEV="CRIT")
    with ward.work(ward.investigator, Role.INVESTIGATOR, reason="wrong participant") as uow:
        mark_in_error(
            uow, subject_id=subject_id, place=("", "DV", row), version=1,
            reason="wrong participant", key=KEY,
        )  # fmt: skip

    (again,) = (one for one in proposals(ward, subject_id) if one.id == proposal.id)
    assert (again.state, again.dv_row, again.decided_by) == ("proposed", None, None)
    accept(ward, subject_id, proposal.id, row=row + 1, DVCAT="TRT", DVSEV="CRIT")


def test_a_row_that_cannot_be_saved_accepts_nothing(ward: Ward) -> None:
    subject_id, proposal = late_dose(ward)
    with pytest.raises(InvalidValues):
        accept(ward, subject_id, proposal.id, row=FIRST_RESTRICTED_ROW["DV"], DVDAT="2019-01-01")
    assert (
        next(one for one in proposals(ward, subject_id) if one.id == proposal.id).state
        == "proposed"
    )


def test_a_deviation_that_tells_the_arm_stands_among_the_rows_that_do(ward: Ward) -> None:
    subject_id, proposal = late_dose(ward)
    assert deviations.tells(proposal)
    with pytest.raises(NotFound):
        accept(ward, subject_id, proposal.id, row=1)


def test_a_deviation_in_handling_the_product_is_taken_only_where_masked_roles_do_not_look(
    ward: Ward,
) -> None:
    subject_id = world_of(ward).subjects["soc"]
    values = {"DVDAT": clock.today().isoformat(), "DVCAT": "PROD"}
    with pytest.raises(InvalidValues) as refused:
        enter(ward, subject_id, ("", "DV", 1), values)
    assert {rule for rule, _text in refused.value.problems["DVCAT"]} == {"MASKED"}
    enter(ward, subject_id, ("", "DV", FIRST_RESTRICTED_ROW["DV"]), values)


def test_whom_a_product_deviation_excludes_the_pooled_endpoints_do_not_tell(ward: Ward) -> None:
    subject_id = world_of(ward).subjects["soc"]
    values = {"DVDAT": clock.today().isoformat(), "DVCAT": "TRT"}
    rows = {1: "per protocol", FIRST_RESTRICTED_ROW["DV"]: "as before"}
    found = {}
    for row in sorted(rows, reverse=True):
        enter(ward, subject_id, ("", "DV", row), values)
        with ward.database.unit_of_work(system_actor(), "crf.save") as uow:
            save_crf(
                uow, subject_id=subject_id, visit="", form="DV", row=row, key=KEY,
                submission=Submission(typed={("DVPP", 1): "Y"}, version=1),
            )  # fmt: skip
            number = open_casebook(uow.session, subject_id).subject.number
        with ward.database.reading() as session:
            lines = find_table(session, None).rows
        found[row] = next(line.sets.pp for line in lines if line.number == number)
    assert found == {FIRST_RESTRICTED_ROW["DV"]: True, 1: False}


def test_a_person_who_enters_a_deviation_is_its_source(ward: Ward) -> None:
    subject_id = world_of(ward).subjects["soc"]
    today = clock.today().isoformat()
    enter(ward, subject_id, ("", "DV", 1), {"DVDAT": today, "DVCAT": "PROC"})
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
    assert book.records["", "DV", 1].cells["DVSRC", 1].value == ward.nurse.username


def test_the_rows_that_tell_the_arm_leave_no_gap_in_the_numbers_of_the_others(ward: Ward) -> None:
    subject_id, proposal = late_dose(ward)
    first = FIRST_RESTRICTED_ROW["DV"]
    today = clock.today().isoformat()
    accept(ward, subject_id, proposal.id, row=first, DVCAT="TRT", DVSEV="CRIT")
    for row in (1, first + 1, 2):
        enter(ward, subject_id, ("", "DV", row), {"DVDAT": today, "DVCAT": "PROC"})

    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
    assert (opened.next_row("DV"), opened.next_row("DV", like=first)) == (3, first + 2)
    for row in (4, first + 3, first - 1):
        with pytest.raises(NotFound):
            admission.check_place(opened, ("", "DV", row))


@pytest.mark.parametrize("role", MASKED)
def test_for_a_masked_role_neither_proposal_nor_row_nor_trail_of_it_exists(
    ward: Ward, role: Role
) -> None:
    subject_id, proposal = late_dose(ward)
    first = FIRST_RESTRICTED_ROW["DV"]
    accept(ward, subject_id, proposal.id, row=first, DVCAT="TRT", DVSEV="CRIT")
    user = world_of(ward).person(role)
    person = Viewer(
        user_id=user.id, username=user.username, full_name="", roles={ward.site.id: role}
    )

    with ward.database.reading() as session:
        listed = report.find_page(session, person, ProposalFilter(state="")).rows
        opened = open_casebook(session, subject_id)
        view = casebook_view(opened, role=role, today=clock.today())
        entries = session.scalars(
            select(AuditEntry).where(
                AuditEntry.subject_id == subject_id, scope_of(person).condition()
            )
        ).all()
    assert {row.proposal.check_id for row in listed} == {"IC-02"}
    assert view.logs["DV"] == []
    assert not [one for one in entries if one.form in ("EX", "DV") or "EX-0" in one.new]
    assert not [query for query in opened.open_queries_for(role) if query.form in ("EX", "DV")]
    with pytest.raises(NotFound):
        admission.find_crf("DV", role=role, row=first)
    with pytest.raises(NotFound), ward.database.reading() as session:
        deviations.find_proposal(session, subject_id=subject_id, proposal_id=proposal.id, role=role)


@pytest.mark.parametrize("role", MASKED)
def test_the_trail_tells_no_masked_role_of_a_query_that_rests_on_the_arm(
    ward: Ward, role: Role
) -> None:
    """The check of the last dose fires in one arm only, at an item that both arms have (EOT-01)."""
    world = world_of(ward)
    tomorrow = clock.now() + timedelta(days=1)
    with clock.replaced(lambda: tomorrow):
        day_before = {"ECOCCUR": "Y", "EXSTDAT": (clock.today() - timedelta(days=1)).isoformat()}
        enter(ward, world.subjects["msc"], ("", "EX", 1), day_before)
        for arm in ("soc", "msc"):
            ended = {"EOTDAT": clock.today().isoformat(), "EOTREAS": "COMP"}
            enter(ward, world.subjects[arm], ("", "EOT", 1), ended)
    user = world.person(role)
    person = Viewer(
        user_id=user.id, username=user.username, full_name="", roles={ward.site.id: role}
    )
    with ward.database.reading() as session:
        told = [
            session.scalars(
                select(AuditEntry.table).where(
                    AuditEntry.subject_id == world.subjects[arm],
                    AuditEntry.form == "EOT",
                    scope_of(person).condition(),
                )
            ).all()
            for arm in ("soc", "msc")
        ]
        known = session.scalars(
            select(AuditEntry.rule).where(
                AuditEntry.subject_id == world.subjects["msc"], AuditEntry.form == "EOT"
            )
        ).all()
    assert "EOT-01" in known
    assert told[0] == told[1]


def test_the_treating_team_sees_all_of_it(ward: Ward) -> None:
    subject_id, _ = late_dose(ward)
    person = Viewer(
        user_id=ward.nurse.id, username=ward.nurse.username, full_name="",
        roles={ward.site.id: Role.RESEARCH_NURSE},
    )  # fmt: skip
    with ward.database.reading() as session:
        listed = report.find_page(session, person, ProposalFilter()).rows
        count = report.count_proposed(session, person, subject_id)
    of_subject = {row.proposal.check_id for row in listed if row.subject.id == subject_id}
    assert "EX-01" in of_subject
    assert count == len(of_subject)


def test_what_was_said_on_rand_to_have_gone_wrong_proposes_a_deviation(ward: Ward) -> None:
    subject_id = world_of(ward).subjects["soc"]
    enter(
        ward, subject_id, ("BL", "RAND", 1), {"RDERR": "Y", "RDERRTX": "true site: skin"},
        role=Role.INVESTIGATOR,
    )  # fmt: skip
    found = {(one.check_id, one.dvcat) for one in proposals(ward, subject_id)}
    assert ("SOFT:RDERR", "RAND") in found
