"""Photographs: what may be kept, cleaned of all but the picture, and where it is kept.

Nothing of a chosen file is kept but its pixels: they are decoded, turned upright, brought to the
common colour space and encoded anew. So neither the place, the camera, a comment nor anything
hidden behind the picture remains. A file is on the disk before the CRF that names it is saved: one
that no CRF names is harmless, a CRF that names none is not.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from sqlalchemy import select

from edc.errors import Refused
from edc.label import Label
from edc.models import AuditEntry, DataPoint

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from edc.services.casebooks import Place
    from edc.study.items import File

FOLDER = "files"
MAX_PIXELS = 25_000_000  # decoded, the picture takes three or four bytes of memory for each
MAX_SCANS = 100  # a progressive JPEG has about ten, and each is decoded over the whole picture
THUMBNAIL_PIXELS = 320
JPEG_QUALITY = 92

# A telephone's JPEG with a second, smaller picture inside is MPO; only the first is kept.
_FORMATS = {
    "JPEG": ("image/jpeg", "jpg"), "MPO": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"),
}  # fmt: skip
_MEDIA_TYPES = {
    "jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "csv": "text/csv",
}  # fmt: skip
_KEPT_MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}
_NAME = re.compile(r"[0-9a-f]{64}\.(jpg|png|pdf|csv)")
_SCAN_MARK = b"\xff\xda"
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
# What a decoder meets in a file that is not what it says.
_BROKEN = (
    OSError, ValueError, TypeError, SyntaxError, ArithmeticError, LookupError, EOFError,
    struct.error, zlib.error,
)  # fmt: skip


class FileRefused(Refused):
    """A chosen file cannot be kept; nothing of it was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """A picture ready to be kept.

    :param name: the SHA-256 of *content* with its type, which is the item's value.
    """

    name: str
    content: bytes
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is on the disk."""

    name: str


def store(instance: Path, data: bytes, *, item: File) -> StoredFile:
    """Clean a chosen file and keep it in the installation's folder.

    :raises FileRefused: when it is no picture that *item* takes; nothing is stored.
    """
    return keep(instance, read_photograph(data, item=item))


def read_photograph(data: bytes, *, item: File) -> Photograph:
    """Return the picture in *data* and nothing else that *data* holds; store nothing.

    The type is told by the content. Only the header is read until the size is known to be bearable.

    :raises FileRefused: saying what to choose instead.
    """
    if not data:
        raise FileRefused(_EMPTY)
    if len(data) > item.max_bytes:
        raise FileRefused(_TOO_LARGE.filled(limit=item.max_bytes // 2**20))
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            extension = _checked(image, data, item)
            picture = _upright(image)
            thumbnail = picture.copy()
    except _BOMBS as bomb:
        raise FileRefused(_too_many_pixels()) from bomb
    except UnidentifiedImageError as unknown:
        raise FileRefused(_WRONG_TYPE) from unknown
    except _BROKEN as broken:
        raise FileRefused(_DAMAGED) from broken
    thumbnail.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    content = _encoded(picture, extension)
    return Photograph(
        name=f"{hashlib.sha256(content).hexdigest()}.{extension}",
        content=content,
        thumbnail=_encoded(_on_white(thumbnail), "jpg"),
    )


def keep(instance: Path, photograph: Photograph) -> StoredFile:
    """Write a picture and its thumbnail so that they are there whole, or not at all."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The thumbnail first: where the picture is, the thumbnail is.
    _write(folder, _thumbnail_name(photograph.name), photograph.thumbnail)
    _write(folder, photograph.name, photograph.content)
    return StoredFile(photograph.name)


def keep_content(instance: Path, name: str, content: bytes) -> StoredFile:
    """Write a file that is no picture so that it is there whole, or not at all."""
    folder = instance / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder, name, content)
    return StoredFile(name)


