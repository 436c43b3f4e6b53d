"""Logs for people: a store that is away is a line, not a traceback."""

import logging

from django.db import Error as PostgresError
from redis import RedisError


class StoreIsAway(logging.Filter):
    """Turns the traceback of an error of Postgres or Redis, whoever logs it, into its one sentence."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PostgresError | RedisError):
            sentence = " ".join(str(error).split())
            record.msg, record.args = f"{record.getMessage()} {type(error).__name__}: {sentence}", ()
            record.exc_info = record.exc_text = None
        return True


class NotUnavailable(logging.Filter):
    """Drops Django's line for each 503: with both stores away there is one a vote, and the breakers have said it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every other record pass."""
        return getattr(record, "status_code", None) != 503
