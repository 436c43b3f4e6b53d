"""Runs drills on one copy of the system: a poll, the workload, a fault while voters vote, the check."""

import itertools
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TextIO, TypeAlias

from core.telemetry.drills import Sign
from ops.drill import ballots, looks, release, report, timeline
from ops.drill.checker import CheckResult, check, together
from ops.drill.faults import FAULTS, KILLS_A_ROUND, at_random
from ops.drill.history import History
from ops.drill.marking import gettext_noop as _
from ops.drill.poll import names
from ops.drill.stored import Poll, Stored
from ops.drill.system import System, SystemEnded
from ops.drill.target import Event, Fault, Running, S, Target
from ops.drill.upgrade import Older
from ops.drill.waiting import TooLate
from ops.drill.watch import Live, Terminal, Watch
from ops.drill.workload import Workload

#: Choices of the poll: enough for a voter who often changes their mind to press a new one each time.
CHOICES = 12
SCREENS = 6
#: The share of the voting before the fault is injected, and the seconds of voting after it.
_BEFORE = 0.3
_AFTER_S = 3.0

#: Workers of the copy: enough to see one take over from the other.
_WORKERS = 2

_RANDOM, _ALL = "random", "all"
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_numbers = itertools.count(1)

#: A drill to run: its name and fault.
Planned: TypeAlias = tuple[str, Fault[System]]


@dataclass(frozen=True)
class Options:
    """The workload: seconds at least, presses a second, and the seed of the random numbers."""

    seconds: float
    rate: float
    seed: int
    #: The commit that `rolling-upgrade` begins with; empty: that of the release before.
    before: str = ""
    #: The kind of the polls; empty: that of the next in turn where all drills run, else pick-one.
    kind: str = ""
    #: Whether each step is held until Enter.
    slow: bool = False


@dataclass(frozen=True)
class Run:
    """A finished drill."""

    result: CheckResult
    history: History
    events: list[Event]
    #: The fault, as a text that is marked for translation.
    what: str
    poll: Poll


def run_all(
    name: str, options: Options, kills: int, out: TextIO, *, as_json: bool, tell: Callable[[Run], None] = lambda _: None
) -> list[CheckResult]:
    """Run the drill of that name, or all, on copies of the system. Returns the results, all rounds of one together.

    With `as_json` only the list of results is written to `out`; else the timelines, and a line for each at the end.
    `tell` is called with every finished drill, of many rounds only with those that had troubles.
    Raises NoReleaseError if the drill of that name needs an earlier release, and there is none.
    """
    said = sys.stderr if as_json else out
    plan, options = _with_release(name, list(_plan(name, kills)), options, said)
    said.write(f"Starting a copy of the system, with --seed {options.seed}.\n")
    results: dict[str, list[CheckResult]] = {}
    watch = Terminal(len(plan), said, slow=options.slow)
    with watch.bar:
        seeds, turn = itertools.count(options.seed), itertools.cycle(names() if name == _ALL else names()[:1])
        for from_older, some in itertools.groupby(plan, key=lambda planned: planned[1].from_older):
            with a_copy(options.before if from_older else "") as system:
                watch.starts(system)
                for each, fault in some:
                    # An older release knows none but the first.
                    kind = names()[0] if from_older else options.kind or next(turn)
                    one_run = run(system, each, fault, replace(options, seed=next(seeds), kind=kind), watch)
                    results.setdefault(each, []).append(one_run.result)
                    watch.bar.is_over()
                    is_told = len(plan) <= len(FAULTS) or not one_run.result.clean
                    if is_told:
                        tell(one_run)
                    if not as_json:
                        _print(one_run, out, brief=not is_told)
                    watch.hold(one_run.poll, looks.END)
    found = [together(rounds_) for rounds_ in results.values()]
    out.write(f"{report.as_json(found) if as_json else _conclusion(found, brief=len(plan) == 1)}\n")
    return found


def _plan(name: str, kills: int) -> Iterator[Planned]:
    """Yield names and faults; `random` once for each ten kills."""
    for each, fault in FAULTS.items():
        if name not in (each, _ALL):
            continue
        if each != _RANDOM:
            yield each, fault
            continue
        for left in range(kills, 0, -KILLS_A_ROUND):
            yield each, Fault(fault.what, at_random(min(left, KILLS_A_ROUND)))


def _with_release(name: str, plan: list[Planned], options: Options, said: TextIO) -> tuple[list[Planned], Options]:
    """Return the options with the earlier release's commit; of `all`, leave out what needs one if there is none."""
    if not any(fault.from_older for _, fault in plan):
        return plan, options
    try:
        return plan, replace(options, before=release.find(options.before))
    except release.NoReleaseError as why:
        if name != _ALL:
            raise
        left_out = [each for each, fault in plan if fault.from_older]
        said.write(f"{why} Left out: {', '.join(left_out)}.\n")
        return [(each, fault) for each, fault in plan if not fault.from_older], options


def _print(one_run: Run, out: TextIO, *, brief: bool) -> None:
    """Print the timeline and the result in a line; of many rounds only the timelines with troubles."""
    if not brief:
        out.write(f"\n{one_run.result.name}: {one_run.what} (kind of poll: {one_run.result.kind})\n")
        out.writelines(f"{line}\n" for line in timeline.lines(one_run.history, one_run.events))
    out.write(f"{report.line(one_run.result)}\n")
    out.writelines(f"  {line}\n" for line in one_run.result.evidence)
    out.flush()


