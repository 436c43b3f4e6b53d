"""QR codes (ISO/IEC 18004) of addresses, for pages, files and paper."""

from functools import lru_cache
from io import BytesIO
from math import ceil

import segno
from django.utils.safestring import SafeString, mark_safe

#: Modules of quiet around a code that the standard asks for.
QUIET_ZONE = 4
#: Pixels of a picture's side, at least: sharp on a slide, and in print 9 cm wide at 300 dots an inch.
PNG_SIDE = 1024
#: Millimetres of a drawing's side, where nothing else says how large it is.
SVG_SIDE = 100


@lru_cache(maxsize=256)
def inline(address: str, quiet_zone: int = 0) -> SafeString:
    """Return an SVG element for a page, which has to leave a margin if the quiet zone is left out."""
    drawn = _code(address).svg_inline(border=quiet_zone, omitsize=True, svgclass="code")
    return mark_safe(drawn)  # noqa: S308 - shapes made of numbers


def data_uri(address: str) -> str:
    """Return a data URL for an `img`: an SVG, black on white."""
    return str(_code(address).svg_data_uri(border=QUIET_ZONE, scale=4, light="#fff", dark="#000"))


def svg(address: str) -> bytes:
    """Return an SVG file, black on white."""
    code, file = _code(address), BytesIO()
    side, _ = code.symbol_size(border=QUIET_ZONE)
    code.save(file, kind="svg", border=QUIET_ZONE, scale=SVG_SIDE / side, unit="mm", light="#fff", title=address)
    return file.getvalue()


def png(address: str) -> bytes:
    """Return a PNG file, black on white."""
    code, file = _code(address), BytesIO()
    side, _ = code.symbol_size(border=QUIET_ZONE)
    code.save(file, kind="png", border=QUIET_ZONE, scale=ceil(PNG_SIDE / side))
    return file.getvalue()


def _code(address: str) -> segno.QRCode:
    return segno.make(address, micro=False)
