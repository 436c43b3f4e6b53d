"""Proof of work: what a poll that slows down asks of a browser before it takes the ballot of a new voter.

The browser looks for numbers whose SHA-256 begins with zeros (as hashcash does), in some equal pieces: so it takes
about the same time each time, and a bar can show how far it is. The server stores nothing: what it asks for is signed,
for one voter, round and network, and for a few minutes. So work that is done counts for one voter.
"""

import hashlib
from dataclasses import dataclass

from django.core import signing

from core.web.texts import whole_number

_SALT = "votingsite.work"
#: Pieces, and zero bits of each. 16 pieces of 14 bits are some 260,000 hashes: about a second of a phone.
PIECES = 16
LEAST_BITS, MOST_BITS = 14, 16
#: Seconds within which it has to be done.
GOOD_FOR_S = 300
#: Letters of an answer, at most: some 60, and 11 for each piece.
_LONGEST = 300
#: Numbers that are tried are smaller.
GREATEST = 2**32


@dataclass(frozen=True, slots=True)
class Asker:
    """The voter whose work it is, in a round of a poll, and the network."""

    poll_id: int
    round: int
    network: str
    voter: str

    @property
    def salt(self) -> str:
        """Return what the signature depends on."""
        return f"{_SALT}:{self.poll_id}:{self.round}:{self.network}:{self.voter}"


@dataclass(frozen=True, slots=True)
class Work:
    """The work of a browser: to find a number for each piece, so that its hash begins with so many zero bits."""

    challenge: str
    bits: int
    pieces: int = PIECES


def asked(asker: Asker, voters: int, slow_down_after: int) -> Work:
    """Return the work for a new voter of a network that has had so many; each doubling of them doubles it, at first."""
    doublings = (voters // slow_down_after).bit_length() - 1
    bits = max(LEAST_BITS, min(MOST_BITS, LEAST_BITS + doublings))
    return Work(signing.dumps(bits, salt=asker.salt), bits)


def is_done(answer: str, asker: Asker) -> bool:
    """Tell whether this is the answer to work that this asker was given: the challenge, and a number for each piece."""
    if not answer or len(answer) > _LONGEST:
        return False
    challenge, *texts = answer.split(" ")
    try:
        bits = signing.loads(challenge, salt=asker.salt, max_age=GOOD_FOR_S)
    except (signing.BadSignature, ValueError, UnicodeError):
        return False
    numbers = [whole_number(text) for text in texts]
    seed = hashlib.sha256(challenge.encode()).digest()
    return len(numbers) == PIECES and all(
        number is not None and number < GREATEST and zeros(seed, piece, number) >= bits
        for piece, number in enumerate(numbers)
    )


def zeros(seed: bytes, piece: int, number: int) -> int:
    """Return with how many zero bits, of the first 32, the hash of a number begins. static/work.js does the same."""
    hashed = hashlib.sha256(seed + bytes([piece]) + number.to_bytes(4, "big")).digest()
    return 32 - int.from_bytes(hashed[:4], "big").bit_length()
