"""Units of the trial: the UCUM code that is stored, and how it reads in both languages."""

from __future__ import annotations

from edc.study.codelists import Unit

YEAR = Unit.of("a", "years", "岁")
CALENDAR_YEAR = Unit.of("a", "year", "年")
MONTH = Unit.of("mo", "month", "月")
DAY_OF_MONTH = Unit.of("d", "day", "日")
DAY = Unit.of("d", "days", "天")

CELSIUS = Unit.of("Cel", "°C", "℃")
BEATS = Unit.of("/min", "beats/min", "次/分")
BREATHS = Unit.of("/min", "breaths/min", "次/分")
MMHG = Unit.of("mm[Hg]", "mmHg")
PERCENT = Unit.of("%")
CENTIMETRE = Unit.of("cm")
KILOGRAM = Unit.of("kg")
KG_PER_M2 = Unit.of("kg/m2", "kg/m²")
SQUARE_METRE = Unit.of("m2", "m²")

CELLS_6 = Unit.of("10*6/kg", "×10⁶/kg")
CELLS_8 = Unit.of("10*8/kg", "×10⁸/kg")
GRAY = Unit.of("Gy")
MILLIGRAM = Unit.of("mg")
MG_PER_KG = Unit.of("mg/kg")

SCORE = Unit.of("{score}", "points", "分")
SITES = Unit.of("{sites}", "sites", "个部位")
TRANSPLANTS = Unit.of("{count}", "transplant no.", "次")
FRACTIONS = Unit.of("{fraction}", "fractions", "次")
CONTACTS = Unit.of("{count}", "attempts", "次")
