"""Arms encrypted at rest: AES-256-GCM under a key that is in no database and no backup of one.

A sealed arm is bound to its list, stratum and sequence, so that no two slots can be exchanged. Arms
of any length give ciphertexts of one length. The slot's salt is sealed with the arm: beside a
slot's published hash, a readable salt would let anyone try the arms.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edc.errors import InstallationFault
from edc.randomization.design import LONGEST_CODE
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION: Final = b"\x01"
_KEY: Final = 32  # bytes
_NONCE: Final = 12  # bytes
_SALT: Final = 32  # bytes
_STEP: Final = 1024  # bytes


class KeyRefused(InstallationFault):
    """The sealing key is absent or not 32 bytes in base64url."""


class SealBroken(InstallationFault):
    """A sealed arm does not open: another key, another slot, or altered content."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """Hold the key by which arms are sealed; it never appears in logs.

    :raises KeyRefused: when it is not 32 bytes.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse any other length."""
        if len(self.secret) != _KEY:
            raise _key_refused()

    @classmethod
    def from_text(cls, text: str) -> SealingKey:
        """Read a key from base64url text, padded or not.

        :raises KeyRefused: when it is not 32 bytes in base64url.
        """
        secret = decoded(text.strip().rstrip("="))
        if secret is None:
            raise _key_refused()
        return cls(secret)

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits by which a key is recognised and not revealed."""
        return hashlib.sha256(b"edc sealing key\x00" + self.secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SlotAddress:
    """Say which slot a sealed arm belongs to."""

    list_id: str
    stratum: str = field(kw_only=True)
    sequence: int = field(kw_only=True)

    def associated_data(self) -> bytes:
        """Return the bytes that the seal authenticates along with the arm."""
        return json.dumps(["edc-sealed-arm/1", self.list_id, self.stratum, self.sequence]).encode()


def new_key() -> str:
    """Return a fresh key as base64url text, for the settings."""
    return encoded(secrets.token_bytes(_KEY))


def seal_arm(arm: str, *, salt: str, address: SlotAddress, key: SealingKey) -> str:
    """Seal an arm's code and its slot's salt; the text has one length whatever the arm.

    :param salt: 64 hexadecimal digits, as in the list.
    :raises ValueError: when the code or the salt does not have the form of a list's.
    """
    code, salt_bytes = arm.encode(), bytes.fromhex(salt)
    if not 0 < len(code) <= LONGEST_CODE or b"\x00" in code or len(salt_bytes) != _SALT:
        message = f"an arm has 1 to {LONGEST_CODE} bytes and a salt {_SALT}"
        raise ValueError(message)
    plain = code.ljust(LONGEST_CODE, b"\x00") + salt_bytes
    nonce = secrets.token_bytes(_NONCE)
    cipher = AESGCM(key.secret).encrypt(nonce, plain, address.associated_data())
    return encoded(_VERSION + nonce + cipher)


def open_arm(sealed: str, *, address: SlotAddress, key: SealingKey) -> str:
    """Return the code of a sealed arm.

    :raises SealBroken: when key, slot or content is not the one it was sealed with.
    """
    return _opened(sealed, address=address, key=key)[:LONGEST_CODE].rstrip(b"\x00").decode()


def open_salt(sealed: str, *, address: SlotAddress, key: SealingKey) -> str:
    """Return the salt sealed with an arm, as 64 hexadecimal digits.

    :raises SealBroken: when key, slot or content is not the one it was sealed with.
    """
    return _opened(sealed, address=address, key=key)[LONGEST_CODE:].hex()


def seal_text(text: str, *, about: Sequence[object], key: SealingKey) -> str:
    """Seal a text that tells arms; its length is told in steps of a kilobyte only.

    :param about: what the text is and whose, authenticated with it.
    """
    content = text.encode()
    plain = content + b" " * (-len(content) % _STEP)
    nonce = secrets.token_bytes(_NONCE)
    cipher = AESGCM(key.secret).encrypt(nonce, plain, _about(about))
    return encoded(_VERSION + nonce + cipher)


def open_text(sealed: str, *, about: Sequence[object], key: SealingKey) -> str:
    """Return a sealed text, without spaces at its end.

    :raises SealBroken: when key, subject or content is not the one it was sealed with.
    """
    return _decrypted(sealed, data=_about(about), key=key).decode().rstrip(" ")


def _about(about: Sequence[object]) -> bytes:
    return json.dumps(["edc-sealed-text/1", *about]).encode()


def _opened(sealed: str, *, address: SlotAddress, key: SealingKey) -> bytes:
    return _decrypted(sealed, data=address.associated_data(), key=key)


def _decrypted(sealed: str, *, data: bytes, key: SealingKey) -> bytes:
    content = decoded(sealed)
    if content is not None and content[:1] == _VERSION:
        nonce, cipher = content[1 : 1 + _NONCE], content[1 + _NONCE :]
        try:
            return AESGCM(key.secret).decrypt(nonce, cipher, data)
        except (InvalidTag, ValueError):
            pass
    raise SealBroken(
        Label(
            en="A sealed allocation cannot be opened: the key is not the one it was sealed with, "
            "or the stored row was altered. Stop randomising and call the statistician.",
            zh="无法解密该分组：密钥与加密时不符，或存储内容已被改动。请暂停随机并联系统计师。",
        ),
        rule="SEAL",
    ) from None


def encoded(content: bytes) -> str:
    """Return bytes as base64url text without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes | None:
    """Return the bytes of unpadded base64url, or nothing when it is not exactly that."""
    try:
        content = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    # The decoder skips foreign characters and unused bits; only one text may stand for a content.
    return content if encoded(content) == text else None


def _key_refused() -> KeyRefused:
    return KeyRefused(
        Label(
            en="The key that seals allocations must be 32 bytes written in base64url "
            "(43 characters).",
            zh="分组加密密钥须为32字节，以base64url书写（43个字符）。",
        ),
        rule="KEY",
    )
