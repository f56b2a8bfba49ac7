"""Acute GVHD: the bilirubin that stages the liver, and the overall grade of the four stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edc.forms.derivations.values import day, number

if TYPE_CHECKING:
    from datetime import date

    from edc.study.casebook import RecordScope

LABORATORY: Final = "LB"
NEAREST_WITHIN = 3  # days before or after the assessment
STAGES: Final = ("AGVSKIN", "AGVLIV", "AGVUGI", "AGVLGI")
_WORST = 4  # the stage of skin, liver or lower gut that is grade IV by itself


def nearest_bilirubin(scope: RecordScope) -> str | None:
    """Return AGVBILI in µmol/L: the total bilirubin sampled nearest to the assessment.

    Form GVHD, "nearest LB, within 3 days".  Of two samples as near the earlier counts, since it was
    known when the liver was staged; of several on one day the highest.
    """
    on = day(scope.item("GVDAT"))
    if on is None:
        return None
    found = [
        (abs((sampled - on).days), sampled, -float(value), value)
        for sampled, value in _bilirubin(scope)
        if abs((sampled - on).days) <= NEAREST_WITHIN
    ]
    return min(found)[-1] if found else None


def _bilirubin(scope: RecordScope) -> list[tuple[date, str]]:
    """Return every total bilirubin with the day of its sample."""
    book = scope.casebook
    samples = (book.scope(record) for record in book.of_form(LABORATORY))
    read = ((day(sample.item("LBDAT")), sample.text("BILI")) for sample in samples)
    return [(on, value) for on, value in read if on is not None and value is not None]


def magic_grade(scope: RecordScope) -> str | None:
    """Return AGVGRD, 0 to 4: the overall grade of acute GVHD by the MAGIC criteria.

    Section 3.4, after Harris et al., Biol Blood Marrow Transplant 2016;22:4.  Grade IV: skin, liver
    or lower gut stage 4.  III: liver or lower gut stage 2 to 3.  II: skin stage 3, or stage 1 of
    liver, upper or lower gut.  I: skin stage 1 to 2.  Without signs of acute GVHD it is 0.  Empty
    while a stage is not known that could raise it.
    """
    present = scope.item("AGVYN")
    if present != "Y":
        return "0" if present == "N" else None
    stages = [number(scope, code) for code in STAGES]
    skin, liver, upper, lower = (int(stage) if stage is not None else 0 for stage in stages)
    if _WORST in (skin, liver, lower):
        return "4"
    if None in stages:
        return None
    if max(liver, lower) > 1:
        return "3"
    if skin > 2 or max(liver, upper, lower) > 0:  # noqa: PLR2004 - stages 1 and 2 are grade I
        return "2"
    return "1" if skin else "0"
