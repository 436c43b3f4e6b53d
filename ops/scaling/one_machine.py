"""Figures of docs/benchmarks.md, measured on one machine with 2 cores, beside the simulated ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from ops.scaling import runs
from ops.scaling.costs import COSTS, FRAME_EVERY, OF_A_ROOM
from ops.scaling.plan import Plan

#: The load generators were on it, too. Each batch was a job, and rounds of frames were 50 ms apart when most figures
#: were measured.
_MACHINE = Plan(cores=2, frame_every=0.05, stays=False)
#: Rounds of frames before 29 November 2026, and on the day after.
_BEFORE, _AFTER = replace(_MACHINE, frame_every=0.1), replace(_MACHINE, frame_every=FRAME_EVERY)
#: Between simulated and measured, in per cent.
TOLERANCE = 20


@dataclass(frozen=True)
class Row:
    """A figure, measured and simulated. One that an input was chosen by proves nothing."""

    what: str
    measured: float
    simulated: float
    is_input: bool = False

    @property
    def differs(self) -> float:
        """Return by how many per cent the simulated figure is greater."""
        return 100 * (self.simulated / self.measured - 1)

    @property
    def holds(self) -> bool:
        """Tell whether the simulation reproduces it."""
        return abs(self.differs) <= TOLERANCE


@cache
def rows() -> Sequence[Row]:
    """Simulate all of them; some ten seconds."""
    return [*_votes(), *_presses(), *_screens(), *_rooms()]


def _votes() -> Iterator[Row]:
    yield Row("votes accepted a second, 50 clients (`accept` A)", 560, runs.accepted_per_second(COSTS, _MACHINE))


def _presses() -> Iterator[Row]:
    p50, p95 = _press(_MACHINE, 0)
    yield Row("press to screen, quiet: p50, ms", 26, p50, is_input=True)
    yield Row("press to screen, quiet: p95, ms", 30, p95)
    p50, p95 = _press(_MACHINE, 300)
    yield Row("press to screen, 300 others a second: p50, ms (61 to 77)", 66, p50)
    yield Row("press to screen, 300 others a second: p95, ms (95 to 119)", 115, p95)
    p50, p95 = _press(_BEFORE, 300)
    yield Row("the same, frames 100 ms apart: p50, ms (93 to 104)", 99, p50)
    yield Row("the same, frames 100 ms apart: p95, ms (142 to 157)", 155, p95)
    p50, p95 = _press(_AFTER, 300)
    yield Row("the same, frames 25 ms apart: p50, ms (41 to 46)", 43, p50)
    yield Row("the same, frames 25 ms apart: p95, ms (63 to 67)", 65, p95)


def _press(plan: Plan, others: float) -> tuple[float, float]:
    """Return the medians of the percentiles of several runs: they differ by the phase of counting and of frames."""
    waits = [runs.press_to_screen(COSTS, plan, others, votes=15, seed=seed) for seed in range(8)]
    return median(runs.ms(run, 50) for run in waits), median(runs.ms(run, 95) for run in waits)


def _screens() -> Iterator[Row]:
    fanout = runs.fanout(COSTS, _MACHINE, screens=2000, rate=300)
    yield Row("2,000 screens, 300 votes a second: frames a second and screen", 8.7, fanout.frames, is_input=True)
    yield Row("2,000 screens, 300 votes a second: stale p99, ms (215 and 236)", 226, fanout.stale_ms)
    fanout = runs.fanout(COSTS, _MACHINE, screens=10_000, rate=100)
    yield Row("10,000 screens, 100 votes a second: stale p99, ms", 885, fanout.stale_ms)


def _rooms() -> Iterator[Row]:
    room = runs.room(COSTS, _MACHINE, 500, 0.2, lean=True)
    yield Row("500 phones at once, page and vote alone: page p50, ms", 45, room.page_p50)
    yield Row("500 phones at once, page and vote alone: page p99, ms", 63, room.page_p99)
    yield Row("500 phones at once, page and vote alone: vote p99, ms", 639, room.vote_p99)
    room = runs.room(OF_A_ROOM, _MACHINE, 900, 15)
    yield Row("900 phones within 15 s: page p99, ms", 27, room.page_p99)
    yield Row("900 phones within 15 s: vote p99, ms", 20, room.vote_p99)
    yield Row("900 phones within 15 s: stale p99, ms", 133, room.stale_p99)
    room = runs.room(OF_A_ROOM, _MACHINE, 6000, 30)
    yield Row("6,000 phones within 30 s: page p99, ms", 272, room.page_p99)
    yield Row("6,000 phones within 30 s: vote p99, ms", 172, room.vote_p99)
    yield Row("6,000 phones within 30 s: stale p99, ms", 464, room.stale_p99)
