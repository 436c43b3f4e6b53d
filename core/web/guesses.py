"""A limit for each network on what could be guessed by trying, such as short addresses, or costs much to answer.

Redis counts for a minute, under a hash: no address is stored. While Redis is away there is no limit.
"""

import logging
from collections.abc import Iterable

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import counts, proxies

logger = logging.getLogger(__name__)

#: Wrong guesses of one network in WINDOW_S seconds: in a room behind one address a few people mistype a code.
MOST, WINDOW_S = 60, 60

KINDS = (KeyKind("codes:H", r"codes:[0-9a-f]{32}", gettext_lazy("Codes and receipts tried in the last minute.")),)


def are_too_many(request: HttpRequest, what: str = "code", most: int | None = None) -> bool:
    """Count a guess of the caller's network at `what`, and tell whether it has reached the limit."""
    try:
        guesses = count(proxies.pseudonym(what, proxies.caller(request)))
    except RedisError as error:
        logger.debug("Can't count wrong codes: %s", error)
        return False
    return guesses > (MOST if most is None else most)


def count(caller: str) -> int:
    """Count a wrong guess of a caller, which is a hash; returns the number in this minute. Raises RedisError."""
    return counts.in_redis(_key(caller), WINDOW_S)


def counted(callers: Iterable[str]) -> list[int]:
    """Return the number of wrong guesses of each caller in this minute. Raises RedisError."""
    return [int(guesses or 0) for guesses in redis.client().mget([_key(caller) for caller in callers])]


def _key(caller: str) -> str:
    return f"codes:{caller}"
