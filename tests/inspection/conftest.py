"""Fixtures of the tests of the inspection: a poll of their own."""

from tests.polls.conftest import clean, client, driver, poll

__all__ = ["clean", "client", "driver", "poll"]
