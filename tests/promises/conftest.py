"""Fixtures of the tests of the promises: a poll of their own, and stores and a network that they may break."""

from tests.polls.conftest import clean, client, driver, poll
from tests.proxy import postgres_proxy, redis_proxy
from tests.store_fixtures import patient

__all__ = ["clean", "client", "driver", "patient", "poll", "postgres_proxy", "redis_proxy"]
