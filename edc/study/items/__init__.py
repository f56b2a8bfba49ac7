"""The kinds of item: what each holds, how what is typed is read, and how it is shown.

Each kind has one reader (typed text → canonical text, or a refusal in both languages) and one
writer (canonical text → shown text). Canonical text is what is stored: digits with ``.``, ISO
dates, code values; several values of one item are a JSON list.
"""

from __future__ import annotations

from edc.study.items.base import Item, Parts, Range, between
from edc.study.items.choices import Choice, MultiChoice, Reference
from edc.study.items.compound import FILE_UNKNOWN, File, Table
from edc.study.items.dates import Date, DateTime, PartialDate, Time
from edc.study.items.derived import Calculated, System, Untyped
from edc.study.items.numbers import Conversion, DecimalNumber, Integer
from edc.study.items.text import LONGEST_TEXT, LongText, Text
from edc.study.items.typed import Unreadable, cleaned, narrowed

__all__ = [
    "FILE_UNKNOWN",
    "LONGEST_TEXT",
    "Calculated",
    "Choice",
    "Conversion",
    "Date",
    "DateTime",
    "DecimalNumber",
    "File",
    "Integer",
    "Item",
    "LongText",
    "MultiChoice",
    "PartialDate",
    "Parts",
    "Range",
    "Reference",
    "System",
    "Table",
    "Text",
    "Time",
    "Unreadable",
    "Untyped",
    "between",
    "cleaned",
    "narrowed",
]
