"""Rows of a repeating group: which are entered, what number they have, what is asked of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from edc import clock
from edc.errors import InvalidValues, ReasonRequired
from edc.models import QueryState
from edc.permissions import Role
from edc.services.casebooks import Opened, Place, open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.randomize import randomise_subject
from edc.services.submissions import Submission
from edc.services.unit_of_work import Database
from edc.study.casebook import Record
from tests.factories import open_database
from tests.forms.casebooks import bladder, healed, lesion, skin
from tests.services.casebook_support import KEY, Ward, enter, open_ward, ready_subject
from tests.services.test_dependence import derived_anew, judged_anew, open_questions

BL: Place = ("BL", "SK", 1)
DA03: Place = ("DA03", "SK", 1)
DA07: Place = ("DA07", "SK", 1)
REASON = "Corrected against the source"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def ward(database: Database) -> Ward:
    return open_ward(database)


@pytest.fixture
def subject_id(ward: Ward) -> int:
    """Give a randomised participant whose skin is injured too."""
    found = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(uow, subject_id=found, confirmed="ORAL/AUTO", key=KEY, purpose="test")
    today = clock.today().isoformat()
    enter(ward, found, ("SCR", "INJ", 1), {"INJSKIN": "Y", "INJSKDAT": today}, reason=REASON)
    return found


def look(ward: Ward, subject_id: int) -> Opened:
    with ward.database.reading() as session:
        opened = open_casebook(session, subject_id)
        for record in opened.book.records.values():
            assert record.cells is not None
        return opened


def save(
    ward: Ward, subject_id: int, place: Place, values: dict[str, Any], *, reason: str = REASON
) -> Saved:
    """Save what a page would send: each ``ITEM.2`` in its row."""
    version = look(ward, subject_id).versions.get(place, 0)
    typed: dict[tuple[str, int], Any] = {}
    for name, value in values.items():
        code, _, repeat = name.partition(".")
        typed[code, int(repeat or 1)] = "" if value is None else str(value)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE, reason=reason or None) as uow:
        visit, form, row = place
        return save_crf(
            uow, subject_id=subject_id, visit=visit, form=form, row=row, key=KEY,
            submission=Submission(typed=typed, version=version, reason=reason),
        )  # fmt: skip


def assessed(*lesions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return skin(clock.today().isoformat(), *lesions, **changes)


def row(record: Record, number: int) -> dict[str, str]:
    return {
        code: cell.value
        for (code, repeat), cell in record.cells.items()
        if repeat == number and cell.value is not None and code.startswith("SL")
    }


def asked(ward: Ward, subject_id: int, place: Place) -> set[tuple[str, str, int]]:
    return {
        (query.check_id, query.item, query.repeat)
        for query in look(ward, subject_id).queries
        if (query.visit, query.form, query.row) == place and query.state == QueryState.OPEN
        if query.check_id.startswith("SK-")  # all are entered on one day, for most out of window
    }


def listed(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row as a page lists it of an earlier record: all but what it is about is blank."""
    blank = dict.fromkeys(("SLLEN", "SLWID", "SLDEPTH", "SLEXUD", "SLINF", "SLHEAL"))
    return lesion(number, **(blank | changes))


def test_every_row_has_its_own_derived_values_and_its_number(ward: Ward, subject_id: int) -> None:
    first, second = lesion(1), lesion(2, SLLEN="5.0", SLWID="3.0")
    for rows in (first, second):
        rows.pop(f"SLNUM.{1 if rows is first else 2}")
    saved = save(ward, subject_id, BL, assessed(first, second))
    assert saved.owed == []
    record = look(ward, subject_id).book.records[BL]
    assert [(row(record, n)["SLNUM"], row(record, n)["SLAREA"]) for n in (1, 2)] == [
        ("1", "8.00"), ("2", "15.00"),
    ]  # fmt: skip


