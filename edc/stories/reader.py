"""A story file read into frozen objects; whatever is wrong is named by step and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from edc import clock
from edc.permissions import Role
from edc.stories.grammar import ALWAYS, EXPECTATIONS, PAGES, STEPS, Kind
from edc.stories.yaml_text import YamlRefused, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from edc.label import Language

_HEAD = {
    "story": Kind.TEXT,
    "title": Kind.TEXT,
    "clock": Kind.MOMENT,
    "language": Kind.TEXT,
    "users": Kind.MAPPING,
    "allocations": Kind.MAPPING,
    "settings": Kind.MAPPING,
    "registers": Kind.MAPPING,
    "steps": Kind.LIST,
}
_NEEDED = ("story", "title", "clock", "users", "steps")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ALIAS = re.compile(r"[A-Z][A-Za-z0-9]{0,15}")


class StoryRefused(ValueError):
    """A story cannot be read or carried out as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One act of one person.

    :param number: 1 for the first step of the file.
    :param by: the story's name of the user; *subject* the alias of the participant, or empty.
    :param keys: what the act takes besides, with whole numbers as int.
    :param expect: what must hold afterwards.
    """

    number: int
    do: str
    at: datetime | None
    by: str
    subject: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    expect: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return the text of a key, empty when it is not given."""
        value = self.keys.get(key)
        return "" if value is None else str(value)

    def __str__(self) -> str:
        """Name the step as a person would look for it in the file."""
        words = [self.do, *(self.text(key) for key in ("form", "visit", "panel", "row", "page"))]
        return f"step {self.number} ({' '.join(filter(None, words))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A way through the trial, as its file tells it."""

    code: str
    title: str
    starts: datetime
    language: Language
    users: Mapping[str, Role]
    allocations: Mapping[str, str]
    settings: Mapping[str, Any]
    registers: Mapping[str, tuple[Mapping[str, Any], ...]]
    steps: tuple[Step, ...]


