"""An instructor's requests to bin/up, and bin/up's event log. Only this module knows both files.

A web service writes a request, one line, into a pipe in the data folder; bin/up reads it and carries it out. So bin/up
resumes a paused part, and waits for a killed one, even if the web service that asked has ended. The events are one
small JSON file that only bin/up writes, replaced at each change: it outlives every part, and bin/up itself.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.stores import files

#: Parts as people call them, in the order in which a vote meets them.
PARTS = ("vote", "redis", "worker", "postgres", "result")
#: Seconds for which a part may be paused.
PAUSES_S = (5, 10, 20)
#: How many votes one request sends.
VOTES = 300
#: Requests carried out in a minute, at most.
A_MINUTE = 12
#: How many events are kept, the newest.
KEPT = 60


class Do(StrEnum):
    """Kinds of requests."""

    VOTES = "votes"
    PAUSE = "pause"
    KILL = "kill"


#: The kind of an event that nobody asked for: a part ended by itself.
ENDED = "ended"


class Stage(StrEnum):
    """Stages of an event."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: bin/up ended meanwhile, so the end of the event was not seen.
    CUT = "cut"


class Refusal(StrEnum):
    """Reasons for refusing a request."""

    UNKNOWN = "unknown"
    #: An event of the same part, or other votes, are not finished yet.
    BUSY = "busy"
    TOO_OFTEN = "too_often"


class NotRunningError(Exception):
    """No bin/up reads requests for this data folder."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of an instructor."""

    do: str
    #: A part of PARTS, or the poll's slug.
    subject: str
    #: Of a pause.
    seconds: int = 0
    #: The username of the instructor.
    by: str = ""

    @classmethod
    def read(cls, line: bytes) -> "Request | None":
        """Parse a line; None if it is no request."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Event:
    """A change done to the system, or one that happened to it. Moments are seconds since 1970."""

    id: int
    #: One of Do, or ENDED.
    kind: str
    #: As in Request; of ENDED the process's name in bin/up, such as `worker-1`.
    subject: str
    at: float
    stage: str = Stage.RUNNING
    ended_at: float | None = None
    #: `by`; `seconds` of a pause; `how` a part ended; `sent`, `accepted` and `counted` votes; `error`.
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Log:
    """The parts that bin/up runs, which requests may name, and the events, the oldest first."""

    parts: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


def pipe(data_dir: Path) -> Path:
    """Return the path of the named pipe for requests, which exists while bin/up runs."""
    return data_dir / "run" / "control"


def _file(data_dir: Path) -> Path:
    return data_dir / "log" / "events.json"


def ask(data_dir: Path, request: Request) -> None:
    """Send a request to bin/up. Raises NotRunningError."""
    line = json.dumps(asdict(request)).encode() + b"\n"
    try:
        # Fails at once without a reader. The kernel writes a line this short whole, or not at all.
        end = os.open(pipe(data_dir), os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        raise NotRunningError(str(error)) from error
    try:
        os.write(end, line)
    except BlockingIOError as error:
        raise NotRunningError(str(error)) from error
    finally:
        os.close(end)


def read(data_dir: Path) -> Log:
    """Read the log; an empty Log if there is none, or none that can be read."""
    try:
        found = json.loads(_file(data_dir).read_text())
        return Log(tuple(found["parts"]), tuple(Event(**event) for event in found["events"]))
    except (OSError, ValueError, TypeError, KeyError):
        return Log()


def write(data_dir: Path, parts: Sequence[str], events: Sequence[Event]) -> None:
    """Write the log, with the newest events only. For bin/up alone."""
    text = json.dumps({"parts": parts, "events": [asdict(event) for event in events[-KEPT:]]})
    files.write(_file(data_dir), text)


def refusal(log: Log, request: Request, now: float) -> Refusal | None:
    """Return the reason for refusing a request; None to carry it out."""
    is_votes = request.do == Do.VOTES
    is_part = request.do in (Do.PAUSE, Do.KILL) and request.subject in log.parts
    if not (is_votes or is_part) or (request.do == Do.PAUSE and request.seconds not in PAUSES_S):
        return Refusal.UNKNOWN
    asked_for = [event for event in log.events if event.kind != ENDED]
    running = [event for event in asked_for if event.stage == Stage.RUNNING]
    if any(event.kind == Do.VOTES if is_votes else event.subject == request.subject for event in running):
        return Refusal.BUSY
    if sum(event.at > now - 60 for event in asked_for) >= A_MINUTE:
        return Refusal.TOO_OFTEN
    return None