def read_file(instance: Path, name: str, *, thumbnail: bool = False) -> bytes | None:
    """Return a stored file, or its thumbnail; None when there is none of that name.

    :raises FileRefused: when what is on the disk is not what was recorded.
    """
    if not _NAME.fullmatch(name):
        return None
    path = instance / FOLDER / (_thumbnail_name(name) if thumbnail else name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if not thumbnail and hashlib.sha256(content).hexdigest() != name.partition(".")[0]:
        raise FileRefused(_ALTERED)
    return content


def media_type(name: str) -> str:
    """Return the type of a stored file."""
    return _MEDIA_TYPES[name.rpartition(".")[2]]


def was_held(
    session: Session, subject_id: int, *, place: Place, item: str, repeat: int, name: str
) -> bool:
    """Tell whether the item of that place holds the file, or held it once."""
    visit, form, row = place
    found = session.scalars(
        select(AuditEntry.id)
        .where(
            AuditEntry.subject_id == subject_id,
            AuditEntry.visit == visit,
            AuditEntry.form == form,
            AuditEntry.row == row,
            AuditEntry.item == item,
            AuditEntry.repeat == repeat,
            AuditEntry.table == DataPoint.__tablename__,
            # The name holds no character that JSON or LIKE would read otherwise.
            AuditEntry.new.contains(f'"value": "{name}"'),
        )
        .limit(1)
    )
    return _NAME.fullmatch(name) is not None and found.first() is not None


def _checked(image: Image.Image, data: bytes, item: File) -> str:
    """Return the extension of the opened picture, of which only the header has been read.

    :raises FileRefused: when it must not be decoded.
    """
    media, extension = _FORMATS[image.format or ""]
    if media not in item.types:
        raise FileRefused(_WRONG_TYPE)
    if image.width * image.height > MAX_PIXELS:
        raise FileRefused(_too_many_pixels())
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise FileRefused(_ANIMATED)
    if image.mode not in _KEPT_MODES:
        raise FileRefused(_COLOURS)
    if extension == "jpg" and data.count(_SCAN_MARK) > MAX_SCANS:
        raise FileRefused(_DAMAGED)
    return extension


def _upright(image: Image.Image) -> Image.Image:
    """Return the decoded picture, turned as it was taken, in the colours of every screen."""
    image.load()
    profile = image.info.get("icc_profile")
    picture = ImageOps.exif_transpose(image)
    mode = _KEPT_MODES[picture.mode]
    if picture.mode == "P" and "transparency" not in picture.info:
        mode = "RGB"
    if picture.mode != mode:
        picture = picture.convert(mode)
    if profile and mode in ("RGB", "RGBA"):
        picture = _in_common_colours(picture, profile)
    picture.info = {}
    return picture


def _in_common_colours(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in sRGB: without the camera's profile redness would not stay as it was."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        turned = ImageCms.profileToProfile(picture, source, target)
    except (ImageCms.PyCMSError, *_BROKEN):
        return picture  # a profile that cannot be read says nothing about the colours
    return turned if turned is not None else picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("RGBA", "LA"):
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture.convert("RGB"), mask=picture.getchannel("A"))
    return ground


def _encoded(picture: Image.Image, extension: str) -> bytes:
    body = io.BytesIO()
    if extension == "jpg":
        # Full colour resolution: the difference between pink and red is what is assessed.
        picture.save(body, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    else:
        picture.save(body, "PNG")
    return body.getvalue()


def _thumbnail_name(name: str) -> str:
    return f"{name.partition('.')[0]}.thumb.jpg"


def _write(folder: Path, name: str, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)  # the name too is on the disk before a CRF says so
    finally:
        os.close(directory)


def _too_many_pixels() -> Label:
    return _TOO_MANY_PIXELS.filled(limit=MAX_PIXELS // 1_000_000)


_EMPTY = Label(
    en="The file is empty. Choose the photograph again.",
    zh="文件为空，请重新选择照片。",
)
_TOO_LARGE = Label(
    en="The file is larger than {limit} MB. Take or export the photograph in a smaller size.",
    zh="文件超过{limit} MB，请以较小尺寸重新拍摄或导出照片。",
)
_TOO_MANY_PIXELS = Label(
    en="The picture has more than {limit} million pixels. "
    "Take or export the photograph in a smaller size.",
    zh="图片超过{limit}00万像素，请以较小尺寸重新拍摄或导出照片。",
)
_WRONG_TYPE = Label(
    en="The file is not a JPEG or PNG photograph, whatever its name says. Choose another file.",
    zh="文件内容不是JPEG或PNG照片（与文件名无关），请选择其他文件。",
)
_DAMAGED = Label(
    en="The picture is damaged or incomplete. Take or export the photograph again.",
    zh="图片已损坏或不完整，请重新拍摄或导出照片。",
)
_ANIMATED = Label(
    en="The picture moves. Choose a single photograph.",
    zh="文件是动画，请选择单张照片。",
)
_COLOURS = Label(
    en="The picture is in colours for print (CMYK) or for measuring. "
    "Export it as an ordinary colour photograph (RGB).",
    zh="图片采用印刷（CMYK）或测量用色彩模式，请导出为普通彩色照片（RGB）。",
)
_ALTERED = Label(
    en="The stored file is no longer what was recorded, so it is not shown. Tell the data manager.",
    zh="存储的文件与记录的校验值不一致，不予显示，请告知数据管理员。",
)
