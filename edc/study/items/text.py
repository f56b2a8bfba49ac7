"""Items that hold words: a line, or several."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from edc.label import Label
from edc.study.items.base import Item
from edc.study.items.typed import Unreadable

LONGEST_TEXT = 4000


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """A line of text; *pattern* is a whole-match rule with its sentence.

    :param suggestions: what is offered while one types; anything else may be typed all the same.
    :param scanned: it is read from a label by a scanner, which types and sends Enter.
    """

    kind: ClassVar[str] = "text"
    max_length: int = 200
    pattern: str = ""
    pattern_text: Label | None = None
    suggestions: tuple[str, ...] = ()
    scanned: bool = False

    def _read(self, text: str) -> str:
        line = " ".join(text.split("\n"))
        self._refuse_too_long(line)
        if self.pattern and not re.fullmatch(self.pattern, line):
            raise Unreadable(
                self.pattern_text
                or Label(en="This is not in the expected form.", zh="格式不符合要求。")
            )
        return line

    def _refuse_too_long(self, text: str) -> None:
        if len(text) > self.max_length:
            raise Unreadable(
                Label(
                    en="Use at most {limit} characters; {given} were typed.",
                    zh="最多{limit}个字符，当前为{given}个。",
                ).filled(limit=self.max_length, given=len(text))
            )


@dataclass(frozen=True, kw_only=True)
class LongText(Text):
    """Several lines of text; fewer characters than *usual_length* are queried."""

    kind: ClassVar[str] = "longtext"
    max_length: int = LONGEST_TEXT
    usual_length: int = 0

    def _read(self, text: str) -> str:
        self._refuse_too_long(text)
        return text
