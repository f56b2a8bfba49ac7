"""Where unscheduled visits, end of study, death and deviations differ, and why."""

from __future__ import annotations

from tests.forms.specification import BY_KIND

BOUNDS = {
    "<= EOSDAT": " .. EOSDAT",
    ">= ICDAT, <= today": "consent_date .. today",
    "RANDDAT to today": "randomisation_date .. today",
    "<= D28": " .. randomisation_date + 28",
    ">= last contact, <= today": "EOS.EOSLAST .. today",
}
NO_RANGE = {("hard", "VS, PE, LB, OM, SK, BC, GVHD, RSP, INF, PREGT, CV"): BY_KIND}
SAID_BY_CHECK = {("EOS", "EOSTRIES", "soft"): "EOS-04"}
OTHERWISE = {
    ("UNS", "UNSFORM", "codelist"): ("UNSFORM", "the CRFs that may be chosen are a list of names"),
    ("DV", "DVKNOW", "hard"): ("DVDAT .. today", "nothing is found in the future"),
    ("DV", "DVPP", "show_if"): ("", "changed_by says that it is the statistician's"),
    ("DTH", "DTHAE", "show_if"): (
        "DTHDAT <= randomisation_date + 58 or DTHCAUS == 'PROD'",
        "product-related is what DTHCAUS says: a browser must not be told AE.AEREL",
    ),
}
ADDED_ITEMS = {
    ("RAND", "RDMANUAL"): "section 5.5: an envelope is entered as manual; its state is allocated",
}
ADDED_CODE_LISTS = {"UNSFORM": "the CRFs that may be chosen are a list of names"}
REWORDED_CHECKS = {
    "EOS-05": "the text says what is to be done; the list stands beside it",
    "DTH-03": "it tells the reader what happened and what is next, without ids of checks",
}
