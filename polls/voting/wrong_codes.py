"""Wrong voting codes of each network and each browser, counted for a minute: in Redis, and in the process without it.

Under hashes that change every hour: no address is stored.
"""

import logging

from django.http import HttpRequest
from redis.exceptions import RedisError

from core.web import guesses, proxies
from core.web.counts import Counts
from polls.voting import voters

logger = logging.getLogger(__name__)

#: Wrong codes in a minute. A room shares a network, and of 300 people with cards many mistype theirs once.
MOST_OF_NETWORK, MOST_OF_BROWSER = 120, 10

#: Used while Redis is away.
_without_redis = Counts()


def wait(request: HttpRequest) -> int:
    """Return the seconds until this caller may try another code; 0 for now."""
    limits = _limits(request)
    try:
        counted = guesses.counted(limits)
    except RedisError as error:
        logger.debug("Can't read how many wrong codes there were: %s", error)
        counted = [_without_redis.count_of(caller) for caller in limits]
    is_over = any(number >= most for number, most in zip(counted, limits.values(), strict=True))
    return guesses.WINDOW_S if is_over else 0


def count(request: HttpRequest) -> None:
    """Count a wrong code."""
    for caller in _limits(request):
        try:
            guesses.count(caller)
        except RedisError as error:
            logger.debug("Can't count a wrong code: %s", error)
            _without_redis.add(caller)


def _limits(request: HttpRequest) -> dict[str, int]:
    """Return how many wrong codes are allowed, by the keys under which they are counted."""
    return {
        proxies.pseudonym("wrong-code-network", proxies.caller(request)): MOST_OF_NETWORK,
        proxies.pseudonym("wrong-code-browser", voters.of(request).id): MOST_OF_BROWSER,
    }
