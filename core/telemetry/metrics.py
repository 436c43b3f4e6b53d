"""Metrics that this process counts in memory, for its report (core.telemetry.heartbeat).

Counting costs a fraction of a microsecond and touches no store, so it may happen on the way of a vote. Numbers begin at
0 with the process and only grow; readers take differences.
"""

import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

#: Upper bounds of the histogram's buckets, in seconds; one more bucket holds everything above.
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
#: Seconds over which rates and percentiles are taken.
WINDOW_S = 5.0


class Counter:
    """A number that only grows. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.value = 0

    def add(self, number: int = 1) -> None:
        """Add to the number."""
        with self._lock:
            self.value += number


class Times:
    """A histogram of durations: the number in each bucket of BOUNDS, and the sum. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0  # seconds

    def add(self, seconds: float) -> None:
        """Record one duration."""
        bucket = bisect_left(BOUNDS, seconds)
        with self._lock:
            self.buckets[bucket] += 1
            self.sum += seconds


def percentile(buckets: Sequence[int], share: float) -> float | None:
    """Return the duration below which `share` of the recorded ones lie, in seconds; None without any.

    Within a bucket they are taken as evenly spread, as in Prometheus's histogram_quantile.
    """
    rank, below = share * sum(buckets), 0
    if not rank:
        return None
    for bucket, number in enumerate(buckets[:-1]):
        if number and below + number >= rank:
            lower = BOUNDS[bucket - 1] if bucket else 0.0
            return lower + (BOUNDS[bucket] - lower) * (rank - below) / number
        below += number
    return BOUNDS[-1]


# In the web services ------------------------------------------------------------------------------------------------

#: Votes put into a ballot box; counted on the direct path; refused (closed, bad choice ...); answered with 503.
received, direct, refused, failed = Counter(), Counter(), Counter(), Counter()
#: Requests turned away because too many waited.
shed = Counter()
#: From a request's arrival to its answer; WebSockets excluded.
requests = Times()

# Behind them ---------------------------------------------------------------------------------------------------------

#: Casts counted in batches; snapshots broadcast; sweeps of the safety net.
counted, broadcasts, sweeps = Counter(), Counter(), Counter()
#: Of the transactions of one batch.
batches = Times()
#: From the press to the broadcast of the snapshot with that vote.
to_broadcast = Times()

# At the screens ------------------------------------------------------------------------------------------------------

#: Messages sent to screens.
frames = Counter()
#: From the press to the frame with that vote.
to_screen = Times()

COUNTERS = {
    "shed": shed,
    "received": received,
    "direct": direct,
    "refused": refused,
    "failed": failed,
    "counted": counted,
    "broadcasts": broadcasts,
    "sweeps": sweeps,
    "frames": frames,
}
TIMES = {"requests": requests, "batches": batches, "to_broadcast": to_broadcast, "to_screen": to_screen}


class Last:
    """The latest work of this process, for the pipeline page."""

    #: The casts of the last batch, and the seconds it took.
    batch: tuple[int, float] | None = None
    #: When the safety net last finished a sweep, so both stores answered: seconds since 1970.
    swept_at: float | None = None
    #: Seconds from the press of the last vote to its broadcast or frame.
    lag: float | None = None


last = Last()

#: Returns the number of requests that wait for a turn in this process; set by the front.
queued: Callable[[], int] = int

#: Returns the number of open screens by poll id; set by the hub of a result process.
screens: Callable[[], dict[int, int]] = dict


def batch(casts: int, seconds: float) -> None:
    """Record a counted batch."""
    counted.add(casts)
    batches.add(seconds)
    last.batch = casts, seconds


def swept() -> None:
    """Record a finished sweep of the safety net."""
    sweeps.add()
    last.swept_at = time.time()


def arrived(times: Times, pressed_ms: int | None) -> None:
    """Record the time since the press (milliseconds since 1970, by the web service's clock), unless it is not known."""
    if pressed_ms is not None:
        last.lag = max(0.0, time.time() - pressed_ms / 1000)
        times.add(last.lag)


class Window:
    """Rates and percentiles of the last WINDOW_S seconds, for regular readers. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._past: deque[tuple[float, dict[str, int], dict[str, list[int]]]] = deque([_now()])

    def look(self) -> tuple[dict[str, float], dict[str, float | None]]:
        """Return the rate per second of each of COUNTERS, and the 95th percentile of each of TIMES in seconds."""
        with self._lock:
            present = _now()
            self._past.append(present)
            while len(self._past) > 2 and self._past[1][0] <= present[0] - WINDOW_S:
                self._past.popleft()
            then, counters, times = self._past[0]
        seconds = max(present[0] - then, 0.001)
        rates = {name: (value - counters[name]) / seconds for name, value in present[1].items()}
        late = {
            name: percentile([new - old for new, old in zip(buckets, times[name], strict=True)], 0.95)
            for name, buckets in present[2].items()
        }
        return rates, late


def _now() -> tuple[float, dict[str, int], dict[str, list[int]]]:
    counters = {name: counter.value for name, counter in COUNTERS.items()}
    return time.monotonic(), counters, {name: list(times.buckets) for name, times in TIMES.items()}
