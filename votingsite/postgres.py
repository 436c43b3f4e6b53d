"""Asking Postgres on somebody's behalf who waits: for a moment only, and not at all while it does not answer.

For what a door needs for pages, for definitions and for the direct path. Workers ask without this: they have time.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

from votingsite.breaker import Breaker
from votingsite.deadline import each_statement_within
from votingsite.store_checks import ask_postgres

#: Seconds that one statement may take for somebody who waits.
PATIENCE = 1.0

_Result = TypeVar("_Result")
_breaker = Breaker("Postgres", ask_postgres)


def ask(query: Callable[[], _Result]) -> _Result:
    """The query's result. Raises its django.db.Error; OperationalError at once while Postgres does not answer."""
    if _breaker.is_open:
        raise OperationalError("Postgres did not answer a moment ago")
    began = time.monotonic()
    try:
        with each_statement_within(PATIENCE):
            return query()
    except (OperationalError, InterfaceError) as error:
        if not _answered(error):
            _breaker.failed(began)
        raise


def is_silent() -> bool:
    """Whether Postgres does not answer just now."""
    return _breaker.is_open


def ask_again() -> None:
    """Forget that it did not answer."""
    _breaker.close()


def _answered(error: Exception) -> bool:
    """Whether it is the server's own refusal of this one statement, such as a wait for a lock that took too long.

    Classes 08 and 57P of its codes (PostgreSQL's documentation, appendix A) are a lost connection, and a server that
    stops or starts; without a code there was no answer.
    """
    code = getattr(error.__cause__, "sqlstate", None)
    return code is not None and not code.startswith(("08", "57P"))
