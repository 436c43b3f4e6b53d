"""The measurements of docs/benchmarks.md, simulated: the same phones, votes and screens, measured in the same way."""

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ops.drill.ranks import percentile
from ops.scaling.costs import Costs
from ops.scaling.events import Activity, Resume, Simulation
from ops.scaling.plan import Plan
from ops.scaling.system import Poll, Receipt, System, VoteService

#: Seconds between a page and a vote, as in ops/loadtest/phone.py.
_THINKS_S = (0.2, 4.0)
#: Static files of the vote page.
FILES = 5


@dataclass
class Notes:
    """Waits in seconds, as phones note them."""

    pages: list[float] = field(default_factory=list)
    votes: list[float] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


def ms(values: Sequence[float], percent: int) -> float:
    """Return a percentile, in milliseconds."""
    return 1000 * (percentile(values, percent) or 0.0)


def accepted_per_second(costs: Costs, plan: Plan, clients: int = 50, seconds: float = 8.0) -> float:
    """Let clients vote, each again as soon as it is answered; return the votes a second."""
    simulation = Simulation()
    system, notes = System(simulation, costs, plan), Notes()

    def client() -> Activity:
        while True:
            yield from _vote(system, system.polls[0], system.votes[0], notes)

    for _ in range(clients):
        simulation.start(client())
    simulation.run(seconds)
    return len(notes.votes) / seconds


def _vote(system: System, poll: Poll, service: VoteService, notes: Notes) -> Activity:
    yield system.phones.work(system.costs.send_vote / 2)
    began = system.simulation.now
    yield from service.vote(poll)
    yield system.phones.work(system.costs.send_vote / 2)
    notes.votes.append(system.simulation.now - began)
    poll.accepted.append(system.simulation.now)


def _watch(system: System, notes: Notes, screens: int) -> None:
    for poll in system.polls:
        for hub in poll.hubs:
            hub.screens, hub.seen = screens // len(poll.hubs), notes.receipts.append


def _stream(system: System, notes: Notes, rate: float, seconds: float, rng: random.Random) -> None:
    """Send votes on schedule, whatever becomes of them, as votebench does."""
    for number in range(int(rate * seconds)):
        service = system.vote_service()
        vote = _vote(system, rng.choice(system.polls), service, notes)
        system.simulation.call_in(number / rate, _starter(system.simulation, vote))


def press_to_screen(costs: Costs, plan: Plan, others: float, votes: int = 200, seed: int = 0) -> list[float]:
    """Vote now and then while so many others vote each second; return the waits until a screen has the vote."""
    simulation, rng = Simulation(), random.Random(seed)
    system, notes, waits = System(simulation, costs, plan, seed), Notes(), list[float]()
    _watch(system, notes, 1)
    gap = 0.7
    if others:
        _stream(system, Notes(), others, votes * gap + 1, rng)

    def probe() -> Activity:
        began, place = simulation.now, system.polls[0]
        yield from system.votes[0].vote(place)
        mine = place.counted + place.waiting
        probes.append((began, mine))

    probes: list[tuple[float, int]] = []
    for number in range(votes):
        simulation.call_in(1 + number * gap + rng.uniform(0, 0.2), lambda: simulation.start(probe()))
    simulation.run(votes * gap + 3)
    for began, mine in probes:
        waits.append(next(one.at for one in notes.receipts if one.voters >= mine and one.at >= began) - began)
    return waits


@dataclass(frozen=True)
class Fanout:
    """Frames a second and screen, and how old in ms what screens showed was, in 99 of 100 cases."""

    frames: float
    stale_ms: float


def fanout(costs: Costs, plan: Plan, screens: int, rate: float, seconds: float = 12.0) -> Fanout:
    """Let screens watch while so many vote each second, as votebench does."""
    simulation = Simulation()
    system, notes = System(simulation, costs, plan), Notes()
    _watch(system, notes, screens)
    _stream(system, notes, rate, seconds, random.Random(1))
    simulation.run(seconds + 2)
    frames = sum(one.screens for one in notes.receipts if one.at <= seconds)
    return Fanout(frames / screens / seconds, ms(_ages(system, notes, seconds), 99))


