"""Cases of the checks of deaths, ends of treatment and study, deviations and unmasking."""

from __future__ import annotations

from tests.forms.casebooks import CONSENT, day
from tests.forms.check_cases import EVENT, FATAL, VITALS, Case, beside, pair, sv

DIED = {"DTHDAT": day(20), "DTHCAUS": "INF", "DTHCTX": "重症肺炎", "DTHAUT": "N", "DTHAE": "1"}
LATE_DEATH = {"DTHDAT": day(70), "DTHCAUS": "INF"}
DEADLY = EVENT | FATAL | {"AEENDAT": day(20)}
FOUND = {"DVDAT": "2024-05-23", "DVKNOW": "2024-05-24", "DVCAT": "TRT", "DVSEV": "MAJ"}
GIVEN = {"ECOCCUR": "Y", "EXSTDAT": day(9)}
NOT_GIVEN = {"ECOCCUR": "N", "EXSTDAT": day(9)}
ON_MSC = {"arm": "MSC"}
ENDED = {"EOTDAT": day(9), "EOTREAS": "COMP"}

CASES = [
    # 24 May 2024 is a Friday: five working days later is Friday, 31 May.
    *[
        Case("DV-01", "DV", FOUND | values, fires=fires, facts={"today": today})
        for values, today, fires in (
            ({}, "2024-06-01", True),
            ({}, "2024-05-31", False),
            ({"DVSEV": "CRIT"}, "2024-06-01", True),
            ({"DVSEV": "MIN"}, "2024-06-01", False),
            ({"DVEC": "2024-05-30"}, "2024-06-01", False),
            ({"DVEC": "?ND"}, "2024-06-01", True),
            ({"DVKNOW": None}, "2024-06-01", False),
        )
    ],
    *beside(
        "DTH-01", "DTH", DIED, {"SV@V28": sv(day(21))}, {"SV@V28": sv(day(20))}
    ),
    *beside(
        "DTH-01", "DTH", DIED,
        {"LB@V21": {"LBPERF": "Y", "LBDAT": day(21)}},
        {"LB@V21": {"LBPERF": "Y", "LBDAT": day(20)}},
    ),
    *beside(
        "DTH-01", "DTH", DIED | {"DTHDAT": "2024-04-09"},
        {"AE": EVENT | {"AESTDAT": "2024-05"}}, {"AE": EVENT | {"AESTDAT": "2024-04"}},
    ),
    # A dose after the death is asked about on its own row (EX-10), and not here.
    Case("DTH-01", "DTH", DIED, fires=False, records={"EX": GIVEN | {"EXSTDAT": day(21)}}),
    *beside("DTH-02", "DTH", DIED, {"AE": EVENT}, {"AE": DEADLY}),
    Case("DTH-02", "DTH", DIED | {"DTHAE": None}, fires=True, records={"AE": DEADLY}),
    Case("DTH-02", "DTH", DIED, fires=True, records={"AE": DEADLY | {"AEOUT": None}}),
    *pair(
        "DTH-02", "DTH",
        LATE_DEATH | {"DTHDAT": day(58)}, LATE_DEATH | {"DTHDAT": day(59)},
    ),
    *pair("DTH-02", "DTH", LATE_DEATH | {"DTHCAUS": "PROD"}, LATE_DEATH),
    *pair("DTH-03", "DTH", DIED, {"DTHCAUS": "INF"}),
    *beside("DTH-03", "DTH", DIED, {}, {"EOS": {"EOSDAT": day(20), "EOSREAS": "DEATH"}}),
    *beside("SV-04", "SV@V28", sv(day(21)), {"DTH": DIED}, {"DTH": DIED | {"DTHDAT": day(21)}}),
    Case("SV-04", "SV@V28", sv(day(21)), fires=False),
    *beside(
        "EOS-02", "EOS", {"EOSREAS": "DEATH", "EOSDAT": day(20)},
        {}, {"DTH": DIED},
    ),
    *pair(
        "EOS-02", "EOS",
        {"EOSREAS": "DEATH", "EOSDAT": day(21)}, {"EOSREAS": "DEATH", "EOSDAT": day(20)},
        records={"DTH": DIED},
    ),
    *pair("EOS-02", "EOS", {"EOSREAS": "DEATH"}, {"EOSREAS": "LTFU"}),
    *beside("VS-05", "VS@SCR", VITALS | {"ECOG": 5, "KPS": 0}, {}, {"DTH": DIED}),
    *pair("VS-05", "VS@SCR", VITALS | {"ECOG": 5}, VITALS | {"ECOG": 4}),
    *[
        Case("EOT-01", "EOT", ENDED, fires=fires, facts=facts, records=records)
        for records, facts, fires in (
            ({"EX": GIVEN | {"EXSTDAT": day(8)}}, ON_MSC, True),
            ({"EX": GIVEN | {"EXSTDAT": day(10)}}, ON_MSC, True),
            ({"EX": GIVEN, "EX#2": GIVEN | {"EXSTDAT": day(10)}}, ON_MSC, True),
            ({"EX": GIVEN}, ON_MSC, False),
            ({"EX": GIVEN, "EX#2": NOT_GIVEN | {"EXSTDAT": day(10)}}, ON_MSC, False),
            ({"EX": NOT_GIVEN}, ON_MSC, False),  # nothing was given, so there is no last dose
            ({}, ON_MSC, False),
            ({"EX": GIVEN | {"EXSTDAT": day(8)}}, {"arm": "SOC"}, False),
        )
    ],
    *[
        Case(
            "EOT-02", "EOT", {"EOTDAT": day(9), "EOTREAS": reason}, fires=fires,
            records={"RSP@V7": {"RSPDAT": day(7), "HEALYN": healed}},
        )
        for reason, healed, fires in (
            ("HEAL", "N", True), ("COMP", "N", False),
        )
    ],
    Case("EOT-02", "EOT", {"EOTDAT": day(9), "EOTREAS": "HEAL"}, fires=False),
    *pair(
        "UNBL-01", "UNBL",
        {"UBWHY": "SAFE", "UBDTM": f"{day(3)}T10:00:00+08:00"}, {"UBWHY": "SAFE"},
    ),
    *[
        case
        for place, item in (
            ("PE@SCR", "PEDAT"), ("CV@SCR", "EGDAT"), ("CV@SCR", "LVEFDAT"), ("VIR@SCR", "VIRDAT"),
            ("PREGT@SCR", "PREGDAT"), ("LB@SCR", "LBDAT"), ("SK@BL", "SKDAT"), ("BC@BL", "BCDAT"),
            ("GVHD@BL", "GVDAT"), ("PRO@BL", "PRODAT"),
        )
        for done in ({"PREGDN": "Y"} if item == "PREGDAT" else {f"{place[:2]}PERF": "Y"},)
        for case in beside(
            "IC-02", "IC", CONSENT,
            {place: done | {item: "2024-03-17"}}, {place: done | {item: "2024-03-18"}},
        )
    ],
]  # fmt: skip
