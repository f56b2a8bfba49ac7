"""Cases of the checks of the product, its batches, standard care, medicines and transfusions."""

from __future__ import annotations

from typing import Any

from tests.forms.casebooks import BATCH, INJURY, day, mouth
from tests.forms.check_cases import EVENT, Case, Records, beside, pair

DOSE = {
    "ECOCCUR": "Y", "EXROUTE": "ORAL RINSE", "EXSITE": "ORAL", "EXLOT": "MSC240301",
    "EXKIT": "K0101", "EXTHAW": "2024-03-21T07:50+08:00", "EXTEMPS": "4.5", "EXDOSE": "15.0",
    "EXSTDAT": day(1), "EXSTTIM": "08:30", "EXENTIM": "08:33", "PRETOL": "SPIT", "EXADJ": "NONE",
    "EXREACT": "N",
}  # fmt: skip
NOT_GIVEN = {"ECOCCUR": "N", "NOTGIV": "REF", "EXROUTE": "ORAL RINSE", "EXSITE": "ORAL"}
ON_SKIN = {"EXROUTE": "TOPICAL", "EXSITE": "SKIN", "EXAREA": "8.0", "EXDOSE": "1.2"}
IN_BLADDER = {"EXROUTE": "INTRAVESICAL", "EXSITE": "BLAD", "EXDOSE": "50.0"}
EVERYWHERE = {"INJ@SCR": INJURY | {"INJSKIN": "Y", "INJBLAD": "Y"}}
MEDICINE = {
    "CMYN": "Y", "CMTRT": "吗啡", "CMCAT": "ANAL", "CMINDC": "INJ", "CMROUTE": "IV",
    "CMSTDAT": day(1), "CMONGO": "N", "CMENDAT": day(4),
}  # fmt: skip
FOR_EVENT = MEDICINE | {"CMINDC": "AE", "CMAENO": "1"}
CARE = {
    "STCTYPE": "RINSE", "STCSITE": "ORAL", "STCFRQ": "QID", "STCSTDAT": day(0), "STCONGO": "N",
    "STCENDAT": day(3), "STCRESC": "N",
}  # fmt: skip
PLATELETS = {"TXDAT": day(10), "TXPROD": "PLT", "TXUNITS": "1.0", "TXINJ": "N"}
TREATED = EVENT | {"AESTDAT": day(2), "AEENDAT": day(6), "AECONTRT": "Y", "AESPID": "1"}


def dose(**changes: Any) -> dict[str, Any]:
    return DOSE | changes


