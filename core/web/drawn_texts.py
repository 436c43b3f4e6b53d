"""Texts in pictures, whose lines no browser breaks: how wide they are about, where they break, which way they read."""

import re
import unicodedata
from typing import Final

#: What XML has no place for.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Widths of letters in Helvetica and its twins, bold, as a part of their size; of others as of most.
_NARROW, _USUAL, _CAPITAL, _WIDE, _FULL = 0.3, 0.58, 0.73, 0.92, 1.02
_WIDTHS = {**dict.fromkeys("ijlftr.,:;'|!()[] ", _NARROW), **dict.fromkeys("mwMW@%", _WIDE)}
#: Characters that belong to the one before: joiners, and selectors of how it looks.
_JOINED: Final = "\u200d\ufe0e\ufe0f"
_ELLIPSIS = "…"


def clean(text: str) -> str:
    """Return a text without the characters that XML can't hold."""
    return _NO_XML.sub("", text)


def is_rtl(text: str) -> bool:
    """Tell whether a text reads from the right, by its first letter that says so."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((direction != "L" for direction in strong if direction in ("L", "R", "AL")), False)


def turns(text: str) -> bool:
    """Tell whether any part of a text reads from the right."""
    return any(unicodedata.bidirectional(character) in ("R", "AL", "AN") for character in text)


def width(text: str, size: float) -> float:
    """Return about how wide a line is, rather too wide than too narrow."""
    return size * sum(map(_width, text))


def lines(text: str, size: float, room: float, most: int) -> list[str]:
    """Break a text into lines that fit, so many at most; the last one ends with an ellipsis if there is more."""
    found = [""]
    for word in clean(text).split():
        longer = f"{found[-1]} {word}".lstrip()
        if width(longer, size) <= room:
            found[-1] = longer
            continue
        pieces = _pieces(word, size, room)
        found = [*([] if found == [""] else found), *pieces]
        if len(found) > most:
            break
    if len(found) <= most:
        return found
    kept = found[:most]
    kept[-1] = _cut(kept[-1], size, room - width(_ELLIPSIS, size)) + _ELLIPSIS
    return kept


def _width(character: str) -> float:
    if character in _JOINED or unicodedata.combining(character):
        return 0
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    return _CAPITAL if character.isupper() else _USUAL


def _pieces(word: str, size: float, room: float) -> list[str]:
    """Break a word that is longer than a line, such as one of a script without spaces."""
    pieces = []
    while width(word, size) > room:
        piece = _cut(word, size, room) or _first(word)
        pieces.append(piece)
        word = word[len(piece) :]
    return [*pieces, word]


def _cut(text: str, size: float, room: float) -> str:
    """Return as much of a text as fits, with each character whole."""
    end = len(text)
    while end and width(text[:end], size) > room:
        end -= 1
    while 0 < end < len(text) and _goes_on(text, end):
        end -= 1
    return text[:end].rstrip()


def _first(word: str) -> str:
    end = 1
    while end < len(word) and _goes_on(word, end):
        end += 1
    return word[:end]


def _goes_on(text: str, at: int) -> bool:
    """Tell whether the character here belongs to the one before."""
    return text[at] in _JOINED or text[at - 1] == "\u200d" or bool(unicodedata.combining(text[at]))
