"""The declared CRFs against the facts of the trial's specification, difference by difference."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from edc.forms import CRFS
from edc.protocol import STUDY
from edc.study.check_table import check_table
from edc.study.codebook import codebook
from edc.study.conditions import Expression
from edc.study.items import Item
from tests.forms import differences_clinical as clinical
from tests.forms import differences_laboratory as laboratory
from tests.forms import differences_product as product
from tests.forms import differences_safety as safety

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FACTS = json.loads((HERE / "specification.json").read_text(encoding="utf-8"))
FIELDS = {
    (form["code"], field["code"]): field for form in FACTS["forms"] for field in form["fields"]
}
FIELDS |= clinical.by_system(FIELDS)
FIELDS = {key: field for key, field in FIELDS.items() if not key[1].startswith("PExx")}
# Compared test by test in test_laboratory.py.
FIELDS = {key: field for key, field in FIELDS.items() if not laboratory.is_of_row(*key)}
CHECKS = {check["id"]: (form["code"], check) for form in FACTS["forms"] for check in form["checks"]}

KINDS = {"code": "choice", "multi": "multi", "date": "date", "pdate": "partial_date",
         "time": "time", "int": "integer", "text": "text", "calc": "calculated",
         "system": "system", "ref": "reference", "file": "file", "table": "table"}  # fmt: skip

# How the specification writes a bound, and how the study does.
BOUNDS = {
    "ICDAT to today": "consent_date .. today",
    "<= today": " .. today",
    "<= HCTDAT": " .. HCTDAT",
    "<= EOSDAT": " .. EOSDAT",
    "= visit date": "visit_date .. visit_date",
    "1920 to current year": "1920 .. year(today)",
    "0 to 100, steps of 10": "0 .. 100",
    "> HEALDAT, <= today": "HEALDAT + 1 .. today",
    ">= ICDAT, <= today": "consent_date .. today",
    "RANDDAT to today": "randomisation_date .. today",
    "<= D28": " .. randomisation_date + 28",
    ">= last contact, <= today": "EOS.EOSLAST .. today",
    "AESTDAT to today": "AESTDAT .. today",
    "4 to 14 days before HCTDAT": "HCTDAT - 14 .. HCTDAT - 4",
    "within 30 days": "visit_date - 30 .. ",
    "within 60 days": "visit_date - 60 .. ",
    "scheduled day": "window_start .. window_end",
    "0 to 1e7": "0 .. 10000000",
    "0 to 1e10": "0 .. 10000000000",
    "0 to 1e12": "0 .. 1000000000000",
    "0 to 1e13": "0 .. 10000000000000",
}
# Bounds that are no range of the item here, and what stands in their place.
BY_KIND = "the kind of item or its code list says it"
BY_SERVER = "the server checks it when it writes or looks up the key"
NO_RANGE = {
    ("hard", "in version register"): BY_SERVER,
    ("hard", "on delegation list at ICDAT"): BY_SERVER,
    ("hard", "site-sequence, e.g. 01-001"): BY_SERVER,
    ("hard", "a screen failure with RESCR == Y"): BY_SERVER,
    ("hard", "R001 upward, unique"): BY_SERVER,
    ("hard", "1 upward, never reused"): BY_SERVER,
    ("hard", "another participant"): BY_SERVER,
    ("hard", "^[A-Z]{4}$"): BY_KIND,
    ("hard", "0 to 2, or 9"): BY_KIND,
    ("hard", "0 to 3, or 9"): BY_KIND,
    ("hard", "jpg, png, up to 10 MB; metadata stripped"): BY_KIND,
    ("hard", "as OMPHOTO"): BY_KIND,
    ("hard", "ctcae_v5_terms"): BY_KIND,
    ("hard", "inside start and end"): "the bounds stand at the date column of the table",
}
# A check of the same meaning speaks instead, so that nobody answers the same question twice.
SAID_BY_CHECK = {
    ("SV", "SVSTDAT", "soft"): "SV-01",
    ("SV", "SVOUT", "soft"): "SV-01",
    ("IC", "ICDAT", "hard"): "IC-01",
    ("IC", "ICDAT", "soft"): "IC-03",
    ("DM", "AGE", "soft"): "DM-01",
    ("HSCT", "HCTDAT", "soft"): "HSCT-05",
    ("HSCT", "CONDENDT", "hard"): "HSCT-04",
    ("OM", "OMWHOC", "soft"): "OM-01",
    ("AE", "AETOXGR", "hard"): "AE-04",
    ("RSP", "RSPORALC", "soft"): "RSP-01",
    ("RSP", "RSPSKINC", "soft"): "RSP-01",
    ("RSP", "RSPBLADC", "soft"): "RSP-01",
    ("EOS", "EOSTRIES", "soft"): "EOS-04",
}
# One side of a range is a check's, the other is the item's.
HALF_BY_CHECK = {
    ("SV", "SVSTDAT", "hard"): ("consent_date .. ", "SV-02"),
    ("AE", "AESTDAT", "hard"): (" .. today", "AE-02"),
    ("AE", "AEENDAT", "hard"): (" .. today", "AE-01"),
}
BY_SK02 = "SK-02 asks about a size of 0, and of a lesion that healed"
OF_SEEN_SKIN = "nobody grades a skin, or takes a picture of it, that was not assessed"
OTHERWISE = {
    ("SK", "SLLEN", "soft"): ("0 .. 20", BY_SK02),
    ("SK", "SLWID", "soft"): ("0 .. 15", BY_SK02),
    ("SK", "SKCTCRD", "show_if"): ("SKPERF == 'Y' and 'RT' in INJ.INJCAUSE", OF_SEEN_SKIN),
    ("SK", "SKRTOG", "show_if"): ("SKPERF == 'Y' and 'RT' in INJ.INJCAUSE", OF_SEEN_SKIN),
    ("SK", "SKGVST", "show_if"): ("SKPERF == 'Y' and 'AGVHD' in INJ.INJCAUSE", OF_SEEN_SKIN),
    ("SK", "SLAREA", "show_if"): ("SKPERF == 'Y'", "a lesion row"),
    ("SK", "SLREDPC", "show_if"): ("SKPERF == 'Y'", "a lesion row"),
    ("SK", "SLPHOTO", "show_if"): ("SKPERF == 'Y' and IC.ICPHOTO == 'Y'", OF_SEEN_SKIN),
    ("DV", "DVKNOW", "hard"): ("DVDAT .. today", "nothing is found in the future"),
    ("DV", "DVPP", "show_if"): ("", "changed_by says that it is the statistician's"),
    ("DTH", "DTHAE", "show_if"): (
        "DTHDAT <= randomisation_date + 58 or DTHCAUS == 'PROD'",
        "product-related is what DTHCAUS says: a browser must not be told AE.AEREL",
    ),
    ("DM", "SCRPREV", "kind"): ("system", "the server writes it when it screens a person again"),
    ("DM", "SCRPREV", "show_if"): ("", "it holds nothing unless re-screened"),
    ("DM", "BRTHDY", "hard"): (None, "a valid date needs month and year: see its expression"),
    ("OM", "OMCTC", "codelist"): ("CTCOM", "CTCAE's own wording of each grade of this term"),
    ("OM", "OMDIETRS", "show_if"): ("OMDIET != 'SOL'", ""),
    ("OM", "OMWHOC", "codelist"): ("WHOOM", "a derived grade is shown in words"),
    ("AE", "AESTDAT", "kind"): ("partial_date", "its label says that the day may be unknown"),
    ("AE", "AECTCOT", "show_if"): (None, "the 26 terms are named by their keys"),
    ("HSCT", "ATGDOSE", "show_if"): ("'ATG' in GVHDPRO", ""),
    ("IC", "ICWDTYP", "codelist"): ("ICWD", ""),
    ("RSP", "RSPORALC", "codelist"): ("RESP", "a derived response is shown in words"),
    ("RSP", "RSPSKINC", "codelist"): ("RESP", "a derived response is shown in words"),
    ("RSP", "RSPBLADC", "codelist"): ("RESP", "a derived response is shown in words"),
    ("RSP", "RSPTGT", "codelist"): ("RESP", "a derived response is shown in words"),
    **{
        ("AE", code, "show_if"): ("AEYN == 'Y'", "only a coder may type it")
        for code in ("AELLT", "AEPT", "AESOC", "AEMDVER")
    },
}  # fmt: skip
# Notes to the developer, and texts that several items share, are not what a nurse should read.
REWORDED = {
    "DM.SUBJINIT", "DM.BRTHDY", "OM.OMWHOC", "OM.OMPHOTO", "RAND.RDARM", "AE.AEYN", "AE.AEGRH",
    "AE.AELLT", "AE.AEPT", "AE.AESOC", "AE.AEMDVER", "RSP.RSPORAL", "RSP.RSPSKIN", "RSP.RSPBLAD",
    "RSP.RSPORALC", "RSP.RSPSKINC", "RSP.RSPBLADC",
}  # fmt: skip
REWORDED_CHECKS = {"IC-05", "IE-13", "RAND-01", "RAND-02", "EOS-05"}
ADDED_CHECKS = {"INJ-05": "section 3.5, rule 4: a new injured site proposes an adverse event"}
BOUNDS |= clinical.BOUNDS | laboratory.BOUNDS | product.BOUNDS | safety.BOUNDS
NO_RANGE |= laboratory.NO_RANGE | product.NO_RANGE | safety.NO_RANGE
SAID_BY_CHECK |= clinical.SAID_BY_CHECK | laboratory.SAID_BY_CHECK | product.SAID_BY_CHECK
SAID_BY_CHECK |= safety.SAID_BY_CHECK
HALF_BY_CHECK |= clinical.HALF_BY_CHECK | product.HALF_BY_CHECK
OTHERWISE |= clinical.OTHERWISE | product.OTHERWISE | safety.OTHERWISE
REWORDED |= clinical.REWORDED | laboratory.REWORDED | product.REWORDED
REWORDED_CHECKS |= clinical.REWORDED_CHECKS

DECLARED = {
    (crf.code, item.code): item
    for crf in CRFS
    for item in crf.items
    if not laboratory.is_of_row(crf.code, item.code)
}
DECLARED |= {
    (code, item.code): item for code, one in product.REGISTERS.items() for item in one.items
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
    if condition == "site injured and visit not in (M6, M12)":
        return condition
    text = re.sub(r"(?<=[=] )[A-Z]+\b", quote, condition)
    return re.sub(r"\(([A-Z0-9, ]+)\)", lambda m: f"({re.sub(r'[A-Z0-9]+', quote, m[1])})", text)


def expected(form: str, code: str, fact: str) -> Any:
    """Return the fact, translated into the study's words."""
    field = FIELDS[form, code]
    if (form, code, fact) in OTHERWISE:
        return OTHERWISE[form, code, fact][0]
    if fact == "kind":
        base = field["type"].split("(")[0].split(" ")[0]
        return KINDS.get(base, "decimal" if base == "dec" else base)
    if fact == "show_if":
        found = quoted(field["show_if"])
        site = {"RSPORAL": "INJORAL", "RSPSKIN": "INJSKIN", "RSPBLAD": "INJBLAD"}.get(code)
        return f"INJ.{site} == 'Y' and visit not in ('M6', 'M12')" if site else found
    text = field[fact]
    if (form, code, fact) in SAID_BY_CHECK or (fact, text) in NO_RANGE or text in ("Y", "N"):
        return ""
    if (form, code, fact) in HALF_BY_CHECK:
        return HALF_BY_CHECK[form, code, fact][0]
    return BOUNDS.get(text, re.sub(r"^(-?[\d.]+) to (-?[\d.]+)$", r"\1 .. \2", text))


