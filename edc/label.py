"""A text in the two languages of the study, which refuses to exist in one of them only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Label:
    """Hold one text in English and in Simplified Chinese.

    :raises ValueError: when either language is empty.
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        """Refuse a text that one half of the readers could not read."""
        if not self.en.strip() or not self.zh.strip():
            message = f"a label needs both languages, got en={self.en!r}, zh={self.zh!r}"
            raise ValueError(message)

    def text(self, language: Language) -> str:
        """Return the text in *language*."""
        return self.zh if language == "zh" else self.en

    def filled(self, **values: object) -> Label:
        """Return the label with its ``{placeholders}`` filled in both languages."""
        return Label(en=self.en.format(**values), zh=self.zh.format(**values))
