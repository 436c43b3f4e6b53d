"""What the modules that know keys in Redis say of them, for people who look."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class KeyKind:
    """One kind of keys."""

    #: As docs/architecture.md writes it, with capital letters for what differs: `votes:P:box:N`.
    name: str
    #: A regular expression that all keys of the kind match as a whole, and no others.
    pattern: str
    #: What they hold: a sentence for people, to be translated when it is shown.
    holds: Any
