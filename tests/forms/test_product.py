"""What a dose's derived items hold, and what its checks ask of it, by worked values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edc.forms.cm import CM
from edc.forms.derivations import product
from edc.forms.prohibited import is_prohibited
from edc.forms.study_settings import DOSING, STORAGE
from edc.study.casebook import RecordScope
from edc.study.items import Unreadable
from tests.forms.casebooks import CONSENT, casebook, place_of, value
from tests.forms.cases_product import DOSE, dose


def scope(**changes: Any) -> RecordScope:
    """Return what the rules read of one dose."""
    book = casebook({"IC": CONSENT, "EX": DOSE | changes})
    return book.scope(book.records[place_of("EX")])


@pytest.mark.parametrize(
    ("changes", "planned"),
    [
        ({}, "15.0"),
        ({"EXROUTE": "INTRAVESICAL"}, "50.0"),
        ({"EXROUTE": "TOPICAL", "EXAREA": "8.0"}, "1.2"),
        ({"EXROUTE": "TOPICAL", "EXAREA": "100.0"}, "15.0"),
        ({"EXROUTE": "TOPICAL"}, None),
        ({"EXROUTE": None}, None),
        ({"EXAREA": "100.0"}, "15.0"),  # an area is not asked of a rinse
    ],
)
def test_the_planned_volume_follows_route_and_area(
    changes: dict[str, Any], planned: str | None
) -> None:
    assert product.planned_volume(scope(**changes)) == planned


@given(st.decimals(min_value="0.1", max_value="10000", places=1))
def test_the_planned_volume_for_skin_lies_between_the_settings_for_each_square_centimetre(
    area: Decimal,
) -> None:
    found = product.planned_volume(scope(EXROUTE="TOPICAL", EXAREA=f"{area}"))
    assert found is not None
    half_a_step = Decimal("0.05")
    assert Decimal("0.1") * area - half_a_step <= Decimal(found)
    assert Decimal(found) <= Decimal("0.2") * area + half_a_step


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [("13:00", "13:03", "3"), ("13:30", "14:15", "45"), ("00:00", "23:59", "1439"),
     ("13:00", None, None), (None, "13:00", None), ("13:00", "12:59", "-1")],
)  # fmt: skip
def test_the_contact_time_is_the_minutes_from_start_to_end(
    start: str | None, end: str | None, minutes: str | None
) -> None:
    assert product.contact_minutes(scope(EXSTTIM=start, EXENTIM=end)) == minutes


def test_the_expiry_is_the_registers_and_a_batch_unknown_there_has_none() -> None:
    assert product.expiry(scope()) == "2024-09-01"
    assert product.expiry(scope(EXLOT="MSC999999")) is None
    book = casebook({"IC": CONSENT, "EX": dose(ECOCCUR="N")})
    assert value(book, "EX", "EXEXP") is None


def test_a_dose_may_have_left_storage_up_to_four_hours_before_it_started() -> None:
    one = scope(EXSTDAT="2024-03-21", EXSTTIM="02:30")
    assert product.dose_start(one) == "2024-03-21T02:30+08:00"
    assert product.earliest_thaw(one) == "2024-03-20T22:30+08:00"
    assert product.earliest_end(one) == "02:31"
    nothing = scope(EXSTTIM=None)
    assert product.dose_start(nothing) is None
    assert product.earliest_thaw(nothing) is None
    assert product.earliest_end(nothing) is None


def test_every_route_and_every_way_of_storage_has_its_settings() -> None:
    from edc.forms.codelists_treatment import ROUTE, STORE

    assert set(DOSING) == set(ROUTE.values)
    assert set(STORAGE) == set(STORE.values)
    for one in DOSING.values():
        for low, high in (one.usual, one.possible, one.contact):
            assert Decimal(low) < Decimal(high)
        assert Decimal(one.possible[0]) <= Decimal(one.usual[0])
        assert Decimal(one.usual[1]) <= Decimal(one.possible[1])


@pytest.mark.parametrize(
    "unit",
    ["mg", "g", "ug", "mL", "L", "IU", "[IU]", "mmol", "mg/kg", "ug/kg/min", "10*6/kg", "mg/m2",
     "%", "U", "kU", "片", "支", "tablet", "mL/h", "{dose}", "g/L"],
)  # fmt: skip
def test_a_unit_of_ucum_or_a_counted_form_is_read(unit: str) -> None:
    assert CM.by_code["CMDOSU"].read(unit) == unit


@pytest.mark.parametrize("unit", ["µg", "mcg", "毫克", "mgs", "5 mg", "mg//kg", "MG", "a lot"])
def test_what_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(Unreadable):
        CM.by_code["CMDOSU"].read(unit)


@pytest.mark.parametrize("code", ["A10", "N02AA01", "L03"])
def test_an_atc_code_begins_with_a_letter_and_two_digits(code: str) -> None:
    assert CM.by_code["CMATC"].read(code) == code


@pytest.mark.parametrize("code", ["a10", "A1", "10A", "AA0"])
def test_what_is_no_atc_code_is_refused(code: str) -> None:
    with pytest.raises(Unreadable):
        CM.by_code["CMATC"].read(code)


@pytest.mark.parametrize(
    ("name", "prohibited"),
    [("Palifermin", True), ("KEPIVANCE 6.25mg", True), ("帕利夫明", True), ("hUC-MSC注射液", True),
     ("间充质干细胞外泌体喷雾", True), ("Investigational product X", True), ("在研药物A", True),
     ("吗啡", False), ("人粒细胞刺激因子", False), ("造血干细胞动员剂", False),
     ("Haematopoietic stem cell support", False), ("Amscan", False)],
)  # fmt: skip
def test_a_medicine_is_not_allowed_by_the_words_that_name_it(name: str, prohibited: bool) -> None:
    assert is_prohibited(name) is prohibited
