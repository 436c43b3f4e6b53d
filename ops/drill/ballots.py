"""Ballots that voters of a drill hand in, whatever the kind of the poll takes."""

from random import Random

from ops.drill.stored import Ballot, Poll

#: Ballots to guess for each that is asked for: some kinds take few that there can be.
_GUESSES = 200


def different(poll: Poll, number: int, rng: Random) -> list[Ballot]:
    """Return so many different ballots that the poll takes; fewer where it has no more of them."""
    found: dict[Ballot, None] = {}
    for _ in range(number * _GUESSES):
        if len(found) == number:
            break
        guess = _guess(poll, rng)
        if not poll.kind.fault(guess, frozenset(poll.choices)):
            found[guess] = None
    return list(found)


def _guess(poll: Poll, rng: Random) -> Ballot:
    """Return some choices in any order, or a number, which is what an estimate takes."""
    picked = rng.sample(poll.choices, rng.randint(1, min(poll.most, len(poll.choices))))
    return rng.choice([tuple(picked), (rng.randrange(10 * len(poll.choices) + 10),)])
