"""Every edit check: a case in which it fires, and the nearest one in which it does not."""

from __future__ import annotations

from datetime import date

import pytest

from edc.forms import CRFS
from tests.forms import (
    cases_assessments,
    cases_clinical,
    cases_conduct,
    cases_laboratory,
    cases_product,
    cases_readings,
    cases_safety,
    cases_schedule,
)
from tests.forms.casebooks import CONSENT, DAY_ZERO, INJURY, casebook, day, fired, mouth
from tests.forms.check_cases import (
    ALLOGENEIC,
    AUTOLOGOUS,
    EVENT,
    FATAL,
    SEEN,
    VITALS,
    Case,
    Records,
    beside,
    by_fact,
    pair,
    sv,
)

CASES: list[Case] = [
    *pair("SV-01", "SV@V7", sv(day(9)), sv(day(8))),
    *pair("SV-01", "SV@V7", sv(day(5)), sv(day(6))),
    *pair("SV-02", "SV@V7", sv("2024-06-04"), sv("2024-06-03")),
    *beside("SV-03", "SV@V14", sv(day(10)), {"SV@V7": sv(day(11))}, {"SV@V7": sv(day(10))}),
    *beside("SV-03", "SV@V14", sv(day(10)), {"SV@V7": sv(day(11))}, {"SV@DA07": sv(day(11))}),
    *pair("IC-01", "IC", CONSENT | {"ICDAT": "2024-06-04"}, CONSENT | {"ICDAT": "2024-06-03"}),
    *beside("IC-02", "IC", CONSENT, {"SV@SCR": sv("2024-03-17")}, {"SV@SCR": sv("2024-03-18")}),
    *beside(
        "IC-02", "IC", CONSENT,
        {"VS@SCR": VITALS | {"VSDAT": "2024-03-17"}}, {"VS@SCR": VITALS},
    ),
    *beside(
        "IC-02", "IC", CONSENT,
        {"OM@BL": SEEN | {"OMDAT": "2024-03-17"}}, {"OM@BL": SEEN | {"OMDAT": "2024-03-18"}},
    ),
    *beside(
        "IC-02", "IC", CONSENT,
        {"RSP@V7": {"RSPDAT": "2024-03-17"}}, {"RSP@V7": {"RSPDAT": "2024-03-18"}},
    ),
    *pair("IC-03", "IC", CONSENT | {"ICDAT": "2024-01-09"}, CONSENT | {"ICDAT": "2024-01-10"}),
    *pair("IC-03", "IC", CONSENT | {"ICDAT": "2024-06-01"}, CONSENT | {"ICDAT": "2024-05-31"}),
    *by_fact("IC-04", "IC", CONSENT, "today", "2024-06-16", "2024-06-15"),
    *[
        Case("IC-04", "IC", CONSENT, fires=False, facts={"today": "2024-07-01"}, records=records)
        for records in (
            {"IC#2": {"ICTYPE": "NEWVER", "ICVER": "V3.0", "ICDAT": "2024-06-10"}},
            {"IC#2": {"ICTYPE": "WD", "ICWDTYP": "ALL", "ICWDDAT": "2024-06-10"}},
            {"EOS": {"EOSDAT": "2024-06-10"}},
        )
    ],
    *pair("IC-05", "IC#2", {"ICTYPE": "WD", "ICWDTYP": "ALL"}, {"ICTYPE": "WD", "ICWDTYP": "TRT"}),
    *pair("IC-05", "IC#2", {"ICTYPE": "WD", "ICWDTYP": "DATA"}, {"ICTYPE": "INIT"}),
    *pair("DM-01", "DM@SCR", {"BRTHYR": 2006, "BRTHMO": 4}, {"BRTHYR": 2006, "BRTHMO": 3}),
    *pair("DM-02", "DM@SCR", {"BRTHYR": 1948, "BRTHMO": 3}, {"BRTHYR": 1948, "BRTHMO": 4}),
    *pair("DM-03", "DM@SCR", {"SEX": "F", "CHILDPOT": "NA"}, {"SEX": "F", "CHILDPOT": "POST"}),
    Case("DM-03", "DM@SCR", {"SEX": "M", "CHILDPOT": "NA"}, fires=False),
    *by_fact("DM-04", "DM@SCR", {"SUBJINIT": "LWJU"}, "possible_duplicate", "Y", "N"),
    *pair("DM-05", "DM@SCR", {"SEX": "!F"}, {"SEX": "F"}),
    *pair("DM-05", "DM@SCR", {"BRTHYR": "!1985"}, {"SMOKE": "!N"}),
    *pair("DM-05", "DM@SCR", {"BRTHMO": "!6"}, {"BRTHMO": "6"}),
    *beside(
        "IE-02", "IE@SCR", {"INC01": "Y"},
        {"DM@SCR": {"BRTHYR": 2006, "BRTHMO": 4}}, {"DM@SCR": {"BRTHYR": 2006, "BRTHMO": 3}},
    ),
    *beside(
        "IE-03", "IE@SCR", {"INC02": "Y"}, {"HSCT@SCR": {}}, {"HSCT@SCR": {"HCTDAT": "2024-06-03"}}
    ),
    *beside(
        "IE-03", "IE@SCR", {"INC02": "Y"},
        {"HSCT@SCR": {"HCTDAT": "2024-06-04"}}, {"HSCT@SCR": {"HCTDAT": "2024-06-03"}},
    ),
    *beside(
        "IE-04", "IE@SCR", {"INC03": "Y"},
        {"INJ@SCR": {"INJORAL": "N", "INJSKIN": "N", "INJBLAD": "N"}},
        {"INJ@SCR": {"INJORAL": "N", "INJSKIN": "N", "INJBLAD": "Y"}},
    ),
    *pair("IE-05", "IE@SCR", {"EXC01": "N", "EXC01K": "Y"}, {"EXC01": "Y", "EXC01K": "Y"}),
    *pair("IE-05", "IE@SCR", {"EXC01": "N", "EXC01H": "Y"}, {"EXC01": "N", "EXC01H": "N"}),
    *pair("IE-05", "IE@SCR", {"EXC01L": "Y"}, {"EXC01L": "N"}),
    *pair(
        "IE-11", "IE@SCR",
        {"EXC07": "N", "EXC07DAT": "2024-02-20"}, {"EXC07": "N", "EXC07DAT": "2024-02-19"},
    ),
    *[
        Case(
            "IE-13", "IE@SCR", {"RESCR": "Y"}, fires=fires,
            facts={"rescreening_asked": "Y"}, records={"DM@SCR": {"SCRPREV": previous}},
        )
        for previous, fires in (("01-001", True), (None, False))
    ],
    *pair(
        "HSCT-01", "HSCT@SCR",
        ALLOGENEIC | {"DONTYP": "AUTO"}, ALLOGENEIC | {"DONTYP": "HAPLO"},
    ),
    Case("HSCT-01", "HSCT@SCR", AUTOLOGOUS, fires=False),
    *pair("HSCT-02", "HSCT@SCR", ALLOGENEIC | {"COND": "HDT"}, AUTOLOGOUS | {"COND": "HDT"}),
    *pair(
        "HSCT-03", "HSCT@SCR",
        ALLOGENEIC | {"CONDREG": "TBICY", "TBIYN": "N"},
        ALLOGENEIC | {"CONDREG": "TBICY", "TBIYN": "Y"},
    ),
    *pair("HSCT-03", "HSCT@SCR", {"CONDREG": "TBIVP"}, {"CONDREG": "BUCY"}),
    *pair(
        "HSCT-04", "HSCT@SCR",
        ALLOGENEIC | {"CONDENDT": "2024-03-13"}, ALLOGENEIC | {"CONDENDT": "2024-03-12"},
    ),
    *pair(
        "HSCT-04", "HSCT@SCR",
        ALLOGENEIC | {"CONDSTDT": "2024-03-04", "CONDENDT": "2024-03-03"},
        ALLOGENEIC | {"CONDSTDT": "2024-03-03", "CONDENDT": "2024-03-03"},
    ),
    *pair("HSCT-05", "HSCT@SCR", {"HCTDAT": "2023-09-21"}, {"HCTDAT": "2023-09-22"}),
    *pair("HSCT-06", "HSCT@SCR", {"HCTTYP": "!ALLO"}, {"HCTTYP": "ALLO", "DX": "!AML"}),
    *beside(
        "HSCT-06", "HSCT@SCR", ALLOGENEIC,
        {"INJ@SCR": INJURY | {"INJPRIM": "!ORAL"}}, {"INJ@SCR": INJURY | {"INJORAL": "!Y"}},
    ),
    *pair(
        "HSCT-07", "HSCT@SCR",
        ALLOGENEIC | {"HCTSRC": "CB"}, ALLOGENEIC | {"HCTSRC": "CB", "DONTYP": "CBU"},
    ),
    *pair("HSCT-07", "HSCT@SCR", ALLOGENEIC | {"DONTYP": "CBU"}, ALLOGENEIC),
    *pair(
        "INJ-01", "INJ@SCR",
        {"INJORAL": "N", "INJSKIN": "N", "INJBLAD": "N"},
        {"INJORAL": "N", "INJSKIN": "N", "INJBLAD": "Y"},
    ),
    *pair(
        "INJ-01", "INJ@SCR",
        {"INJORAL": "N", "INJSKIN": "N", "INJBLAD": "?ND"}, {"INJORAL": "N", "INJSKIN": "N"},
    ),
    *pair("INJ-02", "INJ@SCR", INJURY | {"INJPRIM": "SKIN"}, INJURY),
    *pair(
        "INJ-02", "INJ@SCR",
        INJURY | {"INJPRIM": "BLAD"}, INJURY | {"INJBLAD": "Y", "INJPRIM": "BLAD"},
    ),
    *pair("INJ-02", "INJ@SCR", {"INJORAL": "N", "INJPRIM": "ORAL"}, {"INJPRIM": "ORAL"}),
    *beside(
        "INJ-03", "INJ@SCR", INJURY,
        {"HSCT@SCR": {"CONDSTDT": "2024-03-18"}}, {"HSCT@SCR": {"CONDSTDT": "2024-03-17"}},
    ),
    *beside("INJ-04", "INJ@SCR", INJURY, {"OM@BL": mouth(0, day(0))}, {"OM@BL": mouth(1, day(0))}),
    *beside(
        "INJ-04", "INJ@SCR", INJURY,
        {"OM@BL": mouth(0, day(0))}, {"OM@DA01": mouth(0, day(1))},
    ),
    *pair(
        "VS-01", "VS@SCR",
        VITALS | {"SYSBP": 95, "DIABP": 95}, VITALS | {"SYSBP": 96, "DIABP": 95},
    ),
    *pair(
        "VS-02", "VS@BL",
        {"VSPERF": "Y", "VSDAT": "2024-03-20", "WEIGHT": "57.3"},
        {"VSPERF": "Y", "VSDAT": "2024-03-20", "WEIGHT": "57.2"},
        records={"VS@SCR": VITALS | {"WEIGHT": "52.0"}},
    ),
    *[
        case
        for ecog, fits, fits_not in (
            (0, 90, 80), (1, 70, 60), (1, 80, 90), (2, 60, 70), (2, 50, 40), (3, 30, 20),
            (3, 40, 50), (4, 20, 30), (4, 10, 0), (5, 0, 10),
        )
        for case in pair(
            "VS-04", "VS@SCR", {"ECOG": ecog, "KPS": fits_not}, {"ECOG": ecog, "KPS": fits}
        )
    ],
    *pair("RAND-01", "RAND@BL", {}, {"RDNUM": "R001", "RDELIG": "Y"}, day_zero=None),
    *[
        Case("RAND-02", "RAND@BL", values, fires=fires, day_zero=zero)
        for values, fires, zero in (
            ({}, True, DAY_ZERO), ({}, False, None), ({"RDNUM": "R001"}, False, DAY_ZERO)
        )
    ],
    *[
        Case("RAND-03", "RAND@BL", {"RDNUM": "R001"}, fires=fires, day_zero=zero)
        for zero, fires in ((date(2024, 4, 2), True), (date(2024, 4, 1), False))
    ],
    *by_fact("RAND-04", "RAND@BL", {}, "target_reached", "Y", "N"),
    *pair("OM-01", "OM@DA01", mouth(2, day(1), OMWHO=3), mouth(2, day(1))),
    *pair("OM-02", "OM@DA01", mouth(1, day(1), OMWHO=2), mouth(2, day(1))),
    *pair("OM-03", "OM@DA01", mouth(0, day(1), OMPNRST=1), mouth(0, day(1))),
    *pair("OM-03", "OM@DA01", mouth(0, day(1), OMHPE=1), mouth(1, day(1))),
    *pair("OM-03", "OM@DA01", mouth(0, day(1), OMHPU=1), mouth(0, day(1), OMPNSWL=1)),
    *pair("OM-04", "OM@DA01", mouth(4, day(1), OMDIET="LIQ"), mouth(4, day(1))),
    *pair("OM-05", "OM@DA01", mouth(4, day(1), OMENT="N"), mouth(4, day(1), OMENT="N", OMTPN="Y")),
    *beside(
        "OM-06", "OM@DA02", mouth(3, day(2)),
        {"OM@DA01": mouth(1, day(1))}, {"OM@DA01": mouth(2, day(1))},
    ),
    *beside(
        "OM-06", "OM@DA03", mouth(3, day(3)),
        {"OM@DA02": mouth(1, day(2))}, {"OM@DA01": mouth(1, day(1))},
    ),
    *beside(
        "OM-06", "OM@UNS01", mouth(3, day(2), OMTIM="16:00"),
        {"OM@DA02": mouth(1, day(2), OMTIM="09:00")}, {"OM@DA02": mouth(1, day(2), OMTIM="17:00")},
    ),
    *pair("OM-08", "OM@DA01", mouth(1, day(1), OMCTC=3), mouth(1, day(1), OMCTC=2)),
    *[
        Case(
            "OM-11", "OM@UNS01", mouth(1, day(1), OMTIM=time), fires=fires,
            records={"OM@DA01": mouth(1, day(1), OMTIM=time and "09:00")},
        )
        for time, fires in (("09:00", True), ("09:01", False), (None, False))
    ],
    *pair(
        "OM-12", "OM@DA01",
        mouth(1, day(1), OMULE=9, OMLLE=9, OMRCE=9), mouth(1, day(1), OMULE=9, OMLLE=9),
    ),
    *pair(
        "OM-12", "OM@DA01",
        mouth(1, day(1), OMULU=9, OMLLU=9, OMRCU=9), mouth(1, day(1), OMULU=9, OMLLU=9, OMRCE=9),
    ),
    *pair("OM-13", "OM@DA01", mouth(1, day(1), OMMASK="N"), mouth(1, day(1))),
    *beside(
        "OM-14", "OM@DA01", mouth(3, day(1)),
        {"OM@BL": mouth(2, day(0))}, {"OM@BL": mouth(3, day(0))},
    ),
    *pair(
        "OM-14", "OM@DA01",
        mouth(3, day(1)), mouth(2, day(1)), records={"OM@BL": mouth(1, day(0))},
    ),
    Case("OM-14", "OM@BL", mouth(3, day(0)), fires=False, records={"OM@SCR": mouth(1, day(-1))}),
    *pair("AE-01", "AE", EVENT | {"AEENDAT": "2024-03-21"}, EVENT | {"AEENDAT": "2024-03-22"}),
    *pair(
        "AE-01", "AE",
        EVENT | {"AESTDAT": "2024-04", "AEENDAT": "2024-03-31"},
        EVENT | {"AESTDAT": "2024-03", "AEENDAT": "2024-03-02"},
    ),
    *pair("AE-02", "AE", EVENT | {"AESTDAT": "2024-03-17"}, EVENT | {"AESTDAT": "2024-03-18"}),
    *pair("AE-02", "AE", EVENT | {"AESTDAT": "2024-02"}, EVENT | {"AESTDAT": "2024-03"}),
    *pair("AE-03", "AE", EVENT | {"AESER": "Y"}, EVENT | {"AESER": "Y", "AESMIE": "Y"}),
    *pair(
        "AE-04", "AE",
        EVENT | {"AECTCID": "CTC5-0262", "AETOXGR": 2},
        EVENT | {"AECTCID": "CTC5-0262", "AETOXGR": 3},
    ),
    *pair("AE-04", "AE", EVENT | {"AETOXGR": 4}, EVENT | {"AETOXGR": 3}),
    *pair("AE-05", "AE", EVENT | FATAL | {"AETOXGR": 4}, EVENT | FATAL),
    *pair("AE-05", "AE", EVENT | FATAL | {"AESDTH": "N"}, EVENT | FATAL | {"AEOUT": None}),
    *pair("AE-05", "AE", EVENT | FATAL | {"AEOUT": "RECOVERING/RESOLVING"}, EVENT),
    *pair("AE-06", "AE", EVENT | {"AETOXGR": 4}, EVENT | {"AETOXGR": 4, "AESER": "Y"}),
    *pair("AE-07", "AE", EVENT | {"AEONGO": "Y"}, EVENT),
    *pair(
        "AE-07", "AE",
        EVENT | {"AEOUT": "NOT RECOVERED/NOT RESOLVED"},
        EVENT | {"AEOUT": "NOT RECOVERED/NOT RESOLVED", "AEONGO": "Y"},
    ),
    *by_fact("AE-11", "AE", EVENT, "arm", "SOC", "MSC"),
    *pair("AE-11", "AE", EVENT, EVENT | {"AEREL": "NA"}, facts={"arm": "SOC"}),
    *pair("AE-12", "AE", EVENT | {"AESER": "Y"}, EVENT),
    *beside(
        "AE-13", "AE", EVENT,
        {"AE#2": EVENT | {"AESTDAT": "2024-03-26"}},
        {"AE#2": EVENT | {"AESTDAT": "2024-03-27", "AEENDAT": None}},
    ),
    *beside(
        "AE-13", "AE", EVENT,
        {"AE#2": EVENT | {"AEENDAT": None}}, {"AE#2": EVENT | {"AECTCID": "CTC5-0217"}},
    ),
    *beside("AE-14", "AE", EVENT | {"AEONGO": "Y"}, {"EOS": {"EOSDAT": day(60)}}, {}),
    *pair(
        "AE-15", "AE",
        EVENT | {"AECTCID": "CTC5-0177"}, EVENT | {"AECTCID": "CTC5-0177", "AEREL": "POSS"},
    ),
    *pair(
        "AE-15", "AE",
        EVENT | {"AECTCID": "CTC5-0177"}, EVENT | {"AECTCID": "CTC5-0177", "AESER": "Y"},
    ),
    *pair("AE-15", "AE", EVENT | {"AECTCID": "CTC5-0177"}, EVENT | {"AECTCID": "CTC5-0362"}),
    *[
        case
        for term, site in (("0362", "SKIN"), ("0650", "BLAD"), ("0653", "BLAD"))
        for case in beside(
            "AE-15", "AE", EVENT | {"AECTCID": f"CTC5-{term}"},
            {"INJ@SCR": INJURY | {"INJPRIM": site}}, {"INJ@SCR": INJURY},
        )
    ],
    *[
        Case(
            "RSP-01", "RSP@V7", {"RSPDAT": day(7), "RSPORAL": judged}, fires=fires,
            records={"OM@BL": mouth(3, day(0)), "OM@DA07": mouth(1, day(7))},
        )
        for judged, fires in (("CR", True), ("PR", False), (None, False))
    ],
    *beside(
        "EOS-01", "EOS", {"EOSREAS": "COMPLETED"},
        {"SV@M12": {"SVSTAT": "MISS"}}, {"SV@M12": sv(day(365))},
    ),
    *beside(
        "EOS-03", "EOS", {"EOSREAS": "WBS"},
        {"IC#2": {"ICTYPE": "WD", "ICWDTYP": "TRT"}}, {"IC#2": {"ICTYPE": "WD", "ICWDTYP": "DATA"}},
    ),
    *pair("EOS-04", "EOS", {"EOSREAS": "LTFU", "EOSTRIES": 2}, {"EOSREAS": "LTFU", "EOSTRIES": 3}),
    *[
        Case("EOS-05", "EOS", {"EOSREAS": "COMPLETED"}, fires=fires, facts=facts)
        for facts, fires in (
            ({"signature_asked": "Y", "unsettled": "Y"}, True),
            ({"signature_asked": "Y"}, False),
            ({"unsettled": "Y"}, False),
        )
    ],
    *pair("IE-01", "IE@SCR", {"INC01": "N", "IECONF": "Y"}, {"INC01": "N", "IECONF": "N"}),
    *pair("IE-01", "IE@SCR", {"EXC03": "Y", "IECONF": "Y"}, {"EXC03": "N", "IECONF": "Y"}),
    *cases_assessments.CASES,
    *cases_clinical.CASES,
    *cases_conduct.CASES,
    *cases_laboratory.CASES,
    *cases_product.CASES,
    *cases_readings.CASES,
    *cases_safety.CASES,
    *cases_schedule.CASES,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_check_fires_when_it_should_and_only_then(case: Case) -> None:
    assert (case.rule in fired(case.book(), case.place)) == case.fires


def test_every_check_has_a_case_that_fires_it_and_one_that_does_not() -> None:
    declared = {rule.id for crf in CRFS for rule in crf.checks}
    assert {case.rule for case in CASES if case.fires} == declared
    assert {case.rule for case in CASES if not case.fires} == declared


def test_an_empty_casebook_has_nothing_to_object_to() -> None:
    empty: Records = {f"{crf.code}@SCR": {} for crf in CRFS if crf.code not in ("RAND", "IE")}
    book = casebook(empty, day_zero=None)
    assert {rule for place in empty for rule in fired(book, place)} == set()


def test_every_check_is_shown_at_an_item_of_its_crf() -> None:
    for crf in CRFS:
        for rule in crf.checks:
            assert rule.at_item(frozenset(crf.by_code)) in crf.by_code, rule.id
