"""Cases of the checks of the assessments: mouth, skin and bladder, and the response to them."""

from __future__ import annotations

from tests.forms.casebooks import INJURY, bladder, day, healed, lesion, mouth, skin
from tests.forms.check_cases import EVENT, Case, beside, pair

OPIOID = {"CMYN": "Y", "CMTRT": "吗啡", "CMCAT": "ANAL", "CMSTDAT": day(1), "CMONGO": "Y"}
FEEDING = OPIOID | {"CMTRT": "脂肪乳氨基酸", "CMCAT": "NUT"}
IN_PAIN = mouth(3, day(3), OMOPI="Y")
FED = mouth(4, day(3), OMTPN="Y")
INFECTED = {"INFTYPE": "BAC", "INFSTDAT": day(4)}
NEOPLASM, SKIN_INFECTION = "CTC5-0550", "CTC5-0339"
TUMOUR = {"RSPDAT": day(180), "SECMAL": "Y"}
BY_GVHD = {"INJ@SCR": INJURY | {"INJSKIN": "Y", "INJCAUSE": ["AGVHD"]}}
GROIN = {"SLLOC": "GROIN"}


def covered(rule: str, seen: object, medicine: dict[str, object]) -> list[Case]:
    """Return the cases of a medicine that covers the day, or may; and of one that cannot."""
    cases = []
    for changes, covers in (
        ({}, True),
        ({"CMSTDAT": day(3)}, True),
        ({"CMSTDAT": day(4)}, False),
        ({"CMSTDAT": "2024-03"}, True),
        ({"CMSTDAT": "2024-04"}, False),
        ({"CMONGO": "N", "CMENDAT": day(3)}, True),
        ({"CMONGO": "N", "CMENDAT": day(2)}, False),
        ({"CMONGO": "N", "CMENDAT": "?NK"}, True),
        ({"CMCAT": "AINF"}, False),
    ):
        records = {"CM": medicine | changes}
        cases.append(Case(rule, "OM@DA03", seen, fires=not covers, records=records))
    return [*cases, Case(rule, "OM@DA03", seen, fires=True)]


