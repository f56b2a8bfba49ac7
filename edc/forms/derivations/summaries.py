"""Derived items that gather several answers: kept as codes, told in either language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edc.label import Label

if TYPE_CHECKING:
    from edc.label import Language
    from edc.study.codelists import CodeList, Unit

_BETWEEN_RECORDS = Label(en="; ", zh="；")
_BETWEEN_ANSWERS = Label(en=", ", zh="，")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """How one answer of a summary is told.

    :param label: said before the answer; in place of it where ``is_flag``.
    """

    key: str
    label: Label | None = None
    codes: CodeList | None = None
    unit: Unit | None = None
    is_flag: bool = False

    def told(self, value: str, language: Language) -> str:
        """Return the answer in words."""
        label = self.label.text(language) if self.label else ""
        if self.is_flag:
            return label
        text = self.codes.text(value, language) if self.codes else value.replace("T", " ")
        if self.unit is not None:
            symbol = self.unit.label.text(language)
            text += symbol if language == "zh" and not symbol.isascii() else f" {symbol}"
        needs_space = label and (text[:1].isascii() or language == "en")
        return f"{label} {text}" if needs_space else f"{label}{text}"


def gathered(records: Iterable[Mapping[str, str | None]]) -> str | None:
    """Return the answers that are given as canonical text: a JSON list; None when there are none."""
    given = [{key: value for key, value in one.items() if value} for one in records]
    kept = [one for one in given if one]
    return json.dumps(kept, ensure_ascii=False) if kept else None


def summary(*words: Word) -> Callable[[str, Language], str]:
    """Return what tells a gathered value, each record by *words* in their order."""

    def told(value: str, language: Language) -> str:
        """Tell each record of a gathered value, one after another."""
        records = (
            _BETWEEN_ANSWERS.text(language).join(
                word.told(record[word.key], language) for word in words if word.key in record
            )
            for record in json.loads(value)
        )
        return _BETWEEN_RECORDS.text(language).join(records)

    return told
