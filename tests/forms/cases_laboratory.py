"""Cases of the laboratory's checks, at their boundaries."""

from __future__ import annotations

from typing import Any

from edc.forms.lb_checks import has_qualifier
from edc.forms.lb_tests import BY_CODE, PANELS, TESTS
from tests.forms.casebooks import day
from tests.forms.check_cases import EVENT, Case, Records, beside, pair
from tests.support.laboratory import LAB_ENTRY, register

ROW = {panel: row for row, panel in enumerate(PANELS, 1)}
MAN = {"DM@SCR": {"BRTHYR": "1985", "BRTHMO": "6", "SEX": "M"}}


def at(panel: str, visit: str = "V7") -> str:
    return f"LB@{visit}#{ROW[panel]}"


def sample(on: int = 7, /, **results: Any) -> Records:
    return {"LBPERF": "Y", "LBDAT": day(on), "LBLAB": "LAB01"} | results


def judged(rule: str, panel: str, fires: Any, silent: Any, **both: Any) -> list[Case]:
    """One check with two samples, where limits are known."""
    both["records"] = MAN | both.get("records", {})
    return pair(rule, at(panel), fires, silent, registers={"LAB": register()}, **both)


def changed(test: str, before: str, fires: str, silent: str, *, days: int = 7) -> list[Case]:
    """LB-04: a result *days* after another of the same test."""
    panel = BY_CODE[test].panel
    earlier = {at(panel, "BL"): sample(7 - days, **{test: before})}
    return pair(
        "LB-04", at(panel), sample(**{test: fires}), sample(**{test: silent}), records=earlier
    )


SIGNIFICANT = sample(HGB="78", HGB_LBCLSIG="Y")
HGB_TERM, RASH = "CTC5-0001", "CTC5-0716"
AN_EVENT = {"AE": EVENT | {"AECTCID": RASH, "AESTDAT": day(8), "AEENDAT": day(9)}}


def with_event(**changes: Any) -> Records:
    return {"AE": AN_EVENT["AE"] | changes}


LB_05 = [
    Case(
        "LB-05", at("CBC"), SIGNIFICANT, fires=fires, registers={"LAB": register()},
        records=MAN | records,
    )
    for fires, records in (
        (True, {}),
        (True, {"AE": {"AEYN": "N"}}),
        # Whatever the term, an event that begins within a week of the sample.
        (False, AN_EVENT),
        (False, with_event(AESTDAT=day(0))),
        (True, with_event(AESTDAT=day(-1), AEENDAT=day(30))),
        (False, with_event(AESTDAT=day(14), AEENDAT=None, AEONGO="Y")),
        (True, with_event(AESTDAT=day(15), AEENDAT=None, AEONGO="Y")),
        # What is known in part is linked where it can be.
        (False, with_event(AESTDAT="2024-04", AEENDAT=None)),
        (True, with_event(AESTDAT="2024-02", AEENDAT=None)),
        # The test's own term, as long as it was there within a week.
        (False, with_event(AECTCID=HGB_TERM, AESTDAT=day(-30), AEENDAT=None, AEONGO="Y")),
        (False, with_event(AECTCID=HGB_TERM, AESTDAT=day(-30), AEENDAT=day(0))),
        (True, with_event(AECTCID=HGB_TERM, AESTDAT=day(-30), AEENDAT=day(-1))),
    )
]  # fmt: skip


ENGRAFTED = {"NEUENG": "Y", "NEUENGDT": day(7), "PLTENG": "Y", "PLTENGDT": day(7)}

