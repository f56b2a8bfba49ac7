"""The keys by which a list is sealed for its recipients: the installation and the statistician.

The installation's private key follows from its sealing key (``EDC_ALLOCATION_KEY``): there is one
secret to keep apart from the backups, not two. The statistician's recovery key is a file of its
own, encrypted under a passphrase, kept away from the server.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from edc.errors import InstallationFault
from edc.randomization.sealing import SealingKey, decoded, encoded
from edc.study.label import Label

_PREFIX: Final = "edclist1-"
_RAW: Final = 32  # bytes
_CHECK: Final = 4  # bytes
_SALT: Final = 16  # bytes
_NONCE: Final = 12  # bytes
_COST: Final = 2**17  # of scrypt over the passphrase: 128 MB, about half a second
RECOVERY_FORMAT: Final = "edc-recovery-key/1"
SHORTEST_PASSPHRASE: Final = 12


class ListKeyRefused(InstallationFault):
    """A key for lists cannot be read: mistyped, not a key, or another passphrase."""


@dataclass(frozen=True, slots=True)
class PublicListKey:
    """The public half of a key; whoever has it can seal a list and open none."""

    key: X25519PublicKey

    @classmethod
    def from_text(cls, text: str) -> PublicListKey:
        """Read a key as :meth:`text` writes it.

        :raises ListKeyRefused: when a character is wrong or missing.
        """
        typed = "".join(text.split())
        content = decoded(typed.removeprefix(_PREFIX)) if typed.startswith(_PREFIX) else None
        if content is None or len(content) != _RAW + _CHECK:
            raise _refused(_NO_PUBLIC_KEY)
        raw, check = content[:_RAW], content[_RAW:]
        if _checksum(raw) != check:
            raise _refused(_NO_PUBLIC_KEY)
        return cls(X25519PublicKey.from_public_bytes(raw))

    def text(self) -> str:
        """Return the key as one word, with a checksum against slips of the pen."""
        raw = self.key.public_bytes_raw()
        return _PREFIX + encoded(raw + _checksum(raw))

    def fingerprint(self) -> str:
        """Return 16 hexadecimal digits by which the key is recognised, as on the telephone."""
        return hashlib.sha256(b"edc list key\x00" + self.key.public_bytes_raw()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class ListKey:
    """A private key that opens sealed lists; it never appears in logs."""

    key: X25519PrivateKey = field(repr=False)

    @classmethod
    def of_installation(cls, sealing: SealingKey) -> ListKey:
        """Derive the installation's key from the one that seals its arms."""
        derive = HKDF(algorithm=SHA256(), length=_RAW, salt=None, info=b"edc list key/1")
        return cls(X25519PrivateKey.from_private_bytes(derive.derive(sealing.secret)))

    @classmethod
    def new(cls) -> ListKey:
        """Draw a fresh key."""
        return cls(X25519PrivateKey.generate())

    @classmethod
    def from_file(cls, content: bytes, *, passphrase: str) -> ListKey:
        """Read a recovery key from its file.

        :raises ListKeyRefused: when it is not such a file, or another passphrase protects it.
        """
        try:
            found = json.loads(content)
            salt, sealed = (decoded(found[name]) for name in ("salt", "sealed"))
            if found["format"] != RECOVERY_FORMAT or salt is None or sealed is None:
                raise _refused(_NOT_OPENED)
            raw = AESGCM(_stretched(passphrase, salt)).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], _associated(found["public"])
            )
            return cls(X25519PrivateKey.from_private_bytes(raw))
        except (ValueError, KeyError, TypeError, RecursionError, InvalidTag):
            raise _refused(_NOT_OPENED) from None

    @staticmethod
    def public_in(content: bytes) -> PublicListKey:
        """Return the public half of a recovery key's file, for which no passphrase is needed.

        :raises ListKeyRefused: when it is not such a file.
        """
        try:
            found = json.loads(content)
            if found["format"] == RECOVERY_FORMAT:
                return PublicListKey.from_text(found["public"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        raise _refused(_NOT_OPENED)

    def write(self, *, passphrase: str) -> bytes:
        """Return the file of a recovery key, encrypted under the passphrase.

        The key for AES-256-GCM is made from the passphrase by scrypt (RFC 7914).

        :raises ListKeyRefused: when the passphrase is too short.
        """
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise _refused(_SHORT.filled(least=SHORTEST_PASSPHRASE))
        public = self.public().text()
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        cipher = AESGCM(_stretched(passphrase, salt)).encrypt(
            nonce, self.key.private_bytes_raw(), _associated(public)
        )
        content = {
            "format": RECOVERY_FORMAT,
            "public": public,
            "salt": encoded(salt),
            "sealed": encoded(nonce + cipher),
        }
        return (json.dumps(content, sort_keys=True, indent=1) + "\n").encode()

    def public(self) -> PublicListKey:
        """Return the public half."""
        return PublicListKey(self.key.public_key())


def _stretched(passphrase: str, salt: bytes) -> bytes:
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return Scrypt(salt=salt, length=_RAW, n=_COST, r=8, p=1).derive(typed)


def _associated(public: str) -> bytes:
    return json.dumps([RECOVERY_FORMAT, public]).encode()


def _checksum(raw: bytes) -> bytes:
    return hashlib.sha256(b"edc list key check\x00" + raw).digest()[:_CHECK]


def _refused(message: Label) -> ListKeyRefused:
    return ListKeyRefused(message, rule="LIST-KEY")


_NO_PUBLIC_KEY = Label(
    en="This is not the public key of an installation, or a character of it is wrong. It begins "
    "with edclist1- and is printed by `edc randomization keys`.",
    zh="这不是系统的接收公钥，或有字符错误。"
    "公钥以edclist1-开头，由 `edc randomization keys` 输出。",
)
_NOT_OPENED = Label(
    en="The recovery key cannot be opened: the passphrase is wrong, or the file is not a recovery "
    "key.",
    zh="无法打开恢复密钥：口令错误，或该文件不是恢复密钥。",
)
_SHORT = Label(
    en="The passphrase of the recovery key needs at least {least} characters.",
    zh="恢复密钥的口令至少须有{least}个字符。",
)
