"""The pipeline: the state of every part of the running system, read from the stores: every process tells the same.

A reading costs two round trips to Redis and five statements in Postgres, however many polls there are. While a store is
away the reading says so, and what the other one and this process itself know.
"""

import os
import socket
import threading
import time
from typing import Any

from django.conf import settings
from django.db import Error as PostgresError

from core.stores.errors import one_line
from core.stores.redis import RedisUnavailableError
from core.telemetry import heartbeat
from inspection.pipeline import parts, postgres_side, redis_side
from inspection.pipeline.redis_side import Found
from inspection.pipeline.state import PARTS, Is, Lag, Part, PostgresSide, Process, State

__all__ = ["PARTS", "Is", "State", "read", "sample"]

#: Seconds for which a reading serves everybody who asks: a room of viewers costs what one does.
FRESH_FOR_S = 0.4


class _Reader:
    """Reads the state, and remembers when each store last answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: tuple[float, State] | None = None
        #: The processes that ran at the last reading at which Redis answered.
        self._ran: list[Process] = []
        #: When each store last answered this process: seconds since 1970.
        self._answered: dict[str, float] = {}

    def read(self) -> State:
        """The state, at most FRESH_FOR_S old. Many who ask at once share one reading."""
        with self._lock:
            if self._newest is None or time.monotonic() - self._newest[0] > FRESH_FOR_S:
                state = self._read()
                self._newest = time.monotonic(), state
            return self._newest[1]

    def _read(self) -> State:
        errors: dict[str, str] = {}
        found = self._redis(errors)
        fullest = [] if found is None else [box.poll_id for box in found.side.fullest]
        postgres = self._postgres(fullest, errors)
        if found is None:
            running = parts.unheard(self._ran, postgres, heartbeat.heartbeat)
        else:
            young = found.clock - found.side.started_at < parts.YOUNG_S
            running = parts.heard(found.reports.reports, found.clock, redis_is_young=young)
            self._ran = [process for part in running for process in part.processes if process.state == Is.UP]
        by_name = {part.name: part for part in running}
        by_name["redis"] = Part("redis", Is.UP) if found else Part("redis", Is.DOWN, self._redis_since())
        by_name["postgres"] = Part("postgres", Is.UP) if postgres else Part("postgres", Is.DOWN, self._postgres_since())
        processes = [process for part in running for process in part.processes]
        return State(
            at=time.time() if found is None else found.clock,
            reader=_name(),
            parts={name: by_name[name] for name in PARTS},
            redis=None if found is None else found.side,
            postgres=postgres,
            errors=errors,
            lag=_lag(processes),
            history=() if found is None else tuple(found.reports.history),
        )

    def _redis(self, errors: dict[str, str]) -> Found | None:
        try:
            found = redis_side.read()
        except RedisUnavailableError as error:
            errors["redis"] = one_line(error)
            return None
        self._answered["redis"] = time.time()
        return found

    def _postgres(self, poll_ids: list[int], errors: dict[str, str]) -> PostgresSide | None:
        try:
            found = postgres_side.read(poll_ids)
        except PostgresError as error:
            errors["postgres"] = one_line(error)
            return None
        self._answered["postgres"] = time.time()
        return found

    def _redis_since(self) -> float | None:
        mine = None if heartbeat.heartbeat is None else heartbeat.heartbeat.heard_at
        return max(filter(None, [self._answered.get("redis"), mine]), default=None)

    def _postgres_since(self) -> float | None:
        """The safety nets look every second: when one last got through, Postgres answered."""
        swept = [process.said.get("swept_at") for process in self._ran]
        return max(filter(None, [self._answered.get("postgres"), *swept]), default=None)


def _name() -> str:
    if heartbeat.heartbeat is not None:
        return heartbeat.heartbeat.process
    return f"{settings.ROLE or 'command'}-{os.getpid()}@{socket.gethostname()}"


def _lag(processes: list[Process]) -> Lag | None:
    """From the press to the screen, where screens are open; else to the broadcast."""
    up = [process for process in processes if process.state == Is.UP]
    for to, part in (("screen", "result"), ("broadcast", "worker")):
        fresh = [process.late(f"to_{to}") for process in up if process.late(f"to_{to}") is not None]
        if fresh:
            return Lag(max(filter(None, fresh), default=0.0), to, is_fresh=True)
        last = [process.said["lag"] for process in up if process.part == part and process.said.get("lag") is not None]
        if last:
            return Lag(max(last), to, is_fresh=False)
    return None


def sample() -> dict[str, Any]:
    """The entry of the history for now: rates a second, what waits, and which parts are down.

    It asks Redis alone; the reporters call it, one of them every few seconds. Raises RedisUnavailableError.
    """
    found = redis_side.read()
    young = found.clock - found.side.started_at < parts.YOUNG_S
    running = parts.heard(found.reports.reports, found.clock, redis_is_young=young)
    processes = [process for part in running for process in part.processes]
    lag = _lag(processes)
    # One that was never heard may only not be there yet.
    down = [part.name for part in running if part.state == Is.DOWN and part.since]
    return {
        "received": _sum(processes, "received", "direct"),
        "counted": _sum(processes, "counted", "direct"),
        "waiting": found.side.waiting,
        "oldest": round(found.side.oldest_s, 3),
        "lag": round(lag.seconds, 4) if lag is not None and lag.is_fresh else None,
        "down": [*down, "postgres"] if _postgres_is_missed(processes, found.clock) else down,
    }


#: A safety net that has not got through for so long has not been answered by Postgres, in seconds.
_MISSED_AFTER_S = 4.0


def _postgres_is_missed(processes: list[Process], clock: float) -> bool:
    """Tell whether workers run and none of them has looked into both stores lately."""
    swept = [process.said["swept_at"] for process in processes if process.state == Is.UP and process.said["swept_at"]]
    return bool(swept) and max(swept) < clock - _MISSED_AFTER_S


def _sum(processes: list[Process], *names: str) -> float:
    return round(sum(process.rate(name) for process in processes for name in names), 2)


_reader = _Reader()


def read() -> State:
    """The state of the system now. Never raises because of a store; it takes a second or two where one hangs."""
    return _reader.read()
