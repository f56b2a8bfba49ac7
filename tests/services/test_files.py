"""Photographs: what is kept of a file that was chosen, and what is refused."""

from __future__ import annotations

import errno
import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from edc.services.files import (
    FOLDER,
    MAX_PIXELS,
    THUMBNAIL_PIXELS,
    FileRefused,
    read_file,
    read_photograph,
    store,
)
from edc.study.items import File
from tests.support.pictures import PHOTO, SECRETS, jpeg, png, png_header

BAD = {
    "nothing": (b"", "empty"),
    "larger than the item takes": (b"\xff\xd8\xff" + bytes(PHOTO.max_bytes), "larger than 10 MB"),
    "words": (b"a photograph of the mouth", "not a JPEG or PNG"),
    "a page with a script": (b"<html><script>alert(1)</script></html>", "not a JPEG or PNG"),
    "an SVG with a script": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "not a JPEG or PNG",
    ),
    "a GIF": (b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff;", "not a JPEG or PNG"),
    "a PDF that also holds a JPEG": (b"%PDF-1.7\n" + jpeg(), "not a JPEG or PNG"),
    "a zip archive": (b"PK\x03\x04" + bytes(100), "not a JPEG or PNG"),
    "the first bytes of a JPEG": (jpeg()[:3], "not a JPEG or PNG"),
    "half a JPEG": (jpeg()[: len(jpeg()) // 2], "damaged or incomplete"),
    "half a PNG": (png()[: len(png()) // 2], "damaged or incomplete"),
    "a JPEG of noise": (jpeg()[:200] + bytes(range(256)) * 8, "damaged or incomplete"),
    "20,000 by 20,000 pixels": (png_header(20_000, 20_000), "more than 25 million pixels"),
    "10,000 by 10,000 pixels": (png_header(10_000, 10_000), "more than 25 million pixels"),
    "one row too many": (png_header(5_000, 5_001), "more than 25 million pixels"),
    "a moving picture": (png(frames=3), "moves"),
    "colours for print": (jpeg(mode="CMYK"), "RGB"),
    "sixteen bits of grey": (png(mode="I;16"), "RGB"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_photograph_is_refused_in_both_languages_and_not_stored(
    tmp_path: Path, name: str
) -> None:
    data, said = BAD[name]
    with pytest.raises(FileRefused) as refusal:
        store(tmp_path, data, item=PHOTO)
    assert said in refusal.value.message.en
    assert refusal.value.message.zh.endswith("。")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_too_large_is_refused_by_its_header_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def decode(_image: Image.Image) -> None:
        raise AssertionError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(FileRefused, match="million pixels"):
        read_photograph(png_header(20_000, 20_000), item=PHOTO)
    assert MAX_PIXELS < 20_000 * 20_000


def test_a_png_whose_comment_is_a_bomb_is_refused() -> None:
    bomb = b"Comment\x00\x00" + zlib.compress(bytes(80_000_000))
    chunk = struct.pack(">I", len(bomb)) + b"zTXt" + bomb
    chunk += struct.pack(">I", zlib.crc32(b"zTXt" + bomb))
    head, body = png()[:33], png()[33:]
    with pytest.raises(FileRefused, match="damaged"):
        read_photograph(head + chunk + body, item=PHOTO)


def test_a_picture_of_endless_scans_is_refused() -> None:
    with pytest.raises(FileRefused, match="damaged"):
        read_photograph(jpeg() + b"\xff\xda" * 200, item=PHOTO)


@pytest.mark.parametrize("make", [jpeg, png])
def test_nothing_but_the_picture_is_kept(tmp_path: Path, make: object) -> None:
    assert callable(make)
    sent = make(secrets=True) + b"<script>alert('behind the picture')</script>"
    for secret in SECRETS:
        assert secret in sent
    name = store(tmp_path, sent, item=PHOTO).name
    kept = read_file(tmp_path, name)
    thumbnail = read_file(tmp_path, name, thumbnail=True)
    assert kept is not None
    assert thumbnail is not None
    for found in (kept, thumbnail):
        assert not any(secret in found for secret in (*SECRETS, b"script", b"Exif", b"ICC"))
        with Image.open(io.BytesIO(found)) as image:
            image.load()
            assert dict(image.getexif()) == {}
            assert {"comment", "icc_profile", "exif", "xmp"}.isdisjoint(image.info)


def test_the_name_is_the_digest_of_what_is_kept_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    name = store(tmp_path, jpeg(secrets=True), item=PHOTO).name
    kept = tmp_path / FOLDER / name
    assert name == f"{hashlib.sha256(kept.read_bytes()).hexdigest()}.jpg"
    assert PHOTO.read(name) == name
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).iterdir()} == {0o600}
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


def test_the_type_is_told_by_the_content(tmp_path: Path) -> None:
    assert store(tmp_path, jpeg(), item=PHOTO).name.endswith(".jpg")
    assert store(tmp_path, png(), item=PHOTO).name.endswith(".png")
    only_png = File(code="X", label=PHOTO.label, types=("image/png",))
    with pytest.raises(FileRefused, match="not a JPEG or PNG"):
        store(tmp_path, jpeg(), item=only_png)


def test_a_picture_taken_sideways_is_kept_upright() -> None:
    photograph = read_photograph(jpeg(size=(400, 300), orientation=6), item=PHOTO)
    with Image.open(io.BytesIO(photograph.content)) as image:
        assert image.size == (300, 400)


def test_colours_of_a_camera_s_own_kind_are_kept_as_they_look() -> None:
    common = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # A camera whose first channel is blue and whose third is red.
    own = common.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    for profile, red in ((common, True), (own, False)):
        photograph = read_photograph(jpeg(profile=profile), item=PHOTO)
        with Image.open(io.BytesIO(photograph.content)) as image:
            pixel = image.getpixel((20, 20))
        assert isinstance(pixel, tuple)
        assert (pixel[0] > pixel[2]) is red


def test_colours_said_to_be_of_no_known_kind_are_taken_as_common() -> None:
    plain = read_photograph(jpeg(), item=PHOTO)
    assert read_photograph(jpeg(profile=b"no profile at all"), item=PHOTO).name == plain.name


def test_a_thumbnail_is_small_and_a_transparent_one_is_white() -> None:
    photograph = read_photograph(png(mode="RGBA", size=(1200, 900)), item=PHOTO)
    with Image.open(io.BytesIO(photograph.thumbnail)) as image:
        assert image.size == (THUMBNAIL_PIXELS, 240)
        assert image.format == "JPEG"
        assert image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_ordinary_kind_of_png_is_taken(mode: str) -> None:
    photograph = read_photograph(png(mode=mode), item=PHOTO)
    with Image.open(io.BytesIO(photograph.content)) as image:
        assert image.size == (64, 48)


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd", "a.jpg", f"{'0' * 64}.jpg", f"{'0' * 64}.exe", "x" * 5000]
)
def test_a_name_that_nothing_was_stored_under_finds_nothing(tmp_path: Path, name: str) -> None:
    assert read_file(tmp_path, name) is None


def test_a_file_that_was_altered_on_the_disk_is_not_shown(tmp_path: Path) -> None:
    name = store(tmp_path, jpeg(), item=PHOTO).name
    path = tmp_path / FOLDER / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(FileRefused, match="no longer what was recorded"):
        read_file(tmp_path, name)


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store(tmp_path, jpeg(), item=PHOTO)
    assert list((tmp_path / FOLDER).iterdir()) == []
