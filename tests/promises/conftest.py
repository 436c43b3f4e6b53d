"""What the tests of the promises stand on: a poll of their own, and stores and a network that they may break."""

from tests.polls.conftest import booth, clean, client, poll
from tests.proxy import postgres_proxy, redis_proxy
from tests.stores_of_a_test import own_redis, postgres

__all__ = ["booth", "clean", "client", "own_redis", "poll", "postgres", "postgres_proxy", "redis_proxy"]
