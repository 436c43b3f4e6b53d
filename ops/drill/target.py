"""The target of a fault: a running system, on one machine or in containers."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from core.telemetry.drills import Sign
from ops.drill.marking import gettext_noop as _
from ops.drill.stored import Postgres

#: Seconds in which a part must be back.
BACK_S = 60.0


class Running(Protocol):
    """A running system: the copy that bin/up starts, or one in containers."""

    vote_url: str
    result_url: str

    def start(self) -> None:
        """Start all parts that don't run, and wait until all are ready."""

    def destroy(self) -> None:
        """End all its processes in any state. The data stays."""

    def wait_ready(self, within: float) -> None:
        """Wait until every part is ready. Raises TooLate after so many seconds."""

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on it, or with `-m` one of our modules; the output is text."""

    def postgres(self) -> Postgres:
        """Return a connection to its Postgres."""


S = TypeVar("S", bound=Running)


@dataclass(frozen=True)
class Event:
    """A moment of a drill. `at` is time.monotonic()."""

    at: float
    #: Marked for translation, with gaps for the `values`.
    text: str
    sign: Sign = Sign.NOTE
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the text in English."""
        return self.text.format(**self.values)


@dataclass
class Target(Generic[S]):
    """A running system into which a fault is injected."""

    system: S
    slug: str
    #: Makes all random choices of a fault; the same seed repeats them.
    rng: Random
    #: Called with each event.
    watch: Callable[[Event], None] = lambda _event: None
    #: Called after a step, with a sentence that says what to look at; returns when the drill may go on.
    hold: Callable[[str], None] = lambda _look: None
    #: How much was done at random.
    kills: int = 0
    #: When the poll became final, and the seconds from the start of `seal`.
    final_at: float | None = None
    final_ms: int | None = None
    #: Failures that a fault found by itself, a sentence each.
    trouble: list[str] = field(default_factory=list)
    #: What took too long on an otherwise idle machine, a sentence each.
    late: list[str] = field(default_factory=list)
    #: For the timeline.
    events: list[Event] = field(default_factory=list)

    def say(self, text: str, sign: Sign = Sign.NOTE, *, look: str = "", **values: object) -> None:
        """Record an event. With `look`, a sentence about what to look at, the step may be held."""
        event = Event(time.monotonic(), text, sign, values)
        self.events.append(event)
        self.watch(event)
        if look:
            self.hold(look)

    def stay(self, seconds: float) -> None:
        """Wait until so many seconds have passed since the last event."""
        time.sleep(max(0.0, self.events[-1].at + seconds - time.monotonic()))

    def close(self, sign: Sign = Sign.PHASE) -> None:
        """Close the poll by hand, and wait until it is final. Does nothing if it is."""
        if self.final_at is not None:
            return
        started = time.monotonic()
        self.say(_("the poll is closed"), sign)
        if self.system.manage("seal", self.slug).returncode:
            self.say(_("the poll is not final"), sign)
            return
        self.final_at = time.monotonic()
        self.final_ms = round(1000 * (self.final_at - started))
        self.say(_("the poll is final"), sign)

    def back(self, *parts: str, look: str = "") -> None:
        """Wait until the system is ready."""
        self.system.wait_ready(BACK_S)
        text = _("{parts} is back") if len(parts) == 1 else _("{parts} are back")
        self.say(text, Sign.RECOVERY, look=look, parts=", ".join(parts))


@dataclass(frozen=True)
class Fault(Generic[S]):
    """A fault and its description. Its drill gives it a name."""

    what: str
    do: Callable[[Target[S]], None]
    #: Seconds in which 99 % of the votes have their first answer; None: no bound.
    votes_within_s: float | None = None
    #: Seconds in which all votes have it; None: no bound.
    all_within_s: float | None = None
    #: Whether the system begins with the code of an earlier release.
    from_older: bool = False
