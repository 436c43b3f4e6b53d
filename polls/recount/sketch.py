"""A sketch of a list of rows: sums in a few cells. The difference of two sketches names the rows that only one has.

It is an invertible Bloom lookup table (Goodrich and Mitzenmacher, "Invertible Bloom Lookup Tables", 2011). Its size is
the same for any number of rows, and it can name some fifty changed ones. It does not prove anything: that is what the
hash of the rows is for. static/recount.js has the same.
"""

import hashlib
from collections.abc import Sequence

#: Each row stands in one cell of each of three tables.
_CELLS_OF_A_TABLE = 64
CELLS = 3 * _CELLS_OF_A_TABLE
#: The places in a key, from the least bit: 64 bits of the SHA-256 of the row's line, the number of its receipt, 32 bits
#: that check both, and a count of one.
_RECEIPT, _CHECK, _COUNT = 64, 96, 128
_WORD = (1 << 32) - 1


def key_of(receipt: int, line: bytes) -> int:
    """Return the key of a row by its receipt's number and its line."""
    digest = int.from_bytes(hashlib.sha256(line).digest()[:8])
    return 1 << _COUNT | _check(receipt, digest) << _CHECK | receipt << _RECEIPT | digest


def _check(receipt: int, digest: int) -> int:
    """Return bits that sums of several rows do not have: a product is no sum."""
    return ((digest >> 32) * ((digest ^ receipt) & _WORD)) >> 16 & _WORD


def _is_one(key: int) -> bool:
    """Tell whether a number is the key of one row."""
    is_checked = key >> _CHECK & _WORD == _check(receipt_of(key), key & (1 << _RECEIPT) - 1)
    return key >> _COUNT == 1 and is_checked


def receipt_of(key: int) -> int:
    """Return the number of the receipt of the row that has this key."""
    return key >> _RECEIPT & _WORD


def _cells(key: int) -> tuple[int, int, int]:
    size = _CELLS_OF_A_TABLE
    return key % size, size + (key >> 16) % size, 2 * size + (key >> 32) % size  # bits of its digest


def empty() -> list[int]:
    """Return the sketch of no rows."""
    return [0] * CELLS


def add(sums: list[int], key: int) -> None:
    """Add a row to a sketch by its key."""
    for cell in _cells(key):
        sums[cell] += key


def difference(these: Sequence[int], others: Sequence[int]) -> tuple[list[int], list[int]] | None:
    """Return the keys that only the first sketch has, and those that only the second has; None if they are too many."""
    left = [one - other for one, other in zip(these, others, strict=True)]
    found: list[int] = []
    waiting = list(range(CELLS))
    while waiting and len(found) <= CELLS:  # a forged sketch may have no end
        cell = waiting.pop()
        key = abs(left[cell])
        if not _is_one(key) or cell not in _cells(key):
            continue  # empty, or several rows
        found.append(left[cell])
        value = left[cell]
        for place in _cells(key):
            left[place] -= value
            waiting.append(place)
    if any(left):
        return None
    return [key for key in found if key > 0], [-key for key in found if key < 0]
