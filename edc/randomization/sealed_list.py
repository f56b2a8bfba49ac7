"""The sealed list: what travels from the statistician to the installation, and what is kept safe.

The list's text is encrypted once, by AES-256-GCM under a fresh content key. That key is sealed
twice by HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM): to the
installation, which loads the list, and to the statistician's own recovery key, by which a lost
installation key is survived. The public commitment stands in clear in front. All of it is
authenticated together, and a file has one way to be written: any change of a bit is refused.

HPKE does not say who sealed. That the list is the statistician's is settled by two persons, who
compare the checksum of the opened list with the signed certificate.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edc.randomization.lists import FORMAT as CLEAR_FORMAT
from edc.randomization.lists import ListRefused, read
from edc.randomization.sealing import decoded, encoded
from edc.study.label import Label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edc.randomization.design import Design
    from edc.randomization.list_keys import ListKey, PublicListKey
    from edc.randomization.lists import AllocationList

FORMAT: Final = "edc-sealed-list/1"
_SUITE: Final = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_CONTENT_KEY: Final = 32  # bytes
_NONCE: Final = 12  # bytes
# The length of the text would tell how many blocks were drawn; filled up, it tells nothing.
_PIECE: Final = 16_384
INSTALLATION: Final = "installation"
RECOVERY: Final = "recovery"

_FOREIGN = Label(
    en="This file is not a sealed allocation list, or its beginning was altered. Nothing was "
    "loaded; ask the statistician for the file list.sealed.json.",
    zh="该文件不是加密的随机列表，或其开头已被改动。未载入任何内容，"
    "请向统计师索取 list.sealed.json 文件。",
)
_IN_CLEAR = Label(
    en="This is an allocation list in clear. It must not leave the statistician: nothing was "
    "loaded. Whoever has seen it must not take part in the trial; call the statistician.",
    zh="这是未加密的随机列表，不得离开统计师。未载入任何内容。看过该文件的人员不得参与试验，"
    "请联系统计师。",
)
_OTHER_KEY = Label(
    en="This list is sealed for other keys ({found}), and the key here is {own}. Nothing was "
    "loaded; the statistician seals it anew for this key.",
    zh="该列表加密时所用的接收公钥为{found}，而此处密钥为{own}。未载入任何内容，"
    "请统计师以此公钥重新加密。",
)
_DAMAGED = Label(
    en="The sealed list is damaged or was altered. Nothing was loaded; ask the statistician for "
    "the original file.",
    zh="加密的随机列表已损坏或被改动。未载入任何内容，请向统计师索取原始文件。",
)


@dataclass(frozen=True, slots=True)
class SealedList:
    """A sealed list as its file says, before anything of it is opened.

    :param document: the public commitment, of format ``edc-commitment/1``.
    :param keys: for each recipient the fingerprint of their key and the content key sealed to it.
    """

    document: Mapping[str, Any]
    keys: Mapping[str, tuple[str, str]]
    content: str

    def write(self) -> str:
        """Return the file's text; there is one way to write it."""
        whole = {**_head(self.document, self.keys), "content": self.content}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def seal(made: AllocationList, *, installation: PublicListKey, recovery: PublicListKey) -> str:
    """Return the sealed file of a list, which either of two keys opens."""
    document = made.commitment_document()
    content_key = secrets.token_bytes(_CONTENT_KEY)
    keys = {
        name: (
            public.fingerprint(),
            encoded(_SUITE.encrypt(content_key, public.key, info=_info(document, name, public))),
        )
        for name, public in ((INSTALLATION, installation), (RECOVERY, recovery))
    }
    plain = made.write().encode()
    plain += b"\x00" * (-len(plain) % _PIECE)
    nonce = secrets.token_bytes(_NONCE)
    cipher = AESGCM(content_key).encrypt(nonce, plain, _bytes(_head(document, keys)))
    return SealedList(document, keys, encoded(nonce + cipher)).write()


def inspect(text: str) -> SealedList:
    """Return what a sealed file says of itself; nothing of it is proved before it is opened.

    :raises ListRefused: when it is not the text of a sealed list.
    """
    try:
        found = json.loads(text)
        if not isinstance(found, dict):
            _refuse(_FOREIGN)
        if found.get("format") == CLEAR_FORMAT:
            _refuse(_IN_CLEAR)
        if found.get("format") != FORMAT:
            _refuse(_FOREIGN)
        sealed = SealedList(
            dict(found["commitment"]),
            {
                name: (found["keys"][name]["key"], found["keys"][name]["sealed"])
                for name in (INSTALLATION, RECOVERY)
            },
            found["content"],
        )
        is_whole = sealed.write() == text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        _refuse(_FOREIGN if not text.lstrip().startswith("{") else _DAMAGED)
    if not is_whole:
        _refuse(_DAMAGED)
    return sealed


def receive(text: str, *, key: ListKey, design: Design) -> AllocationList:
    """Open a sealed file and return its list, checked in every respect.

    :param key: the installation's, or the statistician's recovery key.
    :raises ListRefused: with the reason: not a sealed list, sealed for another key, altered or
        truncated by whatever little, or made for another study, design or algorithm.
    """
    sealed = inspect(text)
    own = key.public()
    name = next(
        (name for name, (found, _) in sealed.keys.items() if found == own.fingerprint()), None
    )
    if name is None:
        known = ", ".join(str(found)[:16] for found, _ in sealed.keys.values())
        _refuse(_OTHER_KEY.filled(found=known, own=own.fingerprint()))
    wrapped, content = _binary(sealed.keys[name][1]), _binary(sealed.content)
    try:
        content_key = _SUITE.decrypt(wrapped, key.key, info=_info(sealed.document, name, own))
        plain = AESGCM(content_key).decrypt(
            content[:_NONCE], content[_NONCE:], _bytes(_head(sealed.document, sealed.keys))
        )
        written = plain.rstrip(b"\x00").decode()
    except (InvalidTag, ValueError):
        _refuse(_DAMAGED)
    made = read(written, design=design)
    if made.commitment_document() != sealed.document:
        _refuse(_DAMAGED)
    return made


def _head(document: Mapping[str, Any], keys: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return what stands in clear, and is authenticated with the content."""
    return {
        "format": FORMAT,
        "commitment": dict(document),
        "keys": {name: {"key": key, "sealed": sealed} for name, (key, sealed) in keys.items()},
    }


def _info(document: Mapping[str, Any], name: str, public: PublicListKey) -> bytes:
    return _bytes([FORMAT, name, public.fingerprint(), dict(document)])


def _bytes(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _binary(text: object) -> bytes:
    content = decoded(text) if isinstance(text, str) else None
    if content is None:
        _refuse(_DAMAGED)
    return content


def _refuse(message: Label) -> NoReturn:
    # The cause is cut off: its text could quote what was opened.
    raise ListRefused(message, rule="LIST") from None
