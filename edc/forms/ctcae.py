"""The terms of CTCAE v5.0: which grades each has, and how it is found in both languages.

Source: Common Terminology Criteria for Adverse Events (CTCAE) v5.0, US Department of Health and
Human Services, National Institutes of Health, National Cancer Institute, 27 November 2017 (a work
of the US government, in the public domain).  The ``CTC5-`` keys are this study's own.  The Chinese
names are a working translation for this study, to be approved by its investigators: neither the
MedDRA translation nor one of NCI.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from edc.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "5.0"


@dataclass(frozen=True, slots=True)
class Term:
    """A term of CTCAE, its system organ class, and the wording of the grades that it has."""

    key: str
    name: Label
    organ_class: Label
    grades: Mapping[str, str]  # grade "1" to "5" → NCI's wording
    definition: str
    needs_text: bool  # "Other, specify"


def _read(name: str) -> list[dict[str, str]]:
    text = files("edc.forms").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def terms() -> Mapping[str, Term]:
    """Return every term by its key, in the order of CTCAE."""
    chinese = {row["key"]: row["zh"] for row in _read("ctcae_v5_zh.csv")}
    return {
        row["term_id"]: Term(
            key=row["term_id"],
            name=_name(row, chinese),
            organ_class=Label(en=row["soc"], zh=chinese[row["soc"]]),
            grades={grade: row[f"grade{grade}"] for grade in row["allowed_grades"]},
            definition=row["definition"],
            needs_text=row["other_specify"] == "Y",
        )
        for row in _read("ctcae_v5_terms.csv")
    }


def _name(row: Mapping[str, str], chinese: Mapping[str, str]) -> Label:
    """Return the term's name; where no Chinese one is agreed, NCI's own stands for both."""
    fallback = row["term"]
    if row["other_specify"] == "Y":
        fallback = f"{chinese[row['soc']]}－其他（请注明）"
    return Label(en=row["term"], zh=chinese.get(row["term_id"], fallback))


@cache
def entries() -> Mapping[str, Mapping[str, str | tuple[str, ...]]]:
    """Return the terms as the entries of a reference item: ``grades``, ``needs_text``, ``soc``."""
    return {
        term.key: {
            "grades": tuple(term.grades),
            "needs_text": "Y" if term.needs_text else "N",
            "soc": term.organ_class.en,
        }
        for term in terms().values()
    }


def keys_needing_text() -> tuple[str, ...]:
    """Return the keys of the 26 terms "Other, specify"."""
    return tuple(term.key for term in terms().values() if term.needs_text)


def search(words: str, *, limit: int = 20) -> list[Term]:
    """Return the terms whose key, English or Chinese name holds every word of *words*.

    Names that begin with what was typed come first; then the shorter name, since the plain term
    is what is meant more often than its compounds.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []

    def order(term: Term) -> tuple[bool, int, str]:
        begins = any(name.casefold().startswith(wanted[0]) for name in (term.name.en, term.name.zh))
        return not begins, len(term.name.en), term.name.en

    found = [
        term
        for term in terms().values()
        if all(word in f"{term.key} {term.name.en} {term.name.zh}".casefold() for word in wanted)
    ]
    return sorted(found, key=order)[:limit]
