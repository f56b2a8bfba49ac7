"""Doses of the product: one to three a day from D0 until the target site has healed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from edc.permissions import Role
from edc.simulation.course import LAST_DAY, happens

if TYPE_CHECKING:
    from collections.abc import Callable

    from edc.simulation.entry import Values
    from edc.simulation.injuries import Injury
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps

NOT_GIVEN = 0.04
_HOURS: Final = (13, 9, 18)
# Route, mL, minutes on the site, tolerance.
_WAYS: Final = {
    "ORAL": ("ORAL RINSE", "15.0", 3, "SPIT"),
    "SKIN": ("TOPICAL", "10.0", 30, "ABS"),
    "BLAD": ("INTRAVESICAL", "50.0", 45, "RET"),
}
_FREQUENT: Final = 5  # days
_CHECKED: Final = 0.15  # of the doses by a second person
_WHY_NOT: Final = ("REF", "OUT", "PHYS", "SUPPLY")


@dataclass
class Dosing:
    """The doses of one participant.

    :param a_day: how often a day in the first days.
    :param last_given: the day of the last dose that was given.
    """

    whose: Participant
    injury: Injury
    day_zero: date
    a_day: int
    ends: Callable[[], date]
    last_given: date | None = None
    last_day: date | None = None
    is_over: bool = False
    goes_on_too_long: bool = False

    def run(self) -> Steps:
        """Give each day's doses, and enter them in the afternoon."""
        for day in range(LAST_DAY + 1):
            on = self.day_zero + timedelta(days=day)
            healed = next((seen for seen, clear in self.injury.seen if clear and seen < on), None)
            if healed is not None and self._goes_on_after(healed, on):
                healed = None
            if healed is not None or on >= self.ends() or self._has_ended():
                break
            yield self.whose.sits_down(on, 20)
            if self._has_ended():
                break
            blunders = self.whose.stage.blunders
            if day > 1 and blunders.once("EX-12", self.whose):
                continue  # the day's record is forgotten
            is_missed = day > 0 and not self.goes_on_too_long and happens(self.whose.rng, NOT_GIVEN)
            for number in range(self.a_day if day < _FREQUENT and not is_missed else 1):
                if number:
                    yield self.whose.goes_on()
                self.enter_dose(on, None if is_missed else _HOURS[number])
            self.last_day = on
            if not is_missed:
                self.last_given = on
        self.is_over = True

    def _goes_on_after(self, healed: date, on: date) -> bool:
        """Tell whether doses are given for some days more, though the site has healed (EX-09)."""
        told = self.whose.stage.blunders.told
        self.goes_on_too_long = self.goes_on_too_long or "EX-09" not in told
        if self.goes_on_too_long and on > healed + timedelta(days=1) and not self._has_ended():
            told.add("EX-09")
        return self.goes_on_too_long and on <= healed + timedelta(days=3)

    def _has_ended(self) -> bool:
        return self.is_over or self.whose.has_left

    def enter_dose(self, on: date, hour: int | None) -> None:
        """Enter a dose, or that none was given."""
        whose, rng = self.whose, self.whose.rng
        site = self.injury.site
        route, volume, minutes, tolerance = _WAYS[site]
        values: Values = {"EXSTDAT": on.isoformat(), "EXROUTE": route, "EXSITE": site}
        if site == "SKIN":
            values |= {"EXLESN": 1, "EXAREA": "20.0"}
        if hour is None:
            values |= {"ECOCCUR": "N", "NOTGIV": rng.choice(_WHY_NOT)}
        else:
            lot, kit = whose.stage.stock.next_container(whose.site, on, subject_id=whose.subject_id)
            minute = rng.randrange(0, 14)
            values |= {
                "ECOCCUR": "Y", "EXLOT": lot, "EXKIT": kit,
                "EXTHAW": f"{on}T{hour - 1:02}:{rng.randrange(15, 50):02}+08:00",
                "EXTEMPS": f"{rng.uniform(3, 6):.1f}", "EXDOSE": volume,
                "EXSTTIM": f"{hour:02}:{minute:02}", "EXENTIM": f"{hour:02}:{minute + minutes:02}",
                "PRETOL": tolerance, "EXADJ": "NONE", "EXREACT": "N",
            }  # fmt: skip
        nurse = whose.nurse()
        row = whose.next_row("EX")
        whose.enter(nurse, ("", "EX", row), values)
        if hour is not None and happens(rng, _CHECKED):
            others = whose.stage.cast.at(Role.RESEARCH_NURSE, whose.site)
            second = [one for one in others if one.username != nurse.username]
            if second:
                whose.stage.desk.check_dose(second[0], whose.subject_id, row)
