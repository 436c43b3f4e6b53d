"""Postgres for callers who wait: each statement is bounded, and fails at once while Postgres does not answer.

Web services use it for pages, definitions and the direct path. Workers have time, and do without.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from psycopg.errors import ConnectionTimeout
from psycopg_pool import PoolTimeout

from core.stores.breaker import Breaker
from core.stores.checks import ask_postgres
from core.stores.deadline import TooLateError, each_statement_within

#: Seconds that one statement may take.
PATIENCE = 1.0

_breaker = Breaker("Postgres", ask_postgres)


@contextmanager
def bounded() -> Iterator[None]:
    """Bound each statement of this block to PATIENCE seconds.

    Raises django.db.Error: OperationalError before the first statement while Postgres does not answer.
    """
    if _breaker.is_open:
        raise OperationalError("Postgres did not answer a moment ago")
    try:
        with each_statement_within(PATIENCE):
            yield
    except OperationalError as error:
        # A refusal, or a connection that the server ended, is an answer: nobody has waited.
        if isinstance(error.__cause__, TooLateError | ConnectionTimeout | PoolTimeout):
            _breaker.open()
        raise


def is_silent() -> bool:
    """Tell whether Postgres has stopped answering."""
    return _breaker.is_open


def ask_again() -> None:
    """Forget that Postgres did not answer."""
    _breaker.close()
