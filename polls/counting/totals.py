"""The totals: the one place where votes of choices and the ballots of each distinct answer are moved.

Needs the Tally lock throughout.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F

from polls.kinds import Kind
from polls.models import Answer, Tally, Total


@dataclass(frozen=True, slots=True)
class Move:
    """A step from one content of a ballot to another one, taken by so many ballots. An empty one counts nowhere."""

    before: Sequence[int]
    after: Sequence[int]
    ballots: int = 1


def move_totals(tally: Tally, kind: Kind, moves: Iterable[Move]) -> None:
    """Move the totals by the difference. `tally.voters` is set and not saved. Needs the Tally lock."""
    moves = list(moves)
    difference: Counter[int] = Counter()
    for move in moves:
        for choice_id, votes in kind.votes(move.after).items():
            difference[choice_id] += votes * move.ballots
        for choice_id, votes in kind.votes(move.before).items():
            difference[choice_id] -= votes * move.ballots
        # Whoever has taken the vote back is no voter.
        tally.voters += move.ballots * (bool(move.after) - bool(move.before))
    for choice_id, votes in difference.items():
        if votes:
            Total.objects.filter(choice_id=choice_id).update(votes=F("votes") + votes)
    if kind.keeps_answers:
        _move_answers(tally.pk, moves)


def _move_answers(poll_id: int, moves: Sequence[Move]) -> None:
    """Move the number of ballots of each distinct answer. One that no ballot gives any more is deleted."""
    difference: Counter[tuple[int, ...]] = Counter()
    for move in moves:
        difference[tuple(move.after)] += move.ballots
        difference[tuple(move.before)] -= move.ballots
    moved = {answer: ballots for answer, ballots in difference.items() if answer and ballots}
    if not moved:
        return
    kept = Answer.objects.filter(poll_id=poll_id, selections__in=[list(answer) for answer in moved])
    stored = {tuple(selections): ballots for selections, ballots in kept.values_list("selections", "ballots")}
    present = {answer: stored.get(answer, 0) + ballots for answer, ballots in moved.items()}
    put_answers(poll_id, present)


def put_answers(poll_id: int, ballots: dict[tuple[int, ...], int]) -> None:
    """Store how many ballots give these answers; those that none gives are deleted. Needs the Tally lock."""
    Answer.objects.bulk_create(
        [
            Answer(poll_id=poll_id, selections=list(answer), ballots=number)
            for answer, number in ballots.items()
            if number
        ],
        update_conflicts=True,
        unique_fields=["poll", "selections"],
        update_fields=["ballots"],
    )
    gone = [list(answer) for answer, number in ballots.items() if not number]
    if gone:
        Answer.objects.filter(poll_id=poll_id, selections__in=gone).delete()
