"""The daily and three-a-week assessments: until when they are asked for, and on which days.

Section 2: the daily stop rule and recurrence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from edc.forms.derivations.healing import Healing, find_healing
from edc.forms.derivations.rhythm import AFTER_RECURRENCE, RHYTHM_READS, UNTIL_HEALED, Rhythm
from edc.forms.derivations.values import day
from edc.forms.injury_sites import SITES, Site
from edc.study.facts import Fact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from edc.study.casebook import Casebook, RecordScope
    from edc.study.visits import Visit

_CARE_PERIOD = timedelta(days=28)  # up to D28 the visits that are there open again
_FOLLOWED_FOR = timedelta(days=28)
_NOT_HEALED = frozenset({"PR", "NR", "PD"})


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The day on which healed sites came back, and which sites these are (codes of INJSITE)."""

    on: date
    sites: frozenset[str]


class DailyCourse(Rhythm):
    """What a casebook says of the daily assessments; made once when many days are asked about."""

    def __init__(self, casebook: Casebook) -> None:
        """Read *casebook* as it stands now."""
        super().__init__(casebook)
        self._healings: dict[tuple[str, date | None], Healing | None] = {}

    # Healing and recurrence

    def is_stopped(self, visit: Visit, target: date) -> bool:
        """Tell whether healing has ended the assessments before *target*.

        Section 2, daily stop rule: every site injured by then has met its healing rule, and none
        came back since.  After a late recurrence only the sites that came back count.
        """
        if visit.group == AFTER_RECURRENCE:
            return not self.sites_back(target)
        if visit.group not in UNTIL_HEALED:
            return False
        injured = [site for site in self._injured if self._is_injured_by(site, target)]
        return bool(injured) and all(self._is_healed_before(site, target) for site in injured)

    def sites_back(self, target: date) -> tuple[str, ...]:
        """Return the sites that came back in the 28 days before *target* and are not healed again.

        Section 2, recurrence: only assessments after RECDAT count as healing again.
        """
        return tuple(
            site.code
            for site in self._injured
            if (back := self._last_back(site, target)) is not None
            and back < target <= back + _FOLLOWED_FOR
            and not self._is_healed_before(site, target)
        )

    def recurrence_days(self, weekdays: Collection[int]) -> list[date]:
        """Return the days, on *weekdays*, on which recurrences after D28 are assessed.

        Section 2: from the day after RECDAT to RECDAT + 28.
        """
        zero = day(self.casebook.facts.get("randomisation_date"))
        if zero is None:
            return []
        late = (found.on for found in self.recurrences if found.on > zero + _CARE_PERIOD)
        days = {on + timedelta(days=n) for on in late for n in range(1, _FOLLOWED_FOR.days + 1)}
        return sorted(one for one in days if one.weekday() in weekdays)

    @cached_property
    def recurrences(self) -> tuple[Recurrence, ...]:
        """Return the recurrences that RSP records, earliest first.

        A site came back if it had healed by RECDAT and the investigator judges it as not healed;
        where RSP judges none so, as at months 6 and 12, it is the target site that came back.
        """
        return tuple(sorted(self._recurrences(), key=lambda found: found.on))

    def _recurrences(self) -> Iterator[Recurrence]:
        for record in self.casebook.of_form("RSP"):
            scope = self.casebook.scope(record)
            on = day(scope.item("RECDAT"))
            if scope.item("RECUR") != "Y" or on is None:
                continue
            back = {
                site.code
                for site in self._injured
                if scope.item(site.judged_item) in _NOT_HEALED
                and self._healing(site, until=on) is not None
            }
            target = self._injury("INJPRIM")
            yield Recurrence(on, frozenset(back or ({target} if target else ())))

    @cached_property
    def _injured(self) -> tuple[Site, ...]:
        return tuple(site for site in SITES.values() if self._injury(site.present_item) == "Y")

    def _is_injured_by(self, site: Site, on: date) -> bool:
        """Tell whether the injury was there by that day; one that came later reopens no day."""
        onset = day(self._injury(site.onset_item))
        return onset is None or onset <= on

    def _last_back(self, site: Site, target: date) -> date | None:
        back = (found.on for found in self.recurrences if site.code in found.sites)
        return max((on for on in back if on <= target), default=None)

    def _is_healed_before(self, site: Site, target: date) -> bool:
        """Tell whether a healing was confirmed before *target* that no recurrence undid."""
        back = self._last_back(site, target)
        key = site.code, back
        if key not in self._healings:
            self._healings[key] = find_healing(self.casebook, site, after=back)
        healing = self._healings[key]
        return healing is not None and healing.confirmed_on < target

    def _healing(self, site: Site, *, until: date) -> Healing | None:
        return find_healing(self.casebook, site, until=until)

    def _injury(self, item: str) -> str | None:
        found = self.casebook.of_form("INJ")
        return self.casebook.scope(found[-1]).text(item) if found else None


def _sites_back(scope: RecordScope) -> tuple[str, ...] | None:
    """Return the sites to be assessed at a visit after a late recurrence (section 2)."""
    target = day(scope.fact("target_date"))
    return (DailyCourse(scope.casebook).sites_back(target) or None) if target else None


def _forms_needed(scope: RecordScope) -> tuple[str, ...] | None:
    """Return UNSFORM of the record's own visit: the CRFs an unscheduled visit asks for (UNS)."""
    record = scope.casebook.records.get((scope.record.visit, "UNS", 1))
    needed = scope.casebook.scope(record).item("UNSFORM") if record else None
    return needed if isinstance(needed, tuple) else None


FACTS = (
    Fact(
        name="sites_back",
        rule=_sites_back,
        reads=("RSP.*", "INJ.*", "OM.*", "SK.*", "BC.*", "target_date", *RHYTHM_READS),
    ),
    Fact(name="forms_needed", rule=_forms_needed, reads=("UNS.UNSFORM",)),
)
