"""Where the laboratory differs from the specification, and why.

The specification has the items of a test once, as a row of a table. The study has them once for
each test, under the test's own name (``HGB``, ``HGB_LBQUAL`` …). No grade is declared where CTCAE
gives no rule by number, and no sign for a result of a list, or a calculated one: it lies neither
below nor above what can be measured.
"""

from __future__ import annotations

from edc.forms.lb_tests import BY_CODE

ROW = ("LBORRES", "LBQUAL", "LBORNRLO", "LBORNRHI", "LBNRIND", "LBTOXGR", "LBCLSIG")


def is_of_row(form: str, code: str) -> bool:
    """Tell whether an item, of the study or the specification, belongs to the row of a test."""
    return form == "LB" and (code in ROW or code.partition("_")[0] in BY_CODE)


NO_RANGE = {("hard", "in laboratory register"): "the server looks the key up"}
SAID_BY_CHECK = {("LB", "LBDAT", "soft"): "LB-07"}
BOUNDS = {"ICDAT - 28 to today": "consent_date - 28 .. today"}
REWORDED = {"LB.LBLAB": "what stands in brackets is told under the question"}
ADDED_CODE_LISTS = {"NRIND": "CDISC's list of the flags, so that both languages read them in words"}
REWORDED_CHECKS = {"LB-04": "it gives the two results that differ"}
TESTS_REWORDED = {"CRCL": "the SDTM name of the test is nothing for the nurse's page"}
