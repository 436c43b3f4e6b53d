"""Pictures that people send: read with Pillow, made small, and written anew without whatever else was in the file."""

import io
from threading import Lock
from typing import TYPE_CHECKING

from django.utils.translation import gettext

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of a file at most: a phone's photo has some 4 MB.
MOST_BYTES = 5 * 1024 * 1024
#: Pixels of a picture at most: a phone's photo has 12 million or 24 million. Decoded, each takes four bytes.
MOST_PIXELS = 25_000_000
#: Bytes of what is kept (a phone loads one for each choice that it shows), and how it gets there: pixels of the longer
#: side and quality (WebP), the best first.
KEPT_BYTES = 20_000
TRIES = ((400, 75), (400, 45), (320, 35), (240, 25))
#: Pixels of the longer side of what is kept, at most.
SIDE = TRIES[0][0]

_FORMATS = ("PNG", "JPEG", "WEBP")
#: A large picture takes a hundred megabytes for half a second: one at a time in each process.
_one_at_a_time = Lock()


class BadPictureError(ValueError):
    """The file is no picture that is taken; the text is for who has sent it."""


def shrink(content: bytes) -> bytes:
    """Return a picture as it is kept: WebP, SIDE pixels at most, upright, the first frame. Raises BadPictureError.

    Nothing of the file but its pixels comes through: no place, no camera, no comment, nothing that hides behind it.
    """
    if len(content) > MOST_BYTES:
        text = gettext("This picture is too large. The limit is {most} MB.")
        raise BadPictureError(text.format(most=MOST_BYTES // 1024**2))
    with _one_at_a_time:
        return _written(_read(content))


def _read(content: bytes) -> "Image":
    # Only who sends pictures pays for it: a process that has loaded it is some megabytes larger.
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # it would warn, and decode; ours is asked before anything is decoded
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
    except Exception as error:
        raise BadPictureError(gettext("Use a PNG, JPEG or WebP picture.")) from error
    if picture.width * picture.height > MOST_PIXELS:
        text = gettext("This picture has too many pixels. The limit is {most} million.")
        raise BadPictureError(text.format(most=MOST_PIXELS // 10**6))
    try:
        picture.draft("RGB", (SIDE, SIDE))  # JPEG: decoded at about the size that is needed
        picture = ImageOps.exif_transpose(picture)
        is_see_through = picture.has_transparency_data
        return picture.convert("RGBA" if is_see_through else "RGB")
    except Exception as error:  # whatever a decoder meets in bytes of a stranger
        raise BadPictureError(gettext("This picture is damaged. Choose another.")) from error


def _written(picture: "Image") -> bytes:
    for side, quality in TRIES:
        file = io.BytesIO()
        picture.thumbnail((side, side))
        # Given nothing, Pillow would write the old file's own.
        picture.save(file, "WEBP", quality=quality, method=4, exif=b"", icc_profile=b"", xmp=b"")
        if file.tell() <= KEPT_BYTES:
            break
    return file.getvalue()
