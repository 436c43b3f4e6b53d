"""Descriptions of the keys in Redis, given by the modules that own them, for the Redis inspector."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyKind:
    """A kind of keys."""

    #: As docs/architecture.md writes it, with capital letters for what differs: `votes:P:box:N`.
    name: str
    #: A regular expression that all keys of the kind match as a whole, and no others.
    pattern: str
    #: What they hold: a sentence for people, to be translated when it is shown.
    holds: Any