def test_a_number_that_is_another_rows_is_refused(ward: Ward, subject_id: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        save(ward, subject_id, BL, assessed(lesion(2) | {"SLNUM.2": 3}))
    assert set(refusal.value.problems) == {"SLNUM.2"}


@pytest.mark.parametrize("number", [0, 11, 99])
def test_there_are_no_rows_beyond_those_declared(ward: Ward, subject_id: int, number: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        save(ward, subject_id, BL, assessed(lesion(number)))
    assert refusal.value.problems.keys() == {""}


def test_a_hard_check_refuses_the_row_it_is_about(ward: Ward, subject_id: int) -> None:
    wide = lesion(2, SLLEN="3.0", SLWID="5.0")
    with pytest.raises(InvalidValues) as refusal:
        save(ward, subject_id, BL, assessed(lesion(1), wide))
    assert {
        name: [rule for rule, _ in found] for name, found in refusal.value.problems.items()
    } == {"SLWID.2": ["SK-01"]}
    assert BL not in look(ward, subject_id).versions


def test_the_first_lesion_is_owed_and_later_only_what_was_begun(
    ward: Ward, subject_id: int
) -> None:
    assert ("SLLEN", 1) in save(ward, subject_id, BL, assessed()).owed
    saved = save(ward, subject_id, BL, lesion(1, SLDEPTH=None))
    assert saved.owed == [("SLDEPTH", 1)]
    # At a later visit nothing is owed of a lesion that nobody recorded: it is asked about.
    saved = save(ward, subject_id, DA03, assessed(listed(1, SLDEPTH=None)))
    assert saved.owed == []
    assert asked(ward, subject_id, DA03) == {("SK-05", "SLNUM", 1)}


def test_what_the_page_lists_of_a_lesion_is_no_answer_until_more_is_typed(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), lesion(2)))
    save(ward, subject_id, DA03, assessed(lesion(1), listed(2)))
    record = look(ward, subject_id).book.records[DA03]
    assert row(record, 2) == {}
    assert asked(ward, subject_id, DA03) == {("SK-05", "SLNUM", 2)}
    saved = save(ward, subject_id, DA03, listed(2, SLLEN="4.0"))
    assert saved.owed == [(code, 2) for code in ("SLWID", "SLDEPTH", "SLEXUD", "SLINF", "SLHEAL")]
    found = row(look(ward, subject_id).book.records[DA03], 2)
    assert (found["SLNUM"], found["SLTYPE"], found["SLLEN"]) == ("2", "PA", "4.0")
    assert asked(ward, subject_id, DA03) == set()


def test_a_lesion_that_is_only_described_is_entered_when_nobody_described_it_before(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), listed(2)))
    assert row(look(ward, subject_id).book.records[BL], 2)["SLNUM"] == "2"


def test_a_lesion_described_otherwise_than_before_is_entered(ward: Ward, subject_id: int) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), lesion(2)))
    save(ward, subject_id, DA03, assessed(lesion(1), listed(2, SLLOC="GROIN")))
    assert row(look(ward, subject_id).book.records[DA03], 2)["SLLOC"] == "GROIN"
    assert ("SK-04", "SLLOC", 2) in asked(ward, subject_id, DA03)


def test_queries_stand_at_the_row_they_are_about_and_close_with_it(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), healed(2, SLLEN="3.0"), healed(3, SLLEN="2.0")))
    assert asked(ward, subject_id, BL) == {("SK-02", "SLHEAL", 2), ("SK-02", "SLHEAL", 3)}
    save(ward, subject_id, BL, {"SLLEN.3": "0"})
    assert asked(ward, subject_id, BL) == {("SK-02", "SLHEAL", 2)}


def test_a_saved_row_is_emptied_with_a_reason_and_keeps_its_history(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), lesion(2)))
    nothing = dict.fromkeys(lesion(2))
    with pytest.raises(ReasonRequired):
        save(ward, subject_id, BL, nothing, reason="")
    saved = save(ward, subject_id, BL, nothing)
    record = look(ward, subject_id).book.records[BL]
    assert row(record, 2) == {}
    assert ("SLAREA", 2) in record.cells
    assert saved.is_complete


def test_a_corrected_baseline_changes_the_reduction_of_that_lesion_later(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), lesion(2)))
    save(ward, subject_id, DA03, assessed(lesion(1), lesion(2, SLLEN="2.0")))
    assert row(look(ward, subject_id).book.records[DA03], 2)["SLREDPC"] == "50.00"
    save(ward, subject_id, BL, {"SLLEN.2": "8.0"})
    record = look(ward, subject_id).book.records[DA03]
    assert row(record, 2)["SLREDPC"] == "75.00"
    assert row(record, 1)["SLREDPC"] == "0.00"


def test_a_lesion_missing_at_one_visit_is_asked_about_anew_when_an_earlier_one_changes(
    ward: Ward, subject_id: int
) -> None:
    save(ward, subject_id, BL, assessed(lesion(1), lesion(2)))
    save(ward, subject_id, DA03, assessed(lesion(1), lesion(2)))
    save(ward, subject_id, DA07, assessed(lesion(1)))
    assert asked(ward, subject_id, DA07) == {("SK-05", "SLNUM", 2)}
    save(ward, subject_id, DA03, healed(2))
    assert asked(ward, subject_id, DA07) == set()


