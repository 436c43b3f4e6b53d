"""How often a network may guess a short address that leads nowhere: all of them could else be tried in minutes.

The number is kept in Redis for a minute, under a hash: no address is stored. While Redis is away nobody is held back.
"""

import logging

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import proxies

logger = logging.getLogger(__name__)

#: Wrong guesses of one network in WINDOW_S seconds: of a room behind one address a few people mistype a code.
MOST, WINDOW_S = 60, 60

KINDS = (KeyKind("codes:H", r"codes:[0-9a-f]{32}", gettext_lazy("Wrong codes tried in the last minute.")),)


def are_too_many(request: HttpRequest) -> bool:
    """Count one more wrong guess of the caller's network, and tell whether it has had enough."""
    key = f"codes:{proxies.pseudonym('code', proxies.caller(request))}"
    try:
        pipeline = redis.client().pipeline()
        pipeline.incr(key)
        pipeline.expire(key, WINDOW_S, nx=True)
        guesses, _ = pipeline.execute()
    except RedisError as error:
        logger.debug("Guesses of codes can't be counted: %s", error)
        return False
    return int(guesses) > MOST
