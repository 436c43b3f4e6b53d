"""Pictures that people send: what is taken, and what is left of it."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image

from core.web import pictures
from core.web.pictures import KEPT_BYTES, MOST_BYTES, SIDE, BadPictureError, shrink


def file(form: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture of one colour."""
    content = io.BytesIO()
    Image.new(mode, size, options.pop("colour", 0)).save(content, form, **options)
    return content.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """Return a picture that nothing makes small."""
    content = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(content, "JPEG")
    return content.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def photo() -> bytes:
    """A photo that was taken upright, with what a phone writes beside it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turned by a quarter
    exif[0x010F] = "Secret Phone"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}  # GPS
    return file("JPEG", (40, 30), exif=exif, comment=b"Secret note")


KINDS = {"PNG": ("RGB", "P", "L", "1", "I;16", "RGBA", "LA"), "JPEG": ("RGB", "L", "CMYK"), "WEBP": ("RGB", "RGBA")}


@pytest.mark.parametrize(("form", "mode"), [(form, mode) for form, modes in KINDS.items() for mode in modes])
def test_each_kind_becomes_a_webp_of_its_size(form: str, mode: str) -> None:
    made = opened(shrink(file(form, mode=mode)))
    assert (made.format, made.size) == ("WEBP", (40, 30))


def test_a_large_one_is_made_small_and_keeps_its_shape() -> None:
    assert opened(shrink(file(size=(4000, 3000)))).size == (SIDE, SIDE * 3 // 4)
    assert opened(shrink(file("JPEG", (300, 3000)))).size == (SIDE // 10, SIDE)


def test_what_is_kept_is_small_whatever_is_on_it() -> None:
    assert len(shrink(noise((1500, 1500)))) <= KEPT_BYTES


def test_what_shows_through_still_does() -> None:
    made = opened(shrink(file(mode="RGBA", colour=(255, 0, 0, 0))))
    assert made.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]


def test_nothing_but_its_pixels_is_kept_and_it_stands_upright() -> None:
    sent = photo()
    assert b"Secret" in sent
    made = shrink(sent)
    picture = opened(made)
    assert (picture.size, dict(picture.getexif()), b"Secret" in made) == ((30, 40), {}, False)
    assert {"exif", "xmp", "icc_profile", "comment"} & set(picture.info) == set()


def test_what_hides_behind_it_does_not_come_through() -> None:
    assert b"<script>" not in shrink(file() + b"<script>alert(1)</script>")


def test_of_one_that_moves_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    content = io.BytesIO()
    frames[0].save(content, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    made = opened(shrink(content.getvalue()))
    red, _, blue = made.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert (getattr(made, "n_frames", 1), red > 200, blue < 50) == (1, True, True)


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few bytes whose header says that it has billions of pixels."""
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    body = b"IDAT" + zlib.compress(bytes(1000))
    parts = [
        (len(part) - 4).to_bytes(4, "big") + part + zlib.crc32(part).to_bytes(4, "big")
        for part in (head, body, b"IEND")
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Use a PNG, JPEG or WebP picture."),
        (b"\x89PNG\r\n\x1a\n", "Use a PNG, JPEG or WebP picture."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Use a PNG, JPEG or WebP picture."),
        (b"%PDF-1.7", "Use a PNG, JPEG or WebP picture."),
        (file("GIF"), "Use a PNG, JPEG or WebP picture."),
        (file("BMP"), "Use a PNG, JPEG or WebP picture."),
        (file("TIFF"), "Use a PNG, JPEG or WebP picture."),
        (noise((200, 200))[:2000], "This picture is damaged. Choose another."),
        (bomb(), "This picture has too many pixels. The limit is 25 million."),
        (bytes(MOST_BYTES + 1), "This picture is too large. The limit is 5 MB."),
    ],
)
def test_all_else_is_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(BadPictureError) as refusal:
        shrink(content)
    assert str(refusal.value) == said


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 40 * 30 - 1)
    with pytest.raises(BadPictureError, match="pixels"):
        shrink(file())
