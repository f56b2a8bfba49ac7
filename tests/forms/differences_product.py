"""Where doses, batches, standard care, medicines and transfusions differ, and why."""

from __future__ import annotations

from edc.forms.batch import BATCH
from edc.forms.dosing import by_route

REGISTERS = {BATCH.code: BATCH}
ADDED_ITEMS = {
    ("BATCH", "BTSTDT"): "since when a batch is in its state, by which doses before are judged",
    ("BATCH", "BTCERT"): "the certificate that the release date asks for beside it",
}
BOUNDS = {
    "> start": "earliest_end .. ",
    "<= start": " .. dose_start",
    "within 4 h before start": "earliest_thaw .. ",
    "> 0": "0.001 .. ",
    ">= 0": "0 .. ",
    "> BTMFG": "BTMFG + 1 .. ",
    # A batch is not released tomorrow.
    ">= BTMFG": "BTMFG .. today",
    "oral 1-50; bladder 1-100; skin 0.1-500": " .. ".join(by_route("possible", n) for n in (0, 1)),
    "oral 2-10; bladder 20-120; skin 10-120": " .. ".join(by_route("contact", n) for n in (0, 1)),
}
NO_RANGE = {
    ("hard", "in batch register"): "the server looks the key up",
    ("hard", "unique"): "the server looks for the same key",
    ("hard", "UCUM or list"): "the kind of item says it",
    ("hard", "^[A-Z][0-9]{2}.*"): "the kind of item says it",
    ("hard", "csv, pdf"): "the kind of item says it",
}
SAID_BY_CHECK = {
    ("EX", "EXDOSE", "soft"): "EX-05",
    ("EX", "EXTEMPS", "soft"): "EX-06",
}
# An end that is not today or before has not come: nothing stopped tomorrow.
HALF_BY_CHECK = {
    ("EX", "EXSTDAT", "soft"): (" .. randomisation_date + 28", "EX-02"),
    ("STC", "STCENDAT", "hard"): (" .. today", "STC-01"),
    ("CM", "CMENDAT", "hard"): (" .. today", "CM-01"),
}
_OF_A_DOSE = "ECOCCUR == 'Y'", "what was not given has none"
OTHERWISE = {
    ("EX", "EXTRT", "show_if"): _OF_A_DOSE,
    ("EX", "EXTRT", "codelist"): ("PRODUCT", "what the server writes is shown in words"),
    ("EX", "EXEXP", "show_if"): _OF_A_DOSE,
    ("EX", "EXDWELL", "show_if"): _OF_A_DOSE,
    ("EX", "EXBY", "show_if"): _OF_A_DOSE,
    ("EX", "EXADJ", "soft"): ("", "the expected code of a list is not a range"),
    ("EX", "EXADJ", "expected"): ("NONE", "its soft range is this one code"),
    ("CM", "CMATC", "show_if"): ("CMYN == 'Y'", "only a medicine is coded"),
    ("BATCH", "BTREL", "show_if"): (
        "BTST in ('REL', 'EXP', 'RECALL')",
        "doses given before a recall are judged by it",
    ),
    ("BATCH", "BTREL", "required"): ("BTST == 'REL'", "a batch may expire in quarantine"),
}
REWORDED = {
    "EX.EXTRT": "the product is named in the answer, not in the question",
    "EX.EXPLVOL": "the rule is a note to the developer",
    "CM.CMYN": "that it is asked once a form is carried out, not told",
    "BATCH.BTREL": "the certificate is an item of its own",
}
# Checks that stand on another CRF than the one that the specification lists them under.
MOVED = {
    "EX-12": ("EOT", "a row that is missing cannot be asked; EOTDAT says until when one is owed"),
    "BATCH-02": ("EX", "it is asked of the dose that overdraws the batch"),
}
ADDED_CODE_LISTS = {"PRODUCT": "what the server writes is shown in words"}
