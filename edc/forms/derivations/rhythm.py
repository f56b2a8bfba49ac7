"""On which days a participant is to be assessed: daily on the ward, three times a week at home."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day

if TYPE_CHECKING:
    from collections.abc import Collection

    from edc.study.casebook import Casebook
    from edc.study.visits import Visit

MON_WED_FRI: Final = frozenset({0, 2, 4})
DAILY, THREE_A_WEEK, AFTER_RECURRENCE = "DA", "DB", "DR"
UNTIL_HEALED: Final = frozenset({DAILY, THREE_A_WEEK, AFTER_RECURRENCE})
"""The groups of visits that end with healing."""

RHYTHM_READS: Final = ("SV.SVSTDAT", "SV.SVLOC", "RAND.RDDTM")
"""What the days on which a participant is to be assessed rest on."""

_WARD = "IPD"


class Rhythm:
    """The days planned for assessments; made once when many days are asked about."""

    def __init__(self, casebook: Casebook) -> None:
        """Read *casebook* as it stands now."""
        self.casebook = casebook

    def is_at_home(self, on: date) -> bool:
        """Tell whether the last visit held before that day was elsewhere than on the ward.

        SVLOC says where a participant was seen; nothing else records a discharge.
        """
        before = [place for seen, place in self._seen if seen < on]
        return bool(before) and before[-1] != _WARD

    @cached_property
    def _seen(self) -> list[tuple[date, str]]:
        """Return when and where the participant was seen, earliest first."""
        found = []
        for record in self.casebook.of_form("SV"):
            scope = self.casebook.scope(record)
            seen, place = day(scope.item("SVSTDAT")), scope.text("SVLOC")
            if seen is not None and place is not None:
                found.append((seen, place))
        return found

    def has_rest_day(self, visit: Visit, target: date) -> bool:
        """Tell whether the day is one on which an outpatient is not assessed.

        Section 2, outpatients: daily becomes Monday, Wednesday, Friday.
        """
        return (
            visit.group == DAILY and target.weekday() not in MON_WED_FRI and self.is_at_home(target)
        )

    def leaves_out(self, first: date, last: date, *, held: Collection[str]) -> bool:
        """Tell whether an assessment was planned between two days at a visit that is not *held*.

        Held on another day of its window a visit is not left out.
        """
        for code, planned in self.casebook.visits.items():
            visit, target = self.casebook.study.find_visit(code), day(planned.target)
            if visit is None or target is None or visit.group not in UNTIL_HEALED:
                continue
            if first < target < last and code not in held and not self.has_rest_day(visit, target):
                return True
        return False
