"""Saving laboratory panels: units, flags, limits that change, and what a save costs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from edc import clock
from edc.errors import InvalidValues, NotFound, ReasonRequired
from edc.models import AuditEntry
from edc.permissions import Role
from edc.protocol import STUDY
from edc.services import registers
from edc.services.casebooks import open_casebook
from edc.services.data_entry import Saved, save_crf
from edc.services.submissions import Submission
from edc.services.unit_of_work import Actor
from edc.study.casebook import Cell
from tests.factories import open_database
from tests.services.casebook_support import Ward, enter, open_ward, screen, screening_values
from tests.support.laboratory import LAB_ENTRY
from tests.support.statements import counted

CBC, CHEM = ("SCR", "LB", 1), ("SCR", "LB", 2)
KEEPER = Actor(username="keeper", role=Role.DATA_MANAGER)
MOST_A_SAVE = 15


@pytest.fixture
def ward(database_url: str) -> Iterator[Ward]:
    ward = open_ward(open_database(database_url), with_list=False)
    yield ward
    ward.database.engine.dispose()


@pytest.fixture
def subject_id(ward: Ward) -> int:
    """Return a man born in 1985 who weighs 68 kg."""
    found = screen(ward)
    answers = screening_values(ward)
    for place in (("", "IC", 1), ("SCR", "DM", 1)):
        enter(ward, found, place, answers[place])
    today = clock.today().isoformat()
    enter(ward, found, ("SCR", "VS", 1), {"VSPERF": "Y", "VSDAT": today, "WEIGHT": "68.0"})
    return found


def sample(**results: Any) -> dict[str, Any]:
    today = clock.today().isoformat()
    return {"LBPERF": "Y", "LBDAT": today, "LBLAB": "LAB01"} | results


def held(ward: Ward, subject_id: int, place: tuple[str, str, int]) -> dict[str, Cell]:
    with ward.database.reading() as session:
        record = open_casebook(session, subject_id).book.records[place]
    return {item: cell for (item, _), cell in record.cells.items()}


def refused(ward: Ward, subject_id: int, place: tuple[str, str, int], **values: Any) -> list[str]:
    """Save what must be refused; return the rules that refused it."""
    before = held(ward, subject_id, place) if place in places(ward, subject_id) else {}
    with pytest.raises(InvalidValues) as refusal:
        enter(ward, subject_id, place, values, reason="typed again")
    after = held(ward, subject_id, place) if place in places(ward, subject_id) else {}
    assert after == before
    return sorted(rule for found in refusal.value.problems.values() for rule, _ in found)


def places(ward: Ward, subject_id: int) -> set[tuple[str, str, int]]:
    with ward.database.reading() as session:
        return set(open_casebook(session, subject_id).book.records)


def test_a_panel_is_a_crf_of_its_own_at_its_visit(ward: Ward, subject_id: int) -> None:
    enter(ward, subject_id, CBC, sample(HGB="140", WBC="5", NEUT="3", LYM="2", PLAT="200"))
    with ward.database.reading() as session:
        book = open_casebook(session, subject_id).book
    assert book.records[CBC].is_complete
    assert CHEM not in book.records
    for row in (0, 7, 500):
        with pytest.raises(NotFound):
            enter(ward, subject_id, ("SCR", "LB", row), sample())
    # Screening plans no drug levels.
    with pytest.raises(NotFound):
        enter(ward, subject_id, ("SCR", "LB", 6), sample())


def test_a_panel_takes_no_item_of_another(ward: Ward, subject_id: int) -> None:
    assert refused(ward, subject_id, CBC, **sample(CREAT="80")) == ["UNKNOWN:CREAT"]


def test_flags_and_grades_are_kept_with_the_result(ward: Ward, subject_id: int) -> None:
    enter(ward, subject_id, CBC, sample(HGB="98", HGB_LBCLSIG="N"))
    kept = {item: cell.value for item, cell in held(ward, subject_id, CBC).items()}
    assert kept["HGB"] == "98"
    assert (kept["HGB_LBORNRLO"], kept["HGB_LBORNRHI"]) == ("130", "175")
    assert (kept["HGB_LBNRIND"], kept["HGB_LBTOXGR"]) == ("LOW", "2")
    # What is not there is not stored either.
    assert not any(item.startswith("WBC") for item in kept)


def test_significance_is_asked_only_of_what_is_flagged(ward: Ward, subject_id: int) -> None:
    values = sample(HGB="140", HGB_LBCLSIG="N")
    assert refused(ward, subject_id, CBC, **values) == ["HIDDEN:HGB_LBCLSIG"]
    saved = enter(ward, subject_id, CBC, sample(HGB="98"))
    assert ("HGB_LBCLSIG", 1) in saved.owed
    enter(ward, subject_id, CBC, {"HGB_LBCLSIG": "Y"})
    assert held(ward, subject_id, CBC)["HGB_LBCLSIG"] == Cell("Y")


@pytest.mark.parametrize(
    ("place", "test", "typed", "unit"),
    [(CBC, "HGB", "9.8", "g/dL"), (CHEM, "CREAT", "0.9", "mg/dL"), (CHEM, "ALB", "4.1", "g/dL")],
)
def test_a_number_that_fits_the_other_unit_says_so(
    ward: Ward, subject_id: int, place: tuple[str, str, int], test: str, typed: str, unit: str
) -> None:
    with pytest.raises(InvalidValues) as refusal:
        enter(ward, subject_id, place, sample(**{test: typed}))
    ((rule, message),) = refusal.value.problems[test]
    assert rule == f"HARD:{test}"
    assert unit in message.en
    assert unit in message.zh


def test_a_number_that_fits_no_unit_is_told_the_range_alone(ward: Ward, subject_id: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        enter(ward, subject_id, CBC, sample(HGB="0.5"))
    ((_, message),) = refusal.value.problems["HGB"]
    assert message.en == "0.5 cannot be right: enter a value from 10 to 250 g/L."


def test_a_number_in_the_other_unit_is_converted_and_both_are_kept(
    ward: Ward, subject_id: int
) -> None:
    enter(ward, subject_id, CBC, sample(HGB_LBORIG="9.8", HGB_LBCLSIG="N"))
    kept = held(ward, subject_id, CBC)
    assert (kept["HGB_LBORIG"], kept["HGB"]) == (Cell("9.8"), Cell("98"))
    with ward.database.reading() as session:
        rows = select(AuditEntry.item).where(
            AuditEntry.table == "data_point", AuditEntry.item.in_(("HGB", "HGB_LBORIG"))
        )
        assert set(session.scalars(rows)) == {"HGB", "HGB_LBORIG"}


def test_a_corrected_report_carries_the_result_along_with_a_reason(
    ward: Ward, subject_id: int
) -> None:
    enter(ward, subject_id, CBC, sample(HGB_LBORIG="9.8", HGB_LBCLSIG="N"))
    with pytest.raises(ReasonRequired):
        enter(ward, subject_id, CBC, {"HGB_LBORIG": "10.1"})
    # A page without script sends the result as it stood.
    enter(ward, subject_id, CBC, {"HGB_LBORIG": "10.1", "HGB": "98"}, reason="misread")
    assert held(ward, subject_id, CBC)["HGB"].value == "101"


@pytest.mark.parametrize(
    "values",
    [
        {"HGB_LBORIG": "9.8", "HGB": "99"},
        {"HGB_LBORIG": "9.8", "HGB": "9.8"},
        {"HGB_LBORIG": "-1"},
        {"HGB_LBORIG": "98"},
    ],
)
def test_a_result_that_contradicts_what_was_reported_is_refused(
    ward: Ward, subject_id: int, values: dict[str, str]
) -> None:
    assert "HARD:HGB" in refused(ward, subject_id, CBC, **sample(**values))


def test_a_result_is_not_corrected_past_what_was_reported(ward: Ward, subject_id: int) -> None:
    enter(ward, subject_id, CBC, sample(HGB_LBORIG="9.8", HGB_LBCLSIG="N"))
    assert refused(ward, subject_id, CBC, HGB="101") == ["HARD:HGB"]
    # Taking the report away leaves the number, which anybody may then correct.
    enter(ward, subject_id, CBC, {"HGB_LBORIG": "", "HGB": "101"}, reason="it was in g/L")
    assert held(ward, subject_id, CBC)["HGB"].value == "101"


def test_a_report_and_a_reason_for_none_exclude_each_other(ward: Ward, subject_id: int) -> None:
    with (
        pytest.raises(InvalidValues) as refusal,
        ward.work(ward.nurse, Role.RESEARCH_NURSE) as uow,
    ):
        save_crf(
            uow, subject_id=subject_id, visit="SCR", form="LB", row=1,
            submission=Submission(
                typed={(code, 1): value for code, value in sample(HGB_LBORIG="9.8").items()},
                missing={("HGB", 1): ("ND", "clotted")},
            ),
        )  # fmt: skip
    assert list(refusal.value.problems) == ["HGB"]


def test_an_unknown_laboratory_is_refused(ward: Ward, subject_id: int) -> None:
    values = sample(HGB="98", LBLAB="LAB02")
    assert refused(ward, subject_id, CBC, **values) == ["HARD:LBLAB"]
    # The entry's own name is no laboratory.
    values = sample(HGB="98", LBLAB="LAB01@2020-01-01")
    assert refused(ward, subject_id, CBC, **values) == ["HARD:LBLAB"]


def test_results_without_limits_are_saved_with_a_warning(ward: Ward, subject_id: int) -> None:
    saved = enter(ward, subject_id, CHEM, sample(CREAT="80"))
    assert [found.id for found in saved.warnings] == []
    with ward.database.reading() as session:
        row = next(r for r in registers.list_rows(session) if r.register == "LAB")
    correct(ward, row.row_id, FROM="2018-01-01", TO="2019-06-30")
    saved = enter(ward, subject_id, CBC, sample(HGB="98"))
    assert [found.id for found in saved.warnings] == ["LB-09"]
    assert "HGB_LBNRIND" not in held(ward, subject_id, CBC)


# The register


def period(ward: Ward, first: str, last: str = "", code: str = "LAB01") -> registers.Row:
    typed = LAB_ENTRY | {"LBLAB": code, "FROM": first, "TO": last}
    with ward.database.unit_of_work(KEEPER, "register.add") as uow:
        return registers.add_row(
            uow, STUDY, site_id=ward.site.id, register="LAB", typed=typed
        )  # fmt: skip


def correct(ward: Ward, row_id: int, **entry: str) -> registers.Row:
    with ward.database.unit_of_work(KEEPER, "register.correct", reason="changed") as uow:
        return registers.correct_row(uow, STUDY, row_id=row_id, typed=LAB_ENTRY | entry)


def test_limits_follow_one_another_and_never_overlap(ward: Ward) -> None:
    for first, last in (("2019-01-01", "2020-01-01"), ("2020-01-01", ""), ("2024-01-01", "")):
        with pytest.raises(InvalidValues) as refusal:
            period(ward, first, last)
        assert "2020-01-01" in refusal.value.problems["FROM"][0][1].en
    period(ward, "2018-01-01", "2019-12-31")
    period(ward, "2020-01-01", code="LAB02")
    with pytest.raises(InvalidValues):
        period(ward, "2019-12-31", "2019-12-31")
    with ward.database.reading() as session:
        keys = {row.key for row in registers.list_rows(session) if row.register == "LAB"}
    assert keys == {"LAB01@2020-01-01", "LAB01@2018-01-01", "LAB02@2020-01-01"}


def test_a_period_cannot_be_stretched_over_its_neighbour(ward: Ward) -> None:
    before = period(ward, "2018-01-01", "2019-12-31")
    with pytest.raises(InvalidValues):
        correct(ward, before.row_id, FROM="2018-01-01", TO="2020-01-01")
    corrected = correct(ward, before.row_id, FROM="2018-06-01", TO="2019-12-31")
    assert corrected.key == "LAB01@2018-06-01"


def test_a_period_that_ends_before_it_begins_is_refused(ward: Ward) -> None:
    with pytest.raises(InvalidValues) as refusal:
        period(ward, "2018-01-02", "2018-01-01")
    assert list(refusal.value.problems) == ["TO"]


def test_a_laboratory_that_samples_name_keeps_its_code_but_not_its_days(
    ward: Ward, subject_id: int
) -> None:
    enter(ward, subject_id, CBC, sample(HGB="140"))
    with ward.database.reading() as session:
        row = next(r for r in registers.list_rows(session) if r.register == "LAB")
    correct(ward, row.row_id, FROM="2019-01-01")
    with pytest.raises(InvalidValues) as refusal:
        correct(ward, row.row_id, FROM="2019-01-01", LBLAB="LAB09")
    assert refusal.value.problems["LBLAB"][0][0] == "REGISTER-NAMED"


# What a save costs


CHEMISTRY = {
    "ALT": "120", "AST": "80", "GGT": "90", "ALP": "100", "BILI": "15", "BILDIR": "3", "ALB": "33",
    "CREAT": "80", "UREA": "5", "GLUC": "5", "K": "3.1", "SODIUM": "139", "CA": "2.2", "MG": "0.8",
    "PHOS": "1", "LDH": "300", "CRP": "12", "PCT": "0.1",
}  # fmt: skip


def unscheduled(ward: Ward, subject_id: int, visit: str) -> None:
    values = {"UNSREAS": "LAB", "UNSFORM": ["LB"]}
    enter(ward, subject_id, (visit, "UNS", 1), values)


def in_full(ward: Ward, subject_id: int, place: tuple[str, str, int], **values: Any) -> Saved:
    return enter(ward, subject_id, place, sample(**CHEMISTRY) | values)


def test_a_full_panel_is_saved_in_few_statements_however_many_there_are(
    ward: Ward, subject_id: int
) -> None:
    with counted(ward.database.engine) as first:
        in_full(ward, subject_id, CHEM)
    for number in range(1, 4):
        unscheduled(ward, subject_id, f"UNS{number:02}")
        in_full(ward, subject_id, (f"UNS{number:02}", "LB", 2))
    unscheduled(ward, subject_id, "UNS04")
    with counted(ward.database.engine) as later:
        in_full(ward, subject_id, ("UNS04", "LB", 2))
    # ``enter`` reads the version first, as a page does.
    assert max(len(first), len(later)) <= MOST_A_SAVE + 6, "\n".join(later)
    assert len(later) <= len(first)
