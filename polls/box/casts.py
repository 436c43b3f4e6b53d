"""A cast: one press of the button, as it travels from the web service to the tally."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import uuid_utils

from core.web import base32

#: Longest cast that is looked at, in bytes. A web service writes some 150, and 8 more for each further choice.
MAX_PAYLOAD_BYTES = 16 * 1024
#: Letters of a network's name.
NETWORK_LENGTH = 8
#: A cast that comes so long after its press was kept by its page, in milliseconds.
KEPT_MS = 10_000
#: The cast id of a ballot that only keeps the place of a revoked code: smaller than any.
NO_CAST = UUID(int=0)
_RECEIPT_LETTERS = 6
#: Letters that are typed for digits, as Crockford has it.
_MISREAD = str.maketrans("OIL", "011")
_encode = json.JSONEncoder(separators=(",", ":")).encode


class BadCastError(ValueError):
    """A queued cast that can't be counted; the text says why."""


@dataclass(frozen=True, slots=True)
class Cast:
    """A voter's selections, the moment of the press, and the round of the poll."""

    #: UUIDv7. Of two casts of one voter the greater counts, on whichever path and in whichever order they come; where
    #: votes can't be changed the one that is counted first.
    cast_id: UUID
    voter_key: UUID
    #: Ids of choices, in the order in which they were picked; none where a voter takes the vote back.
    selections: tuple[int, ...]
    round: int
    #: Set where somebody follows this vote on its way (core.telemetry.tracing).
    follow: str | None = None
    #: Where it came from, as polls.voting.networks calls it; empty where nobody said.
    network: str = ""

    def dump(self) -> str:
        """As it stands in the ballot box."""
        fields = {
            "cast_id": str(self.cast_id),
            "voter_key": str(self.voter_key),
            "selections": self.selections,
            "round": self.round,
        }
        if self.follow is not None:
            fields["follow"] = self.follow
        if self.network:
            fields["network"] = self.network
        return _encode(fields)

    @classmethod
    def load(cls, payload: bytes) -> "Cast":
        """Read what `dump` wrote. Raises BadCastError for anything else."""
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise BadCastError(f"it has {len(payload)} bytes; {MAX_PAYLOAD_BYTES} are allowed")
        try:
            data = json.loads(payload)
            cast = cls(
                UUID(data["cast_id"]),
                UUID(data["voter_key"]),
                tuple(data["selections"]),
                data["round"],
                network=str(data.get("network", ""))[:NETWORK_LENGTH],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadCastError(f"it can't be read: {error!r}") from error
        if not all(type(number) is int for number in (*cast.selections, cast.round)):
            raise BadCastError("its selections and its round have to be whole numbers")
        return cast


class Entry(NamedTuple):
    """A cast as it stands in a ballot box, with its position."""

    position: str
    payload: bytes


def new_cast_id(pressed_at_ms: int | None = None, after: UUID | None = None) -> UUID:
    """A cast id for the moment of the press (milliseconds since 1970; now, when None).

    Never later than now, and always greater than `after`, the voter's last one: a web service whose clock is behind
    that of the last one still gives the newer choice the greater id. The random bits are fresh, so that ids join
    nothing.
    """
    now_ms = time.time_ns() // 1_000_000
    moment = now_ms if pressed_at_ms is None else min(pressed_at_ms, now_ms)
    if after is not None:
        moment = max(moment, milliseconds(after) + 1)
    return UUID(bytes=uuid_utils.uuid7(nanoseconds=moment * 1_000_000).bytes)


def milliseconds(cast_id: UUID) -> int:
    """When it was stamped, in milliseconds since 1970: the first 48 bits of a UUIDv7 (RFC 9562, 5.7)."""
    return cast_id.int >> 80


def pressed_ms(entry: Entry) -> int | None:
    """When a queued cast was pressed, in milliseconds since 1970; None for one that can't be read.

    One that its page had kept, as for want of a network, is taken for pressed when it came: nobody here let it wait.
    """
    try:
        pressed = milliseconds(Cast.load(entry.payload).cast_id)
    except BadCastError:
        return None
    came, _ = position_key(entry.position)
    return pressed if came - pressed < KEPT_MS else came


def receipt_code(cast_id: UUID) -> str:
    """Six characters to keep, like `7K4-Q2M`: the last 30 of the id's random bits in Crockford's base 32."""
    return code_of_number(cast_id.int)


def code_of_number(number: int) -> str:
    """Return the code of the last 30 bits of a number."""
    code = base32.written(number, _RECEIPT_LETTERS)
    return f"{code[:3]}-{code[3:]}"


def receipt_number(text: str) -> int | None:
    """Return the number that a receipt's code stands for, as people type it; None for what is no code."""
    kept = text.upper().replace("-", "").replace(" ", "").translate(_MISREAD)
    return base32.read(kept, _RECEIPT_LETTERS)


def newest(casts: Sequence[Cast]) -> dict[UUID, Cast]:
    """The newest cast of each voter, by cast id."""
    found: dict[UUID, Cast] = {}
    for cast in casts:
        present = found.get(cast.voter_key)
        if present is None or cast.cast_id > present.cast_id:
            found[cast.voter_key] = cast
    return found


def first(casts: Sequence[Cast]) -> dict[UUID, Cast]:
    """The first cast of each voter, in the order given."""
    found: dict[UUID, Cast] = {}
    for cast in casts:
        found.setdefault(cast.voter_key, cast)
    return found


def position_key(position: str) -> tuple[int, int]:
    """A position to compare by: stream ids are numbers, and as text 9-0 would follow 10-0."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence)
