"""Measured costs: the inputs of the simulation, each with its source.

They are of one machine: the virtual machine with 2 cores of docs/benchmarks.md, on 29 November 2026.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

# The pace of the code, in seconds and numbers; tests/ops/scaling holds them equal to it.
#: `polls/counting/drain.py`, `polls/counting/tally.py`
PACE, TURN, BATCH = 0.05, 1.0, 2000
#: `polls/counting/bell.py`
STREAM = 2
#: `polls/results/screens.py`
FRAME_EVERY, SHARE, AT_ONCE = 0.025, 0.25, 500
#: `core/web/turns.py`: threads that votes may have.
VOTE_THREADS = 7
#: Shares of a vote's cost: the event loop reads it, a thread checks it and, after Redis, answers; the loop writes that.
VOTE_STEPS = 0.15, 0.45, 0.3, 0.1
#: Writes to Redis, each of which waits for the disk, of RQ's bookkeeping before and after a job, and of all in all.
BEFORE_WRITES, AFTER_WRITES, JOB_WRITES = 4, 4, 10
#: uvloop counts in whole milliseconds.
TIMER = 0.001

#: A send() of 500 bytes over loopback in the same minutes, in µs: compare other machines by it.
SEND = 4.9


@dataclass(frozen=True)
class Cost:
    """A core's time for one thing, in µs, and where that was measured."""

    what: str
    micros: float
    source: str


_ACCEPT = "`accept` A"
_BOTH = "`accept` A and B"
_SPLIT = "estimated share of the 11,250 of a job, of `ops.scaling.measure`"
_FRAME = "2,000 screens had 8.7 frames a second in a quarter of a core"
_ROOM = "rooms of 3,000 phones with and without files and sockets"
_MEASURE = "`ops.scaling.measure`"

MEASURED = {
    "page": Cost("vote service: a newcomer's page, with its connection", 557, _MEASURE),
    "file": Cost("vote service: a static file", 61, _MEASURE),
    "vote": Cost("vote service: a vote, while 50 clients vote", 1354, _MEASURE),
    "ring": Cost("vote service: a vote that rings, in addition", 4000, _MEASURE),
    "socket": Cost("result service: a socket, from its handshake to its end", 1260, _ROOM),
    "frame": Cost("result service: a frame for one screen", 14.4, _FRAME),
    "message": Cost("result service: a snapshot from the channel layer", 400, _ACCEPT),
    "vote_redis": Cost("Redis: a vote", 113, _BOTH),
    "job_redis": Cost("Redis: a job", 3900, _MEASURE),
    "cast_worker": Cost("worker: a cast in a batch", 108, "`drain`; `accept` A and B"),
    "before_worker": Cost("worker: RQ's bookkeeping before a job", 3600, _SPLIT),
    "count_worker": Cost("worker: a batch without its casts", 3200, _SPLIT),
    "publish_worker": Cost("worker: a snapshot and its broadcast", 1450, _SPLIT),
    "after_worker": Cost("worker: RQ's bookkeeping after a job", 3000, _SPLIT),
    "cast_db": Cost("Postgres: a cast in a batch", 28, "`drain`; `accept` A and B"),
    "job_db": Cost("Postgres: a batch without its casts, on the way", 1500, "a batch of one cast took 7 ms in all"),
    "aside_db": Cost("Postgres: the same, in its other processes", 400, _MEASURE),
    "idle_vote": Cost("vote service: each second, whatever happens", 10_000, "a quiet system"),
    "idle_result": Cost("result service: each second, whatever happens", 10_000, "a quiet system"),
    "idle_worker": Cost("worker: each second, whatever happens", 12_000, "a quiet system"),
    "load_page": Cost("load generator: a page", 500, _ROOM),
    "load_file": Cost("load generator: a file", 110, _ROOM),
    "send_vote": Cost("load generator: a vote", 110, _ACCEPT),
    "open_socket": Cost("load generator: a socket", 400, _ROOM),
    "watch": Cost("load generator: a frame", 12, "`fanout` with 2,000 and 8,000 screens"),
}

#: Milliseconds of a sync, hundredth by hundredth at these shares: 3,000 times 400 bytes and fdatasync() while the
#: machine was busy. Only the shape is taken from it.
_SYNC_SHAPE = ((0, 0.1), (0.05, 0.14), (0.25, 0.32), (0.5, 1.1), (0.75, 3.4), (0.9, 6.9), (0.95, 9.8), (0.98, 15.4))
_SYNC_TAIL = ((0.99, 20.1), (0.995, 27.6), (1, 44.0))
#: The mean of a sync, in seconds: chosen so that one vote on a quiet system takes as long as measured.
_SYNC_MEAN = 0.0012

#: How long batches took in `accept` A (the log of the worker), as multiples of their median, 14 ms; each is as likely.
_SPREAD = (0.64, 0.71, 0.79, 0.86, 0.86, 0.86, 0.93, 0.93, 0.93, 1, 1, 1.07, 1.07, 1.14, 1.14, 1.21, 1.29, 1.29, 1.36)
_LONGEST = 1.79


@dataclass(frozen=True)
class Costs:
    """The same in seconds, by name (`MEASURED`), with what varies."""

    page: float
    file: float
    vote: float
    ring: float
    socket: float
    frame: float
    message: float
    vote_redis: float
    job_redis: float
    cast_worker: float
    before_worker: float
    count_worker: float
    publish_worker: float
    after_worker: float
    cast_db: float
    job_db: float
    aside_db: float
    idle_vote: float
    idle_result: float
    idle_worker: float
    load_page: float
    load_file: float
    send_vote: float
    open_socket: float
    watch: float
    #: Seconds until a write is on the disk; each is as likely.
    sync: tuple[float, ...]
    #: How long the same work takes from one time to the next, as multiples of its cost; each is as likely.
    spread: tuple[float, ...]

    @property
    def rq_worker(self) -> float:
        """Return what RQ's bookkeeping of a job takes of a worker."""
        return self.before_worker + self.after_worker

    @property
    def batch_worker(self) -> float:
        """Return what a batch takes of a worker, without its casts."""
        return self.count_worker + self.publish_worker

    @property
    def rq_redis(self) -> float:
        """Return what RQ's bookkeeping of a job takes of Redis."""
        return self.job_redis * (BEFORE_WRITES + AFTER_WRITES) / JOB_WRITES

    @property
    def batch_redis(self) -> float:
        """Return what a batch takes of Redis."""
        return self.job_redis - self.rq_redis


def _at(share: float) -> float:
    """Return the length of a sync that this share of them does not exceed, in ms."""
    points = (*_SYNC_SHAPE, *_SYNC_TAIL)
    (low, short), (high, long) = next(pair for pair in pairwise(points) if share <= pair[1][0])
    return short + (long - short) * (share - low) / (high - low)


def _syncs() -> tuple[float, ...]:
    shape = [_at((number + 0.5) / 100) for number in range(100)]
    return tuple(_SYNC_MEAN * one * len(shape) / sum(shape) for one in shape)


#: With votebench as the load generator.
COSTS = Costs(
    **{name: cost.micros / 1e6 for name, cost in MEASURED.items()},
    sync=_syncs(),
    spread=(*_SPREAD, _LONGEST),
)
#: With room.py, which takes more for a vote and a frame, since it is a browser's whole way.
OF_A_ROOM = replace(COSTS, send_vote=240e-6, watch=14e-6)
#: With phones that are no program on this machine.
OF_PHONES = replace(COSTS, load_page=0.0, load_file=0.0, send_vote=0.0, open_socket=0.0, watch=0.0)