def _ages(system: System, notes: Notes, seconds: float) -> list[float]:
    """How long ago the oldest vote was accepted that a screen does not show; ten times a second, of each group."""
    shown: dict[tuple[int, int, int], list[tuple[float, int]]] = defaultdict(list)
    for one in notes.receipts:
        shown[one.group].append((one.at, one.voters))
    ages = []
    for (number, _process, _part), group in shown.items():
        accepted = system.polls[number].accepted
        times = [at for at, _ in group]
        for step in range(20, int(seconds * 10)):
            at = step / 10
            place = bisect_right(times, at) - 1
            if place < 0:
                continue
            voters = group[place][1]
            late = at - accepted[voters] if voters < len(accepted) else 0.0
            ages.append(max(0.0, late))
    return ages


@dataclass(frozen=True)
class Room:
    """Waits of a room of phones, in ms."""

    page_p50: float
    page_p99: float
    vote_p99: float
    #: The age of the oldest vote that was not in a frame, when it arrived, and that of what screens show at any moment.
    stale_p99: float
    age_p99: float


def room(
    costs: Costs, plan: Plan, phones: int, arrive: float, *, lean: bool = False, watching: int = 0, stay: float = 7
) -> Room:
    """Let phones arrive, load the page, open a socket, vote and keep watching, as `bin/manage loadtest` does.

    `watching` of them are there already. `lean` phones load no files and open no socket, and think for less long.
    """
    simulation, rng = Simulation(), random.Random(1)
    system, notes, late = System(simulation, costs, plan), Notes(), list[float]()

    def seen(receipt: Receipt) -> None:
        notes.receipts.append(receipt)
        accepted, voters = system.polls[receipt.group[0]].accepted, receipt.voters
        wait = simulation.now - accepted[voters] if voters < len(accepted) else 0.0
        late.extend([wait] * (1 + receipt.screens // 50))

    hubs = [hub for poll in system.polls for hub in poll.hubs]
    for hub in hubs:
        hub.screens, hub.seen = watching // len(hubs), seen
    thinks = (0.2, 0.3) if lean else _THINKS_S
    for number in range(phones):
        phone = _phone(system, system.polls[number % len(system.polls)], notes, rng.uniform(*thinks), lean=lean)
        simulation.call_in(number * arrive / phones, _starter(simulation, phone))
    simulation.run(arrive + stay)
    age_p99 = ms(_ages(system, notes, arrive), 99)
    stale_p99 = ms(late, 99)
    return Room(ms(notes.pages, 50), ms(notes.pages, 99), ms(notes.votes, 99), stale_p99, age_p99)


def _starter(simulation: Simulation, activity: Activity) -> Resume:
    return lambda: simulation.start(activity)


def _phone(system: System, poll: Poll, notes: Notes, thinks: float, *, lean: bool) -> Activity:
    costs, simulation, service = system.costs, system.simulation, system.vote_service()
    yield system.phones.work(costs.load_page / 2)
    began = simulation.now
    yield service.page()
    yield system.phones.work(costs.load_page / 2)
    notes.pages.append(simulation.now - began)
    if not lean:
        for _ in range(FILES):
            yield system.phones.work(costs.load_file / 2)
            yield service.files(1)
            yield system.phones.work(costs.load_file / 2)
        simulation.start(_socket(system, poll))
    yield simulation.pause(thinks)
    yield from _vote(system, poll, service, notes)


def _socket(system: System, poll: Poll) -> Activity:
    costs, hub = system.costs, poll.hub()
    yield system.phones.work(costs.open_socket / 2)
    yield hub.process.work(costs.socket)
    yield system.phones.work(costs.open_socket / 2)
    hub.screens += 1
