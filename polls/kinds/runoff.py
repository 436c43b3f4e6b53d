"""Instant-runoff counting, and the Borda count, over distinct rankings. Pure functions.

The rules, with their sources, are in docs/counting.md. A ranking that many ballots give is looked at once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: A ranking, best first, and the number of ballots that give it. Each choice stands in it once.
Ranking = tuple[Sequence[int], int]


@dataclass(frozen=True, slots=True)
class Round:
    """A round: what each choice that is still in has, and what becomes of those that go out after it."""

    votes: dict[int, int]
    #: Ballots that name no choice that is still in.
    exhausted: int
    #: The choices that go out: more than one where they tie. None in the last round.
    out: tuple[int, ...] = ()
    #: The ballots of those that go out: from a choice, to a choice that is still in, or to None.
    moves: tuple[tuple[int, int | None, int], ...] = ()

    @property
    def continuing(self) -> int:
        """Return the ballots that count in this round."""
        return sum(self.votes.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rounds, and who is ahead after the last: one choice, several that tie, none without ballots."""

    rounds: tuple[Round, ...]
    winners: tuple[int, ...]


#: A ranking with the place in it that counts now.
_Pile = list[tuple[Sequence[int], int, int]]


def count(choices: Sequence[int], rankings: Iterable[Ranking]) -> Outcome:
    """Count until one choice has more than half of the ballots that count, or all that are left tie."""
    standing: dict[int, _Pile] = {choice: [] for choice in choices}
    exhausted = 0
    for ranking, ballots in rankings:
        place = _next(ranking, -1, standing)
        if place is not None:
            standing[ranking[place]].append((ranking, place, ballots))
    rounds: list[Round] = []
    while any(standing.values()):
        votes = {choice: sum(ballots for *_, ballots in pile) for choice, pile in standing.items()}
        rounds.append(Round(votes, exhausted))
        most = max(votes.values())
        if 2 * most > rounds[-1].continuing:
            return Outcome(tuple(rounds), tuple(choice for choice in votes if votes[choice] == most))
        out = _last(rounds)
        if len(out) == len(standing):
            return Outcome(tuple(rounds), out)
        moves = _move(standing, out)
        exhausted += sum(ballots for _, to, ballots in moves if to is None)
        rounds[-1] = Round(votes, rounds[-1].exhausted, out, moves)
    return Outcome((), ())


def _next(ranking: Sequence[int], place: int, standing: dict[int, _Pile]) -> int | None:
    """Return the next place whose choice is still in; None if there is none."""
    return next((later for later in range(place + 1, len(ranking)) if ranking[later] in standing), None)


def _last(rounds: Sequence[Round]) -> tuple[int, ...]:
    """Return the choices that go out: those with the fewest votes, and of these those with the fewest before.

    The latest round in which they differ decides; several are returned if they never differ.
    """
    last = list(rounds[-1].votes)
    for each in reversed(rounds):
        fewest = min(each.votes[choice] for choice in last)
        last = [choice for choice in last if each.votes[choice] == fewest]
    return tuple(last)


def _move(standing: dict[int, _Pile], out: Sequence[int]) -> tuple[tuple[int, int | None, int], ...]:
    """Move the ballots of these choices to the next ones; return from where to where how many went."""
    piles = {choice: standing.pop(choice) for choice in out}
    moved: Counter[tuple[int, int | None]] = Counter()
    for choice, pile in piles.items():
        for ranking, place, ballots in pile:
            later = _next(ranking, place, standing)
            moved[choice, None if later is None else ranking[later]] += ballots
            if later is not None:
                standing[ranking[later]].append((ranking, later, ballots))
    return tuple((*way, ballots) for way, ballots in moved.items())


def borda(choices: Sequence[int], rankings: Iterable[Ranking]) -> dict[int, int]:
    """Return points by choice: a place is worth as many as there are choices that could stand below it; else 0."""
    points = dict.fromkeys(choices, 0)
    for ranking, ballots in rankings:
        for place, choice in enumerate(ranking, 1):
            if choice in points:
                points[choice] += ballots * (len(choices) - place)
    return points


def possible(choices: int, places: int) -> int:
    """Return the number of different rankings of 1 to `places` of so many choices."""
    number, total = 1, 0
    for place in range(min(places, choices)):
        number *= choices - place
        total += number
    return total