def read_story(path: Path) -> Story:
    """Read a story's file.

    :raises StoryRefused: naming what is wrong, by step and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoryRefused(f"{path}: cannot be read: {error}") from error
    try:
        return parse_story(text)
    except StoryRefused as error:
        raise StoryRefused(f"{path}: {error}") from error


def parse_story(text: str) -> Story:
    """Read a story from its text.

    :raises StoryRefused: naming what is wrong, by step and key.
    """
    try:
        found = read_yaml(text)
    except YamlRefused as error:
        raise StoryRefused(str(error)) from error
    if not isinstance(found, dict):
        raise StoryRefused("a story is a mapping with the keys " + ", ".join(_HEAD))
    head = _checked(found, _HEAD, where="story")
    for key in _NEEDED:
        if head.get(key) is None:
            raise StoryRefused(f"story: {key} is missing")
    users = _users(head["users"])
    return Story(
        code=head["story"],
        title=head["title"],
        starts=head["clock"],
        language=_language(head.get("language") or "zh"),
        users=users,
        allocations=_allocations(head.get("allocations") or {}),
        settings=head.get("settings") or {},
        registers={
            register: _rows(rows, where=f"registers: {register}")
            for register, rows in (head.get("registers") or {}).items()
        },
        steps=_steps(head["steps"], users=users, starts=head["clock"]),
    )


def _language(given: str) -> Language:
    match given:
        case "zh" | "en":
            return given
    raise StoryRefused(f"story: language is zh or en, not {given}")


def _users(given: Mapping[str, Any]) -> dict[str, Role]:
    users: dict[str, Role] = {}
    for name, role in given.items():
        if not _NAME.fullmatch(name):
            raise StoryRefused(f"users: {name!r} is no name: small letters, digits and _")
        if role not in set(Role):
            raise StoryRefused(f"users: {name}: there is no role {role!r}")
        users[name] = Role(role)
    if not users:
        raise StoryRefused("users: a story needs somebody who acts")
    return users


def _allocations(given: Mapping[str, Any]) -> dict[str, str]:
    for alias, arm in given.items():
        _alias(alias, where="allocations")
        if not isinstance(arm, str):
            raise StoryRefused(f"allocations: {alias} takes the code of an arm")
    return dict(given)


def _rows(given: object, *, where: str) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise StoryRefused(f"{where} takes a list of rows")
    return tuple(given)


def _steps(given: list[Any], *, users: Mapping[str, Role], starts: datetime) -> tuple[Step, ...]:
    steps: list[Step] = []
    now, by, subject = starts, "", ""
    for number, one in enumerate(given, start=1):
        where = f"step {number}"
        if not isinstance(one, dict):
            raise StoryRefused(f"{where}: a step is a mapping")
        do = one.get("do")
        if do not in STEPS:
            raise StoryRefused(f"{where}: do: there is no step {do!r}")
        where = f"{where} ({do})"
        keys = _checked(one, {**ALWAYS, **STEPS[do].keys}, where=where)
        at = keys.pop("at", None)
        if at is not None and at < now:
            raise StoryRefused(f"{where}: at: the clock only moves forward, it is {_shown(now)}")
        now = at or now
        by = keys.pop("as", None) or by
        if by not in users:
            raise StoryRefused(f"{where}: as: {by!r} is not among the users")
        subject = keys.pop("subject", None) or subject
        if subject:
            _alias(subject, where=where)
        for key in STEPS[do].needed:
            if keys.get(key) is None:
                raise StoryRefused(f"{where}: {key} is missing")
        _check_step(keys, users=users, where=where)
        expect = _checked(keys.pop("expect", None) or {}, EXPECTATIONS, where=f"{where}: expect")
        del keys["do"]
        steps.append(
            Step(number=number, do=do, at=at, by=by, subject=subject, keys=keys, expect=expect)
        )
    return tuple(steps)


def _check_step(keys: Mapping[str, Any], *, users: Mapping[str, Role], where: str) -> None:
    if keys.get("page") is not None and keys["page"] not in PAGES:
        raise StoryRefused(f"{where}: page is one of {', '.join(PAGES)}, not {keys['page']!r}")
    if keys.get("password") not in (None, "wrong"):
        raise StoryRefused(f"{where}: password can only be given as wrong")
    if keys.get("with") is not None and keys["with"] not in users:
        raise StoryRefused(f"{where}: with: {keys['with']!r} is not among the users")
    if keys.get("same_as") is not None:
        _alias(keys["same_as"], where=where)
    for code, why in (keys.get("missing") or {}).items():
        if why not in ("ND", "NK", "NA", "REF"):
            raise StoryRefused(f"{where}: missing: {code} is ND, NK, NA or REF, not {why!r}")


def _alias(alias: str, *, where: str) -> None:
    if not _ALIAS.fullmatch(alias):
        raise StoryRefused(f"{where}: {alias!r} is no participant: a capital letter, then letters")


def _checked(given: Mapping[str, Any], kinds: Mapping[str, Kind], *, where: str) -> dict[str, Any]:
    """Return *given* with each value read by its kind; a key without a kind is refused."""
    if not isinstance(given, Mapping):
        raise StoryRefused(f"{where} takes a mapping")
    checked = {}
    for key, value in given.items():
        kind = kinds.get(key)
        if kind is None:
            raise StoryRefused(f"{where}: there is no key {key!r}; there are {', '.join(kinds)}")
        checked[key] = None if value is None else _read(value, kind, where=f"{where}: {key}")
    return checked


def _read(value: Any, kind: Kind, *, where: str) -> Any:  # noqa: ANN401, PLR0911 - a value a kind
    match kind:
        case Kind.TEXT if isinstance(value, str):
            return value
        case Kind.FLAG if isinstance(value, bool):
            return value
        case Kind.MOMENT if isinstance(value, str):
            return _moment(value, where=where)
        case Kind.MAPPING if isinstance(value, dict):
            return value
        case Kind.LIST | Kind.ROWS if isinstance(value, list):
            return list(_rows(value, where=where)) if kind is Kind.ROWS else value
        case Kind.TEXTS if isinstance(value, list) and all(isinstance(v, str) for v in value):
            return value
        case Kind.NUMBERS:
            return [_number(one, where=where) for one in _listed(value)]
        case Kind.ROW if isinstance(value, str) and value:
            return int(value) if value.isascii() and value.isdecimal() else value
    raise StoryRefused(f"{where} takes {kind}, not {value!r}")


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: object, *, where: str) -> int:
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    raise StoryRefused(f"{where} takes whole numbers, not {value!r}")


def _moment(value: str, *, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise StoryRefused(
            f"{where}: {value!r} is no time such as 2024-03-18T08:00+08:00"
        ) from error
    if moment.tzinfo is None:
        raise StoryRefused(f"{where}: {value!r} lacks its offset, such as +08:00")
    return moment


def _shown(moment: datetime) -> str:
    return clock.local(moment).isoformat(timespec="minutes")
