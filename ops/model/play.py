"""A run: a story of voters and a host, with faults in between; then peace, and the promises are checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from ops.model import faults, lifecycle, promises, safety_net, stories, web_service
from ops.model.chooser import Chooser
from ops.model.stores import Vote
from ops.model.world import BrokenPromise, NoAnswerError, NotSentError, Steps, World

#: Steps of all parts together before peace returns.
_STEPS = 150
#: Rounds in which everything has to come to rest.
_ROUNDS = 12
#: A safety net that lists the boxes and reads the Tally row has said so in two lines.
_LINES_OF_A_LOOK = 2
_HOST: Sequence[Callable[[World], Steps[None]]] = (lifecycle.seal, lifecycle.reopen, lifecycle.reset)


@dataclass(slots=True, eq=False)
class Task:
    """A part at work, until its steps end. It begins after another one, if there is one to wait for."""

    name: str
    steps: Steps[Any]
    after: "Task | None" = None
    vote: Vote | None = None
    has_begun: bool = False
    lets_go: bool = False

    @property
    def is_ready(self) -> bool:
        """Tell whether it can take a step."""
        return self.after is None or self.after.lets_go


@dataclass(frozen=True)
class Outcome:
    """A run that is over: its choices, what happened, and the promise that it broke, if it did."""

    choices: list[int]
    timeline: list[tuple[str, str]]
    broken: BrokenPromise | None


def play(chooser: Chooser, without: frozenset[str] = frozenset()) -> Outcome:
    """Play a run without these rules."""
    world = World(chooser, without)
    broken = None
    try:
        _Run(world).play()
    except BrokenPromise as promise:
        broken = promise
    return Outcome(chooser.taken, world.timeline, broken)


class _Run:
    """The tasks of a run, and who takes the next step."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: list[Task] = []
        self._current: Task | None = None
        self._tell_story()

    def play(self) -> None:
        """Play the story with its faults, then heal all, and check the promises at rest."""
        for _ in range(_STEPS):
            self._start_what_is_due()
            ready = [task for task in self._tasks if task.is_ready]
            if not ready:
                break
            self._take_turn(ready)
        self._heal()
        self._rest()
        promises.check(self._world)
        self._end_the_poll()

    # The story --------------------------------------------------------------------------------------------------------

    def _tell_story(self) -> None:
        """Choose who does what, in which order: this order is also the usual one of the run."""
        world = self._world
        last: dict[str, Task] = {}
        sweeps = 0
        for _ in range(stories.MOST):
            part = world.chooser.any_of(1 + stories.RESET)
            if part == stories.END:
                break
            if part <= stories.VOTE_2:
                task = self._vote(part, last.get(f"voter {part}"))
                last[f"voter {part}"] = task
            elif part == stories.SWEEP:
                sweeps += 1
                name = f"the safety net of worker {1 + sweeps % 2}"
                task = Task(name, safety_net.sweep(world, name))
            else:
                task = last["host"] = Task("the host", _HOST[part - stories.SEAL](world), last.get("host"))
            self._tasks.append(task)
        if world.chooser.any_of(4) == 1:
            world.set_closing_time()

    def _vote(self, voter: int, after: Task | None) -> Task:
        service = self._world.services[self._world.chooser.any_of(2)]
        vote = Vote(len(self._world.votes) + 1, voter)
        self._world.votes[vote.number] = vote
        return Task(service.name, web_service.first_request(self._world, service, vote), after, vote)

    def _start_what_is_due(self) -> None:
        """Let a worker take a job, and pages ask for receipts that their snapshot leaves in doubt."""
        world = self._world
        if world.redis.jobs and world.redis.is_up:
            busy = [task.name for task in self._tasks if task.name.startswith("worker")]
            free = [name for name in ("worker 1", "worker 2") if name not in busy]
            if len(busy) < world.redis.jobs and free:
                self._tasks.append(Task(free[0], safety_net.job(world, free[0])))
        for receipt in chain.from_iterable(page.receipts_in_doubt(world.keeps) for page in world.pages.values()):
            service = world.services[world.chooser.fate(2)]
            self._tasks.append(Task(service.name, web_service.repeat(world, service, receipt)))

    # Turns ------------------------------------------------------------------------------------------------------------

    def _take_turn(self, ready: list[Task]) -> None:
        """Let the same part go on, or another one, or something happen in between."""
        usual = self._current if self._current in ready else ready[0]
        others = [task for task in ready if task is not usual]
        events = self._events()
        choice = self._world.chooser.turn(len(others), len(events))
        if choice > len(others):
            who, what, act = events[choice - 1 - len(others)]
            self._world.say(who, what)
            act()
        else:
            self._step(usual if choice == 0 else others[choice - 1])

    def _step(self, task: Task) -> None:
        self._current = task
        if task.vote and not task.has_begun:
            self._press(task.vote)
        task.has_begun = True
        try:
            next(task.steps)
        except (StopIteration, NotSentError, NoAnswerError):
            self._end(task)

    def _press(self, vote: Vote) -> None:
        vote.cast_id = self._world.next_stamp()
        vote.pressed_in_round = self._world.redis.newest_round
        self._world.say(f"voter {vote.voter}", f"presses: {vote}")

    def _end(self, task: Task) -> None:
        task.lets_go = True
        if task in self._tasks:
            self._tasks.remove(task)

    def _events(self) -> list[faults.Event]:
        """Return what may happen in between: who, what, and how."""
        return [*faults.events(self._world), *self._part_events()]

    def _part_events(self) -> list[faults.Event]:
        events: list[faults.Event] = []
        current = self._current
        if current is not None and current in self._tasks and current.has_begun:
            events.append((current.name, "dies", lambda: self._die(current)))
        for task in self._tasks:
            if task.vote and task.has_begun and not task.lets_go:
                text = f"no longer waits for the answer to {task.vote}"
                events.append((f"voter {task.vote.voter}", text, partial(self._give_up, task)))
        return events

    # Faults -----------------------------------------------------------------------------------------------------------

    def _die(self, task: Task) -> None:
        if task.vote:
            self._world.given_up.add(task.vote.number)
        for service in self._world.services:
            if service.name == task.name:
                service.known = None
        self._end(task)

    def _give_up(self, task: Task) -> None:
        assert task.vote
        self._world.given_up.add(task.vote.number)
        task.lets_go = True

    # Peace ------------------------------------------------------------------------------------------------------------

    def _heal(self) -> None:
        """Bring everything back; what is late arrives now, or never."""
        world = self._world
        world.redis.is_up = world.postgres_is_up = True
        for late in list(world.late):
            if world.chooser.fate(2) == 0:
                world.say("the network", f": {late[0]}")
                faults.deliver(world, late)
        if world.pending is not None:
            world.say("Postgres", "gets the delayed COMMIT")
            world.commit(world.pending)
        world.say("", "From here on nothing fails.")
        world.is_calm = True

    def _rest(self) -> None:
        """Let all parts work until nothing changes any more."""
        before: object = None
        for _ in range(_ROUNDS):
            self._finish_tasks()
            if self._world.keeps("safety-net"):
                self._sweep()
            promises.hub_looks(self._world)
            self._finish_tasks()
            now = promises.fingerprint(self._world)
            if now == before:
                return
            before = now
            for page in self._world.pages.values():
                page.ask_again()

    def _sweep(self) -> None:
        """Let the safety net look; if there is nothing for it to do, it is not worth a line."""
        timeline = self._world.timeline
        lines = len(timeline)
        self._tasks.append(Task("the safety net", safety_net.sweep(self._world, "the safety net")))
        self._finish_tasks()
        if len(timeline) - lines <= _LINES_OF_A_LOOK:
            del timeline[lines:]

    def _finish_tasks(self) -> None:
        self._start_what_is_due()
        while ready := [task for task in self._tasks if task.is_ready]:
            self._step(self._current if self._current in ready else ready[0])
            self._start_what_is_due()

    def _end_the_poll(self) -> None:
        """Vote once more, which an open poll has to take; then close it, and look at the final result."""
        world = self._world
        if world.tally.state == "open":
            for service in world.services:
                task = self._vote_at(service.name)
                self._tasks.append(task)
                self._finish_tasks()
                if not world.redis.clock_is_past_closing:
                    promises.check_taken(world, task.vote)
            self._rest()
            promises.check(world)
        world.postgres_clock_is_past_closing = world.redis.clock_is_past_closing = True
        if world.tally.state == "open":
            self._tasks.append(Task("the host", lifecycle.seal(world)))
        self._rest()
        promises.check_final(world)
        promises.check(world)

    def _vote_at(self, name: str) -> Task:
        service = next(service for service in self._world.services if service.name == name)
        vote = Vote(len(self._world.votes) + 1, 2)
        self._world.votes[vote.number] = vote
        return Task(name, web_service.first_request(self._world, service, vote), None, vote)
