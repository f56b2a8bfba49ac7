"""Passwords: how they are kept (Argon2id), which are refused, and how one-time ones are made.

The rules are those of OWASP ASVS 5.0, 6.2: length, no composition rule, no truncation, no change
of case, NFC only, and a refusal of what people commonly choose. What is common is judged by pieces,
not by a list of whole passwords: ``common_password_pieces.txt`` holds words, names and number runs,
and a password that consists of nothing else is refused, however the pieces are joined.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from edc.errors import PasswordRefused
from edc.label import Label

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT = 5
FEWEST_UNCOMMON = 5
SHORTEST_NAME_REFUSED = 3
SHORTEST_RUN = 3
_ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no i l o 0 1: it is read aloud and typed
_ONE_TIME_GROUPS = 4
_ONE_TIME_GROUP_LENGTH = 4  # 16 characters of 31: 79 bits
_PIECES = Path(__file__).with_name("common_password_pieces.txt")
_LEET = str.maketrans("@4$50!13", "aassoiie")


@dataclass(frozen=True, slots=True)
class Hashing:
    """The cost of Argon2id (RFC 9106): memory in KiB, passes, lanes.

    The standard cost is above the minimum that OWASP names (19 MiB, two passes) and takes about
    35 ms on one core, which nobody notices and a guesser pays for each guess.
    """

    memory_kib: int = 32 * 1024
    passes: int = 2
    lanes: int = 1
    _hasher: PasswordHasher = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the hasher once."""
        hasher = PasswordHasher(
            time_cost=self.passes,
            memory_cost=self.memory_kib,
            parallelism=self.lanes,
            type=Type.ID,
        )
        object.__setattr__(self, "_hasher", hasher)

    def hash(self, password: str) -> str:
        """Return what is stored of *password*; the text names the algorithm and its cost."""
        return self._hasher.hash(normal(password))

    def is_right(self, stored: str | None, password: str) -> bool:
        """Tell whether *password* is the stored one; without one take as long to say no."""
        typed = normal(password)[:LONGEST]
        if stored is None or len(normal(password)) > LONGEST:
            self._verify(_decoy(self), typed)
            return False
        return self._verify(stored, typed)

    def _verify(self, stored: str, typed: str) -> bool:
        try:
            return self._hasher.verify(stored, typed)
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the stored text was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(stored)


STANDARD = Hashing()


@cache
def _decoy(hashing: Hashing) -> str:
    """Return the hash of a password that nobody has, for names that nobody has."""
    return hashing.hash(secrets.token_urlsafe())


def normal(password: str) -> str:
    """Return *password* in NFC, so that two keyboards that compose 汉字 or é apart agree."""
    return unicodedata.normalize("NFC", password)


def make_one_time_password() -> str:
    """Return a password to be handed over once and changed at the first sign-in."""
    return "-".join(
        "".join(secrets.choice(_ONE_TIME_ALPHABET) for _ in range(_ONE_TIME_GROUP_LENGTH))
        for _ in range(_ONE_TIME_GROUPS)
    )


def check_rules(password: str, *, username: str, full_name: str = "") -> None:
    """Refuse a password that is too short, too long, named after its owner, or common.

    :raises PasswordRefused: with the sentence that says what to do.
    """
    typed = normal(password)
    if not SHORTEST <= len(typed) <= LONGEST:
        raise PasswordRefused(
            Label(
                en="The password needs {least} to {most} characters. A sentence that only you "
                "know is easiest to remember.",
                zh="密码须为{least}至{most}个字符。用一句只有您知道的话最容易记住。",
            ).filled(least=SHORTEST, most=LONGEST),
            rule="PASSWORD-LENGTH",
        )
    plain = typed.casefold()
    names = [username.casefold(), full_name.casefold().replace(" ", "")]
    if any(len(n) >= SHORTEST_NAME_REFUSED and n in plain.replace(" ", "") for n in names):
        raise PasswordRefused(
            Label(
                en="The password must not contain your user name or your name.",
                zh="密码中不能包含您的用户名或姓名。",
            ),
            rule="PASSWORD-NAME",
        )
    if is_common(typed):
        raise PasswordRefused(
            Label(
                en="This password is easy to guess: it consists of common words, names, dates or "
                "rows of keys. Add words that others would not expect together.",
                zh="该密码过于常见（由常用词、姓名拼音、日期或键盘顺序组成），容易被猜到。"
                "请加入他人想不到的词语组合。",
            ),
            rule="PASSWORD-COMMON",
        )


def is_common(password: str) -> bool:
    """Tell whether the password is little more than common pieces, dates, runs or repetitions."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    # A unit typed again and again is worth what the unit is worth.
    unit = re.fullmatch(r"(.+?)\1+(.{0,3})", plain, re.DOTALL)
    if len(set(plain)) < FEWEST_DIFFERENT or (unit and len(unit.group(1)) < SHORTEST):
        return True
    return _uncommon_length(plain) < FEWEST_UNCOMMON


def _uncommon_length(text: str) -> int:
    """Return how many characters remain when the common pieces are taken out at best.

    A walk over the text: ``least[i]`` is the smallest remainder of the first i characters. A
    separator costs nothing, for ``Password-2024!`` is no better than ``password2024``.
    """
    pieces, longest = _pieces()
    disguised = text.translate(_LEET)  # one character for one, so both share their places
    least = [0] + [len(text)] * len(text)
    for end in range(1, len(text) + 1):
        mark = text[end - 1]
        cost = 1 if mark.isalnum() else 0
        least[end] = least[end - 1] + cost
        for start in range(max(0, end - longest), end - 1):
            if least[start] < least[end]:
                part = text[start:end]
                if part in pieces or disguised[start:end] in pieces or _is_pattern(part):
                    least[end] = least[start]
    return least[-1]


@cache
def _pieces() -> tuple[frozenset[str], int]:
    lines = _PIECES.read_text(encoding="utf-8").splitlines()
    words = frozenset(
        word for line in lines if not line.startswith("#") for word in line.casefold().split()
    )
    return words, max(map(len, words))


def _is_pattern(part: str) -> bool:
    """Tell whether the characters are a date, or go up, down or stay: 345678, fedc, 8888."""
    steps = {ord(b) - ord(a) for a, b in pairwise(part)}
    is_run = len(part) >= SHORTEST_RUN and len(steps) == 1 and steps <= {-1, 0, 1}
    return is_run or _is_date(part)


_DATE = re.compile(r"(?:19|20)\d\d(?:\d\d(?:\d\d)?)?|\d{6}|\d{8}")


def _is_date(part: str) -> bool:
    """Tell whether the digits can be read as a year, a month, or a day in the usual orders."""
    if not (part.isascii() and _DATE.fullmatch(part)):
        return False
    if len(part) == 4 or _is_day(part[:4], part[4:6], part[6:] or "01"):  # noqa: PLR2004 - a year
        return True
    return (
        _is_day(f"19{part[:2]}", part[2:4], part[4:])
        or _is_day(part[-4:], part[:2], part[2:4])
        or _is_day(part[-4:], part[2:4], part[:2])
    )


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
