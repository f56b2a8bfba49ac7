"""Numbers of the trail as addresses and forms hold them, so that no gap between two can be seen.

What is hidden from somebody leaves gaps in the numbers of what is shown. A page names an entry by
a word of 16 figures, from which only the server finds the number again.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from edc.web.request import settings

_ROUNDS: Final = 4
_HALF: Final = 32  # bits
_MASK: Final = (1 << _HALF) - 1
_FIGURES: Final = 2 * _HALF // 4


def hidden(number: int) -> str:
    """Return the word for a number from 0 to 2⁶⁴ - 1."""
    left, right = number >> _HALF, number & _MASK
    for turn in range(_ROUNDS):
        left, right = right, left ^ _mixed(turn, right)
    return f"{left << _HALF | right:0{_FIGURES}x}"


def number_of(word: str) -> int | None:
    """Return the number that a word stands for; None for what is no such word."""
    if len(word) != _FIGURES or not set(word) <= set("0123456789abcdef"):
        return None
    left, right = int(word, 16) >> _HALF, int(word, 16) & _MASK
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _mixed(turn, left), left
    return left << _HALF | right


def _mixed(turn: int, half: int) -> int:
    """Return 32 bits that depend on every bit of *half* and on the installation's secret."""
    said = b"opaque-number" + bytes([turn]) + half.to_bytes(_HALF // 8, "big")
    key = settings().secret_key.encode()
    return int.from_bytes(hmac.new(key, said, hashlib.sha256).digest()[: _HALF // 8], "big")
