"""QR codes (ISO/IEC 18004) of addresses, for pages, files and paper."""

import re
from functools import lru_cache, reduce
from io import BytesIO
from math import ceil
from operator import xor

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


class Alike:
    """QR codes of many addresses that differ in their last letters alone, twenty times as fast as one by one.

    With one mask a QR code is a linear function of what it says: error correction (Reed-Solomon) and mask are sums
    without carry. So the code of an address is the sum of that of the first address and, for each bit that differs, of
    what that bit changes.
    """

    def __init__(self, before: str, length: int) -> None:
        """`before` is what all addresses begin with; `length` letters of ASCII follow."""
        self._before, self._length = before.encode(), length
        blank = bytes(length)
        self._blank, self.side = self._modules(blank)
        self._changes = [[self._change(blank, place, bit) for bit in range(8)] for place in range(length)]

    def inline(self, letters: str) -> SafeString:
        """Return an SVG element as `inline` does, with the quiet zone."""
        bits = f"{self.bits(letters):0{self.side**2}b}"
        rows = (bits[begin : begin + self.side] for begin in range(0, len(bits), self.side))
        lines = (
            f"M{run.start() + QUIET_ZONE} {y + QUIET_ZONE}.5h{run.end() - run.start()}"
            for y, row in enumerate(rows)
            for run in re.finditer("1+", row)
        )
        side = self.side + 2 * QUIET_ZONE
        return mark_safe(  # noqa: S308 - shapes made of numbers
            f'<svg viewBox="0 0 {side} {side}" class="code"><path class="qrline" d="{"".join(lines)}"/></svg>'
        )

    def bits(self, letters: str) -> int:
        """Return the modules, row by row, as bits: 1 is dark."""
        if len(letters) != self._length:
            raise ValueError(f"{self._length} letters are needed, not {len(letters)}")
        changes = zip(self._changes, letters.encode(), strict=True)
        return reduce(
            xor, (change[bit] for change, byte in changes for bit in range(8) if byte >> bit & 1), self._blank
        )

    def _change(self, blank: bytes, place: int, bit: int) -> int:
        letters = bytearray(blank)
        letters[place] = 1 << bit
        return self._modules(bytes(letters))[0] ^ self._blank

    def _modules(self, letters: bytes) -> tuple[int, int]:
        code = segno.make(self._before + letters, micro=False, mode="byte", mask=0, error="m", boost_error=False)
        rows = "".join("01"[module] for row in code.matrix for module in row)
        return int(rows, 2), len(code.matrix)
