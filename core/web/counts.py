"""How often callers came in a short time: counted in Redis for all processes together, or in this process."""

import threading
import time

from core.stores import redis

#: Seconds that a process counts together.
WINDOW_S = 60
#: Callers that one process remembers.
_MOST = 100_000


def in_redis(key: str, window_s: int) -> int:
    """Count one more under this key; return how many there were in a window of so many seconds. Raises RedisError."""
    pipeline = redis.client().pipeline()
    pipeline.incr(key)
    pipeline.expire(key, window_s, nx=True)
    number, _ = pipeline.execute()
    return int(number)


class Counts:
    """How often each caller came in this minute to this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

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


def left_s() -> int:
    """Return the seconds until this process begins to count anew."""
    return WINDOW_S - int(time.monotonic()) % WINDOW_S
