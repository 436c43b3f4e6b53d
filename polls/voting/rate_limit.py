"""Rate limit of votes, by the caller's network. No address is stored.

What is counted under is a hash with a key that changes every hour, and it is forgotten within a minute.
"""

import threading
import time

from django.conf import settings
from django.http import HttpRequest

from core.web import proxies
from polls.box.ballot_box import Limit

#: Seconds for which casts are counted together.
WINDOW_S = 60
#: Callers that one process remembers while Redis can't.
_MOST = 100_000


def limit(request: HttpRequest, *, is_repeat: bool = False) -> Limit | None:
    """Return the limit for the caller's network; None while VOTE_RATE_LIMIT is off.

    Repeats with a receipt are counted apart: whoever has used up the votes may still ask what became of one.
    """
    if settings.VOTE_RATE_LIMIT is None:
        return None
    purpose = "repeat" if is_repeat else "address"
    return Limit(proxies.pseudonym(purpose, proxies.caller(request)), settings.VOTE_RATE_LIMIT)


class Counts:
    """How often each caller came in this minute to this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def take(self, limit: Limit) -> int:
        """Count one more vote. Returns 0, or after how many seconds the caller may vote again."""
        used = self.add(limit.address_key)
        return 0 if used <= limit.casts else WINDOW_S - int(time.monotonic()) % WINDOW_S

    def add(self, key: str) -> int:
        """Count one more, and return how many there were in this minute."""
        with self._lock:
            self._begin_minute()
            self._counts[key] = used = self._counts.get(key, 0) + 1
        return used

    def count_of(self, key: str) -> int:
        """Return how many there were in this minute."""
        with self._lock:
            self._begin_minute()
            return self._counts.get(key, 0)

    def _begin_minute(self) -> None:
        minute = int(time.monotonic()) // WINDOW_S
        if minute != self._minute or len(self._counts) >= _MOST:
            self._minute, self._counts = minute, {}


#: What the cast script counts in Redis, while Redis is away.
without_redis = Counts()
#: Entries that were sent to this process. The votes that pick them are counted as all votes are.
entries = Counts()
