"""Newcomers: voters who may be new to a round, in a poll that limits how fast the voters of one network come."""

from dataclasses import dataclass
from uuid import UUID

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

    def bounds(self, voter_key: UUID) -> tuple[str | int, ...]:
        """Return the further arguments that cast.lua needs for this voter."""
        return (
            str(voter_key),
            self.per_minute,
            MINUTE_S,
            self.slow_down_after,
            HOUR_S,
            int(self.has_worked),
        )
