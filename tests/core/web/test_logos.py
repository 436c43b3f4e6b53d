"""The file that may be a site's logo."""

import struct
from pathlib import Path

import pytest

from core.web import logos

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'


def png(width: int, height: int) -> bytes:
    """Return the head of a PNG: more is not looked at."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\x00\x00\x00"


@pytest.mark.parametrize(
    ("content", "content_type", "sizes"),
    [
        (SVG, "image/svg+xml", "any"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by us -->\n' + SVG, "image/svg+xml", "any"),
        (png(512, 256), "image/png", "512x256"),
    ],
)
def test_svg_and_png_are_told_by_their_content(tmp_path: Path, content: bytes, content_type: str, sizes: str) -> None:
    (tmp_path / "logo").write_bytes(content)
    logo = logos.read(tmp_path / "logo")
    assert (logo.content, logo.content_type, logo.sizes) == (content, content_type, sizes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read (No such file or directory)."),
        (b"", "It is neither an SVG nor a PNG."),
        (b"GIF89a" + bytes(20), "It is neither an SVG nor a PNG."),
        (b"<html><svg></svg></html>", "It is neither an SVG nor a PNG."),
        (b"\x89PNG\r\n\x1a\n", "It is neither an SVG nor a PNG."),
        (png(8, 512), "It has 8 x 512 pixels: it may have 16 to 2048 a side."),
        (png(512, 4000), "It has 512 x 4000 pixels: it may have 16 to 2048 a side."),
        (SVG + b" " * logos.MOST_BYTES, "It is too large: it may have 100,000 bytes at most."),
    ],
)
def test_what_is_no_logo_is_refused_in_a_sentence(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "logo").write_bytes(content)
    with pytest.raises(logos.BadLogoError) as error:
        logos.read(tmp_path / "logo")
    assert str(error.value).endswith(said)


def test_another_picture_has_another_version() -> None:
    assert logos.Logo(SVG, "image/svg+xml", "any").version != logos.Logo(SVG + b" ", "image/svg+xml", "any").version
