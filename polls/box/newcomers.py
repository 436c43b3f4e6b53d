"""Newcomers: voters who may be new to a round, in a poll that limits how fast the voters of one network come."""

from collections.abc import Sequence
from dataclasses import dataclass

from polls.box import keys
from polls.box.casts import Cast
from polls.box.definition import Definition

#: Seconds for which the voters of a network are counted together, from the first one on.
MINUTE_S, HOUR_S = 60, 3600


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A voter who may be new, and what the poll asks of the voter's network."""

    network: str
    #: New voters of the network in a minute; 0: any number.
    per_minute: int
    #: Voters of the network within an hour after whom work is asked for; 0: never.
    slow_down_after: int
    #: Whether the voter's browser has done the work.
    has_worked: bool = False

    def asked(self, definition: Definition, ballot: Cast) -> tuple[Sequence[str], Sequence[str | int]]:
        """Return the further keys and arguments that cast.lua needs for this voter."""
        minute, hour = (
            keys.voters_of(definition.id, ballot.round, self.network, window) for window in ("minute", "hour")
        )
        bounds = (self.per_minute, MINUTE_S, self.slow_down_after, HOUR_S, int(self.has_worked))
        return (minute, hour), (str(ballot.voter_key), *bounds)