def batch(**changes: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return the register with a batch that is otherwise in order."""
    return {"BATCH": {"MSC240301": BATCH["MSC240301"] | changes}}


def with_batch(rule: str, values: Any, fires: Any, silent: Any) -> list[Case]:
    """One check with one dose, and two contents of the batch's entry."""
    return [
        Case(rule, "EX", values, fires=True, registers=fires),
        Case(rule, "EX", values, fires=False, registers=silent),
    ]


def others(rule: str, values: Any, fires: Any, silent: Any, **both: Any) -> list[Case]:
    """One check with one dose, and two contents of another participant's dose."""
    return [
        Case(rule, "EX", values, fires=True, elsewhere={"EX": [fires]}, **both),
        Case(rule, "EX", values, fires=False, elsewhere={"EX": [silent]}, **both),
    ]


def healed(recurred: str | None = None) -> Records:
    """Return grades by which the mouth healed on D3, confirmed on D4."""
    found: Records = {"OM@BL": mouth(3, day(0))}
    found |= {f"OM@DA0{n}": mouth(grade, day(n)) for n, grade in ((1, 2), (2, 1), (3, 0), (4, 0))}
    if recurred:
        found["RSP@V7"] = {"RSPDAT": day(7), "RECUR": "Y", "RECDAT": recurred}
    return found


def doses_of(*days: int) -> Records:
    """Return a dose on each of the days."""
    return {f"EX#{n}": dose(EXSTDAT=day(on)) for n, on in enumerate(days, 1)}


CASES: list[Case] = [
    *[
        Case("EX-01", "EX", values, fires=fires, facts={"arm": arm} if arm else {})
        for values, arm, fires in (
            (DOSE, "SOC", True), (NOT_GIVEN, "SOC", True), (DOSE, "MSC", False), (DOSE, "", False),
        )
    ],
    *pair("EX-02", "EX", dose(EXSTDAT=day(-1)), dose(EXSTDAT=day(0))),
    Case("EX-02", "EX", DOSE, fires=True, day_zero=None),
    *pair("EX-03", "EX", dose(EXSTDAT="2024-09-02"), dose(EXSTDAT="2024-09-01")),
    *pair("EX-03", "EX", dose(EXSTDAT="2024-03-09"), dose(EXSTDAT="2024-03-10")),
    *with_batch("EX-03", DOSE, {"BATCH": {"MSC240301": {
        **{k: v for k, v in BATCH["MSC240301"].items() if k != "BTREL"}, "BTST": "QUAR",
    }}}, batch()),
    *[
        case
        for state in ("RECALL", "EXP", "REJ", "QUAR")
        for case in with_batch(
            "EX-03", DOSE, batch(BTST=state, BTSTDT=day(1)), batch(BTST=state, BTSTDT=day(2))
        )
    ],
    Case("EX-03", "EX", NOT_GIVEN | {"EXSTDAT": day(1)}, fires=False),
    *pair("EX-04", "EX", dose(EXSITE="SKIN"), DOSE, records=EVERYWHERE),
    *pair("EX-04", "EX", dose(**ON_SKIN | {"EXSITE": "BLAD"}), dose(**ON_SKIN), records=EVERYWHERE),
    *pair(
        "EX-04", "EX", dose(**IN_BLADDER | {"EXSITE": "ORAL"}), dose(**IN_BLADDER),
        records=EVERYWHERE,
    ),
    *beside("EX-04", "EX", dose(**ON_SKIN), {"INJ@SCR": INJURY}, EVERYWHERE),
    *beside("EX-04", "EX", dose(**IN_BLADDER), {"INJ@SCR": INJURY}, EVERYWHERE),
    *beside("EX-04", "EX", DOSE, {"INJ@SCR": INJURY | {"INJORAL": "N"}}, EVERYWHERE),
    *pair("EX-05", "EX", dose(EXDOSE="11.9"), dose(EXDOSE="12.0")),
    *pair("EX-05", "EX", dose(EXDOSE="18.1"), dose(EXDOSE="18.0")),
    *pair("EX-05", "EX", dose(**IN_BLADDER | {"EXDOSE": "44.9"}),
          dose(**IN_BLADDER | {"EXDOSE": "45.0"})),
    *pair("EX-05", "EX", dose(**IN_BLADDER | {"EXDOSE": "55.1"}),
          dose(**IN_BLADDER | {"EXDOSE": "55.0"})),
    *pair("EX-05", "EX", dose(**ON_SKIN | {"EXDOSE": "0.9"}),
          dose(**ON_SKIN | {"EXDOSE": "1.0"})),
    *pair("EX-05", "EX", dose(**ON_SKIN | {"EXDOSE": "100.1"}),
          dose(**ON_SKIN | {"EXDOSE": "100.0"})),
    *pair("EX-06", "EX", dose(EXTEMPS="8.1"), dose(EXTEMPS="8.0")),
    *pair("EX-06", "EX", dose(EXTEMPS="1.9"), dose(EXTEMPS="2.0")),
    *[
        case
        for store, low, high in (("M20", "-25", "-15"), ("M80", "-90", "-60"), ("DRY", "10", "30"))
        for bound, beyond in ((low, f"{float(low) - 0.1:.1f}"), (high, f"{float(high) + 0.1:.1f}"))
        for case in pair(
            "EX-06", "EX", dose(EXTEMPS=beyond), dose(EXTEMPS=bound),
            registers=batch(BTSTORE=store),
        )
    ],
    *pair("EX-06", "EX", dose(EXTEMPS="-149.9"), dose(EXTEMPS="-150"),
          registers=batch(BTSTORE="LN2")),
    *others("EX-07", DOSE, DOSE, dose(EXKIT="K0102")),
    Case("EX-07", "EX#2", dose(EXSTTIM="13:00"), fires=False, records={"EX": DOSE}),
    *beside(
        "EX-08", "EX", dose(EXREACT="Y"),
        {"AE": EVENT | {"AESTDAT": day(2)}}, {"AE": EVENT | {"AESTDAT": day(1)}},
    ),
    *beside(
        "EX-08", "EX", dose(EXREACT="Y"),
        {"AE": EVENT | {"AESTDAT": "2024-04"}}, {"AE": EVENT | {"AESTDAT": "2024-03"}},
    ),
    *pair("EX-08", "EX", dose(EXREACT="Y"), DOSE),
    *pair("EX-09", "EX", dose(EXSTDAT=day(5)), dose(EXSTDAT=day(4)), records=healed()),
    *beside("EX-09", "EX", dose(EXSTDAT=day(6)), healed(recurred=day(7)), healed(recurred=day(6))),
    *pair(
        "EX-09", "EX", dose(EXSTDAT=day(5)), NOT_GIVEN | {"EXSTDAT": day(5)}, records=healed()
    ),
    *pair(
        "EX-09", "EX",
        dose(EXSTDAT=day(5)), dose(**ON_SKIN | {"EXSTDAT": day(5)}), records=healed(),
    ),
    *pair("EX-10", "EX", dose(EXSTDAT=day(3)), dose(EXSTDAT=day(2)),
          records={"EOT": {"EOTDAT": day(2)}}),
    *pair("EX-10", "EX", dose(EXSTDAT=day(3)), dose(EXSTDAT=day(2)),
          records={"DTH": {"DTHDAT": day(2)}}),
    *pair("EX-10", "EX", dose(EXSTDAT=day(3)), NOT_GIVEN | {"EXSTDAT": day(3)},
          records={"EOT": {"EOTDAT": day(2)}}),
    *pair("EX-11", "EX", dose(EXSTDAT=day(2)), dose(EXSTDAT=day(1)),
          records={"PREGT@BL": {"PREGDN": "Y", "PREGDAT": day(1), "PREGRES": "POS"}}),
    Case("EX-11", "EX", dose(EXSTDAT=day(2)), fires=False,
         records={"PREGT@BL": {"PREGDN": "Y", "PREGDAT": day(1), "PREGRES": "NEG"}}),
    *pair("EX-11", "EX", dose(EXSTDAT=day(2)), dose(EXSTDAT=day(1)),
          records={"PREG": {"PGWHO": "Y", "PGAWDTM": f"{day(1)}T10:00+08:00", "PGOUT": "ONGO"}}),
    *beside(
        "EX-11", "EX", dose(EXSTDAT=day(2)),
        {"PREG": {"PGWHO": "Y", "PGAWDTM": f"{day(1)}T10:00+08:00"}},
        {"PREG": {"PGWHO": "Y", "PGAWDTM": f"{day(1)}T10:00+08:00", "PGOUT": "SPAB"}},
    ),
    *beside(
        "EX-11", "EX", dose(EXSTDAT=day(2)),
        {"PREG": {"PGWHO": "Y", "PGAWDTM": f"{day(1)}T10:00+08:00"}},
        {"PREG": {"PGWHO": "N", "PGAWDTM": f"{day(1)}T10:00+08:00"}},
    ),
    *[
        Case("EX-12", "EOT", {"EOTDAT": day(3), "EOTREAS": "HEAL"}, fires=fires,
             facts={"arm": arm}, records=records)
        for arm, records, fires in (
            ("MSC", {}, True), ("MSC", doses_of(0, 1), True), ("MSC", doses_of(0, 2, 3), True),
            ("MSC", doses_of(0, 1, 2), False), ("SOC", {}, False),
            ("MSC", doses_of(0, 1) | {"EX#3": NOT_GIVEN | {"EXSTDAT": day(2)}}, False),
        )
    ],
    *with_batch(
        "BATCH-02", DOSE, batch(BTRECV="1", BTDEST="1"), batch(BTRECV="2", BTDEST="1")
    ),
    *with_batch("BATCH-02", DOSE, batch(BTRECV="1", BTVOL="14.9"), batch(BTRECV="1", BTVOL="15.0")),
    *others(
        "BATCH-02", DOSE, dose(EXKIT="K0100", EXSTTIM="08:00"), DOSE,
        registers=batch(BTRECV="1"),
    ),
    # Asked of the dose that overdraws it, not of those before.
    *others(
        "BATCH-02", DOSE, dose(EXKIT="K0100", EXSTTIM="08:00"),
        dose(EXKIT="K0100", EXSTTIM="13:00"), registers=batch(BTRECV="1"),
    ),
    *others(
        "BATCH-02", DOSE, dose(EXKIT="K0100", EXSTTIM="08:00"),
        NOT_GIVEN | {"EXSTDAT": day(1), "EXLOT": "MSC240301"}, registers=batch(BTRECV="1"),
    ),
    *pair("STC-01", "STC", CARE | {"STCENDAT": day(-1)}, CARE | {"STCENDAT": day(0)}),
    *[
        case
        for kind in ("GMCSF", "EGF", "PBM")
        for case in pair(
            "STC-02", "STC",
            CARE | {"STCTYPE": kind, "STCSTDAT": day(1)}, CARE | {"STCTYPE": kind},
        )
    ],
    *pair(
        "STC-02", "STC",
        CARE | {"STCTYPE": "EGF", "STCSTDAT": day(1)}, CARE | {"STCSTDAT": day(1)},
    ),
    *pair("CM-01", "CM", MEDICINE | {"CMENDAT": day(0)}, MEDICINE | {"CMENDAT": day(1)}),
    *pair(
        "CM-01", "CM",
        MEDICINE | {"CMSTDAT": "2024-04", "CMENDAT": "2024-03-31"},
        MEDICINE | {"CMSTDAT": "2024", "CMENDAT": "2024-03"},
    ),
    *beside(
        "CM-02", "CM", FOR_EVENT,
        {"AE": EVENT | {"AESTDAT": day(2)}}, {"AE": EVENT | {"AESTDAT": day(1)}},
    ),
    *beside(
        "CM-02", "CM", FOR_EVENT,
        {"AE": EVENT | {"AESTDAT": "2024-04"}}, {"AE": EVENT | {"AESTDAT": "2024-03"}},
    ),
    *pair("CM-02", "CM", FOR_EVENT, MEDICINE, records={"AE": EVENT | {"AESTDAT": day(2)}}),
    *[
        case
        for name in ("Palifermin", "帕利夫明", "脐带间充质干细胞外泌体", "hUC-MSC", "临床试验用药X")
        for case in pair("CM-03", "CM", MEDICINE | {"CMTRT": name}, MEDICINE)
    ],
    Case("CM-03", "CM", MEDICINE | {"CMTRT": "造血干细胞动员剂"}, fires=False),
    *pair(
        "CM-03", "CM",
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": day(28), "CMENDAT": day(28)},
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": day(29), "CMENDAT": day(29)},
    ),
    *pair(
        "CM-03", "CM",
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": day(-9), "CMENDAT": day(0)},
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": day(-9), "CMENDAT": day(-1)},
    ),
    *pair(
        "CM-03", "CM",
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": "2024-02", "CMONGO": "Y", "CMENDAT": None},
        MEDICINE | {"CMTRT": "palifermin", "CMSTDAT": "2024", "CMONGO": "Y", "CMENDAT": None},
    ),
    *beside(
        "CM-04", "CM", MEDICINE,
        {"CM#2": MEDICINE | {"CMSTDAT": day(4), "CMENDAT": day(9)}},
        {"CM#2": MEDICINE | {"CMSTDAT": day(5), "CMENDAT": day(9)}},
    ),
    *beside(
        "CM-04", "CM", MEDICINE,
        {"CM#2": MEDICINE | {"CMONGO": "Y", "CMENDAT": None}},
        {"CM#2": MEDICINE | {"CMTRT": "芬太尼"}},
    ),
    *beside(
        "CM-04", "CM", MEDICINE,
        {"CM#2": MEDICINE}, {"CM#2": MEDICINE | {"CMSTDAT": "2024-03", "CMENDAT": "2024"}},
    ),
    *beside(
        "TX-01", "TX", PLATELETS,
        {"ENG": {"PLTENG": "Y", "PLTENGDT": day(17)}},
        {"ENG": {"PLTENG": "Y", "PLTENGDT": day(18)}},
    ),
    *beside(
        "TX-01", "TX", PLATELETS,
        {"ENG": {"PLTENG": "Y", "PLTENGDT": day(11)}},
        {"ENG": {"PLTENG": "Y", "PLTENGDT": day(10)}},
    ),
    *pair(
        "TX-01", "TX", PLATELETS, PLATELETS | {"TXPROD": "RBC"},
        records={"ENG": {"PLTENG": "Y", "PLTENGDT": day(12)}},
    ),
    *pair("AE-10", "AE", TREATED, TREATED | {"AECONTRT": "N"}),
    *beside("AE-10", "AE", TREATED, {"CM": MEDICINE}, {"CM": FOR_EVENT}),
    *beside("AE-10", "AE", TREATED, {"CM": FOR_EVENT | {"CMAENO": "2"}}, {"CM": FOR_EVENT}),
    *beside(
        "AE-10", "AE", TREATED,
        {"STC": CARE | {"STCSTDAT": day(1)}}, {"STC": CARE | {"STCSTDAT": day(2)}},
    ),
    *beside(
        "AE-10", "AE", TREATED,
        {"STC": CARE | {"STCSTDAT": day(7)}}, {"STC": CARE | {"STCSTDAT": day(6)}},
    ),
    *beside(
        "AE-10", "AE", TREATED,
        {"TX": PLATELETS | {"TXDAT": day(7)}}, {"TX": PLATELETS | {"TXDAT": day(6)}},
    ),
]  # fmt: skip
