"""The parts as the simulation knows them: what each does for a page, a vote, a job and a frame, and who waits for whom.

Constants of the pace come from the code itself. What a part does costs what was measured (`ops.scaling.costs`).
"""

import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from itertools import cycle

from ops.scaling.costs import (
    AFTER_WRITES,
    AT_ONCE,
    BATCH,
    BEFORE_WRITES,
    JOB_WRITES,
    PACE,
    SHARE,
    STREAM,
    TIMER,
    TURN,
    VOTE_STEPS,
    VOTE_THREADS,
    Costs,
)
from ops.scaling.events import Activity, Machine, Process, Resume, Simulation, Wait
from ops.scaling.plan import Plan
from ops.scaling.stores import Queue, Redis


@dataclass
class Receipt:
    """A frame's arrival at some screens: when, in which process and part of its round, how many, and its voters."""

    at: float
    group: tuple[int, int, int]
    screens: int
    voters: int


def _nothing() -> None:
    """Wait for nothing."""


class System:
    """All parts, and the phones."""

    def __init__(self, simulation: Simulation, costs: Costs, plan: Plan, seed: int = 0) -> None:
        self.simulation, self.costs, self.plan = simulation, costs, plan
        self._rng = random.Random(seed)
        self._shared = Machine(simulation, plan.cores) if plan.cores else None
        self.db = self._process()
        self.db_aside = self._process()
        self.redis_disk = Process(Machine(simulation, 1))
        self.redis = Redis(simulation, self._process(), lambda: self.sync(self.redis_disk))
        self.db_disk = self.redis_disk if plan.cores else Process(Machine(simulation, 1))
        #: The programs that are the phones: what votes, and what watches. They may be one.
        self.phones, self.watchers = self._process(), self._process()
        self.votes = [VoteService(self) for _ in range(plan.vote)]
        self.results = [self._process() for _ in range(plan.result)]
        self.queue: Queue[Poll] = Queue()
        self.polls = [Poll(self, number) for number in range(plan.polls)]
        self.workers = [self._process() for _ in range(plan.workers)]
        for worker in self.workers:
            simulation.start(self._work(worker))
        self._next_vote = cycle(self.votes)
        for hub in [hub for poll in self.polls for hub in poll.hubs]:
            simulation.start(self._refresh(hub))
        idle = [(service.process, costs.idle_vote) for service in self.votes]
        idle += [(process, costs.idle_result) for process in self.results]
        idle += [(process, costs.idle_worker) for process in self.workers]
        for process, seconds in idle:
            simulation.start(self._idle(process, seconds))

    def _process(self) -> Process:
        return Process(self._shared or Machine(self.simulation, 1))

    def new_process(self) -> Process:
        """Return a process on the shared machine, or with a core of its own."""
        return self._process()

    def luck(self) -> float:
        """Return by how much the next piece of work takes longer than usual."""
        return self._rng.choice(self.costs.spread)

    def sync(self, disk: Process) -> Wait:
        """Wait until what was written is on the disk, after what others have written."""
        return disk.work(self._rng.choice(self.costs.sync))

    def until(self, moment: float) -> Wait:
        """Wait for a moment that may have passed. A timer is late by up to a millisecond."""
        left = moment - self.simulation.now
        return self.simulation.pause(left + self._rng.uniform(0, TIMER) if left > 0 else 0.0)

    def vote_service(self) -> "VoteService":
        """Return the vote service that the next phone gets."""
        return next(self._next_vote)

    def _idle(self, process: Process, seconds: float) -> Activity:
        yield self.simulation.pause(self._rng.random())
        while True:
            yield process.work(seconds, urgent=True)
            yield self.simulation.pause(1.0)

    def _refresh(self, hub: "Hub") -> Activity:
        """Show each second how many votes wait: that is news, too."""
        yield self.simulation.pause(self._rng.random())
        while True:
            yield self.simulation.pause(1.0)
            if hub.poll.waiting:
                hub.take(hub.voters)

    def _work(self, worker: Process) -> Activity:
        while True:
            poll: Poll | None = None
            while poll is None:
                yield self.queue.wait
                poll = self.queue.take()
            yield from self._bookkeeping(worker, self.costs.before_worker, BEFORE_WRITES)
            yield from poll.answer(worker)
            yield from self._bookkeeping(worker, self.costs.after_worker, AFTER_WRITES)

    def _bookkeeping(self, worker: Process, cpu: float, writes: int) -> Activity:
        luck = self.luck()
        for _ in range(writes):
            yield worker.work(cpu / writes * luck)
            yield self.redis.write(self.costs.job_redis / JOB_WRITES)


