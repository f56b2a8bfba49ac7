"""Sending safety reports: the first within a day, each version frozen, the next one a copy."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from edc.errors import (
    EditConflict,
    EntryClosed,
    InvalidValues,
    NotFound,
    NotOnSchedule,
    NotPermitted,
    NotReady,
    ReasonRequired,
    Refused,
)
from edc.models import AuditEntry, AuditTransaction, SafetyReport
from edc.permissions import Permission, Role, grants
from edc.reports.deadlines import known_clocks
from edc.reports.safety_reports import view
from edc.services.data_entry import Saved
from edc.services.safety_reports import digest, send
from edc.services.safety_versions import list_reports
from tests.support.trial import KEY, Trial, create_trial

SERIOUS = {
    "AEYN": "Y", "AETERM": "严重过敏反应", "AECTCID": "CTC5-0262", "AESTDAT": "2024-04-03",
    "AESTTIM": "16:00", "AEONGO": "Y", "AETOXGR": "4", "AESER": "Y", "AESDTH": "N",
    "AESLIFE": "Y", "AESHOSP": "N", "AESDISAB": "N", "AESCONG": "N", "AESMIE": "N",
    "AESERDAT": "2024-04-03", "AEREL": "PROB", "AERELPR": "POSS", "AEACN": "DRUG WITHDRAWN",
    "AECONTRT": "N", "AEDIS": "N", "AEOUT": "RECOVERING/RESOLVING", "AESI": "Y",
}  # fmt: skip
INITIAL = {
    "SAETYPE": "INIT", "SAEAWDTM": "2024-04-03T16:30+08:00", "SAEREP": "1",
    "SAEDX": "严重过敏反应（过敏性休克）", "SAEACN": "1", "SAERELI": "PROB",
}  # fmt: skip
SPONSOR = {"SAESPDTM": "2024-04-04T10:00+08:00", "SAERELS": "PROB", "SAEEXP": "UNEXP"}
FINAL = {"SAETYPE": "FINAL", "SAENARR": "受试者膀胱灌注后出现全身荨麻疹、喘息、低血压。" * 10}
PREGNANCY = {
    "PGWHO": "Y", "PGAWDTM": "2024-04-03T16:00+08:00", "PGLMP": "2024-03-01", "PGOUT": "ONGO",
}  # fmt: skip
PLACE = ("", "SAE", 1)


@pytest.fixture
def trial(database_url: str) -> Iterator[Trial]:
    made = create_trial(database_url)
    yield made
    made.database.engine.dispose()


@pytest.fixture
def subject_id(trial: Trial) -> int:
    """Return a participant with a serious event and its report, not sent yet."""
    found = trial.consented()
    with trial.at("2024-04-03T17:00+08:00"):
        trial.save(found, "AE", SERIOUS)
        enter(trial, found, INITIAL)
    return found


def enter(
    trial: Trial, subject_id: int, values: dict[str, Any], *, form: str = "SAE", **more: Any
) -> Saved:
    return trial.save(subject_id, form, values, visit="", **more)


def act(
    trial: Trial,
    subject_id: int,
    moment: str,
    *,
    form: str = "SAE",
    role: Role = Role.INVESTIGATOR,
    version: int | None = None,
) -> SafetyReport:
    version = trial.open(subject_id).versions[("", form, 1)] if version is None else version
    with trial.at(moment), trial.database.unit_of_work(trial.actor(role), "safety.send") as uow:
        return send(uow, subject_id=subject_id, form=form, row=1, version=version, key=KEY)


def held(trial: Trial, subject_id: int, item: str, form: str = "SAE") -> str | None:
    return trial.value(subject_id, form, item, visit="")


def sent(trial: Trial, subject_id: int, form: str = "SAE") -> list[SafetyReport]:
    with trial.database.reading() as session:
        return list_reports(session, subject_id, place=("", form, 1))


def answers(report: SafetyReport) -> dict[str, Any]:
    content = json.loads(report.content)
    return {
        item["code"]: item["value"] for section in content["sections"] for item in section["items"]
    }


def test_a_report_has_the_number_of_study_participant_and_event(
    trial: Trial, subject_id: int
) -> None:
    assert held(trial, subject_id, "SAENO") == "NCT06599346-01-001-01"
    assert held(trial, subject_id, "SAEVER") == "1"
    assert held(trial, subject_id, "AESAENO", "AE") == "1"
    assert str(held(trial, subject_id, "SAESTDY")).startswith("NCT06599346 · ")


def test_the_first_report_meets_the_clock_and_is_frozen(trial: Trial, subject_id: int) -> None:
    report = act(trial, subject_id, "2024-04-04T09:10:45+08:00")

    assert held(trial, subject_id, "SAESUBDTM") == "2024-04-04T09:10+08:00"
    assert (report.report_version, report.sent_by) == (1, "investigator")
    assert report.content_sha256 == digest(report.content)
    assert answers(report)["SAEDX"] == INITIAL["SAEDX"]
    assert answers(report)["SAESUBDTM"] == "2024-04-04T09:10+08:00"
    clocks = known_clocks(trial.open(subject_id).book, role=Role.INVESTIGATOR)
    assert [(str(one.kind), str(one.state), name) for one, name in clocks] == [
        ("SAE", "met", "NCT06599346-01-001-01")
    ]


def test_the_trail_tells_that_it_was_sent_and_holds_only_the_digest_of_what(
    trial: Trial, subject_id: int
) -> None:
    report = act(trial, subject_id, "2024-04-04T09:10+08:00")

    with trial.database.reading() as session:
        found = session.execute(
            select(AuditEntry.form, AuditEntry.row, AuditEntry.new, AuditTransaction.action)
            .join(AuditTransaction, AuditTransaction.id == AuditEntry.transaction_id)
            .where(AuditEntry.table == "safety_report")
        ).all()
    assert len(found) == 1
    form, row, new, action = found[0]
    assert (form, row, action) == ("SAE", 1, "safety.send")
    assert json.loads(new)["content"] == f"sha256:{report.content_sha256}"
    assert "PROB" not in new


def test_sent_twice_it_stays_one_version(trial: Trial, subject_id: int) -> None:
    version = trial.open(subject_id).versions[PLACE]
    act(trial, subject_id, "2024-04-04T09:10+08:00", version=version)

    with pytest.raises(Refused) as refused:
        act(trial, subject_id, "2024-04-04T09:11+08:00", version=version)

    assert refused.value.rule == "SENT"
    assert held(trial, subject_id, "SAESUBDTM") == "2024-04-04T09:10+08:00"
    assert len(sent(trial, subject_id)) == 1


def test_what_somebody_changed_meanwhile_is_not_sent_unread(trial: Trial, subject_id: int) -> None:
    version = trial.open(subject_id).versions[PLACE]
    enter(trial, subject_id, {"SAEDXEN": "Anaphylactic shock"})

    with pytest.raises(EditConflict):
        act(trial, subject_id, "2024-04-04T09:10+08:00", version=version)
    assert sent(trial, subject_id) == []


@pytest.mark.parametrize("role", [r for r in Role if not grants(r, Permission.SAFETY_SEND)])
def test_only_the_investigator_sends(trial: Trial, subject_id: int, role: Role) -> None:
    with pytest.raises(NotPermitted):
        act(trial, subject_id, "2024-04-04T09:10+08:00", role=role)
    assert sent(trial, subject_id) == []


def test_a_report_that_was_never_saved_cannot_be_sent(trial: Trial) -> None:
    subject_id = trial.consented()

    for form in ("SAE", "PREG", "AE", "NONE"):
        with pytest.raises(NotFound):
            act(trial, subject_id, "2024-04-04T09:10+08:00", form=form, version=0)


@pytest.mark.parametrize("lacking", ["SAEREP", "SAEDX"])
def test_a_first_report_waits_for_the_minimum_alone(
    trial: Trial, subject_id: int, lacking: str
) -> None:
    enter(trial, subject_id, {lacking: ""}, reason="误录")

    with pytest.raises(NotReady) as refused:
        act(trial, subject_id, "2024-04-04T09:10+08:00")

    assert refused.value.rule == "SAE-05"
    assert len(refused.value.missing) == 1
    assert sent(trial, subject_id) == []


def test_nothing_but_the_minimum_holds_back_a_first_report(trial: Trial, subject_id: int) -> None:
    empty = dict.fromkeys(("SAETYPE", "SAEAWDTM", "SAEACN", "SAERELI"), "")
    enter(trial, subject_id, empty, reason="误录")

    assert act(trial, subject_id, "2024-04-04T09:10+08:00").report_version == 1


def test_nothing_is_followed_up_before_a_first_version_is_sent(
    trial: Trial, subject_id: int
) -> None:
    other = trial.consented()
    with trial.at("2024-04-03T17:00+08:00"):
        trial.save(other, "AE", SERIOUS)
        with pytest.raises(InvalidValues) as never_saved:
            enter(trial, other, INITIAL | {"SAETYPE": "FUP"})
    with pytest.raises(InvalidValues) as refused:
        enter(trial, subject_id, {"SAETYPE": "FUP", "SAENARR": "经过"}, reason="随访")
    for found in (never_saved, refused):
        ((rule, message),) = found.value.problems["SAETYPE"]
        assert rule == "SENT"
        assert "nothing to follow up" in message.en
        assert "首次报告" in message.zh
    assert held(trial, subject_id, "SAETYPE") == "INIT"
    # One report that says everything at once may be both the first and the last.
    enter(trial, subject_id, FINAL, reason="一次报告完整")
    assert act(trial, subject_id, "2024-04-04T09:10+08:00").report_version == 1


def test_what_was_sent_is_not_changed_unless_a_follow_up_is_begun(
    trial: Trial, subject_id: int
) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")

    with pytest.raises(InvalidValues) as refused:
        enter(trial, subject_id, {"SAEDX": "休克"}, reason="更正诊断")

    assert [rule for rule, _ in refused.value.problems["SAETYPE"]] == ["SENT"]
    assert held(trial, subject_id, "SAEDX") == INITIAL["SAEDX"]
    assert held(trial, subject_id, "SAEVER") == "1"


def test_a_follow_up_is_the_next_version_and_a_copy_of_the_last(
    trial: Trial, subject_id: int
) -> None:
    first = act(trial, subject_id, "2024-04-04T09:10+08:00")
    with trial.at("2024-04-05T09:00+08:00"):
        enter(trial, subject_id, {"SAETYPE": "FUP", "SAEDX": "休克", "SAENARR": "经过"},
              reason="随访报告")  # fmt: skip
    assert held(trial, subject_id, "SAEVER") == "2"
    enter(trial, subject_id, {"SAENARR": "更多经过"}, reason="补充")
    assert held(trial, subject_id, "SAEVER") == "2"

    second = act(trial, subject_id, "2024-04-06T09:00+08:00")

    assert second.report_version == 2
    assert held(trial, subject_id, "SAESUBDTM") == "2024-04-04T09:10+08:00"
    reports = sent(trial, subject_id)
    assert [answers(one)["SAEDX"] for one in reports] == [INITIAL["SAEDX"], "休克"]
    assert answers(reports[1])["SAEREP"] == INITIAL["SAEREP"]
    assert reports[0].content == first.content
    with trial.at("2024-04-07T09:00+08:00"):
        enter(trial, subject_id, {"SAEDX": "过敏性休克"}, reason="再次随访")
    assert held(trial, subject_id, "SAEVER") == "3"


def test_a_later_version_is_no_initial_report(trial: Trial, subject_id: int) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")
    enter(trial, subject_id, {"SAETYPE": "FUP"}, reason="随访报告")

    with pytest.raises(InvalidValues):
        enter(trial, subject_id, {"SAETYPE": "INIT"}, reason="误选")


def test_a_change_of_what_was_sent_still_needs_its_reason(trial: Trial, subject_id: int) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")

    with pytest.raises(ReasonRequired):
        enter(trial, subject_id, FINAL)


def test_a_final_report_needs_the_narrative_and_the_causality(
    trial: Trial, subject_id: int
) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")
    enter(trial, subject_id, {"SAETYPE": "FINAL", "SAERELI": ""}, reason="总结报告")

    with pytest.raises(NotReady) as refused:
        act(trial, subject_id, "2024-04-10T09:00+08:00")

    assert [label.zh for label in refused.value.missing] == ["事件经过描述", "研究者因果判断"]
    enter(trial, subject_id, FINAL | {"SAERELI": "PROB"}, reason="补全")
    assert act(trial, subject_id, "2024-04-10T09:05+08:00").report_version == 2


def test_the_sponsor_answers_on_a_version_that_was_sent_and_makes_no_new_one(
    trial: Trial, subject_id: int
) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")
    with trial.at("2024-04-04T10:30+08:00"):
        enter(trial, subject_id, SPONSOR, role=Role.SAFETY_OFFICER)

    assert held(trial, subject_id, "SAEVER") == "1"
    assert [held(trial, subject_id, code) for code in ("SUSAR", "SUSDUE")] == ["Y", "2024-04-11"]
    with trial.at("2024-04-08T14:00+08:00"):
        enter(trial, subject_id, {"SUSSUB": "2024-04-08"}, role=Role.SAFETY_OFFICER)
    assert held(trial, subject_id, "SUSFUP") == "2024-04-16"
    with pytest.raises(Refused):
        act(trial, subject_id, "2024-04-08T15:00+08:00")


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.RESEARCH_NURSE])
def test_only_the_sponsor_gives_the_sponsor_s_answers(
    trial: Trial, subject_id: int, role: Role
) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")

    with trial.at("2024-04-04T10:30+08:00"), pytest.raises(InvalidValues) as refused:
        enter(trial, subject_id, SPONSOR, role=role)
    rules = {rule for found in refused.value.problems.values() for rule, _ in found}
    assert rules == {"ROLE:SAESPDTM", "ROLE:SAERELS", "ROLE:SAEEXP"}


def test_the_sponsor_types_nothing_of_the_investigator_and_nothing_before_it_is_sent(
    trial: Trial, subject_id: int
) -> None:
    with pytest.raises(InvalidValues) as early:
        enter(trial, subject_id, {"SAEEXP": "EXP"}, role=Role.SAFETY_OFFICER)
    assert early.value.problems["SAEEXP"][0][0] == "HIDDEN:SAEEXP"
    for item, rule in (("SAEDX", "ROLE:SAEDX"), ("SAERELI", "UNKNOWN:SAERELI")):
        with pytest.raises(InvalidValues) as refused:
            enter(trial, subject_id, {item: "NOT"}, role=Role.SAFETY_OFFICER, reason="?")
        rules = {found for said in refused.value.problems.values() for found, _ in said}
        assert rules == {rule}


def test_a_masked_reader_gets_the_masked_version(trial: Trial, subject_id: int) -> None:
    enter(trial, subject_id, {"SAENARR": "膀胱灌注研究制品后"})
    report = act(trial, subject_id, "2024-04-04T09:10+08:00")

    def words(role: Role, *, masked: bool = False) -> str:
        found = view(report, role=role, language="zh", masked=masked)
        return json.dumps(found.sections, ensure_ascii=False)

    full, handed = words(Role.INVESTIGATOR), words(Role.INVESTIGATOR, masked=True)
    assert "膀胱灌注研究制品后" in full
    assert "很可能有关" in full
    for role in (Role.MONITOR, Role.DATA_MANAGER, Role.OUTCOME_ASSESSOR, Role.SAFETY_OFFICER):
        assert words(role) == handed
        assert view(report, role=role, language="zh").is_masked
    for told in ("膀胱灌注", "有关", "停药", "因果"):
        assert told not in handed
    assert INITIAL["SAEDX"] in handed
    assert view(report, role=Role.INVESTIGATOR, language="en").sections[0][0] == "Report"


def test_altered_content_is_noticed(trial: Trial, subject_id: int) -> None:
    report = act(trial, subject_id, "2024-04-04T09:10+08:00")
    assert view(report, role=Role.MONITOR, language="en").is_intact

    altered = SafetyReport(
        content=report.content.replace("休克", "皮疹"), content_sha256=report.content_sha256,
        form="SAE",
    )  # fmt: skip
    assert not view(altered, role=Role.MONITOR, language="en").is_intact


def test_an_event_that_is_not_serious_has_no_report(trial: Trial) -> None:
    subject_id = trial.consented()
    with trial.at("2024-04-03T17:00+08:00"):
        trial.save(
            subject_id,
            "AE",
            SERIOUS
            | {
                "AESER": "N",
                **dict.fromkeys(
                    ("AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE", "AESERDAT"),
                    "",
                ),
            },
        )
        with pytest.raises(NotOnSchedule):
            enter(trial, subject_id, INITIAL)
        with pytest.raises(NotFound):
            enter(trial, subject_id, INITIAL, row=2)  # fmt: skip


def test_the_report_of_the_second_event_stands_at_its_row_whichever_is_reported_first(
    trial: Trial,
) -> None:
    subject_id = trial.consented()
    with trial.at("2024-04-03T17:00+08:00"):
        trial.save(subject_id, "AE", SERIOUS)
        trial.save(subject_id, "AE", SERIOUS | {"AETERM": "败血症"}, row=2)
        enter(trial, subject_id, INITIAL, row=2)

    book = trial.open(subject_id).book
    assert book.records["", "SAE", 2].cells["SAENO", 1].value == "NCT06599346-01-001-02"
    assert ("", "SAE", 1) not in book.records


def test_a_pregnancy_is_sent_and_sent_again_when_it_has_ended(trial: Trial) -> None:
    subject_id = trial.consented()
    with trial.at("2024-04-03T17:00+08:00"):
        enter(trial, subject_id, PREGNANCY, form="PREG")
    act(trial, subject_id, "2024-04-04T09:00+08:00", form="PREG")
    with pytest.raises(Refused):
        act(trial, subject_id, "2024-04-04T09:01+08:00", form="PREG")
    with trial.at("2024-05-03T17:00+08:00"):
        enter(trial, subject_id, {"PGOUT": "SPAB", "PGOUTDAT": "2024-05-01"}, form="PREG",
              reason="妊娠结局")  # fmt: skip

    second = act(trial, subject_id, "2024-05-03T18:00+08:00", form="PREG")

    assert (second.report_version, answers(second)["PGOUT"]) == (2, "SPAB")
    assert held(trial, subject_id, "PGSUBDTM", "PREG") == "2024-04-04T09:00+08:00"


def test_a_report_that_is_open_is_followed_up_after_the_end_of_study_and_no_new_one_begins(
    trial: Trial, subject_id: int
) -> None:
    act(trial, subject_id, "2024-04-04T09:10+08:00")
    with trial.at("2024-04-05T09:00+08:00"):
        trial.save(subject_id, "AE", SERIOUS | {"AETERM": "败血症"}, row=2)
        trial.save(
            subject_id, "EOS",
            {"EOSDAT": "2024-04-05", "EOSREAS": "PHYS", "EOSLAST": "2024-04-05"},
        )  # fmt: skip
        with pytest.raises(EntryClosed):
            enter(trial, subject_id, INITIAL, row=2)
        with pytest.raises(EntryClosed):
            enter(trial, subject_id, PREGNANCY, form="PREG")
        enter(trial, subject_id, FINAL, reason="总结报告")

    assert act(trial, subject_id, "2024-04-05T10:00+08:00").report_version == 2


def test_a_refused_report_leaves_no_trace_but_none(trial: Trial, subject_id: int) -> None:
    enter(trial, subject_id, {"SAEDX": ""}, reason="误录")
    before = trial.counts()

    with pytest.raises(NotReady):
        act(trial, subject_id, "2024-04-04T09:10+08:00")

    assert trial.counts() == before
    with trial.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SafetyReport)) == 0


def test_words_that_tell_the_arm_are_refused_where_masked_readers_read(
    trial: Trial, subject_id: int
) -> None:
    with pytest.raises(InvalidValues) as refused:
        enter(trial, subject_id, {"SAEDX": "MSC上清所致过敏"}, reason="更正")

    assert [rule for rule, _ in refused.value.problems["SAEDX"]] == ["SAE-07"]


def test_awareness_is_not_before_the_event_became_serious_nor_in_the_future(trial: Trial) -> None:
    subject_id = trial.consented()
    with trial.at("2024-04-05T17:00+08:00"):
        trial.save(subject_id, "AE", SERIOUS)
        for moment in ("2024-04-02T23:59+08:00", "2024-04-05T17:01+08:00"):
            with pytest.raises(InvalidValues) as refused:
                enter(trial, subject_id, INITIAL | {"SAEAWDTM": moment})
            assert refused.value.problems["SAEAWDTM"][0][0] == "HARD:SAEAWDTM"
        enter(trial, subject_id, INITIAL | {"SAEAWDTM": "2024-04-03T00:00+08:00"})
    with trial.at("2024-04-20T17:00+08:00"):
        # What is learned late is no doubt about the hour at which it was learned.
        enter(trial, subject_id, {"SAEAWDTM": "2024-04-11T08:00+08:00"}, reason="更正")
        assert "SOFT:SAEAWDTM" not in trial.open_checks(subject_id)


def test_of_two_who_send_at_once_one_sends(trial: Trial, subject_id: int) -> None:
    version = trial.open(subject_id).versions[PLACE]
    told: list[str] = []

    def attempt() -> None:
        try:
            act(trial, subject_id, "2024-04-04T09:10+08:00", version=version)
            told.append("sent")
        except Refused as refused:
            told.append(refused.rule)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["SENT", "SENT", "SENT", "sent"]
    assert len(sent(trial, subject_id)) == 1
