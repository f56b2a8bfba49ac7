"""What was typed, before any kind reads it: cleaned of what no database stores alike."""

from __future__ import annotations

import re
import unicodedata

from edc.label import Label

# C0 and C1 controls but tab and line breaks, lone surrogates, non-characters, and the mark that
# stands for bytes which were no text when they arrived.
_UNSTORABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd-\uffff]"
)
# Zero-width spaces, byte-order and direction marks come along when text is pasted from a message or
# a document.  Nobody sees them, so nobody could be asked to remove them.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LINE_BREAK = re.compile("\r\n|[\r\x85\u2028\u2029]")
_FULL_WIDTH = {mark: mark - 0xFEE0 for mark in range(0xFF01, 0xFF5F)}
_NARROW = _FULL_WIDTH | {ord("。"): ".", ord("−"): "-"}


class Unreadable(ValueError):
    """What was typed is not a value of this kind; the message says what to type instead."""

    def __init__(self, message: Label) -> None:
        """Keep the sentence."""
        super().__init__(message.en)
        self.message = message


def typed_text(typed: object) -> str:
    """Return a field's text; an absent field is an empty one.

    :raises Unreadable: when a list or a mapping was sent where one text belongs.
    """
    if typed is None:
        return ""
    if not isinstance(typed, str):
        raise Unreadable(Label(en="Enter one value here.", zh="此处只能填写一个值。"))
    return typed


def cleaned(raw: str) -> str:
    r"""Return *raw* composed (NFC), without invisible marks, trimmed, its lines ending in ``\n``.

    :raises Unreadable: on control characters and lone surrogates, which no database stores alike.
    """
    if _UNSTORABLE.search(raw):
        raise Unreadable(
            Label(
                en="This text contains characters that cannot be stored. Type it again.",
                zh="文本中含有无法保存的控制字符，请重新输入。",
            )
        )
    visible = _INVISIBLE.sub("", _LINE_BREAK.sub("\n", raw))
    return unicodedata.normalize("NFC", visible).strip()


def narrowed(raw: str) -> str:
    """Return *raw* cleaned, with full-width digits, point, colon and signs as ASCII ones.

    Only what a Chinese keyboard types is narrowed: digits of other scripts stay as they are and are
    then refused, since a reader of the page could not check them.
    """
    return cleaned(raw).translate(_NARROW)
