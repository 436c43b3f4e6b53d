"""Ballots by the network of their first vote: how many came from where, and setting those of one aside.

What is set aside counts nowhere until it is put back, which can be done as long as the poll is not final. Totals,
voters and ballots move in one transaction under the Tally lock, as with every vote, so the audit holds at each moment.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from polls.counting.tally import kind_of
from polls.counting.totals import Move, move_totals
from polls.electorate import given
from polls.models import Ballot, Poll, Tally

#: Networks that are told of, those with the most ballots first.
SHOWN = 10
#: Ballots of one network below which nobody is told of it: two or three are a household.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Network:
    """A network, by its name in this poll."""

    name: str
    ballots: int
    #: Ballots whose last vote was counted in the last minute.
    lately: int
    #: Those that are set aside now.
    aside: int


def busiest(poll_id: int) -> list[Network]:
    """Return the networks that most ballots came from. Raises django.db.Error."""
    minute_ago = timezone.now() - timedelta(minutes=1)
    rows = (
        Ballot.objects.filter(poll_id=poll_id)
        .exclude(network="")
        .values("network")
        .annotate(
            ballots=Count("pk"),
            lately=Count("pk", filter=Q(counted_at__gte=minute_ago)),
            aside=Count("pk", filter=Q(is_set_aside=True)),
        )
    )
    found = rows.filter(ballots__gte=FEWEST).order_by("-ballots", "network")[:SHOWN]
    return [Network(row["network"], row["ballots"], row["lately"], row["aside"]) for row in found]


def move(tally: Tally, network: str, *, aside: bool) -> int:
    """Set the ballots of a network aside, or put them back. Returns how many; may be repeated.

    Totals are written; `tally.voters` is set and not saved. Needs the Tally lock. Raises django.db.Error.
    """
    ballots = Ballot.objects.filter(poll_id=tally.pk, network=network).exclude(network="")
    if not aside:
        salt = bytes(Poll.objects.values_list("voter_salt", flat=True).get(pk=tally.pk))
        ballots = ballots.exclude(voter_key__in=given.revoked_voters(tally.electorate, salt))
    return move_ballots(tally, ballots, aside=aside)


def move_ballots(tally: Tally, some: "QuerySet[Ballot]", *, aside: bool) -> int:
    """Set these ballots aside, or put them back, as `move` says."""
    ballots = some.filter(is_set_aside=not aside)
    chosen = ballots.values_list("selections").annotate(Count("pk"))
    move_totals(
        tally,
        kind_of(tally.pk),
        [Move(held, (), number) if aside else Move((), held, number) for held, number in chosen],
    )
    return ballots.update(is_set_aside=aside)
