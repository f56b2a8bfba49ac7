"""Facts of safety reports: how their clocks stand, and words that would tell an arm."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from edc.forms import clocks
from edc.forms.derivations import safety
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.forms.clocks import Clock
    from edc.study.casebook import RecordScope

# What names the product or an arm, in the words of this trial; a number of a batch names it too.
_TELLING: Final = re.compile(
    r"\bMSC|supernatant|mesenchymal|stromal cell|exosome|study (?:product|drug|treatment)"
    r"|(?:control|treatment|experimental|standard[ -]care) (?:arm|group)|unmask|unblind"
    r"|上清|间充质|外泌体|研究制品|研究药物|试验药物|试验制品|对照组|试验组|治疗组|揭盲|标准治疗组",
    re.IGNORECASE,
)
_SHORTEST_BATCH: Final = 4  # a shorter number would be found in any text
MASKED_TEXTS: Final = ("SAEDX", "SAEDXEN", "SAEDTHC", "SAELAB")
"""What is typed on an SAE and stands in the version for masked readers too."""


def _now(scope: RecordScope) -> datetime | None:
    value = scope.fact("now")
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _today(scope: RecordScope) -> date | None:
    value = scope.fact("today")
    return date.fromisoformat(value) if isinstance(value, str) else None


def _state(clock: Clock | None) -> str | None:
    return str(clock.state) if clock is not None else None


def sae_clock(scope: RecordScope) -> str | None:
    """Return how the 24 hours of an SAE's report stand (section 3.4, "SAE clock")."""
    now = _now(scope)
    return _state(clocks.sae_clock(scope, now)) if now else None


def pregnancy_clock(scope: RecordScope) -> str | None:
    """Return how the 24 hours of a pregnancy's report stand (section 3.4, "PREG clock")."""
    now = _now(scope)
    return _state(clocks.pregnancy_clock(scope, now)) if now else None


def susar_clock(scope: RecordScope) -> str | None:
    """Return how the 7 or 15 days of a SUSAR's first report stand (section 3.4, "SUSAR clock")."""
    today = _today(scope)
    return _state(clocks.susar_clock(scope, today)) if today else None


def consent_clock(scope: RecordScope) -> str | None:
    """Return how the most pressing consent to a newer version stands (form IC, IC-04)."""
    today = _today(scope)
    if today is None:
        return None
    states = [one.state for one in clocks.consent_clocks(scope.casebook, today)]
    order = (clocks.ClockState.LATE, clocks.ClockState.DUE_SOON, clocks.ClockState.RUNNING)
    return next((str(state) for state in order if state in states), None)


def texts_telling_arm(scope: RecordScope) -> tuple[str, ...]:
    """Return the items of an SAE that everybody reads and in which the product or arm is named.

    SAE-07: what a masked person is given must not unmask.  The narrative, which tells of doses, is
    in the unmasked version alone.
    """
    register = scope.casebook.registers.get("BATCH", {})
    batches = [key for key in register if len(key) >= _SHORTEST_BATCH]
    named = []
    for code in MASKED_TEXTS:
        words = _words(scope, code)
        if _TELLING.search(words) or any(key.lower() in words.lower() for key in batches):
            named.append(code)
    return tuple(named)


def _words(scope: RecordScope, code: str) -> str:
    text = scope.text(code) or ""
    if code != "SAELAB" or not text:
        return text
    return " ".join(value for row in json.loads(text) for value in row.values())


FACTS: Final = (
    Fact(name="became_serious", rule=safety.became_serious, reads=("AE.AESERDAT",)),
    Fact(name="sae_clock", rule=sae_clock, reads=("SAEAWDTM", "SAESUBDTM", "now")),
    Fact(name="pregnancy_clock", rule=pregnancy_clock, reads=("PGAWDTM", "PGSUBDTM", "now")),
    Fact(
        name="susar_clock", rule=susar_clock,
        reads=("SAESPDTM", "SUSAR", "SUSDUE", "SUSSUB", "today"),
    ),
    Fact(
        name="consent_clock", rule=consent_clock,
        # Besides the consents: what tells that the participant has left.
        reads=("IC.*", "IE.*", "SV.SVSTAT", "EOT.*", "DTH.*", "EOS.*", "today"),
    ),
    Fact(
        name="texts_telling_arm", rule=texts_telling_arm,
        reads=MASKED_TEXTS,
    ),
)  # fmt: skip
