"""The declared CRFs against the facts of the trial's specification, difference by difference."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edc.forms import CRFS
from edc.forms.lb_tests import TESTS
from edc.protocol import STUDY
from edc.study.check_table import check_table
from edc.study.codebook import codebook
from edc.study.conditions import Expression
from edc.study.items import Item
from tests.forms import (
    differences_assessments,
    differences_baseline,
    differences_clinical,
    differences_conduct,
    differences_laboratory,
    differences_product,
    differences_safety,
)
from tests.forms.specification import FACTS

ROOT = Path(__file__).parents[2]
AREAS = (
    differences_assessments,
    differences_baseline,
    differences_clinical,
    differences_conduct,
    differences_laboratory,
    differences_product,
    differences_safety,
)
REGISTERS = differences_product.REGISTERS


def merged(name: str) -> dict[Any, Any]:
    """Return the differences of one kind in every area; no two areas speak of the same fact."""
    entries = [entry for area in AREAS for entry in getattr(area, name, {}).items()]
    found = dict(entries)
    assert len(found) == len(entries), name
    return found


# How the specification writes a bound, and how the study does.
BOUNDS = merged("BOUNDS")
# Bounds that are no range of the item here, and what stands in their place.
NO_RANGE = merged("NO_RANGE")
# A check of the same meaning speaks instead, so that nobody answers the same question twice.
SAID_BY_CHECK = merged("SAID_BY_CHECK")
# One side of a range is a check's, the other is the item's.
HALF_BY_CHECK = merged("HALF_BY_CHECK")
# What stands in the place of one fact of an item, and why.
OTHERWISE = merged("OTHERWISE")
# Notes to the developer, and texts that several items share, are not what a nurse should read.
REWORDED = merged("REWORDED")
REWORDED_CHECKS = merged("REWORDED_CHECKS")
# A check that stands on another CRF than the one the specification lists it under.
MOVED = merged("MOVED")
ADDED_ITEMS = merged("ADDED_ITEMS")
ADDED_CHECKS = merged("ADDED_CHECKS")
ADDED_CODE_LISTS = merged("ADDED_CODE_LISTS")

FORMS = {form["code"]: form for form in FACTS["forms"]}
FIELDS = {(code, field["code"]): field for code, form in FORMS.items() for field in form["fields"]}
FIELDS |= differences_clinical.by_system(FIELDS)
FIELDS = {key: field for key, field in FIELDS.items() if not key[1].startswith("PExx")}
# Compared test by test in test_laboratory.py.
FIELDS = {key: field for key, field in FIELDS.items() if not differences_laboratory.is_of_row(*key)}
CHECKS = {check["id"]: (code, check) for code, form in FORMS.items() for check in form["checks"]}

KINDS = {"code": "choice", "multi": "multi", "date": "date", "pdate": "partial_date",
         "time": "time", "int": "integer", "text": "text", "calc": "calculated",
         "system": "system", "ref": "reference", "file": "file", "table": "table"}  # fmt: skip

DECLARED: dict[tuple[str, str], Item] = {
    (one.code, item.code): item
    for one in (*CRFS, *REGISTERS.values())
    for item in one.items
    if not differences_laboratory.is_of_row(one.code, item.code)
}
DECLARED_CHECKS = {
    rule.id: (one.code, rule) for one in (*CRFS, *REGISTERS.values()) for rule in one.checks
}


def quoted(condition: str) -> str:
    """Return a skip rule of the specification as an expression."""

    def quote(found: re.Match[str]) -> str:
        return f"'{found[0]}'"

    if condition.startswith(("OMPERF == Y and OMLOC", "as above")):
        return "OMPERF == 'Y' and OMLOC in ('IPD', 'OPD')"
    if condition == "lesion row":
        return "SKPERF == 'Y'"
    if condition == "as BKVUQ":
        condition = "visit in (BL, DA07, DA14, V28, FU60, FU100)"
    if condition == "as ECOG":
        condition = "visit in (SCR, BL, V28, FU100, M6, M12)"
    text = re.sub(r"(?<=[=] )[A-Z]+\b", quote, condition)
    text = re.sub(r"^([A-Z]+)(?= in [A-Z])", quote, text)
    return re.sub(
        r"(?<= in )\(([A-Z0-9, ]+)\)", lambda m: f"({re.sub(r'[A-Z0-9]+', quote, m[1])})", text
    )


def specified(form: str, code: str, fact: str) -> Any:
    """Return a fact of the specification, translated into the study's words."""
    field = FIELDS[form, code]
    text = field.get(fact)
    match fact:
        case "kind":
            base = re.split(r"[( ]", field["type"])[0]
            text = KINDS.get(base, "decimal" if base == "dec" else base)
        case "required":
            return field["req"] == "Y"
        case "expected":
            text = field["soft"] if field["soft"] in ("Y", "N") else None
        case "show_if":
            site = {"RSPORAL": "ORAL", "RSPSKIN": "SKIN", "RSPBLAD": "BLAD"}.get(code)
            text = f"INJ.INJ{site} == 'Y' and visit not in ('M6', 'M12')" if site else quoted(text)
        case "hard" | "soft":
            # An expected answer is compared as such.
            text = "" if text in ("Y", "N") else text
            return numbers(re.sub(r"^(-?[\d.]+) to (-?[\d.]+)$", r"\1 .. \2", text))
    return text


