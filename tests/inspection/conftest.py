"""What the tests of the inspection stand on: a poll of their own."""

from tests.polls.conftest import clean, client, driver, poll

__all__ = ["clean", "client", "driver", "poll"]
