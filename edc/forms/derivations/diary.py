"""The participant's diary: how long a day may be filled in, and answers that are all the same."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day
from edc.study.facts import Fact

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope
    from edc.study.conditions import Value

SCORES: Final = tuple(f"PRO{number:02}" for number in range(1, 10))
CLOSES = time(12, 0)
_ONE_DAY = timedelta(days=1)


def diary_opens_on(scope: RecordScope) -> Value:
    """Return the earliest day that a diary filled in now, or when it was first saved, may be about.

    Form PRO, check PRO-01: today, and yesterday until 12:00.
    """
    at = scope.cell("PROSTAMP").value or scope.fact("now")
    if not isinstance(at, str):
        return None
    return earliest_day(datetime.fromisoformat(at)).isoformat()


def earliest_day(moment: datetime) -> date:
    """Return the earliest day that a diary filled in at *moment*, at the site, may be about."""
    moment = moment.replace(second=0, microsecond=0)
    return moment.date() if moment.time() > CLOSES else moment.date() - _ONE_DAY


def days_of_one_score(scope: RecordScope) -> Value:
    """Return for how many days running, up to this one, every score of the diary was the same.

    Form PRO, check PRO-02: all items of all these days hold one and the same number.  A day without
    a diary ends the run.
    """
    book = scope.casebook
    scored: dict[str, set[str]] = {}
    for record in book.of_form(scope.record.form):
        other = scope if record.place == scope.record.place else book.scope(record)
        if about := other.text("PRODAT"):
            answers = {value for code in SCORES if (value := other.text(code)) is not None}
            scored.setdefault(about, set()).update(answers)
    on, run = day(scope.item("PRODAT")), 0
    own = scored.get(on.isoformat(), set()) if on else set()
    if on is None or len(own) != 1:
        return 0
    while scored.get(on.isoformat()) == own:
        run, on = run + 1, on - _ONE_DAY
    return run


FACTS: Final = (
    Fact(name="diary_opens_on", rule=diary_opens_on, reads=("PROSTAMP", "now")),
    Fact(
        name="days_of_one_score",
        rule=days_of_one_score,
        reads=(
            "PRODAT", "PRO.PRODAT", *SCORES, *(f"PRO.{code}" for code in SCORES),
        ),
    ),
)  # fmt: skip
