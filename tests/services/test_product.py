"""Doses and batches in a database: who used which container, what is left, who got a batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from edc.errors import EditConflict, InvalidValues, NotFound, NotPermitted, Refused
from edc.models import RegisterRow
from edc.permissions import Role
from edc.protocol import STUDY
from edc.reports import product
from edc.services import registers
from edc.services.doses import check_dose
from edc.services.entries import mark_in_error
from edc.services.night import refresh_subject
from edc.services.registers import Row
from edc.services.unit_of_work import Actor
from tests.forms.casebooks import BATCH
from tests.support.trial import KEY, Trial, create_trial

LOT = "MSC240301"
ENTRY: dict[str, str] = {
    "BTSRC": "UC-017", **{k: v for k, v in BATCH[LOT].items() if k != "BTSTDT"},
}  # fmt: skip
TODAY = date(2024, 3, 18)


@pytest.fixture
def trial(database_url: str) -> Iterator[Trial]:
    trial = create_trial(database_url)
    yield trial
    trial.database.engine.dispose()


def keep(trial: Trial, **changes: str) -> Row:
    with (
        trial.at(),
        trial.database.unit_of_work(trial.actor(Role.PHARMACIST), "register.add") as uow,
    ):
        return registers.add_row(
            uow, STUDY, site_id=trial.site.id, register="BATCH", typed=ENTRY | changes
        )


def correct(trial: Trial, row: Row, **changes: str) -> Row:
    work = trial.database.unit_of_work(
        trial.actor(Role.PHARMACIST), "register.correct", reason="recall"
    )
    with trial.at(), work as uow:
        typed = {k: v for k, v in row.values.items() if k != "BTSTDT"} | changes
        return registers.correct_row(uow, STUDY, row_id=row.row_id, typed=typed)


def give(trial: Trial, subject_id: int, row: int = 1, **changes: Any) -> set[str]:
    values = {
        "ECOCCUR": "Y", "EXSTDAT": "2024-03-18", "EXROUTE": "ORAL RINSE", "EXSITE": "ORAL",
        "EXLOT": LOT, "EXKIT": f"K{subject_id}-{row}", "EXTHAW": "2024-03-18T07:30+08:00",
        "EXTEMPS": "4.5", "EXDOSE": "15.0", "EXSTTIM": f"08:{row:02}", "EXENTIM": "08:30",
        "PRETOL": "SPIT", "EXADJ": "NONE", "EXREACT": "N",
    } | changes  # fmt: skip
    trial.save(subject_id, "EX", values, row=row, visit="")
    return trial.open_checks(subject_id)


def test_a_batch_gets_the_day_of_its_state_and_keeps_it_until_the_state_changes(
    trial: Trial,
) -> None:
    row = keep(trial)
    assert row.values["BTSTDT"] == "2024-03-18"
    trial.now = datetime.fromisoformat("2024-04-02T09:00+08:00")
    row = correct(trial, row, BTDISP="10")
    assert row.values["BTSTDT"] == "2024-03-18"
    row = correct(trial, row, BTST="RECALL")
    assert row.values["BTSTDT"] == "2024-04-02"
    assert [remark.rule for remark in row.remarks] == ["BATCH-03"]
    assert correct(trial, row, BTRET="1").remarks == ()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"BTSTER": "N"}, "BATCH-01"),
        ({"BTMFG": "2024-03-19"}, "HARD:BTMFG"),
        ({"BTEXP": "2024-03-01"}, "HARD:BTEXP"),
        ({"BTVOL": "0.4"}, "HARD:BTVOL"),
        ({"BTVOL": "15.25"}, "HARD:BTVOL"),
        ({"BTREL": "2024-02-29"}, "HARD:BTREL"),
        ({"BTREL": ""}, "REQ"),
        ({"BTRECV": "-1"}, "HARD:BTRECV"),
        ({"BTRECV": "1.5"}, "HARD:BTRECV"),
        ({"BTST": "QUAR"}, "HIDDEN:BTREL"),
        ({"BTST": "GONE"}, "HARD:BTST"),
        ({"BTSTDT": "2020-01-01"}, "HARD:BTSTDT"),
        ({"BTTLOG": "../../etc/passwd"}, "HARD:BTTLOG"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_nothing_is_stored(
    trial: Trial, changes: dict[str, str], rule: str
) -> None:
    with pytest.raises(InvalidValues) as refusal:
        keep(trial, **changes)
    assert rule in {found for said in refusal.value.problems.values() for found, _ in said}
    with trial.database.reading() as session:
        stored = session.scalars(select(RegisterRow).where(RegisterRow.register == "BATCH"))
        assert list(stored) == []


def test_what_is_unusual_is_stored_and_said(trial: Trial) -> None:
    row = keep(trial, BTVOL="61", BTST="QUAR", BTREL="", BTSTER="N")
    assert {remark.rule for remark in row.remarks} == {"SOFT:BTVOL", "SOFT:BTSTER"}
    assert keep(trial, BTLOT="MSC2", BTVOL="60").remarks == ()


def test_a_batch_that_is_not_registered_is_refused_at_its_question(trial: Trial) -> None:
    keep(trial)
    subject_id = trial.consented()
    with pytest.raises(InvalidValues) as refusal:
        give(trial, subject_id, EXLOT="MSC999999")
    assert [rule for rule, _ in refusal.value.problems["EXLOT"]] == ["HARD:EXLOT"]


def test_a_dose_holds_its_expiry_planned_volume_contact_time_and_who_gave_it(trial: Trial) -> None:
    keep(trial)
    subject_id = trial.consented()
    give(trial, subject_id)
    cells = trial.open(subject_id).book.records["", "EX", 1].cells
    held = {code: cells[code, 1].value for code in ("EXEXP", "EXPLVOL", "EXDWELL", "EXBY")}
    assert held == {
        "EXEXP": "2024-09-01", "EXPLVOL": "15.0", "EXDWELL": "29", "EXBY": "research_nurse",
    }  # fmt: skip


def test_a_container_of_another_participant_is_asked_about_and_one_in_error_is_not(
    trial: Trial,
) -> None:
    keep(trial)
    first, second = trial.consented(), trial.consented()
    give(trial, first, EXKIT="K1")
    assert "EX-07" not in give(trial, second, EXKIT="K2")
    assert "EX-07" in give(trial, second, 2, EXKIT="K1")
    version = trial.open(first).versions["", "EX", 1]
    with trial.at(), trial.database.unit_of_work(trial.actor(), "crf.in_error", reason="x") as uow:
        mark_in_error(
            uow, subject_id=first, place=("", "EX", 1), version=version, reason="x", key=KEY
        )
    with trial.at(), trial.database.unit_of_work(trial.actor(), "night.run") as uow:
        refresh_subject(uow, subject_id=second, key=KEY)
    assert "EX-07" not in trial.open_checks(second)


def test_the_dose_that_overdraws_a_batch_is_asked_about_across_participants(trial: Trial) -> None:
    row = keep(trial, BTRECV="3", BTDEST="1")
    first, second = trial.consented(), trial.consented()
    assert "BATCH-02" not in give(trial, first)
    assert "BATCH-02" not in give(trial, second, EXSTTIM="08:10")
    assert "BATCH-02" in give(trial, first, 2, EXSTTIM="08:20")
    assert "BATCH-02" not in trial.open_checks(second)
    correct(trial, row, BTRECV="4")
    with trial.at(), trial.database.unit_of_work(trial.actor(), "night.run") as uow:
        refresh_subject(uow, subject_id=first, key=KEY)
    assert "BATCH-02" not in trial.open_checks(first)


def test_a_recall_lists_everybody_who_was_given_the_batch_and_nobody_else(trial: Trial) -> None:
    row = keep(trial)
    given, refused, other = trial.consented(), trial.consented(), trial.consented()
    keep(trial, BTLOT="MSC2")
    give(trial, given)
    give(trial, given, 2, EXKIT="K9", EXDOSE="14.5")
    give(trial, other, EXLOT="MSC2")
    nothing = {
        "ECOCCUR": "N", "NOTGIV": "REF", "EXSTDAT": "2024-03-18", "EXROUTE": "ORAL RINSE",
        "EXSITE": "ORAL",
    }  # fmt: skip
    trial.save(refused, "EX", nothing, visit="")
    with trial.database.reading() as session:
        stock, recipients = product.batch(session, row.row_id, today=TODAY)
    (one,) = recipients
    assert (one.subject_id, one.doses, one.first, one.last) == (
        given, 2, "2024-03-18", "2024-03-18",
    )  # fmt: skip
    assert (one.containers, str(one.volume)) == ({f"K{given}-1", "K9"}, "29.5")
    assert (stock.used, stock.recipients, stock.doses) == (2, 1, 2)
    assert registers_naming(trial, row) == [given]


def registers_naming(trial: Trial, row: Row) -> list[int]:
    with trial.database.reading() as session:
        return registers.list_naming(session, STUDY, row.row_id)


@pytest.mark.parametrize(
    ("day", "state", "soon"),
    [("2024-04-17", "REL", True), ("2024-04-18", "REL", False), ("2024-03-01", "EXP", False),
     ("2024-03-17", "REL", True)],
)  # fmt: skip
def test_the_stock_tells_what_is_left_and_what_expires_within_thirty_days(
    trial: Trial, day: str, state: str, soon: bool
) -> None:
    keep(trial, BTMFG="2024-01-01", BTREL="2024-01-10", BTEXP=day, BTST=state, BTRECV="20",
         BTDISP="8", BTRET="2", BTDEST="3")  # fmt: skip
    with trial.database.reading() as session:
        (one,) = product.stock(session, site_ids=frozenset({trial.site.id}), today=TODAY)
        assert product.stock(session, site_ids=frozenset({0}), today=TODAY) == []
    assert (one.left, one.used, one.expires_soon) == (11, 0, soon)
    assert one.days_left == (date.fromisoformat(day) - TODAY).days


def test_more_containers_used_than_dispensed_is_told(trial: Trial) -> None:
    keep(trial, BTDISP="1")
    subject_id = trial.consented()
    give(trial, subject_id)
    with trial.database.reading() as session:
        assert not product.stock(session, site_ids=None, today=TODAY)[0].is_short
    give(trial, subject_id, 2)
    with trial.database.reading() as session:
        assert product.stock(session, site_ids=None, today=TODAY)[0].is_short


def second(trial: Trial, subject_id: int, *, username: str = "second", version: int = 1,
           role: Role = Role.RESEARCH_NURSE, row: int = 1) -> str:  # fmt: skip
    person = Actor(username=username, role=role)
    with trial.at(), trial.database.unit_of_work(person, "dose.check") as uow:
        return check_dose(uow, subject_id=subject_id, row=row, version=version, key=KEY)


def test_another_person_confirms_a_dose_once_and_stands_beside_who_gave_it(trial: Trial) -> None:
    keep(trial)
    subject_id = trial.consented()
    give(trial, subject_id)
    assert second(trial, subject_id) == "research_nurse; second"
    cells = trial.open(subject_id).book.records["", "EX", 1].cells
    assert cells["EXBY", 1].value == "research_nurse; second"
    with pytest.raises(Refused):
        second(trial, subject_id, username="third", version=2)
    give(trial, subject_id, 2)
    assert trial.open(subject_id).book.records["", "EX", 2].cells["EXBY", 1].value == (
        "research_nurse"
    )


def test_a_dose_that_is_corrected_waits_for_its_second_check_again(trial: Trial) -> None:
    keep(trial)
    subject_id = trial.consented()
    give(trial, subject_id)
    second(trial, subject_id)
    trial.save(subject_id, "EX", {"EXDOSE": "14.0"}, visit="", reason="Read again")
    corrected = trial.open(subject_id)
    assert corrected.book.records["", "EX", 1].cells["EXBY", 1].value == "research_nurse"
    version = corrected.versions["", "EX", 1]
    assert second(trial, subject_id, version=version) == "research_nurse; second"


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"username": "research_nurse"}, Refused),
        ({"version": 9}, EditConflict),
        ({"row": 2}, NotFound),
        ({"role": Role.PHARMACIST}, NotPermitted),
        ({"role": Role.OUTCOME_ASSESSOR}, NotFound),
        ({"role": Role.DATA_MANAGER}, NotFound),
    ],
)
def test_a_dose_is_not_confirmed_by_whom_it_does_not_wait_for(
    trial: Trial, change: dict[str, Any], refused: type[Exception]
) -> None:
    keep(trial)
    subject_id = trial.consented()
    give(trial, subject_id)
    with pytest.raises(refused):
        second(trial, subject_id, **change)


def test_a_dose_that_was_not_given_waits_for_nobody(trial: Trial) -> None:
    subject_id = trial.consented()
    values = {"ECOCCUR": "N", "NOTGIV": "REF", "EXSTDAT": "2024-03-18"}
    trial.save(subject_id, "EX", values, visit="")
    with pytest.raises(Refused):
        second(trial, subject_id)
