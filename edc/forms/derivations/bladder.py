"""The bladder: its grade, when it is clear of injury, and the virus in the urine."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import number, rounded
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope

SLIGHT: Final = 1
"""Section 3.4, "healed, bladder": the most pain on passing urine that a healed bladder has."""


def grade(scope: RecordScope) -> int | None:
    """Return the grade of haemorrhagic cystitis."""
    found = number(scope, "BCGRD")
    return None if found is None else int(found)


def is_clear(scope: RecordScope) -> bool:
    """Tell whether the bladder is healed as far as one day can tell.

    Section 3.4, "healed, bladder": grade 0 and pain on passing urine of at most 1, no catheter and
    no irrigation.  What is not known does not count as healed.
    """
    pain = number(scope, "BCDYS")
    return (
        grade(scope) == 0
        and pain is not None
        and pain <= SLIGHT
        and scope.item("BCCATH") == "N"
        and scope.item("BCCBI") == "N"
    )


def has_no_symptoms(scope: RecordScope) -> bool:
    """Tell whether nothing is felt any more (section 3.4, "response, bladder": CR).

    No pain beyond what a healed bladder may have, neither urgency nor spasm.
    """
    pains = [number(scope, code) for code in ("BCDYS", "BCSUPP")]
    return all(pain is not None and pain <= SLIGHT for pain in pains) and all(
        number(scope, code) == 0 for code in ("BCURG", "BCSPASM")
    )


def log_virus(scope: RecordScope) -> str | None:
    """Return BKVLOG: the decimal logarithm of BK virus DNA in the urine (form BC).

    Empty below the limit of detection, and for a count of 0, which no measurement gives (BC-06).
    """
    copies = number(scope, "BKVU")
    return rounded(copies.log10()) if copies is not None and copies > Decimal(0) else None


def seen_before(scope: RecordScope) -> str | None:
    """Return the day of the last assessment before this one, for BC-08; None for the first."""
    for record in reversed(scope.earlier()):
        other = scope.casebook.scope(record)
        found = other.text("BCDAT") if other.item("BCPERF") == "Y" else None
        if found is not None:
            return found
    return None


FACTS: Final = (
    Fact(name="bladder_seen_before", rule=seen_before, reads=("BC.BCPERF", "BC.BCDAT")),
)
