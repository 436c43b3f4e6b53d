"""Requests of one network for one purpose, counted in Redis for some time, under a hash: no address is stored."""

import logging
import threading
import time
from collections import Counter

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import proxies

logger = logging.getLogger(__name__)

KINDS = (KeyKind("often:H", r"often:[0-9a-f]{32}", gettext_lazy("Requests of one network to the API.")),)
#: Callers that one process remembers while Redis can't.
_MOST = 100_000


def count(request: HttpRequest, purpose: str, window_s: int) -> int:
    """Count one more of the caller's network; return how many there were in a window of so many seconds.

    While Redis is away this process counts those that it gets.
    """
    key = _key(request, purpose)
    try:
        pipeline = redis.client().pipeline()
        pipeline.incr(key)
        pipeline.expire(key, window_s, nx=True)
        number, _ = pipeline.execute()
    except RedisError as error:
        logger.debug("Redis can't count requests, so this process does: %s", error)
        return _without_redis.count(key, window_s)
    return int(number)


def counted(request: HttpRequest, purpose: str) -> int:
    """Return how many of the caller's network were counted; 0 while Redis is away."""
    try:
        return int(redis.client().get(_key(request, purpose)) or 0)
    except RedisError:
        return 0


def _key(request: HttpRequest, purpose: str) -> str:
    return f"often:{proxies.pseudonym(purpose, proxies.caller(request))}"


class _Counts:
    """The counts of this process. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, int]] = Counter()

    def count(self, key: str, window_s: int) -> int:
        """Count one more under this key, within the present window."""
        now = key, int(time.monotonic() / window_s)
        with self._lock:
            if len(self._counts) >= _MOST:
                self._counts.clear()
            self._counts[now] += 1
            return self._counts[now]


_without_redis = _Counts()
