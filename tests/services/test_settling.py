"""The signature of the whole casebook waits until nothing in it is open (EOS-05)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from edc import clock
from edc.errors import SignatureRefused
from edc.models import DataPoint, Query, QueryState
from edc.permissions import Role
from edc.services import queries, settling
from edc.services.casebooks import open_casebook
from edc.services.queries import Act, Target
from edc.services.signing import Meaning
from edc.services.unit_of_work import Actor
from tests.factories import PASSWORD, database_of, make_app, open_database, signed_in_client
from tests.services.casebook_support import Ward, enter, open_ward, screen, screening_values, sign
from tests.support.client import BrowserClient, parsed

EOS = ("", "EOS", 1)
MONITOR = Actor(username="monitor", role=Role.MONITOR, full_name="Monitor")


@pytest.fixture
def ward(database_url: str) -> Iterator[Ward]:
    opened = open_ward(open_database(database_url), with_list=False)
    yield opened
    opened.database.engine.dispose()


def ended(ward: Ward) -> int:
    """Return a participant who consented and left before anything else was done."""
    subject_id = screen(ward)
    values = screening_values(ward)
    consent = values["", "IC", 1]
    enter(ward, subject_id, ("", "IC", 1), consent)
    day = consent["ICDAT"]
    enter(ward, subject_id, EOS, {"EOSDAT": day, "EOSREAS": "PHYS", "EOSLAST": day})
    return subject_id


def ask(ward: Ward, subject_id: int) -> Query:
    with ward.database.unit_of_work(MONITOR, "query.raise") as uow:
        target = Target(("", "IC", 1), "ICTIM")
        return queries.raise_query(uow, subject_id=subject_id, target=target, text="Checked?")


def answer(ward: Ward, query: Query) -> None:
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        queries.act_on(
            uow, subject_id=query.subject_id, query_id=query.id, act=Act.ANSWER, text="Yes.",
            seen=query.audit_id,
        )  # fmt: skip


def open_queries(ward: Ward, subject_id: int) -> list[Query]:
    with ward.database.reading() as session:
        return open_casebook(session, subject_id).open_queries


def settle(ward: Ward, subject_id: int) -> None:
    for query in open_queries(ward, subject_id):
        answer(ward, query)


def sign_eos(ward: Ward, subject_id: int) -> None:
    sign(ward, subject_id, EOS, Meaning.REVIEWED)


def test_a_casebook_with_an_open_query_is_not_signed_and_one_that_is_answered_is(
    ward: Ward,
) -> None:
    subject_id = ended(ward)
    settle(ward, subject_id)
    query = ask(ward, subject_id)
    with pytest.raises(SignatureRefused) as refusal:
        sign_eos(ward, subject_id)
    assert refusal.value.rule == "EOS-05"
    answer(ward, query)
    sign_eos(ward, subject_id)
    with ward.database.reading() as session:
        assert open_casebook(session, subject_id).book.records[EOS].is_signed


def test_stored_data_that_a_hard_rule_refuses_stand_in_the_way(ward: Ward) -> None:
    subject_id = ended(ward)
    settle(ward, subject_id)
    with ward.database.unit_of_work(MONITOR, "crf.save") as uow:
        from sqlalchemy import select

        point = uow.session.scalars(select(DataPoint).where(DataPoint.item == "EOSLAST")).one()
        point.value = "2999-01-01"
    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
        left = settling.unsettled(opened, role=Role.INVESTIGATOR)
    assert [(one.rule, one.item, one.query_id) for one in left] == [
        ("HARD:EOSLAST", "EOSLAST", None)
    ]
    with pytest.raises(SignatureRefused):
        sign_eos(ward, subject_id)


def test_other_crfs_are_signed_whatever_is_open(ward: Ward) -> None:
    subject_id = ended(ward)
    ask(ward, subject_id)
    sign(ward, subject_id, ("", "IC", 1), Meaning.REVIEWED)


def test_a_masked_role_is_told_of_nothing_that_tells_the_arm(ward: Ward) -> None:
    subject_id = ended(ward)
    settle(ward, subject_id)
    with ward.database.unit_of_work(MONITOR, "crf.save") as uow:
        opened = open_casebook(uow.session, subject_id, lock=True)
        uow.session.add(
            Query(
                subject=opened.subject, visit="", form="AE", row=1, item="AEREL", repeat=1,
                check_id="AE-15", state=QueryState.OPEN, text_en="?", text_zh="?",
                opened_at=opened.subject.registered_at,
            )
        )  # fmt: skip
    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
        assert len(settling.unsettled(opened, role=Role.INVESTIGATOR)) == 1
        assert settling.unsettled(opened, role=Role.MONITOR) == []


def test_the_page_lists_what_is_open_with_links_and_offers_no_signature(sqlite_url: str) -> None:
    app = make_app(sqlite_url)
    ward = open_ward(database_of(app), with_list=False)
    subject_id = ended(ward)
    settle(ward, subject_id)
    query = ask(ward, subject_id)
    investigator: BrowserClient = signed_in_client(app, ward.investigator)
    path = f"/subjects/{subject_id}/sign/-/EOS/1"
    page = investigator.page(path)
    assert page.select_one("#sign-form") is None
    assert page.select_one("[data-rule=EOS-05]") is not None
    link = page.select_one(f'a[href="/subjects/{subject_id}/crf/-/IC/1#query-{query.id}"]')
    assert link is not None
    sent = {"password": PASSWORD, "meaning": "reviewed", "_version": "1"}
    refused = investigator.post(path, sent)
    assert refused.status_code == 422
    assert parsed(refused).select_one("[data-rule=EOS-05]") is not None
    answer(ward, query)
    assert investigator.page(path).select_one("#sign-form") is not None
    assert investigator.post(path, sent).status_code == 303


def test_the_end_of_study_says_when_the_casebook_was_signed_as_long_as_it_holds(ward: Ward) -> None:
    subject_id = ended(ward)
    settle(ward, subject_id)
    sign_eos(ward, subject_id)
    with ward.database.reading() as session:
        signed = open_casebook(session, subject_id).book.value("EOS", "EOSSIG")
    assert signed is not None
    assert signed.startswith(clock.today().isoformat())
    enter(ward, subject_id, EOS, {"EOSOT": "Moved away"}, reason="Learned later")
    with ward.database.reading() as session:
        assert open_casebook(session, subject_id).book.value("EOS", "EOSSIG") is None
