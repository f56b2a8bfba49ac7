"""Saving CRFs: what is stored, refused, derived, queried, and never half done."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from edc.errors import (
    ConsentMissing,
    EditConflict,
    EntryClosed,
    InvalidValues,
    NotFound,
    NotOnSchedule,
    NotPermitted,
    ReasonRequired,
)  # fmt: skip
from edc.models import AuditEntry, AuditTransaction, DataPoint, Query, Subject
from edc.permissions import Role
from edc.services import query_sync
from tests.support.trial import (
    CONSENT,
    CRITERIA,
    INJURY,
    PERSON,
    TRANSPLANT,
    VISIT,
    VITALS,
    Trial,
    create_trial,
)  # fmt: skip


@pytest.fixture
def trial(database_url: str) -> Trial:
    """Give a site ready for its first participant."""
    return create_trial(database_url)


def problems_of(refusal: pytest.ExceptionInfo[InvalidValues]) -> set[str]:
    """Return the ids of the rules that refused."""
    return {rule for found in refusal.value.problems.values() for rule, _ in found}


def test_a_save_stores_each_answer_and_names_it_in_the_trail(trial: Trial) -> None:
    subject_id = trial.consented()

    saved = trial.save(subject_id, "VS", VITALS)

    assert saved.is_complete
    with trial.database.reading() as session:
        points = {p.item: p.value for p in session.scalars(select(DataPoint))}
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.item == "TEMP")))
        transaction = session.get_one(AuditTransaction, entries[0].transaction_id)
    assert points["TEMP"] == "36.8"
    assert [json.loads(entry.new)["value"] for entry in entries] == ["36.8"]
    assert (entries[0].subject_id, entries[0].visit, entries[0].form) == (subject_id, "SCR", "VS")
    assert (transaction.username, transaction.role) == ("research_nurse", "research_nurse")


def test_a_crf_with_required_answers_owed_is_started_and_lists_them(trial: Trial) -> None:
    subject_id = trial.consented()

    saved = trial.save(subject_id, "VS", {"VSPERF": "Y", "VSDAT": "2024-03-18"})

    assert not saved.is_complete
    assert ("TEMP", 1) in saved.owed
    assert ("OXYSAT", 1) not in saved.owed  # optional


def test_a_missing_code_with_its_reason_answers_a_required_item(trial: Trial) -> None:
    subject_id = trial.consented()
    values = {code: value for code, value in VITALS.items() if code != "TEMP"}

    saved = trial.save(subject_id, "VS", values, missing={"TEMP": ("ND", "体温计故障")})

    assert saved.is_complete
    assert saved.record.cells["TEMP", 1].missing == "ND"
    assert trial.value(subject_id, "VS", "TEMP") is None


@pytest.mark.parametrize(
    ("given", "missing"),
    [("", ("ND", "")), ("", ("??", "why")), ("36.8", ("ND", "broken")), ("", ("ND", "x" * 201))],
)
def test_a_missing_code_needs_a_reason_and_excludes_a_value(
    trial: Trial, given: str, missing: tuple[str, str]
) -> None:
    subject_id = trial.consented()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "VS", VITALS | {"TEMP": given}, missing={"TEMP": missing})

    assert problems_of(refusal) == {"HARD:TEMP"}


def test_what_is_calculated_is_not_asked_to_be_entered(trial: Trial) -> None:
    subject_id = trial.consented()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "VS", VITALS | {"HEIGHT": "230", "WEIGHT": "20", "TEMP": "98.6"})

    said = {
        rule: message.zh for found in refusal.value.problems.values() for rule, message in found
    }
    assert said["HARD:BMI"] == "计算结果3.78超出可能范围（10至60 kg/m²），请核对用于计算的数据。"
    assert said["HARD:TEMP"] == "98.6超出可能范围：请填写33至43℃之间的值。"


def test_nothing_is_stored_when_one_answer_is_impossible(trial: Trial) -> None:
    subject_id = trial.consented()
    before = trial.counts()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "VS", VITALS | {"TEMP": "50.0", "PULSE": "abc"})

    assert problems_of(refusal) == {"HARD:TEMP", "HARD:PULSE"}
    assert trial.counts() == before


def test_the_first_value_of_an_item_needs_no_reason_and_the_second_does(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", {"VSPERF": "Y"})
    trial.save(subject_id, "VS", {"TEMP": "36.8"})

    with pytest.raises(ReasonRequired):
        trial.save(subject_id, "VS", {"TEMP": "36.9"})
    assert trial.value(subject_id, "VS", "TEMP") == "36.8"

    trial.save(subject_id, "VS", {"TEMP": "36.9"}, reason="抄录错误")
    assert trial.value(subject_id, "VS", "TEMP") == "36.9"


def test_clearing_a_saved_value_needs_a_reason_and_makes_the_crf_started_again(
    trial: Trial,
) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)

    with pytest.raises(ReasonRequired):
        trial.save(subject_id, "VS", {"TEMP": ""})
    saved = trial.save(subject_id, "VS", {"TEMP": ""}, reason="录入错误的受试者")

    assert not saved.is_complete
    assert trial.value(subject_id, "VS", "TEMP") is None


def test_the_reason_is_kept_once_for_all_changes_of_a_save(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)

    trial.save(subject_id, "VS", {"TEMP": "36.9", "PULSE": "90"}, reason="源记录已更正")

    with trial.database.reading() as session:
        changed = list(
            session.scalars(
                select(AuditEntry).where(
                    AuditEntry.kind == "update", AuditEntry.item.in_(("TEMP", "PULSE"))
                )
            )
        )
        reasons = {session.get_one(AuditTransaction, e.transaction_id).reason for e in changed}
    assert {(e.item, json.loads(e.old or "{}")["value"]) for e in changed} == {
        ("TEMP", "36.8"),
        ("PULSE", "84"),
    }
    assert len({e.transaction_id for e in changed}) == 1
    assert reasons == {"源记录已更正"}


def test_saving_the_same_values_again_changes_nothing(trial: Trial) -> None:
    subject_id = trial.consented()
    first = trial.save(subject_id, "VS", VITALS)
    before = trial.counts()

    again = trial.save(subject_id, "VS", VITALS)

    assert again.version == first.version
    assert trial.counts() == before


@pytest.mark.parametrize("version", [0, 2, 99, -1])
def test_a_save_of_a_stale_or_forged_version_is_refused_whole(trial: Trial, version: int) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)
    before = trial.counts()

    with pytest.raises(EditConflict):
        trial.save(subject_id, "VS", {"TEMP": "37.0"}, version=version, reason="x")

    assert trial.counts() == before


def test_a_value_for_an_item_that_is_not_asked_is_refused(trial: Trial) -> None:
    subject_id = trial.consented()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "VS", {"VSPERF": "N", "TEMP": "36.8"})

    assert "HIDDEN:TEMP" in problems_of(refusal)


def test_values_that_are_no_longer_asked_are_kept_and_queried(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)

    saved = trial.save(subject_id, "VS", {"VSPERF": "N"}, reason="未测量")

    assert "HIDDEN:TEMP" in {query.check_id for query in saved.opened}
    assert trial.value(subject_id, "VS", "TEMP") == "36.8"
    back = trial.save(subject_id, "VS", {"VSPERF": "Y"}, reason="更正")
    assert "HIDDEN:TEMP" in {query.check_id for query in back.closed}


@pytest.mark.parametrize("code", ["NOSUCH", "BMI", "VISIT", "TEMP; DROP TABLE"])
def test_an_item_the_crf_does_not_take_is_refused(trial: Trial, code: str) -> None:
    subject_id = trial.consented()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "VS", VITALS | {code: "1"})

    assert problems_of(refusal) == {f"UNKNOWN:{code}"}


def test_a_query_opens_on_the_implausible_closes_when_cured_and_reopens_as_itself(
    trial: Trial,
) -> None:
    subject_id = trial.consented()

    first = trial.save(subject_id, "VS", VITALS | {"TEMP": "39.5"})
    cured = trial.save(subject_id, "VS", {"TEMP": "36.5"}, reason="抄录错误")
    again = trial.save(subject_id, "VS", {"TEMP": "39.9"}, reason="再次核对")

    assert [query.check_id for query in first.opened] == ["SOFT:TEMP"]
    assert [query.check_id for query in cured.closed] == ["SOFT:TEMP"]
    assert [query.id for query in again.opened] == [query.id for query in first.opened]
    with trial.database.reading() as session:
        (query,) = session.scalars(select(Query))
    assert "39.9" in query.text_zh


def test_derived_items_follow_a_correction_on_another_crf(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "DM", PERSON)
    assert trial.value(subject_id, "DM", "AGE") == "38"

    trial.save(subject_id, "IC", {"ICDAT": "2023-03-18"}, reason="年份抄错")

    assert trial.value(subject_id, "DM", "AGE") == "37"


def test_consent_comes_before_every_other_crf(trial: Trial) -> None:
    subject_id = trial.screen()

    with pytest.raises(ConsentMissing):
        trial.save(subject_id, "SV", VISIT)
    trial.save(subject_id, "IC", CONSENT)
    trial.save(subject_id, "SV", VISIT)

    with trial.database.reading() as session:
        subject = session.get_one(Subject, subject_id)
    assert (subject.state, subject.subject_number) == ("SCREENING", "01-001")


def test_a_visit_that_is_not_on_the_schedule_takes_no_crf(trial: Trial) -> None:
    subject_id = trial.consented()

    with pytest.raises(NotOnSchedule):
        trial.save(subject_id, "SV", VISIT, visit="V7")
    for visit, form, row in (("BL", "DM", 1), ("SCR", "VS", 2), ("XX", "VS", 1), ("SCR", "ZZ", 1)):
        with pytest.raises(NotFound):
            trial.save(subject_id, form, {}, visit=visit, row=row)


def test_rows_of_a_log_are_numbered_without_a_gap(trial: Trial) -> None:
    subject_id = trial.consented()

    with pytest.raises(NotFound):
        trial.save(subject_id, "AE", {"AEYN": "N"}, row=2)
    trial.save(subject_id, "AE", {"AEYN": "N"}, row=1)


def test_after_the_end_of_study_nothing_new_opens_and_corrections_go_on(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "VS", VITALS)
    trial.save(
        subject_id, "EOS", {"EOSDAT": "2024-03-18", "EOSREAS": "PHYS", "EOSLAST": "2024-03-18"}
    )

    with pytest.raises(EntryClosed):
        trial.save(subject_id, "DM", PERSON)
    trial.save(subject_id, "VS", {"TEMP": "37.1"}, reason="核对原始记录")

    assert trial.value(subject_id, "VS", "TEMP") == "37.1"


@pytest.mark.parametrize(
    ("role", "form", "values"),
    [
        (Role.OUTCOME_ASSESSOR, "VS", VITALS),
        (Role.MONITOR, "VS", VITALS),
        (Role.ADMINISTRATOR, "VS", VITALS),
        (Role.DATA_MANAGER, "DM", PERSON),
    ],
)
def test_a_role_that_does_not_enter_a_crf_is_refused(
    trial: Trial, role: Role, form: str, values: dict[str, str]
) -> None:
    subject_id = trial.consented()

    with pytest.raises(NotPermitted):
        trial.save(subject_id, form, values, role=role)


def test_only_an_investigator_answers_the_confirmation_of_eligibility(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "DM", PERSON)
    trial.save(subject_id, "HSCT", TRANSPLANT)
    trial.save(subject_id, "INJ", INJURY)

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "IE", CRITERIA | {"IECONF": "Y"})
    assert problems_of(refusal) == {"ROLE:IECONF"}

    saved = trial.save(subject_id, "IE", CRITERIA | {"IECONF": "Y"}, role=Role.INVESTIGATOR)
    assert saved.is_complete


def test_eligibility_is_not_confirmed_while_a_criterion_is_not_met(trial: Trial) -> None:
    subject_id = trial.consented()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(
            subject_id, "IE", CRITERIA | {"EXC06": "Y", "IECONF": "Y"}, role=Role.INVESTIGATOR
        )

    assert "IE-01" in problems_of(refusal)


def test_a_possible_double_enrolment_warns_and_a_linked_one_does_not(trial: Trial) -> None:
    first, second = trial.consented(), trial.consented()
    trial.save(first, "DM", PERSON)

    saved = trial.save(second, "DM", PERSON)

    assert "DM-04" in {finding.id for finding in saved.warnings}


def test_a_consent_version_that_the_site_does_not_have_is_refused(trial: Trial) -> None:
    subject_id = trial.screen()

    with pytest.raises(InvalidValues) as refusal:
        trial.save(subject_id, "IC", CONSENT | {"ICVER": "V9.9", "ICINV": "nobody"})

    assert problems_of(refusal) == {"HARD:ICVER", "HARD:ICINV"}


def test_a_fault_late_in_a_save_leaves_nothing_behind(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject_id = trial.consented()
    before = trial.counts()

    def fail(*_: object, **__: object) -> None:
        message = "the power went"
        raise RuntimeError(message)

    monkeypatch.setattr(query_sync, "sync", fail)
    with pytest.raises(RuntimeError, match="power"):
        trial.save(subject_id, "VS", VITALS)

    assert trial.counts() == before
    assert "VS" not in {form for _, form, _ in trial.open(subject_id).versions}


def test_opening_a_casebook_writes_nothing(trial: Trial) -> None:
    subject_id = trial.consented()
    before = trial.counts()

    trial.open(subject_id)

    assert trial.counts() == before


def test_the_server_writes_numbers_visit_and_assessor_itself(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "DM", PERSON)
    trial.save(
        subject_id, "OM", {"OMPERF": "Y", "OMDAT": "2024-03-18"}, visit="BL",
        role=Role.OUTCOME_ASSESSOR,
    )  # fmt: skip
    trial.save(subject_id, "OM", {"OMLOC": "IPD"}, visit="BL")  # the nurse completes it

    assert trial.value(subject_id, "SV", "VISIT") == "SCR"
    assert trial.value(subject_id, "DM", "SUBJID") == "01-001"
    assert trial.value(subject_id, "DM", "SCRPREV") is None
    assert trial.value(subject_id, "OM", "OMEVAL", visit="BL") == "outcome_assessor"


def test_serious_events_are_numbered_once_and_for_all(trial: Trial) -> None:
    subject_id = trial.consented()
    trial.save(subject_id, "AE", {"AEYN": "Y", "AESER": "N"}, row=1)
    trial.save(subject_id, "AE", {"AEYN": "Y", "AESER": "Y", "AESHOSP": "Y"}, row=2)
    trial.save(subject_id, "AE", {"AESER": "Y", "AESMIE": "Y"}, row=1, reason="后续判定")
    trial.save(subject_id, "AE", {"AESER": "N", "AESHOSP": "", "AESMIE": ""}, row=1, reason="更正")
    trial.save(subject_id, "AE", {"AEYN": "Y", "AESER": "Y", "AESDISAB": "Y"}, row=3)

    book = trial.open(subject_id).book
    numbers = {row: book.records["", "AE", row].cells["AESAENO", 1].value for row in (1, 2, 3)}
    assert numbers == {1: "2", 2: "1", 3: "3"}
    assert [book.records["", "AE", row].cells["AESPID", 1].value for row in (1, 2, 3)] == [
        "1", "2", "3",
    ]  # fmt: skip


def test_of_two_alike_entered_at_the_same_moment_one_is_warned_of(postgresql_url: str) -> None:
    trial = create_trial(postgresql_url)
    ids = [trial.consented() for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        saved = list(pool.map(lambda one: trial.save(one, "DM", PERSON), ids))

    warned = [one for one in saved if "DM-04" in {finding.id for finding in one.warnings}]
    assert len(warned) == 1
