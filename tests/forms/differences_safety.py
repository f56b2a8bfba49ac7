"""Where the reports of serious events and of pregnancies differ, and why."""

from __future__ import annotations

_OF_EVENT = "any(AE, row == this.row and {} == 'Y')"
BOUNDS = {
    ">= AESERDAT, <= now": "became_serious .. now",
    "within 7 days of AESERDAT": " .. became_serious + 7",
    ">= SAESUBDTM": "SAESUBDTM .. now",
    ">= SAEHOSD": "SAEHOSD .. ",
    "<= SUSDUE": " .. SUSDUE",
    "<= now": " .. now",
    # By months or by ultrasound it is some days off.
    "LMP + 280 days": "PGLMP + 266 .. PGLMP + 294",
}
NO_RANGE = {
    ("hard", "NCT06599346-SITE-SUBJ-nn"): "the server writes it",
    ("hard", "up to 20000"): "the length of the text says it",
    ("soft", "200 characters or more"): "the usual length of the text says it",
}
SAID_BY_CHECK = {
    ("SAE", "SAESUBDTM", "soft"): "SAE-01",
    ("PREG", "PGSUBDTM", "soft"): "PREG-01",
}
_SENT = "not empty(SAESUBDTM)", "the sponsor answers what was sent"
_HIDDEN = "", "who may not see the arm is not shown it at all"
OTHERWISE = {
    ("SAE", "SAEHOSD", "show_if"): (_OF_EVENT.format("AESHOSP"), "of the event at the same row"),
    ("SAE", "SAEDISD", "show_if"): (_OF_EVENT.format("AESHOSP"), "of the event at the same row"),
    ("SAE", "SAEDTHC", "show_if"): (_OF_EVENT.format("AESDTH"), "of the event at the same row"),
    ("SAE", "SAENARR", "show_if"): ("", "an initial report may tell it too"),
    ("SAE", "SAENARR", "required"): ("SAETYPE in ('FUP', 'FINAL')", "optional in an initial one"),
    ("SAE", "SAEDRUG", "show_if"): _HIDDEN,
    ("PREG", "PGEXP", "show_if"): _HIDDEN,
    **{("SAE", code, "show_if"): _SENT for code in ("SAESPDTM", "SAERELS", "SAEEXP")},
}
