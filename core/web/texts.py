"""Texts that people have typed: what is kept of them, which read the same, and how they stand among other words."""

import re
import unicodedata

from django.utils.formats import number_format
from django.utils.translation import get_language

#: Letters that nobody sees, and marks that turn the direction of what follows: never kept. (Joiners are: some scripts
#: and emojis are written with them.)
_INVISIBLE = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
_JOINERS = "\u200c\u200d"
_NO_BREAK_SPACE = "\u00a0"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
#: Classes of letters that are written from right to left, and of marks of direction (Unicode Annex 9).
_TURNS = frozenset({"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"})


def clean(text: str) -> str:
    """Return a line as it is kept: composed (NFC), without what nobody sees, with one space between words."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(seen.split()).strip(_JOINERS)


def reading(text: str) -> str:
    """Return the same for all texts that read the same, whatever their case."""
    without_joiners = clean(text).translate(dict.fromkeys(map(ord, _JOINERS)))
    return unicodedata.normalize("NFC", without_joiners.casefold())


def whole_number(text: str, most: int = 2**63 - 1) -> int | None:
    """Return the number that a text of ASCII digits stands for, from 0 to `most`; None for any other text.

    Python's own `int` also takes signs, spaces, underscores and the digits of all scripts, in any number of them. By
    default `most` is the greatest id that Postgres can hold (bigint).
    """
    is_short_enough = len(text) <= len(str(most))
    number = int(text) if is_short_enough and text.isascii() and text.isdigit() else None
    return number if number is not None and number <= most else None


def isolated(text: str) -> str:
    """Return a text that turns no word around it, where there is no markup to keep it apart (Unicode Annex 9, FSI)."""
    if not any(unicodedata.bidirectional(letter) in _TURNS for letter in text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def spaced(number: int) -> str:
    """Return a whole number as its language groups the digits: 12,345 in English, else 12 345 with a space that holds.

    static/snapshot.js has the same, and `percent` too.
    """
    grouped = f"{number:,}"
    return grouped if _is_english() else grouped.replace(",", _NO_BREAK_SPACE)


def decimal(number: float) -> str:
    """Return a number with one digit behind the point, rounded: Django's own cuts off, and 1.7999 would be 1.7."""
    return number_format(round(number, 1), 1)


def percent(number: int) -> str:
    """Return 67% in English, else 67 % with a space that doesn't break."""
    return f"{number}%" if _is_english() else f"{number}{_NO_BREAK_SPACE}%"


def _is_english() -> bool:
    return (get_language() or "en").startswith("en")
