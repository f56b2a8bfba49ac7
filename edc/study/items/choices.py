"""Items answered from a closed list, and references to a register or another record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from edc.label import Label, Language
from edc.study.codelists import CodeList
from edc.study.items.base import Item, Parts
from edc.study.items.typed import Unreadable, cleaned, typed_text

_LONGEST_KEY = 64


@dataclass(frozen=True, kw_only=True)
class Choice(Item):
    """One code of a list."""

    kind: ClassVar[str] = "choice"
    codes: CodeList

    def _read(self, text: str) -> str:
        if text not in self.codes.values:
            raise Unreadable(Label(en="Choose one of the answers.", zh="请选择列表中的一项。"))
        return text

    def write(self, value: str, language: Language) -> str:
        """Return the wording of the code."""
        return self.codes.text(value, language)


@dataclass(frozen=True, kw_only=True)
class MultiChoice(Item):
    """Several codes of a list."""

    kind: ClassVar[str] = "multi"
    codes: CodeList

    def read(self, typed: object) -> str | None:
        """Return the chosen codes as a JSON list, in the list's order."""
        several = isinstance(typed, Sequence) and not isinstance(typed, str)
        given = list(typed) if several else [typed]  # type: ignore[call-overload]
        chosen = {cleaned(typed_text(one)) for one in given} - {""}
        if not chosen <= set(self.codes.values):
            raise Unreadable(Label(en="Choose from the list.", zh="请从列表中选择。"))
        in_order = [code for code in self.codes.values if code in chosen]
        return json.dumps(in_order, ensure_ascii=False) if in_order else None

    def write(self, value: str, language: Language) -> str:
        """Return the wordings of the codes."""
        mark = "；" if language == "zh" else "; "
        return mark.join(self.codes.text(code, language) for code in json.loads(value))

    def parts(self, value: str) -> Parts:
        """Return the chosen codes."""
        return list(json.loads(value))


@dataclass(frozen=True, kw_only=True)
class Reference(Item):
    """A key of a register or of another record; *to* names which.

    The keys that may be chosen are facts of the site, given by the data-entry service.

    :param entries: for a dictionary that comes with the program: key → column → value.
    :param scanned: the key is read from a label by a scanner, which types and sends Enter.
    """

    kind: ClassVar[str] = "reference"
    to: str = ""
    scanned: bool = False
    entries: Mapping[str, Mapping[str, str | tuple[str, ...]]] | None = field(
        default=None, compare=False, repr=False
    )

    def _read(self, text: str) -> str:
        if len(text) > _LONGEST_KEY or "\n" in text:
            raise Unreadable(Label(en="Choose one of the entries.", zh="请选择列表中的一项。"))
        return text
