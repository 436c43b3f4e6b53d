"""Requests of one network for one purpose, counted in Redis for some time, under a hash: no address is stored."""

import logging

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import counts, proxies
from core.web.counts import Counts

logger = logging.getLogger(__name__)

KINDS = (KeyKind("often:H", r"often:[0-9a-f]{32}", gettext_lazy("Requests of one network to the API.")),)
#: Used while Redis is away.
_without_redis = Counts()


def count(request: HttpRequest, purpose: str, window_s: int) -> int:
    """Count one more of the caller's network; return how many there were in a window of so many seconds.

    While Redis is away this process counts those that it gets in a minute.
    """
    key = _key(request, purpose)
    try:
        return counts.in_redis(key, window_s)
    except RedisError as error:
        logger.debug("Redis can't count requests, so this process does: %s", error)
        return _without_redis.add(key)


def counted(request: HttpRequest, purpose: str) -> int:
    """Return how many of the caller's network were counted; 0 while Redis is away."""
    try:
        return int(redis.client().get(_key(request, purpose)) or 0)
    except RedisError:
        return 0


def _key(request: HttpRequest, purpose: str) -> str:
    return f"often:{proxies.pseudonym(purpose, proxies.caller(request))}"
