"""Where history, examinations, screens, GVHD, engraftment, infection and diary differ, and why."""

from __future__ import annotations

from typing import Any

from edc.forms.pe import SYSTEMS

# How the specification writes a bound, and how the study does.
BOUNDS = {
    "<= ICDAT": " .. consent_date",
    "within 28 days": "visit_date - 28 .. ",
    "within 7 days before randomisation": "randomisation_date - 7 .. ",
    "1 to 1e10": "1 .. 10000000000",
    "HCTDAT to today": "HSCT.HCTDAT .. today",
    "T+7 to T+180": "HSCT.HCTDAT + 7 .. HSCT.HCTDAT + 180",
    "T+8 to T+35": "HSCT.HCTDAT + 8 .. HSCT.HCTDAT + 35",
    "T+8 to T+60": "HSCT.HCTDAT + 8 .. HSCT.HCTDAT + 60",
    # An infection has not ended tomorrow.
    ">= INFSTDAT": "INFSTDAT .. today",
    # The check PRO-01 says until when; the day that counts is that of the first save.
    "today or yesterday until 12:00": " .. today",
    "today": "PROSTAMP .. PROSTAMP",
}
SAID_BY_CHECK = {("VIR", "VIRDAT", "soft"): "VIR-01"}
HALF_BY_CHECK = {("MH", "MHENDAT", "hard"): (" .. today", "MH-01")}
_ONCE = "row == 1", "it is asked once, on the first row of the log"
_FURTHER = "row > 1 or MHYN == 'Y'", "further rows are opened for a condition"
OTHERWISE = {
    ("MH", "MHYN", "show_if"): _ONCE,
    ("MH", "MHALL", "show_if"): _ONCE,
    ("MH", "MHTERM", "show_if"): _FURTHER,
    ("MH", "MHSTDAT", "show_if"): _FURTHER,
    ("MH", "MHONGO", "show_if"): _FURTHER,
    ("PREGT", "PREGRES", "soft"): ("", "the expected code of a list is not a range"),
    ("PREGT", "PREGRES", "expected"): ("NEG", "its soft range is this one code"),
    ("GVHD", "AGVONS", "show_if"): (
        "AGVYN == 'Y' and empty(previous.AGVONS)",
        "the first report is the one before which none gave the day",
    ),
    ("GVHD", "AGVBILI", "show_if"): ("AGVYN == 'Y'", "it serves to stage the liver"),
    ("GVHD", "CGVYN", "show_if"): (
        "visit in ('FU100', 'M6', 'M12') or visit_order >= 90",
        "unscheduled visits have codes of their own: UNS01, UNS02 …",
    ),
    ("PRO", "PRO06", "show_if"): ("INJ.INJSKIN == 'Y'", "the item is named with its CRF"),
    ("PRO", "PRO07", "show_if"): ("INJ.INJBLAD == 'Y'", "the item is named with its CRF"),
    ("PRO", "PRO10", "show_if"): (
        "",
        "a condition is sent to the browser: which arm is asked is declared apart (only_arm)",
    ),
}
REWORDED = {
    "MH.MHYN": "that it is asked once a form is carried out, not told",
    "GVHD.AGVGRD": "where its rule stands is a note to the developer",
    "PRO.PRO10": "whose question it is must not be told to those who are masked",
    **{
        f"PE.PE{code}{kind}": "the question names the system of the body"
        for code in SYSTEMS
        for kind in ("RES", "TX")
    },
}
REWORDED_CHECKS = {
    "VIR-03": "it is read by the person it is for",
    "PRO-02": "it tells the data manager what was found, not whom it is for",
}


def by_system(fields: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Return the two fields that the specification asks of each system, for all of them."""
    kinds = [code.removeprefix("PExx") for form, code in fields if code.startswith("PExx")]
    return {
        ("PE", f"PE{system}{kind}"): {
            name: text.replace("PExx", f"PE{system}") if isinstance(text, str) else text
            for name, text in fields["PE", f"PExx{kind}"].items()
        }
        for system in SYSTEMS
        for kind in kinds
    }


ADDED_CHECKS = {"PRO-04": "section 2: what was not done on its day is missed, never back-dated"}
