"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class TooLate(Exception):
    """A condition did not come true in time."""


def eventually(condition: Callable[[], T], within: float = 15, what: str | None = None) -> T:
    """The first true value of `condition`, asked again and again; raises TooLate after `within` seconds without one.

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