def expected(form: str, code: str, fact: str) -> Any:
    """Return what the study should declare: the specified fact, or what stands in its place."""
    key, text = (form, code, fact), FIELDS[form, code].get(fact)
    if key in OTHERWISE:
        found = OTHERWISE[key][0]
        return numbers(found) if fact in ("hard", "soft") and found is not None else found
    if fact in ("hard", "soft"):
        if key in SAID_BY_CHECK or (fact, text) in NO_RANGE:
            return []
        if key in HALF_BY_CHECK:
            return numbers(HALF_BY_CHECK[key][0])
        if text in BOUNDS:
            return numbers(BOUNDS[text])
    return specified(form, code, fact)


def declared(form: str, code: str, fact: str) -> Any:
    """Return the fact as the study declares it."""
    item = DECLARED[form, code]
    match fact:
        case "required":
            asked = item.required
            return asked.source if isinstance(asked, Expression) else asked
        case "show_if":
            return item.shown_when.source if item.shown_when else ""
        case "codelist":
            codes = getattr(item, "codes", None)
            return codes.name if codes else ""
        case "hard" | "soft":
            found = getattr(item, fact)
            return numbers(found.text()) if found else []
        case _:
            return getattr(item, fact)


COMPARED = ("kind", "codelist", "required", "show_if", "hard", "soft", "expected")


def numbers(text: str) -> list[str]:
    """Return bounds so that 38 and 38.0 are the same."""
    return [
        str(float(part)) if re.fullmatch(r"[\d.]+", part) else part
        for part in text.split(" .. ")
        if text
    ]


def test_the_same_crfs_and_items_are_declared() -> None:
    assert set(DECLARED) == set(FIELDS) | set(ADDED_ITEMS)
    assert {
        one.code: (one.label.en, one.label.zh, getattr(one, "sdtm", FORMS[one.code]["sdtm"]))
        for one in (*CRFS, *REGISTERS.values())
    } == {code: (form["en"], form["zh"], form["sdtm"]) for code, form in FORMS.items()}


@pytest.mark.parametrize(("form", "code"), sorted(FIELDS), ids="-".join)
def test_an_item_is_declared_as_specified(form: str, code: str) -> None:
    item, field = DECLARED[form, code], FIELDS[form, code]
    assert (item.cdash, item.sdtm) == (field["cdash"], field["sdtm"])
    if f"{form}.{code}" not in REWORDED:
        assert (item.label.en, item.label.zh) == (field["en"], field["zh"])
    for fact in COMPARED:
        if (wanted := expected(form, code, fact)) is not None or fact == "expected":
            assert declared(form, code, fact) == wanted, fact


@pytest.mark.parametrize(
    ("form", "code"), [k for k, f in FIELDS.items() if "(" in f["type"]], ids="-".join
)
def test_lengths_and_decimal_places_are_as_specified(form: str, code: str) -> None:
    item, kind = DECLARED[form, code], FIELDS[form, code]["type"]
    found = getattr(item, "max_length" if kind.startswith("text") else "places")
    assert found == int(re.sub(r"\D", "", kind))


def test_every_check_is_declared_as_specified() -> None:
    assert set(DECLARED_CHECKS) == set(CHECKS) | set(ADDED_CHECKS)
    for check_id, (specified_form, wanted) in CHECKS.items():
        form, rule = DECLARED_CHECKS[check_id]
        assert form == MOVED.get(check_id, (specified_form,))[0]
        assert str(rule.severity) == wanted["severity"]
        if check_id not in REWORDED_CHECKS:
            assert (rule.message.en, rule.message.zh) == (wanted["en"], wanted["zh"])


def test_the_code_lists_hold_the_specified_codes_and_wordings() -> None:
    found = {
        name: [{"code": c.value, "en": c.label.en, "zh": c.label.zh} for c in codes.codes]
        for name, codes in STUDY.codelists.items()
    }
    wanted = {name: facts["items"] for name, facts in FACTS["codelists"].items()}
    assert set(found) == set(wanted) | set(ADDED_CODE_LISTS)
    for name, codes in wanted.items():
        assert found[name] == codes, name
        assert STUDY.codelists[name].maps_to == FACTS["codelists"][name]["ref"]


