"""A small event simulation: processes on machines whose cores they share.

An activity is a generator that yields what it waits for: a pause, or work of a process (`Process.work`).
"""

import heapq
from collections import deque
from collections.abc import Callable, Generator
from itertools import count
from typing import Any

Resume = Callable[[], None]
#: Something to wait for: it is given what to call at its end.
Wait = Callable[[Resume], None]
Activity = Generator[Wait, None, None]


class Simulation:
    """The clock, in seconds, and what happens next."""

    def __init__(self) -> None:
        self.now = 0.0
        self._ahead: list[tuple[float, int, Resume]] = []
        self._numbers = count()

    def call_in(self, seconds: float, what: Resume) -> None:
        """Call it so many seconds from now."""
        heapq.heappush(self._ahead, (self.now + seconds, next(self._numbers), what))

    def pause(self, seconds: float) -> Wait:
        """Return a wait of so many seconds."""
        return lambda resume: self.call_in(seconds, resume)

    def start(self, activity: Activity) -> None:
        """Begin an activity now."""

        def go_on() -> None:
            for wait in activity:
                wait(go_on)
                return

        go_on()

    def run(self, until: float) -> None:
        """Let everything happen until then."""
        while self._ahead and self._ahead[0][0] <= until:
            self.now, _, what = heapq.heappop(self._ahead)
            what()
        self.now = until


class Machine:
    """Cores that all processes at work share equally; a process uses one of them at most."""

    def __init__(self, simulation: Simulation, cores: float) -> None:
        self.simulation, self.cores = simulation, cores
        #: The work that is left, in seconds of a core, of each process at work.
        self._left: dict[Process, float] = {}
        self._since = 0.0
        self._plan = 0

    def begin(self, process: "Process", seconds: float) -> None:
        """Let a process work, next to the others."""
        self._catch_up()
        self._left[process] = seconds
        self._plan_end()

    def _speed(self) -> float:
        return min(1.0, self.cores / len(self._left)) if self._left else 1.0

    def _catch_up(self) -> None:
        done = (self.simulation.now - self._since) * self._speed()
        for process in self._left:
            self._left[process] -= done
        self._since = self.simulation.now

    def _plan_end(self) -> None:
        self._plan += 1
        if self._left:
            plan = self._plan
            soonest = max(0.0, min(self._left.values())) / self._speed()
            self.simulation.call_in(soonest, lambda: self._end(plan))

    def _end(self, plan: int) -> None:
        if plan != self._plan:
            return
        self._catch_up()
        done = min(self._left, key=self._left.__getitem__)
        del self._left[done]
        self._plan_end()
        done.finish()


class Process:
    """A process, or what holds its interpreter: it does one piece of work after the other, the urgent ones first."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._lines: tuple[deque[Any], deque[Any]] = (deque(), deque())
        self._resume: Resume | None = None
        #: Seconds of a core that it has used.
        self.used = 0.0

    def work(self, seconds: float, *, urgent: bool = False) -> Wait:
        """Return a wait for so many seconds of a core."""

        def wait(resume: Resume) -> None:
            self._lines[not urgent].append((seconds, resume))
            if self._resume is None:
                self._next()

        return wait

    def finish(self) -> None:
        """End the present piece of work, and begin the next one."""
        resume, self._resume = self._resume, None
        assert resume is not None
        # What it leads to comes after what has waited already.
        self._next()
        resume()

    def _next(self) -> None:
        line = self._lines[0] or self._lines[1]
        if line and self._resume is None:
            seconds, self._resume = line.popleft()
            self.used += seconds
            self._machine.begin(self, seconds)
