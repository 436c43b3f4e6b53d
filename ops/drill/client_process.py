"""A client process of a drill, with screens, and voters who press at a steady rate."""

import asyncio
import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import aiohttp

from ops.drill.history import History, Outcome
from ops.drill.screens import Screen
from ops.drill.stored import Ballot
from ops.drill.voters import Voter

#: One in so many presses is a new voter's; in the others a voter changes their mind.
_PRESSES_A_VOTER = 3
#: Waiting voters, at most: beyond that nobody arrives or presses.
_MOST_WAITING = 150
#: Seconds for voters to finish after the last press, and to learn the outcome of their votes after the end.
SETTLE_S = 25.0
LAST_WORD_S = 12.0
#: Seconds between two looks of the voters at their page, and between two reports of progress.
_LOOK_S = 0.2
_PROGRESS_S = 0.5


@dataclass(frozen=True)
class Plan:
    """The work of one client process."""

    #: The addresses of the vote page, one at each web service.
    pages: tuple[str, ...]
    socket: str
    #: The different ballots of each voter who changes their mind.
    ballots: tuple[Ballot, ...]
    rate: float  # presses per second
    screens: int
    seed: int
    #: Who votes: people with the page of this system, or of another one.
    voter: type[Voter] = Voter


@dataclass(frozen=True)
class Progress:
    """The numbers of presses and of answers by outcome so far, and of voters who wait for an answer now."""

    operations: Counter[Outcome] = field(default_factory=Counter)
    answers: Counter[Outcome] = field(default_factory=Counter)
    waiting: int = 0

    def __add__(self, other: "Progress") -> "Progress":
        """Combine the progress of two processes."""
        return Progress(self.operations + other.operations, self.answers + other.answers, self.waiting + other.waiting)


#: The words that the drill sends to the process ...
STOP, END = "stop", "end"
#: ... and those that the process sends, beside its progress and, at the end, its history.
READY, SETTLED = "ready", "settled"


def run(plan: Plan, line: Connection) -> None:
    """Vote until told to stop, let everybody finish, wait for the end, and send back the history.

    Ends at once when the line shows that the drill has ended.
    """
    # Ctrl-C is for the drill, which stops its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asyncio.run(_ClientProcess(plan, line).run())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class _ClientProcess:
    """The voters and screens of this process."""

    def __init__(self, plan: Plan, line: Connection) -> None:
        self._plan, self._line = plan, line
        self._rng = random.Random(plan.seed)  # noqa: S311 -- a drill is to be repeated, not to be secret
        self._voters: list[Voter] = []
        self._screens = [Screen(plan.socket) for _ in range(plan.screens)]
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Do the work of the plan, and return the history."""
        async with aiohttp.TCPConnector(limit=0) as connector, aiohttp.ClientSession(connector=connector) as session:
            self._connector = connector
            for screen in self._screens:
                self._start(screen.follow(session))
            self._start(self._look())
            self._start(self._report())
            self._line.send(READY)
            await self._press_until_stopped()
            await self._until(lambda: all(voter.is_settled for voter in self._voters), SETTLE_S)
            self._line.send(SETTLED)
            await self._heard(END)
            await self._until(self._is_over, LAST_WORD_S)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for voter in self._voters:
                await voter.close()
        self._line.send(self._history())

    async def _press_until_stopped(self) -> None:
        """Press every 1/rate seconds, whatever becomes of earlier presses."""
        started = time.monotonic()
        stopped = asyncio.ensure_future(self._heard(STOP))
        for number in itertools.count():
            await asyncio.wait([stopped], timeout=max(0.0, started + number / self._plan.rate - time.monotonic()))
            if stopped.done():
                stopped.result()
                return
            self._press(number)

    def _press(self, number: int) -> None:
        now = time.monotonic()
        if self._waiting() >= _MOST_WAITING:
            return
        ready = [voter for voter in self._voters if voter.may_press(now)]
        if number % _PRESSES_A_VOTER and ready:
            self._start(self._rng.choice(ready).press())
        else:
            self._start(self._newcomer().arrive())

    def _newcomer(self) -> Voter:
        number = len(self._voters)
        services = self._plan.pages if number % 2 else self._plan.pages[::-1]
        ballots = self._rng.sample(self._plan.ballots, len(self._plan.ballots))
        voter = self._plan.voter(services, ballots, self._connector, changes_mind=number // 2 % 2 == 0)
        self._voters.append(voter)
        return voter

    async def _look(self) -> None:
        """Let every voter look at its page; one socket serves all pages of this process."""
        while True:
            await asyncio.sleep(_LOOK_S)
            snapshot = self._screens[0].shown if self._screens else None
            if snapshot is None:
                continue
            for voter in self._voters:
                asking = voter.heed(snapshot)
                if asking is not None:
                    self._start(asking)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_PROGRESS_S)
            self._line.send(self._progress())

    def _progress(self) -> Progress:
        pressed = [operation for voter in self._voters for operation in voter.operations if operation.attempts]
        return Progress(
            Counter(operation.outcome for operation in pressed),
            Counter(one.outcome for operation in pressed for one in operation.attempts),
            self._waiting(),
        )

    def _waiting(self) -> int:
        return sum(not voter.is_quiet for voter in self._voters)

    def _is_over(self) -> bool:
        """Tell whether every screen shows the end, and every voter knows the outcome."""
        final = all(screen.shown and screen.shown["poll"]["state"] == "final" for screen in self._screens)
        return final and all(voter.is_settled for voter in self._voters)

    async def _until(self, condition: Any, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_S)

    async def _heard(self, word: str) -> None:
        """Wait for a word from the drill. Raises EOFError when the drill has ended."""
        while not self._line.poll():
            await asyncio.sleep(_LOOK_S / 4)
        assert self._line.recv() == word

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _history(self) -> History:
        waits = [wait for voter in self._voters for wait in voter.page_waits]
        return History([voter.record() for voter in self._voters], [screen.seen for screen in self._screens], waits)
