"""Where adverse events and the reports of serious events and pregnancies differ, and why."""

from __future__ import annotations

from tests.forms.specification import BY_KIND

_OF_EVENT = "any(AE, row == this.row and {} == 'Y')"
BOUNDS = {
    "<= today": " .. today",
    "AESTDAT to today": "AESTDAT .. today",
    ">= AESERDAT, <= now": "became_serious .. now",
    ">= SAESUBDTM": "SAESUBDTM .. now",
    ">= SAEHOSD": "SAEHOSD .. ",
    "<= SUSDUE": " .. SUSDUE",
    "<= now": " .. now",
    # By months or by ultrasound it is some days off.
    "LMP + 280 days": "PGLMP + 266 .. PGLMP + 294",
}
NO_RANGE = {
    ("hard", "ctcae_v5_terms"): BY_KIND,
    ("hard", "inside start and end"): "the bounds stand at the date column of the table",
    ("hard", "NCT06599346-SITE-SUBJ-nn"): "the server writes it",
    ("hard", "up to 20000"): "the length of the text says it",
    ("soft", "200 characters or more"): "the usual length of the text says it",
}
SAID_BY_CHECK = {
    ("AE", "AETOXGR", "hard"): "AE-04",
    ("SAE", "SAESUBDTM", "soft"): "SAE-01",
    ("PREG", "PGSUBDTM", "soft"): "PREG-01",
}
# An end that is not today or before has not come.
HALF_BY_CHECK = {
    ("AE", "AESTDAT", "hard"): (" .. today", "AE-02"),
    ("AE", "AEENDAT", "hard"): (" .. today", "AE-01"),
}
_SENT = "not empty(SAESUBDTM)", "the sponsor answers what was sent"
_HIDDEN = "", "who may not see the arm is not shown it at all"
OTHERWISE = {
    ("AE", "AESTDAT", "kind"): ("partial_date", "its label says that the day may be unknown"),
    ("AE", "AECTCOT", "show_if"): (None, "the 26 terms are named by their keys"),
    **{
        ("AE", code, "show_if"): ("AEYN == 'Y'", "only a coder may type it")
        for code in ("AELLT", "AEPT", "AESOC", "AEMDVER")
    },
    ("SAE", "SAEAWDTM", "soft"): (
        "",
        "the day is another CRF's, and to learn of an event late is no doubt about the hour",
    ),
    ("SAE", "SAEHOSD", "show_if"): (_OF_EVENT.format("AESHOSP"), "of the event at the same row"),
    ("SAE", "SAEDISD", "show_if"): (_OF_EVENT.format("AESHOSP"), "of the event at the same row"),
    ("SAE", "SAEDTHC", "show_if"): (_OF_EVENT.format("AESDTH"), "of the event at the same row"),
    ("SAE", "SAENARR", "show_if"): ("", "an initial report may tell it too"),
    ("SAE", "SAENARR", "required"): ("SAETYPE in ('FUP', 'FINAL')", "optional in an initial one"),
    ("SAE", "SAEDRUG", "show_if"): _HIDDEN,
    ("PREG", "PGEXP", "show_if"): _HIDDEN,
    **{("SAE", code, "show_if"): _SENT for code in ("SAESPDTM", "SAERELS", "SAEEXP")},
}
REWORDED_CHECKS = {"AE-12": "the nurse reads questions, not the codes of items"}
_NOTE = "what stands in brackets, or a code, is nothing for the nurse's page"
REWORDED = {
    "AE.AEYN": "that it is asked once a form is carried out, not told",
    "AE.AEGRH": "its columns say what it holds",
    **{f"AE.{code}": _NOTE for code in ("AELLT", "AEPT", "AESOC", "AEMDVER")},
}
