"""Pictures as cameras and ill will make them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, cast

from PIL import Image, PngImagePlugin

from edc.protocol import STUDY
from edc.study.items import File

PHOTO = cast("File", STUDY.crfs["OM"].by_code["OMPHOTO"])
"""The item that every test keeps photographs for."""

SECRETS = (b"Tabletmaker", b"a name in a comment")
_MAKE, _ORIENTATION, _GPS = 0x010F, 0x0112, 0x8825


def _picture(mode: str, size: tuple[int, int], colour: str) -> Image.Image:
    if mode == "RGBA":
        return Image.new("RGBA", size, (200, 30, 40, 0))
    if mode == "I;16":
        return Image.new("I;16", size, 30_000)
    return Image.new("RGB", size, colour).convert(mode)


def _exif(orientation: int | None, *, secrets: bool) -> Image.Exif:
    exif = Image.Exif()
    if orientation:
        exif[_ORIENTATION] = orientation
    if secrets:
        exif[_MAKE] = SECRETS[0].decode()
        exif[_GPS] = {1: "N", 2: (31.0, 12.0, 30.0), 3: "E", 4: (121.0, 28.0, 10.0)}
    return exif


def jpeg(
    *,
    mode: str = "RGB",
    size: tuple[int, int] = (64, 48),
    colour: str = "crimson",
    orientation: int | None = None,
    profile: bytes | None = None,
    secrets: bool = False,
) -> bytes:
    """Return a JPEG; with *secrets* it names its camera, its place and a person."""
    body = io.BytesIO()
    options: dict[str, Any] = {"comment": SECRETS[1]} if secrets else {}
    if profile:
        options["icc_profile"] = profile
    exif = _exif(orientation, secrets=secrets)
    _picture(mode, size, colour).save(body, "JPEG", exif=exif, **options)
    return body.getvalue()


def png(
    *,
    mode: str = "RGB",
    size: tuple[int, int] = (64, 48),
    colour: str = "crimson",
    frames: int = 1,
    secrets: bool = False,
) -> bytes:
    """Return a PNG; with *frames* it moves."""
    body = io.BytesIO()
    options: dict[str, Any] = {}
    if secrets:
        facts = PngImagePlugin.PngInfo()
        facts.add_text("Comment", SECRETS[1].decode())
        options = {"pnginfo": facts, "exif": _exif(None, secrets=True)}
    if frames > 1:
        others = [Image.new("RGB", size, (number, 0, 0)) for number in range(1, frames)]
        options = {"save_all": True, "append_images": others}
    _picture(mode, size, colour).save(body, "PNG", **options)
    return body.getvalue()


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
