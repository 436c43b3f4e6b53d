"""What the tests of the inspection stand on: a poll of their own."""

from tests.polls.conftest import booth, clean, client, poll

__all__ = ["booth", "clean", "client", "poll"]
