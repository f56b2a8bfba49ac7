"""Who makes which mistake: the table is gone through until each has been made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from edc.simulation.course import happens
from edc.simulation.mistakes import MISTAKES

if TYPE_CHECKING:
    from edc.services.casebooks import Place
    from edc.simulation.entry import Values
    from edc.simulation.mistakes import Mistake
    from edc.simulation.participant import Participant

SHARE: Final = 0.02
"""How often a page has a mistake of every day."""
REASONS: Final = (
    "录入错误，与原始病历核对后更正",
    "数字误录，按护理记录单更正",
    "日期录入有误，已核对住院病历",
    "监查时发现与源数据不一致，更正",
)
_RARE: Final = frozenset({"DTH", "EOS", "EOT", "SK", "BC", "UNS", "GVHD", "ENG", "INF"})
_OFTEN_ENOUGH: Final = 20
_LEAST: Final = 3


@dataclass
class Blunders:
    """The mistakes that are still to be made.

    :param participants: how many are randomised: the more, the farther between.
    """

    participants: int
    left: list[Mistake] = field(default_factory=lambda: list(MISTAKES))
    halves: list[Mistake] = field(default_factory=list)
    told: set[str] = field(default_factory=set)

    @property
    def _most(self) -> int:
        """Return how many mistakes of the table a participant's pages may have."""
        return max(_LEAST, 4 * len(MISTAKES) // self.participants)

    @property
    def _chance(self) -> float:
        return min(1.0, _OFTEN_ENOUGH / self.participants)

    def once(self, check: str, whose: Participant, *, is_rare: bool = False) -> bool:
        """Tell whether the story of this check is to be told now, of this participant."""
        if check in self.told or not (is_rare or happens(whose.rng, self._chance)):
            return False
        self.told.add(check)
        return True

    def is_first(self, check: str) -> bool:
        """Tell whether the story of this check is yet to be told; from now on it is."""
        if check in self.told:
            return False
        self.told.add(check)
        return True

    def has_left(self, check: str) -> bool:
        """Tell whether a mistake for the check is still to be made."""
        return any(mistake.check == check for mistake in self.left)

    def pick(
        self, whose: Participant, place: Place, values: Values
    ) -> tuple[Mistake, Values] | None:
        """Return a mistake for a page with what is typed instead, None for a page without."""
        # A rare page may be the only one of its kind: no limit and no chance keeps it right.
        if place[1] in _RARE or (whose.blunders < self._most and happens(whose.rng, self._chance)):
            found = self._first(self.left, whose, place, values)
            if found is not None:
                return found
        if happens(whose.rng, SHARE):
            everyday = [one for one in MISTAKES if one.is_everyday and one.fits(place)]
            whose.rng.shuffle(everyday)
            return self._first(everyday, whose, place, values)
        return None

    @staticmethod
    def _first(
        among: list[Mistake], whose: Participant, place: Place, values: Values
    ) -> tuple[Mistake, Values] | None:
        for mistake in among:
            # What only shows later must not end with the screening.
            if mistake.fits(place) and (whose.is_to_be_randomised or not mistake.shows_later):
                wrong = mistake.wrong(values, whose)
                if wrong:
                    return mistake, wrong
        return None

    def made(self, mistake: Mistake, whose: Participant, fired: set[str]) -> None:
        """Take a mistake from the table when its check has seen it; else try another one first."""
        if mistake not in self.left:
            return
        self.left.remove(mistake)
        whose.blunders += 1
        # What only shows later may not: it is made of two participants.
        is_first = mistake.shows_later and mistake not in self.halves
        if is_first:
            self.halves.append(mistake)
        if is_first or not (mistake.shows_later or mistake.check in fired):
            self.left.append(mistake)
