"""Deadlines for Postgres: a connection that does not wait for ever for a hanging server.

The server's own limits (`statement_timeout` ...) don't help when it is paused or unreachable.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen

_limit: ContextVar[float | None] = ContextVar("limit", default=None)


@contextmanager
def each_statement_within(seconds: float) -> Iterator[None]:
    """Give up on a statement of this block, in this thread, when its answer takes longer."""
    mark = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(mark)


class TooLateError(psycopg.OperationalError):
    """The server did not answer in time."""


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when an answer takes longer than the caller's deadline."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server. Raises TooLateError after `timeout` seconds, or those of `each_statement_within`."""
        try:
            return super().wait(gen, interval, _limit.get() if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:  # noqa: SLF001
            self.pgconn.finish()
            raise TooLateError("Postgres did not answer in time") from error
