"""Asking Postgres on somebody's behalf who waits: for a moment only, and not at all while it does not answer.

Web services ask this way, for pages, definitions and the direct path. Workers ask without it: they have time.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from psycopg.errors import ConnectionTimeout
from psycopg_pool import PoolTimeout

from core.stores.breaker import Breaker
from core.stores.checks import ask_postgres
from core.stores.deadline import TooLateError, each_statement_within

#: Seconds that one statement may take for somebody who waits.
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
        # Not where the server refused, or ended the connection: that was an answer, and nobody has waited for it.
        if isinstance(error.__cause__, TooLateError | ConnectionTimeout | PoolTimeout):
            _breaker.open()
        raise


def is_silent() -> bool:
    """Tell whether Postgres has stopped answering."""
    return _breaker.is_open


def ask_again() -> None:
    """Forget that it did not answer."""
    _breaker.close()
