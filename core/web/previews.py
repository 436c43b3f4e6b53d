"""The picture beside a link to a page of ours, in programs that show one: a title, a note, and rows of choices."""

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from core.web import drawn_texts

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

#: Pixels, as such programs want them.
WIDTH, HEIGHT = 1200, 630
_EDGE = 72
_INNER = WIDTH - 2 * _EDGE
#: Sizes of a title and its lines at most, the largest first.
_TITLES: Final = ((84, 2), (64, 3), (50, 4))
_NAME, _NOTE, _LABEL, _NUMBER_ROOM = 30, 34, 32, 150
_ROW, _BAR = 66, 14
#: Rows at most; half as many below a title of more letters.
MOST_ROWS: Final = 4
_LONG_TITLE = 90
#: Where nothing else stands: the height of two halves, and where they meet.
_HALVES, _SEAM = 120, 710
_PAPER, _INK, _QUIET, _TRACK = "#fafbf9", "#10201f", "#4f5d5b", "#e3e8e6"
#: The palette of the light theme (static/votingsite.css).
PALETTE: Final = (
    *("#0a6261", "#f4a200", "#56204a", "#6eb0e4", "#bb4507"),
    *("#a7c27e", "#38417d", "#c198a1", "#684023", "#778380"),
)
_FONT = Path(str(files("font_source_sans_pro"))) / "files" / "SourceSansPro-Bold.ttf"
#: One takes some ten megabytes for a moment.
_one_at_a_time = Lock()


@dataclass(frozen=True)
class Row:
    """A choice. `share` is the length of its bar, in per cent, and `number` what it says; None and empty: hidden."""

    text: str
    palette: int
    share: float | None = None
    number: str = ""


@dataclass(frozen=True)
class Preview:
    """The texts of a picture. Those in scripts that the font lacks are left out: the link itself says them."""

    site: str
    title: str
    note: str
    rows: tuple[Row, ...] = ()


@lru_cache(maxsize=64)
def png(preview: Preview) -> bytes:
    """Return the picture. The newest ones are kept."""
    with _one_at_a_time:
        return _Canvas().draw(preview)


class _Canvas:
    def __init__(self) -> None:
        # Only who asks for a preview pays for it: a process that has loaded it is some megabytes larger.
        from PIL import Image, ImageDraw

        self.image: Any = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
        self.pen: Any = ImageDraw.Draw(self.image)

    def draw(self, preview: Preview) -> bytes:
        self._head(preview.site)
        rows = preview.rows[: MOST_ROWS if len(preview.title) <= _LONG_TITLE else MOST_ROWS // 2]
        if not rows:
            self._halves()
        top = HEIGHT - _EDGE - _ROW * len(rows)
        y = self._title(preview.title, 150, top)
        if preview.note and y + _NOTE * 1.4 < top:
            self._line(preview.note, _NOTE, y + 14, _QUIET)
        for place, row in enumerate(rows):
            self._row(row, top + _ROW * place)
        file = io.BytesIO()
        # A palette would halve the bytes, and takes three times as long.
        self.image.save(file, "PNG")
        return file.getvalue()

    def _head(self, site: str) -> None:
        for place in (0, 1):
            left = _EDGE + 20 * place
            self.pen.rectangle((left, _EDGE, left + 19, _EDGE + 39), fill=PALETTE[place])
        self._line(site, _NAME, _EDGE + 2, _INK, _EDGE + 60)

    def _halves(self) -> None:
        self.pen.rectangle((0, HEIGHT - _HALVES, _SEAM, HEIGHT), fill=PALETTE[0])
        self.pen.rectangle((_SEAM, HEIGHT - _HALVES, WIDTH, HEIGHT), fill=PALETTE[1])

    def _title(self, title: str, y: float, top: float) -> float:
        """Draw the title as large as its lines fit, and return where it ends."""
        for size, most in _TITLES:
            most = max(1, min(most, int((top - y) / (size * 1.15))))
            lines = drawn_texts.lines(title, size, _INNER, most + 1)
            if len(lines) <= most:
                break
        for line in drawn_texts.lines(title, size, _INNER, most):
            self._line(line, size, y, _INK)
            y += size * 1.15
        return y

    def _row(self, row: Row, y: float) -> None:
        room = _INNER - 44 - _NUMBER_ROOM
        self.pen.rectangle((_EDGE, y + 4, _EDGE + 23, y + 27), fill=PALETTE[row.palette])
        self._line(drawn_texts.lines(row.text, _LABEL, room, 1)[0], _LABEL, y - 4, _INK, _EDGE + 44)
        if row.share is None:
            return
        font = _font(_LABEL)
        self.pen.text((WIDTH - _EDGE, y - 4), row.number, font=font, fill=_INK, anchor="ra")
        bar = y + _LABEL + 8
        self.pen.rectangle((_EDGE, bar, WIDTH - _EDGE, bar + _BAR), fill=_TRACK)
        self.pen.rectangle((_EDGE, bar, _EDGE + _INNER * row.share / 100, bar + _BAR), fill=PALETTE[row.palette])

    def _line(self, text: str, size: int, y: float, fill: str, x: float = _EDGE) -> None:
        font = _font(size)
        if _can_draw(text):
            (line,) = drawn_texts.lines(text, size, WIDTH - _EDGE - x, 1)
            self.pen.text((x, y), line, font=font, fill=fill)


@lru_cache
def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(_FONT, size)


@lru_cache
def _lacks(character: str) -> bool:
    """Tell whether the font has no picture of a character but the one that stands for all such."""
    font = _font(_LABEL)
    shown, unknown = font.getmask(character), font.getmask("\uffff")
    return shown.size == unknown.size and bytes(shown) == bytes(unknown)


def _can_draw(text: str) -> bool:
    """Tell whether all letters are in the font, and stand one after another from the left as they come."""
    return not drawn_texts.turns(text) and not any(map(_lacks, set(text)))
