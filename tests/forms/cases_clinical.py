"""Cases of the checks of history, examinations, screens, GVHD, engraftment, infection and diary."""

from __future__ import annotations

import json
from typing import Any

from tests.forms.casebooks import CONSENT, INJURY, day, mouth
from tests.forms.check_cases import (
    ALLOGENEIC,
    AUTOLOGOUS,
    EVENT,
    Case,
    Records,
    beside,
    by_fact,
    pair,
    sv,
)

HISTORY = {"MHYN": "Y", "MHTERM": "恶心", "MHSTDAT": "2023", "MHONGO": "Y", "MHGRADE": 1}
OTHER_EVENT = {"AETERM": "口腔黏膜炎", "AECTCID": "CTC5-0177"}
EXAMINED = {"PEPERF": "Y", "PEDAT": day(14), "PELNGRES": "CS", "PELNGTX": "双肺湿啰音"}
HEART = {"EGDAT": "2024-03-18", "EGRES": "NORM", "LVEFDAT": "2024-03-18", "LVEF": 62, "NYHA": 1}
SCREEN = {"VIRDAT": "2024-03-18", "HBSAG": "NEG", "HBCAB": "NEG", "HCVAB": "NEG", "HIV": "NEG"}
CARRIER = SCREEN | {"HBSAG": "POS", "HBVDNAQ": "EQ", "HBVDNA": 21}
PREGNANCY = {"PREGDN": "Y", "PREGDAT": day(0), "PREGRES": "NEG"}
ACUTE = {
    "GVDAT": day(14), "AGVYN": "Y", "AGVONS": day(10), "AGVBSA": "10.0", "AGVSKIN": 1, "AGVLIV": 0,
    "AGVUGI": 0, "AGVLGI": 0, "AGVTRT": "Y",
}  # fmt: skip
SKIN = {"SKPERF": "Y", "SKDAT": day(14)}
ENGRAFTED = {"NEUENG": "Y", "NEUENGDT": "2024-03-26", "PLTENG": "N", "GFAIL": "N"}
INFECTED = {
    "INFTYPE": "BAC", "INFSITE": "BSI", "INFORG": "大肠埃希菌", "INFSTDAT": "2024-03-15",
    "INFGR": 3, "INFINJ": "N",
}  # fmt: skip
SAME = {f"PRO{number:02}": 4 for number in (1, 2, 3, 4, 5, 8, 9)}
UPPER_LIMITS = {"BILI": "21", "ALT": "50", "AST": "40"}
LAB = {
    "LAB01": {
        "LBLAB": "LAB01",
        "FROM": "2020-01-01",
        "LIMITS": json.dumps([{"TEST": t, "HIGH": high} for t, high in UPPER_LIMITS.items()]),
    }
}


def counts(*by_day: tuple[str, str | None], **more: Any) -> Records:
    """Return blood counts with their neutrophils, one a visit."""
    visits = ("DA01", "DA02", "DA03", "DA04", "DA05", "DA06", "V7", "DA08", "V14", "V21")
    return {
        f"LB@{visit}": {"LBPERF": "Y", "LBDAT": on, "NEUT": count} | more
        for visit, (on, count) in zip(visits, by_day, strict=False)
    }


def chemistry(visit: str = "SCR", **results: Any) -> Records:
    """Return a chemistry panel of the laboratory whose limits are known."""
    sample = {"LBPERF": "Y", "LBDAT": "2024-03-18", "LBLAB": "LAB01"}
    return {f"LB@{visit}#2": sample | results}


def diary(offset: int, **scores: Any) -> dict[str, Any]:
    """Return the diary of a day, filled in that evening."""
    stamp = f"{day(offset)}T20:00:00+08:00"
    return {"PRODAT": day(offset), "PROSTAMP": stamp, "PROBY": "SELF"} | SAME | scores


def diaries(*offsets: int, **scores: Any) -> Records:
    return {f"PRO@DA{offset:02}": diary(offset, **scores) for offset in offsets}


