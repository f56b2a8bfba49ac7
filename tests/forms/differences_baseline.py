"""Where visits, consent, screening, transplantation and randomisation differ, and why."""

from __future__ import annotations

from tests.forms.specification import BY_KIND, BY_SERVER

# How the specification writes a bound, and how the study does.
BOUNDS = {
    "ICDAT to today": "consent_date .. today",
    "<= HCTDAT": " .. HCTDAT",
    "= visit date": "visit_date .. visit_date",
    "1920 to current year": "1920 .. year(today)",
    "4 to 14 days before HCTDAT": "HCTDAT - 14 .. HCTDAT - 4",
    "within 30 days": "visit_date - 30 .. ",
    "within 60 days": "visit_date - 60 .. ",
    "scheduled day": "window_start .. window_end",
}
NO_RANGE = {
    ("hard", "in version register"): BY_SERVER,
    ("hard", "on delegation list at ICDAT"): BY_SERVER,
    ("hard", "site-sequence, e.g. 01-001"): BY_SERVER,
    ("hard", "a screen failure with RESCR == Y"): BY_SERVER,
    ("hard", "R001 upward, unique"): BY_SERVER,
    ("hard", "1 upward, never reused"): BY_SERVER,
    ("hard", "another participant"): BY_SERVER,
    ("hard", "^[A-Z]{4}$"): BY_KIND,
}
SAID_BY_CHECK = {
    ("SV", "SVSTDAT", "soft"): "SV-01",
    ("SV", "SVOUT", "soft"): "SV-01",
    ("IC", "ICDAT", "hard"): "IC-01",
    ("IC", "ICDAT", "soft"): "IC-03",
    ("DM", "AGE", "soft"): "DM-01",
    ("HSCT", "HCTDAT", "soft"): "HSCT-05",
    ("HSCT", "CONDENDT", "hard"): "HSCT-04",
}
HALF_BY_CHECK = {("SV", "SVSTDAT", "hard"): ("consent_date .. ", "SV-02")}
OTHERWISE = {
    ("DM", "SCRPREV", "kind"): ("system", "the server writes it when it screens a person again"),
    ("DM", "SCRPREV", "show_if"): ("", "it holds nothing unless re-screened"),
    ("DM", "BRTHDY", "hard"): (None, "a valid date needs month and year: see its expression"),
}
_SETTING = "a setting of the study is nothing for the nurse's page"
REWORDED = {
    "DM.SUBJINIT": _SETTING,
    "DM.BRTHDY": _SETTING,
    "RAND.RDARM": "who may see it is the system's care, not a text",
}
REWORDED_CHECKS = {
    "IC-05": "the nurse reads questions, not the codes of items",
    "IE-13": "that the rule is a proposal is no concern of the nurse",
    "RAND-01": "the text says what to do, and the list of what is missing stands beside it",
    "RAND-02": "the text speaks of the participant, and the number stands on the same page",
}
ADDED_CHECKS = {"INJ-05": "section 3.5, rule 4: a new injured site proposes an adverse event"}
