"""The items on which eligibility, strata and the primary endpoint rest (section 3.5, rule 6).

A change of one after randomisation is told to the data manager. Which they are follows from the
declarations: what the checks of CRF IE and its own criteria read, what the strata are made from,
and what healing is judged by.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.enrolment import CRITERIA
from edc.forms.notices import CHANGED
from edc.label import Label
from edc.protocol import STUDY
from edc.services import dependence
from edc.services.rules import Finding
from edc.study.checks import Severity
from edc.study.items import Calculated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edc.services.casebooks import Place
    from edc.services.data_points import CellKey

ItemRef = tuple[str, str]  # form, item

_BEFORE_RANDOMISATION: Final = frozenset({"", "SCR", "BL"})
_STRATA: Final = ("RDSTR1", "RDSTR2")
# What the healing rules of section 3.4 grade an injured site by, and when.
_PRIMARY: Final = frozenset(
    {
        ("INJ", "INJPRIM"),
        *(("OM", code) for code in ("OMPERF", "OMDAT", "OMWHO")),
        *(("SK", code) for code in ("SKPERF", "SKDAT", "SLHEAL")),
        *(("BC", code) for code in ("BCPERF", "BCDAT", "BCGRD", "BCDYS", "BCCATH", "BCCBI")),
    }
)


def changes(place: Place, overwritten: Iterable[CellKey]) -> list[Finding]:
    """Return a finding for each key item among those that a save has changed.

    :param overwritten: items that held an answer, or had held one, before the save.
    """
    visit, form, _ = place
    return [
        Finding(f"{CHANGED}:{item}", Severity.ACTION, _MESSAGE, place, item, repeat)
        for item, repeat in overwritten
        if (form, item) in _PRIMARY | strata()
        or ((form, item) in eligibility() and visit in _BEFORE_RANDOMISATION)
    ]


@cache
def strata() -> frozenset[ItemRef]:
    """Return the typed items from which the strata are made."""
    crf = STUDY.crfs["RAND"]
    derived = (crf.by_code[code] for code in _STRATA)
    reads = (read for item in derived if isinstance(item, Calculated) for read in item.reads)
    return _typed(_refs("RAND", reads))


@cache
def eligibility() -> frozenset[ItemRef]:
    """Return the typed items that say whether a criterion is met."""
    found = {("IE", code) for code in CRITERIA}
    for rule in STUDY.crfs["IE"].checks:
        reads = dependence.of_check("IE", rule.id)
        found |= reads.own | reads.elsewhere
    outcome = {("IE", code) for code in ("IECONF", "SFYN", "SFREAS", "SFDAT", "RESCR")}
    return _typed(found) - outcome


def _typed(items: Iterable[ItemRef]) -> frozenset[ItemRef]:
    """Return the items that people type, in place of a derived one those that it reads."""
    waiting, seen, found = list(items), set(items), set()
    while waiting:
        form, code = waiting.pop()
        item = STUDY.crfs[form].by_code.get(code) if form in STUDY.crfs else None
        if item is None:
            continue
        if isinstance(item, Calculated):
            further = set(_refs(form, item.reads)) - seen
            seen |= further
            waiting += further
        elif item.is_typed:
            found.add((form, code))
    return frozenset(found)


def _refs(form: str, reads: Iterable[str]) -> list[ItemRef]:
    parts = (read.rpartition(".") for read in reads)
    return [(owner or form, code) for owner, _, code in parts]


_MESSAGE = Label(
    en="Changed after randomisation: eligibility, the stratum or the primary endpoint rests on it. "
    "Check what follows for the participant and for the analysis.",
    zh="随机后更改：该项涉及入选资格、分层或主要终点，请核实其对受试者及分析的影响。",
)
