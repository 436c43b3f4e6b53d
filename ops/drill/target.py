"""The target of a fault: a running system, whatever it runs on."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Generic, Protocol, TypeVar

from ops.drill.stored import Postgres

#: Seconds for a part to be back.
BACK_S = 60.0


class Running(Protocol):
    """A running system, as every drill needs it: the copy that bin/up starts, or one in containers."""

    vote_url: str
    result_url: str

    def start(self) -> None:
        """Start what doesn't run, and wait until all is ready."""

    def destroy(self) -> None:
        """End all that runs of it, however it stands. What is stored stays."""

    def wait_ready(self, within: float) -> None:
        """Wait until every part does its job. Raises TooLate after so many seconds."""

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command on it, or with `-m` a module of ours; its output is text."""

    def postgres(self) -> Postgres:
        """A connection to its Postgres."""


S = TypeVar("S", bound=Running)


@dataclass
class Target(Generic[S]):
    """A running system into which a fault is injected."""

    system: S
    slug: str
    #: Makes every choice that a fault leaves to chance; a seed repeats it.
    rng: Random
    #: Called with what happens.
    watch: Callable[[str], None]
    #: How much was done at random.
    kills: int = 0
    #: When the poll was final, and how long that took from the start of `seal`.
    final_at: float | None = None
    final_ms: int | None = None
    #: What a fault has found wrong by itself, in a sentence each.
    trouble: list[str] = field(default_factory=list)
    #: What took too long for a machine that does nothing else, in a sentence each.
    late: list[str] = field(default_factory=list)
    #: What happened when (time.monotonic()), for the timeline.
    events: list[tuple[float, str]] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Write down what happens now."""
        self.events.append((time.monotonic(), text))
        self.watch(text)

    def close(self) -> None:
        """Close the poll by hand, and wait until it is final. Nothing is done where it is."""
        if self.final_at is not None:
            return
        started = time.monotonic()
        self.watch("the poll is closed")
        if self.system.manage("seal", self.slug).returncode == 0:
            self.final_at = time.monotonic()
            self.final_ms = round(1000 * (self.final_at - started))

    def back(self, *parts: str) -> None:
        """Wait until the system is ready."""
        self.system.wait_ready(BACK_S)
        self.say(f"{' and '.join(parts)} {'is' if len(parts) == 1 else 'are'} back")


@dataclass(frozen=True)
class Fault(Generic[S]):
    """A fault, and what it is in words. Its drill gives it a name."""

    what: str
    do: Callable[[Target[S]], None]
    #: Seconds in which 99 % of the votes have their first answer; None: no bound.
    votes_within_s: float | None = None
