"""Since when a participant is known to be pregnant, by the tests recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value


def positive_test_on(scope: RecordScope) -> Value:
    """Return the day of the first positive pregnancy test that stands (EX-11).

    One of before randomisation does not stand where a later test up to randomisation was negative:
    it was by that one that the participant was randomised (PREGT-01).
    """
    zero = scope.fact("randomisation_date")
    tests = [
        (on, test.text("PREGRES"))
        for record in scope.casebook.of_form("PREGT")
        if (on := (test := scope.casebook.scope(record)).text("PREGDAT")) is not None
    ]
    overruled_before = max(
        (on for on, result in tests if result == "NEG" and isinstance(zero, str) and on <= zero),
        default="",
    )
    return min(
        (on for on, result in tests if result == "POS" and on >= overruled_before), default=None
    )


FACTS: Final = (
    Fact(
        name="positive_test_on",
        rule=positive_test_on,
        reads=("PREGT.PREGDAT", "PREGT.PREGRES", "randomisation_date"),
    ),
)
