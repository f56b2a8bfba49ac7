"""Medical history in words: allergies to what the product holds, and events recorded twice."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from edc.forms import ctcae
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

# Latin words stand alone ("MSC", not "MSCT"); Chinese is written without spaces.
_COMPONENTS = re.compile(
    r"\b(?:sera|serum|msc|mscs|stem[ -]?cells?|dmso|dimethyl[ -]?sul(?:f|ph)oxide)\b"
    r"|血清|间充质|干细胞|二甲基?亚砜",
    re.ASCII,
)


def _plain(text: str) -> str:
    """Return *text* in lower case, half-width, without the spaces that differ from hand to hand."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def names_product_component(scope: RecordScope) -> Value:
    """Return Y when the allergy is to serum, MSC, stem cells or dimethyl sulfoxide.

    Form MH, check MH-02, in the words that both languages have for them.
    """
    allergen = scope.text("MHALLTX")
    return "Y" if allergen and _COMPONENTS.search(_plain(allergen)) else "N"


def recorded_as_event(scope: RecordScope) -> Value:
    """Return Y when an adverse event goes by the name of this condition.

    Form MH, check MH-03: the same words, or the name of the event's CTCAE term in either language.
    """
    condition = scope.text("MHTERM")
    if condition is None:
        return "N"
    wanted, book = _plain(condition), scope.casebook
    for record in book.of_form("AE"):
        event = book.scope(record)
        term = ctcae.terms().get(event.text("AECTCID") or "")
        names = [event.text("AETERM") or ""] + ([term.name.en, term.name.zh] if term else [])
        if wanted in map(_plain, names):
            return "Y"
    return "N"


FACTS: Final = (
    Fact(name="names_product_component", rule=names_product_component, reads=("MHALLTX",)),
    Fact(
        name="recorded_as_event",
        rule=recorded_as_event,
        reads=("MHTERM", "AE.AETERM", "AE.AECTCID"),
    ),
)
