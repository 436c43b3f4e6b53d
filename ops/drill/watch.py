"""Observers of drills: the copy's pipeline page, and the terminal, at which each step may be held."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TextIO

from core.telemetry import drills
from core.telemetry.drills import Drill, Moment
from ops.drill.checker import CheckResult
from ops.drill.client_process import Progress
from ops.drill.history import Outcome
from ops.drill.report import ProgressBar
from ops.drill.stored import Poll
from ops.drill.system import System
from ops.drill.target import Event

#: Seconds between two updates of the time line.
_EVERY_S = 0.5


class Watch:
    """An observer of running drills, who does nothing about it."""

    def happens(self, name: str, what: str, outcomes: Mapping[Outcome, int]) -> None:
        """Note an event in the drill of that name; `outcomes` counts the presses so far."""

    def tell(self, drill: Drill) -> None:
        """Take the present time line of a drill."""

    def hold(self, poll: Poll, look: str) -> None:
        """Return when the drill may go on after a step; `look` says what to look at, with the gaps of `looks`."""


class Live:
    """The time line of a running drill, told to its watch at each event and twice a second."""

    def __init__(self, name: str, what: str, progress: Callable[[], Progress], watch: Watch) -> None:
        self._drill = Drill(name, what)
        self._progress, self._watch = progress, watch
        #: Answers before the newest moment.
        self._before = Counter[Outcome]()
        self._lock = threading.Lock()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Tell it during this block."""
        over = threading.Event()

        def tell() -> None:
            while not over.wait(_EVERY_S):
                self._tell()

        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def happens(self, event: Event) -> None:
        """Add an event."""
        progress = self._progress()
        self._watch.happens(self._drill.name, str(event), progress.operations)
        with self._lock:
            self._count(progress)
            self._before = progress.answers
            moment = Moment(time.time(), event.text, event.values, event.sign)
            self._drill = replace(self._drill, moments=(*self._drill.moments, moment))
        self._tell()

    def end(self, result: CheckResult) -> None:
        """Add the result."""
        names = ("accepted", "counted", "lost", "twice", "wrong", "clean")
        found = {name: int(getattr(result, name)) for name in names}
        with self._lock:
            self._drill = replace(self._drill, result=found, waiting=0)
            self._watch.tell(self._drill)

    def _tell(self) -> None:
        progress = self._progress()
        with self._lock:
            self._count(progress)
            self._watch.tell(self._drill)

    def _count(self, progress: Progress) -> None:
        """Add the answers since the newest moment to it."""
        self._drill = replace(self._drill, waiting=progress.waiting)
        if self._drill.moments:
            *others, newest = self._drill.moments
            since = {str(outcome): number for outcome, number in (progress.answers - self._before).items()}
            self._drill = replace(self._drill, moments=(*others, replace(newest, told=since)))


class Terminal(Watch):
    """A person at a terminal, or a program that reads its output, and the pipeline page of the copy."""

    def __init__(self, drills_: int, said: TextIO, *, slow: bool) -> None:
        """`said` is where addresses and held steps are printed; `slow` holds each step until Enter."""
        self.bar = ProgressBar(drills_, hidden=slow)
        self._said, self._slow = said, slow
        self._system: System | None = None

    def starts(self, system: System) -> None:
        """Say where the copy can be looked at."""
        self._system = system
        first, second = (f"{url}/admin/pipeline/" for url in (system.vote_url, system.result_url))
        self._say(f"Its pipeline page: {first} (while the vote service is away: {second})")
        self._say(f"Sign in as admin, password {system.admin_password()}")

    def happens(self, name: str, what: str, outcomes: Mapping[Outcome, int]) -> None:
        """Show it in the progress bar, or in a line of its own where steps are held."""
        if self._slow:
            self._say(f"\n{name}: {what}")
        self.bar.happens(name, what, outcomes)

    def tell(self, drill: Drill) -> None:
        """Write it into the data folder of the copy."""
        assert self._system
        # A full disk is no reason to end a drill.
        with suppress(OSError):
            drills.write(self._system.folder.path, drill)

    def hold(self, poll: Poll, look: str) -> None:
        """Print the sentence, and wait for Enter. After Ctrl-D nothing is held any more."""
        if not self._slow:
            return
        # Here, since it brings models along: programs that drill containers have no Django set up.
        from polls.box.ballot_box import casts_key

        assert self._system
        system = self._system
        gaps = {"vote": system.vote_url, "result": system.result_url, "slug": poll.slug}
        gaps |= {"casts": casts_key(poll.id, 1), "manage": f"DATA_DIR={system.folder.path} bin/manage"}
        self._say(f"  Look: {look.format(**gaps)}")
        self._said.write("  Enter goes on. ")
        self._said.flush()
        self._slow = bool(sys.stdin.readline())

    def _say(self, line: str) -> None:
        self._said.write(f"{line}\n")
        self._said.flush()
