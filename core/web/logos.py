"""The logo of a site: a small picture beside its name, chosen by its operator."""

import hashlib
import re
import struct
from dataclasses import dataclass
from pathlib import Path

#: Bytes of a logo at most: each phone loads it.
MOST_BYTES = 100_000
#: Pixels of a PNG's side.
SIDES = range(16, 2049)
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg[\s>]", re.DOTALL)


class BadLogoError(ValueError):
    """The file can't be a logo; the text says why, and what is legal."""


@dataclass(frozen=True)
class Logo:
    """A picture, ready to be sent."""

    content: bytes
    content_type: str
    #: Width and height as a web manifest has them.
    sizes: str

    @property
    def version(self) -> str:
        """A hash of its content."""
        return hashlib.sha256(self.content).hexdigest()[:12]


def read(path: Path) -> Logo:
    """Read a logo. Raises BadLogoError."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadLogoError(f"{path} can't be read ({error.strerror}).") from None
    if len(content) > MOST_BYTES:
        raise BadLogoError(f"It is too large: it may have {MOST_BYTES:,} bytes at most.")
    if content.startswith(_PNG) and len(content) > len(_PNG) + 16:
        return Logo(content, "image/png", _png_sizes(content))
    if _SVG.match(content):
        return Logo(content, "image/svg+xml", "any")
    raise BadLogoError("It is neither an SVG nor a PNG.")


def _png_sizes(content: bytes) -> str:
    width, height = struct.unpack(">II", content[16:24])
    if width not in SIDES or height not in SIDES:
        raise BadLogoError(f"It has {width} x {height} pixels: it may have {SIDES[0]} to {SIDES[-1]} a side.")
    return f"{width}x{height}"
