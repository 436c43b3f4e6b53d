"""The course of a drill: a poll, a crowd, a deed in the midst of the voting, the end, the verdict."""

import itertools
import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Protocol

from ops.drill.checker import Verdict, judge
from ops.drill.history import Answer, History
from ops.drill.stored import Poll, Stored
from ops.drill.system import System, SystemEnded
from ops.drill.target import Deed, Running, S, Scene
from ops.drill.waiting import TooLate
from ops.drill.workload import Crowd

#: So many that a fickle voter can press often, each time another choice.
CHOICES = 12
SCREENS = 6
#: Which part of the voting is over when the deed is done, and seconds of voting after it.
_BEFORE = 0.3
_AFTER_S = 3.0

#: Of the copy: enough to see one take over from the other.
_WORKERS = 2

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Options:
    """How voters vote: for how long at least, and how many presses a second; what chance begins with."""

    seconds: float
    rate: float
    seed: int


@dataclass(frozen=True)
class Outcome:
    """A drill that is over."""

    verdict: Verdict
    history: History
    events: list[tuple[float, str]]


class Watch(Protocol):
    """Whoever wants to know what goes on."""

    def happens(self, name: str, what: str, outcomes: Mapping[Answer, int]) -> None:
        """In the drill of that name; `outcomes` counts presses so far."""


@contextmanager
def a_copy() -> Iterator[System]:
    """A whole running system of its own, on free ports of this machine; at the end nothing of it is left."""
    with TemporaryDirectory(prefix="votingsite-drill-") as folder:
        system = System(Path(folder).resolve() / "data", "--no-seed", workers=_WORKERS)
        try:
            system.start()
            yield system
        finally:
            with _undisturbed():
                system.destroy()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever presses Ctrl-C a second time gets what the first time has begun."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def run(system: S, name: str, deed: Deed[S], options: Options, watch: Watch) -> Outcome:
    """One drill on a running system, which is ready again afterwards."""
    slug = f"drill-{next(_numbers)}-{name}"
    watch.happens(name, "a poll is made", {})
    poll = _open_poll(system, slug)
    with _crowd(system, poll, options) as crowd:
        scene = Scene(system, slug, Random(options.seed), lambda what: watch.happens(name, what, crowd.outcomes))  # noqa: S311
        scene.watch("voters vote")
        started = time.monotonic()
        time.sleep(options.seconds * _BEFORE)
        trouble = _do(deed, scene)
        scene.watch("voters go on")
        time.sleep(max(_AFTER_S, started + options.seconds - time.monotonic()))
        scene.watch("voters finish")
        crowd.stop()
        scene.close()
        history = crowd.end()
    with system.postgres() as postgres:
        verdict = judge(name, poll, history, Stored.read(postgres, poll), final_at=scene.final_at)
    verdict.audit = _audit(system, poll)
    verdict.final_ms, verdict.kills, verdict.seed = scene.final_ms, scene.kills, options.seed
    verdict.trouble = trouble
    return Outcome(verdict, history, scene.events)


def _do(deed: Deed[S], scene: Scene[S]) -> list[str]:
    """Do it; returns what went wrong: then the system is started again, so that what is stored can be told."""
    try:
        deed.do(scene)
    except (TooLate, SystemEnded) as error:
        scene.say(f"trouble: {error}")
        scene.system.destroy()
        scene.system.start()
        return [str(error)]
    return []


def _open_poll(system: Running, slug: str) -> Poll:
    made = system.manage("-m", "ops.drill.poll", slug, str(CHOICES))
    if made.returncode:
        raise RuntimeError(f"The poll {slug} could not be made: {made.stderr}")
    with system.postgres() as postgres:
        return Poll.read(postgres, slug)


def _crowd(system: Running, poll: Poll, options: Options) -> Crowd:
    pages = [f"{door}/p/{poll.slug}/" for door in (system.vote_url, system.result_url)]
    socket = f"{system.result_url.replace('http', 'ws', 1)}/ws/polls/{poll.slug}/"
    return Crowd(pages, socket, poll.choices, rate=options.rate, screens=SCREENS, seed=options.seed)


def _audit(system: Running, poll: Poll) -> str:
    """What `manage.py audit` finds in this poll: "clean", or what differs and what was set aside."""
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
