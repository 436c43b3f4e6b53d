"""Needs of 1,000 to 10,000,000 voters in ten minutes: costs added up, and the busiest moment simulated."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from ops.scaling import runs
from ops.scaling.costs import COSTS, OF_A_ROOM, OF_PHONES, PACE, SHARE, STREAM, TURN
from ops.scaling.plan import Plan

#: All vote within these seconds, and in the busiest ones so many times as fast as on average.
SECONDS, PEAK = 600, 3
#: Share of a core that a process may have in the busiest moment; the rest is for stalls, which no table knows.
FULL = 0.6
#: Voters of one installation, with a Redis and a Postgres of its own, where there are more.
CELL = 100_000
#: Static files of the vote page, for everybody: nobody is counted as one who has them already.
FILES = 7
#: `polls/results/hub.py`: screens of one result process, and bytes of each (docs/benchmarks.md).
SCREENS, SCREEN_BYTES = 20_000, 31 * 1024
#: Connections to Postgres that a web process (`votingsite/store_settings.py`) and a worker may have.
POOL, OF_A_WORKER = 16, 2
#: Bytes on the wire: a frame of two choices with its headers, and a phone's page, files and vote (compressed).
FRAME_BYTES, PHONE_BYTES = 570, 43_000


@dataclass(frozen=True)
class Size:
    """So many voters in so many polls."""

    voters: int
    polls: int
    name: str

    @property
    def rate(self) -> float:
        """Return the voters a second, on average."""
        return self.voters / SECONDS

    @property
    def peak(self) -> float:
        """Return the voters a second in the busiest moment."""
        return PEAK * self.rate

    @property
    def redis(self) -> int:
        """Return the number of Redis: one for so many voters, if there are several polls."""
        return min(self.polls, ceil(self.voters / CELL))

    @property
    def batches(self) -> float:
        """Return the batches a second in the busiest moment: one a vote, until pace or Redis let more share one."""
        carried = (self.redis * FULL - self.peak * COSTS.vote_redis) / COSTS.job_redis
        return min(self.peak, self.polls / PACE, max(carried, 1 / PACE))

    @property
    def jobs(self) -> float:
        """Return the jobs a second: one a batch, but where a worker stays since votes of the only poll stream in."""
        return 1 / TURN if self.polls == 1 and self.peak * PACE >= STREAM else self.batches


@dataclass(frozen=True)
class Load:
    """Cores that each part is busy with in the busiest moment, and what else it needs."""

    size: Size

    @property
    def vote(self) -> float:
        """Return the cores of the vote service."""
        each = COSTS.page + FILES * COSTS.file + COSTS.vote
        return self.size.peak * each + self.size.jobs * COSTS.ring

    @property
    def result(self) -> float:
        """Return the cores of the result service."""
        return self.size.peak * COSTS.socket + self.frames * COSTS.frame

    @property
    def frames(self) -> float:
        """Return the frames a second: each screen has each snapshot, unless rounds take as much as they may."""
        size, hubs = self.size, ceil(self.size.voters / SCREENS)
        return min(size.voters * size.batches / size.polls, hubs * size.polls * SHARE / COSTS.frame)

    @property
    def workers(self) -> float:
        """Return the cores of the workers."""
        return (
            self.size.jobs * COSTS.rq_worker
            + self.size.batches * COSTS.batch_worker
            + self.size.peak * COSTS.cast_worker
        )

    @property
    def redis(self) -> float:
        """Return the cores of Redis, which can use one."""
        return (
            self.size.jobs * COSTS.rq_redis + self.size.batches * COSTS.batch_redis + self.size.peak * COSTS.vote_redis
        )

    @property
    def postgres(self) -> float:
        """Return the cores of Postgres."""
        return self.size.batches * (COSTS.job_db + COSTS.aside_db) + self.size.peak * COSTS.cast_db

    @property
    def tally(self) -> float:
        """Return the share of the time for which one poll's Tally row is locked."""
        poll_rate, batches = self.size.peak / self.size.polls, self.size.batches / self.size.polls
        batch = COSTS.count_worker + COSTS.job_db + sum(COSTS.sync) / len(COSTS.sync)
        return batches * batch + poll_rate * (COSTS.cast_worker + COSTS.cast_db)

    @property
    def egress(self) -> float:
        """Return the bits a second to the phones."""
        return 8 * (self.frames * FRAME_BYTES + self.size.peak * PHONE_BYTES)

    @property
    def screens_bytes(self) -> float:
        """Return the memory of all sockets."""
        return float(self.size.voters * SCREEN_BYTES)


SIZES = (
    Size(1_000, 1, "1,000 in one poll"),
    Size(100_000, 1, "100,000 in one poll"),
    Size(100_000, 100, "100,000 in 100 polls"),
    Size(10_000_000, 1, "10,000,000 in one poll"),
    Size(10_000_000, 10_000, "10,000,000 in 10,000 polls"),
)


def processes(cores: float) -> int:
    """Return how many processes of one core each carry this load."""
    return max(1, ceil(cores / FULL))


def most_votes() -> Iterator[tuple[str, float]]:
    """Yield where one of each part ends, in votes or voters a second: it is busy all the time then."""
    each = COSTS.page + FILES * COSTS.file + COSTS.vote
    yield "one vote process: page, files and vote of a voter", 1 / each
    yield "one vote process: votes alone", 1 / COSTS.vote
    yield "one result process: sockets alone", (1 - SHARE) / COSTS.socket
    yield (
        "one worker, one poll: its Tally row",
        _full(COSTS.count_worker + COSTS.job_db, COSTS.cast_worker + COSTS.cast_db),
    )
    yield "one Redis, one poll: votes and twenty batches a second", _beside_batches()
    yield "one Redis, many polls: a job for each vote", 1 / (COSTS.vote_redis + COSTS.job_redis)


def _beside_batches() -> float:
    """Return the votes a second that Redis takes of one poll, beside its batches and its job."""
    return (1 - COSTS.batch_redis / PACE - COSTS.rq_redis / TURN) / COSTS.vote_redis


def _full(batch: float, cast: float) -> float:
    """Return the casts a second of batches of 2,000."""
    return 2000 / (batch + 2000 * cast)


@dataclass(frozen=True)
class Peak:
    """Simulated waits in the busiest moment, in ms."""

    vote_p99: float
    age_p99: float


def simulate() -> Iterator[tuple[str, str, Peak]]:
    """Simulate the busiest seconds with the processes of `bought`; yield what, with which processes, and the waits."""
    yield SIZES[0].name, "the one machine with 2 cores", _peak(SIZES[0], Plan(cores=2), seconds=20)
    for size in SIZES[1:3]:
        plan = plan_of(size)
        names = f"{plan.vote} vote, {plan.result} result, {plan.workers} workers, 1 Redis"
        yield size.name, names, _peak(size, plan, seconds=8)


def plan_of(size: Size) -> Plan:
    """Return the processes that carry a size, each with a core of its own."""
    load = Load(size)
    result = max(processes(load.result), ceil(size.voters / SCREENS))
    return Plan(None, processes(load.vote), result, max(2, processes(load.workers)), size.polls)


def _peak(size: Size, plan: Plan, seconds: float) -> Peak:
    costs = OF_PHONES if plan.cores is None else OF_A_ROOM
    room = runs.room(costs, plan, round(size.peak * seconds), seconds, watching=size.voters, stay=5)
    return Peak(room.vote_p99, room.age_p99)
