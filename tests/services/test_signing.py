"""Electronic signatures: who may sign what, and how long a signature holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from edc import clock
from edc.errors import EditConflict, NotFound, NotPermitted, SignatureRefused
from edc.models import AuditEntry, Signature, Subject
from edc.permissions import Permission, Role, grants
from edc.protocol import STUDY
from edc.reports import enrolment
from edc.services.casebooks import Place, open_casebook
from edc.services.signing import (
    MEANINGS,
    Meaning,
    SignatureState,
    content_sha256,
    find_entry,
    sign_entry,
    signature_state,
)
from tests.factories import open_database
from tests.services.casebook_support import (
    ELIGIBILITY,
    Ward,
    confirm,
    enter,
    open_ward,
    ready_subject,
    screen,
    screening_values,
    sign,
)

DEMOGRAPHICS: Place = ("SCR", "DM", 1)


@pytest.fixture
def ward(database_url: str) -> Iterator[Ward]:
    opened = open_ward(open_database(database_url), with_list=False)
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def entered(ward: Ward) -> int:
    subject_id = screen(ward)
    for place, values in screening_values(ward).items():
        enter(ward, subject_id, place, values)
    return subject_id


def states(ward: Ward, subject_id: int, place: Place = ELIGIBILITY) -> list[SignatureState]:
    with ward.database.reading() as session:
        return signature_state(session, subject_id, place)


def state_of(ward: Ward, subject_id: int) -> str:
    with ward.database.reading() as session:
        return session.get_one(Subject, subject_id).state


def confirmed_at(ward: Ward, subject_id: int) -> str | None:
    with ward.database.reading() as session:
        return open_casebook(session, subject_id).book.value("IE", "IECONFDT", "SCR")


def test_a_signature_names_its_signer_its_meaning_and_its_time(ward: Ward, entered: int) -> None:
    confirm(ward, entered)
    sign(ward, entered)
    (state,) = states(ward, entered)
    assert (state.who, state.role) == ("Doctor Li", Role.INVESTIGATOR)
    assert state.meaning is Meaning.ELIGIBILITY_CONFIRMED
    assert state.at.utcoffset() is not None
    assert (state.is_valid, state.is_intact, state.is_current_definition) == (True, True, True)
    assert confirmed_at(ward, entered) == clock.local(state.at).isoformat(timespec="seconds")
    assert state_of(ward, entered) == "ELIGIBLE"


def test_every_meaning_is_a_sentence_in_both_languages() -> None:
    assert set(MEANINGS) == set(Meaning)
    assert all(label.en and label.zh for label in MEANINGS.values())


def test_changed_content_voids_the_signature_visibly_and_for_good(ward: Ward, entered: int) -> None:
    confirm(ward, entered)
    sign(ward, entered)
    enter(ward, entered, ELIGIBILITY, {"EXC07DAT": clock.today().isoformat()},
          reason="Answer to a query")  # fmt: skip
    (state,) = states(ward, entered)
    assert (state.is_valid, state.is_intact) == (False, False)
    assert state.voided_at is not None
    assert state.void_reason == "Answer to a query"
    assert state_of(ward, entered) != "ELIGIBLE"
    assert confirmed_at(ward, entered) is None
    enter(ward, entered, ELIGIBILITY, {"EXC07DAT": ""}, reason="Typing error")
    (state,) = states(ward, entered)
    assert (state.is_valid, state.is_intact) == (False, True)
    sign(ward, entered)
    assert [one.is_valid for one in states(ward, entered)] == [True, False]
    assert confirmed_at(ward, entered) is not None


def test_who_waits_for_the_signature_is_told_until_it_is_given_and_again_when_it_is_void(
    ward: Ward, entered: int
) -> None:
    def waiting() -> tuple[int, list[int]]:
        with ward.database.reading() as session:
            today = clock.today()
            found = enrolment.find_waiting(session, [ward.site.id], today=today)
            ids = enrolment.find_ids(session, [ward.site.id], group="to_sign", today=today)
            return found["to_sign"], ids

    visit = {"SVSTAT": "DONE", "SVSTDAT": clock.today().isoformat(), "SVLOC": "IPD"}
    assert waiting() == (0, [])
    enter(ward, entered, ("SCR", "SV", 1), visit)
    assert waiting() == (1, [entered])
    confirm(ward, entered)
    assert waiting() == (1, [entered])
    sign(ward, entered)
    assert waiting() == (0, [])
    enter(ward, entered, ELIGIBILITY, {"EXC07DAT": clock.today().isoformat()},
          reason="Answer to a query")  # fmt: skip
    assert waiting() == (1, [entered])


def test_a_save_that_changes_nothing_leaves_the_signature_valid(ward: Ward, entered: int) -> None:
    confirm(ward, entered)
    sign(ward, entered)
    enter(ward, entered, ELIGIBILITY, {"INC01": "Y"})
    (state,) = states(ward, entered)
    assert state.is_valid
    assert state_of(ward, entered) == "ELIGIBLE"


def test_a_change_on_another_crf_leaves_the_signature_valid(ward: Ward, entered: int) -> None:
    confirm(ward, entered)
    sign(ward, entered)
    enter(ward, entered, DEMOGRAPHICS, {"SMOKE": "N"})
    (state,) = states(ward, entered)
    assert state.is_valid
    assert state_of(ward, entered) == "ELIGIBLE"


def test_a_missing_code_and_its_reason_are_part_of_what_is_signed(ward: Ward, entered: int) -> None:
    with ward.database.reading() as session:
        entry = find_entry(session, entered, DEMOGRAPHICS)
        assert entry is not None
        point = next(point for point in entry.points if point.item == "ETHGRP")
        hashes = set()
        for value, missing, reason in (
            ("HAN", None, None), (None, "REF", "no answer"), (None, "NK", "no answer"),
            (None, "NK", "not in the notes"),
        ):  # fmt: skip
            point.value, point.missing, point.missing_reason = value, missing, reason
            hashes.add(content_sha256(entry, fingerprint=STUDY.fingerprint()))
        hashes.add(content_sha256(entry, fingerprint="another definition"))
    assert len(hashes) == 5


def test_content_changed_around_the_system_shows_as_not_intact(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url), with_list=False)
    subject_id = ready_subject(ward)
    with ward.database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER guard_data_point_update"))
        connection.execute(text("UPDATE data_point SET value = 'N' WHERE item = 'INC01'"))
    (state,) = states(ward, subject_id)
    assert state.voided_at is None
    assert (state.is_valid, state.is_intact) == (False, False)
    ward.database.engine.dispose()


def test_a_signature_under_another_definition_says_so(sqlite_url: str) -> None:
    ward = open_ward(open_database(sqlite_url), with_list=False)
    subject_id = ready_subject(ward)
    with ward.work(ward.investigator, Role.INVESTIGATOR) as uow:
        signature = uow.session.scalars(select(Signature)).one()
        entry = find_entry(uow.session, subject_id, ELIGIBILITY)
        assert entry is not None
        signature.fingerprint = "f" * 64
        signature.content_sha256 = content_sha256(entry, fingerprint="f" * 64)
    (state,) = states(ward, subject_id)
    assert (state.is_valid, state.is_current_definition) == (True, False)
    ward.database.engine.dispose()


def test_eligibility_is_signed_only_where_it_is_confirmed(ward: Ward, entered: int) -> None:
    with pytest.raises(SignatureRefused):
        sign(ward, entered)
    confirm(ward, entered)
    for lesser in (Meaning.REVIEWED, Meaning.AUTHORED):
        with pytest.raises(SignatureRefused):
            sign(ward, entered, meaning=lesser)
    sign(ward, entered)
    assert len(states(ward, entered)) == 1


def test_eligibility_is_confirmed_on_no_other_crf(ward: Ward, entered: int) -> None:
    with pytest.raises(SignatureRefused):
        sign(ward, entered, DEMOGRAPHICS, Meaning.ELIGIBILITY_CONFIRMED)
    assert states(ward, entered, DEMOGRAPHICS) == []


def test_any_crf_can_be_signed_once_with_each_meaning(ward: Ward, entered: int) -> None:
    for meaning in (Meaning.REVIEWED, Meaning.AUTHORED):
        sign(ward, entered, DEMOGRAPHICS, meaning)
        with pytest.raises(SignatureRefused) as refused:
            sign(ward, entered, DEMOGRAPHICS, meaning)
        assert "Doctor Li" in refused.value.message.en
    assert [one.is_valid for one in states(ward, entered, DEMOGRAPHICS)] == [True, True]
    sign(ward, entered, ("", "IC", 1), Meaning.REVIEWED)
    assert len(states(ward, entered, ("", "IC", 1))) == 1


def test_an_incomplete_crf_is_not_signed(ward: Ward) -> None:
    subject_id = screen(ward)
    values = screening_values(ward)
    enter(ward, subject_id, ("", "IC", 1), values["", "IC", 1])
    enter(ward, subject_id, DEMOGRAPHICS, {"SEX": "M"})
    with pytest.raises(SignatureRefused):
        sign(ward, subject_id, DEMOGRAPHICS, Meaning.REVIEWED)
    assert states(ward, subject_id, DEMOGRAPHICS) == []


def test_a_crf_saved_since_it_was_read_is_not_signed(ward: Ward, entered: int) -> None:
    with (
        pytest.raises(EditConflict),
        ward.work(ward.investigator, Role.INVESTIGATOR) as uow,
    ):
        sign_entry(
            uow, subject_id=entered, place=DEMOGRAPHICS, version=99,
            meaning=Meaning.REVIEWED, password_checked=True,
        )  # fmt: skip
    assert states(ward, entered, DEMOGRAPHICS) == []


def test_a_crf_that_is_not_there_is_not_signed(ward: Ward, entered: int) -> None:
    with (
        pytest.raises(NotFound),
        ward.work(ward.investigator, Role.INVESTIGATOR) as uow,
    ):
        sign_entry(
            uow, subject_id=entered, place=("V7", "VS", 1), version=0,
            meaning=Meaning.REVIEWED, password_checked=True,
        )  # fmt: skip


@pytest.mark.parametrize(
    "role", sorted(role for role in Role if not grants(role, Permission.CRF_SIGN))
)
def test_only_investigators_sign(sqlite_url: str, role: Role) -> None:
    ward = open_ward(open_database(sqlite_url), with_list=False)
    subject_id = screen(ward)
    with pytest.raises(NotPermitted), ward.work(ward.investigator, role) as uow:
        sign_entry(
            uow, subject_id=subject_id, place=ELIGIBILITY, version=1,
            meaning=Meaning.REVIEWED, password_checked=True,
        )  # fmt: skip
    ward.database.engine.dispose()


def test_signing_and_voiding_are_in_the_trail(ward: Ward, entered: int) -> None:
    sign(ward, entered, DEMOGRAPHICS, Meaning.REVIEWED)
    enter(ward, entered, DEMOGRAPHICS, {"BRTHYR": "1986"}, reason="Typing error")
    with ward.database.reading() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.table == "signature").order_by(AuditEntry.id)
        ).all()
    assert [(entry.kind, entry.form, entry.visit) for entry in entries] == [
        ("insert", "DM", "SCR"),
        ("update", "DM", "SCR"),
    ]
    assert "voided_at" in entries[1].new
