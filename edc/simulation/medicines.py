"""What else is given: medicines, transfusions and the standard care of the injury."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from edc.simulation.entry import Values
    from edc.simulation.participant import Participant
    from edc.simulation.stage import Steps

OPIOID, NUTRITION = "opioid", "nutrition"


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine as CM names it; dose and unit are empty where none is given."""

    name: str
    category: str
    dose: str
    unit: str
    often: str
    route: str

    def answers(self) -> Values:
        """Answer what CM asks of the medicine itself."""
        values: Values = {
            "CMYN": "Y", "CMTRT": self.name, "CMCAT": self.category, "CMDOSFRQ": self.often,
            "CMROUTE": self.route,
        }  # fmt: skip
        return values | ({"CMDOSE": self.dose, "CMDOSU": self.unit} if self.dose else {})


_MEDICINES: Final = {
    "IV": Medicine("吗啡注射液", "ANAL", "20", "mg", "CONT", "IV"),
    "PCA": Medicine("舒芬太尼（自控镇痛）", "ANAL", "50", "ug", "CONT", "IV"),
    "TD": Medicine("芬太尼透皮贴剂", "ANAL", "4.2", "mg", "OTH", "TD"),
    "PO": Medicine("盐酸羟考酮缓释片", "ANAL", "10", "mg", "BID", "ORAL"),
    NUTRITION: Medicine("三腔袋肠外营养液", "NUT", "", "", "QD", "IV"),
}
_OTHER: Final = Medicine("对症支持治疗", "CON", "", "", "QD", "IV")
_AGAINST: Final = {
    "CTC5-0178": Medicine("昂丹司琼", "CON", "8", "mg", "BID", "IV"),
    "CTC5-0217": Medicine("帕洛诺司琼", "CON", "0.25", "mg", "QOD", "IV"),
    "CTC5-0121": Medicine("蒙脱石散", "CON", "3", "g", "TID", "ORAL"),
    "CTC5-0227": Medicine("对乙酰氨基酚", "CON", "0.5", "g", "PRN", "ORAL"),
    "CTC5-0006": Medicine("哌拉西林他唑巴坦", "AINF", "4.5", "g", "TID", "IV"),
    "CTC5-0494": Medicine("氯化钾缓释片", "CON", "1", "g", "TID", "ORAL"),
    "CTC5-0435": Medicine("复方甘草酸苷", "CON", "80", "mL", "QD", "IV"),
    "CTC5-0806": Medicine("糠酸莫米松乳膏", "CON", "", "", "BID", "TOP"),
    "CTC5-0285": Medicine("更昔洛韦", "AINF", "250", "mg", "BID", "IV"),
    "CTC5-0310": Medicine("美罗培南", "AINF", "1", "g", "TID", "IV"),
    "CTC5-0336": Medicine("美罗培南", "AINF", "1", "g", "TID", "IV"),
}
_CARE: Final = {
    "ORAL": (("RINSE", "QID"), ("KANG", "TID")),
    "SKIN": (("DRESS", "QD"), ("SSD", "BID")),
    "BLAD": (("HYDR", "CONT"), ("MESNA", "TID")),
}
ENDED: Final = "停用，补录结束日期"


@dataclass
class Medicines:
    """A participant's medicines: the rows of CM, and which of them go on.

    :param going_on: what is given still → its row.
    """

    whose: Participant
    going_on: dict[str, int] = field(default_factory=dict)
    ended: dict[str, date] = field(default_factory=dict)

    def covers(self, what: str, on: date) -> bool:
        """Tell whether CM says that something was given on that day."""
        return what in self.going_on or on <= self.ended.get(what, date.min)

    def give(self, what: str, on: date, *, route: str = "") -> None:
        """Enter an opioid or nutrition from that day on, unless it is given already."""
        if what in self.going_on:
            return
        about = {"CMINDC": "INJ", "CMONGO": "Y", "CMSTDAT": on.isoformat()}
        values = _MEDICINES[route or what].answers() | about
        self.going_on[what] = self._enter(values)
        if self.whose.stage.blunders.once("CM-04", self.whose):
            self._enter(values)  # by a colleague, who did not look

    def end(self, what: str, on: date) -> None:
        """Enter that something was given until that day."""
        row = self.going_on.pop(what, None)
        if row is not None:
            self.ended[what] = on
            values = {"CMONGO": "N", "CMENDAT": on.isoformat()}
            self.whose.save(self.whose.nurse(), ("", "CM", row), values, reason=ENDED)

    def treat(self, term: str, event: int, *, start: date, end: date | None) -> int:
        """Enter the medicine against an adverse event of row *event*; return its row."""
        about: Values = {"CMINDC": "AE", "CMAENO": event, "CMSTDAT": start.isoformat()}
        about |= {"CMONGO": "N", "CMENDAT": end.isoformat()} if end else {"CMONGO": "Y"}
        return self._enter(_AGAINST.get(term, _OTHER).answers() | about)

    def _enter(self, values: Values) -> int:
        row = self.whose.next_row("CM")
        self.whose.enter(self.whose.nurse(), ("", "CM", row), values)
        return row


@dataclass
class Care:
    """The standard care of the injured sites, from screening until they have healed."""

    whose: Participant
    going_on: dict[str, list[int]] = field(default_factory=dict)

    def begin(self, site: str, on: date, *, is_severe: bool) -> Steps:
        """Enter what is given for a site."""
        for kind, often in _CARE[site][: 2 if is_severe else 1]:
            yield self.whose.goes_on()
            row = self.whose.next_row("STC")
            values = {
                "STCTYPE": kind, "STCSITE": site, "STCFRQ": often, "STCSTDAT": on.isoformat(),
                "STCONGO": "Y", "STCRESC": "N",
            }  # fmt: skip
            self.whose.enter(self.whose.nurse(), ("", "STC", row), values)
            self.going_on.setdefault(site, []).append(row)

    def end(self, site: str, on: date) -> None:
        """Enter that the care of a site ended on that day."""
        for row in self.going_on.pop(site, []):
            values = {"STCONGO": "N", "STCENDAT": on.isoformat()}
            self.whose.save(self.whose.nurse(), ("", "STC", row), values, reason=ENDED)
