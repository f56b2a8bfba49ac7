"""The deterministic random bit generator and the unbiased choice drawn from it.

The generator is HMAC_DRBG with SHA-256 of NIST SP 800-90A Rev. 1, section 10.1.2. It is
instantiated once from the seed and never reseeded, because a list must come out the same for
whoever holds the seed. A *stream* is its output read byte by byte; streams of the same seed under
different labels are independent, so what is drawn for one stratum never depends on another.

To repeat a stream in another language:

1. entropy input and nonce together = the bytes of the seed; personalisation = the UTF-8 text
   ``edc-randomization/1|`` followed by the label.
2. The stream is Generate(256 bits), Generate(256 bits), … joined, without additional input.
3. ``below(n)``: with k = bit length of n - 1, take ceil(k/8) bytes as a big-endian number and keep
   its lowest k bits; draw again while the result is n or more. ``below(1)`` takes no byte.
4. ``shuffled``: for i from the last index down to 1, swap item i with item ``below(i + 1)``.
5. ``choice``: item ``below(length)``.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Final, TypeVar

from edc.errors import Refused
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

ALGORITHM: Final = "HMAC_DRBG-SHA-256"
ALGORITHM_VERSION: Final = 1
"""Raised whenever the same seed would give another list."""

SHORTEST_SEED: Final = 32  # bytes
_NEW_SEED: Final = 48  # bytes: 256 bits of entropy input and the 128-bit nonce of section 8.6.7
_DIGEST: Final = 32  # bytes
_LONGEST_REQUEST: Final = 1 << 16  # bytes: 2**19 bits, SP 800-90A table 2


class SeedRefused(Refused):
    """The seed is not hexadecimal text of at least 256 bits."""


def new_seed() -> str:
    """Return a fresh seed as 96 hexadecimal digits, from the operating system's generator."""
    return secrets.token_hex(_NEW_SEED)


def seed_bytes(seed: str) -> bytes:
    """Read a seed written in hexadecimal digits; surrounding spaces and capitals do not matter.

    :raises SeedRefused: when it is not hexadecimal or shorter than 256 bits.
    """
    digits = seed.strip().lower()
    if not digits.isascii() or not all(digit in "0123456789abcdef" for digit in digits):
        raise SeedRefused(
            Label(
                en="The seed must be written in hexadecimal digits (0-9, a-f) only.",
                zh="种子只能由十六进制数字（0-9、a-f）组成。",
            ),
            rule="SEED",
        )
    if len(digits) % 2 or len(digits) < 2 * SHORTEST_SEED:
        raise SeedRefused(
            Label(
                en="The seed has {found} hexadecimal digits; it needs an even number, "
                "{least} or more.",
                zh="种子为{found}位十六进制数字；位数须为偶数且不少于{least}位。",
            ).filled(found=len(digits), least=2 * SHORTEST_SEED),
            rule="SEED",
        )
    return bytes.fromhex(digits)


class HmacDrbg:
    """Generate bytes by HMAC_DRBG with SHA-256, without reseeding."""

    __slots__ = ("_key", "_value")

    def __init__(self, seed_material: bytes, *, personalisation: bytes = b"") -> None:
        """Instantiate from entropy input and nonce (already joined) and a personalisation."""
        self._key = b"\x00" * _DIGEST
        self._value = b"\x01" * _DIGEST
        self._update(seed_material + personalisation)

    def _mac(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")

    def _update(self, provided: bytes) -> None:
        self._key = self._mac(self._value + b"\x00" + provided)
        self._value = self._mac(self._value)
        if provided:
            self._key = self._mac(self._value + b"\x01" + provided)
            self._value = self._mac(self._value)

    def generate(self, count: int, *, additional: bytes = b"") -> bytes:
        """Return the next *count* bytes as one request of the standard.

        :param additional: additional input; a stream has none, NIST's vectors do.
        :raises ValueError: when more than 2**16 bytes are asked for at once.
        """
        if not 0 <= count <= _LONGEST_REQUEST:
            message = f"a request is for 0 to {_LONGEST_REQUEST} bytes, not {count}"
            raise ValueError(message)
        if additional:
            self._update(additional)
        produced = b""
        while len(produced) < count:
            self._value = self._mac(self._value)
            produced += self._value
        self._update(additional)
        return produced[:count]


class RandomStream:
    """Draw bytes, whole numbers, choices and orders from a seed under a label."""

    __slots__ = ("_buffer", "_drbg", "_position")

    def __init__(self, seed: bytes, *, label: str) -> None:
        """Open the stream named *label*; the same seed and label always give the same stream.

        :raises ValueError: when the seed is shorter than 256 bits.
        """
        if len(seed) < SHORTEST_SEED:
            message = f"a seed has at least {SHORTEST_SEED} bytes, not {len(seed)}"
            raise ValueError(message)
        personalisation = f"edc-randomization/{ALGORITHM_VERSION}|{label}".encode()
        self._drbg = HmacDrbg(seed, personalisation=personalisation)
        self._buffer = b""
        self._position = 0

    def take(self, count: int) -> bytes:
        """Return the next *count* bytes of the stream."""
        while len(self._buffer) - self._position < count:
            self._buffer = self._buffer[self._position :] + self._drbg.generate(_DIGEST)
            self._position = 0
        start = self._position
        self._position += count
        return self._buffer[start : self._position]

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to *limit* - 1, each exactly as likely as any other.

        Numbers beyond the limit are drawn again; a remainder would favour the small ones.

        :raises ValueError: when *limit* is not positive.
        """
        if limit < 1:
            message = f"cannot draw a number below {limit}"
            raise ValueError(message)
        bits = (limit - 1).bit_length()
        width, mask = (bits + 7) // 8, (1 << bits) - 1
        while True:
            drawn = int.from_bytes(self.take(width), "big") & mask
            if drawn < limit:
                return drawn

    def choice(self, items: Sequence[T]) -> T:
        """Return one of *items*, each as likely as any other."""
        return items[self.below(len(items))]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Return *items* in a new order, each order as likely as any other (Fisher and Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order