def bounds(item: Item, name: str) -> str:
    found = getattr(item, name)
    return found.text() if found else ""


def numbers(text: str) -> list[str]:
    """Return bounds so that 38 and 38.0 are the same."""
    return [
        str(float(part)) if re.fullmatch(r"[\d.]+", part) else part for part in text.split(" .. ")
    ]


def test_the_same_crfs_and_items_are_declared() -> None:
    assert set(DECLARED) == set(FIELDS) | set(product.ADDED_ITEMS)
    forms = {form["code"]: form for form in FACTS["forms"]}
    for code, register in product.REGISTERS.items():
        form = forms.pop(code)
        assert (register.label.en, register.label.zh) == (form["en"], form["zh"])
    assert {crf.code: (crf.label.en, crf.label.zh, crf.sdtm) for crf in CRFS} == {
        code: (form["en"], form["zh"], form["sdtm"]) for code, form in forms.items()
    }


@pytest.mark.parametrize(("form", "code"), sorted(FIELDS), ids="-".join)
def test_an_item_is_declared_as_specified(form: str, code: str) -> None:
    item, field = DECLARED[form, code], FIELDS[form, code]
    assert item.kind == expected(form, code, "kind")
    assert (item.cdash, item.sdtm) == (field["cdash"], field["sdtm"])
    if f"{form}.{code}" not in REWORDED:
        assert (item.label.en, item.label.zh) == (field["en"], field["zh"])
    codes = getattr(item, "codes", None)
    wanted = OTHERWISE.get((form, code, "codelist"), (field["codelist"],))[0]
    assert (codes.name if codes else "") == wanted
    required = item.required.source if isinstance(item.required, Expression) else item.required
    assert required == OTHERWISE.get((form, code, "required"), (field["req"] == "Y",))[0]
    shown = item.shown_when.source if item.shown_when else ""
    if (wanted := expected(form, code, "show_if")) is not None:
        assert shown == wanted
    for name in ("hard", "soft"):
        if (wanted := expected(form, code, name)) is not None:
            assert numbers(bounds(item, name)) == numbers(wanted)
    wanted = field["soft"] if field["soft"] in ("Y", "N") else None
    assert item.expected == OTHERWISE.get((form, code, "expected"), (wanted,))[0]


