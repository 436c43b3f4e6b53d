"""Turns: the threads of a web service, and which request gets one next.

Votes go before pages, and pages before results. Each kind has a bounded share of the threads, so that a slow kind
leaves room for the others, and a bounded line, in which no request waits longer than WAIT_S.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from typing import TypeVar

Result = TypeVar("Result")

#: More threads compete for the interpreter and slow everything down: at 200 phones a second the page's p99 was 1.7 s
#: with 16 and 1.3 s with 6 (docs/decisions/0031).
THREADS = 8
#: Seconds that a request waits for its turn, at most.
WAIT_S = 5.0
#: Requests of one kind that wait, at most.
PLACES = 2_000


class Kind(IntEnum):
    """The kinds of requests, in the order of their turns."""

    PROBE = 0
    VOTE = 1
    PAGE = 2
    RESULTS = 3
    #: Hashes a password: a third of a second of CPU.
    LOGIN = 4
    #: A picture is decoded: half a second of CPU.
    UPLOAD = 5


#: Threads that a kind may have at a time.
SHARES = {
    Kind.PROBE: THREADS,
    Kind.VOTE: THREADS - 1,
    Kind.PAGE: THREADS - 2,
    Kind.RESULTS: THREADS - 3,
    Kind.LOGIN: 1,
    Kind.UPLOAD: 1,
}


class BusyError(Exception):
    """No turn came in time, or too many wait already."""


class Turns:
    """The threads of one process. Belongs to one event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "turn")
        self._running: Counter[Kind] = Counter()
        self._lines: dict[Kind, deque[asyncio.Future[None]]] = {kind: deque() for kind in Kind}

    def waiting(self) -> int:
        """Return how many requests wait. May be called from another thread."""
        return sum(map(len, self._lines.values()))

    async def take(
        self, kind: Kind, work: Callable[[], Result], instead: Callable[[], Result | None] = lambda: None
    ) -> Result:
        """Do this work in a thread when its turn comes. Raises BusyError before the work is begun.

        After a wait, `instead` is asked first, in the event loop: its answer makes the work unnecessary.
        """
        waits = not self._is_free(kind)
        if waits:
            await self._wait(kind)
        else:
            self._running[kind] += 1
        try:
            if waits and (found := instead()) is not None:
                return found
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._running[kind] -= 1
            self._call_next()

    def _is_free(self, kind: Kind) -> bool:
        return self._running[kind] < SHARES[kind] and self._running.total() < _threads_for(kind)

    async def _wait(self, kind: Kind) -> None:
        """Return once a thread is ours."""
        line = self._lines[kind]
        if len(line) >= PLACES:
            raise BusyError
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            async with asyncio.timeout(WAIT_S):
                await turn
        except TimeoutError:
            # Both can happen in one round of the event loop; then the thread is ours.
            if turn.cancelled():
                raise BusyError from None

    def _call_next(self) -> None:
        for kind, line in self._lines.items():
            while line and self._is_free(kind):
                turn = line.popleft()
                if not turn.done():
                    self._running[kind] += 1
                    turn.set_result(None)


def _threads_for(kind: Kind) -> int:
    """Return how many threads a kind may use; the last thread is reserved for probes."""
    return THREADS if kind == Kind.PROBE else THREADS - 1
