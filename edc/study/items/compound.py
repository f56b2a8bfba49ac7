"""Items that hold more than one value: a file, and a small table."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edc.label import Label, Language
from edc.study.items.base import Item, Parts
from edc.study.items.typed import Unreadable

FILE_UNKNOWN = Label(en="Choose a file again.", zh="请重新选择文件。")
_CONTENT = re.compile(r"[0-9a-f]{64}\.(jpg|png|pdf|csv)")


@dataclass(frozen=True, kw_only=True)
class File(Item):
    """A file kept outside the item; the value is its content's SHA-256 with its type."""

    kind: ClassVar[str] = "file"
    types: tuple[str, ...] = ("image/jpeg", "image/png")
    max_bytes: int = 10 * 1024 * 1024

    def _read(self, text: str) -> str:
        if not _CONTENT.fullmatch(text):
            raise Unreadable(FILE_UNKNOWN)
        return text


@dataclass(frozen=True, kw_only=True)
class Table(Item):
    """A small grid whose *columns* are items; the value is a JSON list of rows."""

    kind: ClassVar[str] = "table"
    columns: tuple[Item, ...] = ()
    max_rows: int = 20

    def read(self, typed: object) -> str | None:
        """Return the filled rows as JSON, each a mapping of column to canonical text."""
        if typed is None or typed == "":
            return None
        if isinstance(typed, str) or not isinstance(typed, Sequence):
            raise Unreadable(Label(en="This is not a table.", zh="表格格式不正确。"))
        rows = [row for place, given in enumerate(typed, 1) if (row := self._row(given, place))]
        if len(rows) > self.max_rows:
            raise Unreadable(
                Label(en="At most {limit} rows.", zh="最多{limit}行。").filled(limit=self.max_rows)
            )
        return json.dumps(rows, ensure_ascii=False, sort_keys=True) if rows else None

    def _row(self, given: object, place: int) -> dict[str, str]:
        if not isinstance(given, Mapping):
            raise Unreadable(Label(en="This is not a row.", zh="行格式不正确。"))
        row: dict[str, str] = {}
        for column in self.columns:
            try:
                value = column.read(given.get(column.code))
            except Unreadable as refusal:
                raise Unreadable(
                    Label(
                        en=f"Row {place}, {column.label.en}: {refusal.message.en}",
                        zh=f"第{place}行，{column.label.zh}：{refusal.message.zh}",
                    )
                ) from refusal
            if value is not None:
                row[column.code] = value
        owed = [c for c in self.columns if c.required is True and c.code not in row]
        if row and owed:
            raise Unreadable(
                Label(
                    en=f"Row {place}: fill “{owed[0].label.en}”, or empty the row.",
                    zh=f"第{place}行：请填写“{owed[0].label.zh}”，或清空该行。",
                )
            )
        return row

    def write(self, value: str, language: Language) -> str:
        """Return the rows in words."""
        mark = "；" if language == "zh" else "; "
        return mark.join(
            " · ".join(
                column.write(row[column.code], language)
                for column in self.columns
                if column.code in row
            )
            for row in json.loads(value)
        )

    def parts(self, value: str) -> Parts:
        """Return the rows; every cell is one input, a date's too, so it holds canonical text."""
        return [
            {c.code: row[c.code] for c in self.columns if c.code in row}
            for row in json.loads(value)
        ]