@pytest.mark.parametrize(
    ("form", "code"), [k for k, f in FIELDS.items() if "(" in f["type"]], ids="-".join
)
def test_lengths_and_decimal_places_are_as_specified(form: str, code: str) -> None:
    item, kind = DECLARED[form, code], FIELDS[form, code]["type"]
    found = getattr(item, "max_length" if kind.startswith("text") else "places")
    assert found == int(re.sub(r"\D", "", kind))


def test_every_check_that_these_crfs_can_judge_is_declared() -> None:
    declared = {
        rule.id: (crf.code, rule)
        for crf in (*CRFS, *product.REGISTERS.values())
        for rule in crf.checks
    }
    assert set(CHECKS) <= set(declared)
    assert set(declared) - set(CHECKS) == set(ADDED_CHECKS)
    for check_id, (form, rule) in declared.items():
        if check_id in ADDED_CHECKS:
            continue
        wanted_form, wanted = CHECKS[check_id]
        wanted_form = product.MOVED.get(check_id, (wanted_form,))[0]
        assert (form, str(rule.severity)) == (wanted_form, wanted["severity"])
        if check_id not in REWORDED_CHECKS:
            assert (rule.message.en, rule.message.zh) == (wanted["en"], wanted["zh"])


def test_the_code_lists_hold_the_specified_codes_and_wordings() -> None:
    found = {
        name: [{"code": c.value, "en": c.label.en, "zh": c.label.zh} for c in codes.codes]
        for name, codes in STUDY.codelists.items()
    }
    wanted = {name: facts["items"] for name, facts in FACTS["codelists"].items()}
    # CTCAE's own wording of each grade of oral mucositis stands in the place of CTCG there.
    assert set(found) ^ set(wanted) == (
        {"CTCOM"} | laboratory.ADDED_CODE_LISTS | product.ADDED_CODE_LISTS
    )
    for name in set(found) & set(wanted):
        assert found[name] == wanted[name], name
        assert STUDY.codelists[name].maps_to == FACTS["codelists"][name]["ref"]


def test_every_difference_still_is_one() -> None:
    """A difference that the specification no longer has must leave the list."""
    for form, code, fact in OTHERWISE:
        assert (form, code) in FIELDS, fact
    for form, code, fact in [*SAID_BY_CHECK, *HALF_BY_CHECK]:
        assert FIELDS[form, code][fact]
    for rule in [*SAID_BY_CHECK.values(), *(rule for _, rule in HALF_BY_CHECK.values())]:
        assert any(check.id == rule for crf in CRFS for check in crf.checks)
    texts = {(fact, field[fact]) for field in FIELDS.values() for fact in ("hard", "soft")}
    assert set(NO_RANGE) <= texts
    assert set(BOUNDS) <= {text for _, text in texts}


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
    "/uL": "/uL", "/HPF": "/[HPF]", "cm2": "cm2", "mm": "mm",
}  # fmt: skip
UCUM |= clinical.UCUM | product.UCUM


def test_units_are_stored_as_ucum() -> None:
    for key, field in FIELDS.items():
        unit = DECLARED[key].unit
        if field["unit"]:
            assert unit is not None, key
            assert unit.ucum == UCUM[field["unit"]], key
        elif unit is not None:  # a plain count, or a score whose label says so
            assert unit.ucum.startswith("{"), key
