"""Cases of the checks of serious events, pregnancies and their reports."""

from __future__ import annotations

from typing import Any

from tests.forms.casebooks import day
from tests.forms.check_cases import EVENT, Case, Records, beside, by_fact, pair

SERIOUS = EVENT | {
    "AETERM": "严重过敏反应", "AECTCID": "CTC5-0262", "AESTDAT": day(5), "AESTTIM": "16:00",
    "AEONGO": "Y", "AEENDAT": None, "AETOXGR": 4, "AESER": "Y", "AESDTH": "N", "AESLIFE": "Y",
    "AESHOSP": "N", "AESERDAT": day(5), "AEREL": "PROB", "AEACN": "DRUG WITHDRAWN",
    "AEOUT": "RECOVERING/RESOLVING", "AESPID": "1", "AESAENO": "1",
}  # fmt: skip
MILD = SERIOUS | {"AESER": "N", "AETOXGR": 2}
AWARE = f"{day(5)}T16:30+08:00"
SENT = f"{day(6)}T09:10+08:00"
REPORT = {
    "SAETYPE": "INIT", "SAEAWDTM": AWARE, "SAEREP": "1", "SAEDX": "过敏性休克", "SAEACN": "1",
    "SAERELI": "PROB",
}  # fmt: skip
BY_SPONSOR = REPORT | {
    "SAESUBDTM": SENT, "SAESPDTM": f"{day(6)}T10:00+08:00", "SAERELS": "PROB", "SAEEXP": "UNEXP",
}  # fmt: skip
REPORTED: Records = {"AE": SERIOUS}
PREGNANT = {"PGWHO": "Y", "PGAWDTM": AWARE, "PGLMP": day(-20), "PGOUT": "ONGO"}
BORN = PREGNANT | {"PGOUT": "LIVE", "PGOUTDAT": day(30), "PGDEF": "Y"}
DEATH = SERIOUS | {
    "AETOXGR": 5, "AESDTH": "Y", "AEOUT": "FATAL", "AEONGO": "N", "AEENDAT": day(9),
}  # fmt: skip
GIVEN = {"ECOCCUR": "Y", "EXROUTE": "ORAL RINSE", "EXSTDAT": day(4), "EXSTTIM": "15:40"}
LONG_AFTER = {"now": f"{day(60)}T08:00:00+08:00"}
NO_CAUSE = SERIOUS | {"AEREL": "NA"}


def at(rule: str, place: str, values: Any, late: str, in_time: str, **both: Any) -> list[Case]:
    """One check of a clock, at two moments."""
    return [
        Case(rule, place, values, fires=True, facts={"now": late}, **both),
        Case(rule, place, values, fires=False, facts={"now": in_time}, **both),
    ]


def on(rule: str, place: str, values: Any, late: str, in_time: str, **both: Any) -> list[Case]:
    """One check of a clock, on two days."""
    return [
        Case(rule, place, values, fires=True, facts={"today": late}, **both),
        Case(rule, place, values, fires=False, facts={"today": in_time}, **both),
    ]


def under(rule: str, values: Any, event: Any, other: Any, **both: Any) -> list[Case]:
    """One check with one report, and two contents of the event it reports."""
    return [
        Case(rule, "SAE", values, fires=True, records={"AE": event}, **both),
        Case(rule, "SAE", values, fires=False, records={"AE": other}, **both),
    ]


def asked(fires: Any, silent: Any) -> list[Case]:
    """SAE-05, while the report is being sent."""
    return pair("SAE-05", "SAE", fires, silent, records=REPORTED, facts={"report_asked": "Y"})


def without(*codes: str) -> Any:
    return {code: value for code, value in REPORT.items() if code not in codes}


