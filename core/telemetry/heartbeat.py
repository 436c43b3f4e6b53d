"""The heartbeat: a thread in each process that says in Redis what the process is and does (core.telemetry.reports).

It touches nothing that a request uses but the metrics, and says nothing while Redis is away.
"""

import logging
import os
import socket
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from django.conf import settings

from core.stores import postgres, redis
from core.stores.redis import RedisUnavailableError
from core.stores.running import RunningServers
from core.telemetry import metrics, reports

logger = logging.getLogger(__name__)

#: Seconds between two signs of life; with every second one goes the report.
BEAT_S = 0.5
#: Polls whose screens a report names, those with the most.
POLLS_NAMED = 5
#: What a report has of the process itself, which stays as it is.
FIXED = ("part", "host", "pid", "address", "started_at", "version", "program")
#: What runs each part.
_PROGRAMS = {"vote": "uvicorn", "result": "uvicorn", "worker": "rq"}


class Heartbeat:
    """The report of one process about itself, sent to Redis every few seconds by a thread."""

    def __init__(self, part: str, sample: Callable[[], dict[str, float | None]]) -> None:
        """`sample` makes the entry of the history when one is due."""
        self.part = part
        self.process = f"{part}-{os.getpid()}@{socket.gethostname()}"
        self._sample = sample
        #: Seconds since 1970; None: never.
        self.heard_at: float | None = None
        #: Seconds by which this process's clock is before Redis's.
        self.clock_ahead: float | None = None
        self._window = metrics.Window()
        self._fixed = _fixed(part)

    def report(self) -> dict[str, Any]:
        """Return the report; inspection.pipeline has the meaning of each field."""
        rates, late = self._window.look()
        screens = metrics.screens()
        most = sorted(screens, key=screens.__getitem__, reverse=True)[:POLLS_NAMED]
        return self._fixed | {
            "memory": memory(),
            "clock_ahead": self.clock_ahead,
            "breakers": {"redis": redis.is_silent(), "postgres": postgres.is_silent()},
            "counters": {name: counter.value for name, counter in metrics.COUNTERS.items()},
            "rates": {name: round(rate, 2) for name, rate in rates.items() if rate},
            "late": {name: round(seconds, 5) for name, seconds in late.items() if seconds is not None},
            "times": {name: [times.buckets, round(times.sum, 4)] for name, times in metrics.TIMES.items() if times.sum},
            "queued": metrics.queued(),
            "screens": sum(screens.values()),
            "screens_of": {str(poll_id): screens[poll_id] for poll_id in most},
            "batch": metrics.last.batch,
            "lag": metrics.last.lag,
            "swept_at": metrics.last.swept_at,
        }

    def beat(self, *, with_report: bool) -> None:
        """Say it once. Raises RedisUnavailableError."""
        report = self.report() if with_report else None
        began = time.time()
        heard = reports.say(self.process, report)
        ended = time.time()
        self.heard_at = ended
        # Redis read its clock somewhere between the two.
        self.clock_ahead = round((began + ended) / 2 - heard.clock, 4)
        if heard.history_is_due:
            reports.remember(self._sample())

    def run(self, stop: threading.Event) -> None:
        """Say it until told to stop."""
        with_report = True
        while True:
            try:
                self.beat(with_report=with_report)
            except RedisUnavailableError as error:
                logger.debug("Nothing is reported: %s", error)
            except Exception:
                # Whatever it is, it is of this thread alone; the next report is in a second.
                logger.exception("The report failed")
            with_report = not with_report
            if stop.wait(BEAT_S):
                break
        with suppress(RedisUnavailableError):
            reports.take_leave(self.process)


#: The heartbeat of this process; None where none was started, as in a command.
heartbeat: Heartbeat | None = None


def start(part: str, sample: Callable[[], dict[str, float | None]]) -> Callable[[], None]:
    """Report from now on, in a thread of its own. Returns what ends it in order; killed, a process is missed."""
    global heartbeat  # one a process, as its metrics are
    heartbeat = Heartbeat(part, sample)
    stop = threading.Event()
    thread = threading.Thread(target=heartbeat.run, args=[stop], name="heartbeat", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(2 * settings.REDIS_TIMEOUT)

    return end


@contextmanager
def reporting(part: str, sample: Callable[[], dict[str, float | None]]) -> Iterator[None]:
    """Report as long as this lasts."""
    end = start(part, sample)
    try:
        yield
    finally:
        end()


def _fixed(part: str) -> dict[str, Any]:
    """The FIXED of it."""
    program = _PROGRAMS.get(part, "django")
    return {
        "part": part,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "address": _address(part),
        "started_at": time.time(),
        "version": version(),
        "program": f"{program} {metadata.version(program)}",
    }


def _address(part: str) -> str | None:
    """Return the address that it listens on, as far as it knows; None where it listens nowhere."""
    ports = {"vote": settings.VOTE_PORT, "result": settings.RESULT_PORT}
    return f"{RunningServers.read(settings.DATA_DIR).host}:{ports[part]}" if part in ports else None


def version() -> str:
    """The project's version, from pyproject.toml; empty where that is not there."""
    try:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    except OSError:
        return ""
    return str(project["project"]["version"])


def memory() -> int | None:
    """Bytes of memory that this process has in use; None where /proc does not say (it is Linux's)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
