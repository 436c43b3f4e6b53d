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


class _Counts:
    """How often each caller has voted in this minute at this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._casts: dict[str, int] = {}

    def take(self, limit: Limit) -> int:
        """Count one more. Returns 0, or after how many seconds the caller may vote again."""
        minute, second = divmod(int(time.monotonic()), WINDOW_S)
        with self._lock:
            if minute != self._minute or len(self._casts) >= _MOST:
                self._minute, self._casts = minute, {}
            self._casts[limit.address_key] = used = self._casts.get(limit.address_key, 0) + 1
        return 0 if used <= limit.casts else WINDOW_S - second


#: What the cast script counts in Redis, while Redis is away.
without_redis = _Counts()
#: Entries that were sent to this process. The votes that pick them are counted as all votes are.
entries = _Counts()
