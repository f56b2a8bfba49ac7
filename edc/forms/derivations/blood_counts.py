"""What a series of blood counts says: when neutrophils engrafted, and where they stand now."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day, number
from edc.study.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from edc.study.casebook import Casebook, RecordScope
    from edc.study.conditions import Value

ENGRAFTED = Decimal("0.5")  # x 10^9/L
DAYS_IN_A_ROW = 3
RECENT = timedelta(hours=48)
_NEXT_DAY = timedelta(days=1)
_MIDNIGHT, _LAST_MINUTE = time(0, 0), time(23, 59)


def _samples(book: Casebook) -> Iterable[RecordScope]:
    return (book.scope(record) for record in book.of_form("LB"))


def _lowest_by_day(book: Casebook) -> dict[date, Decimal]:
    """Return the neutrophils of each day with a count; of several the lowest."""
    lowest: dict[date, Decimal] = {}
    for sample in _samples(book):
        on, count = day(sample.item("LBDAT")), number(sample, "NEUT")
        if on is not None and count is not None:
            lowest[on] = min(count, lowest.get(on, count))
    return dict(sorted(lowest.items()))


def neutrophil_engraftment_day(scope: RecordScope) -> Value:
    """Return the first of 3 days in a row with neutrophils of 0.5 x 10^9/L or more.

    Form ENG, check ENG-01.  Counted from T0, and from the first count below 0.5 after it where
    there is one: before the fall the recipient's own cells are counted.  Empty where the counts
    recorded have no such 3 days.
    """
    transplanted = day(scope.foreign("HSCT", "HCTDAT"))
    if transplanted is None:
        return None
    counts = {
        on: count for on, count in _lowest_by_day(scope.casebook).items() if on >= transplanted
    }
    fallen = next((on for on, count in counts.items() if count < ENGRAFTED), transplanted)
    risen = [on for on, count in counts.items() if on >= fallen and count >= ENGRAFTED]
    run = 1
    for before, on in pairwise([date.min, *risen]):
        run = run + 1 if on - before == _NEXT_DAY else 1
        if run == DAYS_IN_A_ROW:
            return (on - (DAYS_IN_A_ROW - 1) * _NEXT_DAY).isoformat()
    return None


def recent_neutrophils(scope: RecordScope) -> Value:
    """Return the latest neutrophil count sampled in the 48 hours before vital signs were taken.

    Form VS, check VS-03.  A sample without a time counts if any time of its day would.
    """
    on = day(scope.item("VSDAT"))
    if on is None:
        return None
    taken = datetime.combine(on, _time(scope.item("VSTIM")) or _LAST_MINUTE)
    found: list[tuple[datetime, Decimal]] = []
    for sample in _samples(scope.casebook):
        sampled_on, count = day(sample.item("LBDAT")), number(sample, "NEUT")
        if sampled_on is None or count is None:
            continue
        at = _time(sample.item("LBTIM"))
        first = datetime.combine(sampled_on, at or _MIDNIGHT)
        last = datetime.combine(sampled_on, at or _LAST_MINUTE)
        if first <= taken and taken - last <= RECENT:
            found.append((min(last, taken), count))
    return str(max(found)[1]) if found else None


def _time(value: Value) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) else None


FACTS: Final = (
    Fact(
        name="neutrophil_engraftment_day",
        rule=neutrophil_engraftment_day,
        reads=("HSCT.HCTDAT", "LB.NEUT", "LB.LBDAT"),
    ),
    Fact(
        name="recent_neutrophils",
        rule=recent_neutrophils,
        reads=("VSDAT", "VSTIM", "LB.NEUT", "LB.LBDAT", "LB.LBTIM"),
    ),
)
