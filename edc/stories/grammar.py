"""The words of stories: the steps, keys, expectations and pages, and what each takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a key takes, in the words of an error."""

    TEXT = "text"
    FLAG = "true or false"
    MOMENT = "a time with its offset"
    MAPPING = "a mapping"
    LIST = "a list"
    ROWS = "a list of rows"
    TEXTS = "a list of texts"
    NUMBERS = "a whole number or a list of them"
    ROW = "a row's number or alias"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWords:
    """The keys of one kind of step, and those it cannot do without."""

    keys: Mapping[str, Kind] = field(default_factory=dict)
    needed: tuple[str, ...] = ()


ALWAYS = {
    "do": Kind.TEXT,
    "at": Kind.MOMENT,
    "as": Kind.TEXT,
    "subject": Kind.TEXT,
    "expect": Kind.MAPPING,
}
_PLACE = {"form": Kind.TEXT, "visit": Kind.TEXT, "row": Kind.ROW}
_AT_ITEM = _PLACE | {"panel": Kind.TEXT, "item": Kind.TEXT}
_ABOUT_QUERY = {"check": Kind.TEXT, "query": Kind.TEXT, "text": Kind.TEXT}

STEPS: dict[str, StepWords] = {
    "screen": StepWords(keys={"values": Kind.MAPPING}),
    "rescreen": StepWords(keys={"same_as": Kind.TEXT}, needed=("same_as",)),
    "enter": StepWords(
        keys=_PLACE
        | {
            "panel": Kind.TEXT,
            "rows": Kind.ROWS,
            "values": Kind.MAPPING,
            "missing": Kind.MAPPING,
            "reason": Kind.TEXT,
        },
        needed=("form",),
    ),
    "randomise": StepWords(),
    "send": StepWords(keys={"form": Kind.TEXT, "row": Kind.ROW}, needed=("form",)),
    "link": StepWords(
        keys={"same_as": Kind.TEXT, "with": Kind.TEXT, "reason": Kind.TEXT},
        needed=("same_as", "with"),
    ),
    "register": StepWords(
        keys={"register": Kind.TEXT, "rows": Kind.ROWS}, needed=("register", "rows")
    ),
    "answer_query": StepWords(keys=_ABOUT_QUERY),
    "close_query": StepWords(keys=_ABOUT_QUERY),
    "reopen_query": StepWords(keys=_ABOUT_QUERY),
    "raise_query": StepWords(keys=_AT_ITEM | {"text": Kind.TEXT, "alias": Kind.TEXT}),
    "verify": StepWords(keys=_AT_ITEM, needed=("form",)),
    "unverify": StepWords(keys=_AT_ITEM, needed=("form",)),
    "sign": StepWords(keys=_PLACE | {"password": Kind.TEXT}, needed=("form",)),
    "lock": StepWords(keys=_PLACE | {"reason": Kind.TEXT}),
    "unlock": StepWords(keys=_PLACE | {"reason": Kind.TEXT}),
    "unmask": StepWords(keys={"reason": Kind.TEXT}),
    "night": StepWords(),
    "look": StepWords(keys=_PLACE | {"page": Kind.TEXT}, needed=("page",)),
}

PAGES = ("casebook", "crf", "subjects", "queries", "audit", "dashboard", "export")

EXPECTATIONS: dict[str, Kind] = {
    "saved": Kind.FLAG,
    "crf": Kind.TEXT,
    "refused": Kind.TEXTS,
    "opens": Kind.TEXTS,
    "closes": Kind.TEXTS,
    "open": Kind.TEXTS,
    "silent": Kind.TEXTS,
    "warns": Kind.TEXTS,
    "alerts": Kind.TEXTS,
    "proposes": Kind.ROWS,
    "derived": Kind.MAPPING,
    "values": Kind.MAPPING,
    "state": Kind.TEXT,
    "visit": Kind.MAPPING,
    "stratum": Kind.TEXT,
    "due": Kind.MAPPING,
    "late": Kind.TEXTS,
    "status": Kind.NUMBERS,
    "shows": Kind.TEXTS,
    "hides": Kind.TEXTS,
    "unchanged": Kind.FLAG,
    "audit": Kind.MAPPING,
    "query": Kind.MAPPING,
    "sdv": Kind.MAPPING,
    "signed": Kind.FLAG,
    "locked": Kind.FLAG,
    "figures": Kind.MAPPING,
    "analysis": Kind.MAPPING,
}
