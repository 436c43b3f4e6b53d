"""The number of right ballots of a quiz.

Counted once, from the ballots, when the poll becomes final: nobody may know it before, and no ballot changes after. So
a quiz costs nothing on the way of a vote.
"""

from polls.models import Ballot, Tally


def count(tally: Tally) -> int:
    """Return how many ballots name all right answers and no other, of those that count. Needs the Tally lock."""
    if not tally.right_ids:
        return 0
    ballots = Ballot.objects.filter(poll_id=tally.pk, is_set_aside=False)
    # Each names a choice once, so two lists that contain each other name the same.
    return ballots.filter(selections__contains=tally.right_ids, selections__contained_by=tally.right_ids).count()