def test_the_crfs_of_an_unscheduled_visit_are_named_as_they_are_called() -> None:
    offered = STUDY.codelists["UNSFORM"].codes
    assert ", ".join(code.value for code in offered) == FIELDS["UNS", "UNSFORM"]["hard"]
    for code in offered:
        assert (code.label.en, code.label.zh) == (FORMS[code.value]["en"], FORMS[code.value]["zh"])


def test_the_study_has_the_whole_specification() -> None:
    """The numbers, so that nothing is lost from both sides at once."""
    assert (len(FORMS), len(FACTS["codelists"]), len(CHECKS)) == (36, 93, 171)
    assert sum(len(form["fields"]) for form in FORMS.values()) == 511
    assert len(FACTS["labtests"]) == len(TESTS) == 36
    # CRFs and registers; the code lists and checks added here.
    assert (len(CRFS), len(REGISTERS)) == (35, 1)
    assert (len(STUDY.codelists), len(DECLARED_CHECKS)) == (
        93 + len(ADDED_CODE_LISTS),
        171 + len(ADDED_CHECKS),
    )


@pytest.mark.parametrize(("form", "code", "fact"), OTHERWISE, ids="-".join)
def test_a_difference_still_is_one_and_has_its_reason(form: str, code: str, fact: str) -> None:
    """A difference that the specification no longer has must leave the list."""
    found, reason = OTHERWISE[form, code, fact]
    assert len(reason.split()) > 2
    assert specified(form, code, fact) != declared(form, code, fact)
    assert found is None or expected(form, code, fact) == declared(form, code, fact)


def test_every_other_difference_still_is_one() -> None:
    for form, code, fact in [*SAID_BY_CHECK, *HALF_BY_CHECK]:
        assert FIELDS[form, code][fact]
    for rule in [*SAID_BY_CHECK.values(), *(rule for _, rule in HALF_BY_CHECK.values())]:
        assert rule in DECLARED_CHECKS
    texts = {(fact, field[fact]) for field in FIELDS.values() for fact in ("hard", "soft")}
    assert set(NO_RANGE) <= texts
    assert set(BOUNDS) <= {text for _, text in texts}
    for name in REWORDED:
        form, _, code = name.partition(".")
        if (form, code) in FIELDS:
            item, field = DECLARED[form, code], FIELDS[form, code]
            assert (item.label.en, item.label.zh) != (field["en"], field["zh"]), name
    for check_id in REWORDED_CHECKS:
        rule, wanted = DECLARED_CHECKS[check_id][1], CHECKS[check_id][1]
        assert (rule.message.en, rule.message.zh) != (wanted["en"], wanted["zh"]), check_id


def test_the_committed_codebook_is_the_one_the_study_declares() -> None:
    committed = json.loads((ROOT / "docs" / "codebook.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(codebook(STUDY)))


def test_the_committed_table_of_checks_is_made_from_the_declarations() -> None:
    committed = (ROOT / "docs" / "edit-checks.md").read_text(encoding="utf-8")
    assert committed == check_table(STUDY)


UCUM = {
    "days": "d", "year": "a", "years": "a", "month": "mo", "day": "d", "Cel": "Cel",
    "beats/min": "/min", "breaths/min": "/min", "mmHg": "mm[Hg]", "%": "%", "cm": "cm", "kg": "kg",
    "kg/m2": "kg/m2", "m2": "m2", "points": "{score}", "10^6/kg": "10*6/kg", "10^8/kg": "10*8/kg",
    "Gy": "Gy", "mg/kg": "mg/kg", "score": "{score}", "sites": "{sites}", "mg": "mg",
    "mL": "mL", "/night": "/{night}", "/day": "/d", "copies/mL": "{copies}/mL", "log10": "{log}",
    "/uL": "/uL", "/HPF": "/[HPF]", "cm2": "cm2", "mm": "mm", "ms": "ms", "IU/mL": "[IU]/mL",
    "umol/L": "umol/L", "U": "U", "units": "{container}", "ug/mL": "ug/mL", "10^9/mL": "10*9/mL",
    "min": "min",
}  # fmt: skip


def test_units_are_stored_as_ucum() -> None:
    for key, field in FIELDS.items():
        unit = DECLARED[key].unit
        if field["unit"]:
            assert unit is not None, key
            assert unit.ucum == UCUM[field["unit"]], key
        elif unit is not None:  # a plain count, or a score whose label says so
            assert unit.ucum.startswith("{"), key
