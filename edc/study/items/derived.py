"""Items that nobody types: derived by a rule, or written by the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from edc.label import Label, Language
from edc.study.codelists import CodeList
from edc.study.conditions import Expression
from edc.study.items.base import Item
from edc.study.items.typed import Unreadable, cleaned, typed_text

if TYPE_CHECKING:
    from edc.study.casebook import RecordScope

_OFFSET = len("+08:00")


@dataclass(frozen=True, kw_only=True)
class Untyped(Item):
    """What the two kinds share: no field, and no missing code to owe.

    :param wording: tells a value that is more than one answer, such as a list of medicines, in
        words of a language.
    """

    is_typed: ClassVar[bool] = False
    codes: CodeList | None = None
    required: bool | Expression = False
    wording: Callable[[str, Language], str] | None = field(default=None, compare=False)

    def read(self, typed: object) -> str | None:
        """Refuse anything but nothing: whatever arrives for this item was not typed on its page."""
        if cleaned(typed_text(typed)):
            raise Unreadable(
                Label(
                    en="The system fills this in; it cannot be typed.",
                    zh="该项由系统生成，不能填写。",
                )
            )
        return None

    def write(self, value: str, language: Language) -> str:
        """Return the wording of the value or of a code, or the value itself."""
        if self.wording is not None:
            return self.wording(value, language)
        return self.codes.text(value, language) if self.codes else value


@dataclass(frozen=True, kw_only=True)
class Calculated(Untyped):
    """A value the system derives; *rule* says how, its docstring where the rule comes from.

    :param holds: the kind of the result, for reading and export.
    :param reads: the items it depends on, as ``ITEM`` or ``FORM.ITEM`` (``FORM.*`` for all rows).
    """

    kind: ClassVar[str] = "calculated"
    rule: Callable[[RecordScope], str | None] = field(compare=False)
    reads: tuple[str, ...] = ()
    holds: Literal["integer", "decimal", "date", "choice", "text"] = "decimal"
    places: int = 2


@dataclass(frozen=True, kw_only=True)
class System(Untyped):
    """A value written by the server.

    :param holds: the kind of the value; a moment is stored as ISO text with its offset.
    """

    kind: ClassVar[str] = "system"
    holds: Literal["text", "datetime"] = "text"

    def write(self, value: str, language: Language) -> str:
        """Return a moment with its offset, a code's wording, or the value itself."""
        if self.holds == "datetime":
            moment, offset = value[:-_OFFSET], value[-_OFFSET:]
            return f"{moment.replace('T', ' ')} (UTC{offset})"
        return super().write(value, language)