def _conclusion(found: Sequence[CheckResult], *, brief: bool) -> str:
    """Return the line of each drill, unless it was printed just now, and the conclusion."""
    lines = [] if brief else [report.line(result) for result in found]
    return "\n".join(["", *lines, report.conclusion(found)])


@contextmanager
def a_copy(commit: str = "") -> Iterator[System]:
    """Run a copy of the whole system during this block, on free ports of this machine; nothing of it remains.

    With a commit the copy begins with its code.
    """
    with TemporaryDirectory(prefix="votingsite-drill-") as folder:
        make = partial(Older, commit=commit) if commit else System
        system = make(Path(folder).resolve() / "data", "--no-seed", workers=_WORKERS)
        try:
            system.start()
            yield system
        finally:
            with undisturbed():
                system.destroy()


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore further signals during cleanup."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def run(system: S, name: str, fault: Fault[S], options: Options, watch: Watch) -> Run:
    """Run one drill on a running system, and wait until the system is ready again."""
    slug = f"drill-{next(_numbers)}-{name}"
    watch.happens(name, "a poll is made", {})
    poll = _open_poll(system, slug, options.kind)
    with _workload(system, poll, options) as workload:
        live = Live(name, fault.what, lambda: workload.progress, watch)
        target = Target(system, slug, Random(options.seed), live.happens, partial(watch.hold, poll))  # noqa: S311
        with live.telling():
            trouble = vote(workload, fault, target, options.seconds)
        history = workload.end()
    with system.postgres() as postgres:
        result = check(name, poll, history, Stored.read(postgres, poll), final_at=target.final_at)
    result.audit = _audit(system, poll)
    result.final_ms, result.kills, result.seed = target.final_ms, target.kills, options.seed
    result.kind = options.kind or names()[0]
    result.trouble = trouble + target.trouble
    result.late = target.late + _too_slow(fault, history)
    live.end(result)
    return Run(result, history, target.events, fault.what, poll)


def vote(workload: Workload, fault: Fault[S], target: Target[S], seconds: float) -> list[str]:
    """Let voters vote, inject the fault meanwhile, and close the poll. Returns the errors of the fault."""
    started = time.monotonic()
    target.say(_("voters vote"), Sign.PHASE, look=looks.CALM)
    time.sleep(max(0.0, started + seconds * _BEFORE - time.monotonic()))
    trouble = _do(fault, target)
    target.say(_("voters go on"), Sign.PHASE)
    time.sleep(max(_AFTER_S, started + seconds - time.monotonic()))
    target.say(_("voters finish"), Sign.PHASE)
    workload.stop()
    target.close()
    return trouble


def _do(fault: Fault[S], target: Target[S]) -> list[str]:
    """Inject the fault. Returns the error, if any, after starting the system again, so that the rows can be read."""
    try:
        fault.do(target)
    except (TooLate, SystemEnded) as error:
        target.say(_("trouble: {error}"), error=str(error))
        target.system.destroy()
        target.system.start()
        return [str(error)]
    return []


def _too_slow(fault: Fault[S], history: History) -> list[str]:
    found = []
    p99_s, longest_s = history.votes_p99_s, max((seconds for _, seconds in history.waits), default=0)
    if fault.votes_within_s is not None and p99_s > fault.votes_within_s:
        found.append(f"1% of the votes waited for {p99_s:.2f} s and longer; the limit is {fault.votes_within_s:g} s")
    if fault.all_within_s is not None and longest_s > fault.all_within_s:
        found.append(f"a vote waited for {longest_s:.2f} s; the limit is {fault.all_within_s:g} s")
    return found


def _open_poll(system: Running, slug: str, kind: str) -> Poll:
    made = system.manage("-m", "ops.drill.poll", slug, str(CHOICES), *([kind] if kind else []))
    if made.returncode:
        raise RuntimeError(f"The poll {slug} could not be made: {made.stderr}")
    with system.postgres() as postgres:
        return Poll.read(postgres, slug)


def _workload(system: Running, poll: Poll, options: Options) -> Workload:
    pages = [f"{origin}/p/{poll.slug}/" for origin in (system.vote_url, system.result_url)]
    socket = f"{system.result_url.replace('http', 'ws', 1)}/ws/polls/{poll.slug}/"
    handed_in = ballots.different(poll, CHOICES, Random(options.seed))  # noqa: S311
    return Workload(pages, socket, handed_in, rate=options.rate, screens=SCREENS, seed=options.seed)


def _audit(system: Running, poll: Poll) -> str:
    """Return the result of `manage.py audit` for this poll: "clean", or the differences and set-asides."""
    done = system.manage("audit", poll.slug, "--json")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return f"not done: {done.stderr.strip()}"
    parts = ("what", "text", "stored", "recomputed")
    wrong = [" ".join(str(difference[part]) for part in parts) for difference in found["differences"]]
    if found["set_aside"]["count"]:
        wrong.append(f"{found['set_aside']['count']} set aside")
    return "; ".join(wrong) or "clean"