CASES: list[Case] = [
    *beside("AE-08", "AE", DEATH, {}, {"DTH": {"DTHDAT": day(9)}}),
    *beside("AE-08", "AE", DEATH, {"DTH": {"DTHDAT": day(10)}}, {"DTH": {"DTHDAT": day(9)}}),
    *beside(
        "AE-09", "AE", SERIOUS,
        {"EOT": {"EOTDAT": day(5), "EOTREAS": "COMP"}},
        {"EOT": {"EOTDAT": day(5), "EOTREAS": "AE"}},
    ),
    *pair("AE-09", "AE", SERIOUS, SERIOUS | {"AEACN": "DRUG INTERRUPTED"}),
    *pair("AE-11", "AE", NO_CAUSE, SERIOUS, records={"EX": GIVEN}, facts={"arm": "MSC"}),
    *[
        case
        for later in ({"EXSTDAT": day(6)}, {"EXSTDAT": day(5), "EXSTTIM": "16:00"})
        for case in (
            Case("AE-11", "AE", NO_CAUSE, fires=True, facts={"arm": "MSC"},
                 records={"EX": GIVEN | {"EXSTDAT": day(5), "EXSTTIM": "15:59"}}),
            Case("AE-11", "AE", NO_CAUSE, fires=False, facts={"arm": "MSC"},
                 records={"EX": GIVEN | later}),
        )
    ],
    *beside("AE-12", "AE", SERIOUS, {"SAE#2": REPORT}, {"SAE": REPORT}),
    *at("SAE-01", "SAE", REPORT, f"{day(6)}T16:31:00+08:00", f"{day(6)}T16:30:59+08:00",
        records=REPORTED),
    *pair("SAE-01", "SAE", REPORT | {"SAESUBDTM": f"{day(6)}T16:31+08:00"},
          REPORT | {"SAESUBDTM": f"{day(6)}T16:30+08:00"}, records=REPORTED, facts=LONG_AFTER),
    *at("SAE-02", "SAE", REPORT, f"{day(6)}T10:30:00+08:00", f"{day(6)}T10:29:59+08:00",
        records=REPORTED),
    *at("SAE-02", "SAE", REPORT, f"{day(6)}T16:30:00+08:00", f"{day(6)}T16:31:00+08:00",
        records=REPORTED),
    Case("SAE-02", "SAE", REPORT | {"SAESUBDTM": SENT}, fires=False, records=REPORTED,
         facts={"now": f"{day(6)}T12:00:00+08:00"}),
    *under("SAE-03", REPORT, SERIOUS | {"AEREL": "POSS"}, SERIOUS),
    *under("SAE-03", REPORT, SERIOUS | {"AEACN": "DOSE REDUCED"}, SERIOUS),
    *under("SAE-03", REPORT, SERIOUS | {"AEACN": "DOSE NOT CHANGED"},
           SERIOUS | {"AEACN": "DRUG INTERRUPTED"}),
    *under("SAE-03", REPORT | {"SAEACN": "9"}, SERIOUS | {"AEACN": "UNKNOWN"},
           SERIOUS | {"AEACN": "NOT APPLICABLE"}),
    *under("SAE-03", REPORT, SERIOUS | {"AESER": "N"}, SERIOUS),
    Case("SAE-03", "SAE#2", REPORT | {"SAERELI": "NOT"}, fires=False, records=REPORTED),
    *on("SAE-04", "SAE", BY_SPONSOR, day(11), day(10), records=REPORTED),
    *on("SAE-04", "SAE", BY_SPONSOR, day(18), day(17),
        records={"AE": SERIOUS | {"AESLIFE": "N", "AESHOSP": "Y"}}),
    *[
        case
        for other in ({"SUSSUB": day(8)}, {"SAEEXP": "EXP"}, {"SAERELS": "NOT", "SAERELI": "NOT"})
        for case in pair("SAE-04", "SAE", BY_SPONSOR, BY_SPONSOR | other, records=REPORTED)
    ],
    *asked(without("SAEREP"), REPORT),
    *asked(without("SAEDX"), without("SAEACN", "SAERELI", "SAEAWDTM")),
    *asked(
        without("SAERELI") | {"SAETYPE": "FINAL", "SAENARR": "经过"},
        REPORT | {"SAETYPE": "FINAL", "SAENARR": "经过"},
    ),
    *asked(REPORT | {"SAETYPE": "FINAL"}, REPORT | {"SAETYPE": "FUP"}),
    *asked(without("SAEREP"), without("SAEREP") | {"SAESUBDTM": SENT, "SAETYPE": "FUP"}),
    *by_fact("SAE-05", "SAE", without("SAEREP"), "report_asked", "Y", "N"),
    *pair("SAE-06", "SAE", BY_SPONSOR | {"SAERELS": "UNLK"}, BY_SPONSOR | {"SAERELS": "POSS"},
          records=REPORTED),
    *pair("SAE-06", "SAE", BY_SPONSOR | {"SAERELI": "NA"},
          BY_SPONSOR | {"SAERELI": "NOT", "SAERELS": "NA"}, records=REPORTED),
    *[
        case
        for words in ("MSC上清过敏", "对照组患者", "批号msc240301", "shock by study product")
        for case in pair("SAE-07", "SAE", REPORT | {"SAEDX": words}, REPORT, records=REPORTED)
    ],
    *pair("SAE-07", "SAE", REPORT | {"SAEDXEN": "Shock after MSC supernatant"},
          REPORT | {"SAEDXEN": "Anaphylactic shock"}, records=REPORTED),
    *pair("SAE-07", "SAE", REPORT | {"SAELAB": [{"SAELABTS": "研究制品皮试", "SAELABRS": "+"}]},
          REPORT | {"SAELAB": [{"SAELABTS": "IgE", "SAELABRS": "+"}]}, records=REPORTED),
    *pair("SAE-07", "SAE", REPORT | {"SAEDTHC": "试验组，未尸检"},
          REPORT | {"SAEDTHC": "肺炎，未尸检", "SAENARR": "MSC上清灌注后"}, records={"AE": DEATH}),
    *at("PREG-01", "PREG", PREGNANT, f"{day(6)}T16:31:00+08:00", f"{day(6)}T16:30:59+08:00"),
    *pair("PREG-01", "PREG", PREGNANT | {"PGSUBDTM": f"{day(6)}T16:31+08:00"},
          PREGNANT | {"PGSUBDTM": f"{day(6)}T16:30+08:00"}, facts=LONG_AFTER),
    *pair("PREG-02", "PREG", BORN, BORN | {"PGDEF": "N"}),
    *beside("PREG-02", "PREG", BORN, {"AE": SERIOUS}, {"AE": SERIOUS | {"AESCONG": "Y"}}),
    *on("IC-04", "IC", {"ICTYPE": "INIT", "ICVER": "V2.0", "ICDAT": "2024-06-10"},
        "2024-06-25", "2024-06-24"),
]  # fmt: skip
