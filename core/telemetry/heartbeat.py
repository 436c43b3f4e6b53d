"""The heartbeat: a thread in each process that reports to Redis what the process is and does (core.telemetry.reports).

Of what requests use it touches only the metrics. It reports nothing while Redis is away.
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

#: Seconds between two beats; every second beat carries the report.
BEAT_S = 0.5
#: How many polls a report names, those with the most screens.
POLLS_NAMED = 5
#: The fields of a report that never change.
FIXED = ("part", "host", "pid", "address", "started_at", "version", "program")
#: The program of each part.
_PROGRAMS = {"vote": "uvicorn", "result": "uvicorn", "worker": "rq"}


class Heartbeat:
    """The report of one process on itself, sent to Redis every second."""

    def __init__(self, part: str, sample: Callable[[], dict[str, float | None]]) -> None:
        """`sample` makes an entry of the history when one is due."""
        self.part = part
        self.process = f"{part}-{os.getpid()}@{socket.gethostname()}"
        self._sample = sample
        #: When Redis last answered, in seconds since 1970; None before.
        self.heard_at: float | None = None
        #: Seconds by which this process's clock is ahead of Redis's.
        self.clock_ahead: float | None = None
        self._window = metrics.Window()
        self._fixed = _fixed(part)

    def report(self) -> dict[str, Any]:
        """Return the report; inspection.pipeline explains each field."""
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
        """Send one beat. Raises RedisUnavailableError."""
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
        """Beat until told to stop."""
        with_report = True
        while True:
            try:
                self.beat(with_report=with_report)
            except RedisUnavailableError as error:
                logger.debug("Could not send the report: %s", error)
            except Exception:
                # It concerns this thread alone; the next beat follows.
                logger.exception("The report failed")
            with_report = not with_report
            if stop.wait(BEAT_S):
                break
        with suppress(RedisUnavailableError):
            reports.take_leave(self.process)


#: The heartbeat of this process; None where none was started, as in a command.
heartbeat: Heartbeat | None = None


def start(part: str, sample: Callable[[], dict[str, float | None]]) -> Callable[[], None]:
    """Start the heartbeat's thread. Returns the function that ends it in order; a killed process shows as down."""
    global heartbeat  # one for each process, like its metrics
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
    """Report during this block."""
    end = start(part, sample)
    try:
        yield
    finally:
        end()


def _fixed(part: str) -> dict[str, Any]:
    """Return the fields named in FIXED."""
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
    """Return the address that the part listens on, as far as it knows; None if it does not listen."""
    ports = {"vote": settings.VOTE_PORT, "result": settings.RESULT_PORT}
    return f"{RunningServers.read(settings.DATA_DIR).host}:{ports[part]}" if part in ports else None


def version() -> str:
    """Return the project's version, from pyproject.toml; empty without that file."""
    try:
        project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    except OSError:
        return ""
    return str(project["project"]["version"])


def memory() -> int | None:
    """Return the bytes of memory that this process uses; None without Linux's /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