RISING = counts(
    ("2024-03-25", "0.42"), ("2024-03-26", "0.5"), ("2024-03-27", "1.3"), ("2024-03-28", "1.6")
)
CASES: list[Case] = [
    # Medical history.
    *pair(
        "MH-01", "MH",
        HISTORY | {"MHONGO": "N", "MHSTDAT": "2024-02", "MHENDAT": "2024-01-31"},
        HISTORY | {"MHONGO": "N", "MHSTDAT": "2024-02", "MHENDAT": "2024-02-01"},
    ),
    *pair(
        "MH-01", "MH",
        HISTORY | {"MHONGO": "N", "MHSTDAT": "2024", "MHENDAT": "2023"},
        HISTORY | {"MHONGO": "N", "MHSTDAT": "2024", "MHENDAT": "2024"},
    ),
    *[
        Case(
            "MH-02", "MH", {"MHYN": "N", "MHALL": "Y", "MHALLTX": allergen}, fires=fires,
            records={"IE@SCR": {"EXC03": "N"}},
        )
        for allergen, fires in (
            ("对牛血清过敏，皮疹", True), ("间充质干细胞", True), ("二甲基亚砜", True),
            ("fetal bovine Serum, hives", True), ("DMSO", True), ("dimethyl sulfoxide", True),
            ("stem-cell product", True), ("ＭＳＣ上清", True), ("MSCT contrast", False),
            ("青霉素", False), ("乳胶", False),
        )
    ],
    *beside(
        "MH-02", "MH", {"MHYN": "N", "MHALL": "Y", "MHALLTX": "血清"},
        {"IE@SCR": {"EXC03": "N"}}, {"IE@SCR": {"EXC03": "Y"}},
    ),
    *beside("MH-03", "MH", HISTORY, {"AE": EVENT}, {"AE": EVENT | OTHER_EVENT}),
    *beside(
        "MH-03", "MH", HISTORY | {"MHTERM": "nausea"},
        {"AE": EVENT | {"AETERM": "Nausea"}}, {"AE": EVENT | OTHER_EVENT},
    ),
    *pair(
        "MH-03", "MH", HISTORY, HISTORY | {"MHONGO": "N", "MHENDAT": "2023"}, records={"AE": EVENT}
    ),
    # Physical examination.
    *pair("PE-01", "PE@V14", EXAMINED, EXAMINED | {"PELNGRES": "NCS"}),
    *pair("PE-01", "PE@V14", EXAMINED, EXAMINED | {"PEDAT": day(0)}),
    *beside(
        "PE-01", "PE@V14", EXAMINED,
        {"AE": EVENT | {"AEENDAT": day(13)}}, {"AE": EVENT | {"AEENDAT": day(14)}},
    ),
    *beside(
        "PE-01", "PE@V14", EXAMINED,
        {"AE": EVENT | {"AESTDAT": day(15), "AEONGO": "Y"}},
        {"AE": EVENT | {"AESTDAT": day(14), "AEONGO": "Y"}},
    ),
    *beside(
        "PE-01", "PE@V14", EXAMINED,
        {"MH": HISTORY | {"MHONGO": "N"}}, {"MH": HISTORY},
    ),
    *[
        Case(
            "PE-01", "PE@V14", {"PEPERF": "Y", "PEDAT": day(14), f"PE{system}RES": "CS"},
            fires=fires, records={"INJ@SCR": INJURY | injured},
        )
        for system, injured, fires in (
            ("ORL", {}, False), ("ORL", {"INJORAL": "N", "INJSKIN": "Y"}, True),
            ("SKN", {}, True), ("SKN", {"INJSKIN": "Y"}, False),
            ("GUT", {}, True), ("GUT", {"INJBLAD": "Y"}, False),
            *((system, {}, True) for system in (
                "GEN", "LYM", "LNG", "HRT", "ABD", "HSP", "EXT", "NEU",
            )),
        )
    ],
    *beside(
        "PE-02", "PE@V14", {"PEPERF": "Y", "PEDAT": day(14), "PEORLRES": "NORM"},
        {"OM@DA14": mouth(1, day(14))}, {"OM@DA14": mouth(0, day(14))},
    ),
    *beside(
        "PE-02", "PE@V14", {"PEPERF": "Y", "PEDAT": day(14), "PEORLRES": "NORM"},
        {"OM@DA14": mouth(1, day(14))}, {"OM@DA13": mouth(1, day(13))},
    ),
    # Heart tests.
    *pair("CV-01", "CV@SCR", HEART | {"LVEF": 39}, HEART | {"LVEF": 40}),
    *pair("CV-01", "CV@SCR", HEART | {"NYHA": 3}, HEART | {"NYHA": 2}),
    # Infection screen.
    *pair("VIR-01", "VIR@SCR", SCREEN | {"VIRDAT": day(-29)}, SCREEN | {"VIRDAT": day(-28)}),
    Case("VIR-01", "VIR@SCR", SCREEN | {"VIRDAT": day(-29)}, fires=False, day_zero=None),
    *pair(
        "VIR-02", "VIR@SCR", SCREEN | {"HBSAG": "POS"}, CARRIER,
        records={"IE@SCR": {"EXC06": "N"}},
    ),
    *beside(
        "VIR-02", "VIR@SCR", SCREEN | {"HBSAG": "POS"},
        {"IE@SCR": {"EXC06": "N"}}, {"IE@SCR": {"EXC06": "Y"}},
    ),
    *pair("VIR-03", "VIR@SCR", SCREEN | {"HIV": "POS"}, SCREEN | {"HIV": "IND"}),
    # Pregnancy test.
    *[
        Case(
            "PREGT-01", "PREGT@BL", PREGNANCY | {"PREGDAT": on, "PREGRES": result}, fires=fires,
            day_zero=None, facts={"today": day(0), "randomisation_asked": "Y"},
        )
        for on, result, fires in (
            (day(-8), "NEG", True), (day(-7), "NEG", False), (day(0), "NEG", False),
            (day(0), "POS", True), (day(0), "IND", True), (day(1), "NEG", True),
        )
    ],
    *[
        Case(
            "PREGT-01", "PREGT@BL", {"PREGDN": "N"}, fires=fires, day_zero=None, records=records,
            facts={"today": day(0)} | asked,
        )
        for records, asked, fires in (
            ({}, {"randomisation_asked": "Y"}, True),
            ({"PREGT@SCR": PREGNANCY | {"PREGDAT": day(-7)}}, {"randomisation_asked": "Y"}, False),
            ({}, {}, False),
        )
    ],
    *pair("PREGT-02", "PREGT@V28", PREGNANCY | {"PREGRES": "POS"}, PREGNANCY | {"PREGRES": "IND"}),
    Case("PREGT-02", "PREGT@SCR", PREGNANCY | {"PREGRES": "POS"}, fires=False, day_zero=None),
    # GVHD.
    *beside("GVHD-01", "GVHD@V14", ACUTE, {"HSCT@SCR": AUTOLOGOUS}, {"HSCT@SCR": ALLOGENEIC}),
    *pair("GVHD-01", "GVHD@V14", ACUTE, {"AGVYN": "N"}, records={"HSCT@SCR": AUTOLOGOUS}),
    *[
        Case(
            "GVHD-02", "GVHD@V14", ACUTE | {"AGVLIV": stage}, fires=fires,
            records=chemistry("V14", LBDAT=day(14), BILI=bilirubin),
        )
        for stage, bilirubin, fires in (
            (0, "34.1", False), (0, "34.2", True), (1, "34.1", True), (1, "34.2", False),
            (1, "51.3", False), (1, "51.4", True), (2, "51.3", True), (2, "51.4", False),
            (2, "102.6", False), (2, "102.7", True), (3, "102.6", True), (3, "102.7", False),
            (3, "256.5", False), (3, "256.6", True), (4, "256.5", True), (4, "256.6", False),
            (4, None, False),
        )
    ],
    *[
        Case(
            "GVHD-03", "GVHD@V14",
            ACUTE | {"AGVLGI": stage, "AGVSTOOL": volume, "AGVEPI": episodes}, fires=fires,
        )
        for stage, volume, episodes, fires in (
            (0, 499, None, False), (0, 500, None, True), (1, 499, None, True),
            (1, 500, None, False), (1, 999, None, False), (1, 1000, None, True),
            (2, 999, None, True), (2, 1000, None, False), (2, 1500, None, False),
            (2, 1501, None, True), (3, 1500, None, True), (3, 1501, None, False),
            (0, None, 2, False), (0, None, 3, True), (1, None, 2, True), (1, None, 3, False),
            (1, None, 4, False), (1, None, 5, True), (2, None, 4, True), (2, None, 5, False),
            (2, None, 7, False), (2, None, 8, True), (3, None, 7, True), (3, None, 8, False),
            (4, 100, 1, False), (0, None, None, False),
            # One of the two that fits is enough.
            (1, 200, 3, False), (1, 600, 1, False), (1, 200, 1, True),
        )
    ],
    *[
        Case(
            "GVHD-04", "GVHD@V14", ACUTE | {"AGVSKIN": stage, "AGVBSA": surface}, fires=fires
        )
        for stage, surface, fires in (
            (0, "0.0", False), (0, "0.1", True), (1, "0.0", True), (1, "0.1", False),
            (1, "24.9", False), (1, "25.0", True), (2, "24.9", True), (2, "25.0", False),
            (2, "50.0", False), (2, "50.1", True), (3, "50.0", True), (3, "50.1", False),
            (4, "50.0", True), (4, "50.1", False),
        )
    ],
    *beside(
        "GVHD-05", "GVHD@V14", ACUTE,
        {"SK@DA14": SKIN | {"SKGVST": 2}, "INJ@SCR": INJURY | {"INJCAUSE": ["AGVHD"]}},
        {"SK@DA14": SKIN | {"SKGVST": 1}, "INJ@SCR": INJURY | {"INJCAUSE": ["AGVHD"]}},
    ),
    Case(
        "GVHD-05", "GVHD@V14", ACUTE, fires=False,
        records={"SK@DA10": SKIN | {"SKDAT": day(10), "SKGVST": 2},
                 "INJ@SCR": INJURY | {"INJCAUSE": ["AGVHD"]}},
    ),
    # Engraftment.
    *[
        Case(
            "ENG-01", "ENG@V28", ENGRAFTED | {"NEUENGDT": on}, fires=fires,
            records={"HSCT@SCR": ALLOGENEIC} | RISING,
        )
        for on, fires in (("2024-03-25", True), ("2024-03-26", False), ("2024-03-27", True))
    ],
    # Without three days of counts in a row only a low one speaks against the day.
    *[
        Case(
            "ENG-01", "ENG@V28", ENGRAFTED, fires=fires,
            records={"HSCT@SCR": ALLOGENEIC} | counts(("2024-03-26", "0.6"), (on, "0.49")),
        )
        for on, fires in (("2024-03-25", False), ("2024-03-28", True), ("2024-03-29", False))
    ],
    *[
        Case(
            "ENG-02", "ENG@V28", {"NEUENG": "N", "PLTENG": "N", "GFAIL": failed}, fires=fires,
            records={"HSCT@SCR": {"HCTTYP": "ALLO", "HCTDAT": "2024-03-12"}, "SV@V28": sv(seen)},
        )
        for seen, failed, fires in (
            ("2024-04-10", "N", True), ("2024-04-09", "N", False), ("2024-04-10", "Y", False),
        )
    ],
    # Infection.
    *pair("INF-01", "INF", INFECTED, INFECTED | {"INFGR": 2}),
    *pair("INF-01", "INF", INFECTED, INFECTED | {"INFAE": "1"}, records={"AE": EVENT}),
    # Diary.
    *[
        Case("PRO-01", "PRO@DA01", {"PRODAT": on} | saved, fires=fires, facts={"now": now})
        for on, now, saved, fires in (
            (day(1), f"{day(1)}T23:59:00+08:00", {}, False),
            (day(1), f"{day(2)}T12:00:59+08:00", {}, False),
            (day(1), f"{day(2)}T12:01:00+08:00", {}, True),
            (day(1), f"{day(3)}T00:00:00+08:00", {}, True),
            # One that was saved in time is not too late when something else is saved.
            (day(1), f"{day(9)}T09:00:00+08:00",
             {"PROSTAMP": f"{day(2)}T11:59:00+08:00"}, False),
        )
    ],
    *[
        Case(
            "PRO-04", f"PRO@{visit}", {"PRODAT": day(about)}, fires=fires,
            records={f"SV@{visit}": sv(day(seen))} if seen else {},
        )
        for visit, about, seen, fires in (
            ("DA05", 5, None, False), ("DA05", 4, None, True), ("DA05", 6, None, True),
            # A daily visit has one day only, whatever is said of when it was held.
            ("DA05", 6, 6, True),
            ("V21", 19, None, False), ("V21", 23, None, False),
            ("V21", 18, None, True), ("V21", 24, None, True),
            ("V21", 24, 24, False), ("V21", 25, 24, True), ("V21", 20, 24, False),
            ("BL", -2, None, True), ("BL", -1, None, False), ("BL", 1, None, True),
        )
    ],
    Case("PRO-04", "PRO@BL", {"PRODAT": day(-5)}, fires=False, day_zero=None),
    Case("PRO-02", "PRO@DA05", diary(5), fires=True, records=diaries(1, 2, 3, 4)),
    Case("PRO-02", "PRO@DA05", diary(5), fires=False, records=diaries(2, 3, 4)),
    Case("PRO-02", "PRO@DA06", diary(6), fires=False, records=diaries(1, 2, 3, 4)),
    Case("PRO-02", "PRO@DA05", diary(5, PRO09=5), fires=False, records=diaries(1, 2, 3, 4)),
    Case(
        "PRO-02", "PRO@DA05", diary(5), fires=False,
        records=diaries(1, 2, 4) | diaries(3, PRO01=5),
    ),
    *[
        Case(
            "PRO-03", "PRO@DA01", diary(1, PRO01=pain), fires=fires,
            records={"OM@DA01": mouth(2, day(1), OMPNRST=rest, OMPNSWL=swallowing)},
        )
        for pain, rest, swallowing, fires in (
            (8, 1, 3, True), (7, 1, 3, False), (8, 3, 1, True), (7, 3, 1, False),
            (0, 5, 2, True), (0, 4, 2, False), (9, None, 4, True), (9, 4, None, True),
            (9, None, None, False),
        )
    ],
    *beside(
        "PRO-03", "PRO@DA01", diary(1, PRO01=10),
        {"OM@DA01": mouth(1, day(1))}, {"OM@DA02": mouth(1, day(2))},
    ),
    # Eligibility against what was found.
    *[
        Case(
            "IE-06", "IE@SCR", {"EXC01L": answer}, fires=fires, registers={"LAB": LAB},
            records=chemistry(visit, **results),
        )
        for answer, visit, results, fires in (
            ("N", "SCR", {"BILI": "63.1"}, True), ("N", "SCR", {"BILI": "63.0"}, False),
            ("N", "SCR", {"ALT": "251"}, True), ("N", "SCR", {"ALT": "250"}, False),
            ("N", "SCR", {"AST": "201"}, True), ("N", "SCR", {"AST": "200"}, False),
            ("Y", "SCR", {"BILI": "63.1"}, False), ("N", "V14", {"BILI": "63.1"}, False),
        )
    ],
    *[
        Case(
            "IE-07", "IE@SCR", {"EXC01K": answer}, fires=fires,
            records=chemistry(CREAT=creatinine)
            | {"DM@SCR": {"BRTHYR": 1985, "BRTHMO": 3, "SEX": "M"},
               "VS@SCR": {"VSPERF": "Y", "VSDAT": "2024-03-18", "WEIGHT": "81.8"}},
        )
        # 39 years: (140 - 39) x 81.8 / (0.818 x creatinine) = 10100 / creatinine.
        for creatinine, answer, fires in (
            ("337", "N", True), ("336", "N", False), ("337", "Y", False),
        )
    ],
    *beside(
        "IE-08", "IE@SCR", {"EXC01H": "N"},
        {"CV@SCR": HEART | {"LVEF": 39}}, {"CV@SCR": HEART | {"LVEF": 40}},
    ),
    *beside(
        "IE-08", "IE@SCR", {"EXC01H": "N"},
        {"CV@SCR": HEART | {"NYHA": 3}}, {"CV@SCR": HEART, "CV@UNS01": HEART | {"NYHA": 3}},
    ),
    *beside(
        "IE-09", "IE@SCR", {"EXC04": "N"},
        {"PREGT@SCR": PREGNANCY | {"PREGRES": "POS"}},
        {"PREGT@SCR": PREGNANCY | {"PREGRES": "IND"}},
    ),
    *beside(
        "IE-09", "IE@SCR", {"EXC04": "N"},
        {"PREGT@SCR": PREGNANCY, "PREGT@BL": PREGNANCY | {"PREGRES": "POS"}},
        {"PREGT@SCR": PREGNANCY, "PREGT@V28": PREGNANCY | {"PREGRES": "POS"}},
    ),
    *beside(
        "IE-10", "IE@SCR", {"EXC06": "N"}, {"VIR@SCR": CARRIER},
        {"VIR@SCR": CARRIER | {"HBVDNA": 20}},
    ),
    *beside(
        "IE-10", "IE@SCR", {"EXC06": "N"},
        {"VIR@SCR": SCREEN | {"HCVAB": "POS", "HCVRNA": "POS"}},
        {"VIR@SCR": SCREEN | {"HCVAB": "POS", "HCVRNA": "NEG"}},
    ),
    *beside(
        "IE-10", "IE@SCR", {"EXC05": "N", "EXC06": "N"},
        {"VIR@SCR": SCREEN | {"HIV": "POS"}}, {"VIR@SCR": SCREEN | {"HIV": "IND"}},
    ),
    *[
        Case(
            "IE-12", "IE@SCR", {"EXC02": answer}, fires=fires,
            records={"SV@SCR": sv("2024-03-18"), "INF": INFECTED | infection},
        )
        for answer, infection, fires in (
            ("N", {}, True), ("N", {"INFGR": 2}, False), ("Y", {}, False),
            ("N", {"INFENDAT": "2024-03-18"}, True), ("N", {"INFENDAT": "2024-03-17"}, False),
            ("N", {"INFSTDAT": "2024-03-18"}, True), ("N", {"INFSTDAT": "2024-03-19"}, False),
        )
    ],
    # The other CRFs' checks that read these.
    *[
        Case(
            "VS-03", "VS@V7", {"VSPERF": "Y", "VSDAT": day(7), "TEMP": warm} | when, fires=fires,
            records=counts(*results) | {"AE": EVENT | event},
        )
        for warm, when, results, event, fires in (
            ("38.4", {}, [(day(7), "0.9")], {}, True),
            ("38.3", {}, [(day(7), "0.9")], {}, False),
            ("38.4", {}, [(day(7), "1.0")], {}, False),
            ("38.4", {}, [(day(4), "0.9")], {}, False),
            ("38.4", {"VSTIM": "09:00"}, [(day(5), "0.9")], {}, True),
            # The latest count decides.
            ("38.4", {}, [(day(6), "0.9"), (day(7), "1.2")], {}, False),
            ("38.4", {}, [(day(7), "0.9")], {"AECTCID": "CTC5-0006", "AEENDAT": day(7)}, False),
            ("38.4", {}, [(day(7), "0.9")], {"AECTCID": "CTC5-0006", "AEENDAT": day(6)}, True),
        )
    ],
    *beside(
        "INJ-04", "INJ@SCR", INJURY | {"INJSKIN": "Y", "INJCAUSE": ["RT"]},
        {"SK@BL": SKIN | {"SKDAT": day(0), "SKCTCUL": 0, "SKCTCRD": 0, "SKRTOG": 0}},
        {"SK@BL": SKIN | {"SKDAT": day(0), "SKCTCUL": 0, "SKCTCRD": 1, "SKRTOG": 0}},
    ),
    *beside(
        "INJ-04", "INJ@SCR", INJURY | {"INJBLAD": "Y"},
        {"BC@BL": {"BCPERF": "Y", "BCDAT": day(0), "BCGRD": 0}},
        {"BC@BL": {"BCPERF": "Y", "BCDAT": day(0), "BCGRD": 1}},
    ),
    *[
        Case(
            "RAND-03", "RAND@BL", {"RDNUM": "R001"}, fires=fires,
            records=chemistry(LBDAT=sampled) | {"LB@BL#1": {"LBPERF": "Y", "LBDAT": day(0)}},
        )
        for sampled, fires in ((day(-8), True), (day(-7), False), (None, False))
    ],
    *[
        case
        for place, before, on_the_day in (
            ("PE@SCR", EXAMINED | {"PEDAT": "2024-03-17"}, EXAMINED | {"PEDAT": "2024-03-18"}),
            ("CV@SCR", HEART | {"EGDAT": "2024-03-17"}, HEART),
            ("CV@SCR", HEART | {"LVEFDAT": "2024-03-17"}, HEART),
            ("VIR@SCR", SCREEN | {"VIRDAT": "2024-03-17"}, SCREEN),
            ("PREGT@SCR", PREGNANCY | {"PREGDAT": "2024-03-17"}, PREGNANCY),
            ("GVHD@BL", {"GVDAT": "2024-03-17"}, {"GVDAT": "2024-03-18"}),
            ("PRO@BL", {"PRODAT": "2024-03-17"}, {"PRODAT": "2024-03-18"}),
        )
        for case in beside("IC-02", "IC", CONSENT, {place: before}, {place: on_the_day})
    ],
    *by_fact("PREGT-02", "PREGT@BL", PREGNANCY | {"PREGRES": "POS"}, "randomised", "Y", "N"),
]  # fmt: skip
