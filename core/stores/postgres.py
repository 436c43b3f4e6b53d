"""Asking Postgres on somebody's behalf who waits: for a moment only, and not at all while it does not answer.

Web services ask this way, for pages, definitions and the direct path. Workers ask without it: they have time.
"""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError
from psycopg.errors import ConnectionTimeout
from psycopg_pool import PoolTimeout

from core.stores.breaker import Breaker
from core.stores.checks import ask_postgres
from core.stores.deadline import TooLateError, each_statement_within

#: Seconds that one statement may take for somebody who waits.
PATIENCE = 1.0

_Result = TypeVar("_Result")
_breaker = Breaker("Postgres", ask_postgres)


def ask(query: Callable[[], _Result]) -> _Result:
    """The query's result. Raises its django.db.Error; OperationalError at once while Postgres does not answer."""
    if _breaker.is_open:
        raise OperationalError("Postgres did not answer a moment ago")
    try:
        with each_statement_within(PATIENCE):
            return query()
    except OperationalError as error:
        # Not where the server refused, or ended the connection: that was an answer, and nobody has waited for it.
        if isinstance(error.__cause__, TooLateError | ConnectionTimeout | PoolTimeout):
            _breaker.open()
        raise


def is_silent() -> bool:
    """Whether Postgres does not answer just now."""
    return _breaker.is_open


def ask_again() -> None:
    """Forget that it did not answer."""
    _breaker.close()
