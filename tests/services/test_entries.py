"""Marking a row of a log as entered in error: it stays with its reason, and counts no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from edc.errors import EditConflict, InvalidValues, NotFound, NotPermitted, ReasonRequired, Refused
from edc.models import (
    AuditEntry,
    AuditTransaction,
    CrfEntry,
    Query,
    QueryState,
    Signature,
    User,
)
from edc.permissions import Role
from edc.services.casebooks import Place
from edc.services.entries import Marked, mark_in_error
from edc.services.signing import Meaning, sign_entry
from edc.services.unit_of_work import Actor
from tests.support.trial import KEY, Trial, create_trial

EVENT: Place = ("", "AE", 1)
MEDICINE: Place = ("", "CM", 1)
NAUSEA = {
    "AEYN": "Y", "AETERM": "恶心", "AECTCID": "CTC5-0178", "AESTDAT": "2024-03-18", "AEONGO": "Y",
    "AETOXGR": "1", "AESER": "N", "AECONTRT": "Y", "AEDIS": "N", "AESI": "N",
    "AEOUT": "RECOVERING/RESOLVING",
}  # fmt: skip
DRUG = {
    "CMYN": "Y", "CMTRT": "昂丹司琼", "CMCAT": "CON", "CMINDC": "AE", "CMAENO": "1",
    "CMROUTE": "IV", "CMSTDAT": "2024-03-18", "CMONGO": "Y",
}  # fmt: skip


@pytest.fixture
def trial(database_url: str) -> Iterator[Trial]:
    trial = create_trial(database_url)
    yield trial
    trial.database.engine.dispose()


def log(trial: Trial, subject_id: int, form: str, values: dict[str, str], *, row: int = 1) -> None:
    trial.save(subject_id, form, values, row=row, visit="")


def mark(
    trial: Trial,
    subject_id: int,
    place: Place,
    *,
    reason: str = "Entered twice",
    role: Role = Role.RESEARCH_NURSE,
    version: int | None = None,
) -> Marked:
    seen = trial.open(subject_id).versions.get(place, 0) if version is None else version
    with (
        trial.at(),
        trial.database.unit_of_work(trial.actor(role), "crf.in_error", reason=reason) as uow,
    ):
        return mark_in_error(
            uow, subject_id=subject_id, place=place, version=seen, reason=reason, key=KEY
        )


def test_a_row_in_error_stays_with_its_reason_and_no_rule_reads_it(trial: Trial) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "AE", NAUSEA)
    assert "AE-10" in trial.open_checks(subject_id)
    mark(trial, subject_id, EVENT, reason="  属于另一名受试者 ")
    opened = trial.open(subject_id)
    assert opened.in_error == {EVENT: "属于另一名受试者"}
    assert opened.book.of_form("AE") == ()
    assert opened.next_row("AE") == 2  # its number is never used again
    kept = opened.error_record(EVENT)
    assert kept is not None
    assert kept.cells["AETERM", 1].value == "恶心"
    assert opened.error_record(("", "AE", 2)) is None


def test_its_queries_are_cancelled_and_what_it_settled_elsewhere_is_asked_again(
    trial: Trial,
) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "AE", NAUSEA)
    log(trial, subject_id, "CM", DRUG)
    assert "AE-10" not in trial.open_checks(subject_id)
    marked = mark(trial, subject_id, MEDICINE)
    assert marked.cancelled == 0
    assert "AE-10" in trial.open_checks(subject_id)
    assert mark(trial, subject_id, EVENT).cancelled == 1
    assert trial.open_checks(subject_id) == set()
    with trial.database.reading() as session:
        states = list(session.scalars(select(Query.state).where(Query.check_id == "AE-10")))
    assert states == [QueryState.CANCELLED]


def test_the_trail_says_who_marked_the_row_and_why(trial: Trial) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "CM", DRUG | {"CMINDC": "PROPH", "CMAENO": ""})
    mark(trial, subject_id, MEDICINE, reason="It did not happen")
    with trial.database.reading() as session:
        entry = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.table == CrfEntry.__tablename__)
            .order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None
        act = session.get_one(AuditTransaction, entry.transaction_id)
    assert (act.action, act.reason, act.username) == (
        "crf.in_error", "It did not happen", "research_nurse",
    )  # fmt: skip
    assert entry.form == "CM"
    assert '"in_error": true' in (entry.new or "")
    assert "It did not happen" in (entry.new or "")


def test_a_row_that_another_one_names_is_not_marked_before_that_is_corrected(trial: Trial) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "AE", NAUSEA)
    log(trial, subject_id, "CM", DRUG)
    with pytest.raises(Refused) as refusal:
        mark(trial, subject_id, EVENT)
    assert "CM 1" in refusal.value.message.en
    assert trial.open(subject_id).in_error == {}
    trial.save(
        subject_id, "CM", {"CMINDC": "PROPH", "CMAENO": ""}, visit="", reason="not for the event"
    )
    mark(trial, subject_id, EVENT)
    assert set(trial.open(subject_id).in_error) == {EVENT}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"reason": ""}, ReasonRequired),
        ({"reason": " \u200b "}, ReasonRequired),
        ({"reason": "x" * 501}, InvalidValues),
        ({"version": 7}, EditConflict),
        ({"role": Role.MONITOR}, NotPermitted),
        ({"role": Role.DATA_MANAGER}, NotPermitted),
        ({"place": ("", "CM", 2)}, NotFound),
        ({"place": ("SCR", "SV", 1)}, NotFound),
        ({"place": ("", "EOS", 1)}, NotFound),
        ({"place": ("BL", "RAND", 1)}, NotFound),
        ({"place": ("", "NONE", 1)}, NotFound),
    ],
)
def test_what_cannot_be_marked_is_refused_and_nothing_changes(
    trial: Trial, change: dict[str, object], refused: type[Exception]
) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "CM", DRUG | {"CMINDC": "PROPH", "CMAENO": ""})
    before = trial.counts()
    with pytest.raises(refused):
        mark(trial, subject_id, **{"place": MEDICINE, **change})  # type: ignore[arg-type]
    assert trial.open(subject_id).in_error == {}
    assert trial.counts() == before


def test_a_row_is_marked_once(trial: Trial) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "CM", DRUG | {"CMINDC": "PROPH", "CMAENO": ""})
    mark(trial, subject_id, MEDICINE)
    with pytest.raises(Refused):
        mark(trial, subject_id, MEDICINE)
    with pytest.raises(Refused):
        trial.save(subject_id, "CM", {"CMTRT": "吗啡"}, visit="", reason="another")


def test_its_signatures_are_void(trial: Trial) -> None:
    subject_id = trial.consented()
    log(trial, subject_id, "CM", DRUG | {"CMINDC": "PROPH", "CMAENO": ""})
    version = trial.open(subject_id).versions[MEDICINE]
    with trial.database.reading() as session:
        person = session.scalars(select(User).where(User.username == "investigator")).one()
    signer = Actor(
        username=person.username, role=Role.INVESTIGATOR, user_id=person.id, full_name="Li"
    )
    with trial.at(), trial.database.unit_of_work(signer, "crf.sign") as uow:
        sign_entry(
            uow, subject_id=subject_id, place=MEDICINE, version=version, meaning=Meaning.REVIEWED,
            password_checked=True,
        )  # fmt: skip
    mark(trial, subject_id, MEDICINE)
    with trial.database.reading() as session:
        signature = session.scalars(select(Signature)).one()
    assert signature.voided_at is not None
    assert signature.void_reason == "Entered twice"
