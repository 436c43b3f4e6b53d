"""Voting codes: 12 letters and digits that say which code of a poll or event it is, and that it is genuine.

Of the 60 bits 24 say the number of the code and its generation, and 36 are a keyed hash of them. The 24 are hidden
under the hash, as in a synthetic IV (RFC 5297), so codes of neighbouring numbers have nothing in common. Nothing is
stored: the key tells a code from a guess. Of 10,000 codes one guess in 10^14 hits one.
"""

import hmac
import unicodedata
from typing import NamedTuple

from core.web import base32
from polls.electorate.electorates import Electorate, KeyGoneError

LENGTH = 12
_GROUP = 4
#: What the alphabet lacks, and what it looks like.
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_HASH_BITS, _HELD_BITS, _GENERATION_BITS = 36, 24, 4
#: The greatest number of a code in one poll or event.
MOST = 2 ** (_HELD_BITS - _GENERATION_BITS) - 1
#: The greatest generation.
LAST_GENERATION = 2**_GENERATION_BITS - 1


class Code(NamedTuple):
    """A genuine code: its number, and how often it was replaced before."""

    number: int
    generation: int


def written(electorate: Electorate, code: Code) -> str:
    """Return the letters and digits of a code, without dashes. Raises KeyGoneError."""
    held = code.number << _GENERATION_BITS | code.generation
    check = _bits(electorate.key("code"), held, _HASH_BITS)
    bits = check << _HELD_BITS | (held ^ _bits(electorate.key("code-cover"), check, _HELD_BITS))
    return base32.written(bits, LENGTH)


def read(electorate: Electorate, text: str) -> Code | None:
    """Return the code that somebody has typed; None for a wrong one."""
    letters = plain(text)
    bits = base32.read(letters, LENGTH)
    if bits is None:
        return None
    check, covered = divmod(bits, 1 << _HELD_BITS)
    try:
        held = covered ^ _bits(electorate.key("code-cover"), check, _HELD_BITS)
        code = Code(held >> _GENERATION_BITS, held & LAST_GENERATION)
        genuine = written(electorate, code)
    except KeyGoneError:
        return None
    return code if hmac.compare_digest(genuine, letters) else None


def plain(text: str) -> str:
    """Return typed letters as the alphabet has them: capitals, without spaces and dashes, and O as 0."""
    letters = unicodedata.normalize("NFKC", text[:100]).upper()
    kept = (letter for letter in letters if unicodedata.category(letter)[0] not in "ZPC")
    return "".join(kept).translate(_READ_AS)


def grouped(letters: str) -> str:
    """Return a code as people read it: in groups of four."""
    return "-".join(letters[begin : begin + _GROUP] for begin in range(0, len(letters), _GROUP))


def _bits(key: bytes, number: int, bits: int) -> int:
    """Return so many bits of a keyed hash of a number."""
    whole = hmac.digest(key, number.to_bytes(8), "sha256")
    return int.from_bytes(whole[:8]) >> 64 - bits
