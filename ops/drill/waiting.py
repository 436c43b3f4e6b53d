"""Waits for conditions, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """A condition did not come true in time."""


def eventually(condition: Callable[[], T], within: float = 15, what: str | None = None) -> T:
    """Call `condition` until it returns a true value, and return that. Raises TooLate after `within` seconds.

    An OSError (a refused connection, a time-out) counts as "not yet".
    """
    deadline = time.monotonic() + within
    last: object = None
    while time.monotonic() < deadline:
        try:
            if last := condition():
                return last
        except OSError as error:
            last = error
        time.sleep(0.02)
    raise TooLate(f"{what or condition.__name__} did not come true within {within} seconds; last: {last!r}")
