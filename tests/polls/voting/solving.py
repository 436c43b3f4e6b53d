"""The work that a poll that slows down asks for, done as a browser does it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from polls.voting import work


def solved(asked: Mapping[str, Any]) -> str:
    """Return what a browser sends as `work`."""
    seed = hashlib.sha256(asked["challenge"].encode()).digest()
    found = [_number(seed, piece, asked["bits"]) for piece in range(asked["pieces"])]
    return " ".join([asked["challenge"], *map(str, found)])


def _number(seed: bytes, piece: int, bits: int) -> int:
    start = hashlib.sha256(seed + bytes([piece]))
    limit = 1 << (256 - bits)
    for number in range(work.GREATEST):
        tried = start.copy()
        tried.update(number.to_bytes(4, "big"))
        if int.from_bytes(tried.digest(), "big") < limit:
            return number
    raise AssertionError("no number solves it")
