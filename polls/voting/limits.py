"""Limits of a poll: how fast the voters of one network may come. Off unless its host turns them on.

In a poll with `voters_per_minute` a network has so many new voters a minute. In one with `slow_down_after`, further
ones do some work first (`polls.voting.work`). Who has voted in this round is not new. It is counted in Redis, by the
script that takes the vote, under the name that the network has in this poll (`polls.voting.networks`), and forgotten
within an hour; while Redis is away, in each process.
"""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from polls.box import replies
from polls.box.definition import Definition
from polls.box.newcomers import HOUR_S, MINUTE_S, Newcomer
from polls.voting import work
from polls.voting.errors import CastError, CrowdedError, SlowedError
from polls.voting.work import Asker

#: Voters that one process remembers while Redis can't.
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Comer:
    """Somebody who votes: who, from where, and with what."""

    voter: str
    network: str
    #: The voter key in the receipt of this round; None without one.
    voted_as: UUID | None
    #: The answer to work that was asked for; empty without one.
    answer: str

    def _asker(self, definition: Definition) -> Asker:
        return Asker(definition.id, definition.round, self.network, self.voter)

    def as_newcomer(self, definition: Definition, voter_key: UUID) -> Newcomer | None:
        """Return who may be new to this round; None for who has voted in it, and where no limit holds."""
        if not definition.has_limits or self.voted_as == voter_key:
            return None
        slow_down_after = definition.slow_down_after or 0
        has_worked = slow_down_after > 0 and work.is_done(self.answer, self._asker(definition))
        return Newcomer(self.network, definition.voters_per_minute or 0, slow_down_after, has_worked)

    def refusal(self, definition: Definition, reply: replies.Crowded | replies.Slowed) -> CastError:
        """Return the error for a newcomer who has to wait, or to work first."""
        match reply:
            case replies.Crowded(seconds):
                return CrowdedError(definition.voters_per_minute or 0, seconds)
            case replies.Slowed(voters):
                return SlowedError(work.asked(self._asker(definition), voters, definition.slow_down_after or voters))


class Windows:
    """The newcomers of each network in this minute and hour, at this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[tuple[object, ...], _Window] = {}
        self._voters = 0

    def admit(
        self, definition: Definition, voter_key: UUID, newcomer: Newcomer
    ) -> replies.Crowded | replies.Slowed | None:
        """Take a newcomer in, or say why not, as cast.lua does."""
        now = time.monotonic()
        with self._lock:
            of = (definition.id, definition.round, newcomer.network)
            minute, hour = self._window(now, MINUTE_S, *of), self._window(now, HOUR_S, *of)
            if minute.is_full(voter_key, newcomer.per_minute):
                return replies.Crowded(max(1, round(minute.until - now)))
            if not newcomer.has_worked and hour.is_full(voter_key, newcomer.slow_down_after):
                return replies.Slowed(len(hour.voters))
            for window in (minute, hour):
                window.voters.add(voter_key)
            self._voters += 1
        return None

    def _window(self, now: float, seconds: int, *of: object) -> "_Window":
        if self._voters >= _MOST:
            self._windows, self._voters = {}, 0
        found = self._windows.get((seconds, *of))
        if found is None or found.until <= now:
            found = self._windows[seconds, *of] = _Window(now + seconds)
        return found


class _Window:
    """The newcomers of one network until a moment (time.monotonic())."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.voters: set[UUID] = set()

    def is_full(self, voter: UUID, most: int) -> bool:
        """Tell whether this voter is one too many; 0: any number may come."""
        return most > 0 and voter not in self.voters and len(self.voters) >= most


#: What the cast script counts in Redis, while Redis is away.
without_redis = Windows()
#: Voters who have sent an entry to this process. The votes that pick them are counted as all votes are.
of_entries = Windows()
