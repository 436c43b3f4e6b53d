"""Crockford's base 32, for what people read out and type: no I, L, O, U."""

from functools import reduce

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def written(number: int, length: int) -> str:
    """Return the last 5 * length bits of a number in so many letters and digits."""
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5))


def read(letters: str, length: int) -> int | None:
    """Return the number; None for what is not written in so many letters and digits of the alphabet."""
    if len(letters) != length or not set(letters) <= set(ALPHABET):
        return None
    return reduce(lambda number, letter: number << 5 | ALPHABET.index(letter), letters, 0)
