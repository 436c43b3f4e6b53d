"""Texts that people typed: cleaned, compared, and isolated among other words; numbers as the language writes them."""

import re
import unicodedata

from django.utils.formats import number_format
from django.utils.translation import get_language

#: Invisible letters, and marks that change the direction of writing: removed. Joiners stay: some scripts and emojis
#: need them. Postgres can't store the first, NUL.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
_JOINERS = "\u200c\u200d"
_NO_BREAK_SPACE = "\u00a0"
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
#: Classes of letters that are written from right to left, and of marks of direction (Unicode Annex 9).
_TURNS = frozenset({"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"})


def clean(text: str) -> str:
    """Return a line as it is stored: composed (NFC), without invisible letters, with one space between words."""
    seen = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(seen.split()).strip(_JOINERS)


def reading(text: str) -> str:
    """Return a key that is equal for texts that read the same, whatever their case."""
    without_joiners = clean(text).translate(dict.fromkeys(map(ord, _JOINERS)))
    return unicodedata.normalize("NFC", without_joiners.casefold())


def whole_number(text: str, most: int = 2**63 - 1) -> int | None:
    """Return the number that a text of ASCII digits stands for, from 0 to `most`; None for any other text.

    Python's own `int` also takes signs, spaces, underscores and the digits of all scripts, of any length. By
    default `most` is the greatest id that Postgres can hold (bigint).
    """
    is_short_enough = len(text) <= len(str(most))
    number = int(text) if is_short_enough and text.isascii() and text.isdigit() else None
    return number if number is not None and number <= most else None


def isolated(text: str) -> str:
    """Return a text that can't change the direction of its neighbours, for places without markup (Unicode Annex 9)."""
    if not any(unicodedata.bidirectional(letter) in _TURNS for letter in text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def spaced(number: int) -> str:
    """Return a whole number with grouped digits: 12,345 in English, else 12 345 with a space that does not break.

    static/snapshot.js has the same, and `percent` too.
    """
    return number_format(number, force_grouping=True)


def decimal(number: float) -> str:
    """Return a number with one digit behind the point, rounded: Django's own cuts off, and 1.7999 would be 1.7."""
    return number_format(round(number, 1), 1)


def percent(number: int) -> str:
    """Return 67% in English, else 67 % with a space that does not break."""
    is_english = (get_language() or "en").startswith("en")
    return f"{number}%" if is_english else f"{number}{_NO_BREAK_SPACE}%"
