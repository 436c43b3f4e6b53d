"""Polls in which voters pick one choice, or several."""

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from polls.kinds.base import Kind

#: The name of both in `Poll.kind`: `max_choices` tells which it is.
PICK = "pick"


class PickOne(Kind):
    """Each voter picks one choice, by one press on it."""

    label = _("Your own choices")
    casts_at_once = True
    may_be_withdrawn = False
    shares_overlap = False
    has_right_answers = True
    before_vote = _("Pick one.")

    def percents(self, votes: Sequence[int], voters: int) -> Sequence[int | None]:
        """Return parts of a hundred."""
        return parts_of_hundred(votes)

    def share_of_right(self, percents: Sequence[int | None], right: int, voters: int) -> int:
        """Return the share of the one right answer, as it stands beside it."""
        return percents[0] or 0

    def layout(self, choices: int) -> str:
        """Return `two` for two choices."""
        return "two" if choices == 2 else "many"

    def ballot_template(self, choices: int) -> str:
        """Return the template of the halves, or of the rows."""
        return "polls/_halves.html" if self.layout(choices) == "two" else "polls/_rows.html"

    def after_vote(self, choices: int) -> str:
        """Return how to change the vote; the halves say it themselves."""
        if self.layout(choices) == "two":
            return gettext("Still open.")
        return gettext("Pick another row to change your mind.")

    def limit(self, most: int) -> str:
        """Return nothing: one is picked everywhere."""
        return ""

    def shares_note(self, most: int) -> str:
        """Return nothing: one is picked everywhere."""
        return ""


class PickSeveral(Kind):
    """Each voter ticks up to `max_choices` choices, and sends them."""

    has_right_answers = True


def parts_of_hundred(votes: Sequence[int]) -> list[int]:
    """Return whole per cents by the largest remainder (Hamilton's method); all 0 without votes.

    They add up to 100, but where that would tell equal votes apart: 1, 1 and 1 vote are 33 each, so that a tie reads as
    one. The odd per cents go to all who have a number of votes, or to none of them.
    """
    total = sum(votes)
    if total == 0:
        return [0] * len(votes)
    whole = {count: divmod(100 * count, total) for count in votes}
    left = 100 - sum(whole[count][0] for count in votes)
    alike = Counter(votes)
    raised = set()
    for count in sorted(alike, key=lambda count: (-whole[count][1], -alike[count])):
        if alike[count] <= left and whole[count][1]:
            raised.add(count)
            left -= alike[count]
    return [whole[count][0] + (count in raised) for count in votes]
