"""A limit on wrong guesses of short addresses for each network: without it all could be tried in minutes.

Redis counts for a minute, under a hash: no address is stored. While Redis is away there is no limit.
"""

import logging

from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from core.stores import redis
from core.stores.key_kinds import KeyKind
from core.web import proxies

logger = logging.getLogger(__name__)

#: Wrong guesses of one network in WINDOW_S seconds: in a room behind one address a few people mistype a code.
MOST, WINDOW_S = 60, 60

KINDS = (KeyKind("codes:H", r"codes:[0-9a-f]{32}", gettext_lazy("Wrong codes tried in the last minute.")),)


def are_too_many(request: HttpRequest) -> bool:
    """Count a wrong guess of the caller's network, and tell whether it has reached the limit."""
    key = f"codes:{proxies.pseudonym('code', proxies.caller(request))}"
    try:
        pipeline = redis.client().pipeline()
        pipeline.incr(key)
        pipeline.expire(key, WINDOW_S, nx=True)
        guesses, _ = pipeline.execute()
    except RedisError as error:
        logger.debug("Can't count wrong codes: %s", error)
        return False
    return int(guesses) > MOST
