"""Patience with Postgres: while it does not answer, this process asks it seldom, and goes on with what it knows.

For what can be answered in another way: pages and definitions. Casting on the direct path and counting always ask.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError

#: Seconds for which nobody asks again. A request that asks may wait for the pool's time-out.
SILENCE = 5.0

_Result = TypeVar("_Result")
_silent_until = 0.0


def ask(query: Callable[[], _Result]) -> _Result:
    """The query's result. Raises its django.db.Error; OperationalError at once if Postgres did not answer just now."""
    global _silent_until
    if time.monotonic() < _silent_until:
        raise OperationalError("Postgres did not answer a moment ago")
    try:
        return query()
    except (OperationalError, InterfaceError):
        _silent_until = time.monotonic() + SILENCE
        raise


def ask_again() -> None:
    """Forget that it did not answer."""
    global _silent_until
    _silent_until = 0.0
