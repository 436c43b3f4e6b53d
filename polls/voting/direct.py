"""The direct path: votes straight into Postgres, by the tally's own code, while Redis can't take them.

Votes in one poll that come while a transaction runs share the next one (group commit): they would else queue for the
Tally lock one by one, and each wait for all before it.
"""

import threading
import time
from collections.abc import Sequence
from weakref import WeakValueDictionary

from django.db import DataError, IntegrityError, close_old_connections
from django.db import Error as PostgresError

from core.stores import postgres
from polls.box.casts import Cast
from polls.counting import tally
from polls.counting.tally import Direct
from polls.models import Tally

#: Seconds after which a vote that failed is not tried again: a voter waits for less than two in all.
TRY_FOR = 0.5
#: Seconds between two tries: an error that comes at once would else keep a core busy.
PAUSE = 0.05
#: Seconds that a vote waits for the transactions before its own.
WAIT = 1.0


class NotCountedError(Exception):
    """Postgres did not take it. With `in_doubt` a COMMIT has had no answer: it may be stored, or become so."""

    def __init__(self, cause: str, *, in_doubt: bool) -> None:
        super().__init__(cause)
        self.in_doubt = in_doubt


def count(poll_id: int, cast: Cast) -> Direct:
    """Count one vote now. May be repeated. Raises NotCountedError, and Tally.DoesNotExist for a poll that is gone."""
    give_up_at = time.monotonic() + TRY_FOR
    in_doubt = False
    while True:
        vote = _Vote(cast)
        _queue_of(poll_id).count(vote)
        if vote.outcome is not None:
            return vote.outcome
        in_doubt |= vote.in_doubt
        if isinstance(vote.error, Tally.DoesNotExist):
            raise vote.error
        # In doubt do it again: the same cast id changes nothing if it was stored.
        if postgres.is_silent() or time.monotonic() > give_up_at:
            raise NotCountedError(str(vote.error), in_doubt=in_doubt) from vote.error
        time.sleep(PAUSE)


class _Vote:
    """A vote that waits for its transaction, with its result: an outcome, or an error."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.outcome: Direct | None = None
        self.error: Exception | None = None
        self.in_doubt = False

    @property
    def is_settled(self) -> bool:
        return self.outcome is not None or self.error is not None


class _Queue:
    """The direct votes in one poll at this web service."""

    def __init__(self, poll_id: int) -> None:
        self._poll_id = poll_id
        self._waiting: list[_Vote] = []
        self._changing = threading.Lock()
        self._turn = threading.Lock()

    def count(self, vote: _Vote) -> None:
        """Settle this vote, and with it all that wait: of many threads that come, one works and the others watch."""
        with self._changing:
            self._waiting.append(vote)
        if not self._turn.acquire(timeout=WAIT):
            self._give_up(vote)
            return
        try:
            if not vote.is_settled:
                self._count_all()
        finally:
            self._turn.release()

    def _count_all(self) -> None:
        with self._changing:
            votes, self._waiting = self._waiting, []
        _count(self._poll_id, votes)

    def _give_up(self, vote: _Vote) -> None:
        with self._changing:
            # Who has been taken into a transaction may be stored by it.
            vote.in_doubt = vote not in self._waiting
            if not vote.in_doubt:
                self._waiting.remove(vote)
        vote.error = TimeoutError(f"{WAIT} seconds in the queue for Postgres were not enough")


def _count(poll_id: int, votes: Sequence[_Vote]) -> None:
    """Count them in one transaction; in one each, if one of them has bad data."""
    committing = False

    def before_commit() -> None:
        nonlocal committing
        committing = True

    casts = [vote.cast for vote in votes]
    try:
        with postgres.bounded():
            outcomes = tally.count_direct(poll_id, casts, before_commit)
    except (DataError, IntegrityError) as error:
        if len(votes) > 1:
            for vote in votes:
                _count(poll_id, [vote])
            return
        votes[0].error = error
    except (PostgresError, Tally.DoesNotExist) as error:
        close_old_connections()
        for vote in votes:
            vote.error, vote.in_doubt = error, committing
    else:
        for vote, outcome in zip(votes, outcomes, strict=True):
            vote.outcome = outcome


_queues: WeakValueDictionary[int, _Queue] = WeakValueDictionary()
_looking_up = threading.Lock()


def _queue_of(poll_id: int) -> _Queue:
    """Return the poll's queue. It is freed when no thread waits in it."""
    with _looking_up:
        return _queues.setdefault(poll_id, _Queue(poll_id))
