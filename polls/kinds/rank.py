"""Polls in which voters put choices in order, counted by instant runoff."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any, ClassVar

from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from core.web.texts import whole_number
from polls.kinds import runoff
from polls.kinds.base import Answered, BadSelectionsError, Kind
from polls.kinds.pick import parts_of_hundred

#: The name in `Poll.kind`.
RANK = "rank"
#: The most different rankings of a poll. Each may become a row, and all are counted anew for each snapshot.
MOST_RANKINGS = 15_000
#: What the fields of the page without JavaScript are called, before the id of a choice.
_PLACE = "place-"


class Rank(Kind):
    """Each voter puts some or all choices in order, the best one first. `max_choices` is the number of places.

    The total of a choice is the number of ballots that have it first. Who wins is counted from the distinct rankings.
    """

    label = gettext_lazy("Rank the choices")
    keeps_answers = True
    is_ordered = True
    shares_overlap = False
    default_picks = 7
    audit_weight = "CASE place WHEN 1 THEN 1 ELSE 0 END"
    nothing_sent = gettext_lazy("Rank at least one choice first.")
    before_vote = gettext_lazy("You can leave choices out.")
    choices_note: ClassVar[str | Promise] = gettext_lazy(
        "Voters rank all of up to 7 choices; of 8 they rank 5, of 9 to 12 the best 4, of 13 to 25 the best 3, of more "
        "the best 2: so the result stays quick."
    )
    result_template = "polls/_runoff.html"
    board_template = "polls/_runoff_board.html"
    hosted_template = "polls/host/_runoff.html"

    def most_picks(self, choices: int) -> int:
        """Return the number of places for so many choices that leaves no more than MOST_RANKINGS."""
        fitting = (places for places in range(choices, 0, -1) if runoff.possible(choices, places) <= MOST_RANKINGS)
        return next(fitting, 1)

    def sent(self, fields: MultiValueDict[str, str]) -> Sequence[str]:
        """Return the choices in their order; without JavaScript a number stands for each. What is missing closes up.

        Raises BadSelectionsError where two choices have the same place.
        """
        texts = {name.removeprefix(_PLACE): str(fields[name]).strip() for name in fields if name.startswith(_PLACE)}
        if not texts:
            return fields.getlist("choice")
        places = {choice: whole_number(text) for choice, text in texts.items() if text}
        given = {choice: place for choice, place in places.items() if place is not None}
        if len(given) < len(places):
            raise BadSelectionsError(gettext("A place is a whole number: 1 is the best."))
        if len(set(given.values())) < len(given):
            raise BadSelectionsError(gettext("Give each place to one choice."))
        return sorted(given, key=given.__getitem__)

    def check(self, selections: Sequence[int], choice_ids: Set[int], most: int) -> None:
        """Raise BadSelectionsError unless a voter may hand these in, with as many places as can be counted."""
        super().check(selections, choice_ids, min(most, self.most_picks(len(choice_ids))))

    def votes(self, selections: Sequence[int]) -> Counter[int]:
        """Count the first choice."""
        return Counter(selections[:1])

    def percents(self, votes: Sequence[int], voters: int) -> Sequence[int | None]:
        """Return the parts of a hundred of the first choices."""
        return parts_of_hundred(votes)

    def result(self, votes: Mapping[int, int], answers: Sequence[Answered]) -> Mapping[str, Any]:
        """Return the rounds and the Borda points, in the order of the choices, and who is ahead after the last round.

        `last` is that round: its number, the votes of a leader, those that count in it, and the leader's share.
        """
        choices = list(votes)
        outcome = runoff.count(choices, answers)
        points = runoff.borda(choices, answers)
        return {
            "rounds": [_shown(each, choices) for each in outcome.rounds],
            "points": [points[choice] for choice in choices],
            "leaders": list(outcome.winners),
            "lead": _lead(outcome),
            "last": _last(outcome),
        }

    def ballot_template(self, choices: int) -> str:
        """Return the template of the rows that can be moved."""
        return "polls/_rank.html"

    def limit(self, most: int) -> str:
        """Return the sentence under the question."""
        return gettext("Rank up to %(max)s, the best one first.") % {"max": most}

    def shares_note(self, most: int) -> str:
        """Return the sentence that explains the shares of a result."""
        return gettext("The bars show first choices; the rounds below decide.")

    def after_vote(self, choices: int) -> str:
        """Return what the vote page says to who has voted."""
        return gettext("You can change your order while the poll is open.")


def _shown(each: runoff.Round, choices: Sequence[int]) -> dict[str, Any]:
    """Return the round with its largest moves first; of equal ones the order of the choices decides, none is last."""
    places: dict[int | None, int] = {choice: place for place, choice in enumerate(choices)} | {None: len(choices)}
    moves = sorted(each.moves, key=lambda move: (-move[2], places[move[0]], places[move[1]]))
    return {
        "votes": [each.votes.get(choice) for choice in choices],
        "exhausted": each.exhausted,
        "out": list(each.out),
        "moves": [list(move) for move in moves],
    }


def _lead(outcome: runoff.Outcome) -> int | None:
    """Return by how many votes one choice is ahead in the last round."""
    if len(outcome.winners) != 1:
        return None
    first, *others = sorted(outcome.rounds[-1].votes.values(), reverse=True)
    return first - others[0] if others else None


def _last(outcome: runoff.Outcome) -> dict[str, int] | None:
    if not outcome.rounds:
        return None
    last = outcome.rounds[-1]
    votes = last.votes[outcome.winners[0]]
    percents = dict(zip(last.votes, parts_of_hundred(list(last.votes.values())), strict=True))
    return {
        "round": len(outcome.rounds),
        "votes": votes,
        "of": last.continuing,
        "percent": percents[outcome.winners[0]],
    }