CASES: list[Case] = [
    *beside("OM-07", "OM@DA03", mouth(4, day(3), OMCTC=5), {}, {"DTH": {"DTHDAT": day(4)}}),
    *pair("OM-07", "OM@DA03", mouth(4, day(3), OMCTC=5), mouth(4, day(3), OMCTC=4)),
    *covered("OM-09", IN_PAIN, OPIOID),
    Case("OM-09", "OM@DA03", mouth(3, day(3)), fires=False),
    *covered("OM-10", FED, FEEDING),
    Case("OM-10", "OM@DA03", mouth(4, day(3)), fires=False),
    # A site injured after randomisation
    *[
        Case("INJ-05", "INJ@SCR", INJURY | {"INJSKIN": "Y", "INJSKDAT": began}, fires=fires,
             records={"AE": event} if event else {})
        for began, event, fires in (
            (day(1), None, True),
            (day(0), None, False),
            (day(5), EVENT | {"AESTDAT": day(8)}, False),
            (day(5), EVENT | {"AESTDAT": day(9)}, True),
            (day(5), EVENT | {"AESTDAT": day(2)}, False),
            (day(5), EVENT | {"AESTDAT": day(1)}, True),
            (day(5), EVENT | {"AESTDAT": "2024-03"}, False),
            (day(5), {"AEYN": "N"}, True),
        )
    ],
    # Skin
    *pair(
        "SK-01", "SK@BL",
        skin(day(0), lesion(1, SLLEN="3.0", SLWID="5.0")),
        skin(day(0), lesion(1, SLLEN="5.0", SLWID="5.0")),
    ),
    *pair(
        "SK-01", "SK@BL",
        skin(day(0), lesion(1), lesion(2, SLLEN="3.0", SLWID="3.1")), skin(day(0), lesion(1)),
    ),
    *pair(
        "SK-02", "SK@BL",
        skin(day(0), lesion(1, SLHEAL="Y", SLLEN="0.1", SLWID="0.1")), skin(day(0), healed(1)),
    ),
    *pair(
        "SK-02", "SK@BL",
        skin(day(0), lesion(1), lesion(2, SLLEN="0.0", SLWID="0.0")),
        skin(day(0), lesion(1), lesion(2, SLLEN="0.1", SLWID="0.1")),
    ),
    Case("SK-02", "SK@BL", skin(day(0), lesion(1, SLHEAL="Y", SLWID="0.0")), fires=True),
    *[
        Case(
            "SK-03", "SK@BL", skin(day(0), lesion(1), SKGVST=stage, SKBSA=area), fires=fires,
            records=BY_GVHD,
        )
        for stage, area, fires in (
            (0, "80.0", False),
            (1, "24.9", False), (1, "25.0", True),
            (2, "24.9", True), (2, "25.0", False), (2, "50.0", False), (2, "50.1", True),
            (3, "50.0", True), (3, "50.1", False),
            (4, "50.0", True), (4, "50.1", False),
        )
    ],
    *[
        Case(
            "SK-04", "SK@DA07", skin(day(7), lesion(1), lesion(2, **changes)), fires=fires,
            records={
                "SK@BL": skin(day(0), lesion(1), lesion(2)),
                "SK@DA03": skin(day(3), lesion(1), lesion(2, **GROIN)),
            },
        )
        # The first record counts, not the last.
        for changes, fires in (
            ({}, False), (GROIN, True), ({"SLTYPE": "PI"}, True), ({"SLLAT": "LEFT"}, True),
            ({"SLLAT": "?NK"}, False),
        )
    ],
    *[
        Case(
            "SK-05", "SK@DA07", seen, fires=fires,
            records={"SK@BL": skin(day(0), lesion(1), lesion(2)), "SK@DA03": before},
        )
        for before, seen, fires in (
            (skin(day(3), lesion(1), lesion(2)), skin(day(7), lesion(1)), True),
            (skin(day(3), lesion(1), lesion(2)), skin(day(7), lesion(1), lesion(2)), False),
            (skin(day(3), lesion(1), healed(2)), skin(day(7), lesion(1)), False),
            # One that the baseline did not have need not be followed.
            (skin(day(3), lesion(1), healed(2), lesion(3)), skin(day(7), lesion(1)), False),
            (skin(day(3), lesion(1), lesion(2)), {"SKPERF": "N", "SKDAT": day(7)}, False),
        )
    ],
    *[
        Case(
            "SK-06", "SK@DA03", skin(day(3), lesion(1), lesion(2, SLLEN=length)), fires=fires,
            records={"SK@BL": skin(day(0), lesion(1), lesion(2))},
        )
        for length, fires in (("8.0", False), ("8.1", True))
    ],
    # What is compared is the same lesion.
    Case(
        "SK-06", "SK@DA03", skin(day(3), lesion(2, SLLEN="9.0")), fires=False,
        records={"SK@BL": skin(day(0), lesion(1))},
    ),
    *[
        Case(
            "SK-07", "SK@DA07", skin(day(7), lesion(1), lesion(2, SLINF="Y")), fires=fires,
            records=records,
        )
        for records, fires in (
            ({}, True),
            ({"INF": INFECTED | {"INFSITE": "SKIN"}}, False),
            ({"INF": INFECTED | {"INFSITE": "SKIN", "INFENDAT": day(7)}}, False),
            ({"INF": INFECTED | {"INFSITE": "SKIN", "INFENDAT": day(6)}}, True),
            ({"INF": INFECTED | {"INFSITE": "LUNG"}}, True),
            ({"AE": EVENT | {"AECTCID": SKIN_INFECTION, "AEONGO": "Y"}}, False),
            ({"AE": EVENT | {"AEONGO": "Y"}}, True),
        )
    ],
    Case("SK-07", "SK@DA07", skin(day(7), lesion(1)), fires=False),
    # Bladder
    *pair(
        "BC-01", "BC@BL",
        bladder(2, day(0), BCURCOL="CLEAR"), bladder(1, day(0), BCURCOL="CLEAR"),
    ),
    *pair("BC-02", "BC@BL", bladder(3, day(0), BCCLOT="NONE"), bladder(2, day(0), BCCLOT="NONE")),
    *pair("BC-02", "BC@BL", bladder(3, day(0), BCCLOT="NONE"), bladder(3, day(0))),
    *pair("BC-03", "BC@BL", bladder(0, day(0), BCRBCH=4), bladder(0, day(0), BCRBCH=3)),
    *pair("BC-03", "BC@BL", bladder(0, day(0), BCURCOL="PINK"), bladder(1, day(0), BCURCOL="PINK")),
    *pair("BC-04", "BC@BL", bladder(3, day(0), BCOBST="Y"), bladder(4, day(0), BCOBST="Y")),
    *pair(
        "BC-05", "BC@BL",
        bladder(2, day(0), BCCBI="Y"), bladder(2, day(0), BCCBI="Y", BCCATH="Y"),
    ),
    *pair(
        "BC-06", "BC@BL",
        bladder(2, day(0), BKVUQ="EQ", BKVU=0), bladder(2, day(0), BKVUQ="EQ", BKVU=1),
    ),
    Case("BC-06", "BC@BL", bladder(2, day(0), BKVUQ="LT"), fires=False),
    *[
        Case("BC-07", "BC@DA07", bladder(2, day(7), BCUWBC=6, BCUCULT=found), fires=fires,
             records=records)
        for found, records, fires in (
            ("POS", {}, True),
            ("NEG", {}, False),
            ("POS", {"INF": INFECTED | {"INFSITE": "URIN"}}, False),
            ("POS", {"INF": INFECTED | {"INFSITE": "URIN", "INFENDAT": day(7)}}, False),
            ("POS", {"INF": INFECTED | {"INFSITE": "URIN", "INFENDAT": day(6)}}, True),
            ("POS", {"INF": INFECTED | {"INFSITE": "ORAL"}}, True),
        )
    ],
    *[
        Case(
            "BC-08", "BC@DA07", bladder(2, day(7), BCTRANS="Y"), fires=fires,
            records={
                "BC@DA05": bladder(2, day(5)),
                "BC@DA06": {"BCPERF": "N", "BCDAT": day(6)},
                "TX": {"TXDAT": on, "TXPROD": "RBC", "TXINJ": because},
            },
        )
        for on, because, fires in (
            (day(7), "Y", False), (day(8), "Y", True),
            # Since the last time that the bladder was assessed.
            (day(5), "Y", False), (day(4), "Y", True),
            (day(7), "N", True), (day(7), None, False),
        )
    ],
    Case("BC-08", "BC@DA07", bladder(2, day(7)), fires=False),
    # Response
    *beside("RSP-02", "RSP@V7", {"RSPSURV": "N"}, {}, {"DTH": {"DTHDAT": day(6)}}),
    *pair("RSP-02", "RSP@V7", {"RSPSURV": "N"}, {"RSPSURV": "Y"}),
    *[
        Case("RSP-03", "RSP@V7", {"RSPDAT": day(7), "RESCUE": "Y"}, fires=fires, records=records)
        for records, fires in (
            ({}, True),
            ({"STC": {"STCTYPE": "STER", "STCSITE": "ORAL", "STCRESC": "N"}}, True),
            ({"STC": {"STCTYPE": "STER", "STCSITE": "ORAL", "STCRESC": "Y"}}, False),
            ({"CM": OPIOID}, True),
            ({"CM": OPIOID | {"CMCAT": "RESC"}}, False),
        )
    ],
    Case("RSP-03", "RSP@V7", {"RSPDAT": day(7), "RESCUE": "N"}, fires=False),
    *[
        Case("RSP-04", "RSP@M6", TUMOUR, fires=fires, records=records)
        for records, fires in (
            ({}, True),
            ({"AE": EVENT | {"AECTCID": NEOPLASM, "AESER": "Y"}}, True),
            ({"AE": EVENT | {"AESER": "Y"}, "SAE": {"SAEAENO": 1}}, True),
            ({"AE": EVENT | {"AECTCID": NEOPLASM, "AESER": "Y"}, "SAE": {"SAEAENO": 1}}, False),
        )
    ],
    Case("RSP-04", "RSP@M6", TUMOUR | {"SECMAL": "N"}, fires=False),
]  # fmt: skip
