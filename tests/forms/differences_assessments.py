"""Where the assessments of mouth, skin, bladder and response differ, and why."""

from __future__ import annotations

from tests.forms.specification import BY_KIND

BOUNDS = {
    "0 to 100, steps of 10": "0 .. 100",
    "> HEALDAT, <= today": "HEALDAT + 1 .. today",
    "0 to 1e7": "0 .. 10000000",
    "0 to 1e10": "0 .. 10000000000",
    "0 to 1e12": "0 .. 1000000000000",
    "0 to 1e13": "0 .. 10000000000000",
}
NO_RANGE = {
    ("hard", "0 to 2, or 9"): BY_KIND,
    ("hard", "0 to 3, or 9"): BY_KIND,
    ("hard", "jpg, png, up to 10 MB; metadata stripped"): BY_KIND,
    ("hard", "as OMPHOTO"): BY_KIND,
}
# A check of the same meaning speaks instead, so that nobody answers the same question twice.
SAID_BY_CHECK = {
    ("OM", "OMWHOC", "soft"): "OM-01",
    ("RSP", "RSPORALC", "soft"): "RSP-01",
    ("RSP", "RSPSKINC", "soft"): "RSP-01",
    ("RSP", "RSPBLADC", "soft"): "RSP-01",
}
_SK02 = "SK-02 asks about a size of 0, and of a lesion that healed"
_SEEN = "nobody grades a skin, or takes a picture of it, that was not assessed"
_WORDED = "CTCAE's own wording of each grade of this term"
OTHERWISE = {
    ("SK", "SLLEN", "soft"): ("0 .. 20", _SK02),
    ("SK", "SLWID", "soft"): ("0 .. 15", _SK02),
    ("SK", "SKCTCRD", "show_if"): ("SKPERF == 'Y' and 'RT' in INJ.INJCAUSE", _SEEN),
    ("SK", "SKRTOG", "show_if"): ("SKPERF == 'Y' and 'RT' in INJ.INJCAUSE", _SEEN),
    ("SK", "SKGVST", "show_if"): ("SKPERF == 'Y' and 'AGVHD' in INJ.INJCAUSE", _SEEN),
    ("SK", "SLAREA", "show_if"): ("SKPERF == 'Y'", "it belongs to a lesion, as its size does"),
    ("SK", "SLREDPC", "show_if"): ("SKPERF == 'Y'", "it belongs to a lesion, as its size does"),
    ("SK", "SLPHOTO", "show_if"): ("SKPERF == 'Y' and IC.ICPHOTO == 'Y'", _SEEN),
    ("OM", "OMCTC", "codelist"): ("CTCOM", _WORDED),
    ("SK", "SKCTCUL", "codelist"): ("CTCUL", _WORDED),
    ("SK", "SKCTCRD", "codelist"): ("CTCRD", _WORDED),
    ("BC", "BCCTCC", "codelist"): ("CTCCY", _WORDED),
    ("BC", "BCCTCH", "codelist"): ("CTCHU", _WORDED),
    ("OM", "OMWHOC", "codelist"): ("WHOOM", "a derived grade is shown in words"),
}
# CTCAE's own wording of each grade stands in the place of CTCG's numbers.
ADDED_CODE_LISTS = {
    "CTCOM": "CTCAE words each grade of oral mucositis",
    "CTCUL": "CTCAE words each grade of skin ulceration",
    "CTCRD": "CTCAE words each grade of radiation dermatitis",
    "CTCCY": "CTCAE words each grade of noninfective cystitis",
    "CTCHU": "CTCAE words each grade of hematuria",
}
_NOTE = "what stands in brackets is a note to the developer"
_SITE = "a site's question names the site, not where the specification lists it"
REWORDED = {
    "OM.OMWHOC": _NOTE,
    "OM.OMPHOTO": "the condition is carried out, not told",
    **{f"RSP.RSP{site}{kind}": _SITE for site in ("ORAL", "SKIN", "BLAD") for kind in ("", "C")},
}