class VoteService:
    """A vote service: its event loop goes before its threads, of which votes have some at a time."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.process = system.new_process()
        self._free = VOTE_THREADS
        self._waiting: deque[Resume] = deque()

    def page(self) -> Wait:
        """Answer with a page that is kept."""
        return self.process.work(self._system.costs.page, urgent=True)

    def files(self, number: int) -> Wait:
        """Answer with static files."""
        return self.process.work(number * self._system.costs.file, urgent=True)

    def vote(self, poll: "Poll") -> Activity:
        """Take a vote."""
        system = self._system
        read, check, answer, write = (share * system.costs.vote * system.luck() for share in VOTE_STEPS)
        yield self.process.work(read, urgent=True)
        yield self._turn
        yield self.process.work(check)
        yield system.redis.write(system.costs.vote_redis)
        if poll.put():
            yield self.process.work(system.costs.ring)
            yield system.redis.write(system.costs.vote_redis)
            system.queue.put(poll)
        yield self.process.work(answer)
        self._free += 1
        if self._waiting:
            self._free -= 1
            self._waiting.popleft()()
        yield self.process.work(write, urgent=True)

    def _turn(self, resume: Resume) -> None:
        if self._free:
            self._free -= 1
            resume()
        else:
            self._waiting.append(resume)


class Poll:
    """A poll: its box, its bell, its lock, and its screens in each result process."""

    def __init__(self, system: System, number: int) -> None:
        self._system = system
        self.waiting = self.counted = 0
        #: When each vote was accepted.
        self.accepted: list[float] = []
        self._is_rung = self._is_locked = False
        self._began = -PACE
        self.hubs = [Hub(system, self, process, (number, index)) for index, process in enumerate(system.results)]
        self._next_hub = cycle(self.hubs)

    def put(self) -> bool:
        """Put a cast into the box; return whether to ring."""
        self.waiting += 1
        rings, self._is_rung = not self._is_rung, True
        return rings

    def hub(self) -> "Hub":
        """Return the hub that the next screen gets."""
        return next(self._next_hub)

    def answer(self, worker: Process) -> Activity:
        """Count what is in the box, and what streams in meanwhile, as the job does."""
        system, stays, ends = self._system, self._system.plan.stays, self._system.simulation.now + TURN
        batch = yield from self._drain_at_pace(worker, is_rung=stays)
        while stays and batch >= STREAM and system.simulation.now < ends and system.queue.is_empty:
            batch = yield from self._drain_at_pace(worker, is_rung=True)
        if stays:
            self._is_rung = False
            yield from self._drain(worker)
        if self.waiting and not self._is_rung:
            self._is_rung = True
            system.queue.put(self)

    def _drain_at_pace(self, worker: Process, *, is_rung: bool) -> Generator[Wait, None, int]:
        yield self._system.until(self._began + PACE)
        self._began, self._is_rung = self._system.simulation.now, is_rung
        return (yield from self._drain(worker))

    def _drain(self, worker: Process) -> Generator[Wait, None, int]:
        """Count batch by batch, each in a transaction and with a broadcast; return the size of the last one."""
        simulation, costs = self._system.simulation, self._system.costs
        began, batch = simulation.now, 0
        while self.waiting and simulation.now - began < TURN:
            batch = yield from self._transaction(worker)
            yield self._system.redis.write(costs.job_redis / JOB_WRITES)
            yield worker.work(costs.publish_worker * self._system.luck())
            yield self._system.redis.write(costs.job_redis / JOB_WRITES)
            for hub in self.hubs:
                hub.take(self.counted)
            if batch < BATCH:
                break
        return batch

    def _transaction(self, worker: Process) -> Generator[Wait, None, int]:
        """Count a batch under the poll's lock; return how many casts it had."""
        system, costs = self._system, self._system.costs
        while self._is_locked:
            yield system.simulation.pause(TIMER)
        self._is_locked = True
        batch, luck = min(self.waiting, BATCH), system.luck()
        yield worker.work((batch * costs.cast_worker + costs.count_worker) * luck)
        yield system.db.work((batch * costs.cast_db + costs.job_db) * luck)
        system.db_aside.work(costs.aside_db)(_nothing)
        yield system.sync(system.db_disk)
        self.waiting -= batch
        self.counted += batch
        self._is_locked = False
        return batch


@dataclass
class Hub:
    """The screens of a poll in one result process, and the rounds in which they get frames."""

    system: System
    poll: Poll
    process: Process
    place: tuple[int, int]
    screens: int = 0
    voters: int = 0
    frames: int = 0
    #: Called with each arrival of a frame.
    seen: Callable[[Receipt], None] | None = None
    _is_news: bool = False
    _is_busy: bool = False
    _next_round: float = field(default=0.0)

    def take(self, voters: int) -> None:
        """Take a snapshot with so many voters."""
        self.voters, self._is_news = voters, True
        if not self._is_busy and self.screens:
            self._is_busy = True
            self.system.simulation.start(self._rounds())

    def _rounds(self) -> Activity:
        simulation, costs = self.system.simulation, self.system.costs
        yield self.process.work(costs.message * self.system.luck())
        while self._is_news:
            yield self.system.until(self._next_round)
            began, used = simulation.now, 0.0
            self._is_news = False
            left, group = self.screens, 0
            while left > 0:
                some = min(left, AT_ONCE)
                voters = self.voters
                yield self.process.work(some * costs.frame)
                self.frames += some
                used += some * costs.frame
                simulation.start(self._arrive(Receipt(0.0, (*self.place, group), some, voters)))
                left, group = left - some, group + 1
            self._next_round = began + max(self.system.plan.frame_every, used / SHARE)
        self._is_busy = False

    def _arrive(self, receipt: Receipt) -> Activity:
        yield self.system.watchers.work(receipt.screens * self.system.costs.watch)
        receipt.at = self.system.simulation.now
        if self.seen:
            self.seen(receipt)
