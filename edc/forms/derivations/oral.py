"""The scores of an oral mucositis assessment: OMAS means and the WHO grade they imply."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day, number, rounded
from edc.label import Label
from edc.study.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

MOUTH_SITES: Final = {
    "UL": Label(en="upper lip", zh="上唇"),
    "LL": Label(en="lower lip", zh="下唇"),
    "RC": Label(en="right cheek", zh="右颊"),
    "LC": Label(en="left cheek", zh="左颊"),
    "RT": Label(en="right ventral/lateral tongue", zh="右舌腹及舌缘"),
    "LT": Label(en="left ventral/lateral tongue", zh="左舌腹及舌缘"),
    "FM": Label(en="floor of mouth", zh="口底"),
    "SP": Label(en="soft palate/fauces", zh="软腭/咽门"),
    "HP": Label(en="hard palate", zh="硬腭"),
}
REDNESS: Final = tuple(f"OM{site}E" for site in MOUTH_SITES)
ULCERS: Final = tuple(f"OM{site}U" for site in MOUTH_SITES)

NOT_ASSESSABLE = Decimal(9)
_ONE_DAY = timedelta(days=1)
FEWEST_SITES = 7  # of the nine, for a mean to stand for the mouth


def _scores(scope: RecordScope, codes: Iterable[str]) -> list[Decimal | None]:
    """Return the score of each site, None where it was not or could not be assessed."""
    found = (number(scope, code) for code in codes)
    return [None if score == NOT_ASSESSABLE else score for score in found]


def _mean(scores: Iterable[Decimal | None]) -> str | None:
    assessed = [score for score in scores if score is not None]
    if len(assessed) < FEWEST_SITES:
        return None
    return rounded(sum(assessed, Decimal(0)) / len(assessed))


def mean_redness(scope: RecordScope) -> str | None:
    """Return OMERYM: mean redness over the sites assessed, at least 7 of 9 (section 3.4)."""
    return _mean(_scores(scope, REDNESS))


def mean_ulcer(scope: RecordScope) -> str | None:
    """Return OMULCM: mean ulcer score over the sites assessed, at least 7 of 9 (section 3.4)."""
    return _mean(_scores(scope, ULCERS))


def mean_score(scope: RecordScope) -> str | None:
    """Return OMMEAN, 0 to 5: mean of redness + ulcer over the sites with both (section 3.4)."""
    pairs = zip(_scores(scope, REDNESS), _scores(scope, ULCERS), strict=True)
    return _mean(
        None if redness is None or ulcer is None else redness + ulcer for redness, ulcer in pairs
    )


def sites_with_ulcer(scope: RecordScope) -> str | None:
    """Return OMNULC: number of sites with an ulcer score of 1 to 3; empty without OMAS (form OM)."""
    assessed = [score for score in _scores(scope, ULCERS) if score is not None]
    return str(sum(score > 0 for score in assessed)) if assessed else None


def who_from_components(scope: RecordScope) -> str | None:
    """Return OMWHOC: the WHO grade that ulcers, food, redness and pain imply.

    Section 3.4: nothing by mouth is 4; with an ulcer, liquids only is 3 and any other food 2;
    without one, redness or pain is 1, neither is 0.  A limit on food counts only when oral
    mucositis is among its reasons.  Not derived when OMAS is empty (video, telephone), nor while
    an answer that would decide the grade is not known.
    """
    ulcers = [score for score in _scores(scope, ULCERS) if score is not None]
    redness = [score for score in _scores(scope, REDNESS) if score is not None]
    diet = scope.text("OMDIET")
    if diet is None or not (ulcers or redness):
        return None
    because = scope.item("OMDIETRS")
    limited_by_mouth = isinstance(because, tuple) and "OM" in because
    if diet == "NPO" and limited_by_mouth:
        return "4"
    if any(score > 0 for score in ulcers):
        return "3" if diet == "LIQ" and limited_by_mouth else "2"
    if not ulcers:
        return None
    pains = [number(scope, "OMPNRST"), number(scope, "OMPNSWL")]
    if any(score > 0 for score in redness) or any(pain is not None and pain > 0 for pain in pains):
        return "1"
    return None if None in pains or not redness else "0"


def grade_a_day_before(scope: RecordScope) -> Value:
    """Return the WHO grade of the assessment before this one, if it is at most a day older (OM-06).

    Of one day the clock tells which came first; one without a time comes before none of that day.
    """
    on, at = day(scope.item("OMDAT")), scope.text("OMTIM") or ""
    if on is None:
        return None
    before: list[tuple[date, str, str]] = []
    for record in scope.casebook.of_form("OM"):
        other = scope.casebook.scope(record)
        seen, grade = day(other.item("OMDAT")), other.text("OMWHO")
        clock = other.text("OMTIM") or ""
        if seen is None or grade is None or record.place == scope.record.place:
            continue
        if seen == on - _ONE_DAY or (seen == on and "" < clock < at):
            before.append((seen, clock, grade))
    return max(before, key=lambda one: one[:2])[2] if before else None


FACTS: Final = (
    Fact(
        name="grade_a_day_before",
        rule=grade_a_day_before,
        reads=("OMDAT", "OMTIM", "OM.OMDAT", "OM.OMTIM", "OM.OMWHO"),
    ),
)
