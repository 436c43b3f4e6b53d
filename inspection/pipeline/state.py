"""The state of the running system at one moment, as the page, the command and /metrics show it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: The parts of the system, in the order in which a vote meets them.
PARTS = ("vote", "redis", "worker", "postgres", "result")


class Is(StrEnum):
    """How a part or a process is."""

    UP = "up"
    DOWN = "down"
    #: Nobody can say: the store is away where it would be told.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Process:
    """A process of vote, result or worker. Moments are seconds since 1970."""

    name: str
    part: str
    state: Is
    #: By Redis's clock; None: it was not heard, but it is connected to Postgres, or it is this one.
    heard_at: float | None
    #: What it says of itself (core.telemetry.heartbeat); empty where it can't be heard.
    said: dict[str, Any] = field(default_factory=dict)

    def rate(self, name: str) -> float:
        """How much a second it counts of that; 0 when it does nothing any more."""
        return float(self.said.get("rates", {}).get(name, 0.0)) if self.state == Is.UP else 0.0

    def late(self, name: str) -> float | None:
        """The 95th percentile of these times, in seconds."""
        return self.said.get("late", {}).get(name) if self.state == Is.UP else None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the system."""

    name: str
    state: Is
    #: Since when it is down, as far as anybody knows: seconds since 1970.
    since: float | None = None
    #: Those of vote, result and worker.
    processes: tuple[Process, ...] = ()

    @property
    def running(self) -> int:
        """How many of its processes run."""
        return sum(process.state == Is.UP for process in self.processes)


@dataclass(frozen=True, slots=True)
class Box:
    """A ballot box."""

    poll_id: int
    number: int
    waiting: int
    oldest_s: float
    closed: bool


@dataclass(frozen=True, slots=True)
class RedisSide:
    """Redis: what INFO says, and what it holds."""

    name: str
    version: str
    started_at: float
    memory: int  # bytes
    max_memory: int  # bytes; 0: no limit
    operations: int  # a second
    clients: int
    #: Seconds for one round trip, as this reading took it.
    round_trip: float
    jobs: dict[str, int]
    rq_workers: int
    boxes: int
    waiting: int
    #: Polls with a vote that waits: so many workers find work at once, since one poll is counted by one of them.
    waiting_polls: int
    oldest_s: float
    #: Those with the most waiting casts, then the newest.
    fullest: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class PollRow:
    """A poll as Postgres has it."""

    id: int
    slug: str
    state: str
    box: int
    counted_through: str
    voters: int


@dataclass(frozen=True, slots=True)
class PostgresSide:
    """Postgres: its own figures, and what it holds."""

    version: str
    started_at: float
    size: int  # bytes
    max_connections: int
    #: Connections of this database by application name.
    connections: dict[str, int]
    commits: int  # since its statistics began
    #: A second, between this reading and the one before; None at the first.
    commit_rate: float | None
    round_trip: float  # seconds
    polls: int
    ballots: int
    #: Ballots of the polls that are open or closing.
    open_ballots: int
    #: Counted up to SET_ASIDE_COUNTED.
    set_aside: int
    rows: tuple[PollRow, ...]


@dataclass(frozen=True, slots=True)
class Lag:
    """How long a vote takes from the press."""

    seconds: float
    #: `screen`: to the frame that has it; `broadcast`: to its snapshot, where no screen is open.
    to: str
    #: Whether it is of the last few seconds; else that of the last vote there was.
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class State:
    """The whole system at one moment (`at`, in seconds since 1970 by Redis's clock while it answers)."""

    at: float
    #: Which process has read this.
    reader: str
    parts: dict[str, Part]
    redis: RedisSide | None
    postgres: PostgresSide | None
    #: Why a store that is down can't be asked, by its name.
    errors: dict[str, str]
    lag: Lag | None
    #: Moments with what inspection.pipeline.sample says of each; oldest first.
    history: tuple[tuple[float, dict[str, Any]], ...]

    @property
    def processes(self) -> tuple[Process, ...]:
        """Those of all parts."""
        return tuple(process for part in self.parts.values() for process in part.processes)

    @property
    def down(self) -> list[str]:
        """Names of the parts that are down."""
        return [name for name in PARTS if self.parts[name].state == Is.DOWN]

    def rate(self, *names: str) -> float:
        """How much a second all processes together count of these."""
        return sum(process.rate(name) for process in self.processes for name in names)

    @property
    def screens(self) -> int:
        """Open screens, as far as is known."""
        return sum(int(process.said.get("screens", 0)) for process in self.processes if process.state == Is.UP)

    def screens_of(self, poll_id: int) -> int:
        """Open screens of one poll, where the processes name it: each names those with the most."""
        key = str(poll_id)
        return sum(
            int(process.said.get("screens_of", {}).get(key, 0)) for process in self.processes if process.state == Is.UP
        )