def test_the_assessor_is_who_said_that_the_skin_was_assessed(ward: Ward, subject_id: int) -> None:
    save(ward, subject_id, BL, assessed(lesion(1)))
    record = look(ward, subject_id).book.records[BL]
    assert record.cells["SKEVAL", 1].value == ward.nurse.username


def test_nothing_is_asked_of_lesions_of_a_skin_that_was_not_assessed(
    ward: Ward, subject_id: int
) -> None:
    saved = save(
        ward, subject_id, BL, {"SKPERF": "N", "SKDAT": clock.today().isoformat(), "SLNUM.1": "1"}
    )
    assert saved.is_complete
    with pytest.raises(InvalidValues) as refusal:
        save(ward, subject_id, BL, lesion(1))
    assert "SLLEN" in refusal.value.problems


# What a save leaves out


def _assessment(dice: Random, day: str) -> tuple[Place, dict[str, Any]]:
    """Return an assessment of skin or bladder, or what its rules read, plausible or not."""
    visit = dice.choice(["BL", "DA03", "DA07", "DA10"])
    rows = [
        dice.choice([lesion, healed])(
            number, SLLEN=dice.choice("0258"), SLWID=dice.choice("012"), SLINF=dice.choice("YN"),
            SLLOC=dice.choice(["PERI", "LEG"]),
        )
        for number in (1, 2, 3)
        if dice.random() > 0.4
    ]  # fmt: skip
    seen = bladder(
        dice.choice([0, 0, 1, 3]), day, BCDYS=dice.choice("012"), BCTRANS=dice.choice("YN"),
        BCUWBC=9, BCUCULT=dice.choice(["POS", "NEG"]),
    )  # fmt: skip
    infection = {"INFTYPE": "BAC", "INFSITE": dice.choice(["SKIN", "URIN", "ORAL"]), "INFORG": "x",
                 "INFSTDAT": day, "INFGR": "2", "INFINJ": "N"}  # fmt: skip
    choices: list[tuple[Place, dict[str, Any]]] = [
        ((visit, "SK", 1), skin(day, *rows, SKCTCUL=dice.choice("0123"))),
        ((visit, "SK", 1), {"SKDAT": day}),
        ((visit, "SK", 1), skin(day, *rows)),
        ((visit, "BC", 1), seen),
        ((visit, "BC", 1), {"BCDAT": day, "BCGRD": dice.choice("012")}),
        (("V7", "RSP", 1), {"RSPDAT": day, "RSPSKIN": dice.choice(["CR", "PD"]), "RSPSURV": "Y"}),
        (("SCR", "INJ", 1), {"INJPRIM": dice.choice(["ORAL", "SKIN", "BLAD"])}),
        (("", "INF", 1), infection),
        (("", "TX", 1), {"TXDAT": day, "TXPROD": "RBC", "TXUNITS": "2", "TXINJ": "Y"}),
    ]
    return dice.choice(choices)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_after_many_assessments_queries_and_derived_values_are_those_worked_out_anew(
    database: Database, seed: int
) -> None:
    with clock.replaced(_days_ago(8)):
        ward = open_ward(database)
        subject_id = _skin_and_bladder(ward)
    dice = Random(seed)  # noqa: S311 - the same walk in every run
    days = [(clock.today() - timedelta(days=ago)).isoformat() for ago in range(8)]
    for _ in range(40):
        place, values = _assessment(dice, dice.choice(days))
        with suppress(InvalidValues):  # an impossible value is refused, and nothing changes
            save(ward, subject_id, place, values)
    assert open_questions(database, subject_id) == judged_anew(database, subject_id)
    assert derived_anew(database, subject_id) == []


def _skin_and_bladder(ward: Ward) -> int:
    found = ready_subject(ward)
    with ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow:
        randomise_subject(uow, subject_id=found, confirmed="ORAL/AUTO", key=KEY, purpose="test")
    today = clock.today().isoformat()
    injured = {"INJSKIN": "Y", "INJSKDAT": today, "INJBLAD": "Y", "INJBLDAT": today}
    enter(ward, found, ("SCR", "INJ", 1), injured, reason=REASON)
    return found


def _days_ago(days: int) -> Any:
    moment = clock.now() - timedelta(days=days)
    return lambda: moment
