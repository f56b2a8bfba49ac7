"""Cases where a check could be read in two ways: the one that serves the participant, held fast."""

from __future__ import annotations

from tests.forms.casebooks import bladder, day, healed, lesion, mouth, skin
from tests.forms.cases_clinical import EXAMINED, HISTORY, PREGNANCY, chemistry
from tests.forms.cases_product import dose
from tests.forms.cases_safety import GIVEN, PREGNANT
from tests.forms.check_cases import BASE, EVENT, FATAL, Case, Records, beside, pair, sv

POSITIVE = PREGNANCY | {"PREGRES": "POS"}
AT_HOME = {"SV@DA05": sv(day(5), SVLOC="OPD")}
IN_BLADDER = {"EXROUTE": "INTRAVESICAL", "EXSITE": "BLAD", "EXDOSE": "50.0"}
PATIENT = {
    "DM@SCR": {"BRTHYR": 1985, "BRTHMO": 3, "SEX": "M"},
    "VS@SCR": {"VSPERF": "Y", "VSDAT": "2024-03-18", "WEIGHT": "81.8"},
}
OPENED_AGAIN = skin(day(7), lesion(1), lesion(2))


def clearance(screening: str | None, baseline: str | None) -> Records:
    """Return the creatinine of screening and of BL; 10100 divided by it is the clearance."""
    found: Records = dict(PATIENT)
    for visit, creatinine in (("SCR", screening), ("BL", baseline)):
        if creatinine is not None:
            found |= chemistry(visit, CREAT=creatinine)
    return found


def bladder_clear_on(*days: int) -> Records:
    """Return a bladder that is clear on these days, each at its daily visit."""
    seen = {f"BC@DA{on:02}": bladder(0, day(on)) for on in days}
    injured = {"INJ@SCR": BASE["INJ@SCR"] | {"INJBLAD": "Y", "INJBLDAT": day(-3)}}
    return {"BC@BL": bladder(3, day(0))} | seen | injured


CASES: list[Case] = [
    # What an investigator knows last before randomisation decides.
    *[
        Case("IE-07", "IE@SCR", {"EXC01K": "N"}, fires=fires, records=clearance(at_first, then))
        for at_first, then, fires in (
            ("100", "337", True), ("337", "100", False), ("337", None, True), (None, "337", True),
            (None, "336", False),
        )
    ],
    # A positive test before randomisation that a later one overruled is no pregnancy.
    *beside(
        "PREGT-02", "PREGT@SCR", POSITIVE | {"PREGDAT": day(-5)},
        {"PREGT@BL": PREGNANCY | {"PREGDAT": day(-6)}}, {"PREGT@BL": PREGNANCY},
    ),
    Case("PREGT-02", "PREGT@BL", POSITIVE, fires=True,
         records={"PREGT@V28": PREGNANCY | {"PREGDAT": day(28)}}),
    *beside(
        "EX-11", "EX", dose(EXSTDAT=day(2)),
        {"PREGT@SCR": PREGNANCY | {"PREGDAT": day(-5)}, "PREGT@BL": POSITIVE},
        {"PREGT@SCR": POSITIVE | {"PREGDAT": day(-5)}, "PREGT@BL": PREGNANCY},
    ),
    # A dose during a pregnancy stays one after the pregnancy has ended.
    *pair(
        "EX-11", "EX", dose(EXSTDAT=day(8)), dose(EXSTDAT=day(9)),
        records={"PREG": PREGNANT | {"PGOUT": "SPAB", "PGOUTDAT": day(8)}},
    ),
    # The assessment before is the last one, of however many on a day.
    *beside(
        "OM-06", "OM@DA02", mouth(3, day(2)),
        {"OM@DA01": mouth(1, day(1), OMTIM="18:00"), "OM@UNS01": mouth(3, day(1), OMTIM="09:00")},
        {"OM@DA01": mouth(1, day(1), OMTIM="09:00"), "OM@UNS01": mouth(3, day(1), OMTIM="18:00")},
    ),
    *pair("OM-06", "OM@DA02", mouth(3, day(2)), mouth(3, day(3)),
          records={"OM@DA01": mouth(1, day(1))}),
    Case("OM-06", "OM@UNS01", mouth(3, day(2)), fires=False,
         records={"OM@DA02": mouth(1, day(2), OMTIM="09:00")}),
    # A lesion that healed and opened again is followed again.
    *beside(
        "SK-05", "SK@DA10", skin(day(10), lesion(1)),
        {"SK@BL": OPENED_AGAIN | {"SKDAT": day(0)},
         "SK@DA03": skin(day(3), lesion(1), healed(2)), "SK@DA07": OPENED_AGAIN},
        {"SK@BL": OPENED_AGAIN | {"SKDAT": day(0)},
         "SK@DA03": OPENED_AGAIN | {"SKDAT": day(3)},
         "SK@DA07": skin(day(7), lesion(1), healed(2))},
    ),
    # A fatal outcome is held against the criterion though the grade is not known.
    *pair(
        "AE-05", "AE",
        EVENT | FATAL | {"AETOXGR": "?NK", "AESDTH": "N"}, EVENT | FATAL | {"AETOXGR": "?NK"},
    ),
    Case("AE-05", "AE", {"AEYN": "Y", "AEOUT": "FATAL"}, fires=False),
    # A control participant given product by mistake may have an event by it.
    *[
        Case("AE-11", "AE", EVENT, fires=fires, facts={"arm": "SOC"},
             records={"EX": GIVEN | changes})
        for changes, fires in (
            ({"EXSTDAT": day(2)}, False), ({"EXSTDAT": day(3)}, True),
            ({"EXSTDAT": day(2), "ECOCCUR": "N"}, True),
        )
    ],
    # What is new since the baseline is not history.
    *beside(
        "PE-01", "PE@V14", EXAMINED,
        {"MH": HISTORY, "PE@BL": {"PEPERF": "Y", "PEDAT": day(0), "PELNGRES": "NORM"}},
        {"MH": HISTORY, "PE@BL": {"PEPERF": "Y", "PEDAT": day(0), "PELNGRES": "NCS"}},
    ),
    # At home no two calendar days can be in a row: Monday and Wednesday are.
    *beside(
        "EX-09", "EX", dose(**IN_BLADDER | {"EXSTDAT": day(7)}),
        bladder_clear_on(5, 7) | AT_HOME, bladder_clear_on(5, 7),
    ),
]  # fmt: skip
