"""Fixtures of the tests of the promises: a poll of their own, and stores and a network that they may break."""

from tests.polls.conftest import clean, client, driver, poll
from tests.proxy import postgres_proxy, redis_proxy

__all__ = ["clean", "client", "driver", "poll", "postgres_proxy", "redis_proxy"]