CASES = [
    *pair("LB-01", at("CBC"), sample(WBC="2", NEUT="1.5", LYM="0.71"),
          sample(WBC="2", NEUT="1.5", LYM="0.7")),
    *pair("LB-01", at("CBC"), sample(WBC="2", NEUT="2.01"), sample(WBC="2", NEUT="2")),
    *pair("LB-02", at("CHEM"), sample(BILI="12", BILDIR="12.1"), sample(BILI="12", BILDIR="12")),
    *pair("LB-03", at("CHEM"), sample(CREAT="14.9"), sample(CREAT="15")),
    *pair("LB-03", at("CHEM"), sample(ALB="7.9"), sample(ALB="8")),
    *pair("LB-03", at("CHEM"), sample(BILI="1.4"), sample(BILI="1.5")),
    # 0.1755 x 17.1 is 3.001: what is below the usual range even so is no question of the unit.
    *pair("LB-03", at("CHEM"), sample(BILI="0.1755"), sample(BILI="0.1754")),
    *pair("LB-03", at("CBC"), sample(HGB="24.9"), sample(HGB="25")),
    # What was reported in the other unit is not asked about.
    *pair("LB-03", at("CBC"), sample(HGB="24"), sample(HGB="24", HGB_LBORIG="2.4")),
    *changed("HGB", "100", "69.9", "70"),
    *changed("PLAT", "10", "50", "49.9"),
    *changed("CREAT", "60", "120", "119.9"),
    *changed("ALT", "20", "100", "99.9"),
    *changed("K", "4", "5.5", "5.4"),
    *changed("K", "4", "2.5", "2.6"),
    Case("LB-04", at("CBC"), sample(HGB="60"), fires=False,
         records={at("CBC", "SCR"): sample(-1, HGB="100")}),
    # The last sample that has the test counts, and not the last sample.
    Case("LB-04", at("CBC"), sample(HGB="60"), fires=False,
         records={at("CBC", "SCR"): sample(-1, HGB="100"),
                  at("CBC", "DA05"): sample(5, WBC="1")}),
    Case("LB-04", at("CBC"), sample(PLAT="0"), fires=False,
         records={at("CBC", "DA05"): sample(5, PLAT="0")}),
    *LB_05,
    *judged("LB-05", "CBC", sample(HGB="78", HGB_LBCLSIG="Y"), sample(HGB="78", HGB_LBCLSIG="N")),
    *judged("LB-05", "CBC", sample(1, HGB="78", HGB_LBCLSIG="Y"),
            sample(0, HGB="78", HGB_LBCLSIG="Y")),
    # A test of which CTCAE has no term.
    *judged("LB-05", "CHEM", sample(CRP="99", CRP_LBCLSIG="Y"), sample(CRP="9", CRP_LBCLSIG="Y")),
    *judged("LB-06", "CHEM", sample(ALT="250.1", ALT_LBCLSIG="N"),
            sample(ALT="250", ALT_LBCLSIG="N")),
    *judged("LB-06", "CHEM", sample(ALT="999", ALT_LBCLSIG="N"),
            sample(ALT="999", ALT_LBCLSIG="Y")),
    *[
        case
        for test in ("WBC", "NEUT", "LYM", "HGB", "PLAT")
        for value in ({test: "10" if test == "HGB" else "0", f"{test}_LBCLSIG": "N"},)
        for case in judged(
            "LB-06", "CBC", sample(7, **value), sample(6, **value), records={"ENG@V28": ENGRAFTED}
        )
    ],
    Case("LB-06", at("CBC"), sample(HGB="60", HGB_LBCLSIG="N"), fires=False,
         registers={"LAB": register()}, records=MAN),
    *[
        case
        for visit, inside, outside in (("V7", 6, 5), ("V7", 8, 9), ("SCR", -7, -8))
        for case in pair("LB-07", at("CBC", visit), sample(outside), sample(inside))
    ],
    Case("LB-07", at("CBC", "SCR"), sample(-8), fires=False, day_zero=None),
    *pair("LB-08", at("CBC"), {"LBPERF": "Y", "LBDAT": "2024-06-04"},
          {"LBPERF": "Y", "LBDAT": "2024-06-03"}),
    *beside("LB-08", at("CBC"), sample(7), {"DTH": {"DTHDAT": day(6)}},
            {"DTH": {"DTHDAT": day(7)}}),
    *[
        Case("LB-09", at("CBC"), sample(7, **results), fires=fires, records=MAN,
             registers={"LAB": register(LAB_ENTRY | period)})
        for fires, period, results in (
            (False, {}, {"HGB": "98"}),
            (False, {"FROM": day(7)}, {}),
            (True, {"FROM": day(8)}, {}),
            (False, {"TO": day(7)}, {}),
            (True, {"TO": day(6)}, {}),
            (True, {"LIMITS": [{"TEST": "WBC", "LOW": "3.5"}]}, {"HGB": "98"}),
            (False, {"LIMITS": [{"TEST": "WBC", "LOW": "3.5"}]}, {"WBC": "4"}),
            (True, {"LIMITS": [{"TEST": "HGB", "SEX": "F", "LOW": "115"}]}, {"HGB": "98"}),
        )
    ],
    # Few laboratories give limits for drug levels.
    Case("LB-09", at("DRUG"), sample(CSATR="200"), fires=False,
         registers={"LAB": register()}, records=MAN),
    *[
        case
        for test in TESTS
        if has_qualifier(test)
        for case in pair("LB-10", at(test.panel), sample(**{f"{test.code}_LBQUAL": "LT"}),
                         sample(**{f"{test.code}_LBQUAL": "LT", test.code: "5"}))
    ],
]  # fmt: skip
