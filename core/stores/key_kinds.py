"""Descriptions of the keys in Redis, given by the modules that own them, for the Redis inspector."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyKind:
    """A kind of keys."""

    #: As docs/architecture.md writes it, with capital letters for the parts that vary: `votes:P:box:N`.
    name: str
    #: A regular expression that all keys of the kind match as a whole, and no others.
    pattern: str
    #: A sentence on what they hold, translated when it is shown.
    holds: Any
