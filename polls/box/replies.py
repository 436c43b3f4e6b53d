"""The replies of cast.lua, which appends a cast to a ballot box or says why not."""

from dataclasses import dataclass
from typing import Any

from core.stores.redis import NoAnswerError


@dataclass(frozen=True, slots=True)
class Received:
    """The cast is in the box at `position`; whoever gets `ring` has to wake the tally."""

    position: str
    ring: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """The box takes no more casts."""


@dataclass(frozen=True, slots=True)
class NoBox:
    """Redis has no box of this number, or a newer one."""


@dataclass(frozen=True, slots=True)
class NewerDefinition:
    """The cast was checked against an old definition; `text` is the one of the box."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Voted:
    """The voter has a vote in this box, at `position`, and votes can't be changed; `payload` is that cast."""

    position: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Limited:
    """The address has cast enough for now; in `seconds` it may again."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Crowded:
    """The poll takes no more new voters of this network for now; in `seconds` it does again."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Slowed:
    """The poll asks new voters of this network for some work first: within an hour it has had so many `voters`."""

    voters: int


Refusal = Sealed | NoBox | NewerDefinition | Limited | Crowded | Slowed
Reply = Received | Voted | Refusal


def read(reply: list[Any]) -> Reply:
    """Return a reply as one of these classes. Raises NoAnswerError for any other."""
    match reply:
        case [b"received", position, ring]:
            return Received(position.decode(), bool(ring))
        case [b"voted", first]:
            position, _, payload = first.partition(b" ")
            return Voted(position.decode(), payload)
        case [b"sealed"]:
            return Sealed()
        case [b"definition", text]:
            return NewerDefinition(text)
        case [b"limited", seconds]:
            return Limited(max(1, seconds))
        case [b"crowded", seconds]:
            return Crowded(max(1, seconds))
        case [b"slowed", voters]:
            return Slowed(voters)
        case [b"no_box"]:
            return NoBox()
    raise NoAnswerError(f"cast.lua said {reply!r}")
